//! Cutting a file into rows.

use std::io::{BufRead, ErrorKind};

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde_json::Value;

use super::fault::{FileFault, RowFault};
use super::input::{Allowance, BUFFER, ROW_MAX};
use super::mapping::{Columns, Delimited, Layout, Mapping};
use super::row::{Content, NOT_UTF8, Path, Place, path};
use crate::domain::json::frame::{Broken, Frames};

type Input<'i> = Box<dyn BufRead + Send + 'i>;

/// The rows of a file, one at a time.
pub enum Rows<'i> {
    Fields(Box<Fields<'i>>),
    Documents(Box<Documents<'i>>),
}

/// What comes next.
pub enum Next {
    Row,
    /// A row that is none.
    Bad(RowFault),
    End,
}

impl<'i> Rows<'i> {
    /// Begins a file; reads its header, where it has one.
    ///
    /// # Errors
    /// When it cannot be read, or lacks a column of the mapping.
    pub fn open(mapping: &Mapping, input: Input<'i>) -> Result<Self, FileFault> {
        Ok(match &mapping.layout {
            Layout::Csv(format) => Rows::Fields(Box::new(Fields::open(mapping, format, input)?)),
            Layout::Lines | Layout::Documents => {
                Rows::Documents(Box::new(Documents::open(mapping, input)?))
            }
        })
    }

    /// Goes to the next row.
    ///
    /// # Errors
    /// When the file cannot be read any further.
    pub fn advance(&mut self) -> Result<Next, FileFault> {
        match self {
            Rows::Fields(fields) => fields.advance(),
            Rows::Documents(documents) => documents.advance(),
        }
    }

    /// The row, and the line in which it begins.
    pub fn content(&self) -> (Content<'_>, u64) {
        match self {
            Rows::Fields(fields) => {
                let content = Content::Fields {
                    fields: &fields.row,
                    places: &fields.places,
                };
                (content, fields.line)
            }
            Rows::Documents(documents) => {
                let content = Content::Document {
                    document: &documents.document,
                    paths: &documents.paths,
                };
                (content, documents.line)
            }
        }
    }

    /// What is wrong with the number of fields in the row.
    pub fn misshapen(&self) -> Option<String> {
        let Rows::Fields(fields) = self else {
            return None;
        };
        let (least, most) = fields.width?;
        let have = fields.row.len();
        match (have < least, have > most) {
            (true, _) => Some(format!("has {have} fields, and needs {least}")),
            (_, true) => Some(format!("has {have} fields, more than {most}")),
            _ => None,
        }
    }
}

/// Rows of fields.
pub struct Fields<'i> {
    reader: csv::Reader<Allowance<Input<'i>>>,
    row: ByteRecord,
    line: u64,
    /// For each slot the number of the field; none where the file has no such column.
    places: Vec<Option<usize>>,
    /// Fields of a row, at least and at most; none where rows may have any number.
    width: Option<(usize, usize)>,
}

impl<'i> Fields<'i> {
    fn open(mapping: &Mapping, format: &Delimited, input: Input<'i>) -> Result<Self, FileFault> {
        let mut builder = ReaderBuilder::new();
        builder
            .has_headers(false)
            .flexible(true)
            .delimiter(format.delimiter)
            .quoting(format.quote.is_some())
            .quote(format.quote.unwrap_or(b'"'))
            .double_quote(format.escape.is_none())
            .escape(format.escape)
            .comment(format.comment)
            .terminator(Terminator::CRLF)
            .buffer_capacity(BUFFER);
        let mut fields = Fields {
            reader: builder.from_reader(Allowance::new(input)),
            row: ByteRecord::new(),
            line: 0,
            places: Vec::new(),
            width: None,
        };
        for _ in 0..format.skip {
            fields.advance()?;
        }
        let columns = match &format.columns {
            Columns::Header => fields.header()?,
            Columns::Named(columns) => columns.clone(),
            Columns::Counted => Vec::new(),
        };
        let is_header = format.columns == Columns::Header;
        fields.places = fields.places(mapping, format, &columns, is_header)?;
        if format.columns != Columns::Counted && !format.ragged {
            let optional = |column: &&String| !is_header && format.optional.contains(column);
            let behind = columns.iter().rev().take_while(optional).count();
            fields.width = Some((columns.len() - behind, columns.len()));
        }
        Ok(fields)
    }

