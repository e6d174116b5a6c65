//! Storing a version of a document that prices refer to, unless a price in use would not compile with it.

use std::sync::Arc;

use serde_json::Value;

use super::book::Snapshot;
use super::compile::{Shelves, faults, would_break};
use super::document::{Compiled, DocumentKind, Prepared, Sent, prepare};
use super::prices::{PRICE, related};
use super::shelf::{Shelf, aside, naming};
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::rating::fault::Fault;
use crate::store::{DocumentHead, IdKey, ResourceRow, Session, Tx};

/// How often a load begins anew because another came between.
const TRIES: usize = 5;
/// Rows that a refusal names.
const NAMED: usize = 5;

/// What became of a load.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// False where that content was the current version already.
    pub is_new: bool,
    /// The version, without its rows.
    pub document: Value,
}

impl Shelf {
    /// Stores a document as the version that prices mean from now on. The same content as that of the
    /// current version changes nothing.
    ///
    /// # Errors
    /// What [`prepare`] refuses; `AlreadyExists` for the name of a version with another content;
    /// `UnusablePrice` when a price in use would not compile with it; `Conflict` for tax rates that another
    /// table has.
    pub async fn load(&self, id: &str, sent: Sent) -> Outcome<Loaded> {
        let (kind, own) = (self.kind, id.to_owned());
        let mut prepared = aside(move || prepare(kind, &own, &sent)).await?;
        let key = self.key(id);
        for _ in 0..TRIES {
            let read = key.clone();
            let known = self.engine.store.scan(move |s| s.document_versions(&read));
            let known = known.await?;
            let place = match self.place(&prepared, &known)? {
                Next::Same(head) => {
                    return Ok(Loaded {
                        is_new: false,
                        document: self.shown(head)?,
                    });
                }
                Next::New { number, version } => (number, version),
            };
            if let Some(head) = self.store(&mut prepared, known, place).await? {
                return Ok(Loaded {
                    is_new: true,
                    document: self.shown(&head)?,
                });
            }
        }
        Err(Problem::busy(1))
    }

    /// Which version a document becomes.
    fn place<'k>(&self, prepared: &Prepared, known: &'k [DocumentHead]) -> Outcome<Next<'k>> {
        let is_known = |version: &str| known.iter().find(|head| head.version == version);
        let current = known.iter().find(|head| head.current);
        if let Some(current) = current.filter(|own| own.hash == prepared.hash) {
            return Ok(Next::Same(current));
        }
        if let Some(version) = prepared.version.as_deref()
            && is_known(version).is_some()
        {
            let message =
                "is a version with another content, or one that was replaced; name another";
            return Err(Problem::at(Code::AlreadyExists, "/version", message));
        }
        let number = known.first().map_or(0, |newest| newest.number) + 1;
        let version = match &prepared.version {
            Some(version) => version.clone(),
            None => (number..)
                .map(|number| number.to_string())
                .find(|version| is_known(version).is_none())
                .unwrap_or_default(),
        };
        Ok(Next::New { number, version })
    }

    /// Writes a version; nothing when another load came between.
    async fn store(
        &self,
        prepared: &mut Prepared,
        known: Vec<DocumentHead>,
        (number, version): (i64, String),
    ) -> Outcome<Option<DocumentHead>> {
        let (tenant, kind, id) = (self.caller.tenant, self.kind, prepared.id.clone());
        prepared.compiled.name_version(&version);
        let records = i64::try_from(prepared.records).unwrap_or(i64::MAX);
        let head = DocumentHead {
            tenant,
            kind: kind.as_str().to_owned(),
            id: id.clone(),
            number,
            version,
            current: true,
            hash: prepared.hash.clone(),
            head: Value::Object(prepared.head.clone()).to_string(),
            records,
            loaded_at: self.engine.core.clock.now().0,
        };
        let place = (tenant, kind, id.clone(), number);
        let compiled = prepared.compiled.clone();
        self.book.expect(place.clone(), compiled.clone());
        let (book, content) = (Arc::clone(&self.book), Arc::clone(&prepared.content));
        let states = States::of(PRICE, &self.machines);
        let (key, new) = (self.key(&id), head.clone());
        let write = self.engine.store.write(move |tx| {
            tx.hold_library(tenant)?;
            if tx.look(|session| session.document_versions(&key))? != known {
                return Ok(false);
            }
            let seen = tx.look(|session| book.seen_by(session, tenant))?;
            refuse_taxes_twice(&seen, &key.id, &compiled)?;
            refuse_broken_prices(tx, &seen, &states, kind, &key, &compiled)?;
            tx.direct(|session| session.insert_document(&new, &content))?;
            Ok(true)
        });
        let written = write.await;
        self.book.forget(&place);
        Ok(written?.then_some(head))
    }
}

