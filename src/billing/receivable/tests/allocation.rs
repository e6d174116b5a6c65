//! Which bills a payment pays.

use proptest::prelude::*;

use super::{cents, eur, may};
use crate::billing::receivable::Refusal;
use crate::billing::receivable::allocation::{
    Credit, Incoming, Matched, Named, OpenBill, allocate, draw,
};
use crate::billing::receivable::standing::{Standing, remaining};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

fn bill(id: &str, remaining: i64, due: u32) -> OpenBill {
    OpenBill {
        id: id.to_owned(),
        currency: eur(),
        remaining: cents(remaining),
        due: Some(may(due)),
        issued: may(1),
        held: false,
    }
}

fn payment(amount: i64, named: &[(&str, Option<i64>)]) -> Incoming {
    Incoming {
        id: "p".to_owned(),
        currency: eur(),
        amount: cents(amount),
        named: named
            .iter()
            .map(|(bill, amount)| Named {
                bill: (*bill).to_owned(),
                amount: amount.map(cents),
            })
            .collect(),
    }
}

fn shown(matched: &Matched) -> (Vec<(&str, i64)>, i64) {
    let shown = |a: Amount| a.millionths() / 10_000;
    let allocations = matched.allocations.iter();
    (
        allocations
            .map(|a| (a.bill.as_str(), shown(a.amount)))
            .collect(),
        shown(matched.left),
    )
}

#[test]
fn an_exact_amount_pays_its_bill_before_older_ones() {
    let bills = [
        bill("old", 3000, 3),
        bill("b", 1990, 20),
        bill("c", 1990, 25),
    ];
    let matched = allocate(&payment(1990, &[]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("b", 1990)], 0));
}

#[test]
fn other_amounts_pay_the_oldest_first_and_the_rest_stays_on_account() {
    let bills = [
        bill("new", 1000, 25),
        bill("old", 3000, 3),
        bill("mid", 500, 10),
    ];
    let matched = allocate(&payment(3200, &[]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("old", 3000), ("mid", 200)], 0));
    let matched = allocate(&payment(5000, &[]), &bills).unwrap();
    let all = vec![("old", 3000), ("mid", 500), ("new", 1000)];
    assert_eq!(shown(&matched), (all, 500));
    let matched = allocate(&payment(70, &[]), &[]).unwrap();
    assert_eq!(shown(&matched), (vec![], 70));
}

#[test]
fn named_bills_come_first_up_to_the_named_amount() {
    let bills = [
        bill("old", 3000, 3),
        bill("b", 1990, 20),
        bill("c", 1000, 25),
    ];
    let matched = allocate(&payment(1500, &[("c", Some(400)), ("b", None)]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("c", 400), ("b", 1100)], 0));
    // What the named bills do not take goes to others: here exactly what is left of one.
    let matched = allocate(&payment(4000, &[("c", None)]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("c", 1000), ("old", 3000)], 0));
    // A bill that is paid already.
    let matched = allocate(&payment(100, &[("gone", None)]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("old", 100)], 0));
    // A bill that is named twice is paid once.
    let matched = allocate(&payment(3000, &[("c", Some(400)), ("c", None)]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("c", 1000), ("old", 2000)], 0));
}

#[test]
fn disputed_bills_are_paid_by_who_names_them() {
    let mut bills = [bill("old", 3000, 3), bill("b", 1990, 20)];
    bills[0].held = true;
    let matched = allocate(&payment(3000, &[]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("b", 1990)], 1010));
    let matched = allocate(&payment(3000, &[("old", None)]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("old", 3000)], 0));
}

#[test]
fn currencies_never_mix() {
    let mut bills = [bill("francs", 3000, 3), bill("b", 1990, 20)];
    bills[0].currency = Currency::of("CHF").unwrap();
    let matched = allocate(&payment(3000, &[]), &bills).unwrap();
    assert_eq!(shown(&matched), (vec![("b", 1990)], 1010));
    let refused = allocate(&payment(3000, &[("francs", None)]), &bills).unwrap_err();
    let bill = "francs".to_owned();
    assert_eq!(refused, Refusal::OtherCurrency { bill });
}

#[test]
fn what_cannot_be_paid_is_refused() {
    let refused = |millionths| {
        let mut payment = payment(1, &[]);
        payment.amount = Amount::from_millionths(millionths);
        allocate(&payment, &[]).unwrap_err()
    };
    assert_eq!(refused(0), Refusal::NotPositive);
    assert_eq!(refused(-10_000), Refusal::NotPositive);
    assert_eq!(refused(1_000), Refusal::TooFine);
}

#[test]
fn a_bill_without_due_date_is_the_last_and_equal_dates_go_by_issue() {
    let mut bills = [
        bill("z", 100, 3),
        bill("a", 100, 3),
        bill("undated", 100, 1),
    ];
    bills[2].due = None;
    bills[0].issued = Micros(0);
    let matched = allocate(&payment(250, &[]), &bills).unwrap();
    let order = vec![("z", 100), ("a", 100), ("undated", 50)];
    assert_eq!(shown(&matched), (order, 0));
}

#[test]
fn credit_on_account_pays_the_next_bill_oldest_credit_first() {
    let credit = |source: &str, left, day| Credit {
        source: source.to_owned(),
        currency: eur(),
        left: cents(left),
        since: may(day),
    };
    let mut francs = credit("francs", 9000, 1);
    francs.currency = Currency::of("CHF").unwrap();
    let credits = [
        credit("new", 500, 9),
        francs,
        credit("old", 300, 2),
        credit("nil", 0, 1),
    ];
    let drawn = draw(&credits, &bill("b", 700, 20));
    let drawn: Vec<_> = drawn
        .iter()
        .map(|a| (a.source.as_str(), a.amount))
        .collect();
    assert_eq!(drawn, [("old", cents(300)), ("new", cents(400))]);
}

