//! What leaving early costs. It is reckoned anew on each bill: an end that is moved or taken back moves
//! the penalty or credits it.

use chrono::{Months, NaiveDate};

use super::Charging;
use super::draft::{Draft, Slot};
use super::proration::Basis;
use super::rate::exact;
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::mark::{ChargedTerm, Part};
use crate::billing::product::{Binding, Counted, Penalty, Product};
use crate::domain::clock::Micros;
use crate::domain::exact::Ratio;
use crate::domain::money::Amount;
use crate::domain::recurrence::{local_day, midnight};
use crate::domain::span::Span;

const LARGE: Fault = Fault::large("a penalty");
const CALENDAR: Fault = Fault::Calendar {
    what: "the end of a binding",
};

/// What remains of a binding.
struct Remaining {
    /// From the end of the product to that of the binding.
    span: Span,
    months: u32,
    /// Days of the month that has begun, and how many that month has.
    days: u32,
    of: u32,
}

impl<'g> Charging<'g> {
    /// Charges a product that ended before it was bound to, and corrects what was charged.
    pub(super) fn penalty(
        &mut self,
        product: &'g Product,
        binding: &'g Binding,
    ) -> Result<(), Fault> {
        let charged = self.charged(&product.id, &binding.id);
        if product.end.is_some_and(|end| end < self.given.reckon_from) {
            self.mark(&product.id, &binding.id, charged.to_vec());
            return Ok(());
        }
        let remaining = self.remaining(product, binding)?;
        let before = charged.last().and_then(|own| own.parts.first());
        let (span, due, steps) = match &remaining {
            Some(own) => (
                own.span,
                due(binding, own).ok_or(LARGE)?,
                steps(binding, own),
            ),
            None => match charged.last() {
                Some(own) => (own.term, Ratio::ZERO, Vec::new()),
                None => return Ok(()),
            },
        };
        let due = self.rounding.units(due).ok_or(LARGE)?;
        let known = before.map_or(Amount::ZERO, |part| part.amount);
        let known_units = exact(known)
            .and_then(|own| self.rounding.units(own))
            .ok_or(LARGE)?;
        let units = due - known_units;
        let taxes = match before {
            Some(part) => part.taxes.clone(),
            None => self.taxes(
                &binding.taxes,
                &Span {
                    from: span.from,
                    to: span.from,
                },
            )?,
        };
        let part = Part {
            coverage: span,
            amount: known,
            mode: binding.mode,
            taxes: taxes.clone(),
        };
        let term = ChargedTerm {
            term: span,
            clip: span,
            parts: vec![part],
        };
        let slot = Slot {
            mark: self.marks.len(),
            term: 0,
            part: 0,
            units: None,
        };
        self.mark(&product.id, &binding.id, vec![term]);
        if units != 0 {
            let amount = self.rounding.amount(units).ok_or(LARGE)?;
            let mut steps = steps;
            if !known.is_zero() {
                steps.push(Step::Less { charged: known });
            }
            self.drafts.push(Draft {
                kind: match units < 0 {
                    true => LineKind::Credit,
                    false => LineKind::Penalty,
                },
                name: binding.name.clone(),
                product: Some(product.id.clone()),
                price: Some(binding.id.clone()),
                label: Box::default(),
                coverage: span,
                mode: binding.mode,
                taxes,
                exact: exact(amount).ok_or(LARGE)?,
                units: Some(units),
                measured: None,
                late: false,
                joins: false,
                steps,
                pending: None,
                slots: vec![slot],
            });
        }
        Ok(())
    }

    /// What remains of a binding when the product has ended in it; none where it has not.
    fn remaining(&self, product: &Product, binding: &Binding) -> Result<Option<Remaining>, Fault> {
        let zone = self.given.account.calendar.zone;
        let period = &self.given.period;
        let ended = |end: Micros| end <= period.to && binding.from <= end;
        let Some(end) = product.end.filter(|end| ended(*end)) else {
            return Ok(None);
        };
        let first = local_day(zone, binding.from).ok_or(CALENDAR)?;
        let bound = months_later(first, binding.months).ok_or(CALENDAR)?;
        // The day on which the product ends is a day with the product.
        let left = Basis::CalendarDays.ending(end, zone).ok_or(CALENDAR)?;
        let day = local_day(zone, left).ok_or(CALENDAR)?;
        if day >= bound {
            return Ok(None);
        }
        let mut months = 0;
        while months_later(day, months + 1).is_some_and(|next| next <= bound) {
            months += 1;
        }
        let last = months_later(day, months).ok_or(CALENDAR)?;
        let next = months_later(day, months + 1).ok_or(CALENDAR)?;
        Ok(Some(Remaining {
            span: Span {
                from: left,
                to: midnight(zone, bound).ok_or(CALENDAR)?,
            },
            months,
            days: days(last, bound),
            of: days(last, next),
        }))
    }
}

/// What is due, exactly.
fn due(binding: &Binding, remaining: &Remaining) -> Option<Ratio> {
    let (amount, counted) = match binding.penalty {
        Penalty::Fixed(amount) => return exact(amount),
        Penalty::Month { amount, counted } => (amount, counted),
    };
    let Remaining {
        months, days, of, ..
    } = *remaining;
    let months = match counted {
        Counted::Whole => Ratio::new(i128::from(months), 1)?,
        Counted::Started => Ratio::new(i128::from(months) + i128::from(days > 0), 1)?,
        Counted::Days => {
            let whole = i128::from(months) * i128::from(of);
            Ratio::new(whole + i128::from(days), i128::from(of))?
        }
    };
    exact(amount)?.times(months)
}

fn steps(binding: &Binding, remaining: &Remaining) -> Vec<Step> {
    let Remaining {
        months, days, of, ..
    } = *remaining;
    match binding.penalty {
        Penalty::Fixed(amount) => vec![Step::Price(amount)],
        Penalty::Month { amount, .. } => {
            vec![Step::Price(amount), Step::Remaining { months, days, of }]
        }
    }
}

fn months_later(day: NaiveDate, months: u32) -> Option<NaiveDate> {
    day.checked_add_months(Months::new(months))
}

fn days(first: NaiveDate, next: NaiveDate) -> u32 {
    let days = next.signed_duration_since(first).num_days();
    u32::try_from(days).unwrap_or(0)
}
