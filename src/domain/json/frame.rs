//! Cuts a stream into records without understanding them: a JSON array, objects one after the
//! other, or one record in each line. Only the record at hand is in memory.
//!
//! The cutter follows strings and brackets, so that a record that is broken inside costs no more
//! than itself; where nothing else can be told, a record ends with its line.

use std::io::{self, BufRead};

use serde::{Deserialize, Serialize};

/// How records lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Layout {
    /// Elements of one JSON array.
    Array,
    /// One in each line (NDJSON, JSON Lines); empty lines are passed over.
    Lines,
    /// Values one after the other, each over any number of lines.
    Values,
}

/// A place between records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Bytes before it, after decompression.
    pub offset: u64,
    /// Line feeds before it.
    pub lines: u64,
    /// Records before it.
    pub records: u64,
}

/// What was cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    /// Line in which the record begins, from 1.
    pub line: u64,
    /// Number of the record, from 1.
    pub number: u64,
    /// The place behind it.
    pub end: Place,
    /// The record is longer than allowed, and its bytes were thrown away.
    pub too_long: bool,
}

/// Why nothing more can be cut off.
#[derive(Debug)]
pub enum Broken {
    /// The stream itself failed.
    Io(io::Error),
    /// What follows is no record; the line, and why.
    Content { line: u64, message: String },
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Self {
        Broken::Io(error)
    }
}

/// Brackets inside each other, past which a record cannot be followed.
const MAX_DEPTH: usize = 1 << 16;
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The cutter.
pub struct Frames<R> {
    input: R,
    layout: Layout,
    at: Place,
    /// Bytes of a record at most.
    max: usize,
    ended: bool,
    /// The layout is a guess until the first record is seen.
    guessing: bool,
}

impl<R: BufRead> Frames<R> {
    /// Begins at the start of a file. `lines` says that the file is declared to have one record in
    /// each line.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn start(input: R, max: usize, lines: bool) -> Result<Self, Broken> {
        let layout = if lines { Layout::Lines } else { Layout::Values };
        let mut frames = Frames {
            input,
            layout,
            at: Place::default(),
            max,
            ended: false,
            guessing: !lines,
        };
        for byte in BYTE_ORDER_MARK {
            if frames.peek()? == Some(byte) {
                frames.pass(1);
            }
        }
        if frames.skip_blanks()? == Some(b'[') {
            frames.pass(1);
            frames.layout = Layout::Array;
            frames.guessing = false;
        }
        Ok(frames)
    }

    /// Goes on at a place where another cutter stopped; the stream begins there.
    pub fn resume(input: R, max: usize, layout: Layout, at: Place) -> Self {
        Frames {
            input,
            layout,
            at,
            max,
            ended: false,
            guessing: false,
        }
    }

    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Cuts off the next record and puts its bytes into `record`; `None` at the end.
    ///
    /// # Errors
    /// [`Broken`] when the stream fails or goes on with something that is no record.
    pub fn next(&mut self, record: &mut Vec<u8>) -> Result<Option<Frame>, Broken> {
        record.clear();
        if self.ended {
            return Ok(None);
        }
        let found = match self.layout {
            Layout::Array => self.element(record)?,
            Layout::Lines => self.line(record)?,
            Layout::Values => self.value_after_blanks(record)?,
        };
        self.ended = found.is_none();
        Ok(found)
    }

    fn line(&mut self, record: &mut Vec<u8>) -> Result<Option<Frame>, Broken> {
        if self.skip_blanks()?.is_none() {
            return Ok(None);
        }
        let line = self.at.lines + 1;
        let mut too_long = false;
        loop {
            let chunk = fill(&mut self.input)?;
            if chunk.is_empty() {
                break;
            }
            let feed = memchr::memchr(b'\n', chunk);
            let used = feed.unwrap_or(chunk.len());
            keep(
                record,
                chunk.get(..used).unwrap_or_default(),
                self.max,
                &mut too_long,
            );
            self.input.consume(used);
            self.at.offset += length(used);
            if feed.is_some() {
                break;
            }
        }
        Ok(Some(self.frame(line, too_long)))
    }

    fn element(&mut self, record: &mut Vec<u8>) -> Result<Option<Frame>, Broken> {
        let mut next = self.skip_blanks()?;
        if next == Some(b',') && self.at.records > 0 {
            self.pass(1);
            next = self.skip_blanks()?;
        } else if self.at.records > 0 && !matches!(next, Some(b']') | None) {
            return Err(self.content("a comma or ] is missing between the records"));
        }
        match next {
            None => Err(self.content("the file ends inside the array")),
            Some(b']') => {
                self.pass(1);
                match self.skip_blanks()? {
                    None => Ok(None),
                    Some(_) => Err(self.content("something follows the end of the array")),
                }
            }
            Some(b',') => Err(self.content("a record is missing before the comma")),
            Some(_) => self.value(record).map(Some),
        }
    }

    fn value_after_blanks(&mut self, record: &mut Vec<u8>) -> Result<Option<Frame>, Broken> {
        if self.skip_blanks()?.is_none() {
            return Ok(None);
        }
        let frame = self.value(record)?;
        if std::mem::take(&mut self.guessing) && frame.line == self.at.lines + 1 {
            // The first value stands in one line of its own: so will the others.
            self.skip_within_line()?;
            if matches!(self.peek()?, None | Some(b'\n')) {
                self.layout = Layout::Lines;
            }
        }
        Ok(Some(frame))
    }

    fn value(&mut self, record: &mut Vec<u8>) -> Result<Frame, Broken> {
        let line = self.at.lines + 1;
        let mut scan = Scan::default();
        let mut too_long = false;
        while !scan.done {
            let chunk = fill(&mut self.input)?;
            if chunk.is_empty() {
                break;
            }
            let used = scan.feed(chunk);
            if scan.stack.len() > MAX_DEPTH {
                return Err(self.content("the record is nested too deeply to find its end"));
            }
            let part = chunk.get(..used).unwrap_or_default();
            keep(record, part, self.max, &mut too_long);
            self.at.lines += length(memchr::memchr_iter(b'\n', part).count());
            self.at.offset += length(used);
            self.input.consume(used);
        }
        if !scan.ends_well() {
            return Err(Broken::Content {
                line,
                message: "the file ends inside the record that begins here".to_owned(),
            });
        }
        Ok(self.frame(line, too_long))
    }

    fn frame(&mut self, line: u64, too_long: bool) -> Frame {
        self.at.records += 1;
        Frame {
            line,
            number: self.at.records,
            end: self.at,
            too_long,
        }
    }

    fn content(&self, message: &str) -> Broken {
        Broken::Content {
            line: self.at.lines + 1,
            message: message.to_owned(),
        }
    }

    /// The next byte; `None` at the end.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        Ok(fill(&mut self.input)?.first().copied())
    }

    /// Steps over bytes that are no line feeds.
    fn pass(&mut self, bytes: usize) {
        self.input.consume(bytes);
        self.at.offset += length(bytes);
    }

    fn skip_blanks(&mut self) -> io::Result<Option<u8>> {
        loop {
            match self.peek()? {
                Some(b'\n') => {
                    self.pass(1);
                    self.at.lines += 1;
                }
                Some(b' ' | b'\t' | b'\r') => self.pass(1),
                next => return Ok(next),
            }
        }
    }

    fn skip_within_line(&mut self) -> io::Result<()> {
        while let Some(b' ' | b'\t' | b'\r') = self.peek()? {
            self.pass(1);
        }
        Ok(())
    }
}

