//! Methods that a resource does not have.

use reqwest::Method;

use super::Run;
use super::session::Created;
use crate::check::{Check, mismatch};
use crate::expect;
use crate::http::{Call, Exchange};
use crate::profile::Operation;

const REFUSED: Check = Check::must(
    "method.refused",
    "TMF630 part 1, 3.3",
    "A method that the resource does not have answers 405",
);
const ALLOW: Check = Check::should(
    "method.allow",
    "RFC 9110, 15.5.6",
    "A 405 names the methods that exist in Allow",
);

/// Tries the methods that are not declared. PATCH and POST with a list on the collection are left
/// alone: servers may offer them for bulk changes.
pub async fn checks(run: &mut Run<'_>, created: Option<&Created>) {
    let collection = run.session.collection(run.resource);
    let mut cases = vec![(Method::PUT, "collection", collection.clone())];
    cases.push((Method::DELETE, "collection", collection.clone()));
    if !run.resource.has(Operation::Create) {
        cases.push((Method::POST, "collection", collection));
    }
    if let Some(created) = created {
        cases.push((Method::PUT, "id", created.url.clone()));
        cases.push((Method::POST, "id", created.url.clone()));
        if !run.resource.has(Operation::Patch) {
            cases.push((Method::PATCH, "id", created.url.clone()));
        }
    }
    let typed = run.session.profile.typed;
    for (method, place, url) in cases {
        let subject = format!("{method} on {place}");
        let call = if method == Method::DELETE {
            Call::new(method, url)
        } else {
            Call::json(method, url, &serde_json::json!({}))
        };
        let exchange = run.session.send(call).await;
        let kept = expect::refused(
            &mut run.recorder,
            REFUSED,
            &subject,
            &exchange,
            &[405],
            typed,
        );
        if kept {
            run.recorder
                .judge_on(ALLOW, &subject, &exchange, allow(&exchange));
        }
    }
}

fn allow(exchange: &Exchange) -> crate::check::Verdict {
    let allowed = exchange.header_list("allow");
    let tried = exchange.request.method.as_str();
    let methods: Vec<&str> = allowed.split(',').map(str::trim).collect();
    if methods.contains(&"GET") && !methods.contains(&tried) {
        return Ok(());
    }
    mismatch(
        format!("Allow with GET and without {tried}"),
        format!("'{allowed}'"),
    )
}
