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
    Condition, DbError, DbResult, Match, Plan, Position, RangeOp, ResourceRow, Session,
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

/// Instants from one on and before another.
fn between(attribute: i64, from: Micros, to: Micros) -> [Condition; 2] {
    let bound = |at: Micros| {
        let text = Value::from(at.to_rfc3339());
        index_key(Scalar::DateTime, &text).unwrap_or_default()
    };
    [
        (RangeOp::GreaterOrEqual, bound(from)),
        (RangeOp::Less, bound(to)),
    ]
    .map(|(op, bound)| Condition {
        attribute,
        test: Match::Range { op, bound },
    })
}

/// An instant in a question.
fn instant(name: &str, text: Option<String>) -> Outcome<Option<Micros>> {
    let read = |text: String| {
        let message = "must be a date and time with its offset";
        Micros::parse(&text).ok_or_else(|| Problem::at(Code::InvalidQuery, name, message))
    };
    text.map(read).transpose()
}