/// Finds the end of one value.
#[derive(Default)]
struct Scan {
    /// Brackets that are open.
    stack: Vec<u8>,
    in_string: bool,
    escaped: bool,
    /// A number, a word or something that is no JSON: ends where something else begins.
    bare: bool,
    begun: bool,
    done: bool,
}

impl Scan {
    /// Takes bytes of the value and says how many of them belong to it.
    fn feed(&mut self, chunk: &[u8]) -> usize {
        for (at, &byte) in chunk.iter().enumerate() {
            if self.in_string {
                self.in_string(byte);
            } else if self.bare && is_delimiter(byte) {
                self.done = true;
                return at;
            } else if !self.bare {
                self.outside(byte);
            }
            self.begun = true;
            if self.done || self.stack.len() > MAX_DEPTH {
                return at + 1;
            }
        }
        chunk.len()
    }

    fn in_string(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => {
                self.in_string = false;
                self.done = self.stack.is_empty();
            }
            _ => {}
        }
    }

    fn outside(&mut self, byte: u8) {
        match byte {
            b'"' => self.in_string = true,
            b'{' | b'[' => self.stack.push(byte),
            b'}' => self.close(b'{'),
            b']' => self.close(b'['),
            _ if self.stack.is_empty() && !self.begun => self.bare = true,
            _ => {}
        }
    }

    /// A bracket of one kind closes those of the other kind that were left open inside, so that
    /// a forgotten one spoils its own record only.
    fn close(&mut self, opening: u8) {
        match self.stack.iter().rposition(|open| *open == opening) {
            Some(at) => self.stack.truncate(at),
            None if self.stack.is_empty() => {}
            None => return,
        }
        self.done = self.stack.is_empty();
    }

    fn ends_well(&self) -> bool {
        self.done || (self.bare && !self.in_string)
    }
}

fn is_delimiter(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\r' | b'\n' | b',' | b'[' | b']' | b'{' | b'}' | b'"'
    )
}

/// Appends bytes unless the record becomes too long; then it is emptied and stays so.
fn keep(record: &mut Vec<u8>, bytes: &[u8], max: usize, too_long: &mut bool) {
    *too_long |= record.len() + bytes.len() > max;
    if *too_long {
        record.clear();
    } else {
        record.extend_from_slice(bytes);
    }
}

fn fill<R: BufRead>(input: &mut R) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Ok(_) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    // Filled already: this hands out the same bytes (and lets the borrow checker see it).
    input.fill_buf()
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
