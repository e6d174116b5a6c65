//! Inserts many rows by `COPY`, in its binary form: PostgreSQL then works on a row a third less than
//! with a statement, and begins while the last rows are still put together. Each table costs a round
//! trip, so this is for batches of imports.

use std::io::Write;

use diesel::ExecuteCopyFromDsl as _;
use diesel::pg::{CopyFormat, CopyTarget};
use diesel::query_source::Table;
use diesel::result::{Error, QueryResult};

use super::Conn;
use crate::store::rows::{EventRow, IndexRow, PendingRow, ResourceRow, TallyRow, WordsRow};
use crate::store::schema::{event, event_pending, resource, resource_index, tally, usage_record};
use crate::store::session::NewRows;
use crate::store::usage::UsageRow;

diesel::table! {
    /// Other than here, text search is written in SQL. The type of the words plays no part in raw
    /// data.
    text_search (seq) {
        seq -> BigInt,
        words -> Text,
    }
}

/// What the binary form begins with: its signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// What it ends with.
const TRAILER: &[u8] = &[0xff, 0xff];
/// Bytes that are handed over at once.
const CHUNK: usize = 1 << 16;

/// Inserts the rows.
pub(super) fn copy(conn: &mut Conn, rows: &NewRows) -> QueryResult<()> {
    into(
        conn,
        resource::table,
        resource::all_columns,
        &rows.resources,
    )?;
    into(
        conn,
        resource_index::table,
        resource_index::all_columns,
        &rows.index,
    )?;
    into(conn, event::table, event::all_columns, &rows.events)?;
    into(
        conn,
        event_pending::table,
        event_pending::all_columns,
        &rows.pending,
    )?;
    into(conn, tally::table, tally::all_columns, &rows.tallies)?;
    into(
        conn,
        text_search::table,
        text_search::all_columns,
        &rows.words,
    )
}

/// Inserts usage.
pub(in crate::store) fn insert_usage(conn: &mut Conn, rows: &[UsageRow]) -> QueryResult<()> {
    into(conn, usage_record::table, usage_record::all_columns, rows)
}

fn into<T, C, R>(conn: &mut Conn, table: T, columns: C, rows: &[R]) -> QueryResult<()>
where
    T: Table,
    C: CopyTarget<Table = T>,
    R: Binary,
{
    if rows.is_empty() {
        return Ok(());
    }
    diesel::copy_from(table)
        .from_raw_data(columns, |out: &mut dyn Write| {
            let written = write_all(rows, out);
            written.map_err(|error| Error::SerializationError(Box::new(error)))
        })
        .with_format(CopyFormat::Binary)
        .execute(conn)
        .map(drop)
}

fn write_all<R: Binary>(rows: &[R], out: &mut dyn Write) -> std::io::Result<()> {
    let mut cells = Cells(Vec::with_capacity(CHUNK + (CHUNK >> 3)));
    cells.0.extend_from_slice(HEADER);
    for row in rows {
        row.write(&mut cells);
        if cells.0.len() >= CHUNK {
            out.write_all(&cells.0)?;
            cells.0.clear();
        }
    }
    cells.0.extend_from_slice(TRAILER);
    out.write_all(&cells.0)
}

/// Rows under way: for each the number of its cells, for each cell its length and its bytes.
struct Cells(Vec<u8>);

impl Cells {
    fn row(&mut self, cells: u16) -> &mut Self {
        self.0.extend_from_slice(&cells.to_be_bytes());
        self
    }

    fn int(&mut self, value: i64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn bool(&mut self, value: bool) -> &mut Self {
        self.bytes(&[u8::from(value)])
    }

    fn text(&mut self, value: &str) -> &mut Self {
        self.bytes(value.as_bytes())
    }

    fn optional(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    fn optional_bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            Some(value) => self.bytes(value),
            None => self.null(),
        }
    }

    fn null(&mut self) -> &mut Self {
        self.0.extend_from_slice(&(-1_i32).to_be_bytes());
        self
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.length(bytes.len());
        self.0.extend_from_slice(bytes);
        self
    }

    /// PostgreSQL refuses what is longer, and no document is.
    fn length(&mut self, length: usize) {
        let length = i32::try_from(length).unwrap_or(i32::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
    }

    /// A `tsvector` out of words between spaces: their number, and each with a zero behind it and
    /// no positions. PostgreSQL puts them in its own order.
    fn words(&mut self, words: &str) {
        let each = || words.split(' ').filter(|word| !word.is_empty());
        let (number, letters) = each().fold((0, 0), |(n, sum), word| (n + 1, sum + word.len()));
        self.length(4 + letters + 3 * number);
        self.length(number);
        for word in each() {
            self.0.extend_from_slice(word.as_bytes());
            self.0.extend_from_slice(&[0, 0, 0]);
        }
    }
}

/// A row that can write its cells, in the order of the columns.
trait Binary {
    fn write(&self, cells: &mut Cells);
}

impl Binary for ResourceRow {
    fn write(&self, cells: &mut Cells) {
        cells
            .row(12)
            .int(self.seq)
            .int(self.tenant)
            .text(&self.kind)
            .text(&self.id)
            .text(&self.version)
            .int(self.revision)
            .bool(self.current)
            .optional(self.label.as_deref())
            .optional(self.state.as_deref())
            .int(self.created_at)
            .int(self.updated_at)
            .text(&self.doc);
    }
}

impl Binary for UsageRow {
    fn write(&self, cells: &mut Cells) {
        cells
            .row(15)
            .int(self.seq)
            .int(self.tenant)
            .optional(self.id.as_deref())
            .optional_bytes(self.identity.as_deref())
            .int(self.revision)
            .int(self.state)
            .int(self.reason)
            .int(self.created_at)
            .int(self.updated_at)
            .int(self.start_at)
            .int(self.product)
            .int(self.shape)
            .bytes(&self.leaves)
            .int(self.trace_shape)
            .bytes(&self.trace);
    }
}

impl Binary for IndexRow {
    fn write(&self, cells: &mut Cells) {
        cells
            .row(5)
            .int(self.tenant)
            .int(self.attribute)
            .bool(self.current)
            .text(&self.value)
            .int(self.seq);
    }
}

impl Binary for EventRow {
    fn write(&self, cells: &mut Cells) {
        cells
            .row(11)
            .int(self.at)
            .int(self.seq)
            .int(self.tenant)
            .text(&self.principal)
            .text(&self.event_id)
            .text(&self.change)
            .text(&self.kind)
            .text(&self.id)
            .text(&self.version)
            .int(self.revision)
            .optional(self.changed.as_deref());
    }
}

impl Binary for PendingRow {
    fn write(&self, cells: &mut Cells) {
        cells.row(3).int(self.seq).int(self.at).int(self.tenant);
    }
}

impl Binary for TallyRow {
    fn write(&self, cells: &mut Cells) {
        cells
            .row(5)
            .int(self.tenant)
            .text(&self.kind)
            .int(self.attribute)
            .text(&self.value)
            .int(self.n);
    }
}

impl Binary for WordsRow {
    fn write(&self, cells: &mut Cells) {
        cells.row(2).int(self.seq).words(&self.words);
    }
}
