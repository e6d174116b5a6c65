//! The usage behind a line of a bill: the records that its sum is made of, each with what it added (design 4).
//! `lines` looks the other way: the lines that a record is in.
//!
//! Sums of the same price, label and period can stand on several bills: what came late is on a later one. A
//! record is behind the line of the first bill that was made after the record was priced. One that was rated
//! again since stays there with its amounts of now; what changed by that is on a later line.

mod lines;

use serde_json::{Value, json};

use super::gather::BILLED_TO;
use super::product::base;
use super::settings::Invoicing;
use crate::behaviour::document;
use crate::charging::tally::{Key, Sum, noted};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::key_of;
use crate::domain::usage_status::UsageStatus;
use crate::store::rates::KIND as RATE;
use crate::store::usage::{Began, UsageRow};
use crate::store::{IdKey, Match, Plan, ResourceRow, Session};

/// Usage of one period that is looked at.
const MOST: i64 = 100_000;
const SECOND: i64 = 1_000_000;

/// Some of the records behind a line.
pub struct Behind {
    pub items: Vec<Value>,
    /// How many there are of all.
    pub total: usize,
}

/// What tells a line of usage from others.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    account: String,
    product: String,
    price: String,
    label: String,
    /// Seconds since 1970.
    from: i64,
    to: Micros,
    taxes: String,
}

impl Invoicing {
    /// The usage behind a line, in the order of time, from a place on.
    ///
    /// # Errors
    /// `NotFound` without the line; `Conflict` for one that is not about usage or has too much of it.
    pub fn usage_behind(
        &self,
        tenant: i64,
        id: &str,
        (offset, limit): (usize, usize),
    ) -> Outcome<Behind> {
        self.read(|session| {
            let rows = session.versions(&IdKey::new(tenant, RATE, id))?;
            let missing = || Problem::new(Code::NotFound, format!("There is no {RATE} '{id}'."));
            let row = rows.into_iter().next().ok_or_else(missing)?;
            let line = Line::read(&document(&row)?).ok_or_else(|| {
                Problem::new(
                    Code::Conflict,
                    "The line is not the sum of usage.".to_owned(),
                )
            })?;
            let others = Match::Equals(line.account.clone());
            let plan = Plan::having(tenant, RATE, self.indexed(RATE, BILLED_TO)?, others);
            let since = before(&line, &session.list(&plan)?, row.created_at)?;
            let found = records(session, tenant, &line, (since, row.created_at))?;
            let items = found.iter().skip(offset).take(limit);
            Ok(Behind {
                items: items.map(Record::shown).collect(),
                total: found.len(),
            })
        })
    }
}

impl Line {
    /// Reads a line; none for one that is not the sum of usage.
    fn read(doc: &Value) -> Option<Self> {
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        if text("/chargeType") != Some("usageCharge") {
            return None;
        }
        let named = |name: &str| {
            let all = doc.get("characteristic")?.as_array()?;
            let own = all
                .iter()
                .find(|own| own.get("name") == Some(&json!(name)))?;
            own.get("value")?.as_str()
        };
        let instant = |pointer: &str| text(pointer).and_then(Micros::parse);
        let taxes = doc.get("appliedTax").and_then(Value::as_array);
        let taxes = taxes.into_iter().flatten();
        let taxes =
            taxes.map(|own| format!("{:?} {:?}", own.get("taxCategory"), own.get("taxRate")));
        Some(Line {
            account: text("/billingAccount/id")?.to_owned(),
            product: text("/product/id")?.to_owned(),
            price: base(named("productOfferingPrice")?).to_owned(),
            label: named("label").unwrap_or_default().to_owned(),
            from: instant("/periodCoverage/startDateTime")?
                .0
                .div_euclid(SECOND),
            to: instant("/periodCoverage/endDateTime")?,
            taxes: taxes.collect(),
        })
    }

