//! HTTP by hand: what a well-behaved client would never send.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// An answer takes less; a hang takes longer.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Debug)]
pub struct Reply {
    /// `None` when the connection ended without an answer.
    pub status: Option<u16>,
    pub text: String,
}

impl Reply {
    fn read(stream: &mut TcpStream) -> Self {
        let mut bytes = Vec::new();
        let mut chunk = [0; 16 * 1024];
        // A reset after the answer ends the answer all the same.
        while let Ok(n @ 1..) = stream.read(&mut chunk) {
            bytes.extend_from_slice(&chunk[..n]);
            if bytes.len() > 4 << 20 || is_whole(&bytes) {
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let status = text
            .strip_prefix("HTTP/1.1 ")
            .or(text.strip_prefix("HTTP/1.0 "));
        Reply {
            status: status.and_then(|rest| rest.get(..3)?.parse().ok()),
            text,
        }
    }

    /// True for a body in the form that TMF630 gives errors.
    pub fn is_error(&self) -> bool {
        let Some((_, body)) = self.text.split_once("\r\n\r\n") else {
            return false;
        };
        let Ok(error) = serde_json::from_str::<Value>(body) else {
            return false;
        };
        let text = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
        error["@type"] == "Error"
            && ["code", "reason", "message", "status"]
                .into_iter()
                .all(text)
    }
}

/// Head and body have arrived, as far as `Content-Length` says.
fn is_whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| body.len() >= length)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server accepts connections");
    stream.set_read_timeout(Some(PATIENCE)).expect("a socket");
    stream.set_write_timeout(Some(PATIENCE)).expect("a socket");
    stream
}

/// Sends bytes on a new connection and reads one answer.
pub fn exchange(address: SocketAddr, bytes: &[u8]) -> Reply {
    let mut stream = connect(address);
    // The server may answer, and close, before it has read all.
    drop(stream.write_all(bytes));
    Reply::read(&mut stream)
}

/// Streams 100 MB in chunks without saying how much it will be. The server must refuse it, and not
/// by reading to the end.
///
/// # Errors
/// What happened instead.
pub fn streamed_forever(address: SocketAddr, path: &str) -> Result<(), String> {
    let mut stream = connect(address);
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream
        .write_all(head.as_bytes())
        .map_err(|error| error.to_string())?;
    let chunk = format!("100000\r\n{}\r\n", " ".repeat(1 << 20));
    let mut sender = stream.try_clone().map_err(|error| error.to_string())?;
    let sent = std::thread::spawn(move || {
        (0..100)
            .take_while(|_| sender.write_all(chunk.as_bytes()).is_ok())
            .count()
    });
    let reply = Reply::read(&mut stream);
    drop(stream.shutdown(std::net::Shutdown::Both));
    let sent = sent.join().map_err(|_| "the sender failed".to_owned())?;
    if reply.status == Some(413) && reply.is_error() {
        return Ok(());
    }
    Err(format!(
        "a stream of 100 MB, {sent} MiB of it sent: {reply:?}"
    ))
}
