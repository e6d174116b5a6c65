//! Keeps what products are known by in the network, and when, for whoever asks which product a usage
//! means. It is written with the product: read off its document where that changes. What a product cost
//! before a change is kept with it as well.

use serde_json::Value;

use super::billing::history;
use super::lifecycle::States;
use super::own::Own;
use crate::domain::clock::Micros;
use crate::domain::identifier::{Identifier, of_product};
use crate::domain::problem::Outcome;
use crate::domain::state_machine::Machines;
use crate::engine::{Change, Rewritten};
use crate::store::ResourceRow;
use crate::store::usage::IdentifierRow;

/// The kind in the store: `product` of TMF637.
pub const KIND: &str = "product";

/// Since ever, and for ever.
const ALWAYS: (i64, i64) = (i64::MIN, i64::MAX);

/// The own rules of products.
pub struct ProductRules {
    states: States,
}

impl ProductRules {
    pub fn new(machines: &Machines) -> Self {
        ProductRules {
            states: States::of(KIND, machines),
        }
    }

    fn life(&self, doc: &Value) -> Life {
        let instant = |name: &str| doc.get(name)?.as_str().and_then(Micros::parse);
        let end = instant("terminationDate").map(|at| at.0);
        Life {
            known: of_product(doc),
            start: instant("startDate").map_or(ALWAYS.0, |at| at.0),
            end: match end {
                Some(end) => End::At(end),
                None if self.states.is_live_document(doc) => End::Open,
                None => End::Over,
            },
        }
    }
}

impl Own for ProductRules {
    /// Here because what is created is parsed here.
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        history::note(old, doc, change.now);
        if old.is_some() {
            return Ok(());
        }
        let life = self.life(doc);
        for known in &life.known {
            let row = row(
                change,
                known,
                life.start,
                life.end.after(ALWAYS.1, change.now),
            );
            if row.valid_from < row.valid_to {
                change.tx.know(row);
            }
        }
        Ok(())
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        let (before, after) = (self.life(written.before), self.life(written.doc));
        if before == after {
            return Ok(());
        }
        let rows = change.tx.identifiers_of(change.caller.tenant, change.id)?;
        let new = follow(change, &rows, &before, &after);
        for gone in rows.iter().filter(|row| !is_in(&new, row)) {
            change.tx.unknow(gone);
        }
        for row in new.into_iter().filter(|row| !rows.contains(row)) {
            change.tx.know(row);
        }
        Ok(())
    }

    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        for gone in change.tx.identifiers_of(row.tenant, &row.id)? {
            change.tx.unknow(&gone);
        }
        Ok(())
    }
}

/// What a document says of its identifiers.
#[derive(Debug, PartialEq, Eq)]
struct Life {
    known: Vec<Identifier>,
    start: i64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Open,
    At(i64),
    /// The state says so, but nothing says since when.
    Over,
}

impl End {
    /// The end of what ended at `known` so far.
    fn after(self, known: i64, now: Micros) -> i64 {
        match self {
            End::Open => ALWAYS.1,
            End::At(end) => end,
            End::Over => known.min(now.0),
        }
    }
}

/// The rows after a change. What the product is not known by any more ends now, what is new begins now,
/// and what began or ends with the product goes with it.
fn follow(
    change: &Change<'_, '_>,
    rows: &[IdentifierRow],
    before: &Life,
    after: &Life,
) -> Vec<IdentifierRow> {
    let now = change.now;
    let mut rows = rows.to_vec();
    for row in rows.iter_mut().filter(|row| row.valid_from == before.start) {
        row.valid_from = after.start;
    }
    let is_gone = |known: &&Identifier| !after.known.contains(known);
    for gone in before.known.iter().filter(is_gone) {
        if let Some(row) = newest(&mut rows, gone) {
            let end = row.valid_to.min(now.0);
            row.valid_to = end.min(after.end.after(end, now));
        }
    }
    for known in &after.known {
        let was_there = before.known.contains(known);
        match newest(&mut rows, known).filter(|_| was_there) {
            Some(row) => row.valid_to = after.end.after(row.valid_to, now),
            None => {
                // What was there without a row was stored before rows were kept.
                let from = if was_there {
                    after.start
                } else {
                    after.start.max(now.0)
                };
                rows.push(self::row(
                    change,
                    known,
                    from,
                    after.end.after(ALWAYS.1, now),
                ));
            }
        }
    }
    rows.retain(|row| row.valid_from < row.valid_to);
    rows
}

fn newest<'r>(rows: &'r mut [IdentifierRow], of: &Identifier) -> Option<&'r mut IdentifierRow> {
    rows.iter_mut()
        .filter(|row| row.name == of.name && row.value == of.value)
        .max_by_key(|row| row.valid_from)
}

fn is_in(rows: &[IdentifierRow], one: &IdentifierRow) -> bool {
    let same = |row: &IdentifierRow| {
        (&row.value, &row.name, row.valid_from) == (&one.value, &one.name, one.valid_from)
    };
    rows.iter().any(same)
}

fn row(change: &Change<'_, '_>, known: &Identifier, from: i64, to: i64) -> IdentifierRow {
    IdentifierRow {
        tenant: change.caller.tenant,
        value: known.value.clone(),
        name: known.name.to_owned(),
        product: change.id.to_owned(),
        valid_from: from,
        valid_to: to,
    }
}
