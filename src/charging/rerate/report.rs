//! What comes of rating again.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::PRICE;
use crate::charging::charge::Task;
use crate::domain::money::{Currency, Money};
use crate::store::usage::id_of;

/// Changes that an answer lists; the rest is summed up.
const LISTED: usize = 1_000;

/// What came of it.
#[derive(Default)]
pub struct Report {
    pub rated: u64,
    pub changed: u64,
    pub billed: u64,
    pub failed: u64,
    /// Millionths by currency, net and gross.
    delta: BTreeMap<&'static str, (i64, i64)>,
    listed: Vec<Value>,
}

impl Report {
    pub(super) fn list(
        &mut self,
        task: &Task,
        before: &Value,
        after: Option<&Value>,
        why: Option<&str>,
    ) {
        let (old, new) = (amounts(before), after.and_then(amounts));
        if let (Some((_, net, gross)), Some((currency, new_net, new_gross))) = (old, new) {
            let delta = self.delta.entry(currency.code).or_default();
            delta.0 += new_net - net;
            delta.1 += new_gross - gross;
        }
        if self.listed.len() >= LISTED {
            return;
        }
        let mut entry = Map::new();
        let id = task.stored.as_ref().map(id_of).unwrap_or_default();
        entry.insert("id".to_owned(), Value::from(id));
        let shown = |own: Option<(&'static Currency, i64, i64)>| {
            own.map(|(currency, net, gross)| {
                json!({ "net": money(currency.code, net), "gross": money(currency.code, gross) })
            })
        };
        for (name, value) in [
            ("before", shown(old)),
            ("after", shown(new)),
            ("reason", why.map(Value::from)),
        ] {
            if let Some(value) = value {
                entry.insert(name.to_owned(), value);
            }
        }
        self.listed.push(Value::Object(entry));
    }

    /// The product is not stored any more, so its usage cannot be rated.
    pub(super) fn list_gone(&mut self, product: &str) {
        self.failed += 1;
        if self.listed.len() < LISTED {
            let reason = "the product is not stored any more";
            self.listed
                .push(json!({ "product": { "id": product }, "reason": reason }));
        }
    }

    /// Nothing is changed, because of those that failed.
    pub(super) fn leave_alone(&mut self) {
        (self.changed, self.billed) = (0, 0);
        self.delta.clear();
        self.listed.retain(|entry| entry.get("reason").is_some());
    }

    pub(super) fn add(&mut self, other: Report) {
        self.rated += other.rated;
        self.changed += other.changed;
        self.billed += other.billed;
        self.failed += other.failed;
        for (currency, (net, gross)) in other.delta {
            let own = self.delta.entry(currency).or_default();
            own.0 += net;
            own.1 += gross;
        }
        let room = LISTED.saturating_sub(self.listed.len());
        self.listed.extend(other.listed.into_iter().take(room));
    }

    pub(super) fn to_value(&self, dry_run: bool) -> Value {
        let delta = self.delta.iter().map(|(currency, (net, gross))| {
            json!({ "net": money(currency, *net), "gross": money(currency, *gross) })
        });
        json!({
            "@type": "UsageRerating",
            "dryRun": dry_run,
            "usage": self.rated,
            "changed": self.changed,
            "billed": self.billed,
            "failed": self.failed,
            "delta": delta.collect::<Vec<Value>>(),
            "change": self.listed,
        })
    }
}

fn money(currency: &str, millionths: i64) -> Value {
    let value = rust_decimal::Decimal::new(millionths, 6).normalize();
    json!({ "unit": currency, "value": crate::domain::money::number_of(value) })
}
/// Net and gross of a rated usage in millionths: of its total.
fn amounts(doc: &Value) -> Option<(&'static Currency, i64, i64)> {
    let entry = doc.get(PRICE)?.as_array()?.first()?;
    let net = find(entry, &["dutyFreeAmount", "taxExcludedRatingAmount"])?;
    let gross = find(entry, &["taxIncludedAmount", "taxIncludedRatingAmount"])?;
    let (net, gross) = (Money::read(net).ok()?, Money::read(gross).ok()?);
    Some((net.currency, millionths(&net)?, millionths(&gross)?))
}

fn millionths(money: &Money) -> Option<i64> {
    let scaled = money
        .value
        .checked_mul(rust_decimal::Decimal::from(1_000_000))?;
    i64::try_from(scaled.trunc().mantissa() / 10_i128.pow(scaled.trunc().scale())).ok()
}

/// The first member of one of the names, at any depth.
fn find<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    match value {
        Value::Object(members) => {
            let here = names.iter().find_map(|name| members.get(*name));
            here.or_else(|| members.values().find_map(|own| find(own, names)))
        }
        Value::Array(items) => items.iter().find_map(|own| find(own, names)),
        _ => None,
    }
}
