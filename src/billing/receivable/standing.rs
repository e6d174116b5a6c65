//! What is left to be paid of a bill, and the state that this means.

use super::Refusal;
use crate::domain::money::Amount;

/// How far a sent bill is paid. The names are those of `state` of a customer bill (TMF678; where the
/// text of v5 says `partiallySettled`, its enum has `partiallyPaid`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing is paid.
    Sent,
    PartiallyPaid,
    /// Nothing is left.
    Settled,
}

impl Standing {
    /// The standing of a bill over `total` of which `remaining` is left. A bill over nothing, or one
    /// by which the customer gets something, is settled by itself.
    pub fn of(total: Amount, remaining: Amount) -> Self {
        if remaining <= Amount::ZERO {
            Standing::Settled
        } else if remaining < total {
            Standing::PartiallyPaid
        } else {
            Standing::Sent
        }
    }

    /// The value of `state`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Sent => "sent",
            Standing::PartiallyPaid => "partiallyPaid",
            Standing::Settled => "settled",
        }
    }
}

/// What is left of a bill over `total` once the amounts are applied to it.
///
/// # Errors
/// When more is applied than the bill is over.
pub fn remaining(
    total: Amount,
    applied: impl IntoIterator<Item = Amount>,
) -> Result<Amount, Refusal> {
    let mut left = total.max(Amount::ZERO);
    for amount in applied {
        left = less(left, amount)?;
    }
    Ok(left)
}

/// The amount to write off: all that is left, or the part that is asked for.
///
/// # Errors
/// When nothing is left, or less than is asked for.
pub fn write_off(remaining: Amount, asked: Option<Amount>) -> Result<Amount, Refusal> {
    let amount = asked.unwrap_or(remaining);
    if amount <= Amount::ZERO {
        return Err(Refusal::NotPositive);
    }
    less(remaining, amount)?;
    Ok(amount)
}

/// What is left when an amount is taken off.
///
/// # Errors
/// When that is more than is there.
pub(super) fn less(from: Amount, amount: Amount) -> Result<Amount, Refusal> {
    let too_much = || Refusal::TooMuch {
        left: from.decimal(0).to_string(),
    };
    let left = from.millionths().checked_sub(amount.millionths());
    left.filter(|left| *left >= 0)
        .map(Amount::from_millionths)
        .ok_or_else(too_much)
}
