//! Where the bytes of an import come from: a file or a URL, decompressed, limited.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::path::Path;
use std::time::UNIX_EPOCH;

use flate2::bufread::MultiGzDecoder;
use tokio::runtime::Handle;

use crate::outbound::Outbound;

use super::super::folder::{self, skip};
use super::super::halt::Halt;
use super::super::{Location, Settings};

const BUFFER: usize = 1 << 16;
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// An open file.
pub struct Source {
    /// What is in it, from the place asked for.
    pub reader: Box<dyn BufRead + Send>,
    /// Tells whether the file is still the same when it is opened again; empty when nothing tells.
    pub mark: String,
}

/// Opens the file of a job at an offset, counted after decompression. Whether it is compressed, its
/// first bytes tell: names and media types are often wrong about that.
///
/// # Errors
/// `Later` for what may pass, `Fatal` for a file that is not there or not allowed.
pub fn open(
    location: &Location,
    settings: &Settings,
    outbound: &Outbound,
    runtime: &Handle,
    offset: u64,
) -> Result<Source, Halt> {
    let (raw, mark) = match location {
        Location::File(path) => return open_file(path, settings, offset),
        Location::Web(url) => {
            let body = runtime.block_on(outbound.get(url, settings.max_file_bytes))?;
            if let Some(other) = body.header("content-encoding").filter(|e| !is_known(e)) {
                let message =
                    format!("the answer is encoded as '{other}'; gzip or nothing can be read");
                return Err(Halt::Fatal(message));
            }
            let mark = ["etag", "last-modified", "content-length"]
                .into_iter()
                .find_map(|name| body.header(name).map(str::to_owned))
                .unwrap_or_default();
            (
                Box::new(body.into_reader(runtime.clone())) as Box<dyn Read + Send>,
                mark,
            )
        }
    };
    unpacked_source(raw, mark, settings, offset)
}

/// Opens a file of the folder for files, as [`open`] does.
///
/// # Errors
/// As for [`open`].
pub fn open_file(path: &Path, settings: &Settings, offset: u64) -> Result<Source, Halt> {
    let mut file = folder::open(&settings.files_dir, path)?;
    let mark = mark_of(&file)?;
    if is_gzip(&mut file)? {
        return unpacked_source(Box::new(file), mark, settings, offset);
    }
    plain_file(file, mark, settings, offset)
}

fn unpacked_source(
    raw: Box<dyn Read + Send>,
    mark: String,
    settings: &Settings,
    offset: u64,
) -> Result<Source, Halt> {
    let mut reader = unpacked(raw, settings.max_file_bytes)?;
    skip(&mut reader, offset)?;
    Ok(Source { reader, mark })
}

fn is_known(encoding: &str) -> bool {
    matches!(
        encoding.trim().to_ascii_lowercase().as_str(),
        "" | "gzip" | "x-gzip" | "identity"
    )
}

/// A file that is not compressed needs no reading up to the place.
fn plain_file(
    mut file: File,
    mark: String,
    settings: &Settings,
    offset: u64,
) -> Result<Source, Halt> {
    if file.metadata()?.len() < offset {
        return Err(Halt::Fatal(
            "the file has become shorter since the job began".to_owned(),
        ));
    }
    file.seek(SeekFrom::Start(offset))?;
    let limited = Limited::new(file, settings.max_file_bytes.saturating_sub(offset));
    Ok(Source {
        reader: Box::new(BufReader::with_capacity(BUFFER, limited)),
        mark,
    })
}

/// Size and time of the last change.
fn mark_of(file: &File) -> io::Result<String> {
    let data = file.metadata()?;
    let changed = data
        .modified()
        .ok()
        .and_then(|at| at.duration_since(UNIX_EPOCH).ok())
        .map_or(0, |since| since.as_micros());
    Ok(format!("{} {changed}", data.len()))
}

fn is_gzip(file: &mut File) -> io::Result<bool> {
    let mut first = Vec::with_capacity(GZIP.len());
    file.by_ref().take(2).read_to_end(&mut first)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(first == GZIP)
}

/// Decompresses what is compressed, and stops a bomb.
fn unpacked(mut raw: Box<dyn Read + Send>, max: u64) -> io::Result<Box<dyn BufRead + Send>> {
    let mut first = Vec::with_capacity(GZIP.len());
    raw.by_ref().take(2).read_to_end(&mut first)?;
    let zipped = first == GZIP;
    let raw = BufReader::with_capacity(BUFFER, Cursor::new(first).chain(raw));
    if !zipped {
        return Ok(Box::new(BufReader::with_capacity(
            BUFFER,
            Limited::new(raw, max),
        )));
    }
    let limited = Limited::new(MultiGzDecoder::new(raw), max);
    Ok(Box::new(BufReader::with_capacity(BUFFER, limited)))
}

/// Fails past a number of bytes.
struct Limited<R> {
    inner: R,
    left: u64,
}

impl<R> Limited<R> {
    fn new(inner: R, max: u64) -> Self {
        Limited { inner, left: max }
    }
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        let Some(left) = self.left.checked_sub(length) else {
            return Err(io::Error::new(
                ErrorKind::FileTooLarge,
                "the file is larger than this server takes",
            ));
        };
        self.left = left;
        Ok(read)
    }
}
