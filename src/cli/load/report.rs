//! Results: a line of a table for people, an object for programs. Whole numbers throughout.

use serde_json::{Value, json};

use super::drive::Measured;

/// One run.
pub struct Report<'m> {
    pub scenario: &'m str,
    pub api: String,
    pub connections: u32,
    pub measured: &'m Measured,
}

/// The table's head.
pub fn heading() -> String {
    format!(
        "{:<10} {:<4} {:>5} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}  errors",
        "scenario", "api", "conns", "requests", "per s", "p50 ms", "p90 ms", "p99 ms", "max ms"
    )
}

impl Report<'_> {
    pub fn per_second(&self) -> u64 {
        per_second(
            self.measured.latencies.count(),
            self.measured.took.as_micros(),
        )
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        let latencies = &self.measured.latencies;
        let errors: Vec<String> = self
            .measured
            .errors
            .iter()
            .map(|(name, n)| format!("{name}: {n}"))
            .collect();
        format!(
            "{:<10} {:<4} {:>5} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}  {}",
            self.scenario,
            self.api,
            self.connections,
            latencies.count(),
            self.per_second(),
            millis(latencies.quantile(500)),
            millis(latencies.quantile(900)),
            millis(latencies.quantile(990)),
            millis(latencies.max()),
            if errors.is_empty() {
                "none".to_owned()
            } else {
                errors.join(", ")
            },
        )
    }

    pub fn json(&self) -> Value {
        let latencies = &self.measured.latencies;
        json!({
            "scenario": self.scenario,
            "apiVersion": self.api,
            "connections": self.connections,
            "seconds": self.measured.took.as_secs(),
            "requests": latencies.count(),
            "perSecond": self.per_second(),
            "latencyMicros": {
                "p50": latencies.quantile(500),
                "p90": latencies.quantile(900),
                "p99": latencies.quantile(990),
                "max": latencies.max()
            },
            "errors": self.measured.errors
        })
    }
}

/// How many in a second.
pub fn per_second(count: u64, micros: u128) -> u64 {
    let rate = u128::from(count) * 1_000_000 / micros.max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// Microseconds as milliseconds with three places.
pub fn millis(micros: u64) -> String {
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

/// A part of a whole, in per cent with one place.
pub fn percent(part: u64, whole: u64) -> String {
    let permille = u128::from(part) * 1000 / u128::from(whole.max(1));
    format!("{}.{} %", permille / 10, permille % 10)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::drive::Measured;
    use super::{Report, heading, millis, per_second, percent};

    #[test]
    fn numbers() {
        assert_eq!(per_second(10, 2_000_000), 5);
        assert_eq!(per_second(1, 0), 1_000_000);
        assert_eq!(millis(1_234_005), "1234.005");
        assert_eq!(millis(7), "0.007");
        assert_eq!(percent(1, 4), "25.0 %");
        assert_eq!(percent(0, 0), "0.0 %");
    }

    #[test]
    fn lines_stand_below_the_heading() {
        let mut measured = Measured {
            took: Duration::from_secs(2),
            ..Measured::default()
        };
        for _ in 0..10 {
            measured.latencies.record(Duration::from_micros(150));
        }
        measured.errors.insert("503".to_owned(), 3);
        let report = Report {
            scenario: "get",
            api: "v5".to_owned(),
            connections: 64,
            measured: &measured,
        };
        assert_eq!(report.line().find("503: 3"), heading().find("errors"));
        let json = report.json();
        assert_eq!(json["perSecond"], 5);
        assert_eq!(json["latencyMicros"]["p99"], 150);
        assert_eq!(json["errors"]["503"], 3);
    }
}
