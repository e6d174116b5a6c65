//! Reading a request's body: media type, size, JSON.

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::web::{Bytes, Payload};
use serde_json::Value;

use crate::domain::json::{self, Limits as JsonLimits};
use crate::domain::problem::{Code, Outcome, Problem};

/// What a body may be at most.
#[derive(Clone, Debug)]
pub struct BodyLimits {
    pub body_bytes: usize,
    /// For an array of resources.
    pub bulk_body_bytes: usize,
    /// For a tariff table, calendar or tax table.
    pub table_bytes: usize,
    pub bulk_items: usize,
    pub json: JsonLimits,
}

/// The media type of a body, in lower case and without parameters.
///
/// # Errors
/// `UnsupportedMediaType` when it is none of those allowed. A body without a type is taken to be
/// of the first one: simple clients leave it out.
pub fn media_type(request: &HttpRequest, allowed: &'static [&'static str]) -> Outcome<String> {
    refuse_encoded(request)?;
    let first = allowed.first().copied().unwrap_or("application/json");
    let Some(header) = request.headers().get(CONTENT_TYPE) else {
        return Ok(first.to_owned());
    };
    let text = header
        .to_str()
        .map_err(|_| Problem::at(Code::InvalidHeader, "Content-Type", "is not text"))?;
    let essence = text
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    // curl's default for `-d` is no statement about the content.
    if text.trim().is_empty() || essence == "application/x-www-form-urlencoded" {
        return Ok(first.to_owned());
    }
    if allowed.contains(&essence.as_str()) {
        return Ok(essence);
    }
    Err(Problem::at(
        Code::UnsupportedMediaType,
        "Content-Type",
        format!("'{essence}' is not one of {}", allowed.join(", ")),
    ))
}

/// Bodies are taken as they are; a packed one could be of any size when unpacked (RFC 9110, 8.4).
fn refuse_encoded(request: &HttpRequest) -> Outcome<()> {
    let mut codings = request.headers().get_all(CONTENT_ENCODING);
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    Err(Problem::at(
        Code::UnsupportedMediaType,
        "Content-Encoding",
        "bodies are taken without content coding only",
    ))
}

/// Reads at most `limit` bytes; a declared length over the limit is refused unread.
///
/// # Errors
/// `BodyTooLarge`; `MalformedBody` when the client breaks off.
pub async fn read(request: &HttpRequest, payload: Payload, limit: usize) -> Outcome<Bytes> {
    let too_large = || {
        Problem::new(
            Code::BodyTooLarge,
            format!("The body may have at most {limit} bytes."),
        )
    };
    let declared = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if declared.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    match payload.to_bytes_limited(limit).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => Err(Problem::new(
            Code::MalformedBody,
            format!("The body could not be read: {error}."),
        )),
        Err(_) => Err(too_large()),
    }
}

/// A body that is one resource or, where the caller allows it, an array of them.
#[derive(Debug)]
pub enum Body {
    One(Value),
    Many(Vec<Value>),
}

/// Parses a body and tells one resource from an array of them.
///
/// # Errors
/// `MalformedBody` or `LimitExceeded` with pointer, `BodyTooLarge`, `InvalidBody` for anything that
/// is neither an object nor an array.
pub fn parse(bytes: &[u8], limits: &BodyLimits) -> Outcome<Body> {
    if bytes.is_empty() {
        return Err(Problem::new(
            Code::MalformedBody,
            "The request needs a body.",
        ));
    }
    match json::parse(bytes, &limits.json)? {
        Value::Array(items) if items.len() > limits.bulk_items => Err(Problem::at(
            Code::LimitExceeded,
            "",
            format!("an array may have at most {} resources", limits.bulk_items),
        )),
        Value::Array(items) => Ok(Body::Many(items)),
        Value::Object(_) if bytes.len() > limits.body_bytes => Err(Problem::new(
            Code::BodyTooLarge,
            format!("The body may have at most {} bytes.", limits.body_bytes),
        )),
        object @ Value::Object(_) => Ok(Body::One(object)),
        _ => Err(Problem::at(Code::InvalidBody, "", "must be a JSON object")),
    }
}
