//! Lists that no index answers: documents are read in order of creation, evaluated one by one, and
//! only the keys of those on or before the page are kept.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use serde_json::Value;

use super::Core;
use super::plan::Planned;
use super::row::parse;
use crate::domain::adapt::href::mark;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::SortKey;
use crate::store::{DbResult, Order, Plan, Position, ResourceRow, Session};

/// Documents read in one query.
const CHUNK: u64 = 512;

/// Who reads what.
pub(super) struct Reader<'r> {
    pub core: &'r Core,
    pub resource: &'static Resource,
    /// Set when nobody waits for the answer any more: a long scan then ends.
    pub abandoned: &'r AtomicBool,
}

/// What a scan found.
pub(super) struct Found {
    pub rows: Vec<ResourceRow>,
    pub total: u64,
    /// There are more beyond the page, in the direction of reading.
    pub more: bool,
}

/// A place in the order asked for, and its row.
struct Candidate<'s> {
    sort: &'s [SortKey],
    backwards: bool,
    keys: Vec<Option<String>>,
    seq: i64,
    /// Kept where it cannot be read again by its number.
    row: Option<ResourceRow>,
}

impl Ord for Candidate<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let order = compare(self.sort, (&self.keys, self.seq), (&other.keys, other.seq));
        if self.backwards {
            order.reverse()
        } else {
            order
        }
    }
}

impl PartialOrd for Candidate<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Candidate<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Candidate<'_> {}

/// Order of two places; ties go by creation.
fn compare(
    sort: &[SortKey],
    (left, left_seq): (&[Option<String>], i64),
    (right, right_seq): (&[Option<String>], i64),
) -> Ordering {
    for ((key, a), b) in sort.iter().zip(left).zip(right) {
        let order = if key.descending { b.cmp(a) } else { a.cmp(b) };
        if order.is_ne() {
            return order;
        }
    }
    left_seq.cmp(&right_seq)
}

/// The place of a row in the order asked for.
pub(super) fn place(sort: &[SortKey], doc: &Value) -> Vec<Option<String>> {
    sort.iter().map(|key| key.key(doc)).collect()
}

/// Reads all documents that the store's conditions leave and picks the page.
pub(super) fn scan(
    session: &mut dyn Session,
    reader: &Reader<'_>,
    planned: &Planned,
) -> DbResult<Outcome<Found>> {
    let mut best = Best::new(planned);
    let read = each_match(session, reader, planned, &mut |row, doc| {
        best.see(row.seq, doc, || None);
    })?;
    if let Err(problem) = read {
        return Ok(Err(problem));
    }
    let page = best.page();
    let seqs: Vec<i64> = page.candidates.iter().map(|own| own.seq).collect();
    let rows = if seqs.is_empty() {
        Vec::new()
    } else {
        session.rows_by_seq(&seqs)?
    };
    Ok(Ok(Found {
        rows,
        total: page.total,
        more: page.more,
    }))
}

/// Those on or before the page, of all that were seen.
pub(super) struct Best<'p> {
    planned: &'p Planned,
    keep: usize,
    heap: BinaryHeap<Candidate<'p>>,
    total: u64,
}

/// What [`Best`] has found.
struct Picked<'p> {
    candidates: Vec<Candidate<'p>>,
    total: u64,
    more: bool,
}

impl<'p> Best<'p> {
    pub(super) fn new(planned: &'p Planned) -> Self {
        let window = &planned.window;
        let keep =
            usize::try_from(window.offset.saturating_add(window.limit)).unwrap_or(usize::MAX);
        Best {
            planned,
            // One more than the page tells whether something follows.
            keep: keep.saturating_add(1),
            heap: BinaryHeap::new(),
            total: 0,
        }
    }

    /// Takes a document into account. `row` is asked for where it may be on the page.
    pub(super) fn see(&mut self, seq: i64, doc: &Value, row: impl FnOnce() -> Option<ResourceRow>) {
        self.total += 1;
        let window = &self.planned.window;
        let keys = place(&self.planned.sort, doc);
        if let Some(cursor) = &window.cursor {
            let side = compare(&self.planned.sort, (&keys, seq), (&cursor.keys, cursor.seq));
            let wanted = if window.backwards {
                Ordering::Less
            } else {
                Ordering::Greater
            };
            if side != wanted {
                return;
            }
        }
        let mut candidate = Candidate {
            sort: &self.planned.sort,
            backwards: window.backwards,
            keys,
            seq,
            row: None,
        };
        if self.heap.len() >= self.keep {
            if self.heap.peek().is_none_or(|worst| candidate >= *worst) {
                return;
            }
            self.heap.pop();
        }
        candidate.row = row();
        self.heap.push(candidate);
    }

