//! Regular expressions that clients define for values. They run in linear time; their length and
//! compiled size are bounded because they are compiled while others wait to write.

use regex::{Regex, RegexBuilder};

/// Characters of an expression at most.
const LENGTH_MAX: usize = 1_000;
/// Bytes of its compiled form at most.
const SIZE_MAX: usize = 1 << 20;

/// Compiles an expression.
///
/// # Errors
/// A sentence for the client.
pub fn compile(expression: &str) -> Result<Regex, String> {
    if expression.len() > LENGTH_MAX {
        return Err(format!(
            "a regular expression has {LENGTH_MAX} characters at most"
        ));
    }
    RegexBuilder::new(expression)
        .size_limit(SIZE_MAX)
        .dfa_size_limit(SIZE_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            other => format!(
                "not a regular expression: {}",
                last_line(&other.to_string())
            ),
        })
}

/// The error without the drawing that points into the expression.
fn last_line(error: &str) -> &str {
    let line = error.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ")
}
