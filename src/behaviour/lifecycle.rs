//! The life cycle of what a catalog holds (TMF620 user guide): where it starts, how it moves, and
//! what its state means to other rules.

use serde_json::Value;

use super::Mode;
use crate::domain::lifecycle::CATALOG_LIFECYCLE;
use crate::domain::problem::Outcome;
use crate::engine::Change;

/// States in which a resource is history: it may refer to what is gone and holds nothing in place.
const ENDED: [&str; 3] = ["Retired", "Obsolete", "Rejected"];
/// States in which it can be ordered.
const OFFERED: [&str; 2] = ["Active", "Launched"];

fn is_one_of(state: Option<&str>, states: &[&str]) -> bool {
    state.is_some_and(|state| {
        states
            .iter()
            .any(|known| CATALOG_LIFECYCLE.is(state, known))
    })
}

/// True unless the state is one that ends a life.
pub fn is_live(state: Option<&str>) -> bool {
    !is_one_of(state, &ENDED)
}

/// True for a version that is offered; such a version is what its id means.
pub fn is_offered(state: Option<&str>) -> bool {
    is_one_of(state, &OFFERED)
}

/// Gives a new document its first state, or checks the one it came with.
///
/// # Errors
/// In strict mode, what the state machine refuses.
pub fn begin(change: &Change<'_, '_>, mode: Mode, doc: &mut Value) -> Outcome<()> {
    if let Some(state) = state_of(doc) {
        return judge(change, mode, CATALOG_LIFECYCLE.check_initial(state));
    }
    set(doc, CATALOG_LIFECYCLE.default);
    Ok(())
}

/// Checks the move from the state of the old document to that of the new one. A state that the new
/// one lacks, because a patch removed it or an import does not name it, stays as it was.
///
/// # Errors
/// In strict mode, what the state machine refuses.
pub fn go_on(change: &Change<'_, '_>, mode: Mode, old: &Value, doc: &mut Value) -> Outcome<()> {
    match (state_of(old), state_of(doc)) {
        (Some(from), Some(to)) => judge(change, mode, CATALOG_LIFECYCLE.check_move(from, to)),
        (Some(from), None) => {
            set(doc, from);
            Ok(())
        }
        (None, _) => begin(change, mode, doc),
    }
}

fn state_of(doc: &Value) -> Option<&str> {
    doc.get(CATALOG_LIFECYCLE.attribute)?.as_str()
}

fn set(doc: &mut Value, state: &str) {
    if let Some(object) = doc.as_object_mut() {
        object.insert(CATALOG_LIFECYCLE.attribute.to_owned(), Value::from(state));
    }
}

fn judge(change: &Change<'_, '_>, mode: Mode, result: Outcome<()>) -> Outcome<()> {
    match (mode, result) {
        (Mode::Strict, result) => result,
        (Mode::Warn, Err(problem)) => {
            let (kind, id) = (change.resource.kind, change.id);
            tracing::warn!(kind, id, message = %problem.message, "a state was kept");
            Ok(())
        }
        _ => Ok(()),
    }
}
