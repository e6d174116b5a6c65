//! From a definition to a machine, with everything that is wrong found at once.

use std::collections::BTreeMap;

use super::definition::Definition;
use super::{State, StateMachine};
use crate::domain::mode::Mode;

/// States of one machine; a slip in a generated configuration must not cost every write.
const STATES_MAX: usize = 64;
/// Characters in the name of a state.
const NAME_MAX: usize = 64;
/// States that the standard itself writes with a blank: `ProductStatusType` of TMF637.
const WITH_A_BLANK: [&str; 1] = ["aborted "];

/// Something wrong with a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The key in dotted form, as in `state_machine.customer.moves.Active`.
    pub key: String,
    /// What is wrong, to be read behind the key.
    pub message: String,
}

/// The section of the configuration that holds all machines.
pub const SECTION: &str = "state_machine";

impl Mistake {
    pub fn at(kind: &str, key: &str, message: impl Into<String>) -> Self {
        let key = match key {
            "" => format!("{SECTION}.{kind}"),
            key => format!("{SECTION}.{kind}.{key}"),
        };
        Mistake {
            key,
            message: message.into(),
        }
    }
}

/// Makes the machine of a kind. `otherwise` is the mode of a definition without one.
///
/// # Errors
/// Everything that is wrong with the definition.
pub fn build(
    kind: &str,
    definition: &Definition,
    otherwise: Mode,
) -> Result<StateMachine, Vec<Mistake>> {
    let mut builder = Builder {
        kind,
        names: definition.states.as_deref().unwrap_or_default(),
        mistakes: Vec::new(),
    };
    let attribute = builder.attribute(definition.attribute.as_deref());
    builder.check_names();
    let default = builder.default(definition.default.as_deref());
    let mut states = builder.states(definition);
    builder.moves(definition.moves.as_ref(), &mut states);
    builder.clients(definition.clients.as_ref(), &mut states);
    builder.meanings(&states, default);
    // Without sound states there is no way to tell what can be reached.
    if builder.mistakes.is_empty() {
        builder.reach(&states);
    }
    if !builder.mistakes.is_empty() {
        return Err(builder.mistakes);
    }
    Ok(StateMachine {
        kind: kind.to_owned(),
        name: definition.name.clone().unwrap_or_else(|| kind.to_owned()),
        attribute,
        mode: definition.mode.unwrap_or(otherwise),
        server_owned: false,
        default: default.unwrap_or_default(),
        states,
    })
}

struct Builder<'d> {
    kind: &'d str,
    names: &'d [String],
    mistakes: Vec<Mistake>,
}

