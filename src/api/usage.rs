//! Usage that comes many at once: arrays on the standard's path. It is rated before the answer, in the
//! order of time, and each element is answered for itself.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::CONTENT_TYPE;
use serde_json::{Value, json};
use std::collections::HashMap;

use super::error;
use super::handlers::{Call, JSON};
use crate::charging::{Answer, Sent};
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::query::Fields;

/// POST of an array of usage.
pub(super) async fn array(
    call: &Call<'_>,
    resource: &'static Resource,
    bodies: Vec<Value>,
    fields: &Fields,
) -> Outcome<HttpResponse> {
    let tenant = call.caller().tenant;
    let core = &call.gateway.engine.core;
    let version = match core.registry.in_version(resource.kind, ApiVersion::V4) {
        Some(older) if std::ptr::eq(older, resource) => ApiVersion::V4,
        _ => ApiVersion::V5,
    };
    let records = bodies.into_iter().map(Sent::Value).collect();
    let pool = &call.gateway.pool;
    let answers = pool.take_in(tenant, version, records).await?;
    let ids: Vec<String> = answers
        .iter()
        .filter_map(id_of)
        .map(str::to_owned)
        .collect();
    let store = &call.gateway.engine.store;
    let rows = store
        .scan(move |session| session.versions_of(tenant, resource.kind, &ids))
        .await?;
    let rows: HashMap<String, _> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let mut all_new = true;
    let mut entries = Vec::with_capacity(answers.len());
    for answer in answers {
        let (status, entry) = match &answer {
            Answer::Refused(problem) => {
                let status = error::status(problem.code);
                (status, json!({ "error": error::body(problem) }))
            }
            Answer::Gone => {
                let problem = Problem::busy(1);
                let status = error::status(problem.code);
                (status, json!({ "error": error::body(&problem) }))
            }
            Answer::Stored { .. } | Answer::Repeated { .. } => {
                let row = id_of(&answer).and_then(|id| rows.get(id));
                let row =
                    row.ok_or_else(|| Problem::internal("a usage that was stored is gone"))?;
                let value = core.value(resource, row, None)?;
                let status = match answer {
                    Answer::Stored { .. } => StatusCode::CREATED,
                    _ => StatusCode::OK,
                };
                let etag = core.etag(row);
                (
                    status,
                    json!({ "etag": etag, "resource": fields.apply(value) }),
                )
            }
        };
        all_new &= status == StatusCode::CREATED;
        let mut with_status = json!({ "status": status.as_str() });
        if let (Some(to), Value::Object(from)) = (with_status.as_object_mut(), entry) {
            to.extend(from);
        }
        entries.push(with_status);
    }
    let status = match all_new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok(HttpResponse::build(status)
        .insert_header((CONTENT_TYPE, JSON))
        .body(Value::Array(entries).to_string()))
}

/// The id of what is stored.
fn id_of(answer: &Answer) -> Option<&str> {
    match answer {
        Answer::Stored { id, .. } | Answer::Repeated { id } => Some(id),
        Answer::Refused(_) | Answer::Gone => None,
    }
}
