//! Reports over all that is stored: who owes what for how long, and the journal.

pub mod aging;
pub mod journal;

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Scalar;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::index_key;
use crate::store::{
    Condition, DbError, DbResult, Match, Order, Plan, Position, RangeOp, ResourceRow, Session,
};

/// Resources that are read at a time.
const PAGE: u64 = 500;

/// Takes a page; an error ends it all.
type Take<'t> = &'t mut dyn FnMut(&mut dyn Session, Vec<ResourceRow>) -> DbResult<()>;

/// Hands out all that a plan finds, page by page.
fn pages(session: &mut dyn Session, mut plan: Plan, take: Take<'_>) -> DbResult<()> {
    plan.limit = PAGE;
    loop {
        let rows = session.list(&plan)?;
        let Some(last) = rows.last().map(|row| row.seq) else {
            return Ok(());
        };
        take(session, rows)?;
        plan.after = Some(Position {
            value: None,
            seq: last,
        });
    }
}

/// The document of a row, where a report is made inside a read.
fn read(row: &ResourceRow) -> DbResult<Value> {
    document(row).map_err(|problem| DbError::Fault(problem.to_string()))
}

fn is(attribute: i64, value: &str) -> Condition {
    Condition {
        attribute,
        test: Match::Equals(value.to_owned()),
    }
}

/// What has a date in some time: the attribute, and what else is asked of it.
struct Dated {
    attribute: i64,
    name: &'static str,
    from: Micros,
    /// Not part of it.
    to: Micros,
    more: Vec<Condition>,
}

fn key(at: &Value) -> String {
    index_key(Scalar::DateTime, at).unwrap_or_default()
}

/// Hands out what has a date in some time, by the date and then in order of creation, page by page. Each page is
/// read from where the one before has ended, however many there are.
fn by_date(
    session: &mut dyn Session,
    (tenant, kind): (i64, &'static str),
    dated: &Dated,
    take: Take<'_>,
) -> DbResult<()> {
    let bound = |op, bound| Condition {
        attribute: dated.attribute,
        test: Match::Range { op, bound },
    };
    let from = key(&Value::from(dated.from.to_rfc3339()));
    let to = key(&Value::from(dated.to.to_rfc3339()));
    let mut after: Option<Position> = None;
    loop {
        let mut conditions = vec![bound(RangeOp::Less, to.clone())];
        // Behind the first page the position says where to begin, to the row: thousands have the same date.
        if after.is_none() {
            conditions.push(bound(RangeOp::GreaterOrEqual, from.clone()));
        }
        conditions.extend(dated.more.iter().cloned());
        let rows = session.list(&Plan {
            conditions,
            order: Order::Attribute(dated.attribute),
            after,
            limit: PAGE,
            ..Plan::all(tenant, kind)
        })?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = Some(Position {
            value: read(last)?.get(dated.name).map(key),
            seq: last.seq,
        });
        take(session, rows)?;
    }
}

/// An instant in a question.
fn instant(name: &str, text: Option<String>) -> Outcome<Option<Micros>> {
    let read = |text: String| {
        let message = "must be a date and time with its offset";
        Micros::parse(&text).ok_or_else(|| Problem::at(Code::InvalidQuery, name, message))
    };
    text.map(read).transpose()
}
