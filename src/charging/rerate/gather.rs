//! Usage that hangs together, with what it has left behind: read in as few questions as there can be.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Pool, ROWS_MAX};
use crate::charging::charge::Task;
use crate::charging::left::{Left, Trail};
use crate::charging::payer::Payer;
use crate::charging::world::World;
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::usage_status::UsageStatus;
use crate::store::usage::{Began, UsageRow};
use crate::store::{DbError, DbResult, Session};

/// How often the beginning is looked for further back: a period has sessions that began in the one before.
const STEPS_BACK: usize = 64;

/// A usage that has a price.
pub(super) struct Item {
    pub row: UsageRow,
    pub trail: Trail,
    doc: String,
}

impl Item {
    /// When it, or its session, began.
    pub fn began(&self) -> i64 {
        self.trail.began.map_or(self.row.start_at, |at| at.0)
    }

    /// It is on a bill, so it keeps its price.
    pub fn is_billed(&self) -> bool {
        UsageStatus::numbered(self.row.state) == Some(UsageStatus::Billed)
    }

    /// To be rated again.
    pub fn task(&self) -> Outcome<Task> {
        let doc = serde_json::from_str(&self.doc)
            .map_err(|error| Problem::internal(format!("a stored usage: {error}")))?;
        Ok(Task::stored(self.row.clone(), doc))
    }
}

/// All that hangs together.
pub(super) struct Together {
    /// All of it began at this instant or later.
    pub since: Micros,
    /// In the order in which it happened.
    pub items: Vec<Item>,
    pub left: Left,
}

/// Where what hangs together begins.
#[derive(Clone, Copy)]
pub(super) enum Beginning<'w> {
    /// Where the periods begin that have the instant.
    Periods(&'w World),
    /// At the instant: all before it is as it shall be.
    There,
}

impl Beginning<'_> {
    fn of(self, payers: &[Arc<Payer>], at: Micros) -> Micros {
        match self {
            Beginning::Periods(world) => world.since(payers, at),
            Beginning::There => at,
        }
    }
}

impl Pool {
    /// All usage that hangs together with what began between two instants. Sessions that began earlier pull
    /// the beginning back.
    pub(super) fn all_together(
        session: &mut dyn Session,
        payers: &[Arc<Payer>],
        beginning: Beginning<'_>,
        (from, to): (Micros, i64),
    ) -> DbResult<Together> {
        let mut since = beginning.of(payers, from);
        for _ in 0..STEPS_BACK {
            let began = Began {
                from: since.0,
                to,
                behind: i64::MIN,
            };
            let items = Self::gather(session, payers, &began, &HashSet::new())?;
            let first = items.iter().map(Item::began).min();
            match first.filter(|first| *first < since.0) {
                Some(earlier) => since = beginning.of(payers, Micros(earlier)),
                None => {
                    let trails = items.iter().map(|item| &item.trail);
                    let left = Left::by(payers, trails);
                    return Ok(Together { since, items, left });
                }
            }
        }
        let message = "The sessions before hang together without end; choose an earlier `from`.";
        Err(DbError::OutOfRange(message.to_owned()))
    }

    /// Usage of payers that has a price, in the order in which it happened, without that of some numbers.
    pub(super) fn gather(
        session: &mut dyn Session,
        payers: &[Arc<Payer>],
        began: &Began,
        known: &HashSet<i64>,
    ) -> DbResult<Vec<Item>> {
        let Some(tenant) = payers.first().map(|payer| payer.tenant) else {
            return Ok(Vec::new());
        };
        let keys: Vec<i64> = payers.iter().map(|payer| payer.key).collect();
        let limit = i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX);
        let mut rows = session.usage_of_products(tenant, &keys, began, limit)?;
        if rows.len() > ROWS_MAX {
            return Err(DbError::OutOfRange(format!(
                "More than {ROWS_MAX} usages hang together; choose a later `from`."
            )));
        }
        rows.retain(|row| {
            let status = UsageStatus::numbered(row.state);
            status.is_some_and(UsageStatus::is_charged) && !known.contains(&row.seq)
        });
        let documents = session.usage_documents(rows.clone())?;
        let both = rows.into_iter().zip(documents);
        both.map(|(row, document)| {
            let trace = session.usage_trace(&row)?;
            let trail = Trail::read(&row, &document.doc, trace.as_deref());
            Ok(Item {
                row,
                trail,
                doc: document.doc,
            })
        })
        .collect()
    }
}
