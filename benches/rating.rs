//! What rating one usage costs, and what it costs to bring a tariff table into use. Pure functions on
//! one core: storing usage and what it moves is measured by `tollgate load`.
//!
//! `cargo bench --bench rating`

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a bench without its tariff cannot run"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use tollgate::domain::clock::Micros;
use tollgate::domain::money::Currency;
use tollgate::domain::value::Period;
use tollgate::rating::bucket::{Bucket, Buckets};
use tollgate::rating::calendar::Calendar;
use tollgate::rating::datum::{Characteristic, Datum};
use tollgate::rating::event::{Event, Quantities, name};
use tollgate::rating::library::Library;
use tollgate::rating::policy::Policy;
use tollgate::rating::product::Product;
use tollgate::rating::rated::Rated;
use tollgate::rating::table::{self, Key, RowSource, Table, TableSource};
use tollgate::rating::tariff::Tariff;
use tollgate::rating::tier::{TierPosition, Tiers};
use tollgate::rating::{Request, rate_into};

/// Country codes of the table, each with [`PREFIXES`] prefixes: 200,000 rows in all.
const COUNTRIES: std::ops::Range<u32> = 200..400;
const PREFIXES: u32 = 1_000;
/// Usages that are rated in turn, so that no cache holds the few rows of one number.
const EVENTS: u32 = 4_096;
/// 2026-03-02T00:00:00Z, a Monday.
const MONDAY: i64 = 1_772_409_600_000_000;
const SECOND: i64 = 1_000_000;

/// A country as a whole, its areas of two digits, and its mobile networks and smaller places of four.
fn prefix(country: u32, number: u32) -> String {
    match number {
        0 => country.to_string(),
        1..100 => format!("{country}{number:02}"),
        _ => format!("{country}{:04}", number * 9),
    }
}

fn source() -> TableSource {
    let rows = COUNTRIES.flat_map(|country| {
        (0..PREFIXES).map(move |number| {
            let kind = if number % 3 == 0 { "mobile" } else { "fixed" };
            RowSource {
                prefixes: vec![prefix(country, number).into()],
                zone: Some(format!("{country}-{kind}").into()),
                price: Some(Decimal::new(i64::from(country % 70 + number % 30), 3)),
                setup: (number % 7 == 0).then(|| Decimal::new(5, 2)),
                steps: [(60, 1), (60, 60), (30, 6)]
                    .get((number % 5) as usize)
                    .copied(),
                valid: Period::ALWAYS,
            }
        })
    });
    TableSource {
        id: "world".into(),
        version: Some("1".into()),
        keys: vec![Key::Destination],
        currency: Currency::of("EUR"),
        rows: rows.collect(),
    }
}

/// The table as an operator sends it.
fn document(source: &TableSource) -> Value {
    let rows: Vec<Value> = source
        .rows
        .iter()
        .map(|row| {
            let price = row.price.map(|price| price.to_string()).unwrap_or_default();
            let price: Value = serde_json::from_str(&price).expect("a number");
            json!({"destination": row.prefixes[0], "zone": row.zone, "price": price})
        })
        .collect();
    json!({"id": source.id, "currency": "EUR", "row": rows})
}

