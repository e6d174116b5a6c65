//! What usage of a product has come to and waits to be billed: one sum for each price, label, tax and
//! period of the bill (design 4, `AppliedCustomerBillingRate`). What a
//! batch of charges adds is written in its transaction, and added up by product later; a bill takes sums away in
//! its own.
//!
//! The trace of a usage says what it added, as far as its document does not, so that rating again takes
//! just that back. What comes when the bill of its period is made already begins a new sum of that period,
//! which is on the next bill: as late usage, or, where less was to be charged, as a credit.

use std::collections::{BTreeMap, HashMap};

use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::payer::Payer;
use super::world::World;
use crate::domain::bill_calendar::{BillPeriod, Calendar};
use crate::domain::billing_cycle::Schedule;
use crate::domain::clock::Micros;
use crate::domain::document::Object;
use crate::domain::money::{Amount, Money};
use crate::rating::card::Card;
use crate::rating::rated::{Line, LineKind, Rated, UsageTag};
use crate::rating::tax::TaxMode;
use crate::rating::usage::{COMPONENT, TOTAL};
use crate::store::usage::SumLogRow;

/// Member of a trace that says what was added.
const TALLIED: &str = "tallied";
/// What tells sums apart.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Key {
    /// Id of the price.
    pub price: Box<str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<Box<str>>,
    /// Band and zone, or the fee.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub label: Box<str>,
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub category: Box<str>,
    /// In per cent.
    #[serde(with = "as_text")]
    pub tax: Decimal,
    /// ISO 4217.
    pub currency: Box<str>,
    /// Name of the base unit.
    pub unit: Box<str>,
    /// Amounts of the price hold the tax: the sum with tax is what counts.
    #[serde(default, skip_serializing_if = "is_false")]
    pub inclusive: bool,
    pub span: Span,
}

const fn is_false(flag: &bool) -> bool {
    !*flag
}

/// The period of a bill, in seconds since 1970.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Span {
    pub from: i64,
    pub to: i64,
}

impl Span {
    fn of(period: &BillPeriod) -> Self {
        let second = |at: Micros| at.0.div_euclid(SECOND);
        Span {
            from: second(period.span.from),
            to: second(period.span.to),
        }
    }
}

/// A [`Key`] that is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
struct KeyRef<'k> {
    price: &'k str,
    version: Option<&'k str>,
    label: &'k str,
    category: &'k str,
    tax: Decimal,
    currency: &'k str,
    unit: &'k str,
    inclusive: bool,
    span: Span,
}

impl Key {
    /// Whether they differ in their labels at most.
    pub(super) fn is_like(&self, other: &Key) -> bool {
        let (own, other) = (self.borrow(), other.borrow());
        KeyRef { label: "", ..own } == KeyRef { label: "", ..other }
    }

    fn borrow(&self) -> KeyRef<'_> {
        KeyRef {
            price: &self.price,
            version: self.version.as_deref(),
            label: &self.label,
            category: &self.category,
            tax: self.tax,
            currency: &self.currency,
            unit: &self.unit,
            inclusive: self.inclusive,
            span: self.span,
        }
    }
}

impl KeyRef<'_> {
    fn to_key(self) -> Key {
        Key {
            price: self.price.into(),
            version: self.version.map(Box::from),
            label: self.label.into(),
            category: self.category.into(),
            tax: self.tax,
            currency: self.currency.into(),
            unit: self.unit.into(),
            inclusive: self.inclusive,
            span: self.span,
        }
    }
}

/// A sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Usages, or fees.
    #[serde(default)]
    pub n: i64,
    /// Base units that no allowance covers, and those that one does.
    #[serde(default)]
    pub units: i64,
    #[serde(default)]
    pub included: i64,
    /// Millionths.
    #[serde(default)]
    pub net: i64,
    #[serde(default)]
    pub gross: i64,
}

impl Sum {
    /// Adds another.
    pub const fn add(&mut self, other: Sum) {
        self.add_times(other, 1);
    }

    const fn add_times(&mut self, other: Sum, sign: i64) {
        const fn add(own: &mut i64, other: i64, sign: i64) {
            *own = own.saturating_add(other.saturating_mul(sign));
        }
        add(&mut self.n, other.n, sign);
        add(&mut self.units, other.units, sign);
        add(&mut self.included, other.included, sign);
        add(&mut self.net, other.net, sign);
        add(&mut self.gross, other.gross, sign);
    }
}

