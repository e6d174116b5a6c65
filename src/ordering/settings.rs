//! How orders are worked on.

use std::time::Duration;

use crate::domain::mode::Mode;
use crate::ordering::southbound::TargetSettings;

/// What happens to an order for a product that another order is at work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondOrder {
    /// It waits until the first one has ended.
    Wait,
    /// It is rejected.
    Reject,
}

/// Waiting between attempts: `first`, then twice as long each time, at most `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts altogether, the first one counted.
    pub attempts: u32,
    pub first: Duration,
    pub max: Duration,
}

/// Settings of ordering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    pub retry: Retry,
    /// How often the database is asked for work that nobody told this process of.
    pub poll: Duration,
    /// After so long a call whose end nobody wrote down is made again; see [`Settings::patience`].
    pub takeover: Duration,
    /// Orders that are looked for at once.
    pub concurrency: usize,
    /// What callback addresses begin with; none for the server's own address.
    pub callback_url: Option<String>,
    /// Prices that a client sends and the catalog does not have: refused, logged, not looked at.
    pub client_prices: Mode,
    pub second_order: SecondOrder,
    /// The systems that activate services.
    pub targets: Vec<TargetSettings>,
}

impl Settings {
    /// How long a call may be under way before it is taken for lost: a sending may look for the
    /// order first, and again after a conflict, and each may take as long as the slowest system is
    /// given.
    pub fn patience(&self) -> Duration {
        let slowest = self.targets.iter().map(|target| target.timeout).max();
        let longest = slowest.unwrap_or_default().saturating_mul(3);
        self.takeover.max(longest)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            retry: Retry {
                attempts: 5,
                first: Duration::from_secs(2),
                max: Duration::from_secs(300),
            },
            poll: Duration::from_secs(1),
            concurrency: 256,
            takeover: Duration::from_secs(30),
            callback_url: None,
            client_prices: Mode::Strict,
            second_order: SecondOrder::Wait,
            targets: Vec::new(),
        }
    }
}
