//! Going through a file row by row.

use std::borrow::Cow;
use std::io::Read;
use std::sync::Arc;

use serde_json::Value;

use super::fault::{Fault, FileFault, RowFault};
use super::input::unpacked;
use super::mapping::{Filter, Mapping, Trailer};
use super::record::Record;
use super::row::{Content, Row};
use super::rows::{Next, Rows};
use super::totals::{Control, Totals};
use super::value::{Cell, Rule, Wrong};

/// The usage in a file.
///
/// As an iterator it gives documents, as clients of TMF635 v4 would post them. [`Reader::record`] gives the
/// same without copying. Only the row at hand is in memory.
pub struct Reader<'i> {
    mapping: Arc<Mapping>,
    rows: Rows<'i>,
    totals: Totals,
    control: Option<Control>,
    ended: bool,
}

/// What a row is.
enum Class {
    Usage,
    PassedOver,
    Trailer,
}

impl<'i> Reader<'i> {
    /// Opens a file, compressed (gzip) or not.
    ///
    /// # Errors
    /// When it cannot be read, or lacks a column of the mapping.
    pub fn open(mapping: Arc<Mapping>, input: impl Read + Send + 'i) -> Result<Self, FileFault> {
        let unreadable = |error: std::io::Error| FileFault {
            line: 1,
            message: error.to_string(),
        };
        let input = unpacked(input).map_err(unreadable)?;
        let rows = Rows::open(&mapping, input)?;
        Ok(Reader {
            mapping,
            rows,
            totals: Totals::default(),
            control: None,
            ended: false,
        })
    }

    /// Goes on behind the rows that were counted in an earlier run over the same file.
    ///
    /// # Errors
    /// When the file is shorter than that, or cannot be read.
    pub fn resume(&mut self, totals: Totals) -> Result<(), FileFault> {
        for _ in 0..totals.rows {
            if let Next::End = self.rows.advance()? {
                let (_, line) = self.rows.content();
                let message = "the file has become shorter since it was begun".to_owned();
                return Err(FileFault { line, message });
            }
        }
        self.totals = totals;
        Ok(())
    }

    /// What has been read so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// What the trailer says, once it has been read.
    pub fn control(&self) -> Option<&Control> {
        self.control.as_ref()
    }

    /// True at the end of a file that should have a trailer and has none: it is probably cut off.
    pub fn lacks_trailer(&self) -> bool {
        self.ended && self.mapping.trailer.is_some() && self.control.is_none()
    }

    /// The next usage, or what is wrong with the next row that should be one; none at the end.
    pub fn record(&mut self) -> Option<Result<Record<'_>, Fault>> {
        match self.next_usage() {
            Ok(false) => return None,
            Ok(true) => {}
            Err(Fault::Row(fault)) => {
                self.totals.faulty += 1;
                return Some(Err(Fault::Row(fault)));
            }
            Err(Fault::File(fault)) => {
                self.ended = true;
                return Some(Err(Fault::File(fault)));
            }
        }
        let (content, line) = self.rows.content();
        match record(&self.mapping, content, line) {
            Ok(record) => {
                self.totals.count(&record);
                Some(Ok(record))
            }
            Err(wrong) => {
                self.totals.faulty += 1;
                Some(Err(Fault::Row(row_fault(&self.mapping, wrong, line))))
            }
        }
    }

    /// Goes to the next row that is usage.
    fn next_usage(&mut self) -> Result<bool, Fault> {
        while !self.ended {
            match self.rows.advance().map_err(Fault::File)? {
                Next::End => self.ended = true,
                Next::Bad(fault) => {
                    self.totals.rows += 1;
                    return Err(Fault::Row(fault));
                }
                Next::Row => match self.classify()? {
                    Class::Usage => return Ok(true),
                    Class::PassedOver => self.totals.passed_over += 1,
                    Class::Trailer => {}
                },
            }
        }
        Ok(false)
    }

    fn classify(&mut self) -> Result<Class, Fault> {
        let (content, line) = self.rows.content();
        let row = row_of(&self.mapping, content);
        let wrong = |wrong| Fault::Row(row_fault(&self.mapping, wrong, line));
        if let Some(trailer) = &self.mapping.trailer
            && holds(&trailer.mark, &row).map_err(wrong)?
        {
            match declared(trailer, &row) {
                Ok(control) => self.control = Some(control),
                Err(mistake) => {
                    let fault = wrong(mistake);
                    self.totals.rows += 1;
                    return Err(fault);
                }
            }
            return Ok(Class::Trailer);
        }
        self.totals.rows += 1;
        if self.control.is_some() {
            return Err(wrong(Wrong::from("stands behind the trailer")));
        }
        if let Some(message) = self.rows.misshapen() {
            return Err(wrong(Wrong::from(message)));
        }
        for filter in &self.mapping.filters {
            if !holds(filter, &row).map_err(wrong)? {
                return Ok(Class::PassedOver);
            }
        }
        Ok(Class::Usage)
    }
}

impl Iterator for Reader<'_> {
    type Item = Result<Value, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        let record = self.record()?;
        Some(record.map(|record| record.to_value()))
    }
}

fn row_of<'r>(mapping: &'r Mapping, content: Content<'r>) -> Row<'r> {
    Row {
        content,
        nulls: &mapping.nulls,
    }
}

fn holds(filter: &Filter, row: &Row<'_>) -> Result<bool, Wrong> {
    Ok(filter.test.holds(super::value::first(&filter.slots, row)?))
}

/// What a trailer declares.
fn declared(trailer: &Trailer, row: &Row<'_>) -> Result<Control, Wrong> {
    let mut control = Control::default();
    for (name, slot) in &trailer.totals {
        let text = row
            .text(*slot)
            .map_err(|message| Wrong::at(*slot, message))?;
        let set = control.set(name, text);
        set.map_err(|message| Wrong::at(*slot, message))?;
    }
    Ok(control)
}

fn row_fault(mapping: &Mapping, wrong: Wrong, line: u64) -> RowFault {
    RowFault {
        line,
        column: wrong.slot.and_then(|slot| mapping.label(slot)),
        message: wrong.message.into_owned(),
    }
}

fn record<'r>(mapping: &'r Mapping, content: Content<'r>, line: u64) -> Result<Record<'r>, Wrong> {
    let row = row_of(mapping, content);
    let text = |rule: &'r Rule| match rule.cell(&row) {
        Ok(Some(Cell::Text(text))) => Ok(Some(text)),
        Ok(_) => Ok(None),
        Err(wrong) => Err(wrong),
    };
    let optional = |rule: &'r Option<Rule>| rule.as_ref().map_or(Ok(None), text);
    let date = match mapping.date.cell(&row)? {
        Some(Cell::Instant(date)) => date,
        _ => return Err(Wrong::from("has no date")),
    };
    let mut characteristics = Vec::with_capacity(mapping.characteristics.len());
    for (name, rule) in &mapping.characteristics {
        if let Some(cell) = rule.cell(&row)? {
            characteristics.push((name.as_str(), cell));
        }
    }
    Ok(Record {
        line,
        specification: text(&mapping.specification)?.unwrap_or(Cow::Borrowed("")),
        date,
        usage_type: optional(&mapping.usage_type)?,
        description: optional(&mapping.text)?,
        characteristics,
    })
}
