//! State machines as data: which states there are, where a resource starts, which moves it has.
//!
//! `lifecycleStatus` is free text in the standard. Here it is one of the states of the user guide,
//! in any letter case (kits write `active`), and is stored as it was sent. A state of another name
//! is refused as a bad value, a move that the machine does not have as a bad transition; an
//! operator whose catalog has states of its own switches the checks off, so a document may come
//! from such a state, and then moves to any other.

use crate::domain::problem::{Code, Outcome, Problem};

/// The states of one attribute.
#[derive(Debug)]
pub struct StateMachine {
    /// What has the states, for messages.
    pub name: &'static str,
    /// The attribute that holds the state.
    pub attribute: &'static str,
    /// The state of a resource that comes without one.
    pub default: &'static str,
    /// States that a resource may be created in.
    pub initial: &'static [&'static str],
    /// All states, each with those that may follow it. One that none follows is final.
    pub moves: &'static [(&'static str, &'static [&'static str])],
}

/// Life cycle of catalogs, categories, offerings, prices and specifications (TMF620 user guide).
///
/// A resource may be created in any state but the final ones, because live catalogs are migrated;
/// without a state it starts at the beginning, In Study.
pub static CATALOG_LIFECYCLE: StateMachine = StateMachine {
    name: "life cycle",
    attribute: "lifecycleStatus",
    default: "In Study",
    initial: &[
        "In Study",
        "In Design",
        "In Test",
        "Active",
        "Launched",
        "Retired",
    ],
    moves: &[
        ("In Study", &["In Design"]),
        ("In Design", &["In Test"]),
        ("In Test", &["Active", "Rejected"]),
        ("Rejected", &[]),
        ("Active", &["Launched", "Retired"]),
        ("Launched", &["Retired"]),
        ("Retired", &["Obsolete"]),
        ("Obsolete", &[]),
    ],
};

/// States of import and export jobs (`JobStateType`). A job that cannot even start fails at once.
pub static JOB_STATES: StateMachine = StateMachine {
    name: "job",
    attribute: "status",
    default: "Not Started",
    initial: &["Not Started"],
    moves: &[
        ("Not Started", &["Running", "Failed"]),
        ("Running", &["Succeeded", "Failed"]),
        ("Succeeded", &[]),
        ("Failed", &[]),
    ],
};

