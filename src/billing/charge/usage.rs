//! Usage: tallies become lines, those that agree in all that lines are told apart by become one.

use super::Charging;
use super::draft::Draft;
use super::rate::exact;
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::pending::PendingTaxes;
use crate::billing::tally::Tally;
use crate::domain::money::Amount;

const LARGE: Fault = Fault::large("the sum of usage");

impl<'g> Charging<'g> {
    /// Charges usage. What allowances covered has a line as well, of nothing.
    pub(super) fn usage(&mut self) -> Result<(), Fault> {
        let mut tallies: Vec<&Tally> = self.given.usage.iter().collect();
        tallies.sort_by(|a, b| key(a).cmp(&key(b)));
        let mut tallies = tallies.into_iter().peekable();
        while let Some(first) = tallies.next() {
            let (mut amount, mut measured) = (first.amount, first.measured.clone());
            while let Some(next) = tallies.next_if(|next| key(next) == key(first)) {
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

/// What tallies are told apart by.
fn key(tally: &Tally) -> impl Ord + '_ {
    (
        &*tally.product,
        &*tally.price,
        &*tally.label,
        tally.coverage,
        tally.late,
        tally.mode == crate::domain::tax::TaxMode::Gross,
        tally.taxes.key(),
        &*tally.measured.unit,
    )
}
