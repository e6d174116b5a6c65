//! What a change of a customer's status means, whatever an operator calls the states.

use crate::behaviour::lifecycle::States;

/// A step of a customer's life that has consequences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Service is interrupted and may go on later.
    Suspension,
    /// Service goes on after an interruption.
    Resumption,
    /// Service ends for good.
    Termination,
}

impl Step {
    /// The step between two states; none for moves without consequences, such as the first
    /// activation.
    pub fn of(states: &States, from: &str, to: &str) -> Option<Step> {
        if from.eq_ignore_ascii_case(to) || !states.is_live(Some(from)) {
            return None;
        }
        if !states.is_live(Some(to)) {
            return Some(Step::Termination);
        }
        if states.is_interruption(to) {
            return Some(Step::Suspension);
        }
        let resumes = states.is_interruption(from) && states.is_active(Some(to));
        resumes.then_some(Step::Resumption)
    }
}

#[cfg(test)]
mod tests {
    use super::Step;
    use crate::api::generated::APIS;
    use crate::behaviour::lifecycle::States;
    use crate::domain::mode::Mode;
    use crate::domain::state_machine::{Definitions, Machines};
    use crate::engine::Registry;

    #[test]
    fn steps_follow_from_the_meaning_of_the_states() {
        let (registry, own) = (Registry::new(APIS), Definitions::new());
        let machines = Machines::build(&own, Mode::Strict)
            .and_then(|all| all.serving(&own, |kind| registry.canonical(kind)))
            .expect("machines");
        let states = States::of("customer", &machines);
        let step = |from, to| Step::of(&states, from, to);
        assert_eq!(step("Active", "Suspended"), Some(Step::Suspension));
        assert_eq!(step("suspended", "active"), Some(Step::Resumption));
        for from in ["Initialized", "Validated", "Active", "Suspended"] {
            assert_eq!(step(from, "Terminated"), Some(Step::Termination), "{from}");
        }
        assert_eq!(step("Initialized", "Active"), None);
        assert_eq!(step("Initialized", "Validated"), None);
        assert_eq!(step("Terminated", "Terminated"), None);
    }
}