    /// Whether what a record added is in this sum or another of the same price and period.
    fn has(&self, key: &Key) -> bool {
        *key.price == *self.price && *key.label == *self.label && key.span.from == self.from
    }

    /// Whether another line is of the same sum at another time.
    fn is_same(&self, other: &Line) -> bool {
        *self
            == Line {
                to: self.to,
                ..other.clone()
            }
    }
}

/// When the bill before was made that has a line of the same sum, of all lines of the account; the beginning of
/// time without one.
fn before(line: &Line, lines: &[ResourceRow], made: i64) -> Outcome<i64> {
    let mut last = i64::MIN;
    for row in lines.iter().filter(|row| row.created_at < made) {
        if Line::read(&document(row)?).is_some_and(|other| line.is_same(&other)) {
            last = last.max(row.created_at);
        }
    }
    Ok(last)
}

/// A record and what it added.
struct Record {
    id: String,
    start: Micros,
    unit: Box<str>,
    currency: &'static Currency,
    sum: Sum,
}

/// Records that were priced after one instant, and by another.
fn records(
    session: &mut dyn Session,
    tenant: i64,
    line: &Line,
    (since, by): (i64, i64),
) -> Outcome<Vec<Record>> {
    let began = Began {
        from: line.from.saturating_mul(SECOND),
        to: line.to.0,
        behind: i64::MIN,
    };
    let mut rows = session.usage_of_products(tenant, &[key_of(&line.product)], &began, MOST + 1)?;
    if i64::try_from(rows.len()).unwrap_or(i64::MAX) > MOST {
        let message = format!("The product has used more than {MOST} times in that period.");
        return Err(Problem::new(Code::Conflict, message));
    }
    rows.retain(|row| priced(row).is_some_and(|at| since < at && at <= by));
    let documents = session.usage_documents(rows.clone())?;
    let mut found = Vec::new();
    for (row, resource) in rows.into_iter().zip(documents) {
        let Some(trace) = session.usage_trace(&row)? else {
            continue;
        };
        found.extend(record(&row, &resource, &trace, line)?);
    }
    Ok(found)
}

/// When a usage got its price. One that was rated again had its first price before, at the latest when it came:
/// that is as near as is known.
fn priced(row: &UsageRow) -> Option<i64> {
    match UsageStatus::numbered(row.state)? {
        UsageStatus::Rerated => Some(row.created_at),
        status if status.is_charged() => Some(row.updated_at),
        _ => None,
    }
}

fn record(
    row: &UsageRow,
    resource: &ResourceRow,
    trace: &str,
    line: &Line,
) -> Outcome<Option<Record>> {
    let broken = |error| Problem::internal(format!("a trace that is no JSON: {error}"));
    let trace: Value = serde_json::from_str(trace).map_err(broken)?;
    let mut found: Option<Record> = None;
    for (key, sum) in noted(&document(resource)?, &trace) {
        let Some(currency) = Currency::of(&key.currency).filter(|_| line.has(&key)) else {
            continue;
        };
        let own = found.get_or_insert_with(|| Record {
            id: resource.id.clone(),
            start: Micros(row.start_at),
            unit: key.unit.clone(),
            currency,
            sum: Sum::default(),
        });
        own.sum.add(sum);
    }
    Ok(found)
}

impl Record {
    fn shown(&self) -> Value {
        let money = |millionths: i64| {
            Amount::from_millionths(millionths)
                .in_currency(self.currency)
                .to_json()
        };
        json!({
            "@type": "BilledUsage",
            "usage": { "@type": "UsageRef", "id": self.id,
                "href": format!("/tmf-api/usageManagement/v4/usage/{}", self.id) },
            "usageDate": self.start.to_rfc3339(),
            "quantity": self.sum.units.saturating_add(self.sum.included),
            "includedQuantity": self.sum.included,
            "unit": self.unit,
            "taxExcludedAmount": money(self.sum.net),
            "taxIncludedAmount": money(self.sum.gross),
        })
    }
}
