//! The partner's listener: takes notifications over HTTP and hands them to the tour.

use std::net::SocketAddr;
use std::time::Duration;

use memchr::memmem;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::super::Failure;
use super::super::load::header;

/// A notification that has not come by then will not come.
const PATIENCE: Duration = Duration::from_secs(30);
/// Largest notification.
const MAX_BYTES: usize = 1 << 20;

/// Receives until it is dropped.
pub struct Listener {
    pub address: SocketAddr,
    events: mpsc::UnboundedReceiver<Value>,
    task: JoinHandle<()>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Listener {
    /// Listens on a free loopback port.
    ///
    /// # Errors
    /// When there is none.
    pub async fn start() -> Result<Self, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (sender, events) = mpsc::unbounded_channel();
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(receive(stream, sender.clone()));
            }
        });
        Ok(Listener {
            address,
            events,
            task,
        })
    }

    /// Where notifications are to be posted.
    pub fn url(&self) -> String {
        format!("http://{}/listener", self.address)
    }

    /// Waits for the notification that `wanted` describes; others are passed over.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn wait(
        &mut self,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value, Failure> {
        let arriving = async {
            while let Some(event) = self.events.recv().await {
                if wanted(&event) {
                    return Some(event);
                }
            }
            None
        };
        let missing = || Failure::new(format!("the notification of {what} did not come"));
        tokio::time::timeout(PATIENCE, arriving)
            .await
            .ok()
            .flatten()
            .ok_or_else(missing)
    }
}

/// Reads the requests of a connection and answers 204, as v5 listeners do.
async fn receive(mut stream: TcpStream, sender: mpsc::UnboundedSender<Value>) {
    let mut input = Vec::new();
    while let Some(body) = next_body(&mut stream, &mut input).await {
        // A body that is no JSON would be a fault of the server; the tour misses it and says so.
        if let Ok(event) = serde_json::from_slice(&body) {
            let _ = sender.send(event);
        }
        if stream
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await
            .is_err()
        {
            return;
        }
    }
}

/// The body of the next request; what follows it stays in `input`.
async fn next_body(stream: &mut TcpStream, input: &mut Vec<u8>) -> Option<Vec<u8>> {
    loop {
        if let Some((start, length)) = body_of(input) {
            let end = start.checked_add(length).filter(|end| *end <= MAX_BYTES)?;
            if input.len() >= end {
                let body = input.get(start..end)?.to_vec();
                input.drain(..end);
                return Some(body);
            }
        }
        if input.len() > MAX_BYTES || stream.read_buf(input).await.ok()? == 0 {
            return None;
        }
    }
}

/// Where the body of a request begins and how long it is, once its head is there.
fn body_of(input: &[u8]) -> Option<(usize, usize)> {
    let end = memmem::find(input, b"\r\n\r\n")?;
    let head = input.get(..end)?;
    let length = header(head, "content-length").and_then(|text| text.parse().ok());
    Some((end + 4, length.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::body_of;

    #[test]
    fn bodies_of_requests() {
        assert_eq!(body_of(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n"), None);
        let whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
        assert_eq!(body_of(whole), Some((whole.len() - 2, 2)));
    }
}
