//! What is charged once: one-time prices, and what was booked by hand.

use super::Charging;
use super::draft::{Draft, Slot};
use super::rate::{exact, rate, steps, windows};
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::mark::{ChargedTerm, Part};
use crate::billing::pending::PendingTaxes;
use crate::billing::product::{Price, Product};
use crate::domain::exact::Ratio;
use crate::domain::money::Amount;
use crate::domain::span::Span;

const LARGE: Fault = Fault::large("a one-time charge");

impl<'g> Charging<'g> {
    /// Charges a one-time price when it begins to hold, and once. It goes back where the product turns out to have
    /// ended before that, and is charged again where that was a mistake.
    pub(super) fn once(&mut self, product: &'g Product, price: &'g Price) -> Result<(), Fault> {
        let charged = self.charged(&product.id, &price.id);
        let at = price
            .valid
            .start
            .map_or(product.start, |start| start.max(product.start));
        let ended = product.end.is_some_and(|end| end < at);
        if !charged.is_empty() {
            if ended {
                return self.take_back(product, price, charged);
            }
            self.mark(&product.id, &price.id, charged.to_vec());
            return Ok(());
        }
        if at < self.given.reckon_from
            || at >= self.given.period.to
            || ended
            || price.valid.end.is_some_and(|end| end <= at)
        {
            return Ok(());
        }
        let quantity = product.quantity(at);
        let windows = windows(price, None, at).ok_or(LARGE)?;
        let due = rate(price, &windows, quantity, at).ok_or(LARGE)?;
        let coverage = Span { from: at, to: at };
        let taxes = self.taxes(&price.taxes, &coverage)?;
        let slot = Slot {
            mark: self.marks.len(),
            term: 0,
            part: 0,
            units: None,
        };
        let part = Part {
            coverage,
            amount: Amount::ZERO,
            mode: price.mode,
            taxes,
        };
        let draft = Draft {
            steps: steps(price, &windows, quantity, at),
            slots: vec![slot],
            ..draft(product, price, &part, due)
        };
        let term = ChargedTerm {
            term: coverage,
            clip: coverage,
            parts: vec![part],
        };
        self.mark(&product.id, &price.id, vec![term]);
        if !due.is_zero() {
            self.drafts.push(draft);
        }
        Ok(())
    }

    /// Gives back what was charged, with its taxes. No mark is left, as if it had never been charged.
    fn take_back(
        &mut self,
        product: &Product,
        price: &Price,
        charged: &[ChargedTerm],
    ) -> Result<(), Fault> {
        for part in charged.iter().flat_map(|term| &term.parts) {
            let amount = exact(part.amount).and_then(|own| Ratio::ZERO.minus(own));
            let charged = part.amount;
            self.drafts.push(Draft {
                steps: vec![Step::Less { charged }],
                ..draft(product, price, part, amount.ok_or(LARGE)?)
            });
        }
        Ok(())
    }

    /// Charges and credits that were booked.
    pub(super) fn pending(&mut self) -> Result<(), Fault> {
        for own in &self.given.pending {
            self.same_currency(&own.id, own.currency)?;
            if own.kind == LineKind::Credit && own.amount > Amount::ZERO {
                return Err(Fault::Input {
                    what: "is a credit, but its amount is above nothing",
                    id: own.id.clone(),
                });
            }
            let taxes = match &own.taxes {
                PendingTaxes::Categories(categories) => self.taxes(categories, &own.coverage)?,
                PendingTaxes::Known(taxes) => taxes.clone(),
            };
            self.drafts.push(Draft {
                kind: own.kind,
                name: own.name.clone(),
                product: own.product.clone(),
                price: own.price.clone(),
                label: own.label.clone(),
                coverage: own.coverage,
                mode: own.mode,
                taxes,
                exact: exact(own.amount).ok_or(LARGE)?,
                units: None,
                measured: None,
                late: false,
                joins: false,
                steps: vec![Step::Sum(own.amount)],
                pending: Some(own.id.clone()),
                slots: Vec::new(),
            });
        }
        Ok(())
    }
}

/// A charge of a one-time price, or a credit where it is below nothing.
fn draft(product: &Product, price: &Price, part: &Part, amount: Ratio) -> Draft {
    Draft {
        kind: match amount.is_negative() {
            true => LineKind::Credit,
            false => LineKind::OneTimeCharge,
        },
        name: price.name.clone(),
        product: Some(product.id.clone()),
        price: Some(price.id.clone()),
        label: Box::default(),
        coverage: part.coverage,
        mode: part.mode,
        taxes: part.taxes.clone(),
        exact: amount,
        units: None,
        measured: None,
        late: false,
        joins: false,
        steps: Vec::new(),
        pending: None,
        slots: Vec::new(),
    }
}
