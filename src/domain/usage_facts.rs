//! What a stored usage is found by: read off its document, the same wherever it comes from.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::clock::Micros;
use super::usage_said::Said;
use super::usage_status::UsageStatus;

/// Why a usage was rejected, in the order of their numbers. New ones come at the end.
pub const REASONS: [&str; 9] = [
    "BAD_CHARACTERISTIC",
    "NO_PRODUCT",
    "NO_PRICE",
    "AMBIGUOUS",
    "PRODUCT_INACTIVE",
    "CURRENCY",
    "TOO_OLD",
    "OVERFLOW",
    "BLOCKED",
];

/// Names of the characteristics that name a record.
pub const SOURCE: &str = "source";
pub const RECORD: &str = "recordId";
pub const PART: &str = "partialSequence";
/// Longest name of a record that stands in a key as it is.
const NAME_MAX: usize = 64;

/// When usage began that does not say it.
pub const NEVER: i64 = i64::MIN;

/// What a usage is found by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageFacts {
    /// Number of the status, see [`UsageStatus`].
    pub state: i64,
    /// Number of the reason, from 1; 0 for none.
    pub reason: i64,
    /// `usageDate` in microseconds since 1970, [`NEVER`] where there is none.
    pub start_at: i64,
    /// [`key_of`] the product; 0 for none.
    pub product: i64,
    /// What tells records apart; none for one without a name.
    pub identity: Option<Vec<u8>>,
}

impl UsageFacts {
    /// Reads a document in the stored form.
    pub fn of(doc: &Value) -> Self {
        let text = |name: &str, member: &str| doc.get(name)?.get(member)?.as_str();
        let status = UsageStatus::of(doc).unwrap_or(UsageStatus::Received);
        UsageFacts {
            state: status.number(),
            reason: text("statusReason", "code").map_or(0, reason_number),
            start_at: doc
                .get("usageDate")
                .and_then(Value::as_str)
                .and_then(Micros::parse)
                .map_or(NEVER, |at| at.0),
            product: text("product", "id").map_or(0, key_of),
            identity: identity(doc),
        }
    }
}

/// The number of a reason; 0 for one that is not known.
pub fn reason_number(code: &str) -> i64 {
    let place = REASONS.iter().position(|known| *known == code);
    place.map_or(0, |place| i64::try_from(place).unwrap_or(-1) + 1)
}

/// A positive number for a text, the same on every machine: half of a fingerprint, so that two texts
/// do not share one.
pub fn key_of(text: &str) -> i64 {
    let digest = Sha256::digest(text.as_bytes());
    let mut bytes = [0; 8];
    bytes
        .iter_mut()
        .zip(digest.iter())
        .for_each(|(to, from)| *to = *from);
    (i64::from_be_bytes(bytes) & i64::MAX).max(1)
}

/// What a record is called by its source: the source, as usage of one specification, in eight bytes;
/// the name; the part. Names that follow each other are neighbours.
fn identity(doc: &Value) -> Option<Vec<u8>> {
    let record = characteristic(doc, RECORD).and_then(scalar)?;
    let specification = doc
        .get("usageSpecification")
        .and_then(|own| own.get("id"))
        .and_then(Value::as_str);
    let source = characteristic(doc, SOURCE).and_then(scalar);
    let origin = origin_of(
        specification.unwrap_or_default(),
        source.unwrap_or_default(),
    );
    let part = characteristic(doc, PART).and_then(scalar);
    Some(identity_of(origin, record, part))
}

/// The number of a source of usage of one specification.
pub fn origin_of(specification: &str, source: &str) -> i64 {
    key_of(&format!("{specification}\u{1f}{source}"))
}

/// What a record is called that comes from an origin.
pub fn identity_of(origin: i64, record: &str, part: Option<&str>) -> Vec<u8> {
    let mut key = Vec::with_capacity(8 + record.len());
    key.extend_from_slice(&origin.to_be_bytes());
    if record.len() <= NAME_MAX {
        key.extend_from_slice(record.as_bytes());
    } else {
        key.extend_from_slice(&Sha256::digest(record.as_bytes()));
    }
    if let Some(part) = part {
        key.push(0);
        // Parts are counted; in order for numbers of up to nine digits.
        key.push(u8::try_from(part.len()).unwrap_or(u8::MAX));
        key.extend_from_slice(part.as_bytes());
    }
    key
}

/// The source of a usage, for what is counted by source.
pub fn source_of(doc: &Value) -> String {
    let source = characteristic(doc, SOURCE).and_then(scalar);
    source.unwrap_or_default().to_owned()
}

/// The value of a characteristic of a usage.
pub fn characteristic<'d>(doc: &'d Value, name: &str) -> Option<&'d Value> {
    let list = doc.get("usageCharacteristic")?.as_array()?;
    let mut named = list.iter();
    let found = named.find(|one| one.get("name").and_then(Value::as_str) == Some(name));
    found?.get("value")
}

fn scalar(value: &Value) -> Option<&str> {
    Said::from(value).as_scalar()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{NEVER, REASONS, UsageFacts, key_of, reason_number};
    use crate::domain::clock::Micros;

    fn usage(record: Value, part: Option<u64>, source: &str) -> Value {
        let mut list = vec![
            json!({"name": "recordId", "value": record}),
            json!({"name": "source", "value": source}),
        ];
        list.extend(part.map(|part| json!({"name": "partialSequence", "value": part})));
        json!({"usageDate": "2026-03-02T10:00:00+01:00", "usageStatus": "rejected", "status": "rejected",
            "statusReason": {"code": "NO_PRODUCT"}, "product": {"id": "p1"},
            "usageSpecification": {"id": "voice"}, "usageCharacteristic": list})
    }

    #[test]
    fn a_document_tells_what_it_is_found_by() {
        let facts = UsageFacts::of(&usage(json!("r1"), None, "msc"));
        assert_eq!(facts.state, 1);
        assert_eq!(facts.reason, 2);
        assert_eq!(
            Some(Micros(facts.start_at)),
            Micros::parse("2026-03-02T09:00:00Z")
        );
        assert_eq!(facts.product, key_of("p1"));
        let none = UsageFacts::of(&json!({}));
        assert_eq!(
            (none.state, none.reason, none.start_at, none.product),
            (0, 0, NEVER, 0)
        );
        assert_eq!(
            reason_number("BLOCKED"),
            i64::try_from(REASONS.len()).unwrap()
        );
    }

    #[test]
    fn records_are_told_apart_by_source_name_and_part() {
        let identity = |doc: Value| UsageFacts::of(&doc).identity.expect("a name");
        let one = identity(usage(json!("r1"), None, "msc"));
        assert_eq!(one, identity(usage(json!("r1"), None, "msc")));
        for other in [
            usage(json!("r2"), None, "msc"),
            usage(json!("r1"), None, "ggsn"),
            usage(json!("r1"), Some(1), "msc"),
            usage(json!("r1".repeat(60)), None, "msc"),
        ] {
            assert_ne!(one, identity(other));
        }
        assert_eq!(
            identity(usage(json!(17), None, "a")),
            identity(usage(json!("17"), None, "a"))
        );
        let parts: Vec<Vec<u8>> = [2, 10, 9, 100]
            .map(|part| identity(usage(json!("s"), Some(part), "msc")))
            .to_vec();
        assert!(parts[0] < parts[2] && parts[2] < parts[1] && parts[1] < parts[3]);
        assert!(
            UsageFacts::of(&json!({"usageCharacteristic": []}))
                .identity
                .is_none()
        );
    }
}
