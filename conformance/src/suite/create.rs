//! POST on a collection.

use reqwest::Method;
use serde_json::{Value, json};

use super::Run;
use super::session::Created;
use crate::check::{Check, PROFILE, Verdict, mismatch};
use crate::expect;
use crate::http::{Call, Exchange, resolve};
use crate::json;
use crate::profile::Operation;

const STATUS: Check = Check::must(
    "create.status",
    "TMF630 part 1, 1.8",
    "POST makes the resource and answers 201",
);
const LOCATION: Check = Check::must(
    "create.location",
    "TMF630 part 1, 1.8",
    "Location is sent and equals href in the body",
);
const MANDATORY: Check = Check::must(
    "create.mandatory",
    PROFILE,
    "The answer has all mandatory attributes",
);
const MEDIA: Check = Check::must("create.media", "TMF630 part 1, 1.7", "The answer is JSON");
const ECHO: Check = Check::must(
    "create.echo",
    "TMF630 part 1, 1.8",
    "The answer holds what was sent",
);
const TASK_STATUS: Check = Check::must(
    "create.task-status",
    PROFILE,
    "The status is one of the standard's values",
);
const MINIMAL: Check = Check::must(
    "create.minimal",
    PROFILE,
    "A body of only the mandatory attributes is accepted",
);
const CHARSET: Check = Check::must(
    "create.charset",
    "TMF630 part 1, 1.7",
    "A charset parameter on Content-Type is accepted",
);
const EXTENSION: Check = Check::should(
    "create.extension",
    "TMF630 part 2, extension of resources",
    "Additional attributes of an announced subtype are kept",
);
const FIELDS: Check = Check::must(
    "create.fields",
    "TMF630 part 1, 4.3; v5 definitions",
    "fields on POST shapes the answer",
);
const REQUIRED: Check = Check::must(
    "create.required",
    PROFILE,
    "A missing mandatory attribute answers 400",
);
const TYPE_REQUIRED: Check = Check::must(
    "create.type-required",
    "TMF630 part 2, polymorphism; v5 definitions",
    "A missing @type answers 400",
);
const WRONG_TYPE: Check = Check::must(
    "create.wrong-type",
    "TMF630 part 1, 3.3",
    "A value of the wrong type answers 400",
);
const MALFORMED: Check = Check::must(
    "create.malformed",
    "TMF630 part 1, 3.3",
    "A body that is not JSON answers 400",
);
const NOT_OBJECT: Check = Check::must(
    "create.not-object",
    "TMF630 part 1, 3.3",
    "A body that is a bare text answers 400",
);
const UNSUPPORTED: Check = Check::must(
    "create.unsupported-media",
    "TMF630 part 1, 3.3",
    "A media type that is not supported answers 415",
);

/// Makes the resource that the following groups read, and checks how POST answers.
pub async fn checks(run: &mut Run<'_>) -> Option<Created> {
    if !run.resource.has(Operation::Create) {
        return None;
    }
    let body = match run.session.fill(&run.resource.body).await {
        Ok(body) => body,
        Err(because) => {
            run.recorder
                .skip_all(&[STATUS, LOCATION, MANDATORY, MEDIA, ECHO], &because);
            return None;
        }
    };
    let created = accepted(run, &body).await;
    if created.is_none() {
        let because = "creating the resource failed";
        run.recorder
            .skip_all(&[MINIMAL, CHARSET, EXTENSION], because);
    } else {
        variants(run).await;
    }
    refused(run, &body).await;
    created
}

async fn accepted(run: &mut Run<'_>, body: &Value) -> Option<Created> {
    let exchange = run.session.post(run.resource, body).await;
    let statuses = run.session.profile.statuses.create.clone();
    run.recorder
        .judge(STATUS, &exchange, expect::status(&exchange, &statuses));
    let created = run.session.created(run.resource, body, exchange.clone());
    if created.is_none() {
        let because = "the answer names no resource that was made";
        run.recorder
            .skip_all(&[LOCATION, MANDATORY, MEDIA, ECHO], because);
        return None;
    }
    run.recorder.judge(LOCATION, &exchange, location(&exchange));
    let mandatory = &run.resource.mandatory;
    run.recorder.judge(
        MANDATORY,
        &exchange,
        expect::attributes(&exchange, mandatory),
    );
    run.recorder
        .judge(MEDIA, &exchange, expect::json_media(&exchange));
    run.recorder.judge(
        ECHO,
        &exchange,
        expect::echo(&exchange, &compared(run, body)),
    );
    if run.resource.status.is_some() {
        run.recorder
            .judge(TASK_STATUS, &exchange, task_status(run, &exchange));
    }
    created
}

/// What was sent without the attributes that the server may set itself.
pub fn compared(run: &Run<'_>, body: &Value) -> Value {
    let mut sent = body.clone();
    if let Some(map) = sent.as_object_mut() {
        map.retain(|name, _| !run.resource.server_set.contains(name));
    }
    sent
}

/// A relative Location is legal HTTP, so both are compared as absolute URLs.
fn location(exchange: &Exchange) -> Verdict {
    let Some(location) = exchange.header("location") else {
        return mismatch("a Location header", "none");
    };
    let body = exchange.json().unwrap_or_default();
    let href = body.get("href").and_then(Value::as_str).unwrap_or_default();
    let base = &exchange.request.url;
    if !href.is_empty() && resolve(base, location) == resolve(base, href) {
        return Ok(());
    }
    mismatch(
        format!("Location equal to href '{href}'"),
        format!("'{location}'"),
    )
}