/// A sum and what it is of, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallied {
    pub key: Key,
    pub sum: Sum,
}

/// What a usage added, for its trace.
#[derive(Clone, Copy, Debug)]
pub struct Noted<'a> {
    span: Span,
    card: &'a Card,
    rated: &'a Rated,
}

impl Noted<'_> {
    /// Writes what the document does not tell.
    pub fn write(&self, trace: &mut impl Object) {
        trace.object(TALLIED, |own| {
            own.whole("from", self.span.from);
            own.whole("to", self.span.to);
            if let Some(category) = &self.card.tax.category {
                own.text("category", category);
            }
            own.objects("line", &self.rated.lines, |own, line| {
                own.whole("quantity", quantity(line));
            });
        });
    }
}

/// Base units that a line adds; fees have none.
const fn quantity(line: &Line) -> i64 {
    match line.key.kind {
        LineKind::Usage => line.quantity,
        _ => 0,
    }
}

fn sum(line: &Line) -> Sum {
    let quantity = quantity(line);
    let is_included = line.key.tag == UsageTag::Included;
    Sum {
        n: 1,
        units: if is_included { 0 } else { quantity },
        included: if is_included { quantity } else { 0 },
        net: line.net.millionths(),
        gross: line.gross.millionths(),
    }
}

const SECOND: i64 = 1_000_000;

/// What a batch adds to what waits to be billed, by tenant and product. It is written with the batch, and
/// added up later ([`super::waiting::fold`]): so a product is written once for many records.
#[derive(Default)]
pub struct Sums {
    of: HashMap<(i64, String), Vec<Tallied>>,
    /// The period that was found last: most accounts are billed alike.
    last: Option<(Option<Schedule>, Span)>,
}

/// As it is stored: keys once, and of each product which ones with what.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Log {
    pub keys: Vec<Key>,
    pub of: Vec<(String, Vec<(usize, Sum)>)>,
}

impl Sums {
    /// Forgets all.
    pub fn clear(&mut self) {
        self.of.clear();
    }

    fn span(&mut self, schedule: Option<&Schedule>, zone: Tz, at: Micros) -> Option<Span> {
        let second = at.0.div_euclid(SECOND);
        if let Some((known, span)) = &self.last
            && known.as_ref() == schedule
            && (span.from..span.to).contains(&second)
        {
            return Some(*span);
        }
        let span = Span::of(&Calendar::of(schedule, zone).period_at(at)?);
        self.last = Some((schedule.copied(), span));
        Some(span)
    }

    fn of(&mut self, payer: &Payer) -> &mut Vec<Tallied> {
        let key = (payer.tenant, payer.id.clone());
        self.of.entry(key).or_default()
    }

    /// Adds what usage of a product has added, or, with -1, takes it back.
    pub fn add_all(&mut self, payer: &Payer, added: &HashMap<Key, Sum>, sign: i64) {
        let own = self.of(payer);
        for (key, sum) in added {
            add(own, &key.borrow(), *sum, sign);
        }
    }

    /// The rows of a batch; their numbers are still to be drawn.
    pub fn rows(&self) -> Vec<SumLogRow> {
        let mut logs: BTreeMap<i64, Log> = BTreeMap::new();
        let mut places: HashMap<(i64, &Key), usize> = HashMap::new();
        for ((tenant, product), all) in self.of.iter().filter(|(_, all)| !all.is_empty()) {
            let log = logs.entry(*tenant).or_default();
            let mut own = Vec::with_capacity(all.len());
            for tallied in all {
                let place = *places.entry((*tenant, &tallied.key)).or_insert_with(|| {
                    log.keys.push(tallied.key.clone());
                    log.keys.len() - 1
                });
                own.push((place, tallied.sum));
            }
            log.of.push((product.clone(), own));
        }
        let rows = logs.into_iter().map(|(tenant, log)| SumLogRow {
            seq: 0,
            tenant,
            body: serde_json::to_vec(&log).unwrap_or_default(),
        });
        rows.collect()
    }
}

