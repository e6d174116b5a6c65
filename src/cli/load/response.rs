//! Just enough of HTTP/1.1 to know where a response ends and what it said.

use memchr::memmem;

/// How the length of a body is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Known(usize),
    Chunked,
}

/// The head of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub status: u16,
    /// Bytes up to the body.
    pub len: usize,
    pub length: Length,
    /// The server closes the connection afterwards.
    pub closes: bool,
}

/// Reads a head; `None` while it is incomplete.
///
/// # Errors
/// What is wrong with it.
pub fn head(bytes: &[u8]) -> Result<Option<Head>, &'static str> {
    let Some(end) = memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(None);
    };
    let status = status(bytes).ok_or("the answer is not HTTP/1.1")?;
    let mut head = Head {
        status,
        len: end + 4,
        length: Length::Known(0),
        closes: false,
    };
    let mut told = matches!(status, 204 | 304);
    for (name, value) in headers(bytes.get(..end).unwrap_or_default()) {
        if name.eq_ignore_ascii_case(b"content-length") {
            let length = std::str::from_utf8(value)
                .ok()
                .and_then(|text| text.trim().parse().ok());
            head.length = Length::Known(length.ok_or("a bad Content-Length")?);
            told = true;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            head.length = Length::Chunked;
            told = true;
        } else if name.eq_ignore_ascii_case(b"connection") {
            head.closes = value.trim_ascii().eq_ignore_ascii_case(b"close");
        }
    }
    if told {
        Ok(Some(head))
    } else {
        Err("the answer does not say how long it is")
    }
}

/// The value of a header of a head.
pub fn header<'h>(head: &'h [u8], wanted: &str) -> Option<&'h str> {
    headers(head)
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted.as_bytes()))
        .and_then(|(_, value)| std::str::from_utf8(value).ok())
        .map(str::trim)
}

fn status(bytes: &[u8]) -> Option<u16> {
    let rest = bytes.strip_prefix(b"HTTP/1.")?;
    std::str::from_utf8(rest.get(2..5)?).ok()?.parse().ok()
}

fn headers(head: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let lines = head.split(|byte| *byte == b'\n').skip(1);
    lines.filter_map(|line| {
        let colon = memchr::memchr(b':', line)?;
        Some((line.get(..colon)?, line.get(colon + 1..)?.trim_ascii()))
    })
}

/// Takes a chunked body apart; `None` while it is incomplete. Returns the content and the bytes
/// it took on the wire.
///
/// # Errors
/// For a size that is no number.
pub fn chunks(mut bytes: &[u8]) -> Result<Option<(Vec<u8>, usize)>, &'static str> {
    let whole = bytes.len();
    let mut content = Vec::new();
    loop {
        let Some(end) = memmem::find(bytes, b"\r\n") else {
            return Ok(None);
        };
        let line = bytes.get(..end).unwrap_or_default();
        let size = line.split(|byte| *byte == b';').next().unwrap_or_default();
        let size = std::str::from_utf8(size).map_err(|_| "a bad chunk")?;
        let size = usize::from_str_radix(size.trim(), 16).map_err(|_| "a bad chunk")?;
        let Some(data) = bytes.get(end + 2..end + 2 + size) else {
            return Ok(None);
        };
        content.extend_from_slice(data);
        let Some(rest) = bytes.get(end + 2 + size + 2..) else {
            return Ok(None);
        };
        bytes = rest;
        if size == 0 {
            return Ok(Some((content, whole - bytes.len())));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Length, chunks, head, header};

    #[test]
    fn heads_are_read_when_complete() {
        let text =
            b"HTTP/1.1 201 Created\r\ncontent-length: 5\r\nX-Cursor-After:  abc \r\n\r\nhello";
        for cut in 0..text.len() - 5 {
            assert_eq!(head(&text[..cut]), Ok(None), "{cut}");
        }
        let read = head(text).expect("good").expect("complete");
        assert_eq!(
            (read.status, read.length, read.closes),
            (201, Length::Known(5), false)
        );
        assert_eq!(&text[read.len..], b"hello");
        assert_eq!(header(&text[..read.len], "x-cursor-after"), Some("abc"));
        assert_eq!(header(&text[..read.len], "link"), None);
    }

    #[test]
    fn lengths_and_closing() {
        let read = |text: &str| head(text.as_bytes());
        let closing = read("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        assert!(closing.expect("good").expect("complete").closes);
        let empty = read("HTTP/1.1 204 No Content\r\n\r\n")
            .expect("good")
            .expect("complete");
        assert_eq!(empty.length, Length::Known(0));
        assert!(read("HTTP/1.1 200 OK\r\n\r\n").is_err());
        assert!(read("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
        assert!(read("SSH-2.0\r\n\r\n").is_err());
    }

    #[test]
    fn chunks_are_joined() {
        let text = b"4\r\nWiki\r\n5;x=y\r\npedia\r\n0\r\n\r\nrest";
        let wire = text.len() - 4;
        for cut in 0..wire {
            assert_eq!(chunks(&text[..cut]), Ok(None), "{cut}");
        }
        assert_eq!(chunks(text), Ok(Some((b"Wikipedia".to_vec(), wire))));
        assert!(chunks(b"zz\r\n").is_err());
    }
}
