//! How far a simulation is, and what came of it.

use std::cell::Cell;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::Findings;

/// Time between two lines of progress.
const EVERY: Duration = Duration::from_secs(5);

/// How far a simulation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Orders that were placed.
    pub placed: usize,
    /// Orders that have not ended.
    pub open: usize,
    /// Service orders that the OSS took.
    pub sent: usize,
    /// All orders are placed; what is open is cleared.
    pub clearing: bool,
}

/// Shows progress from time to time, by the clock on the wall.
pub struct Clockwork {
    orders: usize,
    begun: Instant,
    shown: Cell<Duration>,
}

impl Clockwork {
    pub fn start(orders: usize) -> Self {
        Clockwork {
            orders,
            begun: Instant::now(),
            shown: Cell::new(Duration::ZERO),
        }
    }

    /// Prints a line when the last one is some seconds old.
    pub fn show(&self, progress: Progress) {
        let elapsed = self.begun.elapsed();
        if elapsed.saturating_sub(self.shown.get()) < EVERY {
            return;
        }
        self.shown.set(elapsed);
        eprintln!(
            "{:>5} s  {}",
            elapsed.as_secs(),
            line(progress, self.orders)
        );
    }
}

fn line(progress: Progress, orders: usize) -> String {
    let Progress {
        placed,
        open,
        sent,
        clearing,
    } = progress;
    let what = match clearing {
        true => "clearing".to_owned(),
        false => format!("{placed} of {orders} orders placed"),
    };
    format!("{what}, {open} open, {sent} service orders")
}

/// What came of it, for people.
pub fn text(found: &Findings, seed: u64) -> String {
    let mut text = String::new();
    for (state, count) in &found.states {
        let _ = writeln!(text, "{state}: {count}");
    }
    let deeds = found
        .deeds
        .iter()
        .map(|(deed, count)| format!("{count} {deed}"));
    let deeds: Vec<String> = deeds.collect();
    let _ = writeln!(
        text,
        "{} service orders, {} crashes with {} calls under way, {}",
        found.sent,
        found.crashes,
        found.cut_off,
        deeds.join(", ")
    );
    for broken in &found.broken {
        let _ = writeln!(text, "{broken}");
    }
    let _ = match found.broken.len() {
        0 => writeln!(
            text,
            "seed {seed}, digest {}: everything holds",
            found.digest
        ),
        many => writeln!(
            text,
            "seed {seed}, digest {}: {many} things do not hold",
            found.digest
        ),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::super::Findings;
    use super::{Progress, line, text};

    #[test]
    fn what_is_shown() {
        let progress = Progress {
            placed: 7,
            open: 3,
            sent: 40,
            clearing: false,
        };
        assert_eq!(
            line(progress, 9),
            "7 of 9 orders placed, 3 open, 40 service orders"
        );
        let progress = Progress {
            clearing: true,
            ..progress
        };
        assert_eq!(line(progress, 9), "clearing, 3 open, 40 service orders");
        let mut found = Findings {
            digest: "d".to_owned(),
            ..Findings::default()
        };
        found.count("retries");
        found.count("retries");
        assert!(text(&found, 4).ends_with("2 retries\nseed 4, digest d: everything holds\n"));
        found.broken.push("a number is lost".to_owned());
        assert!(
            text(&found, 4).contains("a number is lost\nseed 4, digest d: 1 things do not hold\n")
        );
    }
}
