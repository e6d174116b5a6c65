//! One HTML file for people who were not there: no external parts, light and dark, printable.

use std::fmt::Write as _;

use super::{ApiReport, Counts, Group, LEVELS, Report, escape, level_name};
use crate::check::{CheckResult, Outcome};

const STYLE: &str = include_str!("report.css");

/// Writes the page.
pub fn render(report: &Report) -> String {
    let mut html =
        String::from("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    html.push_str("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
    let _ = writeln!(
        html,
        "<title>TM Forum conformance of {}</title>",
        escape(&report.url)
    );
    let _ = writeln!(html, "<style>\n{STYLE}</style>\n</head>\n<body>\n<main>");
    header(&mut html, report);
    for api in &report.apis {
        section(&mut html, api);
    }
    footer(&mut html, report);
    html.push_str("</main>\n</body>\n</html>\n");
    html
}

fn header(html: &mut String, report: &Report) {
    let (class, verdict) = if report.conforms(false) {
        ("passed", "No mandatory or recommended rule is broken.")
    } else {
        ("failed", "Mandatory or recommended rules are broken.")
    };
    let _ = writeln!(html, "<header>\n<h1>TM Forum Open API conformance</h1>");
    let _ = writeln!(html, "<p class=\"verdict {class}\">{verdict}</p>");
    let _ = writeln!(
        html,
        "<dl><dt>Server</dt><dd>{}</dd><dt>Time</dt><dd>{}, {} s</dd><dt>Made with</dt><dd>{}, seed {}</dd></dl>\n</header>",
        escape(&report.url),
        escape(&report.started),
        escape(&report.seconds),
        escape(&report.tool),
        escape(&report.seed),
    );
}

fn section(html: &mut String, api: &ApiReport) {
    let _ = writeln!(
        html,
        "<section>\n<h2>{} {} <small>{}</small></h2>\n<p class=\"base\">{}</p>",
        escape(&api.api),
        escape(&api.version),
        escape(&api.title),
        escape(&api.base),
    );
    if let Some(because) = &api.not_served {
        let _ = writeln!(html, "<p>Not checked: {}.</p>\n</section>", escape(because));
        return;
    }
    table(html, api);
    failures(html, api);
    html.push_str("<h3>All checks</h3>\n");
    for group in &api.groups {
        checks(html, group);
    }
    cleanup(html, api);
    html.push_str("</section>\n");
}

fn table(html: &mut String, api: &ApiReport) {
    html.push_str("<table class=\"summary\">\n<thead><tr><th>Resource</th>");
    for level in LEVELS {
        let _ = write!(html, "<th colspan=\"3\">{}</th>", level_name(level));
    }
    html.push_str("</tr>\n<tr><th></th>");
    for _ in LEVELS {
        html.push_str("<th>passed</th><th>failed</th><th>skipped</th>");
    }
    html.push_str("</tr></thead>\n<tbody>\n");
    for group in &api.groups {
        let counts = LEVELS.map(|level| Counts::of(group.checks.iter(), level));
        row(html, &group.name, counts);
    }
    html.push_str("</tbody>\n<tfoot>\n");
    row(html, "total", LEVELS.map(|level| api.counts(level)));
    html.push_str("</tfoot>\n</table>\n");
}

fn row(html: &mut String, name: &str, counts: [Counts; 3]) {
    let _ = write!(html, "<tr><th>{}</th>", escape(name));
    for Counts {
        passed,
        failed,
        skipped,
    } in counts
    {
        let class = if failed > 0 { " class=\"failed\"" } else { "" };
        let _ = write!(
            html,
            "<td>{passed}</td><td{class}>{failed}</td><td>{skipped}</td>"
        );
    }
    html.push_str("</tr>\n");
}

fn failures(html: &mut String, api: &ApiReport) {
    let failed: Vec<(&Group, &CheckResult)> = api
        .groups
        .iter()
        .flat_map(|group| group.checks.iter().map(move |check| (group, check)))
        .filter(|(_, check)| check.failed())
        .collect();
    if failed.is_empty() {
        return;
    }
    html.push_str("<h3>Failed checks</h3>\n");
    for level in LEVELS {
        for (group, check) in failed.iter().filter(|(_, check)| check.level == level) {
            failure(html, group, check);
        }
    }
}

fn failure(html: &mut String, group: &Group, check: &CheckResult) {
    let Outcome::Failed {
        expected,
        got,
        curl,
        exchange,
    } = &check.result
    else {
        return;
    };
    let _ = writeln!(
        html,
        "<article class=\"failure {level}\">\n<h4><span class=\"level {level}\">{level}</span> {}: {}</h4>",
        escape(&group.name),
        escape(&check.headline()),
        level = level_name(check.level),
    );
    let _ = writeln!(
        html,
        "<dl><dt>Rule</dt><dd>{}</dd><dt>Check</dt><dd><code>{}</code></dd><dt>Expected</dt><dd>{}</dd><dt>Got</dt><dd>{}</dd></dl>",
        escape(&check.rule),
        escape(&check.id),
        escape(expected),
        escape(got),
    );
    let _ = writeln!(html, "<pre class=\"curl\">{}</pre>", escape(curl));
    html.push_str("<details><summary>Request and response</summary>\n");
    let _ = writeln!(
        html,
        "<pre>{}</pre>",
        escape(&joined(&exchange.request, &exchange.request_body))
    );
    let _ = writeln!(
        html,
        "<pre>{}</pre>",
        escape(&joined(&exchange.response, &exchange.response_body))
    );
    html.push_str("</details>\n</article>\n");
}

fn joined(head: &str, body: &str) -> String {
    if body.is_empty() {
        head.to_owned()
    } else {
        format!("{head}\n\n{body}")
    }
}

fn checks(html: &mut String, group: &Group) {
    let _ = writeln!(
        html,
        "<details class=\"group\"><summary>{} ({})</summary>\n<table>\n<thead><tr><th>Result</th><th>Level</th><th>Check</th><th>Rule</th></tr></thead>\n<tbody>",
        escape(&group.name),
        group.checks.len(),
    );
    for check in &group.checks {
        let (class, because) = match &check.result {
            Outcome::Passed => ("passed", String::new()),
            Outcome::Failed { .. } => ("failed", String::new()),
            Outcome::Skipped { because } => ("skipped", format!(" <em>({})</em>", escape(because))),
        };
        let _ = writeln!(
            html,
            "<tr><td class=\"{class}\">{class}</td><td>{}</td><td>{}{because}<br><code>{}</code></td><td>{}</td></tr>",
            level_name(check.level),
            escape(&check.headline()),
            escape(&check.id),
            escape(&check.rule),
        );
    }
    html.push_str("</tbody>\n</table>\n</details>\n");
}

fn cleanup(html: &mut String, api: &ApiReport) {
    let _ = writeln!(
        html,
        "<p>Resources made by this run: {} deleted at its end, {} left.</p>",
        api.cleanup.deleted,
        api.cleanup.left.len()
    );
    if api.cleanup.left.is_empty() {
        return;
    }
    html.push_str("<ul>\n");
    for left in &api.cleanup.left {
        let _ = writeln!(html, "<li><code>{}</code></li>", escape(left));
    }
    html.push_str("</ul>\n");
}

fn footer(html: &mut String, report: &Report) {
    let _ = writeln!(
        html,
        "<footer><p><b>must</b>: a server that breaks it does not conform. <b>should</b>: a server needs a good reason to break it. <b>may</b>: optional. A check is skipped when something it needs is missing. Made with {}.</p></footer>",
        escape(&report.tool)
    );
}

#[cfg(test)]
mod tests {
    use crate::report::sample;

    #[test]
    fn the_page_is_complete_and_stands_alone() {
        let html = sample::report().html();
        for part in [
            "Mandatory or recommended rules are broken",
            "<td>1</td><td class=\"failed\">1</td><td>0</td>",
            "TMF999 profile",
            "POST http://h/thing",
            "&lt;b&gt; &amp; it",
            "prefers-color-scheme: dark",
            "status 500",
        ] {
            assert!(html.contains(part), "{part} is missing");
        }
        for foreign in ["<script", "src=", "<link", "url(", "@import", "<b> & it"] {
            assert!(!html.contains(foreign), "{foreign} must not be there");
        }
        assert_eq!(
            html.matches("<section>").count(),
            html.matches("</section>").count()
        );
        assert_eq!(
            html.matches("<details").count(),
            html.matches("</details>").count()
        );
    }
}
