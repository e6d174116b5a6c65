//! PATCH by patch documents: JSON Patch (RFC 6902) and json-patch-query, whose paths select array
//! elements by a query.

use serde_json::{Value, json};

use super::Run;
use super::patch::{accepted, outcome, send};
use super::session::Created;
use crate::check::{Check, Level, Verdict, mismatch};
use crate::expect;
use crate::http::{Exchange, encode};
use crate::json;
use crate::profile::{ArrayCase, Operation};

const RULE: &str = "TMF630 part 1, 5; RFC 6902";
const QUERY_RULE: &str = "TMF630 part 5";
const REPLACE: Check = Check::may("json-patch.replace", RULE, "replace changes an attribute");
const ADD_REMOVE: Check = Check::may("json-patch.add-remove", RULE, "remove and add work");
const APPEND: Check = Check::may("json-patch.append", RULE, "add at /- appends to an array");
const TEST_FAILS: Check = Check::may(
    "json-patch.test",
    RULE,
    "A failing test answers 4xx and changes nothing",
);
const BAD_PATH: Check = Check::may(
    "json-patch.bad-path",
    RULE,
    "A path that does not exist answers 4xx",
);
const NOT_LIST: Check = Check::may(
    "json-patch.not-list",
    RULE,
    "A patch that is no list of operations answers 400",
);
const QUERY: Check = Check::may(
    "json-patch-query.replace",
    QUERY_RULE,
    "A query in the path selects the array element to change",
);

const JSON_PATCH: &str = "application/json-patch+json";
const JSON_PATCH_QUERY: &str = "application/json-patch-query+json";

/// Statuses by which a server says that it does not support an optional format.
const UNSUPPORTED: [u16; 2] = [415, 501];

/// Checks both formats at the level that the profile gives them.
pub async fn checks(run: &mut Run<'_>) {
    if !run.resource.has(Operation::Patch) || !run.resource.has(Operation::Create) {
        return;
    }
    let Some(label) = run.resource.label.clone() else {
        return;
    };
    let media = run.session.profile.patch_media.clone();
    match run.session.make(run.resource, &json!({})).await {
        Ok(created) => {
            json_patch(run, &created, &label, media.json_patch).await;
            query(run, &created, media.json_patch_query).await;
        }
        Err(because) => {
            run.recorder.skip(REPLACE.at(media.json_patch), &because);
            run.recorder
                .skip(QUERY.at(media.json_patch_query), &because);
        }
    }
}

async fn json_patch(run: &mut Run<'_>, created: &Created, label: &str, level: Level) {
    let value = run.session.unique();
    let path = format!("/{label}");
    let operations = json!([
        {"op": "test", "path": path, "value": created.body.get(label)},
        {"op": "replace", "path": path, "value": value},
    ]);
    let exchange = send(run, &created.url, JSON_PATCH, &operations).await;
    if level == Level::May && exchange.is(&UNSUPPORTED) {
        run.recorder
            .skip(REPLACE, "the server does not support this optional format");
        return;
    }
    let verdict = applied(run, &exchange, created, &json!({ label: value })).await;
    if !run.recorder.judge(REPLACE.at(level), &exchange, verdict) {
        let because = "the simplest JSON Patch failed";
        let rest = [ADD_REMOVE, APPEND, TEST_FAILS, BAD_PATH, NOT_LIST];
        rest.iter()
            .for_each(|check| run.recorder.skip(check.at(level), because));
        return;
    }
    add_and_remove(run, created, level).await;
    append(run, created, level).await;
    refused(run, created, label, level).await;
}

/// The patch was accepted and the resource now holds these values.
async fn applied(run: &Run<'_>, exchange: &Exchange, created: &Created, values: &Value) -> Verdict {
    expect::status(exchange, &accepted(run))?;
    let after = outcome(run, exchange, &created.url).await;
    json::contains(&after, values).or_else(|text| mismatch(json::brief(values), text))
}

async fn add_and_remove(run: &mut Run<'_>, created: &Created, level: Level) {
    let Some(name) = run.resource.removable.clone() else {
        return;
    };
    let path = format!("/{name}");
    let value = created.sent.get(&name).cloned().unwrap_or_default();
    let remove = json!([{"op": "remove", "path": path}]);
    let exchange = send(run, &created.url, JSON_PATCH, &remove).await;
    let after = outcome(run, &exchange, &created.url).await;
    if json::present(&after, &name) {
        let verdict = mismatch(format!("no {name}"), exchange.summary());
        run.recorder.judge(ADD_REMOVE.at(level), &exchange, verdict);
        return;
    }
    let add = json!([{"op": "add", "path": path, "value": value}]);
    let exchange = send(run, &created.url, JSON_PATCH, &add).await;
    let verdict = applied(run, &exchange, created, &json!({ name: value })).await;
    run.recorder.judge(ADD_REMOVE.at(level), &exchange, verdict);
}

