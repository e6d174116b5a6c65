//! `Idempotency-Key`: a POST repeated with the same key and body is answered as the first time,
//! whatever became of the resource since; the same key with another body is refused.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Stored;
use super::behaviour::Caller;
use super::row::parse;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{IdempotencyRow, ResourceRow, Tx};

/// The key a client chose and the fingerprint of its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idempotency {
    pub key: String,
    pub fingerprint: String,
}

/// Fingerprint of a request: path and body, as sent.
pub fn fingerprint(path: &str, body: &[u8]) -> String {
    let mut hasher = Sha256::new();
    hasher.update(path.as_bytes());
    hasher.update([0]);
    hasher.update(body);
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// What the first request with this key was answered.
pub(super) fn first_answer(
    tx: &mut Tx<'_>,
    caller: &Caller,
    once: &Idempotency,
) -> Outcome<Option<Stored>> {
    // Held to the end of the transaction, so that two simultaneous repeats make one resource.
    tx.lock(&format!("idempotency {} {}", caller.principal, once.key))?;
    let found = tx.direct(|session| session.answer(caller.tenant, &caller.principal, &once.key))?;
    let Some(found) = found else { return Ok(None) };
    if found.fingerprint != once.fingerprint {
        return Err(Problem::at(
            Code::IdempotencyMismatch,
            "Idempotency-Key",
            "the key came before with another request",
        ));
    }
    let answer = parse(&found.answer)?;
    let text = |name: &str| {
        answer
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or("")
            .to_owned()
    };
    let number = |name: &str| answer.get(name).and_then(Value::as_i64).unwrap_or_default();
    let flag = |name: &str, otherwise| {
        let flag = answer.get(name).and_then(Value::as_bool);
        flag.unwrap_or(otherwise)
    };
    let row = ResourceRow {
        seq: 0,
        tenant: caller.tenant,
        kind: text("kind"),
        id: text("id"),
        version: text("version"),
        revision: number("revision"),
        current: flag("current", true),
        label: None,
        state: None,
        created_at: number("createdAt"),
        updated_at: number("createdAt"),
        doc: text("doc"),
    };
    Ok(Some(Stored {
        repeated: flag("repeated", false),
        ..Stored::row(row)
    }))
}

/// Keeps the answer for repeats.
pub(super) fn remember(
    tx: &mut Tx<'_>,
    caller: &Caller,
    once: &Idempotency,
    stored: &Stored,
    now: Micros,
) -> Outcome<()> {
    let row = &stored.row;
    let answer = json!({
        "kind": row.kind,
        "id": row.id,
        "version": row.version,
        "revision": row.revision,
        "current": row.current,
        "createdAt": row.created_at,
        "doc": row.doc,
        "repeated": stored.repeated,
    });
    let row = IdempotencyRow {
        tenant: caller.tenant,
        principal: caller.principal.clone(),
        key: once.key.clone(),
        fingerprint: once.fingerprint.clone(),
        answer: answer.to_string(),
        created_at: now.0,
    };
    tx.direct(|session| session.insert_answer(&row))
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn path_and_body_are_kept_apart() {
        assert_ne!(fingerprint("/a", b"b"), fingerprint("/ab", b""));
        assert_eq!(fingerprint("/a", b"b"), fingerprint("/a", b"b"));
    }
}
