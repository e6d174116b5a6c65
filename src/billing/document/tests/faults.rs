//! Statements that contradict themselves become nothing, in any form.

use super::super::{Carried, Fault, Mark, Press, Statement, html, pdf, ubl};
use super::world::{self, date, decimal};

fn refused(change: impl FnOnce(&mut Statement)) -> Fault {
    let mut statement = world::mobile();
    change(&mut statement);
    let fault = html(&statement).unwrap_err();
    assert_eq!(pdf(&Press::new().unwrap(), &statement).unwrap_err(), fault);
    assert_eq!(ubl(&statement).unwrap_err(), fault);
    fault
}

fn wrong_sum(change: impl FnOnce(&mut Statement)) -> String {
    match refused(change) {
        Fault::Sum { what, .. } => what,
        other => panic!("{other}"),
    }
}

#[test]
fn sums_are_added_up_again() {
    let cent = decimal("0.01");
    assert_eq!(
        wrong_sum(|s| s.groups[0].lines[0].net += cent),
        "the net total"
    );
    assert_eq!(
        wrong_sum(|s| s.groups[0].lines[0].taxes[0].amount += cent),
        "tax VAT 19"
    );
    assert_eq!(wrong_sum(|s| s.taxes[1].amount += cent), "tax VAT 7");
    assert_eq!(wrong_sum(|s| s.totals.net += cent), "the net total");
    assert_eq!(wrong_sum(|s| s.totals.tax += cent), "the tax total");
    assert_eq!(wrong_sum(|s| s.totals.gross += cent), "the total with tax");
    assert_eq!(wrong_sum(|s| s.totals.due += cent), "the amount due");
    let carried = |s: &mut Statement| {
        s.carried = Some(Carried {
            previous: decimal("5"),
            movements: Vec::new(),
            balance: s.totals.due,
        });
    };
    assert_eq!(wrong_sum(carried), "the balance of the account");
}

#[test]
fn numbers_belong_to_bills_and_not_to_trials() {
    assert_eq!(refused(|s| s.number = None), Fault::Number);
    assert_eq!(refused(|s| s.mark = Mark::Trial), Fault::Number);
}

#[test]
fn periods_and_tax_items() {
    let backwards = |s: &mut Statement| s.period.as_mut().unwrap().last = date(2026, 2, 28);
    assert_eq!(refused(backwards), Fault::Period);
    let fault = refused(|s| s.groups[0].lines[0].taxes[0].item = 2);
    assert!(matches!(fault, Fault::TaxItem { item: 2, .. }), "{fault}");
}

#[test]
fn what_is_owed_can_be_paid() {
    let fault = refused(|s| {
        let part = decimal("0.001");
        s.groups[0].lines[0].net += part;
        s.totals.net += part;
        s.totals.gross += part;
        s.totals.due += part;
    });
    assert!(matches!(fault, Fault::Digits { .. }), "{fault}");
    let gold = crate::domain::money::Currency::of("XAU").unwrap();
    assert_eq!(refused(|s| s.currency = gold), Fault::Currency("XAU"));
}
