//! The table for a terminal.

use std::fmt::Write as _;

use super::{ApiReport, Counts, Group, LEVELS, Report, level_name};
use crate::check::{CheckResult, Level, Outcome};

/// Writes the table: numbers for each resource, then each failed check with everything needed to
/// repeat it, then what was skipped.
pub fn render(report: &Report) -> String {
    let mut text = format!(
        "{} (seed {}, {} s)\n",
        report.url, report.seed, report.seconds
    );
    for api in &report.apis {
        section(&mut text, api);
    }
    let verdict = if report.conforms(false) {
        "conforms"
    } else {
        "does not conform"
    };
    let _ = writeln!(text, "\nResult: the server {verdict} (must and should).");
    text
}

fn section(text: &mut String, api: &ApiReport) {
    let _ = writeln!(
        text,
        "\n{} {} {} at {}",
        api.api, api.version, api.title, api.base
    );
    if let Some(because) = &api.not_served {
        let _ = writeln!(text, "  not checked: {because}");
        return;
    }
    let width = api
        .groups
        .iter()
        .map(|group| group.name.len())
        .max()
        .unwrap_or(0)
        .max(5);
    let _ = writeln!(text, "  {:<width$}  {}", "", head());
    for group in &api.groups {
        let _ = writeln!(text, "  {:<width$}  {}", group.name, row(&group.checks));
    }
    let all: Vec<CheckResult> = api.checks().cloned().collect();
    let _ = writeln!(text, "  {:<width$}  {}", "total", row(&all));
    for group in &api.groups {
        for check in &group.checks {
            failure(text, group, check);
        }
    }
    skips(text, api);
    let cleanup = &api.cleanup;
    let _ = writeln!(
        text,
        "\n  cleanup: {} deleted, {} left",
        cleanup.deleted,
        cleanup.left.len()
    );
    for left in &cleanup.left {
        let _ = writeln!(text, "    left: {left}");
    }
}

/// Numbers as passed/failed/skipped.
fn head() -> String {
    let names = LEVELS.map(|level| format!("{:>14}", level_name(level)));
    format!("{}   (passed/failed/skipped)", names.concat())
}

fn row(checks: &[CheckResult]) -> String {
    let cells = LEVELS.map(|level| {
        let Counts {
            passed,
            failed,
            skipped,
        } = Counts::of(checks.iter(), level);
        format!("{:>14}", format!("{passed}/{failed}/{skipped}"))
    });
    cells.concat()
}

fn failure(text: &mut String, group: &Group, check: &CheckResult) {
    let Outcome::Failed {
        expected,
        got,
        curl,
        ..
    } = &check.result
    else {
        return;
    };
    let level = match check.level {
        Level::Must => "MUST",
        Level::Should => "SHOULD",
        Level::May => "may",
    };
    let _ = writeln!(text, "\n  {level} {}: {}", group.name, check.headline());
    let _ = writeln!(text, "    check     {} ({})", check.id, check.rule);
    let _ = writeln!(text, "    expected  {expected}");
    let _ = writeln!(text, "    got       {got}");
    let _ = writeln!(text, "    request   {curl}");
}

fn skips(text: &mut String, api: &ApiReport) {
    let mut first = true;
    for group in &api.groups {
        for check in &group.checks {
            let Outcome::Skipped { because } = &check.result else {
                continue;
            };
            if first {
                text.push_str("\n  skipped:\n");
                first = false;
            }
            let _ = writeln!(
                text,
                "    {} {} {} ({because})",
                group.name, check.id, check.subject
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    #[test]
    fn a_failure_names_rule_request_expectation_and_answer() {
        let text = sample::report().text();
        for part in [
            "MUST thing: Two [<name>]",
            "a.two (TMF999 profile)",
            "expected  status 201",
            "got       status 200",
            "curl -i -X POST",
            "1/1/0",
            "thing a.three  (two failed)",
            "left: http://h/thing/1 (status 500)",
            "does not conform",
        ] {
            assert!(text.contains(part), "{part} is missing in\n{text}");
        }
    }
}
