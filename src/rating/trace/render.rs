//! A trace as JSON: the answer to "why this price", for people and for tests.
//!
//! `rule` names what a step did, in the order in which it was done. Exact values are texts, a decimal
//! with all its digits or a fraction (`10/3`), because JSON numbers say neither; amounts that were
//! rounded are `Money`. Both are in the tax mode of the price, except under `tax`. Rows, tiers and
//! steps are counted from 0, as in the documents that they stand in.

use serde_json::{Map, Value, json};

use super::Step;
use crate::domain::money::{Amount, number_of};
use crate::rating::Request;
use crate::rating::bucket::Bucket;
use crate::rating::card::{Card, Level};
use crate::rating::exact::{Mode, Ratio};
use crate::rating::rated::{CardAt, Rated};
use crate::rating::tax::{TaxMode, TaxRate};

/// The trace of an answer to this request; null where the answer is not one to it.
pub fn render(request: &Request<'_>, rated: &Rated) -> Value {
    let Some(card) = request.card(rated.card) else {
        return Value::Null;
    };
    let trace = Trace {
        request,
        rated,
        card,
    };
    let steps: Vec<Value> = rated.trace.iter().map(|step| trace.step(step)).collect();
    let mut object = Map::new();
    let mut put = |name: &str, value: Value| drop(object.insert(name.to_owned(), value));
    put("price", reference(&card.price, card.version.as_deref()));
    put("cardHash", Value::from(card.hash.to_string()));
    if matches!(rated.card, CardAt::Override(_)) {
        put("isAgreed", Value::Bool(true));
    }
    put("usageDate", Value::from(trace.start()));
    put("unit", Value::from(card.unit.name()));
    put("currency", Value::from(card.currency.code));
    put("taxMode", Value::from(named(TaxMode::NAMES, card.tax.mode)));
    put("step", Value::Array(steps));
    put("tax", trace.tax());
    Value::Object(object)
}

struct Trace<'r, 'a> {
    request: &'a Request<'r>,
    rated: &'a Rated,
    card: &'r Card,
}

impl Trace<'_, '_> {
    /// The instant whose prices hold: that of the first part of a session.
    fn start(&self) -> String {
        let session = self.rated.session.as_ref();
        let start = session.map_or(self.request.event.start, |session| session.start);
        start.to_rfc3339()
    }

    fn step(&self, step: &Step) -> Value {
        match *step {
            Step::Row { row, zone } => self.row(row, zone),
            Step::Cell { row } => json!({"rule": "matrix", "row": row}),
            Step::Stepped { measured, charged } => {
                json!({"rule": "increment", "measured": measured, "charged": charged})
            }
            Step::Band { band, from, to } => {
                json!({"rule": "band", "band": self.card.band(band), "from": from, "to": to})
            }
            Step::Bucket {
                bucket,
                covered,
                taken,
            } => self.bucket(
                "allowance",
                bucket,
                &[("covered", covered), ("taken", taken)],
            ),
            Step::Uncharged { bucket, quantity } => {
                self.bucket("uncharged", bucket, &[("quantity", quantity)])
            }
            Step::Tier {
                tier,
                position,
                quantity,
                charge,
            } => json!({"rule": "tier", "tier": tier, "position": position, "quantity": quantity,
                "charge": charge.exact_text()}),
            Step::Charge { quantity, charge } => {
                json!({"rule": "charge", "quantity": quantity, "charge": charge.exact_text()})
            }
            Step::TierFlat { tier, charge } => {
                json!({"rule": "tierFlat", "tier": tier, "charge": charge.exact_text()})
            }
            Step::SetupFee { charge } => {
                json!({"rule": "setupFee", "charge": charge.exact_text()})
            }
            Step::AttemptFee { charge } => {
                json!({"rule": "attemptFee", "charge": charge.exact_text()})
            }
            Step::Minimum { from, to } => changed("minimum", from, to),
            Step::Cap { from, to } => changed("cap", from, to),
            Step::Discount { discount, from, to } => self.discount(discount, from, to),
            Step::Rounded { exact, to } => self.rounded(exact, to),
            Step::Before { net, gross } => {
                json!({"rule": "chargedBefore", "net": self.money(net), "gross": self.money(gross)})
            }
        }
    }

    fn row(&self, row: u32, zone: Option<u32>) -> Value {
        let table = self.card.base.table.as_ref().map(|used| &used.table);
        let mut step = Map::new();
        step.insert("rule".to_owned(), Value::from("table"));
        if let Some(table) = table {
            let table = reference(&table.id, table.version.as_deref());
            step.insert("tariffTable".to_owned(), table);
        }
        step.insert("row".to_owned(), Value::from(row));
        if let Some(zone) = zone.and_then(|zone| self.card.zone(zone)) {
            step.insert("zone".to_owned(), Value::from(zone));
        }
        Value::Object(step)
    }

    fn bucket(&self, rule: &str, bucket: u32, quantities: &[(&str, u64)]) -> Value {
        let mut step = Map::new();
        step.insert("rule".to_owned(), Value::from(rule));
        if let Some(Bucket { id, allowance, .. }) = self.request.buckets.get(bucket) {
            step.insert("bucket".to_owned(), Value::from(&**id));
            let price = reference(&allowance.price, allowance.version.as_deref());
            step.insert("price".to_owned(), price);
        }
        for (name, quantity) in quantities {
            step.insert((*name).to_owned(), Value::from(*quantity));
        }
        Value::Object(step)
    }

    fn discount(&self, place: u32, from: Ratio, to: Ratio) -> Value {
        let mut step = changed("discount", from, to);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        let discount = self.request.cards.discounts.get(place);
        if let (Some(discount), Some(object)) = (discount, step.as_object_mut()) {
            let price = reference(&discount.price, discount.version.as_deref());
            object.insert("price".to_owned(), price);
        }
        step
    }

    fn rounded(&self, exact: Ratio, to: Amount) -> Value {
        let rounding = self.card.rounding;
        json!({"rule": "rounding", "level": named(Level::NAMES, rounding.level),
            "mode": named(Mode::NAMES, rounding.to.mode), "scale": rounding.to.scale,
            "exact": exact.exact_text(), "amount": self.money(to)})
    }

    /// All lines of one card have the same rate.
    fn tax(&self) -> Value {
        let rate = self.rated.lines.first().map(|line| line.tax);
        let of_price = rate.unwrap_or(TaxRate::NONE);
        let unrounded = of_price.without(self.rated.exact, self.card.tax.mode);
        json!({
            "category": self.card.tax.category,
            "rate": rate.map(|rate| number_of(rate.percent)),
            "isExempt": self.request.product.exempt,
            "unroundedNet": unrounded.map(Ratio::exact_text),
            "net": self.money(self.rated.net),
            "gross": self.money(self.rated.gross),
        })
    }

    fn money(&self, amount: Amount) -> Value {
        amount.in_currency(self.card.currency).to_json()
    }
}

fn changed(rule: &str, from: Ratio, to: Ratio) -> Value {
    json!({"rule": rule, "from": from.exact_text(), "to": to.exact_text()})
}

/// Id and version.
fn reference(id: &str, version: Option<&str>) -> Value {
    match version {
        Some(version) => json!({"id": id, "version": version}),
        None => json!({"id": id}),
    }
}

/// The name that prices use for one of a set.
fn named<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let mut names = names.iter();
    let found = names.find(|(_, own)| *own == value);
    found.map_or("", |(name, _)| *name)
}
