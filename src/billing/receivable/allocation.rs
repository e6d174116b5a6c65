//! Which bills a payment or a credit pays.
//!
//! 1. Bills that the payer named, in the order of the names, up to the amount named with each.
//! 2. Of what is left: the bill over exactly that amount; the oldest, when there are several.
//! 3. Otherwise the bills from the oldest due date on; of one date the one that was issued first.
//! 4. What no bill takes stays on account, and pays the next bill ([`draw`]).
//!
//! Bills on hold are disputed: they are paid only by who names them. Bills in other currencies are
//! never touched.

use std::collections::HashMap;

use super::Refusal;
use super::share::is_payable;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

/// A bill of which something is left to be paid.
#[derive(Clone, Debug)]
pub struct OpenBill {
    pub id: String,
    pub currency: &'static Currency,
    pub remaining: Amount,
    /// None is later than all others.
    pub due: Option<Micros>,
    pub issued: Micros,
    /// Disputed.
    pub held: bool,
}

/// A bill that the payer named.
#[derive(Clone, Debug)]
pub struct Named {
    pub bill: String,
    /// At most so much of the payment is for it; all that is left of it when none.
    pub amount: Option<Amount>,
}

/// Money that came in, or a credit that was given.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// Of the payment or credit note.
    pub id: String,
    pub currency: &'static Currency,
    pub amount: Amount,
    /// Bills that are paid or settled already may be among them: the money goes to others.
    pub named: Vec<Named>,
}

/// An amount of a payment or credit that pays a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allocation {
    /// The payment or credit note.
    pub source: String,
    pub bill: String,
    pub amount: Amount,
}

/// What became of a payment: the allocations and what is left add up to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matched {
    /// One for each bill that gets something.
    pub allocations: Vec<Allocation>,
    /// Stays on account.
    pub left: Amount,
}

/// Distributes a payment over the open bills of an account.
///
/// # Errors
/// For an amount that is not positive or cannot be paid, and for a named bill in another currency.
pub fn allocate(incoming: &Incoming, bills: &[OpenBill]) -> Result<Matched, Refusal> {
    if incoming.amount <= Amount::ZERO {
        return Err(Refusal::NotPositive);
    }
    if !is_payable(incoming.amount, incoming.currency) {
        return Err(Refusal::TooFine);
    }
    let by_id: HashMap<&str, &OpenBill> = bills.iter().map(|b| (b.id.as_str(), b)).collect();
    let mut purse = Purse::of(incoming);
    for named in &incoming.named {
        let Some(bill) = by_id.get(named.bill.as_str()) else {
            continue;
        };
        if bill.currency != incoming.currency {
            let bill = bill.id.clone();
            return Err(Refusal::OtherCurrency { bill });
        }
        purse.pay(bill, named.amount.unwrap_or(purse.left));
    }
    let mut others: Vec<&OpenBill> = by_id
        .into_values()
        .filter(|bill| bill.currency == incoming.currency && !bill.held)
        .collect();
    others.sort_by(|a, b| age(a).cmp(&age(b)));
    let exact = others.iter().find(|bill| purse.open(bill) == purse.left);
    if let Some(bill) = exact {
        purse.pay(bill, purse.left);
    }
    for bill in others {
        purse.pay(bill, purse.left);
    }
    Ok(Matched {
        allocations: purse.allocations,
        left: purse.left,
    })
}

/// The order in which bills are paid.
fn age(bill: &OpenBill) -> (Micros, Micros, &str) {
    let due = bill.due.unwrap_or(Micros(i64::MAX));
    (due, bill.issued, &bill.id)
}

/// A payment while it is distributed.
struct Purse<'i> {
    id: &'i str,
    left: Amount,
    allocations: Vec<Allocation>,
}

impl<'i> Purse<'i> {
    fn of(incoming: &'i Incoming) -> Self {
        Purse {
            id: &incoming.id,
            left: incoming.amount,
            allocations: Vec::new(),
        }
    }

    /// What is still open of a bill.
    fn open(&self, bill: &OpenBill) -> Amount {
        let paid = self.allocations.iter().find(|a| a.bill == bill.id);
        let paid = paid.map_or(Amount::ZERO, |allocation| allocation.amount);
        minus(bill.remaining, paid)
    }

    /// Pays a bill, up to an amount.
    fn pay(&mut self, bill: &OpenBill, most: Amount) {
        let amount = self.open(bill).min(most).min(self.left);
        if amount <= Amount::ZERO {
            return;
        }
        self.left = minus(self.left, amount);
        match self.allocations.iter_mut().find(|a| a.bill == bill.id) {
            Some(before) => before.amount = before.amount.plus(amount).unwrap_or(before.amount),
            None => self.allocations.push(Allocation {
                source: self.id.to_owned(),
                bill: bill.id.clone(),
                amount,
            }),
        }
    }
}

/// Of two amounts that are not negative.
fn minus(a: Amount, b: Amount) -> Amount {
    Amount::from_millionths(a.millionths().saturating_sub(b.millionths()))
}

/// What is left of a payment or of a credit note.
#[derive(Clone, Debug)]
pub struct Credit {
    pub source: String,
    pub currency: &'static Currency,
    pub left: Amount,
    /// When it came in: the oldest is used first.
    pub since: Micros,
}

/// Pays a bill from what is on account.
pub fn draw(credits: &[Credit], bill: &OpenBill) -> Vec<Allocation> {
    let mut usable: Vec<&Credit> = credits
        .iter()
        .filter(|credit| credit.currency == bill.currency && credit.left > Amount::ZERO)
        .collect();
    usable.sort_by(|a, b| (a.since, &a.source).cmp(&(b.since, &b.source)));
    let mut open = bill.remaining;
    let mut drawn = Vec::new();
    for credit in usable {
        let amount = credit.left.min(open);
        if amount <= Amount::ZERO {
            break;
        }
        open = minus(open, amount);
        drawn.push(Allocation {
            source: credit.source.clone(),
            bill: bill.id.clone(),
            amount,
        });
    }
    drawn
}
