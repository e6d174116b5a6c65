//! The bytes of a file: decompressed, and never more of them at once than a row may have.

use std::io::{self, BufRead, BufReader, Cursor, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;

/// Bytes that are read at once.
pub const BUFFER: usize = 1 << 16;
/// Bytes of a row at most: a quotation mark that is never closed must not fill the memory.
pub const ROW_MAX: usize = 1 << 20;

const GZIP: [u8; 2] = [0x1F, 0x8B];
const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// The bytes of a file, decompressed where its first bytes say that it is compressed (gzip), and without the
/// byte order mark that some programs put in front of UTF-8.
///
/// # Errors
/// When the first bytes cannot be read.
pub fn unpacked<'i>(input: impl Read + Send + 'i) -> io::Result<Box<dyn BufRead + Send + 'i>> {
    let (zipped, input) = begins_with(input, &GZIP)?;
    let input = BufReader::with_capacity(BUFFER, input);
    match zipped {
        true => plain(MultiGzDecoder::new(Cursor::new(GZIP).chain(input))),
        false => plain(input),
    }
}

fn plain<'i>(input: impl Read + Send + 'i) -> io::Result<Box<dyn BufRead + Send + 'i>> {
    let (_, input) = begins_with(input, &BYTE_ORDER_MARK)?;
    Ok(Box::new(BufReader::with_capacity(BUFFER, input)))
}

/// Whether a stream begins with some bytes, and the stream without them.
fn begins_with<'i>(
    mut input: impl Read + Send + 'i,
    bytes: &[u8],
) -> io::Result<(bool, impl Read + Send + 'i)> {
    let mut first = Vec::with_capacity(bytes.len());
    let length = u64::try_from(bytes.len()).unwrap_or_default();
    input.by_ref().take(length).read_to_end(&mut first)?;
    let found = first == bytes;
    if found {
        first.clear();
    }
    Ok((found, Cursor::new(first).chain(input)))
}

/// Lets so many bytes through until it is told otherwise.
pub struct Allowance<R> {
    inner: R,
    left: usize,
}

impl<R> Allowance<R> {
    pub fn new(inner: R) -> Self {
        let mut new = Allowance { inner, left: 0 };
        new.renew();
        new
    }

    /// Lets another row through. What is buffered behind this belongs to rows that follow.
    pub fn renew(&mut self) {
        self.left = ROW_MAX + BUFFER;
    }
}

impl<R: Read> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            let message = format!("the row is longer than {ROW_MAX} bytes");
            return Err(io::Error::new(ErrorKind::InvalidData, message));
        }
        let length = buffer.len().min(self.left);
        let read = self
            .inner
            .read(buffer.get_mut(..length).unwrap_or_default())?;
        self.left -= read;
        Ok(read)
    }
}
