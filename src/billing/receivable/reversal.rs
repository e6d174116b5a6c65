//! Takes a payment back: all of it when the bank charges it back, a part or all of it when it is
//! refunded. What is on account goes first; then bills that it paid are opened again, those that are
//! due last first, so that the oldest debts stay paid.

use super::Refusal;
use super::allocation::Allocation;
use super::standing::less;
use crate::domain::clock::Micros;
use crate::domain::money::Amount;

/// What a payment or credit pays of a bill.
#[derive(Clone, Debug)]
pub struct Applied {
    pub bill: String,
    pub amount: Amount,
    pub due: Option<Micros>,
    pub issued: Micros,
}

/// A payment or credit as it stands.
#[derive(Clone, Debug)]
pub struct Funds {
    pub source: String,
    pub on_account: Amount,
    pub applied: Vec<Applied>,
}

impl Funds {
    /// All that can be taken back.
    ///
    /// # Errors
    /// When it is more than an amount can be.
    pub fn total(&self) -> Result<Amount, Refusal> {
        let mut total = self.on_account;
        for applied in &self.applied {
            total = total.plus(applied.amount).ok_or(Refusal::TooLarge)?;
        }
        Ok(total)
    }
}

/// What is taken back: both add up to what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenBack {
    pub from_account: Amount,
    /// What bills lose.
    pub from_bills: Vec<Allocation>,
}

/// Takes an amount of a payment back.
///
/// # Errors
/// When it is not positive, or more than the payment still stands for.
pub fn take_back(funds: &Funds, amount: Amount) -> Result<TakenBack, Refusal> {
    if amount <= Amount::ZERO {
        return Err(Refusal::NotPositive);
    }
    less(funds.total()?, amount)?;
    let from_account = amount.min(funds.on_account).max(Amount::ZERO);
    let mut wanted = less(amount, from_account)?;
    let mut applied: Vec<&Applied> = funds.applied.iter().collect();
    applied.sort_by(|a, b| age(b).cmp(&age(a)));
    let mut from_bills = Vec::new();
    for one in applied {
        let amount = one.amount.min(wanted);
        if amount <= Amount::ZERO {
            continue;
        }
        wanted = less(wanted, amount)?;
        from_bills.push(Allocation {
            source: funds.source.clone(),
            bill: one.bill.clone(),
            amount,
        });
    }
    Ok(TakenBack {
        from_account,
        from_bills,
    })
}

fn age(applied: &Applied) -> (Micros, Micros, &str) {
    let due = applied.due.unwrap_or(Micros(i64::MAX));
    (due, applied.issued, &applied.bill)
}