    fn page(self) -> Picked<'p> {
        let window = &self.planned.window;
        let sorted = self.heap.into_sorted_vec();
        let offset = usize::try_from(window.offset).unwrap_or(usize::MAX);
        let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
        let more = sorted.len() > offset.saturating_add(limit);
        let mut candidates: Vec<Candidate<'_>> =
            sorted.into_iter().skip(offset).take(limit).collect();
        if window.backwards {
            candidates.reverse();
        }
        Picked {
            candidates,
            total: self.total,
            more,
        }
    }

    /// The page, where rows were kept.
    pub(super) fn found(self) -> Found {
        let Picked {
            candidates,
            total,
            more,
        } = self.page();
        let rows = candidates.into_iter().filter_map(|own| own.row);
        Found {
            rows: rows.collect(),
            total,
            more,
        }
    }
}

/// Hands every matching row with its document to `seen`.
fn each_match(
    session: &mut dyn Session,
    reader: &Reader<'_>,
    planned: &Planned,
    seen: &mut dyn FnMut(&ResourceRow, &Value),
) -> DbResult<Outcome<()>> {
    let mut read: u64 = 0;
    let mut plan = Plan {
        order: Order::Created,
        descending: false,
        after: None,
        offset: 0,
        limit: CHUNK,
        ..planned.plan.clone()
    };
    let needs_identity = planned.mentions("id")
        || planned.mentions("href")
        || planned
            .sort
            .iter()
            .any(|key| matches!(key.path.dotted(), "id" | "href"));
    let decoration = reader
        .core
        .decoration(reader.resource.kind)
        .filter(|decoration| looks_at(planned, decoration.attributes()));
    loop {
        let mut rows = session.list(&plan)?;
        if let Some(decoration) = decoration {
            decoration.decorate(session, &mut rows)?;
        }
        for row in &rows {
            let mut doc = match parse(&row.doc) {
                Ok(doc) => doc,
                Err(problem) => return Ok(Err(problem)),
            };
            if needs_identity {
                identify(reader.resource, row, &mut doc);
            }
            if planned.matches(&doc) {
                seen(row, &doc);
            }
        }
        let full = u64::try_from(rows.len()).unwrap_or(u64::MAX) >= CHUNK;
        let Some(last) = rows.last().filter(|_| full) else {
            return Ok(Ok(()));
        };
        plan.after = Some(Position {
            value: None,
            seq: last.seq,
        });
        read += CHUNK;
        let most = reader.core.limits.scan_rows;
        if read >= most {
            return Ok(Err(too_many(most)));
        }
        if reader.abandoned.load(Relaxed) {
            return Ok(Err(Problem::internal("nobody waits for the list")));
        }
    }
}

/// True when conditions or order of the list depend on one of the attributes.
fn looks_at(planned: &Planned, attributes: &[&str]) -> bool {
    let filtered = |name: &&str| {
        let residual = planned.residual.as_ref();
        residual.is_some_and(|filter| filter.mentions(name))
    };
    let sorted = |name: &&str| {
        let mut paths = planned.sort.iter().map(|key| key.path.names());
        paths.any(|names| names.first().is_some_and(|first| first == name))
    };
    attributes.iter().any(|name| filtered(name) || sorted(name))
}

/// `id` and `href` are not part of the stored document.
pub(super) fn identify(resource: &'static Resource, row: &ResourceRow, doc: &mut Value) {
    if let Some(object) = doc.as_object_mut() {
        object.insert("id".to_owned(), Value::from(row.id.clone()));
        object.insert("href".to_owned(), Value::from(mark(resource.kind, &row.id)));
    }
}

pub(super) fn too_many(rows: u64) -> Problem {
    Problem::new(
        Code::InvalidQuery,
        format!(
            "The list would have to read more than {rows} resources; filter by an indexed attribute as well."
        ),
    )
}
