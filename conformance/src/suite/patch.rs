//! PATCH by merge (plain JSON and merge-patch), and what a patch must refuse.

use reqwest::Method;
use serde_json::{Map, Value, json};

use super::Run;
use super::session::Created;
use crate::check::{Check, PROFILE, Verdict, mismatch};
use crate::expect;
use crate::http::{Call, Exchange};
use crate::json;
use crate::profile::Operation;

const RULE: &str = "TMF630 part 1, 5";
const STATUS: Check = Check::must("patch.status", RULE, "PATCH answers 200");
const PATCHABLE: Check = Check::must("patch.patchable", PROFILE, "The attribute can be changed");
const FULL: Check = Check::must("patch.full", RULE, "The answer is the full resource");
const KEPT: Check = Check::must(
    "patch.kept",
    RULE,
    "Attributes not named in the patch are kept",
);
const STORED: Check = Check::must("patch.stored", RULE, "GET answers the patched resource");
const MERGE: Check = Check::must(
    "patch.merge",
    RULE,
    "application/merge-patch+json is accepted",
);
const CHARSET: Check = Check::must(
    "patch.charset",
    "TMF630 part 1, 1.7",
    "A charset parameter is accepted",
);
const NULL: Check = Check::must("patch.null", RULE, "null removes an attribute");
const ARRAY: Check = Check::must("patch.array", RULE, "An array is replaced as a whole");
const FIELDS: Check = Check::must(
    "patch.fields",
    "TMF630 part 1, 4.3; v5 definitions",
    "fields on PATCH shapes the answer",
);
const UNTYPED: Check = Check::may(
    "patch.untyped",
    RULE,
    "A merge patch without @type is accepted as well",
);
const READ_ONLY: Check = Check::should("patch.read-only", RULE, "id and href are refused with 400");
const WRONG_TYPE: Check = Check::must(
    "patch.wrong-type",
    "TMF630 part 1, 3.3",
    "A value of the wrong type answers 400",
);
const MANDATORY: Check = Check::should(
    "patch.mandatory",
    RULE,
    "A mandatory attribute cannot be removed",
);
const MALFORMED: Check = Check::must(
    "patch.malformed",
    "TMF630 part 1, 3.3",
    "A body that is not JSON answers 400",
);
const UNSUPPORTED: Check = Check::must(
    "patch.unsupported-media",
    "TMF630 part 1, 3.3",
    "A media type that is not supported answers 415",
);
const UNKNOWN: Check = Check::must(
    "patch.unknown",
    "TMF630 part 1, 3.3",
    "An unknown id answers 404",
);
const STALE: Check = Check::should(
    "patch.if-match-stale",
    "TMF630 part 1, 3.3",
    "If-Match with another ETag answers 412",
);
const CURRENT: Check = Check::should(
    "patch.if-match-current",
    "TMF630 part 1, 1.6",
    "If-Match with the current ETag is accepted",
);

const DEPENDENT: [Check; 14] = [
    STATUS,
    PATCHABLE,
    FULL,
    KEPT,
    STORED,
    MERGE,
    CHARSET,
    NULL,
    ARRAY,
    READ_ONLY,
    WRONG_TYPE,
    MALFORMED,
    UNSUPPORTED,
    STALE,
];

/// Media type of a merge patch.
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Checks patching a resource made for it.
pub async fn checks(run: &mut Run<'_>) {
    if !run.resource.has(Operation::Patch) {
        return;
    }
    unknown(run).await;
    if !run.resource.has(Operation::Create) {
        let because = "the runner changes only what it made, and clients cannot create this";
        run.recorder.skip_all(&DEPENDENT, because);
        return;
    }
    match run.session.make(run.resource, &json!({})).await {
        Ok(created) => {
            plain_json(run, &created).await;
            merge_patch(run, &created).await;
            arrays(run, &created).await;
            refused(run, &created).await;
            conditional(run, &created).await;
        }
        Err(because) => run.recorder.skip_all(&DEPENDENT, &because),
    }
}

/// A patch body as a conforming client sends it: v5 forms demand `@type`.
pub fn typed(run: &Run<'_>, patch: Value) -> Value {
    if !run.session.profile.typed {
        return patch;
    }
    let mut body = json!({ "@type": run.resource.kind });
    if let (Some(body), Value::Object(patch)) = (body.as_object_mut(), patch) {
        body.extend(patch);
    }
    body
}

