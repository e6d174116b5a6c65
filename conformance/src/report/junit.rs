//! JUnit XML: one test suite for each resource of an API version.

use std::fmt::Write as _;

use super::{ApiReport, Group, Report, escape, level_name};
use crate::check::{CheckResult, Level, Outcome};

/// Writes the file. A failed `may` is reported as skipped, because build servers know no
/// optional tests.
pub fn render(report: &Report) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n");
    for api in &report.apis {
        for group in &api.groups {
            suite(&mut xml, api, group);
        }
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn suite(xml: &mut String, api: &ApiReport, group: &Group) {
    let failed = group.checks.iter().filter(|check| fails(check)).count();
    let skipped = group.checks.iter().filter(|check| skips(check)).count();
    let _ = writeln!(
        xml,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"{skipped}\">",
        escape(&format!("{} {} {}", api.api, api.version, group.name)),
        group.checks.len(),
    );
    for check in &group.checks {
        case(xml, api, group, check);
    }
    xml.push_str("  </testsuite>\n");
}

fn fails(check: &CheckResult) -> bool {
    check.failed() && check.level != Level::May
}

fn skips(check: &CheckResult) -> bool {
    matches!(check.result, Outcome::Skipped { .. }) || (check.failed() && !fails(check))
}

fn case(xml: &mut String, api: &ApiReport, group: &Group, check: &CheckResult) {
    let subject = if check.subject.is_empty() {
        String::new()
    } else {
        format!(" [{}]", check.subject)
    };
    let name = format!(
        "{}{subject}: {} ({})",
        check.id,
        check.title,
        level_name(check.level)
    );
    let class = format!("{}.{}.{}", api.api, api.version, group.name);
    let start = format!(
        "    <testcase classname=\"{}\" name=\"{}\"",
        escape(&class),
        escape(&name)
    );
    match &check.result {
        Outcome::Passed => {
            let _ = writeln!(xml, "{start}/>");
        }
        Outcome::Skipped { because } => {
            let _ = writeln!(
                xml,
                "{start}><skipped message=\"{}\"/></testcase>",
                escape(because)
            );
        }
        Outcome::Failed {
            expected,
            got,
            curl,
            ..
        } => {
            let message = escape(&format!("expected {expected}, got {got}"));
            let text = escape(&format!("rule: {}\n{curl}", check.rule));
            let element = if fails(check) {
                format!(
                    "<failure type=\"{}\" message=\"{message}\">{text}</failure>",
                    level_name(check.level)
                )
            } else {
                format!("<skipped message=\"{message}\"/>")
            };
            let _ = writeln!(xml, "{start}>{element}</testcase>");
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    #[test]
    fn suites_count_and_texts_are_escaped() {
        let xml = sample::report().junit();
        assert!(xml.contains(
            "name=\"TMF999 v4 thing\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\""
        ));
        assert!(xml.contains("a.two [&lt;name&gt;]: Two (must)"));
        assert!(
            xml.contains("<failure type=\"must\" message=\"expected status 201, got status 200\">")
        );
        assert!(!xml.contains("<b>"));
    }
}
