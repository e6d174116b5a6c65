//! Recurring prices: which terms are due, what each should cost, and what of that is left to charge.

use super::Charging;
use super::draft::Draft;
use super::proration::{Basis, Measure};
use super::rate::{self, windows};
use super::reckon::{self, Difference, Reckoned};
use super::segment::{Cuts, Life, Segment};
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::mark::{ChargedTerm, Part};
use crate::billing::product::{Alignment, Price, Product, Recurring, Timing};
use crate::domain::bill_calendar::Terms;
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::recurrence::local_day;
use crate::domain::span::Span;

/// Terms of one price on one bill: years of days.
const TERMS_MAX: usize = 4_000;
const CALENDAR: Fault = Fault::Calendar {
    what: "a term of a recurring price",
};
const LARGE: Fault = Fault::large("a recurring charge");

/// A term that is looked at.
struct Item<'g> {
    term: Span,
    clip: Span,
    segments: Vec<Segment>,
    /// What was charged for it.
    parts: &'g [Part],
    is_new: bool,
}

impl<'g> Charging<'g> {
    /// Charges what is due of a recurring price, and corrects what was charged.
    pub(super) fn recurring(
        &mut self,
        product: &'g Product,
        price: &'g Price,
        recurring: &'g Recurring,
    ) -> Result<(), Fault> {
        let given = self.given;
        let charged = self.charged(&product.id, &price.id);
        let is_known = product.start < given.period.to;
        if charged.is_empty() && !is_known {
            return Ok(());
        }
        if charged
            .iter()
            .flat_map(|own| &own.parts)
            .any(|own| own.mode != price.mode)
        {
            return Err(Fault::TaxMode {
                product: product.id.clone(),
                price: price.id.clone(),
            });
        }
        let terms = self.terms_of(product, recurring).ok_or(CALENDAR)?;
        let life = self.life(product, price, recurring).ok_or(CALENDAR)?;
        let windows = windows(price, Some(&terms), life.from).ok_or(CALENDAR)?;
        let cuts = Cuts {
            product,
            price,
            recurring,
            windows,
            life,
            zone: given.account.calendar.zone,
        };
        let mut marks = Vec::with_capacity(charged.len() + 1);
        for item in self.items(&cuts, &terms, charged, is_known)? {
            let reckoned = self.reckoned(&cuts, &item).ok_or(LARGE)?;
            let mut done = ChargedTerm {
                term: item.term,
                clip: item.clip,
                parts: reckoned.parts,
            };
            for difference in reckoned.differences {
                let slot = reckon::slot(self.marks.len(), marks.len(), &difference);
                let draft = self.draft(&cuts, &item.segments, difference, &mut done)?;
                self.drafts.push(Draft {
                    slots: vec![slot],
                    ..draft
                });
            }
            marks.push(done);
        }
        self.mark(&product.id, &price.id, marks);
        Ok(())
    }

