//! What credit notes take off.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{cents, eur};
use crate::billing::receivable::Refusal;
use crate::billing::receivable::credit_note::{Asked, Line, LineTax, Portion, credit};
use crate::domain::money::{Amount, Currency};

fn line(id: &str, net: i64, taxes: &[(i64, i64)]) -> Line {
    let taxes = taxes.iter().map(|(rate, amount)| LineTax {
        category: format!("VAT{rate}"),
        rate: Decimal::from(*rate),
        amount: cents(*amount),
    });
    Line {
        id: id.to_owned(),
        net: cents(net),
        taxes: taxes.collect(),
    }
}

fn ask(line: &str, portion: Portion) -> Asked {
    Asked {
        line: line.to_owned(),
        portion,
    }
}

#[test]
fn a_whole_bill_is_credited_to_the_last_digit() {
    let lines = [
        line("a", 1000, &[(19, 190)]),
        // Largest remainder gave this line the odd cent.
        line("b", 333, &[(19, 64)]),
        line("discount", -100, &[(19, -19)]),
        line("book", 500, &[(7, 35)]),
    ];
    let asked: Vec<Asked> = lines.iter().map(|l| ask(&l.id, Portion::Rest)).collect();
    let note = credit(eur(), &lines, &asked).unwrap();
    assert_eq!(note.lines, lines);
    assert_eq!(note.net, cents(1733));
    assert_eq!(note.gross, cents(1733 + 190 + 64 - 19 + 35));
    let taxes: Vec<_> = note
        .taxes
        .iter()
        .map(|t| (t.category.as_str(), t.base, t.amount))
        .collect();
    assert_eq!(
        taxes,
        [
            ("VAT19", cents(1233), cents(235)),
            ("VAT7", cents(500), cents(35))
        ]
    );
}

#[test]
fn parts_take_their_taxes_along() {
    let lines = [line("a", 1000, &[(19, 190)])];
    // 3.33 of 10.00 with 19 %: 0.6327.
    let note = credit(eur(), &lines, &[ask("a", Portion::Net(cents(333)))]).unwrap();
    assert_eq!(note.lines, [line("a", 333, &[(19, 63)])]);
    // 5.00 with taxes: 5.00 / 1.19 = 4.2016...
    let note = credit(eur(), &lines, &[ask("a", Portion::Gross(cents(500)))]).unwrap();
    assert_eq!(note.lines, [line("a", 420, &[(19, 80)])]);
    assert_eq!(note.gross, cents(500));
    // Half of a discount is taken back.
    let lines = [line("d", -100, &[(19, -19)])];
    let note = credit(eur(), &lines, &[ask("d", Portion::Net(cents(-50)))]).unwrap();
    assert_eq!(note.lines, [line("d", -50, &[(19, -10)])]);
}

#[test]
fn no_more_is_credited_than_is_left() {
    let lines = [line("a", 1000, &[(19, 190)]), line("nil", 0, &[])];
    let refused = |asked: &[Asked]| credit(eur(), &lines, asked).unwrap_err();
    let used_up = |left: &str| Refusal::LineUsedUp {
        line: "a".to_owned(),
        left: left.to_owned(),
    };
    assert_eq!(
        refused(&[ask("a", Portion::Net(cents(1001)))]),
        used_up("10")
    );
    assert_eq!(
        refused(&[ask("a", Portion::Gross(cents(1191)))]),
        used_up("11.9")
    );
    let twice = [
        ask("a", Portion::Net(cents(600))),
        ask("a", Portion::Net(cents(600))),
    ];
    assert_eq!(refused(&twice), used_up("4"));
    let other_sign = Refusal::OtherSign {
        line: "a".to_owned(),
    };
    assert_eq!(refused(&[ask("a", Portion::Net(cents(-1)))]), other_sign);
    let fine = Portion::Net(Amount::from_millionths(1));
    assert_eq!(refused(&[ask("a", fine)]), Refusal::TooFine);
    let unknown = Refusal::UnknownLine {
        line: "x".to_owned(),
    };
    assert_eq!(refused(&[ask("x", Portion::Rest)]), unknown);
    // Nothing left, nothing credited.
    let nothing = credit(eur(), &lines, &[ask("nil", Portion::Rest)]).unwrap();
    assert!(nothing.lines.is_empty() && nothing.gross.is_zero());
}

#[test]
fn yen_have_no_cents() {
    let yen = Currency::of("JPY").unwrap();
    let tax = LineTax {
        category: "consumption".to_owned(),
        rate: Decimal::from(10),
        amount: Amount::from_millionths(98_000_000),
    };
    let lines = [Line {
        id: "a".to_owned(),
        net: Amount::from_millionths(980_000_000),
        taxes: vec![tax],
    }];
    let half = Portion::Net(Amount::from_millionths(333_000_000));
    let note = credit(yen, &lines, &[ask("a", half)]).unwrap();
    // 33.3 is 33.
    assert_eq!(note.gross, Amount::from_millionths(366_000_000));
}

fn lines() -> impl Strategy<Value = Vec<Line>> {
    let one = (1..100_000_i64, 0..3_usize, -2..3_i64, any::<bool>());
    proptest::collection::vec(one, 1..6).prop_map(|lines| {
        let numbered = lines.into_iter().enumerate();
        numbered
            .map(|(at, (net, rate, odd, discount))| {
                let rate = [0, 7, 19][rate];
                // The share by largest remainder is up to some cents off.
                let tax = (net * rate / 100 + odd).max(0);
                let sign = if discount { -1 } else { 1 };
                line(&format!("l{at}"), net * sign, &[(rate, tax * sign)])
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn credits_in_any_parts_add_up_to_the_bill(
        lines in lines(),
        parts in proptest::collection::vec((0..6_usize, 0..100_u32, any::<bool>()), 0..12),
    ) {
        let mut left = lines.clone();
        let (mut net, mut gross, mut taxes) = (0, 0, 0);
        let mut take = |left: &mut Vec<Line>, asked: Asked| -> Result<(), TestCaseError> {
            let note = credit(eur(), left, &[asked]).unwrap();
            for part in &note.lines {
                let line = left.iter_mut().find(|line| line.id == part.id).unwrap();
                *line = line.less(part).unwrap();
            }
            net += note.net.millionths();
            gross += note.gross.millionths();
            let tax: i64 = note.taxes.iter().map(|tax| tax.amount.millionths()).sum();
            prop_assert_eq!(note.net.millionths() + tax, note.gross.millionths());
            taxes += tax;
            Ok(())
        };
        for (at, percent, of_gross) in parts {
            let Some(line) = left.get(at) else { continue };
            let whole = if of_gross { line.gross().amount().unwrap() } else { line.net };
            let part = cents(whole.millionths() / 10_000 * i64::from(percent) / 100);
            if part.is_zero() { continue }
            let portion = if of_gross { Portion::Gross(part) } else { Portion::Net(part) };
            let asked = ask(&line.id.clone(), portion);
            take(&mut left, asked)?;
        }
        let rest: Vec<Asked> = left.iter().map(|line| ask(&line.id, Portion::Rest)).collect();
        for asked in rest {
            take(&mut left, asked)?;
        }
        prop_assert!(left.iter().all(Line::is_used_up));
        prop_assert_eq!(net, lines.iter().map(|l| l.net.millionths()).sum::<i64>());
        let billed = lines.iter().flat_map(|l| &l.taxes).map(|t| t.amount.millionths()).sum::<i64>();
        prop_assert_eq!(taxes, billed);
        prop_assert_eq!(gross, net + billed);
    }
}
