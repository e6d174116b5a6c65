//! Usage: tallies become lines, those that agree in all that lines are told apart by become one.

use std::cmp::Ordering;

use super::Charging;
use super::draft::Draft;
use super::rate::exact;
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::pending::PendingTaxes;
use crate::billing::tally::Tally;
use crate::domain::money::Amount;
use crate::domain::tax::TaxMode;

const LARGE: Fault = Fault::large("the sum of usage");

impl<'g> Charging<'g> {
    /// Charges usage. What allowances covered has a line as well, of nothing.
    pub(super) fn usage(&mut self) -> Result<(), Fault> {
        let mut tallies: Vec<&'g Tally> = self.given.usage.iter().collect();
        tallies.sort_by(|a, b| order(a, b));
        let mut tallies = tallies.into_iter().peekable();
        while let Some(first) = tallies.next() {
            let (mut amount, mut measured) = (first.amount, first.measured.clone());
            while let Some(next) = tallies.next_if(|next| order(next, first).is_eq()) {
                self.same_currency(&next.price, next.currency)?;
                amount = amount.plus(next.amount).ok_or(LARGE)?;
                measured = measured.plus(&next.measured).ok_or(LARGE)?;
            }
            self.same_currency(&first.price, first.currency)?;
            let taxes = match &first.taxes {
                PendingTaxes::Categories(categories) => self.taxes(categories, &first.coverage)?,
                PendingTaxes::Known(taxes) => taxes.clone(),
            };
            self.drafts.push(Draft {
                // Usage that was rated again can be cheaper than it was.
                kind: match amount < Amount::ZERO {
                    true => LineKind::Credit,
                    false => LineKind::UsageCharge,
                },
                name: first.name.clone(),
                product: Some(first.product.clone()),
                price: Some(first.price.clone()),
                label: first.label.clone(),
                coverage: first.coverage,
                mode: first.mode,
                taxes,
                exact: exact(amount).ok_or(LARGE)?,
                units: None,
                measured: Some(measured),
                late: first.late,
                joins: false,
                steps: vec![Step::Sum(amount)],
                pending: None,
                slots: Vec::new(),
            });
        }
        Ok(())
    }
}

/// An order of tallies; those that are equal in it become one line.
fn order(a: &Tally, b: &Tally) -> Ordering {
    let key = |own: &'_ Tally| (own.coverage, own.late, own.mode == TaxMode::Gross);
    texts(a)
        .cmp(&texts(b))
        .then_with(|| key(a).cmp(&key(b)))
        .then_with(|| a.taxes.key().cmp(&b.taxes.key()))
}

fn texts(tally: &Tally) -> [&str; 4] {
    [
        &tally.product,
        &tally.price,
        &tally.label,
        &tally.measured.unit,
    ]
    .map(|text| &**text)
}