/// Voice by zone, band and tier with fees and discount; messages and data beside it, as in a real
/// offering; and three allowances.
fn prices() -> Value {
    json!([
        {"id": "voice", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "minute"},
            "prodSpecCharValueUse": [{"name": "eventType", "productSpecCharacteristicValue": [{"value": "voice"}]}],
            "tax": [{"taxCategory": "VAT", "taxRate": 20}],
            "pricingLogicAlgorithm": [{"plaSpecId": "prefixTable", "id": "world", "characteristic": [
                {"name": "calendar", "value": "de"}, {"name": "bandMode", "value": "split"},
                {"name": "bandPrice", "value": [{"band": "peak", "percentage": 125}]},
                {"name": "tier", "value": [{"to": 60_000}, {"to": 600_000, "percentage": 90}, {"percentage": 75}]},
                {"name": "tierMode", "value": "graduated"}, {"name": "tierScope", "value": "account"},
                {"name": "tierPeriod", "value": "month"},
                {"name": "increment", "value": [{"from": 0, "step": 60}, {"from": 60, "step": 1}]},
                {"name": "setupFee", "value": 0.04}, {"name": "minimum", "value": 0.01},
                {"name": "cap", "value": {"amount": 50, "then": "free"}}]}]},
        {"id": "sms", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "message"}, "price": {"unit": "EUR", "value": 0.09},
            "prodSpecCharValueUse": [{"name": "eventType", "productSpecCharacteristicValue": [{"value": "sms"}]}]},
        {"id": "data", "priceType": "usage", "unitOfMeasure": {"amount": 1, "units": "GB"}, "price": {"unit": "EUR", "value": 2},
            "prodSpecCharValueUse": [{"name": "eventType", "productSpecCharacteristicValue": [{"value": "data"}]}]},
        {"id": "loyal", "priceType": "discount", "percentage": 5, "popRelationship": [{"id": "voice", "relationshipType": "discounts"}]},
        {"id": "own", "priceType": "allowance", "unitOfMeasure": {"amount": 100, "units": "minute"}, "recurringChargePeriodType": "month",
            "popRelationship": [{"id": "voice", "relationshipType": "allowance"}]},
        {"id": "shared", "priceType": "allowance", "unitOfMeasure": {"amount": 1000, "units": "minute"}, "recurringChargePeriodType": "month",
            "popRelationship": [{"id": "voice", "relationshipType": "allowance"}],
            "pricingLogicAlgorithm": [{"plaSpecId": "allowance", "characteristic": [{"name": "scope", "value": "group"}, {"name": "priority", "value": 1}]}]},
        {"id": "gigabytes", "priceType": "allowance", "unitOfMeasure": {"amount": 20, "units": "GB"}, "recurringChargePeriodType": "month",
            "popRelationship": [{"id": "data", "relationshipType": "allowance"}]},
    ])
}

fn calendar() -> Calendar {
    let document = json!({"id": "de", "timeZone": "Europe/Berlin", "default": "offPeak", "hours": [
        {"band": "peak", "day": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "08:00", "to": "18:00"},
        {"band": "night", "from": "22:00", "to": "06:00"}],
        "holiday": [{"name": "Christmas Day", "date": "12-25", "as": "sunday"}]});
    Calendar::compile(&document).expect("a calendar")
}

struct World {
    tariff: Tariff,
    product: Product,
    tiers: Tiers,
    policy: Policy,
    /// Numbers called, and the start and the seconds of each call.
    calls: Vec<(String, Micros, u64)>,
}

fn world() -> World {
    let mut library = Library::default();
    let table = Table::compile(&source()).expect("a table");
    library.tables.insert("world".into(), Arc::new(table));
    library.calendars.insert("de".into(), Arc::new(calendar()));
    let prices = prices();
    let prices: Vec<(&str, &Value)> = prices
        .as_array()
        .expect("a list")
        .iter()
        .map(|price| (price["id"].as_str().expect("an id"), price))
        .collect();
    let tariff = Tariff::compile(&prices, &library).expect("a tariff");
    // Steps that share no factor with what they run through: each number, minute and length differs.
    let calls = (0..EVENTS).map(|place| {
        let country = COUNTRIES.start + place * 37 % PREFIXES % 200;
        let number = format!(
            "{}{:05}",
            prefix(country, place * 389 % PREFIXES),
            place * 7
        );
        let start = Micros(MONDAY + i64::from(place * 613 % 86_400) * SECOND);
        (number, start, u64::from(place * 71 % 600 + 1))
    });
    World {
        tariff,
        product: Product {
            id: "product".into(),
            currency: Currency::of("EUR").expect("a currency"),
            active: Period::ALWAYS,
            place: None,
            exemptions: Box::default(),
            characteristics: Vec::new(),
            overrides: Vec::new(),
        },
        tiers: Tiers(vec![TierPosition {
            price: "voice".into(),
            period: Period::ALWAYS,
            used: 59_000,
        }]),
        policy: Policy::default(),
        calls: calls.collect(),
    }
}

