//! Why something cannot be booked.

use std::fmt;

/// A reason. Ids and amounts are those of the question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// An amount is nothing or less.
    NotPositive,
    /// A bill that is named is in another currency.
    OtherCurrency { bill: String },
    /// More is asked for than is there: to be refunded, written off or credited.
    TooMuch { left: String },
    /// A line that is named is not on the bill.
    UnknownLine { line: String },
    /// More is to be credited than is left of a line.
    LineUsedUp { line: String, left: String },
    /// An amount has another sign than the line that it corrects.
    OtherSign { line: String },
    /// An amount has digits that nobody can pay.
    TooFine,
    /// A sum is larger than can be kept.
    TooLarge,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotPositive => f.write_str("must be more than nothing"),
            Refusal::OtherCurrency { bill } => {
                write!(f, "the bill '{bill}' is in another currency")
            }
            Refusal::TooMuch { left } => write!(f, "no more than {left} is left"),
            Refusal::UnknownLine { line } => write!(f, "the bill has no line '{line}'"),
            Refusal::LineUsedUp { line, left } => {
                write!(f, "no more than {left} is left of the line '{line}'")
            }
            Refusal::OtherSign { line } => {
                write!(f, "has another sign than what is left of the line '{line}'")
            }
            Refusal::TooFine => f.write_str("has digits below the smallest unit of the currency"),
            Refusal::TooLarge => f.write_str("is larger than can be booked"),
        }
    }
}

impl std::error::Error for Refusal {}
