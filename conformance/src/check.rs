//! Checks, their results, and the recorder that collects them.

use serde::Serialize;

use crate::http::{Excerpt, Exchange};
pub use crate::profile::Level;

/// Rule text that stands for the profile's own source.
pub const PROFILE: &str = "{profile}";

/// Rule text that stands for the source of a resource's life cycle.
pub const LIFE_CYCLE: &str = "{life cycle}";

/// One rule that a server is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Check {
    /// Stable name, for example `create.location`.
    pub id: &'static str,
    /// How binding it is.
    pub level: Level,
    /// Where the rule comes from, for example `TMF630 part 1, 4.5`.
    pub rule: &'static str,
    /// What is expected, as a sentence.
    pub title: &'static str,
}

impl Check {
    /// A rule that every conforming server keeps.
    pub const fn must(id: &'static str, rule: &'static str, title: &'static str) -> Self {
        Self {
            id,
            level: Level::Must,
            rule,
            title,
        }
    }

    /// A rule that a server should keep.
    pub const fn should(id: &'static str, rule: &'static str, title: &'static str) -> Self {
        Self {
            id,
            level: Level::Should,
            rule,
            title,
        }
    }

    /// An optional rule.
    pub const fn may(id: &'static str, rule: &'static str, title: &'static str) -> Self {
        Self {
            id,
            level: Level::May,
            rule,
            title,
        }
    }

    /// The same rule at another level: some rules are optional in v4 and mandatory in v5.
    pub const fn at(self, level: Level) -> Self {
        Self { level, ..self }
    }
}

/// What a check expected and what it got instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// What a conforming server answers.
    pub expected: String,
    /// What this server answered.
    pub got: String,
}

/// Result of looking at one exchange.
pub type Verdict = Result<(), Mismatch>;

/// Builds a failed verdict.
pub fn mismatch(expected: impl Into<String>, got: impl Into<String>) -> Verdict {
    Err(Mismatch {
        expected: expected.into(),
        got: got.into(),
    })
}

/// How a check ended.
#[derive(Debug, Clone, Serialize)]
#[serde(
    rename_all = "camelCase",
    rename_all_fields = "camelCase",
    tag = "outcome"
)]
pub enum Outcome {
    /// The server keeps the rule.
    Passed,
    /// It does not.
    Failed {
        /// What a conforming server answers.
        expected: String,
        /// What this server answered.
        got: String,
        /// The request as a shell command.
        curl: String,
        /// The exchange, shortened.
        exchange: Box<Excerpt>,
    },
    /// The check could not be made.
    Skipped {
        /// Why.
        because: String,
    },
}

/// One check made, or skipped, for one resource.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckResult {
    /// Stable name.
    pub id: String,
    /// What it was made on, for example an attribute; empty when the rule says it all.
    pub subject: String,
    /// How binding it is.
    pub level: Level,
    /// Where the rule comes from.
    pub rule: String,
    /// What is expected, as a sentence.
    pub title: String,
    /// How it ended.
    pub result: Outcome,
}

impl CheckResult {
    /// Whether the server broke the rule.
    pub fn failed(&self) -> bool {
        matches!(self.result, Outcome::Failed { .. })
    }

    /// Title and subject in one line.
    pub fn headline(&self) -> String {
        if self.subject.is_empty() {
            return self.title.clone();
        }
        format!("{} [{}]", self.title, self.subject)
    }
}

/// Collects the results of one group of checks (a resource, the hub).
#[derive(Debug)]
pub struct Recorder {
    sources: Vec<(&'static str, String)>,
    results: Vec<CheckResult>,
}

impl Recorder {
    /// `source` replaces [`PROFILE`] in rules.
    pub fn new(source: &str) -> Self {
        Self {
            sources: vec![(PROFILE, source.to_owned())],
            results: Vec::new(),
        }
    }

    /// Says what a placeholder rule stands for.
    pub fn cite(&mut self, placeholder: &'static str, source: &str) {
        self.sources.push((placeholder, source.to_owned()));
    }

    /// Records a verdict and tells whether the rule was kept.
    pub fn judge(&mut self, check: Check, exchange: &Exchange, verdict: Verdict) -> bool {
        self.judge_on(check, "", exchange, verdict)
    }

    /// As [`Recorder::judge`], naming what the check was made on.
    pub fn judge_on(
        &mut self,
        check: Check,
        subject: &str,
        exchange: &Exchange,
        verdict: Verdict,
    ) -> bool {
        let passed = verdict.is_ok();
        let result = match verdict {
            Ok(()) => Outcome::Passed,
            Err(Mismatch { expected, got }) => Outcome::Failed {
                expected,
                got,
                curl: exchange.request.curl(),
                exchange: Box::new(exchange.excerpt()),
            },
        };
        self.push(check, subject, result);
        passed
    }

    /// Records that a check was not made.
    pub fn skip(&mut self, check: Check, because: &str) {
        self.skip_on(check, "", because);
    }

    /// As [`Recorder::skip`], naming what the check would have been made on.
    pub fn skip_on(&mut self, check: Check, subject: &str, because: &str) {
        self.push(
            check,
            subject,
            Outcome::Skipped {
                because: because.to_owned(),
            },
        );
    }

    /// Skips several checks for one reason.
    pub fn skip_all(&mut self, checks: &[Check], because: &str) {
        for check in checks {
            self.skip(*check, because);
        }
    }

    /// The results so far, in the order in which they were made.
    pub fn into_results(self) -> Vec<CheckResult> {
        self.results
    }

    fn push(&mut self, check: Check, subject: &str, result: Outcome) {
        let cited = self
            .sources
            .iter()
            .find(|(placeholder, _)| *placeholder == check.rule);
        let rule = cited.map_or(check.rule, |(_, source)| source.as_str());
        self.results.push(CheckResult {
            id: check.id.to_owned(),
            subject: subject.to_owned(),
            level: check.level,
            rule: rule.to_owned(),
            title: check.title.to_owned(),
            result,
        });
    }
}