impl World {
    /// Adds a charge to what waits to be billed. `at` is when the usage began.
    pub fn tally<'a>(
        &mut self,
        payer: &Payer,
        (card, rated): (&'a Card, &'a Rated),
        zone: Tz,
        at: Micros,
    ) -> Option<Noted<'a>> {
        let span = self.sums.span(payer.schedule.as_ref(), zone, at)?;
        let own = self.sums.of(payer);
        for line in &rated.lines {
            let label = card.line_label(&line.key).unwrap_or_default();
            let key = KeyRef {
                price: &card.price,
                version: card.version.as_deref(),
                label: &label,
                category: card.tax.category.as_deref().unwrap_or_default(),
                tax: line.tax.percent,
                currency: card.currency.code,
                unit: card.unit.name(),
                inclusive: card.tax.mode == TaxMode::Gross,
                span,
            };
            add(own, &key, sum(line), 1);
        }
        Some(Noted { span, card, rated })
    }
}

/// Adds to a sum, or takes from it; one that comes to nothing goes.
fn add(all: &mut Vec<Tallied>, key: &KeyRef<'_>, sum: Sum, sign: i64) {
    let found = all.iter().position(|own| own.key.borrow() == *key);
    let place = found.unwrap_or_else(|| {
        all.push(Tallied {
            key: key.to_key(),
            sum: Sum::default(),
        });
        all.len() - 1
    });
    let Some(own) = all.get_mut(place) else {
        return;
    };
    own.sum.add_times(sum, sign);
    if own.sum == Sum::default() {
        all.swap_remove(place);
    }
}

/// What the document and the trace of a usage say that it added.
pub fn noted(doc: &Value, trace: &Value) -> Vec<(Key, Sum)> {
    read(doc, trace).unwrap_or_default()
}

fn read(doc: &Value, trace: &Value) -> Option<Vec<(Key, Sum)>> {
    let tallied = trace.get(TALLIED)?;
    let text = |pointer: &str| trace.pointer(pointer).and_then(Value::as_str);
    let whole = |value: &Value, name: &str| value.get(name).and_then(Value::as_i64);
    let key = Key {
        price: text("/price/id")?.into(),
        version: text("/price/version").map(Box::from),
        label: Box::default(),
        category: tallied
            .get("category")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .into(),
        tax: Decimal::ZERO,
        currency: text("/currency")?.into(),
        unit: text("/unit")?.into(),
        inclusive: text("/taxMode") == Some("gross"),
        span: Span {
            from: whole(tallied, "from")?,
            to: whole(tallied, "to")?,
        },
    };
    let entries = doc.get("usageProductPrice")?.as_array()?;
    let is_of = |entry: &&Value, kind: &str| {
        entry.get("ratingAmountType").and_then(Value::as_str) == Some(kind)
    };
    let kind = match entries.iter().any(|entry| is_of(&entry, COMPONENT)) {
        true => COMPONENT,
        false => TOTAL,
    };
    let entries = entries.iter().filter(|entry| is_of(entry, kind));
    let lines = tallied.get("line")?.as_array()?;
    let mut added = Vec::with_capacity(lines.len());
    for (entry, line) in entries.zip(lines) {
        let quantity = whole(line, "quantity").unwrap_or(0);
        let tag = entry.get("usageRatingTag").and_then(Value::as_str);
        let is_included = tag == Some(UsageTag::Included.as_str());
        let amount = |name: &str| {
            let money = entry.get("price")?.get(name)?;
            let money = Money::read(money).ok()?;
            Some(Amount::of(money.value).ok()?.millionths())
        };
        let rate = entry.pointer("/price/taxRate");
        let rate = rate.and_then(|rate| rate.to_string().parse::<Decimal>().ok());
        let own = Key {
            label: entry
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or_default()
                .into(),
            tax: rate.unwrap_or_default(),
            ..key.clone()
        };
        let sum = Sum {
            n: 1,
            units: if is_included { 0 } else { quantity },
            included: if is_included { quantity } else { 0 },
            net: amount("dutyFreeAmount")?,
            gross: amount("taxIncludedAmount")?,
        };
        added.push((own, sum));
    }
    Some(added)
}

/// Decimals as texts, digit by digit.
mod as_text {
    use rust_decimal::Decimal;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &Decimal, into: S) -> Result<S::Ok, S::Error> {
        into.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        let text = String::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