/// The attribute has a value of its closed list.
pub fn task_status(run: &Run<'_>, exchange: &Exchange) -> Verdict {
    let Some(status) = &run.resource.status else {
        return Ok(());
    };
    let body = exchange.json().unwrap_or_default();
    let value = body
        .get(&status.attribute)
        .and_then(Value::as_str)
        .unwrap_or_default();
    if status.values.iter().any(|known| known == value) {
        return Ok(());
    }
    mismatch(
        format!("{} one of {:?}", status.attribute, status.values),
        format!("'{value}'"),
    )
}

/// Other ways to create that a server must accept.
async fn variants(run: &mut Run<'_>) {
    let statuses = run.session.profile.statuses.create.clone();
    if let Some(minimal) = &run.resource.minimal {
        match run.session.fill(minimal).await {
            Ok(body) => {
                let exchange = run.session.post(run.resource, &body).await;
                let verdict = expect::status(&exchange, &statuses)
                    .and_then(|()| expect::attributes(&exchange, &["id".into(), "href".into()]));
                run.recorder.judge(MINIMAL, &exchange, verdict);
            }
            Err(because) => run.recorder.skip(MINIMAL, &because),
        }
    }
    let Ok(body) = run.session.fill(&run.resource.body).await else {
        return;
    };
    let url = run.session.collection(run.resource);
    let media = "application/json;charset=utf-8";
    let call = Call::with_body(Method::POST, url, media, body.to_string());
    let exchange = run.session.post_call(run.resource, call).await;
    run.recorder
        .judge(CHARSET, &exchange, expect::status(&exchange, &statuses));
    extension(run).await;
    if run.session.profile.fields_on_write {
        fields(run).await;
    }
}

/// A subtype nobody knows, announced by `@type` and `@baseType`.
async fn extension(run: &mut Run<'_>) {
    let mut template = run.resource.body.clone();
    let kind = &run.resource.kind;
    let addition = json!({
        "@type": format!("Conformance{kind}"),
        "@baseType": kind,
        "conformanceNote": "an additional attribute",
        "conformanceDetail": {"level": 2, "tags": ["a", "b"]},
    });
    json::merge(&mut template, &addition);
    let Ok(body) = run.session.fill(&template).await else {
        return;
    };
    let exchange = run.session.post(run.resource, &body).await;
    let Some(created) = run.session.created(run.resource, &body, exchange.clone()) else {
        run.recorder
            .judge(EXTENSION, &exchange, expect::status(&exchange, &[201]));
        return;
    };
    let read = run.session.get(&created.url).await;
    run.recorder
        .judge(EXTENSION, &read, expect::echo(&read, &addition));
}

async fn fields(run: &mut Run<'_>) {
    let Some(label) = &run.resource.label else {
        return;
    };
    let Ok(body) = run.session.fill(&run.resource.body).await else {
        return;
    };
    let url = format!("{}?fields={label}", run.session.collection(run.resource));
    let call = Call::json(Method::POST, url, &body);
    let exchange = run.session.post_call(run.resource, call).await;
    let verdict = super::fields::only(run, &exchange.json().unwrap_or_default(), &[label]);
    run.recorder.judge(FIELDS, &exchange, verdict);
}

/// Bodies that must be refused. They are made from a body that is accepted, so that each has
/// exactly one fault.
async fn refused(run: &mut Run<'_>, body: &Value) {
    for name in &run.resource.required {
        let mut faulty = body.clone();
        remove(&mut faulty, name);
        post_refused(run, REQUIRED, name, &faulty).await;
    }
    if run.session.profile.typed {
        let mut faulty = body.clone();
        remove(&mut faulty, "@type");
        post_refused(run, TYPE_REQUIRED, "", &faulty).await;
    }
    for fragment in &run.resource.wrong_types {
        let mut faulty = body.clone();
        json::merge(&mut faulty, fragment);
        post_refused(run, WRONG_TYPE, &json::brief(fragment), &faulty).await;
    }
    let typed = run.session.profile.typed;
    let raw = [
        (MALFORMED, "application/json", "{\"name\": ".to_owned(), 400),
        (NOT_OBJECT, "application/json", "\"text\"".to_owned(), 400),
        (UNSUPPORTED, "text/plain", body.to_string(), 415),
    ];
    for (check, media, text, status) in raw {
        let url = run.session.collection(run.resource);
        let call = Call::with_body(Method::POST, url, media, text);
        let exchange = run.session.post_call(run.resource, call).await;
        expect::refused(&mut run.recorder, check, "", &exchange, &[status], typed);
    }
}

async fn post_refused(run: &mut Run<'_>, check: Check, subject: &str, body: &Value) {
    let exchange = run.session.post(run.resource, body).await;
    let typed = run.session.profile.typed;
    expect::refused(&mut run.recorder, check, subject, &exchange, &[400], typed);
}

/// Removes an attribute; a dotted path leads into nested objects.
fn remove(value: &mut Value, path: &str) {
    let (parent, last) = match path.rsplit_once('.') {
        Some((parent, last)) => (Some(parent), last),
        None => (None, path),
    };
    let mut current = Some(value);
    for segment in parent.into_iter().flat_map(|parent| parent.split('.')) {
        current = current.and_then(|value| value.get_mut(segment));
    }
    if let Some(map) = current.and_then(Value::as_object_mut) {
        map.remove(last);
    }
}
