//! What cannot work in a set of rules, found before an order meets it: rules that never apply,
//! characteristics that nothing supplies, circles, systems and sources that do not exist, tables
//! with gaps.
//!
//! A linter does not know all orders, so it says how sure it is: an `Error` is wrong whatever is
//! ordered, a `Warning` may be wrong.
//!
//! - `world` knows which products reach which services, by the catalog and by rules;
//! - `reach` finds rules that never apply, `supply` what outputs lack, `circle` what goes round.

mod circle;
mod reach;
mod supply;
#[cfg(test)]
mod tests;
mod world;

use std::collections::HashMap;

use serde::Serialize;

use super::types::Rule;
use crate::domain::version;
use crate::ordering::catalog::Catalog;

use world::World;

/// How sure the linter is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    Error,
    Warning,
}

/// Something that cannot work, or may not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub severity: Severity,
    /// Stable name of the kind of finding, for programs.
    pub code: &'static str,
    /// Id and version of the rule; empty for what the catalog alone makes.
    pub rule: String,
    /// JSON pointer into the rule.
    pub pointer: String,
    /// For people.
    pub message: String,
}

/// Looks at the rules that may count: of each id the newest version that is active, with the whole
/// catalog. `targets` are the systems that are configured; with `None` they are not looked at.
pub fn lint(rules: &[Rule], catalog: &Catalog, targets: Option<&[String]>) -> Vec<Finding> {
    let rules = counting(rules);
    let world = World::new(&rules, catalog);
    let mut findings = Vec::new();
    for rule in &rules {
        let mut report = Report {
            rule,
            findings: &mut findings,
        };
        reach::look(&world, &mut report);
        supply::look(&world, targets, &mut report);
        circle::look_after(&mut report);
    }
    circle::look_services(&world, &mut findings);
    supply::look_defaults(&world, &mut findings);
    findings
}

/// In the order in which they are used.
fn counting(rules: &[Rule]) -> Vec<&Rule> {
    let mut newest: HashMap<&str, &Rule> = HashMap::new();
    for rule in rules.iter().filter(|rule| rule.is_active) {
        let known = newest.entry(&rule.id).or_insert(rule);
        if version::compare(&rule.version, &known.version).is_gt() {
            *known = rule;
        }
    }
    let mut found: Vec<&Rule> = newest.into_values().collect();
    found.sort_by(|a, b| (a.priority, &a.id).cmp(&(b.priority, &b.id)));
    found
}

/// Findings about one rule.
struct Report<'r, 'f> {
    rule: &'r Rule,
    findings: &'f mut Vec<Finding>,
}

impl Report<'_, '_> {
    fn add(&mut self, severity: Severity, code: &'static str, pointer: String, message: String) {
        self.findings.push(Finding {
            severity,
            code,
            rule: self.rule.label.clone(),
            pointer,
            message,
        });
    }

    fn error(&mut self, code: &'static str, pointer: String, message: String) {
        self.add(Severity::Error, code, pointer, message);
    }

    fn warn(&mut self, code: &'static str, pointer: String, message: String) {
        self.add(Severity::Warning, code, pointer, message);
    }
}
