//! What waits to be billed, product by product. What batches have added ([`super::tally`]) is added up once a
//! minute and before bills are made: of each product another part is written, nothing is read for it. Parts add
//! up; now and then those of a product are put together. A bill takes the parts that it has read.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};

use super::tally::{Key, Log, Sum, Tallied};
use crate::domain::problem::{Outcome, Problem};
use crate::store::usage::{SumLogRow, UsageSumRow};
use crate::store::{DbError, Store, Tx};

/// What waits of a product, in the order of the keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Waiting(pub BTreeMap<Key, Sum>);

/// The same as it is stored: what keys have in common once, and each label with its sum.
#[derive(Default, Serialize, Deserialize)]
struct Stored {
    /// Keys without labels.
    #[serde(default)]
    keys: Vec<Key>,
    #[serde(default)]
    of: Vec<Part>,
    /// How it was stored before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    tallies: Vec<Tallied>,
}

/// Place of the key, label, and the sum: usages, units, included units, net, gross.
#[derive(Serialize, Deserialize)]
struct Part(usize, Box<str>, i64, i64, i64, i64, i64);

fn broken(error: serde_json::Error) -> Problem {
    Problem::internal(format!("sums of usage cannot be read: {error}"))
}

impl Waiting {
    /// Adds a stored part. What comes to nothing goes.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn add(&mut self, bytes: &[u8]) -> Outcome<()> {
        let stored: Stored = serde_json::from_slice(bytes).map_err(broken)?;
        for Part(place, label, n, units, included, net, gross) in stored.of {
            let key = stored.keys.get(place);
            let key = key.ok_or_else(|| Problem::internal("a sum of usage without a key"))?;
            let key = Key {
                label,
                ..key.clone()
            };
            let sum = Sum {
                n,
                units,
                included,
                net,
                gross,
            };
            self.0.entry(key).or_default().add(sum);
        }
        for own in stored.tallies {
            self.0.entry(own.key).or_default().add(own.sum);
        }
        self.0.retain(|_, sum| *sum != Sum::default());
        Ok(())
    }

    /// As a part that is stored.
    ///
    /// # Errors
    /// A fault of ours.
    pub fn bytes(&self) -> Outcome<Vec<u8>> {
        packed(self.0.iter().map(|(key, sum)| (key, *sum)))
    }
}

fn packed<'k>(all: impl Iterator<Item = (&'k Key, Sum)>) -> Outcome<Vec<u8>> {
    let mut stored = Stored::default();
    for (key, sum) in all {
        let place = stored.keys.iter().position(|own| own.is_like(key));
        let place = place.unwrap_or_else(|| {
            stored.keys.push(Key {
                label: Box::default(),
                ..key.clone()
            });
            stored.keys.len() - 1
        });
        stored.of.push(Part(
            place,
            key.label.clone(),
            sum.n,
            sum.units,
            sum.included,
            sum.net,
            sum.gross,
        ));
    }
    serde_json::to_vec(&stored).map_err(Problem::internal)
}

/// Rows that are added up in one transaction.
const FOLDED: i64 = 200;
/// Of several who add up, one does at a time.
const LOCK: &str = "sums of usage";
/// Parts of a product that are put together.
pub const PARTS: i64 = 32;
/// Products whose parts are put together at a time, and in one go.
const TOGETHER: usize = 200;
const AT_MOST: i64 = 4_000;

/// Adds up what batches have added, until nothing is left. Bills see what is added up.
///
/// # Errors
/// Faults of the database.
pub fn fold(store: &Store) -> Outcome<()> {
    while store.write_blocking(fold_some)? {}
    Ok(())
}

