//! What is stored of an order under way, beside the order itself.

use serde::{Deserialize, Serialize};

use crate::domain::problem::{Outcome, Problem};
use crate::ordering::order::{Place, Related};
use crate::ordering::run::{Run, State, Work};
use crate::store::RunRow;

/// What is to be done, and what requests to other systems repeat of the order. Changes with an
/// amendment only.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Filed {
    pub work: Work,
    pub context: Context,
}

/// What requests to other systems repeat of the order.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties: Vec<Related>,
    /// Of each item of the work.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<Vec<Place>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// How far an order is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Stage {
    /// It has no plan yet.
    #[default]
    Placed,
    /// It lacks information, and is planned again when it is changed.
    Incomplete,
    /// It has a plan and waits until other orders are through with its products.
    Queued,
    /// Its plan is carried out.
    Running,
    /// It amends another order, which has yet to say what becomes of that.
    Amending,
    Ended,
}

/// How far an order is, with each node.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    pub stage: Stage,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<State>,
}

impl Progress {
    /// Reads what is stored; nothing is stored of an order that was just placed.
    ///
    /// # Errors
    /// A fault of ours when it does not parse.
    pub fn read(row: &RunRow) -> Outcome<Self> {
        if row.progress.is_empty() {
            return Ok(Progress::default());
        }
        serde_json::from_str(&row.progress).map_err(Problem::internal)
    }
}

impl Filed {
    /// Reads what is stored; none without a plan.
    ///
    /// # Errors
    /// A fault of ours when it does not parse.
    pub fn read(row: &RunRow) -> Outcome<Option<Self>> {
        if row.work.is_empty() {
            return Ok(None);
        }
        serde_json::from_str(&row.work)
            .map(Some)
            .map_err(Problem::internal)
    }
}

/// The run of a row, with its context; none without a plan.
///
/// # Errors
/// A fault of ours when what is stored does not parse.
pub fn run_of(row: &RunRow) -> Outcome<Option<(Run, Context)>> {
    let Some(Filed { work, context }) = Filed::read(row)? else {
        return Ok(None);
    };
    let state = Progress::read(row)?.state.unwrap_or_default();
    Ok(Some((Run::from_parts(work.into(), state), context)))
}
