//! What billing keeps of an account between its bills: up to when it was billed, what was charged for which
//! term of which price, and what its last bills came to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::billing::Span;
use crate::billing::mark::{ChargedTerm, Mark, Part};
use crate::billing::{Tax, Taxes};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::tax::{TaxMode, TaxRate};

/// Totals of bills that are kept, to tell an unusual one.
const TOTALS: usize = 6;

/// The state as it is stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The end of the last period that was billed, in microseconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub through: Option<i64>,
    /// What the last bills in the currency of the account came to with tax, in millionths, the latest at the end.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub totals: Vec<i64>,
    /// The same in other currencies.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    others: BTreeMap<Box<str>, Vec<i64>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<Stored>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Stored {
    product: Box<str>,
    price: Box<str>,
    terms: Vec<Term>,
}

/// A term, and what of it was reckoned where that is less.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Term {
    of: (i64, i64),
    #[serde(default, skip_serializing_if = "Option::is_none")]
    clip: Option<(i64, i64)>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    parts: Vec<Charged>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Charged {
    /// What was covered, where that is not all that was reckoned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    of: Option<(i64, i64)>,
    /// Millionths.
    amount: i64,
    #[serde(default, skip_serializing_if = "is_false")]
    gross: bool,
    /// Category, per cent, and whether the customer is exempt.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    taxes: Vec<(Box<str>, Box<str>, bool)>,
}

const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl State {
    /// Reads what was stored; an account that was never billed has an empty one.
    ///
    /// # Errors
    /// A fault of ours when it cannot be read.
    pub fn read(bytes: &[u8]) -> Outcome<Self> {
        if bytes.is_empty() {
            return Ok(State::default());
        }
        serde_json::from_slice(bytes)
            .map_err(|error| Problem::internal(format!("a billing state cannot be read: {error}")))
    }

    /// As it is stored.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What earlier bills have charged.
    ///
    /// # Errors
    /// A fault of ours where it makes no sense.
    pub fn marks(&self) -> Outcome<Vec<Mark>> {
        let marks = self.marks.iter().map(Stored::mark);
        let marks: Option<Vec<Mark>> = marks.collect();
        marks.ok_or_else(|| Problem::internal("a billing state has marks that make no sense"))
    }

    /// The state after bills, each in one currency; `own` is that of the account.
    pub fn after(
        &self,
        through: Micros,
        marks: &[Mark],
        totals: impl IntoIterator<Item = (&'static Currency, Amount)>,
        own: &Currency,
    ) -> Self {
        let mut state = State {
            through: Some(through.0),
            totals: self.totals.clone(),
            others: self.others.clone(),
            marks: marks.iter().map(Stored::of).collect(),
        };
        for (currency, gross) in totals {
            let totals = match currency.code == own.code {
                true => &mut state.totals,
                false => state.others.entry(currency.code.into()).or_default(),
            };
            totals.push(gross.millionths());
            let extra = totals.len().saturating_sub(TOTALS);
            totals.drain(..extra);
        }
        state
    }

    /// What the last bills in a currency came to; `own` is that of the account.
    pub fn history(&self, currency: &Currency, own: &Currency) -> Vec<Amount> {
        let totals = match currency.code == own.code {
            true => Some(&self.totals),
            false => self.others.get(currency.code),
        };
        let totals = totals.into_iter().flatten();
        totals.map(|own| Amount::from_millionths(*own)).collect()
    }
}

const fn ends(span: Span) -> (i64, i64) {
    (span.from.0, span.to.0)
}

const fn span((from, to): (i64, i64)) -> Span {
    Span {
        from: Micros(from),
        to: Micros(to),
    }
}

impl Stored {
    fn of(mark: &Mark) -> Self {
        Stored {
            product: mark.product.clone(),
            price: mark.price.clone(),
            terms: mark.terms.iter().map(Term::of).collect(),
        }
    }

    fn mark(&self) -> Option<Mark> {
        Some(Mark {
            product: self.product.clone(),
            price: self.price.clone(),
            terms: self
                .terms
                .iter()
                .map(Term::charged)
                .collect::<Option<_>>()?,
        })
    }
}

impl Term {
    fn of(term: &ChargedTerm) -> Self {
        Term {
            of: ends(term.term),
            clip: (term.clip != term.term).then_some(ends(term.clip)),
            parts: term
                .parts
                .iter()
                .map(|part| Charged::of(part, term.clip))
                .collect(),
        }
    }

    fn charged(&self) -> Option<ChargedTerm> {
        let clip = span(self.clip.unwrap_or(self.of));
        let parts = self.parts.iter().map(|own| own.part(clip));
        Some(ChargedTerm {
            term: span(self.of),
            clip,
            parts: parts.collect::<Option<_>>()?,
        })
    }
}

impl Charged {
    fn of(part: &Part, clip: Span) -> Self {
        let taxes = part.taxes.0.iter().map(|tax| {
            let percent = tax.rate.percent.to_string();
            (tax.category.clone(), percent.into(), tax.exempt)
        });
        Charged {
            of: (part.coverage != clip).then_some(ends(part.coverage)),
            amount: part.amount.millionths(),
            gross: part.mode == TaxMode::Gross,
            taxes: taxes.collect(),
        }
    }

    fn part(&self, clip: Span) -> Option<Part> {
        let taxes = self.taxes.iter().map(|(category, percent, exempt)| {
            Some(Tax {
                category: category.clone(),
                rate: TaxRate::of(percent.parse().ok()?)?,
                exempt: *exempt,
            })
        });
        Some(Part {
            coverage: self.of.map_or(clip, span),
            amount: Amount::from_millionths(self.amount),
            mode: match self.gross {
                true => TaxMode::Gross,
                false => TaxMode::Net,
            },
            taxes: Taxes(taxes.collect::<Option<_>>()?),
        })
    }
}
