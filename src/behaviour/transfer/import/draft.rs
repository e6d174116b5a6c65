//! Does the work of a batch ahead of its transaction: the reading half checks the records, runs the
//! rules over them and notes what is to be written, so that the writing half only writes. Each record
//! is dealt with as a whole before the next: what it needs then lies in the processor's caches.
//!
//! A record that fails here may refer to one that is being written just now. It is left to the
//! writing half, which alone refuses records that could be read.

use std::collections::BTreeMap;

use super::super::Settings;
use super::super::input::record::{Accepted, Part, Reader, Refused};
use super::guess::Guess;
use super::pipeline::{Batch, Cut, Stretch};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::engine::{Caller, Core, upsert_in};
use crate::store::{Draft, Drafting, IdKey, Store, Tx};

/// Makes drafts for one job.
pub struct Drafter<'a> {
    pub core: &'a Core,
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub reader: &'a Reader<'a>,
    pub caller: Caller,
    pub guess: &'a Guess,
}

/// A batch under way.
#[derive(Default)]
struct Drafted {
    accepted: Vec<Accepted>,
    stretches: Vec<Stretch>,
    refused: Vec<Refused>,
    /// Place of the first accepted record that is in no stretch yet.
    start: usize,
}

impl Drafter<'_> {
    /// Checks the records of a batch and drafts them. The batch is cut where one could not be drafted.
    pub fn batch(&self, cut: Cut) -> Batch {
        let drafted = self.drafted(&cut).unwrap_or_else(|| self.plain(&cut));
        Batch {
            layout: cut.layout,
            accepted: drafted.accepted,
            stretches: drafted.stretches,
            refused: drafted.refused,
            text: cut.text,
            end: cut.end,
        }
    }

    /// The batch with drafts, where that can be.
    fn drafted(&self, cut: &Cut) -> Option<Drafted> {
        if self.settings.stop_on_error {
            // Nothing behind the first bad record may be written.
            return None;
        }
        let drafted = self.store.draft(|drafting| self.draft(drafting, cut));
        drafted.ok().and_then(Result::ok)
    }

    /// The batch checked only.
    fn plain(&self, cut: &Cut) -> Drafted {
        let mut checked = Drafted::default();
        checked.accepted = self.read(cut, &mut checked.refused).collect();
        checked.stretches.push(Stretch {
            range: 0..checked.accepted.len(),
            draft: None,
        });
        checked
    }

    /// The records that can be used; the others are noted.
    fn read(&self, cut: &Cut, refused: &mut Vec<Refused>) -> impl Iterator<Item = Accepted> {
        cut.frames.iter().filter_map(|(frame, place)| {
            match self.reader.read(frame, &cut.text, place.clone()) {
                Ok(accepted) => Some(accepted),
                Err(why) => {
                    refused.push(*why);
                    None
                }
            }
        })
    }

    fn draft(&self, drafting: &mut Drafting<'_>, cut: &Cut) -> Outcome<Drafted> {
        let now = self.core.clock.now();
        let mut done = Drafted::default();
        let mut refused = Vec::new();
        let new = self.guess.are_new();
        drafting.expect(cut.frames.len());
        let read = self.read(cut, &mut refused);
        if new {
            read.for_each(|record| self.record(drafting, record, true, now, &mut done));
        } else {
            let records: Vec<Accepted> = read.collect();
            let found = drafting.unit(|tx| read_ahead(tx, self.caller.tenant, &records))?;
            self.guess.asked(found);
            for record in records {
                self.record(drafting, record, false, now, &mut done);
            }
        }
        done.refused = refused;
        done.end(drafting);
        Ok(done)
    }

    /// Drafts a record. `new` says that nothing of it is taken to be there already.
    fn record(
        &self,
        drafting: &mut Drafting<'_>,
        mut record: Accepted,
        new: bool,
        now: Micros,
        done: &mut Drafted,
    ) {
        let parts = record.spend();
        let drafted = drafting.unit(|tx| {
            if new {
                presume_new(tx, self.caller.tenant, &parts);
            }
            write_record(self.core, tx, &self.caller, parts, now)
        });
        if drafted.is_ok() {
            done.accepted.push(record);
            return;
        }
        done.end(drafting);
        done.accepted.push(record);
        done.leave();
    }
}

impl Drafted {
    /// Ends the stretch under way.
    fn end(&mut self, drafting: &mut Drafting<'_>) {
        let draft = drafting.cut();
        if self.start < self.accepted.len() {
            self.stretch(Some(draft));
        }
    }

    /// Leaves the last record to the writing half.
    fn leave(&mut self) {
        self.stretch(None);
    }

    fn stretch(&mut self, draft: Option<Draft>) {
        let range = self.start..self.accepted.len();
        self.start = range.end;
        self.stretches.push(Stretch { range, draft });
    }
}

/// Writes the resources of a record.
pub fn write_record(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    parts: Vec<Part>,
    now: Micros,
) -> Outcome<()> {
    if parts.len() > 1 {
        promise(tx, caller.tenant, &parts)?;
    }
    for Part { resource, new } in parts {
        upsert_in(core, tx, caller, resource, new, now)?;
    }
    Ok(())
}

/// Lets the parts of a record refer to each other. Those that are there need no promise.
fn promise(tx: &mut Tx<'_>, tenant: i64, parts: &[Part]) -> Outcome<()> {
    for head in parts.iter().filter_map(|part| part.new.head(part.resource)) {
        let key = IdKey::new(tenant, &head.kind, &head.id);
        if tx.peek(&key)?.is_empty() {
            tx.promise(key, head);
        }
    }
    Ok(())
}

fn presume_new(tx: &mut Tx<'_>, tenant: i64, parts: &[Part]) {
    for part in parts {
        if let Some(id) = &part.new.id {
            tx.presume_new(IdKey::new(tenant, part.resource.kind, id));
        }
    }
}

/// Whether the records are there already is asked once for all of a kind. Answers how many resources
/// are.
pub fn read_ahead(tx: &mut Tx<'_>, tenant: i64, records: &[Accepted]) -> Outcome<usize> {
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in records.iter().flat_map(|record| &record.parts) {
        if let Some(id) = &part.new.id {
            ids.entry(part.resource.kind).or_default().push(id.clone());
        }
    }
    let mut found = 0;
    for (kind, ids) in ids {
        found += tx.read_ahead(tenant, kind, &ids)?;
    }
    Ok(found)
}
