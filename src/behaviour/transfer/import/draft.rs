//! Does the work of a batch ahead of its transaction: the reading half runs the rules over the
//! records and notes what is to be written, so that the writing half only writes.
//!
//! A record that fails here may refer to one that is being written just now. It is left to the
//! writing half, which alone refuses records.

use std::collections::BTreeMap;

use super::super::Settings;
use super::super::input::record::{Accepted, Part};
use super::pipeline::Stretch;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::engine::{Caller, Core, upsert_in};
use crate::store::{Drafting, IdKey, Store, Tx};

/// Makes drafts for one job.
pub struct Drafter<'a> {
    pub core: &'a Core,
    pub store: &'a Store,
    pub settings: &'a Settings,
    pub caller: Caller,
}

impl Drafter<'_> {
    /// Cuts the records of a batch where one could not be drafted.
    pub fn stretches(&self, records: &[Accepted]) -> Vec<Stretch> {
        if self.settings.stop_on_error {
            // Nothing behind the first bad record may be written.
            return plain(records);
        }
        self.store
            .draft(|drafting| self.draft(drafting, records))
            .ok()
            .and_then(Result::ok)
            .unwrap_or_else(|| plain(records))
    }

    fn draft(&self, drafting: &mut Drafting<'_>, records: &[Accepted]) -> Outcome<Vec<Stretch>> {
        let now = self.core.clock.now();
        let mut stretches = Vec::new();
        drafting.unit(|tx| read_ahead(tx, self.caller.tenant, records))?;
        let mut start = 0;
        for (at, record) in records.iter().enumerate() {
            let drafted =
                drafting.unit(|tx| write_record(self.core, tx, &self.caller, record, now));
            if drafted.is_ok() {
                continue;
            }
            if start < at {
                stretches.push(Stretch {
                    range: start..at,
                    draft: Some(drafting.cut()),
                });
            }
            stretches.push(Stretch {
                range: at..at + 1,
                draft: None,
            });
            start = at + 1;
        }
        if start < records.len() {
            stretches.push(Stretch {
                range: start..records.len(),
                draft: Some(drafting.cut()),
            });
        }
        Ok(stretches)
    }
}

fn plain(records: &[Accepted]) -> Vec<Stretch> {
    vec![Stretch {
        range: 0..records.len(),
        draft: None,
    }]
}

/// Writes the resources of a record.
pub fn write_record(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    record: &Accepted,
    now: Micros,
) -> Outcome<()> {
    if record.parts.len() > 1 {
        promise(tx, caller.tenant, &record.parts)?;
    }
    for part in &record.parts {
        upsert_in(core, tx, caller, part.resource, &part.new, now)?;
    }
    Ok(())
}

/// Lets the parts of a record refer to each other. Those that are there need no promise.
fn promise(tx: &mut Tx<'_>, tenant: i64, parts: &[Part]) -> Outcome<()> {
    for head in parts.iter().filter_map(|part| part.new.head(part.resource)) {
        let key = IdKey::new(tenant, &head.kind, &head.id);
        if tx.versions(&key)?.is_empty() {
            tx.promise(key, head);
        }
    }
    Ok(())
}

/// Whether the records are there already is asked once for all of a kind.
pub fn read_ahead(tx: &mut Tx<'_>, tenant: i64, records: &[Accepted]) -> Outcome<()> {
    let mut ids: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for part in records.iter().flat_map(|record| &record.parts) {
        if let Some(id) = &part.new.id {
            ids.entry(part.resource.kind).or_default().push(id.clone());
        }
    }
    for (kind, ids) in ids {
        tx.read_ahead(tenant, kind, &ids)?;
    }
    Ok(())
}
