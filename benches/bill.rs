//! What making one bill costs: ten lines with taxes, of an account that has been billed before. Pure
//! functions on one core: reading and writing what a bill is made from is measured with the bill run.
//!
//! `cargo bench --bench bill`

#![allow(clippy::expect_used, reason = "a bench without its account cannot run")]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rust_decimal::Decimal;
use tollgate::billing::account::{Account, Rules};
use tollgate::billing::mark::Mark;
use tollgate::billing::pending::PendingTaxes;
use tollgate::billing::product::{
    Alignment, Alteration, Change, Kind, Price, Product, Quantity, Recurring, TaxCategory, Timing,
};
use tollgate::billing::tally::{Measured, Tally};
use tollgate::billing::{AccountPeriod, Bill, Proration, Span, bill};
use tollgate::domain::bill_calendar::Calendar;
use tollgate::domain::billing_cycle::Cycle;
use tollgate::domain::clock::Micros;
use tollgate::domain::money::{Amount, Currency};
use tollgate::domain::tax::{TaxMode, TaxRate, TaxRow, TaxTable};
use tollgate::domain::value::Period;

/// 2026-03-15T00:00:00Z: the bill of March.
const MARCH: i64 = 1_773_532_800_000_000;
/// Lines of usage on each bill, beside those of recurring prices.
const USAGE: usize = 6;

fn euros() -> &'static Currency {
    Currency::of("EUR").expect("a currency")
}

fn vat() -> Box<[TaxCategory]> {
    Box::new([TaxCategory {
        category: "VAT".into(),
        default: None,
    }])
}

fn account() -> Account {
    let row = TaxRow {
        category: "VAT".into(),
        place: Some("DE".into()),
        rate: TaxRate::of(Decimal::from(19)).expect("a rate"),
        valid: Period::ALWAYS,
    };
    Account {
        currency: euros(),
        calendar: Calendar::monthly(1, chrono_tz::Europe::Berlin),
        place: Some("DE".into()),
        exemptions: Box::default(),
        taxes: Arc::new(TaxTable::new(vec![row]).expect("a table")),
        rules: Rules::default(),
    }
}

fn price(id: &str, cents: i64, discount: bool) -> Arc<Price> {
    let alteration = Alteration {
        name: "loyalty".into(),
        change: Change::Percentage(Decimal::from(-10)),
        priority: 0,
        valid: Period::ALWAYS,
        terms: Some(24),
    };
    Arc::new(Price {
        id: id.into(),
        name: id.into(),
        kind: Kind::Recurring(Recurring {
            every: Cycle::Months(1),
            timing: Timing::Advance,
            alignment: Alignment::Calendar,
            proration: Proration::default(),
            charged_when_suspended: false,
        }),
        amount: Amount::from_millionths(cents * 10_000),
        currency: euros(),
        mode: TaxMode::Net,
        taxes: vat(),
        valid: Period::ALWAYS,
        by_quantity: true,
        alterations: if discount {
            Box::new([alteration])
        } else {
            Box::default()
        },
    })
}

fn tally(number: usize, period: &Span) -> Tally {
    Tally {
        product: "line-1".into(),
        price: "calls".into(),
        name: "Calls".into(),
        label: format!("peak:zone-{number}").into(),
        taxes: PendingTaxes::Categories(vat()),
        coverage: *period,
        amount: Amount::from_millionths(1_234_567),
        currency: euros(),
        mode: TaxMode::Net,
        measured: Measured {
            quantity: Decimal::from(3_600),
            unit: "s".into(),
            count: 40,
            ..Measured::default()
        },
        late: false,
    }
}

/// An account with two products and four recurring prices. `change` changes a quantity in the period.
fn given(at: i64, marks: Vec<Mark>, change: bool) -> AccountPeriod {
    let account = account();
    let period = account.calendar.period_at(Micros(at)).expect("a period");
    let next = account.calendar.next(&period).expect("a period");
    let start = Micros(MARCH - 3_600_000_000 * 24 * 60);
    let product = |id: &str, prices: [Arc<Price>; 2]| Product {
        id: id.into(),
        name: id.into(),
        start,
        end: None,
        states: Box::default(),
        quantities: match change {
            true => Box::new([
                Quantity {
                    from: start,
                    value: Decimal::ONE,
                },
                Quantity {
                    from: Micros(MARCH),
                    value: Decimal::TWO,
                },
            ]),
            false => Box::default(),
        },
        prices: Box::new(prices),
        binding: None,
    };
    AccountPeriod {
        period: period.span,
        advance_to: next.span.to,
        reckon_from: start,
        closes: true,
        products: vec![
            product(
                "line-1",
                [price("plan", 2_999, true), price("option", 499, false)],
            ),
            product(
                "line-2",
                [price("plan", 1_999, false), price("option", 299, false)],
            ),
        ],
        usage: (0..USAGE)
            .map(|number| tally(number, &period.span))
            .collect(),
        pending: Vec::new(),
        commitments: Vec::new(),
        marks,
        account,
    }
}

fn made(given: &AccountPeriod) -> Bill {
    bill(given).expect("a bill")
}

fn bills(criterion: &mut Criterion) {
    let first = made(&given(MARCH - 3_600_000_000 * 24 * 31, Vec::new(), false));
    let mut group = criterion.benchmark_group("bill");
    group.throughput(Throughput::Elements(1));
    for (name, change) in [
        ("of ten lines", false),
        ("after a change of quantities", true),
    ] {
        let given = given(MARCH, first.marks.clone(), change);
        let lines = made(&given).lines.len();
        group.bench_function(format!("{name} ({lines} lines)"), |bencher| {
            bencher.iter(|| black_box(made(black_box(&given))));
        });
    }
    group.finish();
}

criterion_group!(benches, bills);
criterion_main!(benches);
