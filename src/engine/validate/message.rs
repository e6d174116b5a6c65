//! What is wrong with a document, in sentences for the client.

use jsonschema::error::{TypeKind, ValidationError, ValidationErrorKind as Kind};
use jsonschema::{JsonType, Validator};
use serde_json::Value;

use super::MAX_VIOLATIONS;
use crate::domain::json::pointer;
use crate::domain::problem::Violation;

/// Longer values of an enumeration or a pattern are not repeated to the client.
const MAX_SHOWN: usize = 400;

/// Adds a violation for each offending attribute of a document that is known not to fit; `base` is
/// the pointer of the document in the whole body.
pub(super) fn explain(
    validator: &Validator,
    document: &Value,
    base: &str,
    violations: &mut Vec<Violation>,
) {
    for error in validator.iter_errors(document) {
        if violations.len() >= MAX_VIOLATIONS {
            return;
        }
        let violation = describe(&error, base);
        if !violations.contains(&violation) {
            violations.push(violation);
        }
    }
}

fn describe(error: &ValidationError<'_>, base: &str) -> Violation {
    let at = format!("{base}{}", error.instance_path().as_str());
    let (path, message) = match error.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            (pointer::child(&at, name), "is required".to_owned())
        }
        Kind::AdditionalProperties { unexpected } | Kind::UnevaluatedProperties { unexpected } => {
            match unexpected.first() {
                Some(name) => (pointer::child(&at, name), "is not known here".to_owned()),
                None => (at, "has attributes that are not known here".to_owned()),
            }
        }
        Kind::PropertyNames { .. } => (
            at,
            "has an attribute with a name that is not allowed".to_owned(),
        ),
        kind => (at, sentence(kind)),
    };
    Violation { path, message }
}

fn sentence(kind: &Kind) -> String {
    match kind {
        Kind::Type { kind } => format!("must be {}", types(kind)),
        Kind::Enum { options } => listed("must be one of: ", options),
        Kind::Constant { expected_value } => listed("must be ", expected_value),
        Kind::Format { format } => formatted(format),
        Kind::Minimum { limit } => format!("must be at least {limit}"),
        Kind::Maximum { limit } => format!("must be at most {limit}"),
        Kind::ExclusiveMinimum { limit } => format!("must be more than {limit}"),
        Kind::ExclusiveMaximum { limit } => format!("must be less than {limit}"),
        Kind::MultipleOf { multiple_of } => format!("must be a multiple of {multiple_of}"),
        Kind::MinLength { limit } => counted("least", limit, "character"),
        Kind::MaxLength { limit } => counted("most", limit, "character"),
        Kind::MinItems { limit } => counted("least", limit, "element"),
        Kind::MaxItems { limit } => counted("most", limit, "element"),
        Kind::AdditionalItems { limit } => counted("most", limit, "element"),
        Kind::MinProperties { limit } => counted("least", limit, "attribute"),
        Kind::MaxProperties { limit } => counted("most", limit, "attribute"),
        Kind::Pattern { pattern } if pattern.len() <= MAX_SHOWN => {
            format!("must match the pattern {pattern}")
        }
        Kind::Pattern { .. } => "does not match the pattern that is required".to_owned(),
        Kind::UniqueItems => "must not hold the same element twice".to_owned(),
        Kind::Contains => "lacks an element that is required".to_owned(),
        Kind::OneOfMultipleValid { .. } => "fits several of the allowed forms, not one".to_owned(),
        Kind::OneOfNotValid { .. } | Kind::AnyOf { .. } => {
            "fits none of the allowed forms".to_owned()
        }
        Kind::FalseSchema => "is not allowed here".to_owned(),
        _ => "does not fit its schema".to_owned(),
    }
}

fn types(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(one) => noun(*one).to_owned(),
        TypeKind::Multiple(several) => {
            let nouns: Vec<&str> = several.iter().map(noun).collect();
            nouns.join(" or ")
        }
    }
}

fn noun(json: JsonType) -> &'static str {
    match json {
        JsonType::Array => "an array",
        JsonType::Boolean => "true or false",
        JsonType::Integer => "a whole number",
        JsonType::Null => "null",
        JsonType::Number => "a number",
        JsonType::Object => "an object",
        JsonType::String => "a string",
    }
}

fn formatted(format: &str) -> String {
    match format {
        "date-time" => {
            "must be an RFC 3339 date-time with a time zone, such as 2026-01-31T12:00:00Z"
                .to_owned()
        }
        "date" => "must be a date, such as 2026-01-31".to_owned(),
        other => format!("must have the format {other}"),
    }
}

fn counted(side: &str, limit: &impl std::fmt::Display, noun: &str) -> String {
    let limit = limit.to_string();
    let ending = if limit == "1" { "" } else { "s" };
    format!("must have at {side} {limit} {noun}{ending}")
}

/// The allowed values: texts as they are, unless a blank at an end would not be seen.
fn listed(before: &str, options: &Value) -> String {
    let shown = |value: &Value| match value {
        Value::String(text) if text.trim() == text && !text.is_empty() => text.clone(),
        other => other.to_string(),
    };
    let text = match options {
        Value::Array(values) => values.iter().map(shown).collect::<Vec<_>>().join(", "),
        other => shown(other),
    };
    if text.len() > MAX_SHOWN {
        return "is not one of the allowed values".to_owned();
    }
    format!("{before}{text}")
}
