//! DELETE.

use reqwest::Method;

use super::Run;
use super::batch::listed;
use super::session::Created;
use crate::check::{Check, mismatch};
use crate::expect;
use crate::http::{Call, Exchange, encode};
use crate::profile::Operation;

const RULE: &str = "TMF630 part 1, 1.8";
const ERRORS: &str = "TMF630 part 1, 3.3";
const UNKNOWN: Check = Check::must(
    "delete.unknown",
    ERRORS,
    "DELETE of an unknown id answers 404",
);
const STATUS: Check = Check::must("delete.status", RULE, "DELETE answers 204 (v5: or 202)");
const GONE: Check = Check::must(
    "delete.gone",
    ERRORS,
    "GET of a deleted resource answers 404",
);
const AGAIN: Check = Check::must("delete.again", ERRORS, "A second DELETE answers 404");
const UNLISTED: Check = Check::must("delete.unlisted", RULE, "A deleted resource is in no list");

/// Deletes the resource of the first group and looks for it.
pub async fn checks(run: &mut Run<'_>, created: Option<Created>) {
    if !run.resource.has(Operation::Delete) {
        return;
    }
    let typed = run.session.profile.typed;
    let url = run.session.item(run.resource, "conformance-no-such-id");
    let exchange = delete(run, &url).await;
    expect::refused(&mut run.recorder, UNKNOWN, "", &exchange, &[404], typed);
    let Some(created) = created else {
        run.recorder.skip_all(
            &[STATUS, GONE, AGAIN, UNLISTED],
            "there is no resource to delete",
        );
        return;
    };
    let exchange = delete(run, &created.url).await;
    let statuses = run.session.profile.statuses.delete.clone();
    if !run
        .recorder
        .judge(STATUS, &exchange, expect::status(&exchange, &statuses))
    {
        run.recorder
            .skip_all(&[GONE, AGAIN, UNLISTED], "deleting failed");
        return;
    }
    if exchange.is(&[202]) {
        let because = "the server only accepted the deletion (202) and may still be at it";
        run.recorder.skip_all(&[GONE, AGAIN, UNLISTED], because);
        return;
    }
    run.session.forget(&created.url);
    let exchange = run.session.get(&created.url).await;
    expect::refused(&mut run.recorder, GONE, "", &exchange, &[404], typed);
    let exchange = delete(run, &created.url).await;
    expect::refused(&mut run.recorder, AGAIN, "", &exchange, &[404], typed);
    unlisted(run, &created).await;
}

async fn delete(run: &Run<'_>, url: &str) -> Exchange {
    run.session.send(Call::new(Method::DELETE, url)).await
}

async fn unlisted(run: &mut Run<'_>, created: &Created) {
    if !run.resource.has(Operation::List) {
        return;
    }
    let url = format!(
        "{}?id={}",
        run.session.collection(run.resource),
        encode(&created.id)
    );
    let exchange = run.session.get(&url).await;
    let verdict = listed(&exchange).and_then(|ids| {
        if ids.contains(&created.id) {
            mismatch("a list without it", "it is listed")
        } else {
            Ok(())
        }
    });
    run.recorder.judge(UNLISTED, &exchange, verdict);
}