    fn header(&mut self) -> Result<Vec<String>, FileFault> {
        if let Next::End = self.advance()? {
            return Err(self.fault("the file is empty, and it should have a header"));
        }
        let names = self.row.iter().map(|name| {
            let name =
                std::str::from_utf8(name).map_err(|_| self.fault("the header is not UTF-8"))?;
            Ok(name.trim_ascii().to_owned())
        });
        names.collect()
    }

    fn places(
        &self,
        mapping: &Mapping,
        format: &Delimited,
        columns: &[String],
        is_header: bool,
    ) -> Result<Vec<Option<usize>>, FileFault> {
        let places = mapping.places.iter().map(|taken| {
            let name = match &taken.place {
                Place::Position(position) => return Ok(Some(position - 1)),
                Place::Name(name) => name,
            };
            let place = columns.iter().position(|column| column == name);
            if place.is_none() && is_header && !format.optional.contains(name) {
                let message = format!("there is no column `{name}`, which `{}` takes", taken.key);
                return Err(self.fault(&message));
            }
            Ok(place)
        });
        places.collect()
    }

    fn advance(&mut self) -> Result<Next, FileFault> {
        self.reader.get_mut().renew();
        let there = self.reader.read_byte_record(&mut self.row);
        self.line = match self.row.position() {
            Some(position) => position.line(),
            None => self.reader.position().line(),
        };
        match there {
            Ok(true) => Ok(Next::Row),
            Ok(false) => Ok(Next::End),
            Err(error) => Err(self.fault(&error.to_string())),
        }
    }

    fn fault(&self, message: &str) -> FileFault {
        FileFault {
            line: self.line.max(1),
            message: message.to_owned(),
        }
    }
}

/// JSON documents.
pub struct Documents<'i> {
    frames: Frames<Input<'i>>,
    bytes: Vec<u8>,
    document: Value,
    line: u64,
    /// For each slot the path.
    paths: Vec<Path>,
}

impl<'i> Documents<'i> {
    fn open(mapping: &Mapping, input: Input<'i>) -> Result<Self, FileFault> {
        let lines = mapping.layout == Layout::Lines;
        let paths = mapping.places.iter().map(|taken| match &taken.place {
            Place::Name(name) => path(name),
            Place::Position(_) => Path::default(),
        });
        Ok(Documents {
            frames: Frames::start(input, ROW_MAX, lines).map_err(broken)?,
            bytes: Vec::new(),
            document: Value::Null,
            line: 1,
            paths: paths.collect(),
        })
    }

    fn advance(&mut self) -> Result<Next, FileFault> {
        let Some(frame) = self.frames.next(&mut self.bytes).map_err(broken)? else {
            return Ok(Next::End);
        };
        self.line = frame.line;
        let bad = |message: String| {
            Ok(Next::Bad(RowFault {
                line: frame.line,
                column: None,
                message,
            }))
        };
        if frame.too_long {
            return bad(format!("is longer than {ROW_MAX} bytes"));
        }
        let Ok(text) = std::str::from_utf8(&self.bytes) else {
            return bad(NOT_UTF8.to_owned());
        };
        match serde_json::from_str(text) {
            Ok(document @ Value::Object(_)) => {
                self.document = document;
                Ok(Next::Row)
            }
            Ok(_) => bad("is no object".to_owned()),
            // The text of the error would show what stands there.
            Err(error) => bad(format!(
                "is not JSON, at its line {} column {}",
                error.line(),
                error.column()
            )),
        }
    }
}

fn broken(broken: Broken) -> FileFault {
    match broken {
        Broken::Io(error) => FileFault {
            line: 1,
            message: match error.kind() {
                ErrorKind::UnexpectedEof => "the compressed file ends too early".to_owned(),
                _ => error.to_string(),
            },
        },
        Broken::Content { line, message } => FileFault { line, message },
    }
}
