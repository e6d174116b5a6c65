//! `fields=` on GET by id.

use serde_json::Value;

use super::Run;
use super::session::Created;
use crate::check::{Check, Verdict, mismatch};
use crate::json;
use crate::profile::Operation;

const RULE: &str = "TMF630 part 1, 4.3";
const ONE: Check = Check::must("fields.one", RULE, "fields=a answers a, id and href only");
const TWO: Check = Check::must(
    "fields.two",
    RULE,
    "fields=a,b answers a, b, id and href only",
);
const NONE: Check = Check::must("fields.none", RULE, "fields=none answers id and href only");
const NESTED: Check = Check::may("fields.nested", RULE, "fields=a.b answers only b of a");

/// Attributes that any selection may keep.
const KEPT: [&str; 5] = ["id", "href", "@type", "@baseType", "@schemaLocation"];

/// Checks selecting attributes.
pub async fn checks(run: &mut Run<'_>, created: Option<&Created>) {
    if !run.resource.has(Operation::Get) {
        return;
    }
    let mut names: Vec<&String> = run
        .resource
        .label
        .iter()
        .chain(&run.resource.marker)
        .collect();
    if names.is_empty() {
        names = run
            .resource
            .mandatory
            .iter()
            .filter(|name| !skipped(name))
            .collect();
    }
    let Some(created) = created else {
        run.recorder
            .skip_all(&[ONE, TWO, NONE], "creating the resource failed");
        return;
    };
    if let Some(first) = names.first() {
        select(run, ONE, created, &[first]).await;
    }
    if let [first, second, ..] = names.as_slice() {
        select(run, TWO, created, &[first, second]).await;
    }
    let exchange = run
        .session
        .get(&format!("{}?fields=none", created.url))
        .await;
    let verdict = only(run, &exchange.json().unwrap_or_default(), &[]);
    run.recorder.judge(NONE, &exchange, verdict);
    if let Some(path) = &run.resource.nested_field {
        let exchange = run
            .session
            .get(&format!("{}?fields={path}", created.url))
            .await;
        let verdict = nested(run, &exchange.json().unwrap_or_default(), path);
        run.recorder.judge(NESTED, &exchange, verdict);
    }
}

fn skipped(name: &str) -> bool {
    KEPT.contains(&name) || name.contains('.')
}

async fn select(run: &mut Run<'_>, check: Check, created: &Created, names: &[&str]) {
    let url = format!("{}?fields={}", created.url, names.join(","));
    let exchange = run.session.get(&url).await;
    let verdict = only(run, &exchange.json().unwrap_or_default(), names);
    run.recorder.judge(check, &exchange, verdict);
}

/// The body has the attributes named, id and href (v5: and `@type`), and nothing else.
pub fn only(run: &Run<'_>, body: &Value, names: &[&str]) -> Verdict {
    let Some(map) = body.as_object() else {
        return mismatch("a JSON object", json::brief(body));
    };
    let mut wanted: Vec<&str> = vec!["id", "href"];
    if run.session.profile.typed {
        wanted.push("@type");
    }
    wanted.extend(names);
    let missing: Vec<&str> = wanted
        .iter()
        .copied()
        .filter(|name| !json::present(body, name))
        .collect();
    let extra: Vec<&str> = map
        .keys()
        .map(String::as_str)
        .filter(|name| !wanted.contains(name) && !KEPT.contains(name))
        .collect();
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    let keys: Vec<&str> = map.keys().map(String::as_str).collect();
    mismatch(format!("only {}", wanted.join(", ")), keys.join(", "))
}

fn nested(run: &Run<'_>, body: &Value, path: &str) -> Verdict {
    let outer = path.split('.').next().unwrap_or_default();
    only(run, body, &[outer])?;
    if json::present(body, path) {
        Ok(())
    } else {
        mismatch(path, json::brief(body))
    }
}
