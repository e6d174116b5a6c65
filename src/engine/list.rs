//! Lists: filter, order, window, count (TMF630 part 1, 4.3 to 4.7).

use std::sync::Arc;
use std::sync::atomic::{self, AtomicBool};

use super::behaviour::{Caller, Source};
use super::cursor::Cursor;
use super::plan::{Planned, plan};
use super::row::parse;
use super::scan::{Found, Reader, place, scan};
use super::{Engine, derived};
use crate::domain::descriptor::Resource;
use crate::domain::problem::Outcome;
use crate::domain::query::{Fields, Paging, SortKey, page_links, parse_list};
use crate::store::{Attributes, DbResult, Match, Order, Plan, ResourceRow, Session};

/// Up to so many candidates are read and sorted here rather than looked up one by one along the
/// index that gives the order.
const FEW: u64 = 2_000;

/// A page of a list.
#[derive(Debug)]
pub struct Page {
    pub rows: Vec<ResourceRow>,
    pub fields: Fields,
    /// Of the filtered set.
    pub total: u64,
    /// The client asked for a part and got one.
    pub partial: bool,
    /// Value of the `Link` header.
    pub link: Option<String>,
    /// Cursors of the first and last item, for `before` and `after`.
    pub first: Option<String>,
    pub last: Option<String>,
}

impl Engine {
    /// Answers a list request. `url` is the list's address without a query.
    ///
    /// # Errors
    /// `InvalidQuery` naming the parameter; `Unavailable` for a scan that takes too long.
    pub async fn list(
        &self,
        resource: &'static Resource,
        url: &str,
        raw_query: &str,
        caller: &Caller,
    ) -> Outcome<Page> {
        let request = parse_list(raw_query, resource)?;
        let canonical = self.core.canonical(resource)?;
        let fields = request.fields.clone();
        let by_cursor = request.after.is_some() || request.before.is_some();
        let attributes = self.store.attributes();
        let planned = Arc::new(plan(
            &self.core,
            attributes,
            caller.tenant,
            resource,
            request,
        )?);
        let work = Arc::clone(&planned);
        let core = Arc::clone(&self.core);
        let store = self.store.clone();
        let (_waiting, abandoned) = Waiting::new();
        let tenant = caller.tenant;
        let found = self
            .store
            .scan(move |session| {
                let reader = Reader {
                    core: &core,
                    resource: canonical,
                    abandoned: &abandoned,
                };
                if let Some(derived) = core.behaviour(canonical.kind).derived() {
                    let mut source = Source {
                        session,
                        attributes: store.attributes(),
                        tenant,
                        now: core.clock.now(),
                    };
                    return Ok(derived::list(&mut source, &reader, derived, &work));
                }
                let mut found = find(session, &reader, store.attributes(), &work)?;
                if let Ok(found) = &mut found {
                    core.decorate(session, &mut found.rows)?;
                }
                Ok(found)
            })
            .await??;
        Ok(page(found, &planned, fields, by_cursor, url, raw_query))
    }
}

/// Lives as long as somebody waits for the answer.
struct Waiting(Arc<AtomicBool>);

impl Waiting {
    fn new() -> (Self, Arc<AtomicBool>) {
        let abandoned = Arc::new(AtomicBool::new(false));
        (Waiting(Arc::clone(&abandoned)), abandoned)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, atomic::Ordering::Relaxed);
    }
}

fn find(
    session: &mut dyn Session,
    reader: &Reader<'_>,
    attributes: &Attributes,
    planned: &Planned,
) -> DbResult<Outcome<Found>> {
    if planned.needs_documents() || !planned.indexed_order {
        return scan(session, reader, planned);
    }
    let total = count(session, attributes, &planned.plan)?;
    let restricted = !planned.plan.conditions.is_empty();
    if matches!(planned.plan.order, Order::Attribute(_)) && restricted && total <= FEW {
        return scan(session, reader, planned);
    }
    let window = &planned.window;
    let mut rows = if window.limit == 0 {
        Vec::new()
    } else {
        session.list(&Plan {
            offset: window.offset,
            limit: window.limit.saturating_add(1),
            ..planned.plan.clone()
        })?
    };
    let limit = usize::try_from(window.limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    if window.backwards {
        rows.reverse();
    }
    Ok(Ok(Found { rows, total, more }))
}

/// The size of the filtered set: kept counts where they tell it, the index otherwise.
fn count(session: &mut dyn Session, attributes: &Attributes, plan: &Plan) -> DbResult<u64> {
    let tallied = |attribute: i64| attributes.is_tallied(attribute) && plan.ids.is_none();
    let n = match plan.conditions.as_slice() {
        [] if plan.current_only && plan.ids.is_none() => {
            session.tally(plan.tenant, plan.kind, 0, &[String::new()])?
        }
        [only] if plan.current_only && tallied(only.attribute) => match &only.test {
            Match::Equals(value) => session.tally(
                plan.tenant,
                plan.kind,
                only.attribute,
                std::slice::from_ref(value),
            )?,
            Match::AnyOf(values) => {
                let mut values = values.clone();
                values.sort_unstable();
                values.dedup();
                session.tally(plan.tenant, plan.kind, only.attribute, &values)?
            }
            Match::Range { .. } => session.count(plan)?,
        },
        _ => session.count(plan)?,
    };
    Ok(u64::try_from(n).unwrap_or(0))
}

fn page(
    found: Found,
    planned: &Planned,
    fields: Fields,
    by_cursor: bool,
    url: &str,
    raw_query: &str,
) -> Page {
    let Found { rows, total, more } = found;
    let window = &planned.window;
    let sort = &planned.sort;
    let first = rows.first().and_then(|row| cursor(sort, row));
    let last = rows.last().and_then(|row| cursor(sort, row));
    let shown = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let link = if by_cursor {
        let (has_next, has_prev) = match (window.backwards, window.cursor.is_some()) {
            (true, _) => (true, more),
            (false, beyond_start) => (more, beyond_start),
        };
        Some(page_links(
            url,
            raw_query,
            &Paging::Cursor {
                limit: Some(window.limit),
                next: last.as_deref().filter(|_| has_next),
                prev: first.as_deref().filter(|_| has_prev),
            },
        ))
    } else if window.asked || more {
        Some(page_links(
            url,
            raw_query,
            &Paging::Offset {
                offset: window.offset,
                limit: window.limit,
                total: Some(total),
                more,
            },
        ))
    } else {
        None
    };
    Page {
        partial: window.asked && shown < total,
        rows,
        fields,
        total,
        link,
        first,
        last,
    }
}

fn cursor(sort: &[SortKey], row: &ResourceRow) -> Option<String> {
    let keys = if sort.is_empty() {
        Vec::new()
    } else {
        place(sort, &parse(&row.doc).ok()?)
    };
    Some(Cursor { keys, seq: row.seq }.encode(sort))
}
