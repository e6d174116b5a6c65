//! Loading, showing and deleting the documents that prices refer to.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::book::{Book, Snapshot};
use super::compile::{Shelves, faults, names, would_break};
use super::document::{Compiled, DocumentKind, Prepared, Sent, prepare, rows_of, shown, unpacked};
use super::prices::PRICE;
use crate::behaviour::lifecycle::States;
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::state_machine::Machines;
use crate::engine::{Caller, Engine};
use crate::rating::fault::Fault;
use crate::rating::table::{Key, Table, TableSource, row_document};
use crate::store::{DocumentHead, IdKey, ResourceRow, Session, Tx};

/// Base of the addresses of documents.
const BASE: &str = "/tollgate/v1";
/// How often a load begins anew because another came between.
const TRIES: usize = 5;
/// Prices that a refusal names.
const NAMED: usize = 5;

/// What became of a load.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// False where that content was the current version already.
    pub is_new: bool,
    /// The version, without its rows.
    pub document: Value,
}

/// The stored documents of one kind, for one caller.
pub struct Shelf {
    pub engine: Engine,
    pub book: Arc<Book>,
    pub machines: Arc<Machines>,
    pub kind: DocumentKind,
    pub caller: Caller,
}

impl Shelf {
    /// Stores a document as the version that prices mean from now on. The same content as that of the
    /// current version changes nothing.
    ///
    /// # Errors
    /// What [`prepare`] refuses; `AlreadyExists` for the name of a version with another content; `UnusablePrice` when a price in
    /// use would not compile with it; `Conflict` for tax rates that another table has.
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

    fn key(&self, id: &str) -> IdKey {
        IdKey::new(self.caller.tenant, self.kind.as_str(), id)
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
        let Prepared { id, .. } = &*prepared;
        let (tenant, kind, id) = (self.caller.tenant, self.kind, id.clone());
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
        let content = Arc::new(std::mem::take(&mut prepared.content));
        let written = {
            let (book, content) = (Arc::clone(&self.book), Arc::clone(&content));
            let states = States::of(PRICE, &self.machines);
            let (key, head) = (self.key(&id), head.clone());
            let write = self.engine.store.write(move |tx| {
                tx.hold_library(tenant)?;
                if tx.look(|session| session.document_versions(&key))? != known {
                    return Ok(false);
                }
                let seen = tx.look(|session| book.seen_by(session, tenant))?;
                refuse_taxes_twice(&seen, &key.id, &compiled)?;
                refuse_broken_prices(tx, &seen, &states, kind, &key, &compiled)?;
                tx.direct(|session| session.insert_document(&head, &content))?;
                Ok(true)
            });
            write.await
        };
        self.book.forget(&place);
        prepared.content = Arc::try_unwrap(content).unwrap_or_else(|shared| (*shared).clone());
        Ok(written?.then_some(head))
    }

    /// The current documents, without rows.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn list(&self) -> Outcome<Vec<Value>> {
        let tenant = self.caller.tenant;
        let heads = self.engine.store.point(move |s| s.documents(tenant));
        let heads = heads.await?.into_iter();
        let own = heads.filter(|head| head.kind == self.kind.as_str());
        own.map(|head| self.shown(&head)).collect()
    }

    /// A document with its rows, as text: of large tables there is no need for more.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(&self, id: &str, version: Option<&str>) -> Outcome<String> {
        let (head, content) = self.stored(id, version).await?;
        let (kind, shown) = (self.kind, self.shown(&head)?);
        aside(move || with_rows(kind, &shown, &head, &content)).await
    }

    /// The row of a table that is for a number at an instant. Values are those of keys, by their names.
    ///
    /// # Errors
    /// `NotFound` without such a table or row; `InvalidQuery` for a key that the table does not have.
    pub async fn row(&self, id: &str, version: Option<&str>, wanted: Wanted) -> Outcome<Value> {
        let (head, content) = self.stored(id, version).await?;
        let (book, now) = (Arc::clone(&self.book), self.engine.core.clock.now());
        aside(move || {
            let table = book.table_version(head.tenant, &head.id, &head.version)?;
            let table = table.ok_or_else(|| Problem::internal("a table is not there any more"))?;
            let number = wanted.number(&table, now)?;
            let source = rows_of(&head, &content)?;
            let row = usize::try_from(number).ok();
            let row = row.and_then(|row| source.rows.get(row));
            let row = row.ok_or_else(|| Problem::internal("a row that the table does not have"))?;
            Ok(json!({
                "@type": "TariffTableRow",
                "tariffTable": { "id": head.id, "version": head.version },
                "number": number,
                "row": row_document(&source.keys, row),
            }))
        })
        .await
    }

    /// The rows of a table as they are written.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn source(&self, id: &str, version: Option<&str>) -> Outcome<TableSource> {
        let (head, content) = self.stored(id, version).await?;
        aside(move || rows_of(&head, &content)).await
    }

    /// Takes a document away from prices. Its versions stay, for what was rated by them.
    ///
    /// # Errors
    /// `NotFound`; `StillReferenced` while a price of the catalog names it.
    pub async fn delete(&self, id: &str) -> Outcome<()> {
        let (tenant, kind, key) = (self.caller.tenant, self.kind, self.key(id));
        let missing = self.not_there(id);
        let write = self.engine.store.write(move |tx| {
            tx.hold_library(tenant)?;
            let known = tx.look(|session| session.document_versions(&key))?;
            if !known.iter().any(|head| head.current) {
                return Err(missing.clone());
            }
            let prices = naming(tx, kind, &key)?;
            let named: Vec<String> = prices
                .iter()
                .take(NAMED)
                .map(|(row, _)| format!("'{}'", row.id))
                .collect();
            if !named.is_empty() {
                let message = format!("Prices name it: {}.", named.join(", "));
                return Err(Problem::new(Code::StillReferenced, message));
            }
            tx.direct(|session| session.retire_document(&key))
        });
        write.await
    }

    fn not_there(&self, id: &str) -> Problem {
        let kind = self.kind.as_str();
        Problem::new(Code::NotFound, format!("There is no {kind} '{id}'."))
    }

    fn shown(&self, head: &DocumentHead) -> Outcome<Value> {
        let base = self.engine.core.links.base_url();
        let address = format!("{base}{BASE}/{}/{}", head.kind, head.id);
        shown(self.kind, head, &address)
    }

    /// A version, or the current one.
    async fn stored(&self, id: &str, version: Option<&str>) -> Outcome<(DocumentHead, Vec<u8>)> {
        let (key, version) = (self.key(id), version.map(str::to_owned));
        let read = self.engine.store.scan(move |session| {
            let heads = session.document_versions(&key)?;
            let wanted = |head: &&DocumentHead| match &version {
                Some(version) => head.version == *version,
                None => head.current,
            };
            let Some(head) = heads.iter().find(wanted) else {
                return Ok(None);
            };
            let content = session.document_content(&key, head.number)?;
            Ok(Some((head.clone(), content.unwrap_or_default())))
        });
        read.await?.ok_or_else(|| self.not_there(id))
    }
}