impl StateMachine {
    /// The machine's spelling of a state, when it has the state.
    pub fn state(&self, text: &str) -> Option<&'static str> {
        self.moves
            .iter()
            .map(|(state, _)| *state)
            .find(|state| state.eq_ignore_ascii_case(text))
    }

    /// Whether a text means that state.
    pub fn is(&self, text: &str, state: &str) -> bool {
        text.eq_ignore_ascii_case(state)
    }

    /// All states, in the order of the machine.
    pub fn states(&self) -> impl Iterator<Item = &'static str> {
        self.moves.iter().map(|(state, _)| *state)
    }

    /// The states that may follow; empty for a final state and for one that the machine lacks.
    pub fn next(&self, from: &str) -> &'static [&'static str] {
        let known = |(state, _): &&(&'static str, _)| state.eq_ignore_ascii_case(from);
        self.moves.iter().find(known).map_or(&[], |(_, next)| next)
    }

    /// True for a state that nothing follows.
    pub fn is_final(&self, state: &str) -> bool {
        self.state(state).is_some() && self.next(state).is_empty()
    }

    /// Checks the state that a resource is created in.
    ///
    /// # Errors
    /// [`Code::InvalidBody`] for a text that is no state, [`Code::BadTransition`] for a state that
    /// nothing starts in; both name the states that are possible.
    pub fn check_initial(&self, state: &str) -> Outcome<()> {
        let known = self.known(state)?;
        if self.initial.contains(&known) {
            return Ok(());
        }
        Err(self.refuse(
            Code::BadTransition,
            format!(
                "a {} cannot start as '{known}'; it can start as: {}",
                self.name,
                self.initial.join(", ")
            ),
        ))
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
        let next = self.next(from);
        if next.contains(&to) {
            return Ok(());
        }
        let allowed = match next {
            [] => format!("'{from}' is final"),
            states => format!("from there it can become: {}", states.join(", ")),
        };
        Err(self.refuse(
            Code::BadTransition,
            format!("cannot change from '{from}' to '{to}'; {allowed}"),
        ))
    }

    fn known(&self, text: &str) -> Outcome<&'static str> {
        self.state(text).ok_or_else(|| {
            let states: Vec<&str> = self.states().collect();
            self.refuse(
                Code::InvalidBody,
                format!("must be one of: {}", states.join(", ")),
            )
        })
    }

    fn refuse(&self, code: Code, message: String) -> Problem {
        Problem::at(code, format!("/{}", self.attribute), message)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{CATALOG_LIFECYCLE, JOB_STATES, StateMachine};
    use crate::domain::problem::Code;

    fn code(result: super::Outcome<()>) -> Option<Code> {
        result.err().map(|problem| problem.code)
    }

    fn reachable(machine: &StateMachine) -> BTreeSet<&'static str> {
        let mut found: BTreeSet<&str> = machine.initial.iter().copied().collect();
        while let Some(next) = found
            .iter()
            .flat_map(|state| machine.next(state))
            .find(|state| !found.contains(*state))
        {
            found.insert(next);
        }
        found
    }

    #[test]
    fn machines_are_consistent() {
        for machine in [&CATALOG_LIFECYCLE, &JOB_STATES] {
            let states: BTreeSet<&str> = machine.states().collect();
            assert_eq!(states.len(), machine.moves.len(), "a state twice");
            assert_eq!(reachable(machine), states, "{}", machine.name);
            assert!(machine.initial.contains(&machine.default));
            assert!(machine.states().any(|state| machine.is_final(state)));
        }
    }

    #[test]
    fn every_move_of_the_life_cycle() {
        let allowed = [
            ("In Study", "In Design"),
            ("In Design", "In Test"),
            ("In Test", "Active"),
            ("In Test", "Rejected"),
            ("Active", "Launched"),
            ("Active", "Retired"),
            ("Launched", "Retired"),
            ("Retired", "Obsolete"),
        ];
        for from in CATALOG_LIFECYCLE.states() {
            for to in CATALOG_LIFECYCLE.states() {
                let good = from == to || allowed.contains(&(from, to));
                let expected = (!good).then_some(Code::BadTransition);
                let actual = code(CATALOG_LIFECYCLE.check_move(from, to));
                assert_eq!(actual, expected, "{from} to {to}");
            }
        }
    }

    #[test]
    fn refusals_name_what_is_possible() {
        let message = |result: super::Outcome<()>| {
            let problem = result.expect_err("refused");
            let violation = problem.violations.first().cloned().expect("a violation");
            (problem.code, violation.path, violation.message)
        };
        let (code, path, text) = message(CATALOG_LIFECYCLE.check_move("Active", "In Design"));
        assert_eq!(
            (code, path.as_str()),
            (Code::BadTransition, "/lifecycleStatus")
        );
        assert!(text.ends_with("it can become: Launched, Retired"), "{text}");
        let (_, _, text) = message(CATALOG_LIFECYCLE.check_move("Obsolete", "Active"));
        assert!(text.ends_with("'Obsolete' is final"), "{text}");
        let (code, _, text) = message(CATALOG_LIFECYCLE.check_move("Active", "Sold"));
        assert_eq!(code, Code::InvalidBody);
        assert!(text.contains("In Study, In Design"), "{text}");
        let (code, path, text) = message(JOB_STATES.check_initial("Running"));
        assert_eq!((code, path.as_str()), (Code::BadTransition, "/status"));
        assert!(text.ends_with("it can start as: Not Started"), "{text}");
    }

    #[test]
    fn letter_case_and_foreign_states() {
        assert_eq!(CATALOG_LIFECYCLE.state("in study"), Some("In Study"));
        assert_eq!(
            code(CATALOG_LIFECYCLE.check_move("active", "LAUNCHED")),
            None
        );
        assert_eq!(code(CATALOG_LIFECYCLE.check_move("Active", "active")), None);
        assert_eq!(
            code(CATALOG_LIFECYCLE.check_move("Piloted", "Active")),
            None
        );
        assert_eq!(
            code(CATALOG_LIFECYCLE.check_move("Piloted", "piloted")),
            None
        );
        assert_eq!(code(CATALOG_LIFECYCLE.check_initial("active")), None);
        assert_eq!(
            code(CATALOG_LIFECYCLE.check_initial("Rejected")),
            Some(Code::BadTransition)
        );
        assert_eq!(
            code(CATALOG_LIFECYCLE.check_initial("")),
            Some(Code::InvalidBody)
        );
        assert!(CATALOG_LIFECYCLE.is("ACTIVE", "Active"));
    }
}