    /// What is to be looked at: terms that were charged, and between and after them those that are due.
    fn items(
        &mut self,
        cuts: &Cuts<'_>,
        terms: &Terms,
        charged: &'g [ChargedTerm],
        is_known: bool,
    ) -> Result<Vec<Item<'g>>, Fault> {
        let mut items = Vec::with_capacity(charged.len() + 1);
        let mut at = self.given.reckon_from;
        for own in charged {
            if is_known {
                self.due(
                    cuts,
                    terms,
                    Span {
                        from: at,
                        to: own.clip.from,
                    },
                    &mut items,
                )?;
            }
            at = at.max(own.clip.to);
            items.push(Item {
                term: own.term,
                clip: own.clip,
                segments: cuts.segments(&own.term, &own.clip).ok_or(LARGE)?,
                parts: &own.parts,
                is_new: false,
            });
        }
        if is_known {
            self.due(
                cuts,
                terms,
                Span {
                    from: at,
                    to: Micros(i64::MAX),
                },
                &mut items,
            )?;
        }
        Ok(items)
    }

    /// Terms within a time that was not charged, as far as they are due.
    fn due(
        &mut self,
        cuts: &Cuts<'_>,
        terms: &Terms,
        open: Span,
        items: &mut Vec<Item<'g>>,
    ) -> Result<(), Fault> {
        let end = cuts.life.to.map_or(open.to, |end| end.min(open.to));
        let mut at = cuts.life.from.max(open.from);
        while at < end {
            let is_early = match cuts.recurring.timing {
                Timing::Advance => at >= self.given.advance_to,
                Timing::Arrears => at >= self.given.period.to,
            };
            if is_early {
                break;
            }
            let term = self.term(terms, at).ok_or(CALENDAR)?;
            let clip = Span {
                from: open.from.max(term.from),
                to: term.to.min(open.to),
            };
            if cuts.recurring.timing == Timing::Arrears && !self.is_over(cuts, &term) {
                break;
            }
            if items.len() >= TERMS_MAX {
                return Err(Fault::TooManyTerms {
                    product: cuts.product.id.clone(),
                    price: cuts.price.id.clone(),
                });
            }
            items.push(Item {
                term,
                clip,
                segments: cuts.segments(&term, &clip).ok_or(LARGE)?,
                parts: &[],
                is_new: true,
            });
            at = clip.to;
        }
        Ok(())
    }

    /// True for a term that ends in the period of the bill, be it with the product.
    fn is_over(&self, cuts: &Cuts<'_>, term: &Span) -> bool {
        let to = self.given.period.to;
        let is_ended = |end: Option<Micros>| end.is_some_and(|end| end <= to && end <= term.to);
        term.to <= to || is_ended(cuts.product.end) || is_ended(cuts.price.valid.end)
    }

    fn reckoned(&self, cuts: &Cuts<'_>, item: &Item<'_>) -> Option<Reckoned> {
        if item.is_new || item.parts.is_empty() {
            return reckon::fresh(&item.segments, cuts.price.mode, self.rounding);
        }
        let basis = cuts.recurring.proration.basis;
        let measure = || Measure::of(item.term, cuts.recurring.every, basis, cuts.zone);
        reckon::again(&item.segments, item.parts, measure, self.rounding)
    }

    /// The line of a difference. What it is taxed with is noted in the mark.
    fn draft(
        &mut self,
        cuts: &Cuts<'g>,
        segments: &[Segment],
        difference: Difference,
        done: &mut ChargedTerm,
    ) -> Result<Draft, Fault> {
        let price = cuts.price;
        let taxes = match difference.taxes {
            Some(taxes) => taxes,
            None => self.taxes(&price.taxes, &difference.coverage)?,
        };
        if let Some(part) = done.parts.get_mut(difference.part) {
            part.taxes = taxes.clone();
        }
        let segment = difference.segment.and_then(|place| segments.get(place));
        let mut steps = match segment {
            Some(own) => rate::steps(price, &cuts.windows, own.quantity, own.at),
            None => Vec::new(),
        };
        let is_whole = difference.share.is_none() && difference.charged.is_zero();
        if let (Some((part, whole)), Some(_)) = (difference.share, segment) {
            let basis = cuts.recurring.proration.basis;
            steps.push(Step::Share { part, whole, basis });
        }
        if !difference.charged.is_zero() {
            let charged = difference.charged;
            steps.push(Step::Less { charged });
        }
        let is_credit = difference
            .units
            .map_or(difference.exact.is_negative(), i128::is_negative);
        let is_short = matches!(cuts.recurring.every, Cycle::Days(_));
        Ok(Draft {
            kind: match is_credit {
                true => LineKind::Credit,
                false => LineKind::RecurringCharge,
            },
            name: price.name.clone(),
            product: Some(cuts.product.id.clone()),
            price: Some(price.id.clone()),
            label: Box::default(),
            coverage: difference.coverage,
            mode: price.mode,
            taxes,
            exact: difference.exact,
            units: difference.units,
            measured: None,
            late: false,
            joins: is_whole && is_short && !is_credit,
            steps,
            pending: None,
            slots: Vec::new(),
        })
    }

    fn terms_of(&self, product: &Product, recurring: &Recurring) -> Option<Terms> {
        let calendar = &self.given.account.calendar;
        let day = match recurring.alignment {
            Alignment::Calendar => return Terms::with_calendar(recurring.every, calendar),
            Alignment::Anniversary => local_day(calendar.zone, product.start)?,
            Alignment::Day(day) => day,
        };
        Some(Terms::from_day(recurring.every, day, calendar))
    }

    /// When the price is charged: as long as there is the product, and the price holds.
    fn life(&self, product: &Product, price: &Price, recurring: &Recurring) -> Option<Life> {
        let zone = self.given.account.calendar.zone;
        let proration = &recurring.proration;
        let changes_in = price.valid.start.filter(|start| *start > product.start);
        let changes_out = price
            .valid
            .end
            .filter(|end| product.end.is_none_or(|own| *end < own));
        let from = changes_in.unwrap_or(product.start);
        // Terms that are counted from the day of the product begin with the day.
        let from = match recurring.alignment {
            Alignment::Anniversary if changes_in.is_none() => {
                Basis::CalendarDays.beginning(from, zone)?
            }
            _ => proration.basis.beginning(from, zone)?,
        };
        let to = match (changes_out, product.end) {
            (Some(end), _) => Some(proration.basis.beginning(end, zone)?),
            (None, Some(end)) if proration.exclusive_end => {
                Some(proration.basis.beginning(end, zone)?)
            }
            (None, Some(end)) => Some(proration.basis.ending(end, zone)?),
            (None, None) => None,
        };
        Some(Life {
            from,
            to,
            starts: changes_in.is_none(),
            ends: changes_out.is_none(),
        })
    }
}
