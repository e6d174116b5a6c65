//! From a [`Problem`] to the answer a client gets (TMF630 part 1, 3.4). The one place that maps
//! codes to statuses and writes error bodies.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, HttpResponseBuilder};
use serde_json::{Value, json};

use crate::domain::problem::{Code, Problem};

/// The HTTP status of a code.
pub const fn status(code: Code) -> StatusCode {
    match code {
        Code::MalformedBody
        | Code::InvalidBody
        | Code::InvalidQuery
        | Code::InvalidPatch
        | Code::ReadOnly
        | Code::UnknownReference
        | Code::InvalidHeader
        | Code::UrlRefused
        | Code::LimitExceeded => StatusCode::BAD_REQUEST,
        Code::NotFound | Code::UnknownPath => StatusCode::NOT_FOUND,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::Unauthenticated => StatusCode::UNAUTHORIZED,
        Code::AlreadyExists | Code::BadTransition | Code::StillReferenced | Code::Conflict => {
            StatusCode::CONFLICT
        }
        Code::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Code::IdempotencyMismatch | Code::UnusablePrice => StatusCode::UNPROCESSABLE_ENTITY,
        Code::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        Code::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The error body. `violation` is our addition: each offending attribute by itself.
pub fn body(problem: &Problem) -> Value {
    let mut body = json!({
        "@type": "Error",
        "code": problem.code.as_str(),
        "reason": problem.code.reason(),
        "message": problem.message,
        "status": status(problem.code).as_str(),
    });
    if let (false, Some(object)) = (problem.violations.is_empty(), body.as_object_mut()) {
        let violations = problem
            .violations
            .iter()
            .map(|violation| json!({ "path": violation.path, "message": violation.message }))
            .collect();
        object.insert("violation".to_owned(), violations);
    }
    body
}

/// The answer to a request that failed. What only an operator should see goes to the log.
pub fn respond(problem: &Problem) -> HttpResponse {
    if let Some(internal) = &problem.internal {
        tracing::error!(code = problem.code.as_str(), %internal, "a request failed");
    }
    let mut response: HttpResponseBuilder = HttpResponse::build(status(problem.code));
    if let Some(seconds) = problem.retry_after {
        response.insert_header((RETRY_AFTER, HeaderValue::from(seconds)));
    }
    response
        .content_type("application/json;charset=utf-8")
        .body(body(problem).to_string())
}