/// Sends a patch.
pub async fn send(run: &Run<'_>, url: &str, media: &str, body: &Value) -> Exchange {
    let call = Call::with_body(Method::PATCH, url, media, body.to_string());
    run.session.send(call).await
}

/// Statuses that mean that a patch was accepted.
pub fn accepted(run: &Run<'_>) -> Vec<u16> {
    run.session.profile.statuses.patch.clone()
}

/// The resource after a patch: the answer, or (202, empty answers) what GET says.
pub async fn outcome(run: &Run<'_>, exchange: &Exchange, url: &str) -> Value {
    match exchange.json() {
        Some(body) if exchange.is(&[200]) => body,
        _ => run.session.get(url).await.json().unwrap_or_default(),
    }
}

async fn unknown(run: &mut Run<'_>) {
    let url = run.session.item(run.resource, "conformance-no-such-id");
    let attribute = run.resource.label.as_deref().unwrap_or("name");
    let body = typed(run, json!({ attribute: "any" }));
    let exchange = send(run, &url, "application/json", &body).await;
    let typed = run.session.profile.typed;
    expect::refused(&mut run.recorder, UNKNOWN, "", &exchange, &[404], typed);
}

async fn plain_json(run: &mut Run<'_>, created: &Created) {
    let Some(label) = run.resource.label.clone() else {
        return;
    };
    let value = Value::String(run.session.unique());
    let patch = typed(run, json!({ label.clone(): value }));
    let exchange = send(run, &created.url, "application/json", &patch).await;
    let statuses = accepted(run);
    run.recorder
        .judge(STATUS, &exchange, expect::status(&exchange, &statuses));
    let after = outcome(run, &exchange, &created.url).await;
    let changed = holds(&after, &json!({ label.clone(): value }));
    run.recorder.judge_on(PATCHABLE, &label, &exchange, changed);
    if exchange.is(&[200]) {
        let full = expect::attributes(&exchange, &run.resource.mandatory);
        run.recorder.judge(FULL, &exchange, full);
    }
    let mut others = super::create::compared(run, &created.sent);
    if let Some(map) = others.as_object_mut() {
        map.remove(&label);
    }
    run.recorder.judge(KEPT, &exchange, holds(&after, &others));
    let read = run.session.get(&created.url).await;
    run.recorder
        .judge(STORED, &read, expect::echo(&read, &json!({ label: value })));
    if run.session.profile.fields_on_write {
        fields(run, created).await;
    }
}

/// The value holds everything expected.
fn holds(value: &Value, expected: &Value) -> Verdict {
    json::contains(value, expected).or_else(|text| mismatch(json::brief(expected), text))
}

async fn fields(run: &mut Run<'_>, created: &Created) {
    let Some(label) = run.resource.label.clone() else {
        return;
    };
    let patch = typed(run, json!({ label.clone(): run.session.unique() }));
    let url = format!("{}?fields={label}", created.url);
    let exchange = send(run, &url, "application/json", &patch).await;
    let verdict = super::fields::only(run, &exchange.json().unwrap_or_default(), &[&label]);
    run.recorder.judge(FIELDS, &exchange, verdict);
}

async fn merge_patch(run: &mut Run<'_>, created: &Created) {
    let level = run.session.profile.patch_media.merge_patch;
    let statuses = accepted(run);
    if let Some(label) = run.resource.label.clone() {
        let cases = [
            (MERGE.at(level), MERGE_PATCH, true),
            (CHARSET, "application/json; charset=utf-8", true),
            (UNTYPED, MERGE_PATCH, false),
        ];
        for (check, media, with_type) in cases {
            if !with_type && !run.session.profile.typed {
                continue;
            }
            let patch = json!({ label.clone(): run.session.unique() });
            let body = if with_type {
                typed(run, patch.clone())
            } else {
                patch.clone()
            };
            let exchange = send(run, &created.url, media, &body).await;
            let after = outcome(run, &exchange, &created.url).await;
            let verdict = expect::status(&exchange, &statuses).and_then(|()| holds(&after, &patch));
            run.recorder.judge(check, &exchange, verdict);
        }
    }
    if let Some(name) = run.resource.removable.clone() {
        let patch = typed(run, json!({ name.clone(): null }));
        let exchange = send(run, &created.url, "application/json", &patch).await;
        let after = outcome(run, &exchange, &created.url).await;
        let verdict = expect::status(&exchange, &statuses).and_then(|()| {
            if json::present(&after, &name) {
                mismatch(format!("no {name}"), "it is still there")
            } else {
                Ok(())
            }
        });
        run.recorder.judge_on(NULL, &name, &exchange, verdict);
    }
}

