//! What a run found out, and the forms in which it is told.

mod html;
mod junit;
mod text;

use serde::Serialize;

use crate::check::{CheckResult, Level, Outcome};
use crate::suite::session::Cleanup;

/// Result of a run against one server.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Name and version of this program.
    pub tool: String,
    /// Server tested.
    pub url: String,
    /// Seed of the names, to repeat the run.
    pub seed: String,
    /// Start, RFC 3339.
    pub started: String,
    /// Duration in seconds.
    pub seconds: String,
    /// One entry for each API version.
    pub apis: Vec<ApiReport>,
}

/// Result for one API version.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ApiReport {
    /// API number.
    pub api: String,
    /// Major version.
    pub version: String,
    /// Title.
    pub title: String,
    /// URL that precedes the resources.
    pub base: String,
    /// Why nothing was checked, when the server does not have this API version.
    pub not_served: Option<String>,
    /// One entry for each resource, one for the API as a whole and one for the hub.
    pub groups: Vec<Group>,
    /// What became of the resources that the run made.
    pub cleanup: Cleanup,
}

/// Checks of one resource.
#[derive(Debug, Clone, Serialize)]
pub struct Group {
    /// Resource, `api` or `hub`.
    pub name: String,
    /// The checks in the order in which they were made.
    pub checks: Vec<CheckResult>,
}

/// Numbers of checks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Rules kept.
    pub passed: usize,
    /// Rules broken.
    pub failed: usize,
    /// Rules not checked.
    pub skipped: usize,
}

impl Counts {
    /// Counts the checks of one level.
    pub fn of<'a>(checks: impl Iterator<Item = &'a CheckResult>, level: Level) -> Self {
        let mut counts = Self::default();
        for check in checks.filter(|check| check.level == level) {
            match check.result {
                Outcome::Passed => counts.passed += 1,
                Outcome::Failed { .. } => counts.failed += 1,
                Outcome::Skipped { .. } => counts.skipped += 1,
            }
        }
        counts
    }
}

/// All levels, the most binding first.
pub const LEVELS: [Level; 3] = [Level::Must, Level::Should, Level::May];

impl ApiReport {
    /// All checks of this API version.
    pub fn checks(&self) -> impl Iterator<Item = &CheckResult> {
        self.groups.iter().flat_map(|group| &group.checks)
    }

    /// The numbers of one level.
    pub fn counts(&self, level: Level) -> Counts {
        Counts::of(self.checks(), level)
    }
}

impl Report {
    /// All checks of all API versions with the group that they belong to.
    pub fn checks(&self) -> impl Iterator<Item = (&ApiReport, &Group, &CheckResult)> {
        self.apis.iter().flat_map(|api| {
            api.groups
                .iter()
                .flat_map(move |group| group.checks.iter().map(move |check| (api, group, check)))
        })
    }

    /// The failed checks of one level, as `api version group id [subject]: expected, got`: what a
    /// test prints.
    pub fn failures(&self, level: Level) -> Vec<String> {
        self.checks()
            .filter(|(_, _, check)| check.level == level)
            .filter_map(|(api, group, check)| {
                let Outcome::Failed { expected, got, .. } = &check.result else {
                    return None;
                };
                let Group { name, .. } = group;
                let subject = if check.subject.is_empty() {
                    String::new()
                } else {
                    format!(" [{}]", check.subject)
                };
                Some(format!(
                    "{} {} {name} {}{subject}: expected {expected}, got {got}",
                    api.api, api.version, check.id
                ))
            })
            .collect()
    }

    /// Whether no `must` and no `should` failed (`strict`: no `may` either) and something passed.
    /// A run that checked nothing proves nothing.
    pub fn conforms(&self, strict: bool) -> bool {
        let counted = |check: &CheckResult| strict || check.level != Level::May;
        let failed = self
            .checks()
            .any(|(_, _, check)| check.failed() && counted(check));
        let passed = self
            .checks()
            .any(|(_, _, check)| matches!(check.result, Outcome::Passed));
        passed && !failed
    }

