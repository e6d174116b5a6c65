//! Leaving a failing OSS alone for a while.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::settings::CircuitSettings;
use crate::domain::clock::Micros;

/// The circuit of one target.
///
/// Closed: every call passes. After some failures in a row it opens: calls are refused until the
/// pause is over. Then one call is let through to try; its success closes the circuit, its failure
/// opens it for twice as long.
#[derive(Debug)]
pub(super) struct Circuit {
    settings: CircuitSettings,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    /// Set while the circuit is open.
    retry_at: Option<Micros>,
    /// The call that tries is under way.
    on_trial: bool,
}

/// The right to make one call. Dropped without a verdict, it leaves things as they were.
#[must_use]
pub(super) struct Pass<'a> {
    circuit: &'a Circuit,
    trial: bool,
}

impl Circuit {
    pub fn new(settings: CircuitSettings) -> Self {
        Circuit {
            settings,
            state: Mutex::new(State::default()),
        }
    }

    /// Asks for the right to make a call.
    ///
    /// # Errors
    /// How long to wait, when the circuit is open.
    pub fn enter(&self, now: Micros) -> Result<Pass<'_>, Duration> {
        let mut state = self.state();
        let Some(retry_at) = state.retry_at else {
            return Ok(Pass {
                circuit: self,
                trial: false,
            });
        };
        if now < retry_at {
            return Err(between(now, retry_at));
        }
        if state.on_trial {
            return Err(self.settings.pause);
        }
        state.on_trial = true;
        Ok(Pass {
            circuit: self,
            trial: true,
        })
    }

    fn pause(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(self.settings.failures);
        self.settings
            .pause
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(self.settings.pause_max)
    }

    /// The state holds no invariant that a panic elsewhere could break.
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Pass<'_> {
    /// The OSS works; true when the circuit was open.
    pub fn succeeded(self) -> bool {
        let mut state = self.circuit.state();
        let was_open = state.retry_at.is_some();
        state.failures = 0;
        state.retry_at = None;
        was_open
    }

    /// The OSS does not work; the pause when the circuit opens by it.
    pub fn failed(self, now: Micros) -> Option<Duration> {
        let mut state = self.circuit.state();
        // Calls that were under way when it opened say nothing new.
        if state.retry_at.is_some() && !self.trial {
            return None;
        }
        state.failures = state.failures.saturating_add(1);
        if state.failures < self.circuit.settings.failures {
            return None;
        }
        let pause = self.circuit.pause(state.failures);
        let micros = i64::try_from(pause.as_micros()).unwrap_or(i64::MAX);
        state.retry_at = Some(Micros(now.0.saturating_add(micros)));
        Some(pause)
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        if self.trial {
            self.circuit.state().on_trial = false;
        }
    }
}

fn between(now: Micros, later: Micros) -> Duration {
    let micros = later.0.saturating_sub(now.0);
    Duration::from_micros(u64::try_from(micros).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Circuit, CircuitSettings};
    use crate::domain::clock::Micros;

    fn at(seconds: i64) -> Micros {
        Micros(seconds * 1_000_000)
    }

    fn seconds(n: u64) -> Duration {
        Duration::from_secs(n)
    }

    fn circuit() -> Circuit {
        Circuit::new(CircuitSettings {
            failures: 2,
            pause: seconds(10),
            pause_max: seconds(30),
        })
    }

    fn fail(circuit: &Circuit, now: i64) -> Option<Duration> {
        circuit.enter(at(now)).expect("a pass").failed(at(now))
    }

    #[test]
    fn pauses_double_with_each_failed_trial_up_to_a_limit() {
        let circuit = circuit();
        assert_eq!(fail(&circuit, 0), None);
        assert_eq!(fail(&circuit, 0), Some(seconds(10)));
        assert_eq!(circuit.enter(at(3)).err(), Some(seconds(7)));
        assert_eq!(fail(&circuit, 10), Some(seconds(20)));
        assert_eq!(circuit.enter(at(29)).err(), Some(seconds(1)));
        assert_eq!(fail(&circuit, 30), Some(seconds(30)));
        assert!(circuit.enter(at(60)).expect("a trial").succeeded());
        assert_eq!(fail(&circuit, 60), None, "counted from the start again");
    }

    #[test]
    fn one_call_tries_at_a_time() {
        let circuit = circuit();
        let (early, _) = (circuit.enter(at(0)), fail(&circuit, 0));
        assert_eq!(fail(&circuit, 0), Some(seconds(10)));
        // A call from before the circuit opened does not prolong the pause.
        assert_eq!(early.expect("a pass").failed(at(5)), None);
        let trial = circuit.enter(at(10)).expect("a trial");
        assert!(circuit.enter(at(10)).is_err());
        // Given up without a verdict, it is another's turn.
        drop(trial);
        assert!(circuit.enter(at(10)).expect("a trial").succeeded());
        assert!(circuit.enter(at(10)).is_ok());
    }

    #[test]
    fn a_success_in_between_starts_the_count_anew() {
        let circuit = circuit();
        assert_eq!(fail(&circuit, 0), None);
        assert!(!circuit.enter(at(0)).expect("a pass").succeeded());
        assert_eq!(fail(&circuit, 0), None);
    }
}
