//! A stream of usage: one record in each line, packed or not. As many are under way as the rating pool has
//! room for; when it has none, the client is not read any further.

use std::io::Write as _;

use actix_web::HttpRequest;
use actix_web::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use actix_web::web::{Data, Payload};
use flate2::write::MultiGzDecoder;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use serde_json::{Value, json};

use super::{Gateway, error};
use crate::charging::{Answer, Order, Pool, Sent};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_status::UsageStatus;
use crate::engine::Caller;

/// Lines that are handed over together.
const LINES: usize = 2_048;
/// Bytes of lines that are handed over together.
const BYTES: usize = 1 << 21;
/// Parts that are under way.
const PARTS: usize = 4;
/// Records that an answer lists; the rest is counted.
const LISTED: usize = 10_000;

/// How the bytes are packed.
enum Unpack {
    Plain(Vec<u8>),
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

/// A stream that is read.
pub(super) struct Stream {
    pool: std::sync::Arc<Pool>,
    version: ApiVersion,
    line_bytes: usize,
    unpack: Unpack,
    order: Order,
    answer: Totals,
}

struct Totals {
    all: bool,
    received: u64,
    rated: u64,
    rejected: u64,
    waiting: u64,
    duplicate: u64,
    refused: u64,
    listed: Vec<Value>,
    left_out: u64,
}

impl Stream {
    /// Opens the stream of a request.
    ///
    /// # Errors
    /// `UnsupportedMediaType` for another form, or another packing.
    pub fn open(
        request: &HttpRequest,
        gateway: &Data<Gateway>,
        version: ApiVersion,
        all: bool,
    ) -> Outcome<Self> {
        let text = |name| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let media = text(CONTENT_TYPE).unwrap_or("application/x-ndjson");
        let media = media.split(';').next().unwrap_or_default().trim();
        let known = [
            "application/x-ndjson",
            "application/jsonlines",
            "application/json-seq",
        ];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(media)) {
            let message = format!("'{media}' is not application/x-ndjson");
            return Err(Problem::at(
                Code::UnsupportedMediaType,
                "Content-Type",
                message,
            ));
        }
        let unpack = match text(CONTENT_ENCODING) {
            None | Some("identity") => Unpack::Plain(Vec::new()),
            Some("gzip") => Unpack::Gzip(Box::new(MultiGzDecoder::new(Vec::new()))),
            Some(_) => {
                let message = "must be gzip, or nothing";
                return Err(Problem::at(
                    Code::UnsupportedMediaType,
                    "Content-Encoding",
                    message,
                ));
            }
        };
        Ok(Stream {
            pool: std::sync::Arc::clone(&gateway.pool),
            version,
            line_bytes: gateway.settings.body.body_bytes,
            unpack,
            order: Order::default(),
            answer: Totals {
                all,
                received: 0,
                rated: 0,
                rejected: 0,
                waiting: 0,
                duplicate: 0,
                refused: 0,
                listed: Vec::new(),
                left_out: 0,
            },
        })
    }

    /// Reads to the end and answers what became of the records.
    ///
    /// # Errors
    /// `MalformedBody` when the client breaks off, with how many lines were taken in; `BodyTooLarge` for
    /// a line.
    pub async fn take(mut self, mut payload: Payload) -> Outcome<Value> {
        let mut parts = FuturesOrdered::new();
        let (mut lines, mut size) = (Vec::new(), 0);
        loop {
            let bytes = match payload.next().await {
                Some(Ok(bytes)) => bytes,
                Some(Err(error)) => return Err(self.broken(&error.to_string())),
                None => break,
            };
            self.add(&bytes)?;
            for line in self.whole_lines(false)? {
                size += line.len();
                lines.push(Sent::Text(line));
                if lines.len() >= LINES || size >= BYTES {
                    parts.push_back(self.hand_over(std::mem::take(&mut lines)).await?);
                    size = 0;
                }
                while parts.len() >= PARTS {
                    if let Some(answers) = parts.next().await {
                        self.answer.add(answers?);
                    }
                }
            }
        }
        self.end()?;
        lines.extend(self.whole_lines(true)?.into_iter().map(Sent::Text));
        if !lines.is_empty() {
            parts.push_back(self.hand_over(lines).await?);
        }
        while let Some(answers) = parts.next().await {
            self.answer.add(answers?);
        }
        Ok(self.answer.into_value())
    }