    /// The table for a terminal.
    pub fn text(&self) -> String {
        text::render(self)
    }

    /// JSON with everything.
    ///
    /// # Errors
    /// Never in practice: all keys are texts.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// JUnit XML: one suite for each resource.
    pub fn junit(&self) -> String {
        junit::render(self)
    }

    /// One HTML file without external parts.
    pub fn html(&self) -> String {
        html::render(self)
    }
}

/// Name of a level.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
    }
}

/// Escapes text for HTML and XML, dropping control characters that XML forbids.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' | '\t' | '\r' => escaped.push(character),
            control if control.is_control() => escaped.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
pub(crate) mod sample {
    //! A small report with one check of each outcome.

    use reqwest::Method;
    use serde_json::json;

    use super::*;
    use crate::check::{Check, Recorder, mismatch};
    use crate::http::{Call, Exchange, Reply};

    pub fn report() -> Report {
        let request = Call::json(
            Method::POST,
            "http://h/thing",
            &json!({"name": "<b> & it's"}),
        );
        let reply = Reply {
            status: 200,
            headers: vec![("content-type".into(), "application/json".into())],
            body: "{\"a\":1}".into(),
        };
        let exchange = Exchange {
            request,
            reply: Ok(reply),
        };
        let mut recorder = Recorder::new("TMF999 profile");
        let rule = "TMF630 part 1, 1.8";
        recorder.judge(Check::must("a.one", rule, "One"), &exchange, Ok(()));
        let two = Check::must("a.two", crate::check::PROFILE, "Two");
        recorder.judge_on(
            two,
            "<name>",
            &exchange,
            mismatch("status 201", "status 200"),
        );
        recorder.skip(Check::may("a.three", rule, "Three"), "two failed");
        let group = Group {
            name: "thing".into(),
            checks: recorder.into_results(),
        };
        let api = ApiReport {
            api: "TMF999".into(),
            version: "v4".into(),
            title: "Things".into(),
            base: "http://h".into(),
            not_served: None,
            groups: vec![group],
            cleanup: Cleanup {
                deleted: 3,
                left: vec!["http://h/thing/1 (status 500)".into()],
            },
        };
        Report {
            tool: "conformance".into(),
            url: "http://h".into(),
            seed: "7".into(),
            started: "2026-01-01T00:00:00Z".into(),
            seconds: "0.1".into(),
            apis: vec![api],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_must_does_not_conform() {
        let mut report = sample::report();
        assert!(!report.conforms(false));
        assert_eq!(
            report.failures(Level::Must),
            ["TMF999 v4 thing a.two [<name>]: expected status 201, got status 200"]
        );
        let checks = &mut report.apis[0].groups[0].checks;
        checks.retain(|check| !check.failed());
        assert!(report.conforms(false));
        report.apis.clear();
        assert!(
            !report.conforms(false),
            "nothing checked is not conformance"
        );
    }

    #[test]
    fn a_failed_may_counts_only_when_strict() {
        let mut report = sample::report();
        for check in &mut report.apis[0].groups[0].checks {
            if check.failed() {
                check.level = Level::May;
            }
        }
        assert!(report.conforms(false));
        assert!(!report.conforms(true));
    }

    #[test]
    fn json_holds_levels_outcomes_and_the_exchange() {
        let json: serde_json::Value =
            serde_json::from_str(&sample::report().json().unwrap()).unwrap();
        let checks = json.pointer("/apis/0/groups/0/checks").unwrap();
        assert_eq!(checks[0]["result"]["outcome"], "Passed".to_lowercase());
        assert_eq!(checks[1]["rule"], "TMF999 profile");
        assert_eq!(checks[1]["result"]["exchange"]["responseBody"], "{\"a\":1}");
        assert_eq!(checks[2]["result"]["because"], "two failed");
    }
}
