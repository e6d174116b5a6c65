//! Rust source of literals.

use crate::domain::descriptor::{Answer, ApiVersion, Change, Scalar, Verb};

/// Room for text within a line of a string literal.
const WIDTH: usize = 72;

/// A string literal. A long one continues over lines with backslashes, so that diffs stay readable.
pub fn string(text: &str) -> String {
    let mut lines: Vec<String> = vec![String::new()];
    for (i, word) in text.split(' ').enumerate() {
        let word = word.escape_default().to_string();
        let Some(line) = lines.last_mut() else {
            continue;
        };
        if i == 0 {
            line.push_str(&word);
        } else if line.chars().count() + 1 + word.chars().count() <= WIDTH {
            line.push(' ');
            line.push_str(&word);
        } else {
            // The blank stays before the break: what follows a break loses its leading blanks.
            line.push(' ');
            lines.push(word);
        }
    }
    format!("\"{}\"", lines.join("\\\n    "))
}

/// `&["a", "b"]`.
pub fn strings<T: AsRef<str>>(texts: &[T]) -> String {
    let items: Vec<String> = texts.iter().map(|t| string(t.as_ref())).collect();
    format!("&[{}]", items.join(", "))
}

/// `Some("a")` or `None`.
pub fn optional(text: Option<&String>) -> String {
    match text {
        Some(text) => format!("Some({})", string(text)),
        None => "None".to_owned(),
    }
}

/// The variant as a path.
pub fn version(version: ApiVersion) -> String {
    format!("ApiVersion::{version:?}")
}

/// The variant as a path.
pub fn scalar(scalar: Scalar) -> String {
    format!("Scalar::{scalar:?}")
}

/// The variant as a path.
pub fn verb(verb: Verb) -> String {
    format!("Verb::{verb:?}")
}

/// The variant as a path.
pub fn answer(answer: Answer) -> String {
    format!("Answer::{answer:?}")
}

/// The variant as a path.
pub fn change(change: Change) -> String {
    format!("Change::{change:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_keep_the_text() {
        let text = "word ".repeat(60);
        let literal = string(text.trim());
        let read: String = literal.trim_matches('"').replace("\\\n    ", "");
        assert_eq!(read, text.trim());
        assert!(literal.lines().all(|l| l.len() < 100));
    }

    #[test]
    fn quotes_are_escaped() {
        assert_eq!(string("say \"hi\""), "\"say \\\"hi\\\"\"");
    }
}