impl World {
    /// Buckets with so many seconds left in the product's own and in the group's.
    fn buckets(&self, own: u64, shared: u64) -> Buckets {
        let left = [
            ("own", own),
            ("shared", shared),
            ("gigabytes", 1_000_000_000),
        ];
        let bucket = |(id, left): (&str, u64)| {
            let mut allowances = self.tariff.allowances.iter();
            let allowance = allowances.find(|allowance| *allowance.price == *id);
            Bucket {
                id: id.into(),
                allowance: Arc::clone(allowance.expect("an allowance")),
                granted: left,
                used: 0,
                valid: Period::ALWAYS,
                carried: 0,
            }
        };
        Buckets::new(left.into_iter().map(bucket).collect())
    }

    /// Rates every call. All have a price: none may be fast because it fails.
    fn rate(
        &self,
        characteristics: &[[Characteristic<'_>; 4]],
        buckets: &Buckets,
        rated: &mut Rated,
    ) -> i64 {
        let mut sum = 0;
        for ((_, start, seconds), characteristics) in self.calls.iter().zip(characteristics) {
            let event = Event {
                kind: "voice",
                start: *start,
                quantities: Quantities {
                    seconds: Some(*seconds),
                    ..Quantities::default()
                },
                value: None,
                characteristics,
                partial: None,
            };
            let request = Request {
                event: &event,
                product: &self.product,
                cards: &self.tariff.cards,
                buckets,
                tiers: &self.tiers,
                session: None,
                policy: &self.policy,
            };
            rate_into(black_box(&request), rated).expect("a price");
            sum += rated.net.millionths();
        }
        sum
    }

    fn characteristics(&self) -> Vec<[Characteristic<'_>; 4]> {
        let numbers = self.calls.iter().map(|(number, _, _)| number);
        numbers
            .map(|number| {
                [
                    Characteristic::new(name::CALLING, Datum::text("491701234567")),
                    Characteristic::new(name::CALLED, Datum::text(number)),
                    Characteristic::new("direction", Datum::text("outgoing")),
                    Characteristic::new(name::SERVING_NETWORK, Datum::text("26201")),
                ]
            })
            .collect()
    }
}

fn rating(criterion: &mut Criterion) {
    let world = world();
    let characteristics = world.characteristics();
    let mut rated = Rated::default();
    let mut group = criterion.benchmark_group("rate a call by zone, band and tier");
    group.throughput(Throughput::Elements(u64::from(EVENTS)));
    for (case, own, shared) in [
        ("allowances used up", 0, 0),
        ("partly included in two", 20, 30),
        ("all included", 1_000_000, 1_000_000),
    ] {
        let buckets = world.buckets(own, shared);
        group.bench_function(case, |bencher| {
            bencher.iter(|| world.rate(&characteristics, &buckets, &mut rated));
        });
    }
    group.finish();
}

fn tables(criterion: &mut Criterion) {
    let source = source();
    let document = document(&source).to_string();
    let rows = u64::try_from(source.rows.len()).expect("a count");
    let table = Table::compile(&source).expect("a table");
    let world = world();
    let mut group = criterion.benchmark_group("table of 200,000 prefixes");
    group.throughput(Throughput::Elements(u64::from(EVENTS)));
    group.bench_function("look up", |bencher| {
        let at = Micros(MONDAY);
        bencher.iter(|| {
            let found = world
                .calls
                .iter()
                .filter(|(number, _, _)| table.lookup(&[number], at).is_some());
            found.count()
        });
    });
    group.throughput(Throughput::Elements(rows)).sample_size(10);
    group.bench_function("compile", |bencher| {
        bencher.iter(|| Table::compile(black_box(&source)).expect("a table"));
    });
    group.bench_function("parse, read and compile", |bencher| {
        bencher.iter(|| {
            let document: Value = serde_json::from_str(black_box(&document)).expect("JSON");
            let source = table::read(&document).expect("a table");
            Table::compile(&source).expect("a table")
        });
    });
    group.finish();
}

criterion_group!(benches, rating, tables);
criterion_main!(benches);
