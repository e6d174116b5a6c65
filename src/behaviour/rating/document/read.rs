//! Reading documents that clients send: JSON as a whole, or the rows of a table as NDJSON or CSV with
//! what else there is to say beside them.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::pack::{pack_document, pack_table};
use super::{Compiled, DocumentKind, Prepared, invalid, refused};
use crate::domain::json::{Limits, parse, parse_handing_over};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::rating::calendar::Calendar;
use crate::rating::card::Hash;
use crate::rating::fault::Fault;
use crate::rating::table::{Columns, FAULTS_MAX, Records, Rows, Table};
use crate::rating::tax_read;

/// What the server adds when it shows a document; a document that was read from here is taken back.
const OURS: [&str; 6] = ["@type", "href", "hash", "loadedAt", "rowCount", "current"];

/// Attributes whose elements are counted, and not shown in lists.
const ROWS: [&str; 3] = ["row", "hours", "holiday"];
/// Bytes of an id or a version.
const NAME_BYTES: usize = 100;
const NAME: &str = "must be a text of 1 to 100 letters, digits and the characters - . _ ~ : @";

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// The whole document.
    Json,
    /// Rows, one in each line.
    Lines,
    /// Rows, behind a line of names.
    Csv,
}

/// What stands beside rows: attributes of the document.
#[derive(Clone, Debug, Default)]
pub struct Beside {
    pub version: Option<String>,
    pub name: Option<String>,
    pub currency: Option<String>,
    /// Names of keys, separated by commas. CSV needs them only where the order of its columns is
    /// another.
    pub key: Option<String>,
}

impl Beside {
    fn head(&self) -> Map<String, Value> {
        let mut head = Map::new();
        let texts = [
            ("version", &self.version),
            ("name", &self.name),
            ("currency", &self.currency),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                head.insert(name.to_owned(), json!(text));
            }
        }
        if let Some(key) = &self.key {
            let keys: Vec<&str> = key.split(',').map(str::trim).collect();
            head.insert("key".to_owned(), json!(keys));
        }
        head
    }
}

/// A document as a client sends it.
#[derive(Debug)]
pub struct Sent {
    pub form: Form,
    pub beside: Beside,
    pub body: Vec<u8>,
    /// Of the whole document or, for rows, of each; rows may be any number.
    pub limits: Limits,
}

/// Reads and compiles a document. Takes as long as its size; not for a thread that serves.
///
/// # Errors
/// `MalformedBody`, `LimitExceeded` and `InvalidBody` with pointers to the first faults.
pub fn prepare(kind: DocumentKind, id: &str, sent: &Sent) -> Outcome<Prepared> {
    let Sent {
        form,
        beside,
        body: bytes,
        limits,
    } = sent;
    match (kind, form) {
        (DocumentKind::Table, Form::Json) => {
            let mut rows = Rows::default();
            let mut add = |row: Value| rows.add(&row);
            let document = parse_handing_over(bytes, limits, "row", &mut add)?;
            table(id, rows, object(document)?, beside)
        }
        (DocumentKind::Table, Form::Lines) => table(id, lines(bytes, limits)?, Map::new(), beside),
        (DocumentKind::Table, Form::Csv) => {
            let (rows, keys) = csv(text(bytes)?)?;
            let mut head = Map::new();
            if !keys.is_empty() {
                head.insert("key".to_owned(), json!(keys));
            }
            table(id, rows, head, beside)
        }
        (_, Form::Json) => whole(kind, id, object(parse(bytes, limits)?)?, beside),
        _ => Err(Problem::at(
            Code::UnsupportedMediaType,
            "Content-Type",
            "rows alone are understood for tariff tables only; send JSON",
        )),
    }
}

fn object(document: Value) -> Outcome<Map<String, Value>> {
    match document {
        Value::Object(object) => Ok(object),
        _ => Err(invalid("", "must be a JSON object")),
    }
}

fn text(bytes: &[u8]) -> Outcome<&str> {
    std::str::from_utf8(bytes)
        .map_err(|_| Problem::new(Code::MalformedBody, "The body is not text in UTF-8."))
}

/// Rows of NDJSON.
fn lines(bytes: &[u8], limits: &Limits) -> Outcome<Rows> {
    let mut rows = Rows::default();
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.filter(|line| !line.trim_ascii().is_empty());
    for (number, line) in lines.enumerate() {
        let row = parse(line, limits).map_err(|fault| fault.below(&format!("/row/{number}")))?;
        if !rows.add(&row) {
            break;
        }
    }
    Ok(rows)
}

