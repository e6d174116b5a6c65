//! Double entries.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{at, cents, eur};
use crate::billing::receivable::Refusal;
use crate::billing::receivable::journal::export::{Csv, json};
use crate::billing::receivable::journal::{
    Chart, Document, DocumentKind, Entry, Movement, MovementKind, PostedLine, PostedTax, Side,
    Span, Sums,
};
use crate::domain::money::{Amount, Currency};

fn line(code: Option<&str>, net: i64, rate: i64, tax: i64) -> PostedLine {
    PostedLine {
        code: code.map(str::to_owned),
        net: cents(net),
        taxes: vec![PostedTax {
            category: format!("VAT{rate}"),
            rate: Decimal::from(rate),
            amount: cents(tax),
        }],
        period: None,
    }
}

fn bill(lines: Vec<PostedLine>) -> Document {
    Document {
        kind: DocumentKind::Bill,
        id: "17".to_owned(),
        number: Some("R-1".to_owned()),
        at: at("2026-05-31T22:00:00Z"),
        account: "a1".to_owned(),
        currency: eur(),
        lines,
    }
}

fn postings(entry: &Entry) -> Vec<String> {
    let shown = entry.postings.iter().map(|posting| {
        let side = if posting.side == Side::Debit {
            "debit"
        } else {
            "credit"
        };
        let category = posting.tax_category.as_deref().unwrap_or("-");
        let amount = posting.amount.decimal(2);
        format!("{side} {} {category} {amount}", posting.account)
    });
    shown.collect()
}

#[test]
fn a_bill_is_booked_by_account_code_category_and_rate() {
    let bill = bill(vec![
        line(None, 1000, 19, 190),
        line(Some("4711"), 500, 19, 95),
        line(None, 300, 7, 21),
        line(Some("4711"), -200, 19, -38),
        line(Some("4712"), -50, 19, -10),
    ]);
    let entry = bill.entry(&Chart::default()).unwrap();
    assert_eq!(entry.id, "bill-17");
    assert!(entry.is_balanced());
    assert_eq!(
        postings(&entry),
        [
            "debit receivable - 18.08",
            "credit 4711 VAT19 3.00",
            "debit 4712 VAT19 0.50",
            "credit revenue VAT19 10.00",
            "credit revenue VAT7 3.00",
            "credit taxPayable VAT19 2.37",
            "credit taxPayable VAT7 0.21",
        ]
    );
}

#[test]
fn the_credit_note_of_all_is_the_other_side_of_the_bill() {
    let lines = vec![line(None, 1000, 19, 190), line(Some("4711"), -50, 19, -10)];
    let negative = |amount: Amount| Amount::from_millionths(-amount.millionths());
    let mut note = bill(lines.clone());
    for line in &mut note.lines {
        line.net = negative(line.net);
        line.taxes
            .iter_mut()
            .for_each(|tax| tax.amount = negative(tax.amount));
    }
    note.kind = DocumentKind::CreditNote;
    let chart = Chart::default();
    let (billed, credited) = (
        bill(lines).entry(&chart).unwrap(),
        note.entry(&chart).unwrap(),
    );
    let mut turned = credited.postings.clone();
    turned
        .iter_mut()
        .for_each(|posting| posting.side = posting.side.other());
    assert_eq!(billed.postings, turned);
    assert_eq!(credited.id, "creditNote-17");
}

#[test]
fn movements_book_on_two_accounts() {
    let booked = |kind| {
        let movement = Movement {
            kind,
            id: "p1".to_owned(),
            at: at("2026-05-31T22:00:00Z"),
            account: "a1".to_owned(),
            currency: eur(),
            amount: cents(990),
        };
        let entry = movement.entry(&Chart::default()).unwrap();
        assert!(entry.is_balanced());
        (entry.id.clone(), postings(&entry).join(", "))
    };
    let told = |id: &str, postings: &str| (id.to_owned(), postings.to_owned());
    let back = "debit receivable - 9.90, credit cash - 9.90";
    assert_eq!(
        booked(MovementKind::Payment),
        told("payment-p1", "debit cash - 9.90, credit receivable - 9.90")
    );
    assert_eq!(booked(MovementKind::Refund), told("refund-p1", back));
    assert_eq!(
        booked(MovementKind::Chargeback),
        told("chargeback-p1", back)
    );
    assert_eq!(
        booked(MovementKind::WriteOff),
        told(
            "writeOff-p1",
            "debit badDebt - 9.90, credit receivable - 9.90"
        )
    );
    assert_eq!(
        booked(MovementKind::Recovery),
        told(
            "recovery-p1",
            "debit receivable - 9.90, credit badDebt - 9.90"
        )
    );
}

