//! References that point at nothing, over a whole database: every resource of every tenant and kind,
//! in all its versions. Finds references where the write path finds them, by the same plan. What has ended is
//! kept as history and may name what is gone ([`super::referrers`]): that is counted and is nothing wrong.
//!
//! Works through the resources in the order of their creation, some hundreds at a time. Each part is
//! one read transaction, so that a resource and what it refers to are seen in the same state while a
//! server goes on writing, and no transaction lives long. What is in memory is one part.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;

use super::lifecycle::States;
use super::plan::Plan;
use super::survey::each_reference;
use crate::domain::state_machine::Machines;
use crate::engine::Registry;
use crate::store::{DbResult, ResourceRow, Session};

/// Resources of one part.
const PART: i64 = 500;

/// A reference without target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dangling {
    pub tenant: i64,
    /// The resource that holds the reference.
    pub from: Name,
    /// JSON pointer of the reference in its document.
    pub pointer: String,
    /// What it names.
    pub to: Wanted,
}

/// A resource that a reference names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// One of these; several where the reference does not say which.
    pub kinds: Vec<&'static str>,
    pub id: String,
    /// Empty for whichever is current.
    pub version: String,
}

/// A stored resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    pub kind: String,
    pub id: String,
    /// Empty for kinds without versions.
    pub version: String,
}

/// What was seen of a kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub resources: u64,
    pub references: u64,
    pub dangling: u64,
    /// Of resources in a state that ends a life, to what is gone.
    pub past: u64,
    /// Resources whose documents cannot be read.
    pub unreadable: u64,
}

/// A walk over a database.
pub struct Audit {
    plan: Plan,
    machines: Machines,
    /// The last row seen.
    seq: i64,
    counts: BTreeMap<String, Count>,
}

impl Audit {
    /// Before the first resource.
    pub fn new(registry: &Registry, machines: Machines) -> Self {
        Audit {
            plan: Plan::new(registry),
            machines,
            seq: 0,
            counts: BTreeMap::new(),
        }
    }

    /// What was seen so far, by kind.
    pub fn counts(&self) -> &BTreeMap<String, Count> {
        &self.counts
    }

    /// What was seen so far, of all kinds.
    pub fn total(&self) -> Count {
        let mut total = Count::default();
        for count in self.counts.values() {
            total.resources += count.resources;
            total.references += count.references;
            total.dangling += count.dangling;
            total.past += count.past;
            total.unreadable += count.unreadable;
        }
        total
    }

    /// Goes through the next part and hands over what points at nothing; none at the end.
    ///
    /// # Errors
    /// When the database fails. The part may be tried again.
    pub fn step(&mut self, session: &mut dyn Session) -> DbResult<Option<Vec<Dangling>>> {
        session.begin_read()?;
        let part = read(session, &self.plan, &self.machines, self.seq);
        // Nothing was written: how the transaction ends makes no difference.
        session.rollback()?;
        let Some(part) = part? else {
            return Ok(None);
        };
        self.seq = part.last;
        for (kind, seen) in part.counts {
            let count = self.counts.entry(kind).or_default();
            count.resources += seen.resources;
            count.references += seen.references;
            count.past += seen.past;
            count.unreadable += seen.unreadable;
        }
        for found in &part.dangling {
            if let Some(count) = self.counts.get_mut(&found.from.kind) {
                count.dangling += 1;
            }
        }
        Ok(Some(part.dangling))
    }
}

struct Part {
    last: i64,
    counts: BTreeMap<String, Count>,
    dangling: Vec<Dangling>,
}

fn read(
    session: &mut dyn Session,
    plan: &Plan,
    machines: &Machines,
    behind: i64,
) -> DbResult<Option<Part>> {
    let rows = session.resources_behind(behind, PART)?;
    let Some(last) = rows.last().map(|row| row.seq) else {
        return Ok(None);
    };
    let mut counts: BTreeMap<String, Count> = BTreeMap::new();
    let mut references = Vec::new();
    // The places of the references of what has ended.
    let mut ended: Vec<Range<usize>> = Vec::new();
    for row in &rows {
        let before = references.len();
        let readable = gather(plan, row, &mut references);
        if !States::of(&row.kind, machines).is_live(row.state.as_deref()) {
            ended.push(before..references.len());
        }
        let count = counts.entry(row.kind.clone()).or_default();
        count.resources += 1;
        count.references += u64::try_from(references.len() - before).unwrap_or_default();
        count.unreadable += u64::from(!readable);
    }
    let known = Known::of(session, &references)?;
    let mut dangling = Vec::new();
    let mut ended = ended.into_iter().flatten().peekable();
    for (place, reference) in references.into_iter().enumerate() {
        let is_past = ended.next_if_eq(&place).is_some();
        if known.has(&reference) {
            continue;
        }
        match counts.get_mut(&reference.from.kind).filter(|_| is_past) {
            Some(count) => count.past += 1,
            None => dangling.push(reference),
        }
    }
    Ok(Some(Part {
        last,
        counts,
        dangling,
    }))
}

/// The references of a row; false when its document cannot be read.
fn gather(plan: &Plan, row: &ResourceRow, references: &mut Vec<Dangling>) -> bool {
    // A kind of a newer program: nobody here knows where its references stand.
    let Some(root) = plan.root(&row.kind) else {
        return true;
    };
    let Ok(mut doc) = serde_json::from_str::<Value>(&row.doc) else {
        return false;
    };
    each_reference(plan, root, &mut doc, &mut |_, meaning, object, trail| {
        // A target elsewhere may be meant.
        if !plan.demands(&row.kind, meaning) {
            return;
        }
        let text = |name: &str| object.get(name).and_then(Value::as_str).unwrap_or_default();
        references.push(Dangling {
            tenant: row.tenant,
            from: Name {
                kind: row.kind.clone(),
                id: row.id.clone(),
                version: row.version.clone(),
            },
            pointer: trail.pointer(),
            to: Wanted {
                kinds: meaning.kinds.to_vec(),
                id: text("id").to_owned(),
                version: text("version").to_owned(),
            },
        });
    });
    true
}

/// The targets that there are: tenant and kind, then id and version, once more without the version.
#[derive(Default)]
struct Known {
    names: HashMap<(i64, &'static str), HashSet<(String, String)>>,
}

impl Known {
    /// Asks once for each kind.
    fn of(session: &mut dyn Session, references: &[Dangling]) -> DbResult<Self> {
        let mut wanted: BTreeMap<(i64, &'static str), BTreeSet<&str>> = BTreeMap::new();
        for Dangling { tenant, to, .. } in references {
            for kind in &to.kinds {
                let ids = wanted.entry((*tenant, kind)).or_default();
                ids.insert(&to.id);
            }
        }
        let mut known = Known::default();
        for ((tenant, kind), ids) in wanted {
            let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
            let names = known.names.entry((tenant, kind)).or_default();
            for head in session.peek(tenant, kind, &ids)? {
                names.insert((head.id.clone(), String::new()));
                names.insert((head.id, head.version));
            }
        }
        Ok(known)
    }

    fn has(&self, Dangling { tenant, to, .. }: &Dangling) -> bool {
        let name = (to.id.clone(), to.version.clone());
        to.kinds.iter().any(|kind| {
            let names = self.names.get(&(*tenant, *kind));
            names.is_some_and(|names| names.contains(&name))
        })
    }
}