/// Rows of CSV, and the keys that it has columns for.
fn csv(text: &str) -> Outcome<(Rows, Vec<&'static str>)> {
    let mut records = Records::new(text);
    let mut fields = Vec::new();
    let open = || invalid("/row", "has a quote that does not end");
    match records.next_into(&mut fields) {
        Some(true) => {}
        Some(false) => return Err(open()),
        None => return Err(invalid("", "needs a line with the names of the columns")),
    }
    let columns = Columns::new(std::mem::take(&mut fields)).map_err(refused)?;
    let mut rows = Rows::default();
    let mut faults: Vec<Fault> = Vec::new();
    let mut number = 0;
    while let Some(good) = records.next_into(&mut fields) {
        if !good {
            return Err(open());
        }
        match columns.row(number, &fields) {
            Ok(row) if !rows.add(&row) => break,
            Ok(_) => {}
            Err(fault) => faults.push(fault),
        }
        if faults.len() >= FAULTS_MAX {
            break;
        }
        number += 1;
    }
    match faults.is_empty() {
        true => Ok((rows, columns.keys())),
        false => Err(refused(faults)),
    }
}

/// True for what can stand in a path without being encoded.
fn is_name(text: &str) -> bool {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:@".contains(&byte);
    (1..=NAME_BYTES).contains(&text.len()) && text.bytes().all(good)
}

/// The document without what the server adds, with its id and what stands beside it.
fn head(id: &str, mut own: Map<String, Value>, beside: &Beside) -> Outcome<Map<String, Value>> {
    if !is_name(id) {
        return Err(invalid("/id", NAME));
    }
    for name in OURS {
        own.shift_remove(name);
    }
    if own.get("id").is_some_and(|own| own.as_str() != Some(id)) {
        return Err(invalid("/id", "is another one than that of the path"));
    }
    own.insert("id".to_owned(), json!(id));
    own.extend(beside.head());
    Ok(own)
}

fn table(id: &str, rows: Rows, own: Map<String, Value>, beside: &Beside) -> Outcome<Prepared> {
    let document = Value::Object(head(id, own, beside)?);
    let source = rows.table(&document).map_err(refused)?;
    let compiled = Table::compile(&source).map_err(refused)?;
    let mut head = object(document)?;
    head.shift_remove("row");
    // It is stored with the keys that it has, said or not.
    let keys: Vec<&str> = source.keys.iter().map(|key| key.attribute()).collect();
    head.insert("key".to_owned(), json!(keys));
    Ok(Prepared {
        id: id.to_owned(),
        version: version(&mut head)?,
        head,
        hash: compiled.hash.to_string(),
        records: source.rows.len(),
        content: pack_table(&source)?.into(),
        compiled: Compiled::Table(Arc::new(compiled)),
    })
}

fn whole(
    kind: DocumentKind,
    id: &str,
    own: Map<String, Value>,
    beside: &Beside,
) -> Outcome<Prepared> {
    let document = Value::Object(head(id, own, beside)?);
    let (compiled, hash, records) = compile(kind, &document)?;
    let content = pack_document(&document)?.into();
    let mut head = object(document)?;
    for name in ROWS {
        head.shift_remove(name);
    }
    Ok(Prepared {
        id: id.to_owned(),
        version: version(&mut head)?,
        head,
        hash: hash.to_string(),
        records,
        content,
        compiled,
    })
}

/// Compiles a calendar or a tax table.
pub(super) fn compile(kind: DocumentKind, document: &Value) -> Outcome<(Compiled, Hash, usize)> {
    let lists = ROWS
        .iter()
        .filter_map(|name| document.get(name)?.as_array());
    let records = lists.map(Vec::len).sum();
    if kind == DocumentKind::Taxes {
        let source = tax_read::read(document).map_err(refused)?;
        return Ok((Compiled::Taxes(source.rows.into()), source.hash, records));
    }
    let calendar = Calendar::compile(document).map_err(refused)?;
    let hash = calendar.hash;
    Ok((Compiled::Calendar(Arc::new(calendar)), hash, records))
}

/// Takes id and version out, which are kept beside the head.
fn version(head: &mut Map<String, Value>) -> Outcome<Option<String>> {
    head.shift_remove("id");
    let Some(version) = head.shift_remove("version") else {
        return Ok(None);
    };
    let text = version.as_str().filter(|text| is_name(text));
    match text {
        Some(text) => Ok(Some(text.to_owned())),
        None => Err(invalid("/version", NAME)),
    }
}
