//! Changes of a text before it is read as a value.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use regex::Regex;

use super::number::Numbers;

/// One change. A text that becomes empty is nothing.
#[derive(Clone, Debug)]
pub enum Step {
    /// `%20` becomes a blank, and so on.
    PercentDecode,
    /// The first group of the pattern, or all that it matches; nothing where it matches nothing.
    Capture(Regex),
    /// Cuts off the first of these beginnings that the text has.
    StripPrefix(Vec<String>),
    Lookup(Arc<Lookup>),
    /// To an international number.
    Number(Arc<Numbers>),
}

/// What stands for what.
#[derive(Clone, Debug)]
pub struct Lookup {
    pub table: HashMap<String, String>,
    /// For texts that are not in the table; none means that they are faults.
    pub otherwise: Option<String>,
}

impl Step {
    /// The changed text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn apply<'r>(&'r self, text: Cow<'r, str>) -> Result<Cow<'r, str>, Cow<'static, str>> {
        match self {
            Step::PercentDecode => percent_decoded(text),
            Step::Capture(pattern) => Ok(captured(pattern, text)),
            Step::StripPrefix(prefixes) => {
                let longest = prefixes
                    .iter()
                    .find(|prefix| text.starts_with(prefix.as_str()));
                Ok(behind(text, longest.map_or(0, String::len)))
            }
            Step::Lookup(lookup) => lookup.find(&text),
            Step::Number(numbers) => Ok(numbers.international(text)),
        }
    }
}

impl Lookup {
    fn find(&self, text: &str) -> Result<Cow<'_, str>, Cow<'static, str>> {
        let found = self.table.get(text).or(self.otherwise.as_ref());
        let found = found.map(|text| Cow::Borrowed(text.as_str()));
        found.ok_or(Cow::Borrowed("is not in the lookup table"))
    }
}

/// A part of a text, without copying it where it is borrowed.
fn part<'r>(text: Cow<'r, str>, range: std::ops::Range<usize>) -> Cow<'r, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    }
}

fn behind(text: Cow<'_, str>, bytes: usize) -> Cow<'_, str> {
    let end = text.len();
    match bytes {
        0 => text,
        _ => part(text, bytes..end),
    }
}

fn captured<'r>(pattern: &Regex, text: Cow<'r, str>) -> Cow<'r, str> {
    let range = pattern.captures(&text).and_then(|captures| {
        let group = captures.get(1).or_else(|| captures.get(0));
        group.map(|group| group.range())
    });
    match range {
        Some(range) => part(text, range),
        None => Cow::Borrowed(""),
    }
}

/// What is no escape stays as it is: not every writer escapes percent signs.
fn percent_decoded(text: Cow<'_, str>) -> Result<Cow<'_, str>, Cow<'static, str>> {
    if !text.contains('%') {
        return Ok(text);
    }
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| byte == b'%');
        let escaped = escaped.and_then(|digits| std::str::from_utf8(digits).ok());
        match escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(escaped) => {
                decoded.push(escaped);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    let decoded = String::from_utf8(decoded);
    decoded
        .map(Cow::Owned)
        .map_err(|_| Cow::Borrowed("is not UTF-8 once it is decoded"))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use regex::Regex;

    use super::Step;

    #[test]
    fn steps_change_a_text() {
        let user = Step::Capture(Regex::new("^sips?:([^@;]+)").unwrap());
        let prefix = Step::StripPrefix(vec!["tel:".to_owned(), "t".to_owned()]);
        for (step, text, expected) in [
            (
                &Step::PercentDecode,
                "2026-11-22%2010%3a00",
                "2026-11-22 10:00",
            ),
            (&Step::PercentDecode, "100%", "100%"),
            (&Step::PercentDecode, "%zz%4", "%zz%4"),
            (&user, "sip:+4930123@example.org;user=phone", "+4930123"),
            (&user, "tel:+4930123", ""),
            (&prefix, "tel:+4930123", "+4930123"),
            (&prefix, "+4930123", "+4930123"),
        ] {
            for text in [Cow::Borrowed(text), Cow::Owned(text.to_owned())] {
                assert_eq!(step.apply(text).unwrap(), expected);
            }
        }
        assert!(Step::PercentDecode.apply(Cow::Borrowed("%ff")).is_err());
    }
}
