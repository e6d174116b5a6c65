//! What a file says of one machine. Every part may be missing: an operator names only what differs.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::mode::Mode;

/// An operator's definitions by kind: the sections `[state_machine.KIND]` of the configuration.
pub type Definitions = BTreeMap<String, Definition>;

/// A machine as written. The keys are explained in `machines.toml`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    pub name: Option<String>,
    pub attribute: Option<String>,
    pub states: Option<Vec<String>>,
    pub default: Option<String>,
    pub initial: Option<Vec<String>>,
    pub active: Option<Vec<String>>,
    pub ended: Option<Vec<String>>,
    pub moves: Option<BTreeMap<String, Vec<String>>>,
    pub clients: Option<BTreeMap<String, Vec<String>>>,
    pub mode: Option<Mode>,
}

impl Definition {
    /// The keys that a definition may have.
    pub const KEYS: [&'static str; 10] = [
        "name",
        "attribute",
        "states",
        "default",
        "initial",
        "active",
        "ended",
        "moves",
        "clients",
        "mode",
    ];

    /// Reads a table of a TOML file.
    ///
    /// # Errors
    /// For a key that there is not and for a value of the wrong kind.
    pub fn try_from_table(table: toml::Table) -> Result<Self, toml::de::Error> {
        table.try_into()
    }

    /// This definition laid over another one. What it names replaces what the other one says; of
    /// the moves, those of each state by itself. Where it lists the states anew, what the other one
    /// says of states that are no longer listed is dropped with them.
    #[must_use]
    pub fn over(&self, base: &Definition) -> Definition {
        let base = match &self.states {
            Some(states) => base.among(states),
            None => base.clone(),
        };
        Definition {
            name: self.name.clone().or(base.name),
            attribute: self.attribute.clone().or(base.attribute),
            states: self.states.clone().or(base.states),
            default: self.default.clone().or(base.default),
            initial: self.initial.clone().or(base.initial),
            active: self.active.clone().or(base.active),
            ended: self.ended.clone().or(base.ended),
            moves: merged(self.moves.as_ref(), base.moves),
            clients: merged(self.clients.as_ref(), base.clients),
            mode: self.mode.or(base.mode),
        }
    }

    /// What is left when there are only those states. The default stays, so that its absence is
    /// noticed.
    fn among(&self, states: &[String]) -> Definition {
        let kept = |names: &Vec<String>| {
            let names = names.iter().filter(|name| has(states, name));
            names.cloned().collect::<Vec<String>>()
        };
        let kept_moves = |moves: &BTreeMap<String, Vec<String>>| {
            let moves = moves.iter().filter(|(from, _)| has(states, from));
            moves
                .map(|(from, next)| (from.clone(), kept(next)))
                .collect()
        };
        Definition {
            initial: self.initial.as_ref().map(kept),
            active: self.active.as_ref().map(kept),
            ended: self.ended.as_ref().map(kept),
            moves: self.moves.as_ref().map(kept_moves),
            clients: self.clients.as_ref().map(kept_moves),
            ..self.clone()
        }
    }
}

fn has(states: &[String], name: &str) -> bool {
    states.iter().any(|state| state.eq_ignore_ascii_case(name))
}

fn merged(
    own: Option<&BTreeMap<String, Vec<String>>>,
    base: Option<BTreeMap<String, Vec<String>>>,
) -> Option<BTreeMap<String, Vec<String>>> {
    let Some(own) = own else { return base };
    let mut moves = base.unwrap_or_default();
    // The same state in another letter case is the same state.
    moves.retain(|from, _| !own.keys().any(|state| state.eq_ignore_ascii_case(from)));
    moves.extend(own.clone());
    Some(moves)
}
