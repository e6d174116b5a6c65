//! The file that an export writes: records with what stands between them, compressed or not, in
//! pieces that each end at a place from which a later run can go on.

use std::fs::File;
use std::io::{BufWriter, Write};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::folder::settle;
use super::super::halt::Halt;
use super::super::media::Media;

const BUFFER: usize = 1 << 16;

/// The file being written.
pub struct Sink {
    media: Media,
    out: Option<Out>,
    /// Records so far, over all runs.
    pub records: u64,
    /// Bytes since the last checkpoint, before compression.
    pub fresh: usize,
}

enum Out {
    Plain(BufWriter<File>),
    /// A gzip file may have several members (RFC 1952, 2.2); each piece is one.
    Gzip(GzEncoder<BufWriter<File>>),
}

impl Sink {
    /// Goes on behind `records` records, at the end of the file.
    pub fn new(file: File, media: Media, records: u64) -> Self {
        Sink {
            media,
            out: Some(Out::new(file, media)),
            records,
            fresh: 0,
        }
    }

    /// Writes one record: JSON text in one line.
    ///
    /// # Errors
    /// What the system says.
    pub fn record(&mut self, text: &str) -> Result<(), Halt> {
        let before = match (self.media.lines, self.records) {
            (true, _) => "",
            (false, 0) => "[\n",
            (false, _) => ",\n",
        };
        let after = if self.media.lines { "\n" } else { "" };
        for part in [before, text, after] {
            self.write(part)?;
        }
        self.records += 1;
        Ok(())
    }

    /// Writes what stands behind the last record.
    ///
    /// # Errors
    /// What the system says.
    pub fn close(&mut self) -> Result<(), Halt> {
        match (self.media.lines, self.records) {
            (true, _) => Ok(()),
            (false, 0) => self.write("[]\n"),
            (false, _) => self.write("\n]\n"),
        }
    }

    /// Makes everything so far durable and returns the length of the file. From here a later run
    /// can go on.
    ///
    /// # Errors
    /// What the system says.
    pub fn checkpoint(&mut self) -> Result<u64, Halt> {
        let buffered = match self.out.take() {
            Some(Out::Plain(buffered)) => buffered,
            Some(Out::Gzip(encoder)) => encoder.finish()?,
            None => return Err(Halt::ours(&"the file of an export is closed")),
        };
        let mut file = buffered
            .into_inner()
            .map_err(std::io::IntoInnerError::into_error)?;
        let length = settle(&mut file)?;
        self.out = Some(Out::new(file, self.media));
        self.fresh = 0;
        Ok(length)
    }

    fn write(&mut self, text: &str) -> Result<(), Halt> {
        self.fresh += text.len();
        match &mut self.out {
            Some(Out::Plain(out)) => out.write_all(text.as_bytes())?,
            Some(Out::Gzip(out)) => out.write_all(text.as_bytes())?,
            None => return Err(Halt::ours(&"the file of an export is closed")),
        }
        Ok(())
    }
}

impl Out {
    fn new(file: File, media: Media) -> Self {
        let buffered = BufWriter::with_capacity(BUFFER, file);
        if media.gzip {
            Out::Gzip(GzEncoder::new(buffered, Compression::default()))
        } else {
            Out::Plain(buffered)
        }
    }
}