#[test]
fn a_movement_of_nothing_is_refused() {
    let movement = Movement {
        kind: MovementKind::Payment,
        id: "p1".to_owned(),
        at: at("2026-05-31T22:00:00Z"),
        account: "a1".to_owned(),
        currency: eur(),
        amount: cents(0),
    };
    assert_eq!(movement.entry(&Chart::default()), Err(Refusal::NotPositive));
}

#[test]
fn entries_are_exported() {
    let mut lines = vec![line(Some("40, \"x\""), 1000, 19, 190)];
    lines[0].period = Some(Span {
        start: Some(at("2026-05-01T00:00:00+02:00")),
        end: None,
    });
    let entry = bill(lines).entry(&Chart::default()).unwrap();
    let mut csv = Csv::new(Vec::new()).unwrap();
    csv.write(&entry).unwrap();
    let text = String::from_utf8(csv.finish().unwrap()).unwrap();
    let begin = "bill-17,1,2026-05-31T22:00:00.000Z,bill,17,R-1,a1,receivable,EUR,11.90,,,,,";
    let rows: Vec<&str> = text.lines().collect();
    assert_eq!(rows[1], begin);
    assert!(rows[2].ends_with(r#"a1,"40, ""x""",EUR,,10.00,VAT19,,2026-04-30T22:00:00.000Z,"#));
    assert!(rows[3].ends_with("a1,taxPayable,EUR,,1.90,VAT19,19,,"));
    assert_eq!(rows.len(), 4);
    assert_eq!(
        json(&entry).to_string(),
        concat!(
            r#"{"id":"bill-17","date":"2026-05-31T22:00:00.000Z","kind":"bill","source":"17","number":"R-1","#,
            r#""billingAccount":"a1","currency":"EUR","posting":[{"account":"receivable","debit":11.90},"#,
            r#"{"account":"40, \"x\"","credit":10.00,"taxCategory":"VAT19","periodStart":"2026-04-30T22:00:00.000Z"},"#,
            r#"{"account":"taxPayable","credit":1.90,"taxCategory":"VAT19","taxRate":19}]}"#,
        )
    );
}

fn documents() -> impl Strategy<Value = Vec<Document>> {
    let line = (
        proptest::option::of(0..3_u8),
        -10_000..10_000_i64,
        prop_oneof![Just(0_i64), Just(7), Just(19)],
        -2_000..2_000_i64,
    );
    let lines = proptest::collection::vec(line, 0..8);
    let document = (lines, any::<bool>(), any::<bool>());
    proptest::collection::vec(document, 0..6).prop_map(|documents| {
        let documents = documents.into_iter().enumerate();
        documents
            .map(|(at, (lines, note, francs))| {
                let lines = lines.into_iter().map(|(code, net, rate, tax)| {
                    let code = code.map(|code| format!("40{code}"));
                    super::journal::line(code.as_deref(), net, rate, tax)
                });
                Document {
                    kind: if note {
                        DocumentKind::CreditNote
                    } else {
                        DocumentKind::Bill
                    },
                    id: at.to_string(),
                    currency: Currency::of(if francs { "CHF" } else { "EUR" }).unwrap(),
                    ..bill(lines.collect())
                }
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn debits_equal_credits(documents in documents()) {
        let chart = Chart::default();
        let mut sums = Sums::default();
        for document in &documents {
            let entry = document.entry(&chart).unwrap();
            prop_assert!(entry.is_balanced());
            prop_assert!(entry.postings.iter().all(|posting| posting.amount > Amount::ZERO));
            prop_assert_eq!(&entry, &document.entry(&chart).unwrap());
            // The order of lines does not matter.
            let mut turned = document.clone();
            turned.lines.reverse();
            prop_assert_eq!(&entry.postings, &turned.entry(&chart).unwrap().postings);
            sums.add(&entry);
        }
        prop_assert!(sums.is_balanced());
        prop_assert_eq!(sums.entries, documents.len() as u64);
    }
}
