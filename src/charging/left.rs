//! What rated usage has left behind, by its traces: what it took from buckets, and how far it moved tiers.
//! So it can be given back before the same usage is rated again.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use super::payer::{Owners, Payer};
use super::spend;
use super::tally::{self, Key, Sum};
use crate::domain::clock::Micros;
use crate::domain::usage_facts::{PART, RECORD, characteristic, source_of};
use crate::domain::usage_status::UsageStatus;
use crate::domain::value::Period;
use crate::store::usage::UsageRow;

/// What usage has left behind.
#[derive(Default)]
pub struct Left {
    /// Whose usage it may be, by key of the product.
    owners: HashMap<i64, Owners>,
    /// Usage by itself, by key of the product.
    alone: HashMap<i64, Moves>,
    /// Sessions, by product and name. The trace of a part tells what all parts moved up to there, so the
    /// last one counts.
    sessions: HashMap<(i64, String), (u64, Moves)>,
    /// What was added to sums, in millionths by their ids; each part of a session adds its own.
    spent: HashMap<String, i64>,
    /// What was added to what waits to be billed, by key of the product; each part adds its own.
    tallied: HashMap<i64, HashMap<Key, Sum>>,
}

/// What one usage has left behind.
#[derive(Debug, Default)]
pub struct Trail {
    /// When it began, or the session that it is a part of; none where no trace says so.
    pub began: Option<Micros>,
    /// Key of the product.
    product: i64,
    /// The session that it is a part of, by its name at its source, and which part.
    part: Option<(String, u64)>,
    moves: Moves,
    spent: Vec<(String, i64)>,
    tallied: Vec<(Key, Sum)>,
}

/// What one trace tells, or several.
#[derive(Debug, Default)]
struct Moves {
    /// Base units by id of the bucket.
    taken: HashMap<String, u64>,
    /// When usage or its session began, and by how many base units it moved the tiers of a price.
    tiers: HashMap<String, Vec<(Micros, u64)>>,
}

impl Trail {
    /// Reads what a stored usage has left behind from its document and its trace.
    pub fn read(row: &UsageRow, doc: &str, trace: Option<&str>) -> Self {
        let own = Trail {
            product: row.product,
            ..Trail::default()
        };
        let Some(trace) = trace else { return own };
        let doc: Value = serde_json::from_str(doc).unwrap_or_default();
        let trace: Value = serde_json::from_str(trace).unwrap_or_default();
        let began = trace.get("usageDate").and_then(Value::as_str);
        let began = began.and_then(Micros::parse);
        let mut moves = Moves::default();
        moves.read(&trace, began.unwrap_or(Micros(0)));
        // What is on a bill keeps its price, and stays counted.
        let is_billed = UsageStatus::numbered(row.state) == Some(UsageStatus::Billed);
        let spent = spend::noted(&trace).filter(|_| !is_billed);
        Trail {
            began,
            part: part_of(&doc),
            moves,
            spent: spent
                .map(|(sum, millionths)| (sum.to_owned(), millionths))
                .collect(),
            tallied: tally::noted(&doc, &trace),
            ..own
        }
    }

    /// It is a part of a session.
    pub const fn is_part(&self) -> bool {
        self.part.is_some()
    }
}

impl Left {
    /// Knows whose usage it will be told of.
    pub fn of(payers: &[Arc<Payer>]) -> Self {
        let owners = payers.iter().map(|own| (own.key, own.owners.clone()));
        Left {
            owners: owners.collect(),
            ..Left::default()
        }
    }

    /// What several have left behind together.
    pub fn by<'t>(payers: &[Arc<Payer>], trails: impl Iterator<Item = &'t Trail>) -> Self {
        let mut left = Left::of(payers);
        trails.for_each(|trail| left.add(trail));
        left
    }

    /// Adds a usage. Of a session all parts are to be added.
    pub fn add(&mut self, trail: &Trail) {
        for (sum, millionths) in &trail.spent {
            *self.spent.entry(sum.clone()).or_default() += millionths;
        }
        let tallied = self.tallied.entry(trail.product).or_default();
        for (key, sum) in &trail.tallied {
            tallied.entry(key.clone()).or_default().add(*sum);
        }
        let Some((name, part)) = &trail.part else {
            let alone = self.alone.entry(trail.product).or_default();
            return alone.add(&trail.moves);
        };
        let key = (trail.product, name.clone());
        let own = self.sessions.entry(key).or_default();
        if *part >= own.0 {
            *own = (*part, Moves::default());
            own.1.add(&trail.moves);
        }
    }

    /// Base units that were taken from a bucket.
    pub fn taken(&self, bucket: &str) -> u64 {
        let all = self.all().filter_map(|(_, moves)| moves.taken.get(bucket));
        all.sum()
    }

    /// What was added to sums, in millionths by their ids.
    pub fn spent(&self) -> &HashMap<String, i64> {
        &self.spent
    }

    /// What usage of a product added to what waits to be billed.
    pub fn tallied(&self, product: i64) -> Option<&HashMap<Key, Sum>> {
        self.tallied.get(&product)
    }

    /// Base units by which usage that counts with an owner moved the tiers of a price in a period.
    pub fn moved(&self, owner: &str, price: &str, period: Period) -> u64 {
        let own = self.all().filter(|(product, _)| {
            let owners = self.owners.get(product);
            owners.is_some_and(|own| own.all().into_iter().any(|name| *name == *owner))
        });
        let moves = own
            .filter_map(|(_, moves)| moves.tiers.get(price))
            .flatten();
        let within = moves.filter(|(began, _)| period.contains(*began));
        within.map(|(_, units)| units).sum()
    }

    fn all(&self) -> impl Iterator<Item = (i64, &Moves)> {
        let alone = self.alone.iter().map(|(product, moves)| (*product, moves));
        let sessions = self.sessions.iter();
        alone.chain(sessions.map(|((product, _), (_, moves))| (*product, moves)))
    }
}

impl Moves {
    fn add(&mut self, other: &Moves) {
        for (bucket, taken) in &other.taken {
            *self.taken.entry(bucket.clone()).or_default() += taken;
        }
        for (price, moves) in &other.tiers {
            let own = self.tiers.entry(price.clone()).or_default();
            own.extend(moves);
        }
    }

    fn read(&mut self, trace: &Value, began: Micros) {
        let price = trace.pointer("/price/id").and_then(Value::as_str);
        let steps = trace.get("step").and_then(Value::as_array);
        for step in steps.into_iter().flatten() {
            let text = |name: &str| step.get(name).and_then(Value::as_str);
            let units = |name: &str| step.get(name).and_then(Value::as_u64);
            if let (Some(bucket), Some(taken)) = (text("bucket"), units("taken")) {
                *self.taken.entry(bucket.to_owned()).or_default() += taken;
            }
            if let (Some("tier"), Some(moved), Some(price)) =
                (text("rule"), units("quantity"), price)
            {
                let moves = self.tiers.entry(price.to_owned()).or_default();
                moves.push((began, moved));
            }
        }
    }
}

/// The session that a usage is a part of, by its name at its source, and which part.
fn part_of(doc: &Value) -> Option<(String, u64)> {
    let text = |name: &str| match characteristic(doc, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let part = text(PART)?.parse().ok()?;
    Some((format!("{}\u{1f}{}", source_of(doc), text(RECORD)?), part))
}
