//! On a clock that somebody else moves, and with requests that get stuck.

use super::super::{OrderState, OssSim, Settings};
use super::http::{Raw, V4, order};
use crate::domain::clock::{Clock, Micros};

async fn stepped() -> (Raw, Clock) {
    let clock = Clock::fixed_at(Micros(1_800_000_000_000_000));
    let settings = Settings {
        delay_ms: 1000..=1000,
        ..Settings::default()
    };
    let sim = OssSim::start_stepped(settings, clock.clone()).await;
    (Raw::of(sim.expect("the OSS starts")), clock)
}

fn states(raw: &Raw) -> Vec<OrderState> {
    raw.sim.orders().iter().map(|order| order.state).collect()
}

#[tokio::test]
async fn nothing_happens_before_its_time_and_without_a_step() {
    let (raw, clock) = stepped().await;
    raw.post(&format!("{V4}/serviceOrder"), &order("a")).await;
    assert!(!raw.sim.step().await, "it is to come");
    clock.advance_millis(1000);
    assert_eq!(states(&raw), [OrderState::Acknowledged]);
    assert!(raw.sim.step().await);
    assert_eq!(states(&raw), [OrderState::InProgress]);
    assert!(raw.sim.is_busy() && !raw.sim.step().await);
    clock.advance_millis(1000);
    assert!(raw.sim.step().await);
    assert_eq!(states(&raw), [OrderState::Completed]);
    assert!(!raw.sim.is_busy());
    raw.sim.stop().await;
}

/// Of many requests some get through, some are taken without an answer, and some are not taken.
#[tokio::test]
async fn what_is_trapped_is_let_go_without_an_answer() {
    let (raw, _clock) = stepped().await;
    raw.sim.set_trap(1);
    let placed = (0..20).map(|n| {
        let body = order(&n.to_string()).to_string();
        let request = raw.request("POST", &format!("{V4}/serviceOrder"));
        raw.http.exchange(request.body(body), 1 << 20)
    });
    let sim = &raw.sim;
    let opened = async {
        // All that can be answered is.
        while sim.trapped() + sim.count() < 20 || sim.trapped() == 0 {
            tokio::task::yield_now().await;
        }
        sim.open_trap();
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(placed), opened);
    let mut good = 0;
    for answer in answers.into_iter().flatten() {
        good += usize::from(answer.bytes().await.is_ok());
    }
    let taken = sim.count();
    assert!(
        0 < good && good < taken && taken < 20,
        "{good} of {taken} answered"
    );
    raw.sim.stop().await;
}
