//! When to leave a failing subscriber alone, and when to try a delivery again.

use super::settings::{Settings, micros};
use crate::store::{DeliveryRow, SubscriptionRow};

/// The circuit of one subscriber.
///
/// Closed: everything is sent. After some failures in a row it opens: nothing is sent until
/// `retry_at`. Then one delivery is sent to try; success closes the circuit, failure opens it for
/// longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Circuit {
    pub failures: i64,
    pub retry_at: i64,
}

impl Circuit {
    pub fn of(row: &SubscriptionRow) -> Self {
        Circuit {
            failures: row.failures,
            retry_at: row.retry_at,
        }
    }

    /// It was open: one delivery decides.
    pub fn on_trial(self, settings: &Settings) -> bool {
        self.failures >= i64::from(settings.circuit_failures)
    }

    /// Counts a failure; true when the circuit is open now.
    pub fn failed(&mut self, settings: &Settings, now: i64) -> bool {
        self.failures = self.failures.saturating_add(1);
        let beyond = self.failures - i64::from(settings.circuit_failures);
        let Ok(doublings) = u32::try_from(beyond) else {
            return false;
        };
        let pause = settings
            .circuit_pause
            .saturating_mul(2_u32.saturating_pow(doublings))
            .min(settings.circuit_pause_max);
        self.retry_at = now.saturating_add(micros(pause));
        true
    }

    /// Closes; true when there was anything to forget.
    pub fn succeeded(&mut self) -> bool {
        let was = self.failures > 0;
        *self = Circuit {
            failures: 0,
            retry_at: 0,
        };
        was
    }
}

/// A delivery after a failed attempt: due again by the schedule, or given up. A subscriber who
/// answers 410 (gone) is treated like any other failure: it may come back, and it alone ends its
/// subscription.
pub(super) fn after_failure(
    mut row: DeliveryRow,
    settings: &Settings,
    now: i64,
    error: String,
) -> DeliveryRow {
    let wait = usize::try_from(row.attempts)
        .ok()
        .and_then(|attempts| settings.retry_schedule_s.get(attempts));
    match wait {
        Some(seconds) => row.due_at = now.saturating_add(i64::from(*seconds) * 1_000_000),
        None => row.dead = true,
    }
    row.attempts = row.attempts.saturating_add(1);
    row.last_error = Some(error);
    row
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Circuit, after_failure};
    use crate::event::Settings;
    use crate::store::DeliveryRow;

    #[test]
    fn pauses_double_up_to_a_limit() {
        let settings = Settings {
            circuit_failures: 2,
            circuit_pause: Duration::from_secs(1),
            circuit_pause_max: Duration::from_secs(3),
            ..Settings::default()
        };
        let mut circuit = Circuit {
            failures: 0,
            retry_at: 0,
        };
        assert!(!circuit.failed(&settings, 0));
        let mut pauses = Vec::new();
        for _ in 0..4 {
            assert!(circuit.failed(&settings, 0));
            assert!(circuit.on_trial(&settings));
            pauses.push(circuit.retry_at / 1_000_000);
        }
        assert_eq!(pauses, [1, 2, 3, 3]);
        assert!(circuit.succeeded());
        assert!(!circuit.succeeded());
        assert!(!circuit.on_trial(&settings));
    }

    #[test]
    fn a_delivery_is_given_up_after_the_schedule() {
        let settings = Settings {
            retry_schedule_s: vec![5, 30],
            ..Settings::default()
        };
        let mut row = DeliveryRow {
            tenant: 1,
            subscription: "s".into(),
            event_seq: 1,
            event_at: 0,
            lane: "a/b".into(),
            attempts: 0,
            due_at: 0,
            dead: false,
            last_error: None,
        };
        let mut seen = Vec::new();
        for _ in 0..3 {
            row = after_failure(row, &settings, 0, "status 500".into());
            seen.push((row.attempts, row.due_at / 1_000_000, row.dead));
        }
        assert_eq!(seen, [(1, 5, false), (2, 30, false), (3, 30, true)]);
    }
}
