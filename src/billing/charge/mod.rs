//! From products, usage and what earlier bills have charged to lines without tax.

mod bounds;
mod draft;
mod once;
mod penalty;
mod proration;
mod rate;
mod reckon;
mod recurring;
mod segment;
mod usage;

pub use draft::Draft;
pub use proration::{Basis, Proration, Share};
pub use reckon::{Rounding, settled_to, sum};

use super::bill::AccountPeriod;
use super::fault::Fault;
use super::mark::{ChargedTerm, Mark};
use super::product::Kind;
use super::tax::{Taxes, tax_point};
use super::{account::Level, product::TaxCategory};
use crate::domain::bill_calendar::Terms;
use crate::domain::clock::Micros;
use crate::domain::money::Currency;
use crate::domain::span::Span;

pub use bounds::bound;

/// Terms and taxes that are remembered while a bill is made.
const KNOWN: usize = 16;

/// What is charged, and what it leaves behind.
pub struct Charges {
    pub drafts: Vec<Draft>,
    pub marks: Vec<Mark>,
}

/// All charges of a period but maximum and minimum, in the order of lines.
///
/// # Errors
/// Whatever makes the bill impossible.
pub fn charges(given: &AccountPeriod) -> Result<Charges, Fault> {
    let mut charging = Charging::new(given);
    for product in &given.products {
        for price in &product.prices {
            charging.same_currency(&price.id, price.currency)?;
            match &price.kind {
                Kind::OneTime => charging.once(product, price)?,
                Kind::Recurring(recurring) => charging.recurring(product, price, recurring)?,
            }
        }
        if let Some(binding) = &product.binding {
            charging.same_currency(&binding.id, binding.currency)?;
            charging.penalty(product, binding)?;
        }
    }
    charging.usage()?;
    charging.pending()?;
    charging.finished()
}

/// Charges that are being made.
struct Charging<'g> {
    given: &'g AccountPeriod,
    rounding: Rounding,
    /// Places of the marks that were given, by product and price.
    known: Vec<(&'g str, &'g str, usize)>,
    /// The marks that were looked at, by their places.
    taken: Vec<bool>,
    /// Terms and taxes that were found for other prices.
    terms: Vec<(Terms, Span)>,
    taxes: Vec<(&'g [TaxCategory], Micros, Taxes)>,
    drafts: Vec<Draft>,
    marks: Vec<Mark>,
}

impl<'g> Charging<'g> {
    fn new(given: &'g AccountPeriod) -> Self {
        let marks = given.marks.iter().enumerate();
        let mut known: Vec<(&str, &str, usize)> = marks
            .map(|(place, mark)| (&*mark.product, &*mark.price, place))
            .collect();
        known.sort_unstable();
        Charging {
            given,
            rounding: rounding(given),
            known,
            taken: vec![false; given.marks.len()],
            terms: Vec::new(),
            taxes: Vec::new(),
            drafts: Vec::with_capacity(given.products.len() * 2 + given.usage.len()),
            marks: Vec::with_capacity(given.marks.len() + given.products.len()),
        }
    }

    fn same_currency(&self, what: &str, currency: &'static Currency) -> Result<(), Fault> {
        let expected = self.given.account.currency;
        if currency.code == expected.code {
            return Ok(());
        }
        Err(Fault::Currency {
            what: what.into(),
            found: currency.code,
            expected: expected.code,
        })
    }

    /// What was charged for a price of a product, as far as it can still be corrected.
    fn charged(&mut self, product: &str, price: &str) -> &'g [ChargedTerm] {
        let of = |own: &(&str, &str, usize)| (own.0, own.1).cmp(&(product, price));
        let place = self.known.binary_search_by(of).ok();
        let Some((_, _, place)) = place.and_then(|at| self.known.get(at)) else {
            return &[];
        };
        if let Some(taken) = self.taken.get_mut(*place) {
            *taken = true;
        }
        let terms = self
            .given
            .marks
            .get(*place)
            .map_or(&[][..], |own| &own.terms);
        let closed = terms.partition_point(|own| {
            own.clip.to <= self.given.reckon_from && own.clip.from < self.given.reckon_from
        });
        terms.get(closed..).unwrap_or_default()
    }

    fn mark(&mut self, product: &str, price: &str, terms: Vec<ChargedTerm>) {
        if !terms.is_empty() {
            self.marks.push(Mark {
                product: product.into(),
                price: price.into(),
                terms,
            });
        }
    }

    /// The taxes of categories on a charge for some time. Most charges have the same.
    fn taxes(&mut self, categories: &'g [TaxCategory], coverage: &Span) -> Result<Taxes, Fault> {
        let account = &self.given.account;
        let at = tax_point(account.rules.tax_point, coverage, &self.given.period);
        let is_own =
            |(own, then, _): &&(&[TaxCategory], Micros, Taxes)| *then == at && *own == categories;
        if let Some((_, _, taxes)) = self.taxes.iter().find(is_own) {
            return Ok(taxes.clone());
        }
        let taxes = Taxes::of(categories, at, account)?;
        if self.taxes.len() >= KNOWN {
            self.taxes.clear();
        }
        self.taxes.push((categories, at, taxes.clone()));
        Ok(taxes)
    }

    /// The term in which an instant lies. Most prices of an account have the same terms.
    fn term(&mut self, terms: &Terms, at: Micros) -> Option<Span> {
        let is_own = |(own, term): &&(Terms, Span)| own == terms && term.contains(at);
        if let Some((_, term)) = self.terms.iter().find(is_own) {
            return Some(*term);
        }
        let term = terms.at(at)?;
        if self.terms.len() >= KNOWN {
            self.terms.clear();
        }
        self.terms.push((*terms, term));
        Some(term)
    }

    /// With the marks of prices that the account does not have any more: they say what was charged.
    fn finished(mut self) -> Result<Charges, Fault> {
        for (mark, taken) in self.given.marks.iter().zip(&self.taken) {
            if !taken {
                self.marks.push(mark.clone());
            }
        }
        let mut drafts = self.drafts;
        drafts.sort_by(|a, b| a.key().cmp(&b.key()));
        Ok(Charges {
            drafts: merged(drafts).ok_or(Fault::large("a line"))?,
            marks: self.marks,
        })
    }
}

/// How charges of an account are rounded.
pub fn rounding(given: &AccountPeriod) -> Rounding {
    let rules = &given.account.rules;
    Rounding {
        digits: given.account.digits(),
        mode: rules.rounding,
        by_line: rules.charges == Level::Line,
    }
}

/// Whole terms that follow each other and cost the same become one line.
fn merged(drafts: Vec<Draft>) -> Option<Vec<Draft>> {
    let mut merged: Vec<Draft> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        match merged.last_mut() {
            Some(last) if last.continues(&draft) => last.append(draft)?,
            _ => merged.push(draft),
        }
    }
    Some(merged)
}
