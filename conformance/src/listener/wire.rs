//! Just enough HTTP/1.1 to receive events: keep-alive, `Content-Length`, chunked bodies and
//! `Expect: 100-continue`.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const MAX_HEAD: usize = 64 * 1024;
const MAX_BODY: usize = 16 * 1024 * 1024;

/// A request that was received completely.
pub struct Request {
    pub method: String,
    /// Path without query.
    pub path: String,
    /// Content type, empty when there was none.
    pub media: String,
    pub body: Vec<u8>,
}

/// One connection with what was read ahead.
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub fn new(stream: TcpStream) -> Self {
        Self {
            stream,
            buffer: Vec::new(),
        }
    }

    /// The next request; `None` when the peer closed the connection or does not speak HTTP.
    pub async fn request(&mut self) -> Option<Request> {
        let head = self.until(b"\r\n\r\n", MAX_HEAD).await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ');
        let (method, target) = (first.next()?.to_owned(), first.next()?);
        let path = target.split('?').next().unwrap_or_default().to_owned();
        let headers: Vec<(String, String)> = lines.filter_map(header).collect();
        let find = |name: &str| {
            let found = headers.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        if find("expect").eq_ignore_ascii_case("100-continue") {
            self.stream
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await
                .ok()?;
        }
        let body = if find("transfer-encoding")
            .to_ascii_lowercase()
            .contains("chunked")
        {
            self.chunks().await?
        } else {
            self.exactly(find("content-length").parse().unwrap_or(0))
                .await?
        };
        Some(Request {
            method,
            path,
            media: find("content-type").to_owned(),
            body,
        })
    }

    /// Answers the request; `None` when the peer is gone.
    pub async fn answer(&mut self, status: u16, body: &str) -> Option<()> {
        let reason = match status {
            200 => "OK",
            201 => "Created",
            202 => "Accepted",
            204 => "No Content",
            _ => "Not Found",
        };
        // 204 must not carry a length (RFC 9110, 8.6).
        let length = if status == 204 {
            String::new()
        } else {
            format!("Content-Length: {}\r\n", body.len())
        };
        let text = format!(
            "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\n{length}\r\n{body}"
        );
        self.stream.write_all(text.as_bytes()).await.ok()
    }

    async fn chunks(&mut self) -> Option<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.until(b"\r\n", MAX_HEAD).await?;
            let line = String::from_utf8_lossy(&line).into_owned();
            let size = usize::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
            if body.len().checked_add(size)? > MAX_BODY {
                return None;
            }
            body.extend(self.exactly(size).await?);
            self.until(b"\r\n", MAX_HEAD).await?;
            if size == 0 {
                return Some(body);
            }
        }
    }

    /// Reads up to a mark, which is consumed and not returned.
    async fn until(&mut self, mark: &[u8], limit: usize) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self
                .buffer
                .windows(mark.len())
                .position(|window| window == mark)
            {
                let rest = self.buffer.split_off(end + mark.len());
                let mut head = std::mem::replace(&mut self.buffer, rest);
                head.truncate(end);
                return Some(head);
            }
            if self.buffer.len() > limit {
                return None;
            }
            self.fill().await?;
        }
    }

    async fn exactly(&mut self, length: usize) -> Option<Vec<u8>> {
        if length > MAX_BODY {
            return None;
        }
        while self.buffer.len() < length {
            self.fill().await?;
        }
        let rest = self.buffer.split_off(length);
        Some(std::mem::replace(&mut self.buffer, rest))
    }

    async fn fill(&mut self) -> Option<()> {
        let read = self.stream.read_buf(&mut self.buffer).await.ok()?;
        (read > 0).then_some(())
    }
}

fn header(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    Some((name.trim().to_ascii_lowercase(), value.trim().to_owned()))
}
