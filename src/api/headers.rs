//! Request headers that change what is answered.

use actix_web::HttpRequest;
use actix_web::http::header::{ACCEPT, HeaderName, IF_MATCH, IF_NONE_MATCH};

use crate::domain::problem::{Code, Outcome, Problem};

/// Longest idempotency key.
const KEY_BYTES: usize = 255;

/// The entity tags of `If-Match`, weak ones left out: they never match strongly (RFC 9110, 8.8.3.2).
pub fn if_match(request: &HttpRequest) -> Vec<String> {
    let tags = tags(request, &IF_MATCH);
    let strong: Vec<String> = tags
        .iter()
        .filter(|t| !t.starts_with("W/"))
        .cloned()
        .collect();
    // A header with weak tags only is a condition that cannot hold, not an absent one.
    if strong.is_empty() { tags } else { strong }
}

/// True when `If-None-Match` names the tag (compared weakly) or is `*`.
pub fn none_match(request: &HttpRequest, etag: &str) -> bool {
    tags(request, &IF_NONE_MATCH)
        .iter()
        .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag)
}

fn tags(request: &HttpRequest, name: &HeaderName) -> Vec<String> {
    request
        .headers()
        .get_all(name)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|tag| tag.trim().to_owned())
        .filter(|tag| !tag.is_empty())
        .collect()
}

/// The client must take JSON.
///
/// # Errors
/// `NotAcceptable`.
pub fn accepts_json(request: &HttpRequest) -> Outcome<()> {
    let mut ranges = request
        .headers()
        .get_all(ACCEPT)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .peekable();
    if ranges.peek().is_none() || ranges.any(takes_json) {
        return Ok(());
    }
    Err(Problem::at(
        Code::NotAcceptable,
        "Accept",
        "only application/json can be served",
    ))
}

fn takes_json(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or("");
    let refused = parts.any(|p| matches!(p, "q=0" | "q=0.0" | "q=0.00" | "q=0.000"));
    let json = ["*/*", "application/*", "application/json"]
        .iter()
        .any(|known| essence.eq_ignore_ascii_case(known));
    json && !refused
}

/// The value of `Idempotency-Key`.
///
/// # Errors
/// `InvalidHeader` for an empty or overlong key.
pub fn idempotency_key(request: &HttpRequest) -> Outcome<Option<String>> {
    let Some(value) = request.headers().get("Idempotency-Key") else {
        return Ok(None);
    };
    match value.to_str().map(str::trim) {
        Ok(key) if !key.is_empty() && key.len() <= KEY_BYTES => Ok(Some(key.to_owned())),
        _ => Err(Problem::at(
            Code::InvalidHeader,
            "Idempotency-Key",
            format!("must be 1 to {KEY_BYTES} printable characters"),
        )),
    }
}

/// True when an array request asks for all or nothing.
///
/// # Errors
/// `InvalidHeader` for a value other than `true` and `false`.
pub fn all_or_nothing(request: &HttpRequest) -> Outcome<bool> {
    match request
        .headers()
        .get("X-All-Or-Nothing")
        .map(|value| value.to_str())
    {
        None | Some(Ok("false")) => Ok(false),
        Some(Ok("true")) => Ok(true),
        Some(_) => Err(Problem::at(
            Code::InvalidHeader,
            "X-All-Or-Nothing",
            "must be true or false",
        )),
    }
}
