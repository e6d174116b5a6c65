//! The one error type that reaches a client, and the catalogue of its codes.
//!
//! A [`Problem`] says what was wrong in words a partner can act on, and names each offending
//! attribute by JSON pointer. What only an operator should see goes to `internal`, which is logged
//! and never sent. This module knows nothing of HTTP; `api::error` maps codes to statuses.

use std::fmt;

use super::masked::masked;

/// `Result` with a [`Problem`].
pub type Outcome<T> = Result<T, Problem>;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $reason:literal;)*) => {
        /// Stable error codes. A code never changes its meaning; `docs/errors.md` has a line for each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All codes, in the order of the catalogue.
            pub const ALL: &'static [Code] = &[$(Code::$name,)*];

            /// The code as sent in the error body.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$name => $text,)* }
            }

            /// The short reason, the same for every occurrence.
            pub const fn reason(self) -> &'static str {
                match self { $(Code::$name => $reason,)* }
            }
        }
    };
}

codes! {
    /// The body is not JSON, or breaks a rule of JSON (duplicate names, bad UTF-8).
    MalformedBody = "TG-1001", "The body is not well-formed JSON";
    /// The body is JSON but its attributes do not fit the resource.
    InvalidBody = "TG-1002", "The body does not fit the resource";
    /// A query parameter is unknown or has a bad value.
    InvalidQuery = "TG-1003", "A query parameter is not valid";
    /// A patch is not well-formed or cannot be applied.
    InvalidPatch = "TG-1004", "The patch cannot be applied";
    /// A client tried to change what only the server may.
    ReadOnly = "TG-1005", "A read-only attribute cannot be changed";
    /// A reference names something that does not exist.
    UnknownReference = "TG-1006", "A reference points at nothing";
    /// A header has a bad value.
    InvalidHeader = "TG-1007", "A header is not valid";
    /// A callback or job URL is refused.
    UrlRefused = "TG-1008", "The URL is not allowed";
    /// A limit on depth, array length, string length or number size was passed.
    LimitExceeded = "TG-1009", "A limit on the body was exceeded";
    /// No resource of that id.
    NotFound = "TG-2001", "There is no such resource";
    /// No route of that path.
    UnknownPath = "TG-2002", "There is no such path";
    /// The resource does not have the method.
    MethodNotAllowed = "TG-2003", "The resource does not have this method";
    /// No representation that the client accepts.
    NotAcceptable = "TG-2004", "None of the accepted media types can be served";
    /// A body in a media type that is not understood.
    UnsupportedMediaType = "TG-2005", "The media type of the body is not supported";
    /// The body is larger than configured.
    BodyTooLarge = "TG-2006", "The body is too large";
    /// The caller did not prove who it is.
    Unauthenticated = "TG-2007", "The caller is not known";
    /// The same id and version exists.
    AlreadyExists = "TG-3001", "The resource exists already";
    /// A lifecycle move that the state machine does not have.
    BadTransition = "TG-3002", "The state cannot change that way";
    /// Something live refers to the resource.
    StillReferenced = "TG-3003", "The resource is still referred to";
    /// A rule across resources is broken (cycles, cardinalities).
    Conflict = "TG-3004", "The change conflicts with other resources";
    /// `If-Match` names another revision.
    PreconditionFailed = "TG-3005", "The resource has changed meanwhile";
    /// An idempotency key was used with another body.
    IdempotencyMismatch = "TG-3006", "The idempotency key was used for another request";
    /// A price that usage cannot be rated by.
    UnusablePrice = "TG-3007", "Usage cannot be rated by the price";
    /// An optional feature of the standard that is not there.
    NotImplemented = "TG-4001", "The feature is not supported";
    /// The server is saturated or stopping.
    Unavailable = "TG-5001", "The server is busy";
    /// A fault of ours.
    Internal = "TG-5000", "The server failed";
}

