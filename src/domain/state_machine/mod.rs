//! State machines as data: which states a kind of resource has, where it starts, which moves there
//! are, and what its states mean to other rules.
//!
//! - `machines.toml` has the machines that the server comes with;
//! - `definition` is what such a file, or an operator's configuration, says of one, and how the
//!   operator's word is laid over ours;
//! - `build` makes a machine of a definition and finds everything that is wrong with it;
//! - `machines` keeps them by kind.
//!
//! Most state attributes are free text in the standards. Here they hold one of the states of the
//! machine, in any letter case (kits write `active`), and are stored as they were sent. A state of
//! another name is refused as a bad value, a move that the machine does not have as a bad
//! transition. Where an operator switched the checks off or changed the states, a document may come
//! from a state that the machine does not know, and then moves to any other.

mod build;
mod definition;
mod machines;
#[cfg(test)]
mod tests;

use super::mode::Mode;
use super::problem::{Code, Outcome, Problem};

pub use build::Mistake;
pub use definition::{Definition, Definitions};
pub use machines::Machines;

/// The states of one kind of resource. Made by [`Machines::build`], which makes sure that it is
/// consistent: states are numbered by their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateMachine {
    kind: String,
    name: String,
    attribute: String,
    mode: Mode,
    server_owned: bool,
    default: usize,
    states: Vec<State>,
}

/// A state and what may follow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    name: String,
    initial: bool,
    active: bool,
    ended: bool,
    next: Vec<usize>,
    /// Of those, what clients may choose.
    by_clients: Vec<usize>,
}

impl State {
    /// The spelling of the machine.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A resource may be created in it.
    pub const fn is_initial(&self) -> bool {
        self.initial
    }

    /// What is in it is in use: offered, served.
    pub const fn is_active(&self) -> bool {
        self.active
    }

    /// What is in it is history: it may refer to what is gone and holds nothing in place.
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Nothing follows it.
    pub const fn is_final(&self) -> bool {
        self.next.is_empty()
    }
}

impl StateMachine {
    /// The kind of resource that has these states.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// What the states are called, for people.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The attribute of the stored form that holds the state.
    pub fn attribute(&self) -> &str {
        &self.attribute
    }

    /// What happens to states and moves that the machine does not have.
    pub const fn mode(&self) -> Mode {
        self.mode
    }

    /// The server alone moves the states; clients and operators do not.
    pub const fn is_server_owned(&self) -> bool {
        self.server_owned
    }

    /// The state of a resource that comes without one.
    pub fn default_state(&self) -> &str {
        self.states.get(self.default).map_or("", State::name)
    }

    /// All states, in the order of the machine.
    pub fn states(&self) -> &[State] {
        &self.states
    }

    /// The state that a text means, when the machine has it.
    pub fn state(&self, text: &str) -> Option<&State> {
        let means = |state: &&State| state.name.eq_ignore_ascii_case(text);
        self.states.iter().find(means)
    }

    /// The states that may follow one of this machine's.
    pub fn next<'m>(&'m self, state: &'m State) -> impl Iterator<Item = &'m str> {
        let places = state.next.iter();
        places.filter_map(|at| self.states.get(*at).map(State::name))
    }

    /// Of the states that may follow one of this machine's, those that clients may choose.
    pub fn next_by_clients<'m>(&'m self, state: &'m State) -> impl Iterator<Item = &'m str> {
        let places = state.by_clients.iter();
        places.filter_map(|at| self.states.get(*at).map(State::name))
    }

    /// Checks the state that a resource is created in.
    ///
    /// # Errors
    /// [`Code::InvalidBody`] for a text that is no state, [`Code::BadTransition`] for a state that
    /// nothing starts in; both name the states that are possible.
    pub fn check_initial(&self, text: &str) -> Outcome<()> {
        let state = self.known(text)?;
        if state.initial {
            return Ok(());
        }
        let initial = self.states.iter().filter(|state| state.initial);
        let message = format!(
            "cannot start as '{}'; it can start as: {}",
            state.name,
            listed(initial.map(State::name))
        );
        Err(self.refuse(Code::BadTransition, message))
    }

    /// Checks a change of state. Staying in a state is no change.
    ///
    /// # Errors
    /// [`Code::InvalidBody`] for a text that is no state, [`Code::BadTransition`] for a move that
    /// the machine does not have; the message names the moves that it has.
    pub fn check_move(&self, from: &str, to: &str) -> Outcome<()> {
        if from.eq_ignore_ascii_case(to) {
            return Ok(());
        }
        let to = self.known(to)?;
        let Some(from) = self.state(from) else {
            return Ok(());
        };
        if self.next(from).any(|next| next == to.name) {
            return Ok(());
        }
        Err(self.refuse_move(from, to))
    }

    /// Checks a change of state that a client asks for.
    ///
    /// # Errors
    /// Like [`StateMachine::check_move`]; [`Code::BadTransition`] for a move that the server alone
    /// makes, too.
    pub fn check_client_move(&self, from: &str, to: &str) -> Outcome<()> {
        self.check_move(from, to)?;
        if from.eq_ignore_ascii_case(to) {
            return Ok(());
        }
        let (Some(from), Some(to)) = (self.state(from), self.state(to)) else {
            return Ok(());
        };
        if self.next_by_clients(from).any(|next| next == to.name) {
            return Ok(());
        }
        let choice = match from.by_clients.is_empty() {
            true => "a client changes nothing there".to_owned(),
            false => format!(
                "from there a client can only set: {}",
                listed(self.next_by_clients(from))
            ),
        };
        let message = format!(
            "the server alone changes '{}' to '{}'; {choice}",
            from.name, to.name
        );
        Err(self.refuse(Code::BadTransition, message))
    }

    fn refuse_move(&self, from: &State, to: &State) -> Problem {
        let allowed = if from.is_final() {
            format!("'{}' is final", from.name)
        } else {
            format!("from there it can become: {}", listed(self.next(from)))
        };
        let message = format!(
            "cannot change from '{}' to '{}'; {allowed}",
            from.name, to.name
        );
        self.refuse(Code::BadTransition, message)
    }

    fn known(&self, text: &str) -> Outcome<&State> {
        self.state(text).ok_or_else(|| {
            let states = listed(self.states.iter().map(State::name));
            self.refuse(Code::InvalidBody, format!("must be one of: {states}"))
        })
    }

    fn refuse(&self, code: Code, message: String) -> Problem {
        Problem::at(code, format!("/{}", self.attribute), message)
    }
}

fn listed<'t>(names: impl Iterator<Item = &'t str>) -> String {
    names.collect::<Vec<_>>().join(", ")
}
