//! Showing and deleting the documents that prices refer to; `load` stores them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::book::Book;
use super::compile::names;
use super::document::{DocumentKind, rows_of, shown, unpacked};
use super::prices::PRICE;
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Caller, Engine};
use crate::rating::table::{Key, Table, TableSource, row_document};
use crate::store::{DocumentHead, IdKey, ResourceRow, Tx};

/// Base of the addresses of documents.
const BASE: &str = "/tollgate/v1";
/// Prices that a refusal names.
const NAMED: usize = 5;

/// The stored documents of one kind, for one caller.
pub struct Shelf {
    pub engine: Engine,
    pub book: Arc<Book>,
    pub machines: Arc<Machines>,
    pub kind: DocumentKind,
    pub caller: Caller,
}

impl Shelf {
    pub(super) fn key(&self, id: &str) -> IdKey {
        IdKey::new(self.caller.tenant, self.kind.as_str(), id)
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

    pub(super) fn shown(&self, head: &DocumentHead) -> Outcome<Value> {
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
pub(super) async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Outcome<T> + Send + 'static,
) -> Outcome<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(Problem::internal)?
}

/// Prices of the catalog that name a document, in any state.
pub(super) fn naming(
    tx: &mut Tx<'_>,
    kind: DocumentKind,
    key: &IdKey,
) -> Outcome<Vec<(ResourceRow, Value)>> {
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