    /// Waits for room, then goes on while the part is worked on.
    async fn hand_over(
        &mut self,
        lines: Vec<Sent>,
    ) -> Outcome<impl Future<Output = Outcome<Vec<Answer>>> + use<>> {
        let (pool, version) = (std::sync::Arc::clone(&self.pool), self.version);
        let place = pool.place(lines.len(), &mut self.order).await?;
        let tenant = Caller::local().tenant;
        let work = tokio::spawn(async move { pool.take_part(place, tenant, version, lines).await });
        Ok(async move { work.await.map_err(Problem::internal)? })
    }

    fn add(&mut self, bytes: &[u8]) -> Outcome<()> {
        match &mut self.unpack {
            Unpack::Plain(text) => text.extend_from_slice(bytes),
            Unpack::Gzip(decoder) => {
                let done = decoder.write_all(bytes);
                done.map_err(|error| self.broken(&error.to_string()))?;
            }
        }
        Ok(())
    }

    fn end(&mut self) -> Outcome<()> {
        let done = match &mut self.unpack {
            Unpack::Plain(_) => Ok(()),
            Unpack::Gzip(decoder) => decoder.try_finish(),
        };
        done.map_err(|error| self.broken(&error.to_string()))
    }

    /// Takes the lines that are whole; at the end, what is left too.
    fn whole_lines(&mut self, is_end: bool) -> Outcome<Vec<Vec<u8>>> {
        let limit = self.line_bytes;
        let text = match &mut self.unpack {
            Unpack::Plain(text) => text,
            Unpack::Gzip(decoder) => decoder.get_mut(),
        };
        let whole = match memchr::memrchr(b'\n', text) {
            _ if is_end => text.len(),
            Some(last) => last + 1,
            None => 0,
        };
        if text.len() - whole > limit {
            return Err(Problem::new(
                Code::BodyTooLarge,
                format!("A line may have at most {limit} bytes."),
            ));
        }
        let rest = text.split_off(whole);
        let taken = std::mem::replace(text, rest);
        let lines = taken.split(|byte| *byte == b'\n');
        let lines = lines
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty());
        Ok(lines.map(<[u8]>::to_vec).collect())
    }

    fn broken(&self, why: &str) -> Problem {
        let taken = self.answer.received;
        Problem::new(
            Code::MalformedBody,
            format!(
                "The stream broke off: {why}. At least {taken} records were taken in; send the rest, or all again."
            ),
        )
    }
}

impl Totals {
    fn add(&mut self, answers: Vec<Answer>) {
        for answer in answers {
            self.received += 1;
            let is_plain = self.count(&answer);
            if is_plain && !self.all {
                continue;
            }
            if self.listed.len() < LISTED {
                self.listed.push(entry(self.received, answer));
            } else {
                self.left_out += 1;
            }
        }
    }

    /// Counts an answer; true for a record that was stored and rated.
    fn count(&mut self, answer: &Answer) -> bool {
        let (counter, is_plain) = match answer {
            Answer::Stored { status, .. } => match status {
                UsageStatus::Rated => (&mut self.rated, true),
                UsageStatus::Received => (&mut self.waiting, true),
                _ => (&mut self.rejected, false),
            },
            Answer::Repeated { .. } => (&mut self.duplicate, false),
            Answer::Refused(_) | Answer::Gone => (&mut self.refused, false),
        };
        *counter += 1;
        is_plain
    }

    fn into_value(self) -> Value {
        json!({
            "@type": "UsageIntake",
            "received": self.received,
            "rated": self.rated,
            "rejected": self.rejected,
            "waiting": self.waiting,
            "duplicate": self.duplicate,
            "refused": self.refused,
            "record": self.listed,
            "leftOut": self.left_out,
        })
    }
}

/// What the answer lists of a record.
fn entry(number: u64, answer: Answer) -> Value {
    match answer {
        Answer::Stored { id, status, reason } => {
            let mut entry = json!({ "record": number, "status": "201", "id": id, "usageStatus": status.as_str() });
            if let (Some(reason), Some(entry)) = (reason, entry.as_object_mut()) {
                let reason = json!({ "code": reason.code.as_str(), "detail": reason.message });
                entry.insert("statusReason".to_owned(), reason);
            }
            entry
        }
        Answer::Repeated { id } => json!({ "record": number, "status": "200", "id": id }),
        Answer::Refused(problem) => {
            let status = error::status(problem.code);
            json!({ "record": number, "status": status.as_str(), "error": error::body(&problem) })
        }
        Answer::Gone => json!({ "record": number, "status": "503" }),
    }
}
