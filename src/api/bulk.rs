//! Arrays of resources in one request: our addition to TMF630, for portals and migrations.
//!
//! The answer is an array with an entry for each element, in order: `status` (the HTTP status it
//! would have had alone), and `resource` or `error`. With `X-All-Or-Nothing: true` one refusal
//! refuses the whole request.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Payload;
use serde_json::{Value, json};

use super::body::{self, Body};
use super::handlers::{Call, JSON};
use super::{error, headers, usage};
use crate::behaviour::usage::KIND;
use crate::domain::descriptor::Resource;
use crate::domain::patch::PatchKind;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::{Fields, parse_single};
use crate::engine::ElementOutcome;

/// POST of an array.
pub(super) async fn create(
    call: &Call<'_>,
    resource: &'static Resource,
    bodies: Vec<Value>,
    fields: &Fields,
) -> Outcome<HttpResponse> {
    if headers::idempotency_key(call.request)?.is_some() {
        return Err(Problem::at(
            Code::InvalidHeader,
            "Idempotency-Key",
            "is not supported for arrays; give the resources ids instead",
        ));
    }
    let whole = headers::all_or_nothing(call.request)?;
    if resource.kind == KIND && !whole && call.gateway.pool.is_enabled() {
        return usage::array(call, resource, bodies, fields).await;
    }
    let done = call
        .gateway
        .engine
        .create_many(resource, bodies, call.caller(), whole)
        .await?;
    answer(call, resource, done, StatusCode::CREATED, fields)
}

/// PATCH of a collection with an array of merge patches, each with the `id` it is for.
pub(super) async fn patch(
    call: &Call<'_>,
    resource: &'static Resource,
    payload: Payload,
) -> Outcome<HttpResponse> {
    let single = parse_single(call.request.query_string(), resource)?;
    let limits = &call.gateway.settings.body;
    let (media, bytes) = call
        .body(payload, limits.bulk_body_bytes.max(limits.body_bytes))
        .await?;
    let merge = PatchKind::from_media(&media) == Some(PatchKind::Merge);
    let patches = match body::parse(&bytes, limits)? {
        Body::Many(patches) if merge => patches,
        _ => {
            return Err(Problem::at(
                Code::InvalidPatch,
                "",
                "a collection is patched with an array of merge patches, each with an id",
            ));
        }
    };
    let whole = headers::all_or_nothing(call.request)?;
    let done = call
        .gateway
        .engine
        .patch_many(resource, patches, call.caller(), whole)
        .await?;
    answer(call, resource, done, StatusCode::OK, &single.fields)
}

fn answer(
    call: &Call<'_>,
    resource: &'static Resource,
    done: Vec<ElementOutcome>,
    success: StatusCode,
    fields: &Fields,
) -> Outcome<HttpResponse> {
    let core = &call.gateway.engine.core;
    let all_well = done.iter().all(Result::is_ok);
    let mut entries = Vec::with_capacity(done.len());
    for outcome in done {
        entries.push(match outcome {
            Ok(stored) => {
                let status = if stored.repeated {
                    StatusCode::OK
                } else {
                    success
                };
                let etag = core.etag(&stored.row);
                let value = core.value(resource, &stored.row, stored.doc)?;
                json!({ "status": status.as_str(), "etag": etag, "resource": fields.apply(value) })
            }
            Err(problem) => {
                json!({ "status": error::status(problem.code).as_str(), "error": error::body(&problem) })
            }
        });
    }
    let status = if all_well { success } else { StatusCode::OK };
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, JSON))
        .body(Value::Array(entries).to_string()))
}
