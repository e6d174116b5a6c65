//! A keep-alive connection: one request at a time, as little work as possible for each.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::response::{self, Length};

/// Why a request got no answer.
#[derive(Debug)]
pub enum Fault {
    Connect(io::Error),
    Broken(io::Error),
    /// The server closed the connection in the middle.
    Closed,
    Garbled(&'static str),
}

impl Fault {
    /// Name for the count of errors.
    pub fn label(&self) -> &'static str {
        match self {
            Fault::Connect(_) => "connect",
            Fault::Broken(_) => "broken",
            Fault::Closed => "closed",
            Fault::Garbled(_) => "garbled",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Connect(error) => write!(f, "cannot connect: {error}"),
            Fault::Broken(error) => write!(f, "the connection broke: {error}"),
            Fault::Closed => f.write_str("the server closed the connection"),
            Fault::Garbled(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for Fault {}

/// An answer, valid until the next request.
pub struct Answer<'c> {
    pub status: u16,
    pub head: &'c [u8],
    pub body: &'c [u8],
}

/// A connection that opens itself again when the server closed it.
pub struct Connection {
    address: SocketAddr,
    stream: Option<TcpStream>,
    input: Vec<u8>,
    /// Content of a chunked body.
    joined: Vec<u8>,
}

impl Connection {
    pub fn new(address: SocketAddr) -> Self {
        Connection {
            address,
            stream: None,
            input: Vec::with_capacity(16 * 1024),
            joined: Vec::new(),
        }
    }

    /// Sends a request and reads the whole answer. After a fault the next call connects anew.
    ///
    /// # Errors
    /// See [`Fault`].
    pub async fn call(&mut self, request: &[u8]) -> Result<Answer<'_>, Fault> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => connect(self.address).await?,
        };
        self.input.clear();
        self.joined.clear();
        stream.write_all(request).await.map_err(Fault::Broken)?;
        let head = loop {
            more(&mut stream, &mut self.input).await?;
            if let Some(head) = response::head(&self.input).map_err(Fault::Garbled)? {
                break head;
            }
        };
        let body = match head.length {
            Length::Known(length) => {
                while self.input.len() < head.len + length {
                    more(&mut stream, &mut self.input).await?;
                }
                self.input
                    .get(head.len..head.len + length)
                    .unwrap_or_default()
            }
            Length::Chunked => {
                self.joined = chunked(&mut stream, &mut self.input, head.len).await?;
                &self.joined
            }
        };
        if !head.closes {
            self.stream = Some(stream);
        }
        let shown = self.input.get(..head.len).unwrap_or_default();
        Ok(Answer {
            status: head.status,
            head: shown,
            body,
        })
    }
}

async fn connect(address: SocketAddr) -> Result<TcpStream, Fault> {
    let stream = TcpStream::connect(address).await.map_err(Fault::Connect)?;
    stream.set_nodelay(true).map_err(Fault::Connect)?;
    Ok(stream)
}

async fn more(stream: &mut TcpStream, input: &mut Vec<u8>) -> Result<(), Fault> {
    if input.capacity() - input.len() < 4096 {
        input.reserve(input.len().max(16 * 1024));
    }
    match stream.read_buf(input).await {
        Ok(0) => Err(Fault::Closed),
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::Broken(error)),
    }
}

async fn chunked(
    stream: &mut TcpStream,
    input: &mut Vec<u8>,
    from: usize,
) -> Result<Vec<u8>, Fault> {
    loop {
        let wire = input.get(from..).unwrap_or_default();
        if let Some((content, _)) = response::chunks(wire).map_err(Fault::Garbled)? {
            return Ok(content);
        }
        more(stream, input).await?;
    }
}
