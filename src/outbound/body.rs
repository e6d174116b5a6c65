//! Answers of others, read with a limit.

use std::io::{Error, ErrorKind, Read};

use tokio::runtime::Handle;

use super::client::{Failure, explain};

/// The body of an answer, at most so many bytes of it.
pub struct LimitedBody {
    response: reqwest::Response,
    left: u64,
    limit: u64,
}

impl LimitedBody {
    pub(super) fn new(response: reqwest::Response, limit: u64) -> Self {
        LimitedBody {
            response,
            left: limit,
            limit,
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// A header of the answer, when it is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `TooLarge` past the limit, `Unreachable` when the connection fails.
    pub async fn chunk(&mut self) -> Result<Option<Vec<u8>>, Failure> {
        let chunk = self
            .response
            .chunk()
            .await
            .map_err(|error| Failure::Unreachable(explain(&error)))?;
        let Some(chunk) = chunk else { return Ok(None) };
        let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
        self.left = self
            .left
            .checked_sub(length)
            .ok_or(Failure::TooLarge { limit: self.limit })?;
        Ok(Some(chunk.to_vec()))
    }

    /// All of it.
    ///
    /// # Errors
    /// As [`LimitedBody::chunk`].
    pub async fn bytes(mut self) -> Result<Vec<u8>, Failure> {
        let mut all = Vec::new();
        while let Some(chunk) = self.chunk().await? {
            all.extend_from_slice(&chunk);
        }
        Ok(all)
    }

    /// For a thread that may block: the body as a reader.
    pub fn into_reader(self, runtime: Handle) -> BlockingBody {
        BlockingBody {
            body: self,
            runtime,
            chunk: Vec::new(),
            at: 0,
        }
    }
}

/// A body as [`std::io::Read`], for decompressors and parsers. Must not be read on a thread of the
/// runtime.
pub struct BlockingBody {
    body: LimitedBody,
    runtime: Handle,
    chunk: Vec<u8>,
    at: usize,
}

impl Read for BlockingBody {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        while self.at >= self.chunk.len() {
            match self.runtime.block_on(self.body.chunk()) {
                Ok(Some(chunk)) => (self.chunk, self.at) = (chunk, 0),
                Ok(None) => return Ok(0),
                Err(failure @ Failure::TooLarge { .. }) => {
                    return Err(Error::new(ErrorKind::FileTooLarge, failure));
                }
                Err(failure) => return Err(Error::other(failure)),
            }
        }
        let rest = self.chunk.get(self.at..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        for (to, from) in buffer.iter_mut().zip(rest) {
            *to = *from;
        }
        self.at += length;
        Ok(length)
    }
}
