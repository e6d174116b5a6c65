//! What came of it, for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Findings, Scenario};

/// For people.
pub fn text(found: &Findings, scenario: Scenario) -> String {
    let mut text = String::new();
    for (deed, count) in &found.deeds {
        let _ = writeln!(text, "{count:>10} {deed}");
    }
    let _ = writeln!(text, "seed {}, digest {}", scenario.seed, found.digest);
    for broken in &found.broken {
        let _ = writeln!(text, "BROKEN: {broken}");
    }
    let _ = match found.failures {
        0 => writeln!(text, "all laws hold"),
        failures => writeln!(text, "{failures} times a law does not hold"),
    };
    text
}

/// For programs.
pub fn json(found: &Findings) -> Value {
    json!({
        "deeds": found.deeds, "digest": found.digest,
        "failures": found.failures, "broken": found.broken,
    })
}
