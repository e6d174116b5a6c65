//! Taking payments back.

use proptest::prelude::*;

use super::{cents, eur, may};
use crate::billing::receivable::Refusal;
use crate::billing::receivable::allocation::{Incoming, OpenBill, allocate};
use crate::billing::receivable::reversal::{Applied, Funds, take_back};
use crate::domain::money::Amount;

fn funds(on_account: i64, applied: &[(&str, i64, u32)]) -> Funds {
    let applied = applied.iter().map(|(bill, amount, due)| Applied {
        bill: (*bill).to_owned(),
        amount: cents(*amount),
        due: Some(may(*due)),
        issued: may(1),
    });
    Funds {
        source: "p".to_owned(),
        on_account: cents(on_account),
        applied: applied.collect(),
    }
}

#[test]
fn what_is_on_account_goes_first_then_what_is_due_last() {
    let funds = funds(200, &[("old", 1000, 3), ("new", 500, 20)]);
    let shown = |amount| {
        let back = take_back(&funds, cents(amount)).unwrap();
        let bills: Vec<_> = back
            .from_bills
            .into_iter()
            .map(|a| (a.bill, a.amount))
            .collect();
        (back.from_account, bills)
    };
    assert_eq!(shown(150), (cents(150), vec![]));
    assert_eq!(
        shown(300),
        (cents(200), vec![("new".to_owned(), cents(100))])
    );
    let all = vec![
        ("new".to_owned(), cents(500)),
        ("old".to_owned(), cents(1000)),
    ];
    assert_eq!(shown(1700), (cents(200), all));
}

#[test]
fn no_more_is_taken_back_than_was_paid() {
    let funds = funds(200, &[("old", 1000, 3)]);
    let left = "12".to_owned();
    assert_eq!(
        take_back(&funds, cents(1201)),
        Err(Refusal::TooMuch { left })
    );
    assert_eq!(take_back(&funds, cents(0)), Err(Refusal::NotPositive));
}

proptest! {
    #[test]
    fn reversing_restores(remainings in proptest::collection::vec(1..3000_i64, 0..6), amount in 1..12_000_i64) {
        let bills: Vec<OpenBill> = remainings.iter().zip(1..).map(|(remaining, day)| OpenBill {
            id: format!("b{day}"),
            currency: eur(),
            remaining: cents(*remaining),
            due: Some(may(day)),
            issued: may(1),
            held: false,
        }).collect();
        let incoming = Incoming { id: "p".to_owned(), currency: eur(), amount: cents(amount), named: vec![] };
        let matched = allocate(&incoming, &bills).unwrap();
        let applied = matched.allocations.iter().map(|a| Applied {
            bill: a.bill.clone(),
            amount: a.amount,
            due: bills.iter().find(|b| b.id == a.bill).unwrap().due,
            issued: may(1),
        });
        let funds = Funds { source: "p".to_owned(), on_account: matched.left, applied: applied.collect() };
        let back = take_back(&funds, incoming.amount).unwrap();
        prop_assert_eq!(back.from_account, matched.left);
        let key = |a: &crate::billing::receivable::allocation::Allocation| a.bill.clone();
        let (mut given, mut taken) = (matched.allocations, back.from_bills);
        given.sort_by_key(key);
        taken.sort_by_key(key);
        prop_assert_eq!(given, taken);
    }

    #[test]
    fn what_is_taken_back_is_what_was_asked_for(
        on_account in 0..1000_i64,
        applied in proptest::collection::vec(1..1000_i64, 0..5),
        part in 1..6000_i64,
    ) {
        let applied: Vec<(String, i64, u32)> = applied.into_iter().zip(1..).map(|(amount, day)| (format!("b{day}"), amount, day)).collect();
        let borrowed: Vec<(&str, i64, u32)> = applied.iter().map(|(b, a, d)| (b.as_str(), *a, *d)).collect();
        let funds = funds(on_account, &borrowed);
        let Ok(back) = take_back(&funds, cents(part)) else {
            prop_assert!(cents(part) > funds.total().unwrap());
            return Ok(());
        };
        let sum = back.from_bills.iter().fold(back.from_account, |sum, a| sum.plus(a.amount).unwrap());
        prop_assert_eq!(sum, cents(part));
        prop_assert!(back.from_account <= funds.on_account);
        for taken in &back.from_bills {
            let paid = funds.applied.iter().find(|a| a.bill == taken.bill).unwrap();
            prop_assert!(taken.amount > Amount::ZERO && taken.amount <= paid.amount);
        }
    }
}
