//! Why a bill cannot be made.

use std::fmt;

use crate::domain::clock::Micros;

/// What is wrong. No bill is better than one that is wrong: there is no line that is passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A price or a charge is in another currency than the account.
    Currency {
        what: Box<str>,
        found: &'static str,
        expected: &'static str,
    },
    /// Neither the tax tables nor the price know a rate.
    NoTaxRate { category: Box<str>, at: Micros },
    /// A number is larger than can be booked.
    TooLarge { what: &'static str },
    /// A date is beyond the calendar, or a cycle has no periods.
    Calendar { what: &'static str },
    /// A price was charged with tax before and is without it now, or the other way round.
    TaxMode { product: Box<str>, price: Box<str> },
    /// More terms of a price than any account can have.
    TooManyTerms { product: Box<str>, price: Box<str> },
    /// What was given contradicts itself.
    Input { what: &'static str, id: Box<str> },
}

impl Fault {
    /// A number that does not fit.
    pub(super) const fn large(what: &'static str) -> Self {
        Fault::TooLarge { what }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Currency {
                what,
                found,
                expected,
            } => write!(
                f,
                "'{what}' is in {found}, the account is billed in {expected}"
            ),
            Fault::NoTaxRate { category, at } => write!(
                f,
                "no tax table has a rate of '{category}' at {}",
                at.to_rfc3339()
            ),
            Fault::TooLarge { what } => write!(f, "{what} is larger than can be billed"),
            Fault::Calendar { what } => write!(f, "{what} is beyond the calendar"),
            Fault::TaxMode { product, price } => write!(
                f,
                "the price '{price}' of product '{product}' was charged before with tax and is without it now, or the other way round"
            ),
            Fault::TooManyTerms { product, price } => write!(
                f,
                "the price '{price}' of product '{product}' has more terms to charge than any account can have"
            ),
            Fault::Input { what, id } => write!(f, "'{id}' {what}"),
        }
    }
}

impl std::error::Error for Fault {}