async fn append(run: &mut Run<'_>, created: &Created, level: Level) {
    let Some((case, first, second)) = array_values(run).await else {
        return;
    };
    let Some(element) = second.get(0).cloned() else {
        return;
    };
    let path = format!("/{}", case.attribute);
    let operations = json!([
        {"op": "add", "path": path, "value": first},
        {"op": "add", "path": format!("{path}/-"), "value": element},
    ]);
    let exchange = send(run, &created.url, JSON_PATCH, &operations).await;
    let mut all = first.as_array().cloned().unwrap_or_default();
    all.push(element);
    let verdict = applied(run, &exchange, created, &json!({ case.attribute: all })).await;
    run.recorder.judge(APPEND.at(level), &exchange, verdict);
}

async fn array_values(run: &Run<'_>) -> Option<(ArrayCase, Value, Value)> {
    let case = run.resource.array.clone()?;
    let first = run.session.fill(&case.first).await.ok()?;
    let second = run.session.fill(&case.second).await.ok()?;
    Some((case, first, second))
}

async fn refused(run: &mut Run<'_>, created: &Created, label: &str, level: Level) {
    let before = run
        .session
        .get(&created.url)
        .await
        .json()
        .unwrap_or_default();
    let path = format!("/{label}");
    // The change comes first: a server that applies operations one by one would leave it behind.
    let failing = json!([
        {"op": "replace", "path": path, "value": "must not stay"},
        {"op": "test", "path": path, "value": "not the value"},
    ]);
    let exchange = send(run, &created.url, JSON_PATCH, &failing).await;
    let after = run
        .session
        .get(&created.url)
        .await
        .json()
        .unwrap_or_default();
    let verdict = expect::client_error(&exchange).and_then(|()| {
        let unchanged = before.get(label) == after.get(label);
        if unchanged {
            Ok(())
        } else {
            mismatch("an unchanged resource", json::brief(&after))
        }
    });
    run.recorder.judge(TEST_FAILS.at(level), &exchange, verdict);
    let absent = json!([{"op": "remove", "path": "/conformanceNoSuchAttribute"}]);
    let exchange = send(run, &created.url, JSON_PATCH, &absent).await;
    run.recorder.judge(
        BAD_PATH.at(level),
        &exchange,
        expect::client_error(&exchange),
    );
    let exchange = send(run, &created.url, JSON_PATCH, &json!({ "op": "replace" })).await;
    run.recorder.judge(
        NOT_LIST.at(level),
        &exchange,
        expect::status(&exchange, &[400]),
    );
}

/// Changes one of two elements that differ in their key.
async fn query(run: &mut Run<'_>, created: &Created, level: Level) {
    let Some((case, first, _)) = array_values(run).await else {
        return;
    };
    let body = super::patch::typed(run, json!({ case.attribute.clone(): first }));
    let prepared = send(run, &created.url, "application/json", &body).await;
    let Some(key) = first.pointer(&format!("/1/{}", case.key)).map(json::plain) else {
        return;
    };
    if !prepared.is(&accepted(run)) {
        run.recorder
            .skip(QUERY.at(level), "the array could not be set");
        return;
    }
    let path = format!(
        "/{}/{}?{}={}",
        case.attribute,
        case.target,
        case.key,
        encode(&key)
    );
    let operations = json!([{"op": "add", "path": path, "value": "selected by query"}]);
    let exchange = send(run, &created.url, JSON_PATCH_QUERY, &operations).await;
    if level == Level::May && exchange.is(&UNSUPPORTED) {
        run.recorder
            .skip(QUERY, "the server does not support this optional format");
        return;
    }
    let mut expected = first.clone();
    if let Some(element) = expected.pointer_mut("/1").and_then(Value::as_object_mut) {
        element.insert(case.target.clone(), json!("selected by query"));
    }
    let values = json!({ case.attribute.clone(): expected });
    let mut verdict = applied(run, &exchange, created, &values).await;
    if verdict.is_ok() {
        let after = outcome(run, &exchange, &created.url).await;
        let other = after.pointer(&format!("/{}/0/{}", case.attribute, case.target));
        if other == Some(&json!("selected by query")) {
            verdict = mismatch(
                "only the selected element changed",
                "the other changed as well",
            );
        }
    }
    run.recorder.judge(QUERY.at(level), &exchange, verdict);
}
