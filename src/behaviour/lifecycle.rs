//! The states of a kind as its rules see them: where a resource starts, how it moves, and what its
//! state means to other rules.

use std::sync::Arc;

use serde_json::Value;

use super::order::ENGINE;
use crate::domain::mode::Mode;
use crate::domain::problem::Outcome;
use crate::domain::state_machine::{Machines, State, StateMachine};
use crate::engine::Change;

/// The states of one kind. A kind without a machine has none, so it never ends.
#[derive(Clone)]
pub struct States {
    machine: Option<Arc<StateMachine>>,
}

impl States {
    /// The states of a kind.
    pub fn of(kind: &str, machines: &Machines) -> Self {
        States {
            machine: machines.of(kind).cloned(),
        }
    }

    /// True unless the state is one that ends a life.
    pub fn is_live(&self, state: Option<&str>) -> bool {
        !self.means(state, State::is_ended)
    }

    /// True unless the document is in a state that ends a life.
    pub fn is_live_document(&self, doc: &Value) -> bool {
        let machine = self.machine.as_deref();
        self.is_live(machine.and_then(|machine| state_of(machine, doc)))
    }

    /// True for a state of what is in use; such a version is what its id means. Without states
    /// everything is.
    pub fn is_active(&self, state: Option<&str>) -> bool {
        self.machine.is_none() || self.means(state, State::is_active)
    }

    /// True for a state in which what was in use pauses: an active state leads to it, and it is
    /// neither active nor the end.
    pub fn is_interruption(&self, state: &str) -> bool {
        let Some(machine) = self.machine.as_deref() else {
            return false;
        };
        let pauses = |known: &State| !known.is_active() && !known.is_ended();
        let leads_here = |from: &State| {
            from.is_active()
                && machine
                    .next(from)
                    .any(|next| next.eq_ignore_ascii_case(state))
        };
        machine.state(state).is_some_and(pauses) && machine.states().iter().any(leads_here)
    }

    /// The attribute of the state and the state that ends a life from here, when there is a way.
    pub fn end_after(&self, state: &str) -> Option<(&str, &str)> {
        let machine = self.machine.as_deref()?;
        let ends = |next: &&str| machine.state(next).is_some_and(State::is_ended);
        let end = machine.next(machine.state(state)?).find(ends)?;
        Some((machine.attribute(), end))
    }

    /// The states that a client may choose from a state.
    pub fn next_by_clients<'m>(&'m self, state: &str) -> impl Iterator<Item = &'m str> {
        let machine = self.machine.as_deref();
        let known = machine.and_then(|machine| Some((machine, machine.state(state)?)));
        known
            .into_iter()
            .flat_map(|(machine, state)| machine.next_by_clients(state))
    }

    fn means(&self, state: Option<&str>, meaning: impl Fn(&State) -> bool) -> bool {
        let known = self.machine.as_deref().zip(state);
        known
            .and_then(|(machine, text)| machine.state(text))
            .is_some_and(meaning)
    }

    /// Gives a new document its first state, or checks the one it came with.
    ///
    /// # Errors
    /// In strict mode, what the state machine refuses.
    pub fn begin(&self, change: &Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let Some(machine) = self.machine.as_deref() else {
            return Ok(());
        };
        if let Some(state) = state_of(machine, doc) {
            return judge(change, machine, |machine| machine.check_initial(state));
        }
        set(machine, doc, machine.default_state());
        Ok(())
    }

    /// Checks the move from the state of the old document to that of the new one. A state that the
    /// new one lacks, because a patch removed it or an import does not name it, stays as it was.
    ///
    /// # Errors
    /// In strict mode, what the state machine refuses.
    pub fn go_on(&self, change: &Change<'_, '_>, old: &Value, doc: &mut Value) -> Outcome<()> {
        let Some(machine) = self.machine.as_deref() else {
            return Ok(());
        };
        match (state_of(machine, old), state_of(machine, doc)) {
            // The work of orders writes down what happened elsewhere: that is so, whether it should
            // be or not. What was ended is there again when its end is taken back.
            (Some(_), Some(_)) if change.caller.principal == ENGINE => Ok(()),
            (Some(from), Some(to)) if change.caller.is_server() => {
                judge(change, machine, |machine| machine.check_move(from, to))
            }
            (Some(from), Some(to)) => judge(change, machine, |machine| {
                machine.check_client_move(from, to)
            }),
            (Some(from), None) => {
                set(machine, doc, from);
                Ok(())
            }
            (None, _) => self.begin(change, doc),
        }
    }
}

fn state_of<'d>(machine: &StateMachine, doc: &'d Value) -> Option<&'d str> {
    doc.get(machine.attribute())?.as_str()
}

fn set(machine: &StateMachine, doc: &mut Value, state: &str) {
    if let Some(object) = doc.as_object_mut() {
        object.insert(machine.attribute().to_owned(), Value::from(state));
    }
}

fn judge(
    change: &Change<'_, '_>,
    machine: &StateMachine,
    check: impl Fn(&StateMachine) -> Outcome<()>,
) -> Outcome<()> {
    if machine.mode() == Mode::Off {
        return Ok(());
    }
    match (machine.mode(), check(machine)) {
        (Mode::Warn, Err(problem)) => {
            let (kind, id) = (change.resource.kind, change.id);
            tracing::warn!(kind, id, problem = %problem.logged(), "a state was kept");
            Ok(())
        }
        (_, result) => result,
    }
}