/// A number to be looked up in a table.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Values of keys, by their names.
    pub values: Vec<(&'static str, String)>,
    /// Now, when missing.
    pub at: Option<Micros>,
}

impl Wanted {
    fn number(&self, table: &Table, now: Micros) -> Outcome<u32> {
        let has = |name: &str| table.keys().iter().any(|key| key.attribute() == name);
        if let Some((name, _)) = self.values.iter().find(|(name, _)| !has(name)) {
            let message = "is not among the keys of the table";
            return Err(Problem::at(Code::InvalidQuery, *name, message));
        }
        let value = |key: &Key| {
            let own = self
                .values
                .iter()
                .find(|(name, _)| *name == key.attribute());
            own.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let wanted: Vec<&str> = table.keys().iter().map(value).collect();
        let found = table.lookup(&wanted, self.at.unwrap_or(now));
        found.ok_or_else(|| {
            let message = format!("No row of the tariff table '{}' is for that.", table.id);
            Problem::new(Code::NotFound, message)
        })
    }
}

/// A document with its rows behind all other members.
fn with_rows(
    kind: DocumentKind,
    shown: &Value,
    head: &DocumentHead,
    content: &[u8],
) -> Outcome<String> {
    let mut text = shown.to_string();
    text.pop();
    if kind == DocumentKind::Table {
        let source = rows_of(head, content)?;
        text.push_str(",\"row\":[");
        for (number, row) in source.rows.iter().enumerate() {
            text.push_str(if number == 0 { "" } else { "," });
            text.push_str(&row_document(&source.keys, row).to_string());
        }
        text.push(']');
    } else {
        let whole: Map<String, Value> =
            serde_json::from_str(&unpacked(content)?).map_err(Problem::internal)?;
        for (name, value) in whole {
            if shown.get(&name).is_none() {
                text.push_str(&format!(",{}:{value}", json!(name)));
            }
        }
    }
    text.push('}');
    Ok(text)
}

/// Runs what takes its time on a thread for that.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(Problem::internal)?
}

/// What a load comes to.
enum Next<'k> {
    Same(&'k DocumentHead),
    New { number: i64, version: String },
}

/// Prices of the catalog that name a document, in any state.
fn naming(tx: &mut Tx<'_>, kind: DocumentKind, key: &IdKey) -> Outcome<Vec<(ResourceRow, Value)>> {
    let rows = tx.look(|session| session.rows_with_text(key.tenant, PRICE, &key.id))?;
    let mut found = Vec::new();
    for row in rows {
        let price = document(&row)?;
        if names(&price, kind, &key.id) {
            found.push((row, price));
        }
    }
    Ok(found)
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
    let after = before.clone().with(kind, &key.id, compiled);
    let mut broken: Vec<(String, Fault)> = Vec::new();
    for (row, price) in naming(tx, kind, key)? {
        if !states.is_active(row.state.as_deref()) {
            continue;
        }
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
