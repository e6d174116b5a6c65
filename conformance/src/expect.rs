//! Verdicts on exchanges that several checks share.

use serde_json::Value;

use crate::check::{Check, Recorder, Verdict, mismatch};
use crate::http::Exchange;
use crate::json;

/// Rule for the body of every error.
pub const ERROR_BODY: Check = Check::must(
    "error.body",
    "TMF630 part 1, 3.4",
    "An error has a JSON body with code and reason (v5: also @type)",
);

/// The status is one of those given.
pub fn status(exchange: &Exchange, expected: &[u16]) -> Verdict {
    if exchange.is(expected) {
        return Ok(());
    }
    let list: Vec<String> = expected.iter().map(u16::to_string).collect();
    mismatch(format!("status {}", list.join(" or ")), exchange.summary())
}

/// The status is an error of the client.
pub fn client_error(exchange: &Exchange) -> Verdict {
    match exchange.status() {
        Some(400..=499) => Ok(()),
        _ => mismatch("a status from 400 to 499", exchange.summary()),
    }
}

/// The body is JSON and says so; parameters such as `charset` are welcome.
pub fn json_media(exchange: &Exchange) -> Verdict {
    let media = exchange.header("content-type").unwrap_or_default();
    let bare = media
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if bare != "application/json" {
        return mismatch("Content-Type application/json", format!("'{media}'"));
    }
    match exchange.json() {
        Some(_) => Ok(()),
        None => mismatch("a body that is JSON", "a body that does not parse"),
    }
}

/// The body is a JSON object.
pub fn object(exchange: &Exchange) -> Result<Value, Verdict> {
    match exchange.json() {
        Some(value @ Value::Object(_)) => Ok(value),
        _ => Err(mismatch("a JSON object", exchange.summary())),
    }
}

/// The body has all attributes named.
pub fn attributes(exchange: &Exchange, names: &[String]) -> Verdict {
    let body = match object(exchange) {
        Ok(body) => body,
        Err(verdict) => return verdict,
    };
    let missing: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !json::present(&body, name))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    mismatch(
        format!("attributes {}", names.join(", ")),
        format!("without {}", missing.join(", ")),
    )
}

/// The body holds what was sent.
pub fn echo(exchange: &Exchange, sent: &Value) -> Verdict {
    let body = match object(exchange) {
        Ok(body) => body,
        Err(verdict) => return verdict,
    };
    json::contains(&body, sent).or_else(|text| mismatch("the values sent", text))
}

/// The error body of TMF630: `code` and `reason` as strings, `status` (when present) equal to the
/// HTTP status, and `@type` where the API is typed.
pub fn error_body(exchange: &Exchange, typed: bool) -> Verdict {
    json_media(exchange)?;
    let body = match object(exchange) {
        Ok(body) => body,
        Err(verdict) => return verdict,
    };
    let mut wanted = vec!["code", "reason"];
    if typed {
        wanted.push("@type");
    }
    for name in wanted {
        let text = body.get(name).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() {
            return mismatch(format!("{name} as a text"), describe(body.get(name)));
        }
    }
    let status = exchange.status().unwrap_or_default().to_string();
    match body.get("status") {
        None => Ok(()),
        Some(Value::String(text)) if *text == status => Ok(()),
        Some(other) => mismatch(format!("status \"{status}\" as a text"), json::brief(other)),
    }
}

/// Judges an error answer twice: its status by `check`, its body by [`ERROR_BODY`]. The body is
/// judged only when an error was answered at all.
pub fn refused(
    recorder: &mut Recorder,
    check: Check,
    subject: &str,
    exchange: &Exchange,
    statuses: &[u16],
    typed: bool,
) -> bool {
    let kept = recorder.judge_on(check, subject, exchange, status(exchange, statuses));
    if exchange.status().is_some_and(|status| status >= 400) {
        let subject = if subject.is_empty() {
            check.id.to_owned()
        } else {
            format!("{}: {subject}", check.id)
        };
        recorder.judge_on(ERROR_BODY, &subject, exchange, error_body(exchange, typed));
    }
    kept
}

fn describe(value: Option<&Value>) -> String {
    value.map_or_else(|| "nothing".to_owned(), json::brief)
}