/// True where there may be more.
fn fold_some(tx: &mut Tx<'_>) -> Outcome<bool> {
    tx.lock(LOCK)?;
    let rows = tx.direct(|session| session.sum_log(FOLDED))?;
    if rows.is_empty() {
        return Ok(false);
    }
    let mut all = All::default();
    for row in &rows {
        all.add(row)?;
    }
    let mut added = all.rows()?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    tx.direct(|session| {
        let own = session.allocate(added.len())?;
        for (row, seq) in added.iter_mut().zip(own) {
            row.seq = seq;
        }
        session.insert_usage_sums(&added)?;
        session.delete_sum_log(&seqs)
    })?;
    Ok(i64::try_from(rows.len()).unwrap_or(0) == FOLDED)
}

/// What rows add up to: keys once, and of each product which ones with what.
#[derive(Default)]
struct All {
    keys: Vec<Key>,
    places: HashMap<Key, u32>,
    of: BTreeMap<(i64, String), Vec<(u32, Sum)>>,
}

impl All {
    fn add(&mut self, row: &SumLogRow) -> Outcome<()> {
        let log: Log = serde_json::from_slice(&row.body).map_err(broken)?;
        let places: Vec<u32> = log.keys.into_iter().map(|key| self.place(key)).collect();
        for (product, sums) in log.of {
            let own = self.of.entry((row.tenant, product)).or_default();
            for (place, sum) in sums {
                let place = places.get(place);
                let place =
                    *place.ok_or_else(|| Problem::internal("a sum of usage without a key"))?;
                match own.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, known)) => known.add(sum),
                    None => own.push((place, sum)),
                }
            }
        }
        Ok(())
    }

    fn place(&mut self, key: Key) -> u32 {
        if let Some(place) = self.places.get(&key) {
            return *place;
        }
        let place = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.push(key.clone());
        self.places.insert(key, place);
        place
    }

    /// Parts of products; their numbers are still to be drawn.
    fn rows(self) -> Outcome<Vec<UsageSumRow>> {
        let mut rows = Vec::with_capacity(self.of.len());
        for ((tenant, product), sums) in self.of {
            let sums = sums.into_iter().filter(|(_, sum)| *sum != Sum::default());
            let sums = sums.filter_map(|(place, sum)| {
                let key = self.keys.get(usize::try_from(place).ok()?)?;
                Some((key, sum))
            });
            let body = packed(sums)?;
            rows.push(UsageSumRow {
                seq: 0,
                tenant,
                product,
                body,
            });
        }
        Ok(rows)
    }
}

/// Puts the parts of products together that have many.
///
/// # Errors
/// Faults of the database.
pub fn put_together(store: &Store) -> Outcome<()> {
    let crowded = store.read_blocking(|session| session.crowded_usage_sums(PARTS, AT_MOST))?;
    for of_tenant in crowded.chunk_by(|a, b| a.0 == b.0) {
        for some in of_tenant.chunks(TOGETHER) {
            let tenant = some.first().map_or(0, |(tenant, _)| *tenant);
            let products: Vec<String> = some.iter().map(|(_, product)| product.clone()).collect();
            join(store, tenant, &products)?;
        }
    }
    Ok(())
}

/// What is read and added up holds nobody up; what is written stands unless a bill has taken a part meanwhile.
fn join(store: &Store, tenant: i64, products: &[String]) -> Outcome<()> {
    let rows = store.read_blocking(|session| session.usage_sums(tenant, products))?;
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let mut all: BTreeMap<String, Waiting> = BTreeMap::new();
    for row in rows {
        all.entry(row.product).or_default().add(&row.body)?;
    }
    let mut joined = Vec::with_capacity(all.len());
    for (product, waiting) in all {
        if !waiting.0.is_empty() {
            joined.push(UsageSumRow {
                seq: 0,
                tenant,
                product,
                body: waiting.bytes()?,
            });
        }
    }
    let done = store.write_blocking(move |tx| {
        let mut joined = joined.clone();
        tx.direct(|session| {
            session.take_usage_sums(&seqs)?;
            let own = session.allocate(joined.len())?;
            for (row, seq) in joined.iter_mut().zip(own) {
                row.seq = seq;
            }
            session.insert_usage_sums(&joined)
        })
    });
    match done {
        Err(problem) if DbError::is_outdated(&problem) => Ok(()),
        done => done,
    }
}
