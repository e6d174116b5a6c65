//! The stored form of documents: deflated, tables as CSV and all others as JSON.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use serde_json::{Map, Value, json};

use super::read::compile;
use super::{Compiled, DocumentKind};
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::rating::table::{self, Columns, Records, Rows, Table, TableSource};
use crate::store::DocumentHead;

/// Rows of a table, compressed.
pub(super) fn pack_table(source: &TableSource) -> Outcome<Vec<u8>> {
    packed(&table::csv(source))
}

/// A document, compressed.
pub(super) fn pack_document(document: &Value) -> Outcome<Vec<u8>> {
    packed(&document.to_string())
}

fn packed(text: &str) -> Outcome<Vec<u8>> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let written = encoder.write_all(text.as_bytes());
    written
        .and_then(|()| encoder.finish())
        .map_err(Problem::internal)
}

/// The text of a stored content.
///
/// # Errors
/// A fault of ours where it is not what was stored.
pub fn unpacked(content: &[u8]) -> Outcome<String> {
    let mut text = String::new();
    DeflateDecoder::new(content)
        .read_to_string(&mut text)
        .map_err(Problem::internal)?;
    Ok(text)
}

fn broken(head: &DocumentHead) -> Problem {
    let DocumentHead { kind, number, .. } = head;
    Problem::internal(format!("a stored {kind} cannot be read, number {number}"))
}

/// The document of a head, as clients send it but for its rows.
fn document(head: &DocumentHead) -> Outcome<Map<String, Value>> {
    let mut document: Map<String, Value> =
        serde_json::from_str(&head.head).map_err(|_| broken(head))?;
    document.insert("id".to_owned(), json!(head.id));
    document.insert("version".to_owned(), json!(head.version));
    Ok(document)
}

/// The rows of a stored table.
///
/// # Errors
/// A fault of ours where they do not read.
pub fn rows_of(head: &DocumentHead, content: &[u8]) -> Outcome<TableSource> {
    let text = unpacked(content)?;
    let mut records = Records::new(&text);
    let mut fields = Vec::new();
    let fault = || broken(head);
    records.next_into(&mut fields).ok_or_else(fault)?;
    let columns = Columns::new(std::mem::take(&mut fields)).map_err(|_| fault())?;
    let mut rows = Rows::default();
    let mut number = 0;
    while let Some(good) = records.next_into(&mut fields) {
        let row = columns.row(number, &fields).map_err(|_| fault())?;
        if !good || !rows.add(&row) {
            return Err(fault());
        }
        number += 1;
    }
    let document = Value::Object(document(head)?);
    rows.table(&document).map_err(|_| fault())
}

/// Compiles a stored document.
///
/// # Errors
/// A fault of ours where it does not compile any more.
pub fn compile_stored(
    kind: DocumentKind,
    head: &DocumentHead,
    content: &[u8],
) -> Outcome<Compiled> {
    if kind == DocumentKind::Table {
        let source = rows_of(head, content)?;
        let table = Table::compile(&source).map_err(|_| broken(head))?;
        return Ok(Compiled::Table(Arc::new(table)));
    }
    let document = serde_json::from_str(&unpacked(content)?).map_err(|_| broken(head))?;
    let (compiled, _, _) = compile(kind, &document)?;
    Ok(compiled)
}

/// A document as lists show it: without rows, with what the server knows of it.
///
/// # Errors
/// A fault of ours where the head does not read.
pub fn shown(kind: DocumentKind, head: &DocumentHead, address: &str) -> Outcome<Value> {
    let mut shown = Map::new();
    shown.insert("@type".to_owned(), json!(kind.type_name()));
    shown.insert("id".to_owned(), json!(head.id));
    shown.insert("href".to_owned(), json!(address));
    shown.extend(document(head)?);
    shown.insert("rowCount".to_owned(), json!(head.records));
    shown.insert("hash".to_owned(), json!(head.hash));
    shown.insert("current".to_owned(), json!(head.current));
    let loaded = Micros(head.loaded_at).to_rfc3339();
    shown.insert("loadedAt".to_owned(), json!(loaded));
    Ok(Value::Object(shown))
}