/// Sets two elements, then others: none of the first may be left.
async fn arrays(run: &mut Run<'_>, created: &Created) {
    let Some(case) = run.resource.array.clone() else {
        return;
    };
    let mut last = None;
    for value in [&case.first, &case.second] {
        let value = match run.session.fill(value).await {
            Ok(value) => value,
            Err(because) => return run.recorder.skip(ARRAY, &because),
        };
        let mut patch = Map::new();
        patch.insert(case.attribute.clone(), value);
        let patch = Value::Object(patch);
        let body = typed(run, patch.clone());
        let exchange = send(run, &created.url, "application/json", &body).await;
        let after = outcome(run, &exchange, &created.url).await;
        let verdict = holds(&after, &patch);
        let failed = verdict.is_err();
        last = Some((exchange, verdict));
        if failed {
            break;
        }
    }
    if let Some((exchange, verdict)) = last {
        run.recorder
            .judge_on(ARRAY, &case.attribute, &exchange, verdict);
    }
}

async fn refused(run: &mut Run<'_>, created: &Created) {
    let is_typed = run.session.profile.typed;
    let mut cases: Vec<(Check, Value)> = vec![
        (READ_ONLY, json!({ "id": "conformance-other-id" })),
        (READ_ONLY, json!({ "href": "http://example.com/other" })),
    ];
    cases.extend(
        run.resource
            .wrong_types
            .iter()
            .map(|wrong| (WRONG_TYPE, wrong.clone())),
    );
    cases.extend(
        run.resource
            .required
            .iter()
            .filter(|name| !name.contains('.'))
            .map(|name| (MANDATORY, json!({ name.as_str(): null }))),
    );
    for (check, patch) in cases {
        let subject = json::brief(&patch);
        let body = typed(run, patch);
        let exchange = send(run, &created.url, "application/json", &body).await;
        expect::refused(
            &mut run.recorder,
            check,
            &subject,
            &exchange,
            &[400],
            is_typed,
        );
    }
    let raw = [
        (MALFORMED, "application/json", "{\"name\": ", 400),
        (UNSUPPORTED, "text/plain", "{}", 415),
    ];
    for (check, media, text, status) in raw {
        let call = Call::with_body(Method::PATCH, &created.url, media, text.to_owned());
        let exchange = run.session.send(call).await;
        expect::refused(&mut run.recorder, check, "", &exchange, &[status], is_typed);
    }
}

/// Times that an ETag is asked for again when it is outdated at once: servers change resources, too.
const FRESH_ETAGS: usize = 5;

async fn conditional(run: &mut Run<'_>, created: &Created) {
    let Some(label) = run.resource.label.clone() else {
        return;
    };
    let Some(mut etag) = etag(run, created).await else {
        run.recorder
            .skip_all(&[STALE, CURRENT], "the server sends no ETag");
        return;
    };
    let exchange = patch_if(run, created, &label, "\"conformance-stale\"").await;
    run.recorder
        .judge(STALE, &exchange, expect::status(&exchange, &[412]));
    let mut exchange = patch_if(run, created, &label, &etag).await;
    for _ in 0..FRESH_ETAGS {
        let before = etag.clone();
        if exchange.status() == Some(412) {
            etag = self::etag(run, created).await.unwrap_or(etag);
        }
        if etag == before {
            break;
        }
        exchange = patch_if(run, created, &label, &etag).await;
    }
    let expected = accepted(run);
    run.recorder
        .judge(CURRENT, &exchange, expect::status(&exchange, &expected));
}

/// The ETag that the resource has now.
async fn etag(run: &Run<'_>, created: &Created) -> Option<String> {
    let exchange = run.session.get(&created.url).await;
    exchange.header("etag").map(str::to_owned)
}

/// A patch on condition that the resource has an ETag.
async fn patch_if(run: &Run<'_>, created: &Created, label: &str, etag: &str) -> Exchange {
    let patch = typed(run, json!({ label: run.session.unique() }));
    let call = Call::json(Method::PATCH, &created.url, &patch).header("If-Match", etag);
    run.session.send(call).await
}