impl Builder<'_> {
    fn complain(&mut self, key: &str, message: impl Into<String>) {
        self.mistakes.push(Mistake::at(self.kind, key, message));
    }

    fn attribute(&mut self, given: Option<&str>) -> String {
        match given {
            Some(name) if !name.is_empty() => return name.to_owned(),
            Some(_) => self.complain("attribute", "must name an attribute"),
            None => self.complain(
                "attribute",
                "is missing: the attribute that holds the state",
            ),
        }
        String::new()
    }

    fn check_names(&mut self) {
        if self.names.is_empty() {
            return self.complain("states", "is missing: the list of all states");
        }
        if self.names.len() > STATES_MAX {
            let message = format!("has {} states; {STATES_MAX} are the most", self.names.len());
            return self.complain("states", message);
        }
        for (at, name) in self.names.iter().enumerate() {
            let length = name.chars().count();
            let ours = WITH_A_BLANK.contains(&name.as_str());
            let blank = (name.trim() != name && !ours) || name.is_empty();
            if blank || length > NAME_MAX || name.chars().any(char::is_control) {
                let message = format!(
                    "must be names of 1 to {NAME_MAX} characters without blanks around them, not `{}`",
                    name.escape_debug()
                );
                self.complain("states", message);
            }
            if self.place(name) != Some(at) {
                self.complain("states", format!("has `{name}` twice"));
            }
        }
    }

    fn place(&self, name: &str) -> Option<usize> {
        let mut names = self.names.iter();
        names.position(|known| known.eq_ignore_ascii_case(name))
    }

    /// The place of a state; one that there is not is a mistake.
    fn find(&mut self, key: &str, name: &str) -> Option<usize> {
        let place = self.place(name);
        if place.is_none() {
            let states = self.names.join(", ");
            let message = format!("names the state `{name}`, which is none of: {states}");
            self.complain(key, message);
        }
        place
    }

    fn default(&mut self, given: Option<&str>) -> Option<usize> {
        match given {
            Some(name) => self.find("default", name),
            None => {
                self.complain(
                    "default",
                    "is missing: the state of a resource that comes without one",
                );
                None
            }
        }
    }

    /// The states with what they mean, still without moves.
    fn states(&mut self, definition: &Definition) -> Vec<State> {
        let initial = self.marked("initial", definition.initial.as_deref());
        let active = self.marked("active", definition.active.as_deref());
        let ended = self.marked("ended", definition.ended.as_deref());
        let state = |(at, name): (usize, &String)| State {
            name: name.clone(),
            initial: initial.contains(&at),
            active: active.contains(&at),
            ended: ended.contains(&at),
            next: Vec::new(),
            by_clients: Vec::new(),
        };
        self.names.iter().enumerate().map(state).collect()
    }

    fn marked(&mut self, key: &str, names: Option<&[String]>) -> Vec<usize> {
        let names = names.unwrap_or_default().iter();
        names.filter_map(|name| self.find(key, name)).collect()
    }

    fn moves(&mut self, moves: Option<&BTreeMap<String, Vec<String>>>, states: &mut [State]) {
        for (from, next) in moves.into_iter().flatten() {
            let key = format!("moves.{from}");
            let Some(at) = self.find(&key, from) else {
                continue;
            };
            let mut places: Vec<usize> = Vec::with_capacity(next.len());
            for name in next {
                match self.find(&key, name) {
                    Some(place) if place == at => {
                        self.complain(&key, "leads to itself; staying in a state is no move");
                    }
                    Some(place) if places.contains(&place) => {
                        self.complain(&key, format!("has `{name}` twice"));
                    }
                    Some(place) => places.push(place),
                    None => {}
                }
            }
            match states.get_mut(at) {
                Some(state) if state.next.is_empty() => state.next = places,
                _ => self.complain(&key, "stands there twice"),
            }
        }
    }

    /// The moves that clients may make: all, unless the definition says which.
    fn clients(&mut self, moves: Option<&BTreeMap<String, Vec<String>>>, states: &mut [State]) {
        let Some(moves) = moves else {
            for state in states {
                state.by_clients.clone_from(&state.next);
            }
            return;
        };
        for (from, next) in moves {
            let key = format!("clients.{from}");
            let Some(at) = self.find(&key, from) else {
                continue;
            };
            for name in next {
                let Some(place) = self.find(&key, name) else {
                    continue;
                };
                match states.get_mut(at) {
                    Some(state) if state.next.contains(&place) => state.by_clients.push(place),
                    _ => self.complain(&key, format!("leads to `{name}`, as no move does")),
                }
            }
        }
    }

    fn meanings(&mut self, states: &[State], default: Option<usize>) {
        if !states.is_empty() && !states.iter().any(|state| state.initial) {
            self.complain("initial", "is missing: states to be created in");
        } else if let Some(state) = default.and_then(|at| states.get(at))
            && !state.initial
        {
            let message = format!(
                "is `{}`, which is not among the states of `initial`",
                state.name
            );
            self.complain("default", message);
        }
        for state in states.iter().filter(|state| state.active && state.ended) {
            let message = format!("has `{}`, which is in `active` too", state.name);
            self.complain("ended", message);
        }
    }

    /// A state that no way leads to is a slip: a move is missing, or the state is.
    fn reach(&mut self, states: &[State]) {
        let mut reached: Vec<bool> = states.iter().map(|state| state.initial).collect();
        let mut open: Vec<&State> = states.iter().filter(|state| state.initial).collect();
        while let Some(state) = open.pop() {
            for at in &state.next {
                if let (Some(known @ false), Some(next)) = (reached.get_mut(*at), states.get(*at)) {
                    *known = true;
                    open.push(next);
                }
            }
        }
        let lost = states.iter().zip(reached).filter(|(_, reached)| !reached);
        for (state, _) in lost {
            let message = format!(
                "has `{}`, which nothing starts in and no move leads to",
                state.name
            );
            self.complain("states", message);
        }
    }
}
