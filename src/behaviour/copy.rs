//! What references say of their targets besides the name: a reference to a role says which party
//! plays it. Such copies are read off the target's document, so only references with such attributes
//! cost reading it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::stored::attributes;
use super::survey::Mention;
use crate::domain::descriptor::Entity;
use crate::domain::problem::Outcome;
use crate::engine::Change;
use crate::store::{Head, IdKey};

/// Attributes of references, and where the target's document has what they say.
const COPIED: [(&str, &str); 2] = [
    ("partyId", "/engagedParty/id"),
    ("partyName", "/engagedParty/name"),
];

/// What of the target's document is read for them.
const READ: [&str; 1] = ["engagedParty"];

/// Whether references of the class have such attributes.
pub fn says_more(entity: &Entity) -> bool {
    COPIED
        .iter()
        .any(|(name, _)| entity.attribute(name).is_some())
}

/// Whether two states of a document differ in what references copy.
pub fn differs(before: &Value, after: &Value) -> bool {
    COPIED
        .iter()
        .any(|(_, place)| before.pointer(place) != after.pointer(place))
}

/// What the targets of a document's references say.
#[derive(Default)]
pub struct Copies {
    /// By kind and id: texts in the order of [`COPIED`].
    texts: BTreeMap<(String, String), [Option<String>; COPIED.len()]>,
}

impl Copies {
    /// Reads the targets that references say more of.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn fetch(
        change: &mut Change<'_, '_>,
        mentions: &[Mention<'_>],
        heads: &[Head],
    ) -> Outcome<Self> {
        let mut copies = Copies::default();
        for of_kind in mentions.chunk_by(|a, b| a.kind == b.kind) {
            let there = |m: &&Mention<'_>| {
                let found = |head: &Head| head.kind == m.kind && head.id == m.id;
                m.copies && heads.iter().any(found)
            };
            let mut ids: Vec<String> = of_kind
                .iter()
                .filter(there)
                .map(|m| m.id.to_owned())
                .collect();
            ids.dedup();
            if let Some(first) = of_kind.first() {
                copies.read(change, first.kind, ids)?;
            }
        }
        Ok(copies)
    }

    fn read(
        &mut self,
        change: &mut Change<'_, '_>,
        kind: &'static str,
        ids: Vec<String>,
    ) -> Outcome<()> {
        let tenant = change.caller.tenant;
        if ids.len() > 1 {
            change.tx.read_ahead(tenant, kind, &ids)?;
        }
        for id in ids {
            let key = IdKey {
                tenant,
                kind: kind.to_owned(),
                id,
            };
            let rows = change.tx.peek(&key)?;
            let Some(row) = rows.iter().find(|row| row.current) else {
                continue;
            };
            let doc = attributes(row, &READ)?;
            let said = |place| {
                doc.pointer(place)
                    .and_then(Value::as_str)
                    .map(str::to_owned)
            };
            let texts = COPIED.map(|(_, place)| said(place));
            self.texts.insert((key.kind, key.id), texts);
        }
        Ok(())
    }

    /// Sets what a reference says of its target, touching only what differs.
    pub fn refresh(&self, entity: &Entity, head: &Head, object: &mut Map<String, Value>) {
        // The key is made of two texts; most references have no such attributes.
        if !says_more(entity) {
            return;
        }
        let Some(texts) = self.texts.get(&(head.kind.clone(), head.id.clone())) else {
            return;
        };
        for ((name, _), text) in COPIED.iter().zip(texts) {
            if let Some(text) = text
                && object.get(*name).and_then(Value::as_str) != Some(text)
            {
                object.insert((*name).to_owned(), Value::String(text.clone()));
            }
        }
    }
}