#[test]
fn the_state_follows_from_what_is_left() {
    let standing = |total, left| Standing::of(cents(total), cents(left)).as_str();
    assert_eq!(standing(100, 100), "sent");
    assert_eq!(standing(100, 1), "partiallyPaid");
    assert_eq!(standing(100, 0), "settled");
    assert_eq!(standing(0, 0), "settled");
    assert_eq!(standing(-500, 0), "settled");
    assert_eq!(remaining(cents(100), [cents(30), cents(70)]), Ok(cents(0)));
    assert_eq!(remaining(cents(-100), []), Ok(cents(0)));
    assert!(remaining(cents(100), [cents(30), cents(71)]).is_err());
}

const CODES: [&str; 2] = ["EUR", "CHF"];

fn bills() -> impl Strategy<Value = Vec<OpenBill>> {
    let one = (0..5000_i64, 0..28_u32, 0..2_usize, any::<bool>());
    proptest::collection::vec(one, 0..8).prop_map(|bills| {
        let numbered = bills.into_iter().enumerate();
        numbered
            .map(|(at, (remaining, due, currency, held))| OpenBill {
                currency: Currency::of(CODES[currency]).unwrap(),
                held,
                ..bill(&format!("b{at}"), remaining, due + 1)
            })
            .collect()
    })
}

fn names() -> impl Strategy<Value = Vec<(usize, Option<i64>)>> {
    proptest::collection::vec((0..9_usize, proptest::option::of(0..3000_i64)), 0..4)
}

/// What is left of the bills once each payment is matched, in order; with the sum of remainders.
fn after(mut bills: Vec<OpenBill>, payments: &[i64]) -> (Vec<i64>, i64) {
    let mut left = 0;
    for amount in payments {
        let matched = allocate(&payment(*amount, &[]), &bills).unwrap();
        for allocation in &matched.allocations {
            let paid = bills.iter_mut().find(|b| b.id == allocation.bill).unwrap();
            let rest = paid.remaining.millionths() - allocation.amount.millionths();
            paid.remaining = Amount::from_millionths(rest);
        }
        left += matched.left.millionths();
    }
    (
        bills
            .iter()
            .map(|bill| bill.remaining.millionths())
            .collect(),
        left,
    )
}

proptest! {
    #[test]
    fn allocations_and_remainder_are_the_payment(bills in bills(), amount in 1..20_000_i64, names in names()) {
        let mut incoming = payment(amount, &[]);
        let in_euro = |at: &usize| bills.get(*at).is_none_or(|bill| bill.currency == eur());
        incoming.named = names
            .iter()
            .filter(|(at, _)| in_euro(at))
            .map(|(at, most)| Named { bill: format!("b{at}"), amount: most.map(cents) })
            .collect();
        let matched = allocate(&incoming, &bills).unwrap();
        let mut sum = matched.left;
        for allocation in &matched.allocations {
            prop_assert!(allocation.amount > Amount::ZERO);
            sum = sum.plus(allocation.amount).unwrap();
            let mut of_bill = bills.iter().filter(|bill| bill.id == allocation.bill);
            let bill = of_bill.next().unwrap();
            prop_assert!(allocation.amount <= bill.remaining);
            prop_assert_eq!(bill.currency, eur());
            let same = matched.allocations.iter().filter(|a| a.bill == bill.id);
            prop_assert_eq!(same.count(), 1);
        }
        prop_assert_eq!(sum, incoming.amount);
        prop_assert!(matched.left >= Amount::ZERO);
        // Something stays on account only when no bill in its currency could take it.
        if matched.left > Amount::ZERO {
            for bill in bills.iter().filter(|b| b.currency == eur() && !b.held) {
                let paid = matched.allocations.iter().find(|a| a.bill == bill.id);
                let paid = paid.map_or(Amount::ZERO, |a| a.amount);
                prop_assert_eq!(paid, bill.remaining);
            }
        }
    }

    #[test]
    fn the_order_of_payments_does_not_matter_for_the_totals(
        bills in bills(),
        payments in proptest::collection::vec(1..6000_i64, 1..6),
        turn in 0..6_usize,
    ) {
        let sum = |(remaining, left): (Vec<i64>, i64)| (remaining.iter().sum::<i64>(), left);
        let mut turned = payments.clone();
        turned.rotate_left(turn % payments.len());
        prop_assert_eq!(sum(after(bills.clone(), &payments)), sum(after(bills, &turned)));
    }

    #[test]
    fn bills_in_any_order_are_paid_alike(bills in bills(), amount in 1..20_000_i64, turn in 0..8_usize) {
        let mut turned = bills.clone();
        if !turned.is_empty() {
            let turn = turn % turned.len();
            turned.rotate_left(turn);
        }
        let incoming = payment(amount, &[]);
        prop_assert_eq!(allocate(&incoming, &bills), allocate(&incoming, &turned));
    }

    #[test]
    fn drawing_never_takes_more_than_there_is(lefts in proptest::collection::vec(0..4000_i64, 0..6), open in 0..9000_i64) {
        let credits: Vec<Credit> = lefts.iter().enumerate().map(|(at, left)| Credit {
            source: format!("p{at}"),
            currency: eur(),
            left: cents(*left),
            since: Micros(0),
        }).collect();
        let drawn = draw(&credits, &bill("b", open, 3));
        let sum: i64 = drawn.iter().map(|a| a.amount.millionths()).sum();
        let all: i64 = lefts.iter().sum();
        prop_assert_eq!(sum, cents(open.min(all)).millionths());
    }
}
