//! GET by id.

use reqwest::Method;

use super::Run;
use super::session::Created;
use crate::check::{Check, PROFILE, mismatch};
use crate::expect;
use crate::http::Call;
use crate::profile::Operation;

const STATUS: Check = Check::must("read.status", "TMF630 part 1, 1.7", "GET by id answers 200");
const MEDIA: Check = Check::must("read.media", "TMF630 part 1, 1.7", "The answer is JSON");
const MANDATORY: Check = Check::must(
    "read.mandatory",
    PROFILE,
    "The answer has all mandatory attributes",
);
const ECHO: Check = Check::must(
    "read.echo",
    "TMF630 part 1, 1.7",
    "GET answers what POST stored",
);
const HREF: Check = Check::must(
    "read.href",
    "TMF630 part 1, 2.3",
    "href leads to the resource itself",
);
const UNKNOWN: Check = Check::must(
    "read.unknown",
    "TMF630 part 1, 3.3",
    "An unknown id answers 404",
);
const ETAG: Check = Check::should(
    "read.etag",
    "TMF630 part 1, 1.7",
    "GET answers with an ETag",
);
const NOT_MODIFIED: Check = Check::should(
    "read.not-modified",
    "TMF630 part 1, 1.7",
    "If-None-Match with the current ETag answers 304",
);

const DEPENDENT: [Check; 7] = [STATUS, MEDIA, MANDATORY, ECHO, HREF, ETAG, NOT_MODIFIED];

/// Checks reading one resource.
pub async fn checks(run: &mut Run<'_>, created: Option<&Created>) {
    if !run.resource.has(Operation::Get) {
        return;
    }
    match created {
        Some(created) => existing(run, created).await,
        None => found(run).await,
    }
    let url = run.session.item(run.resource, "conformance-no-such-id");
    let exchange = run.session.get(&url).await;
    let typed = run.session.profile.typed;
    expect::refused(&mut run.recorder, UNKNOWN, "", &exchange, &[404], typed);
}

async fn existing(run: &mut Run<'_>, created: &Created) {
    let exchange = run.session.get(&created.url).await;
    let sent = super::create::compared(run, &created.sent);
    shape(run, &exchange);
    run.recorder
        .judge(ECHO, &exchange, expect::echo(&exchange, &sent));
    let href = created
        .body
        .get("href")
        .and_then(|href| href.as_str())
        .unwrap_or_default();
    if href.is_empty() {
        run.recorder.skip(HREF, "the resource has no href");
    } else {
        let href = crate::http::resolve(&created.url, href);
        let linked = run.session.get(&href).await;
        let same = linked
            .json()
            .is_some_and(|body| body.get("id") == created.body.get("id"));
        let verdict = if same {
            Ok(())
        } else {
            mismatch("the same resource at href", linked.summary())
        };
        run.recorder.judge(HREF, &linked, verdict);
    }
    conditional(run, &created.url).await;
}

/// Resources that clients cannot create are read where the server has some.
async fn found(run: &mut Run<'_>) {
    let because = if run.resource.has(Operation::Create) {
        "creating the resource failed"
    } else {
        "clients cannot create the resource and the server has none"
    };
    let url = format!("{}?limit=1", run.session.collection(run.resource));
    let first = run.session.get(&url).await.json();
    let id = first
        .as_ref()
        .and_then(|list| list.get(0)?.get("id")?.as_str())
        .filter(|_| !run.resource.has(Operation::Create));
    let Some(id) = id else {
        run.recorder.skip_all(&DEPENDENT, because);
        return;
    };
    let url = run.session.item(run.resource, id);
    let exchange = run.session.get(&url).await;
    shape(run, &exchange);
    conditional(run, &url).await;
}

fn shape(run: &mut Run<'_>, exchange: &crate::http::Exchange) {
    run.recorder
        .judge(STATUS, exchange, expect::status(exchange, &[200]));
    run.recorder
        .judge(MEDIA, exchange, expect::json_media(exchange));
    let mandatory = expect::attributes(exchange, &run.resource.mandatory);
    run.recorder.judge(MANDATORY, exchange, mandatory);
}

/// Reads twice: a resource with an ETag need not be sent again. Tasks change by themselves, so
/// the second answer is judged only for resources that do not.
async fn conditional(run: &mut Run<'_>, url: &str) {
    let exchange = run.session.get(url).await;
    let etag = exchange.header("etag").map(str::to_owned);
    let verdict = if etag.is_some() {
        Ok(())
    } else {
        mismatch("an ETag header", "none")
    };
    run.recorder.judge(ETAG, &exchange, verdict);
    if run.resource.status.is_some() {
        return;
    }
    let Some(etag) = etag else {
        run.recorder.skip(NOT_MODIFIED, "the server sends no ETag");
        return;
    };
    let call = Call::new(Method::GET, url).header("If-None-Match", &etag);
    let exchange = run.session.send(call).await;
    run.recorder
        .judge(NOT_MODIFIED, &exchange, expect::status(&exchange, &[304]));
}
