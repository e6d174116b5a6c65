//! What Tollgate serves beside the standard, below `/tollgate/v1`. Errors, headers and time limits
//! are those of the standard's APIs; each endpoint has a file here that says what it answers and
//! what the document tells of it.

mod bill;
mod customer;
mod document;
mod order;
mod rate;
mod receivable;
mod state_machine;
mod tariff;
mod usage;

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse, Resource};

use super::handlers::{JSON, count, in_time, method_not_here};
use super::{Gateway, body, headers};
use serde_json::Value;

use crate::domain::descriptor::{ApiVersion, Verb};
use crate::domain::problem::{Code, Outcome, Problem};

pub(super) use document::document;

/// The API of the model whose resources lie below the same base path.
pub(super) const MODEL: &str = "TOLLGATE";
/// The name of these additions where an API has its number.
pub(super) const ID: &str = "tollgate";
/// Their version.
pub(super) const VERSION: &str = "v1";
/// What their paths begin with.
const BASE: &str = "/tollgate/v1";

pub(super) fn configure(config: &mut ServiceConfig) {
    bill::configure(config);
    customer::configure(config);
    order::configure(config);
    rate::configure(config);
    receivable::configure(config);
    state_machine::configure(config);
    tariff::configure(config);
    usage::configure(config);
}

/// A path below the base that is only read. GET is the given route; HEAD is answered as GET.
fn readable(path: &str, get: impl Fn() -> actix_web::Route) -> Resource {
    web::resource(format!("{BASE}{path}"))
        .route(get().method(actix_web::http::Method::GET))
        .route(get().method(actix_web::http::Method::HEAD))
        .default_service(web::to(async |request: HttpRequest| {
            method_not_here(&request, "GET, HEAD, OPTIONS".to_owned())
        }))
}

/// A path below the base that is only posted to.
fn writable(path: &str, post: impl Fn() -> actix_web::Route) -> Resource {
    web::resource(format!("{BASE}{path}"))
        .route(post().method(actix_web::http::Method::POST))
        .default_service(web::to(async |request: HttpRequest| {
            method_not_here(&request, "POST, OPTIONS".to_owned())
        }))
}

/// A request for one of these endpoints, answered within the time that a request may take, and
/// counted.
async fn answer(
    request: &HttpRequest,
    gateway: &Data<Gateway>,
    (resource, verb): (&'static str, Verb),
    work: impl Future<Output = Outcome<HttpResponse>>,
) -> HttpResponse {
    let response = in_time(request, gateway, async {
        headers::accepts_json(request)?;
        work.await
    })
    .await;
    count((ID, VERSION, resource), verb, response.status());
    response
}

/// The JSON object that a request carries.
async fn object(request: &HttpRequest, gateway: &Gateway, payload: Payload) -> Outcome<Value> {
    let limits = &gateway.settings.body;
    body::media_type(request, &["application/json"])?;
    let bytes = body::read(request, payload, limits.body_bytes).await?;
    match body::parse(&bytes, limits)? {
        body::Body::One(value) => Ok(value),
        body::Body::Many(_) => Err(Problem::at(Code::InvalidBody, "", "must be a JSON object")),
    }
}

/// The version of a standard that a body is in: v5 unless said otherwise.
fn version_of(named: Option<&str>) -> Outcome<ApiVersion> {
    match named {
        None | Some("v5") => Ok(ApiVersion::V5),
        Some("v4") => Ok(ApiVersion::V4),
        Some(_) => Err(Problem::at(
            Code::InvalidQuery,
            "version",
            "must be v4 or v5",
        )),
    }
}

/// A parameter that is a whole number, if it is there.
fn whole(name: &str, text: Option<&str>) -> Outcome<Option<usize>> {
    let number = text.map(str::parse).transpose();
    number.map_err(|_| Problem::at(Code::InvalidQuery, name, "must be a whole number"))
}

/// A body of ours, with further headers.
fn json(body: &Value, headers: &[(&str, String)]) -> HttpResponse {
    let mut response = HttpResponse::Ok();
    response.content_type(JSON);
    for (name, value) in headers {
        response.insert_header((*name, value.as_str()));
    }
    response.body(body.to_string())
}
