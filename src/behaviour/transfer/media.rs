//! The form of a file: what `contentType` and the name of the file say.

use crate::domain::problem::{Code, Outcome, Problem};

use super::Location;

/// The form of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// One record in each line; otherwise one JSON array (when written).
    pub lines: bool,
    pub gzip: bool,
}

/// Media types of files with one record in each line. None of them is registered.
const LINES: &[&str] = &[
    "application/x-ndjson",
    "application/ndjson",
    "application/jsonl",
    "application/x-jsonlines",
    "application/jsonlines",
];
const JSON: &[&str] = &["application/json", "text/json"];
const GZIP: &[&str] = &["application/gzip", "application/x-gzip"];

impl Media {
    /// Reads the `contentType` of a job and completes it by the name of its file. The name decides
    /// what the type leaves open: whether there are lines in a gzip file, and whether a file is a
    /// gzip file at all.
    ///
    /// # Errors
    /// `InvalidBody` at `/contentType` for a type that is none of those above.
    pub fn of(content_type: Option<&str>, location: &Location) -> Outcome<Self> {
        let (suffix, zipped) = location.suffixes();
        let named_lines = matches!(suffix.as_deref(), Some("ndjson" | "jsonl"));
        let Some(text) = content_type else {
            return Ok(Media {
                lines: named_lines,
                gzip: zipped,
            });
        };
        let essence = text
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase();
        let is = |types: &[&str]| types.contains(&essence.as_str());
        let (lines, gzip) = match () {
            () if is(LINES) => (true, zipped),
            () if is(JSON) => (false, zipped),
            () if is(GZIP) => (named_lines, true),
            () => {
                return Err(Problem::at(
                    Code::InvalidBody,
                    "/contentType",
                    "must be application/json, application/x-ndjson or application/gzip",
                ));
            }
        };
        Ok(Media { lines, gzip })
    }

    /// The media type to announce the file by.
    pub fn content_type(self) -> &'static str {
        match (self.gzip, self.lines) {
            (true, _) => "application/gzip",
            (false, true) => "application/x-ndjson",
            (false, false) => "application/json",
        }
    }
}