/// What a load comes to.
enum Next<'k> {
    Same(&'k DocumentHead),
    New { number: i64, version: String },
}

/// Refuses a document with which a price in use would not compile that does now.
fn refuse_broken_prices(
    tx: &mut Tx<'_>,
    seen: &Snapshot,
    states: &States,
    kind: DocumentKind,
    key: &IdKey,
    compiled: &Compiled,
) -> Outcome<()> {
    let before = Shelves::of(seen);
    let after = before.clone().with(&key.id, compiled);
    let mut broken: Vec<(String, Fault)> = Vec::new();
    for (row, price) in in_use(tx, states, kind, key)? {
        let mut compile = |shelves: &Shelves<'_>| {
            faults(&row.id, &price, shelves, |ids| {
                tx.look(|session| Ok(current(session, key.tenant, ids)))?
            })
        };
        let found = compile(&after)?;
        if !found.is_empty() && compile(&before)?.is_empty() {
            broken.extend(found.into_iter().map(|fault| (row.id.clone(), fault)));
        }
    }
    match broken.is_empty() {
        true => Ok(()),
        false => Err(would_break(&broken)),
    }
}

/// Prices in use that name a document, or a price that does: its part, which need not be in use itself.
fn in_use(
    tx: &mut Tx<'_>,
    states: &States,
    kind: DocumentKind,
    key: &IdKey,
) -> Outcome<Vec<(ResourceRow, Value)>> {
    let mut found = naming(tx, kind, key)?;
    let parts: Vec<String> = found.iter().map(|(row, _)| row.id.clone()).collect();
    for part in parts {
        let rows = tx.look(|session| session.rows_with_text(key.tenant, PRICE, &part))?;
        for row in rows {
            let price = document(&row)?;
            let is_known = found.iter().any(|(known, _)| known.seq == row.seq);
            if !is_known && related(&price).any(|other| other == part) {
                found.push((row, price));
            }
        }
    }
    found.retain(|(row, _)| states.is_active(row.state.as_deref()));
    Ok(found)
}

/// Current versions of prices.
fn current(
    session: &mut dyn Session,
    tenant: i64,
    ids: &[String],
) -> Outcome<Vec<(String, Value)>> {
    let rows = session.versions_of(tenant, PRICE, ids)?.into_iter();
    let rows = rows.filter(|row| row.current);
    rows.map(|row| Ok((row.id.clone(), document(&row)?)))
        .collect()
}

/// Refuses rates for what another table has rates for.
fn refuse_taxes_twice(seen: &Snapshot, id: &str, compiled: &Compiled) -> Outcome<()> {
    let Compiled::Taxes(rows) = compiled else {
        return Ok(());
    };
    let twice = rows.iter().enumerate().filter_map(|(number, row)| {
        let other = seen.taxed_by_another(id, row)?;
        Some(Violation {
            path: format!("/row/{number}"),
            message: format!("is for a category, place and time of the tax table '{other}'"),
        })
    });
    let twice: Vec<Violation> = twice.take(NAMED).collect();
    match twice.is_empty() {
        true => Ok(()),
        false => Err(Problem::many(Code::Conflict, twice)),
    }
}