/// One offending attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// JSON pointer into the body (RFC 6901), or the name of the query parameter or header.
    pub path: String,
    pub message: String,
}

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub code: Code,
    /// One sentence for the client about this occurrence.
    pub message: String,
    pub violations: Vec<Violation>,
    /// For the log only; holds no values that clients sent.
    pub internal: Option<String>,
    /// Seconds after which a retry makes sense.
    pub retry_after: Option<u32>,
}

impl Problem {
    /// A problem with a sentence for the client.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Problem {
            code,
            message: message.into(),
            violations: Vec::new(),
            internal: None,
            retry_after: None,
        }
    }

    /// A problem about one attribute; the sentence repeats pointer and message.
    pub fn at(code: Code, path: impl Into<String>, message: impl Into<String>) -> Self {
        Problem::many(
            code,
            vec![Violation {
                path: path.into(),
                message: message.into(),
            }],
        )
    }

    /// A problem about several attributes.
    pub fn many(code: Code, violations: Vec<Violation>) -> Self {
        let message = sentence(code, &violations);
        Problem {
            violations,
            ..Problem::new(code, message)
        }
    }

    /// A fault of ours: the client learns nothing but the code, the log gets the text without the
    /// values in it.
    pub fn internal(text: impl fmt::Display) -> Self {
        Problem::fault(masked(&text.to_string()))
    }

    /// [`Problem::internal`] with a text that is known to hold no values of clients.
    pub fn fault(text: String) -> Self {
        Problem {
            internal: Some(text),
            ..Problem::new(Code::Internal, "The request could not be completed.")
        }
    }

    /// The problem as a log may hold it: code, places and what is internal. The sentences for the
    /// client repeat values, which may be personal, and are left out.
    pub fn logged(&self) -> Logged<'_> {
        Logged(self)
    }

    /// The server is saturated; the client should come back.
    pub fn busy(retry_after_seconds: u32) -> Self {
        Problem {
            retry_after: Some(retry_after_seconds),
            ..Problem::new(Code::Unavailable, "Too many requests wait already.")
        }
    }

    /// Puts every violation below a parent pointer, for elements of an array body.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        let is_about_them = self.message == sentence(self.code, &self.violations);
        for violation in &mut self.violations {
            violation.path = format!("{parent}{}", violation.path);
        }
        if is_about_them {
            self.message = sentence(self.code, &self.violations);
        }
        self
    }
}

/// What violations come to, in a sentence.
fn sentence(code: Code, violations: &[Violation]) -> String {
    match violations {
        [] => code.reason().to_owned(),
        [only] => format!("{}: {}", shown(&only.path), only.message),
        [first, rest @ ..] => format!(
            "{}: {} (and {} more)",
            shown(&first.path),
            first.message,
            rest.len()
        ),
    }
}

fn shown(path: &str) -> &str {
    if path.is_empty() { "/" } else { path }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.code.as_str(), self.message)?;
        match &self.internal {
            Some(internal) => write!(f, " ({internal})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Problem {}

/// See [`Problem::logged`].
#[derive(Clone, Copy, Debug)]
pub struct Logged<'p>(&'p Problem);

impl fmt::Display for Logged<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Logged(problem) = self;
        write!(f, "{} {}", problem.code.as_str(), problem.code.reason())?;
        for (at, violation) in problem.violations.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            write!(f, "{before}{}", shown(&violation.path))?;
        }
        match &problem.internal {
            Some(internal) => write!(f, " ({internal})"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Code, Problem, Violation};

    #[test]
    fn the_log_learns_the_place_and_not_the_value() {
        let violation = |path: &str| Violation {
            path: path.to_owned(),
            message: "'Ann' is no date".to_owned(),
        };
        let several = Problem::many(
            Code::InvalidBody,
            vec![violation("/birthDate"), violation("")],
        );
        assert_eq!(
            several.logged().to_string(),
            "TG-1002 The body does not fit the resource: /birthDate, /"
        );
        let internal = Problem::internal("invalid type: string \"Ann\", expected a map");
        assert_eq!(
            internal.logged().to_string(),
            "TG-5000 The server failed (invalid type: string \"…\", expected a map)"
        );
        assert!(!format!("{internal} {internal:?}").contains("Ann"));
    }
}
