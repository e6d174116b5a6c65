//! Text in which only some values differ from record to record: what a switch writes, line after line.
//!
//! A record of a known template is read by comparing the text between those values, so nothing is parsed
//! and nothing is allocated for it. Whatever does not fit to the letter is read as any JSON is.

use crate::domain::clock::Micros;

/// What stands in a place where records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text without escapes.
    Text,
    /// The text of an instant.
    Instant,
    /// A number without point and exponent.
    Whole,
    /// A number with a point and without an exponent.
    Decimal,
}

/// Where a value begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: usize,
    pub to: usize,
}

/// A place where records differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    pub kind: Kind,
    pub span: Span,
}

/// Digits that a number may have; longer ones are read as any JSON is.
const DIGITS_MAX: usize = 18;

/// The text of a record without the values that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// The text before each hole, with the kind of the hole.
    parts: Vec<(Box<[u8]>, Kind)>,
    end: Box<[u8]>,
}

impl Template {
    /// The template of a record whose holes are known, in their order.
    pub fn of(text: &[u8], holes: &[Hole]) -> Option<Self> {
        let mut at = 0;
        let mut parts = Vec::with_capacity(holes.len());
        for hole in holes {
            parts.push((text.get(at..hole.span.from)?.into(), hole.kind));
            at = hole.span.to;
        }
        Some(Template {
            parts,
            end: text.get(at..)?.into(),
        })
    }

    /// The values of a record of this template, in their order; false, with any of them, for another one.
    /// `text_max` is the longest text that may stand in one.
    pub fn find(&self, text: &[u8], text_max: usize, found: &mut Vec<Span>) -> bool {
        found.clear();
        let mut at = 0;
        for (before, kind) in &self.parts {
            let Some(rest) = text.get(at..).and_then(|rest| rest.strip_prefix(&**before)) else {
                return false;
            };
            at += before.len();
            let length = match kind {
                Kind::Text | Kind::Instant => text_length(rest, text_max),
                Kind::Whole | Kind::Decimal => number_length(rest, *kind),
            };
            let Some(length) = length else { return false };
            let is_instant = || {
                let instant = rest
                    .get(..length)
                    .and_then(|text| str::from_utf8(text).ok());
                instant.is_some_and(|text| Micros::parse(text).is_some())
            };
            if *kind == Kind::Instant && !is_instant() {
                return false;
            }
            found.push(Span {
                from: at,
                to: at + length,
            });
            at += length;
        }
        text.get(at..) == Some(&self.end)
    }
}

/// The length of a text up to its quote; none for one with escapes, with what JSON does not allow, or
/// longer than allowed.
fn text_length(rest: &[u8], max: usize) -> Option<usize> {
    let ends = |byte: &u8| *byte == b'"' || *byte == b'\\' || *byte < b' ';
    let length = rest.iter().position(ends)?;
    let text = rest.get(..length)?;
    let is_text = rest.get(length) == Some(&b'"') && length <= max;
    (is_text && (text.is_ascii() || str::from_utf8(text).is_ok())).then_some(length)
}

/// The length of a number as JSON writes it.
fn number_length(rest: &[u8], kind: Kind) -> Option<usize> {
    let sign = usize::from(rest.first() == Some(&b'-'));
    let digits = |from: usize| -> Option<usize> {
        let rest = rest.get(from..)?;
        Some(rest.iter().take_while(|byte| byte.is_ascii_digit()).count())
    };
    let whole = digits(sign)?;
    let leads_with_zero = whole > 1 && rest.get(sign) == Some(&b'0');
    if whole == 0 || leads_with_zero {
        return None;
    }
    let mut length = sign + whole;
    let mut count = whole;
    if rest.get(length) == Some(&b'.') {
        let fraction = digits(length + 1)?;
        if kind == Kind::Whole || fraction == 0 {
            return None;
        }
        length += 1 + fraction;
        count += fraction;
    } else if kind == Kind::Decimal {
        return None;
    }
    let goes_on = matches!(rest.get(length), Some(b'e' | b'E' | b'.'));
    (!goes_on && count <= DIGITS_MAX).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::{Hole, Kind, Span, Template};

    fn template() -> Template {
        let text = br#"{"d":"2026-03-02T09:00:00Z","a":"x","n":5,"m":1.5,"t":true}"#;
        let hole = |kind, part: &str| {
            let text = str::from_utf8(text).unwrap();
            let from = text.find(part).unwrap();
            let to = from + part.len();
            Hole {
                kind,
                span: Span { from, to },
            }
        };
        let holes = [
            hole(Kind::Instant, "2026-03-02T09:00:00Z"),
            hole(Kind::Text, "x"),
            hole(Kind::Whole, "5"),
            hole(Kind::Decimal, "1.5"),
        ];
        Template::of(text, &holes).unwrap()
    }

    fn parts<'t>(text: &'t str, spans: &[Span]) -> Vec<&'t str> {
        let part = |own: &Span| text.get(own.from..own.to).unwrap();
        spans.iter().map(part).collect()
    }

    fn values(text: &str) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        template()
            .find(text.as_bytes(), 10, &mut found)
            .then(|| parts(text, &found))
    }

    #[test]
    fn values_are_found_where_everything_else_is_the_same() {
        let text = r#"{"d":"2026-03-02T10:00:00+01:00","a":"ü ","n":-17,"m":0.25,"t":true}"#;
        assert_eq!(
            values(text),
            None,
            "an instant of more than ten bytes is too long here"
        );
        let mut found = Vec::new();
        assert!(template().find(text.as_bytes(), 100, &mut found));
        assert_eq!(
            parts(text, &found),
            ["2026-03-02T10:00:00+01:00", "ü ", "-17", "0.25"]
        );
    }

    #[test]
    fn what_differs_in_anything_else_is_not_of_the_template() {
        let mut found = Vec::new();
        let good = r#"{"d":"2026-03-02T09:00:00Z","a":"x","n":5,"m":1.5,"t":true}"#;
        assert!(template().find(good.as_bytes(), 100, &mut found));
        for (from, to) in [
            ("true", "false"),
            ("\"x\"", "\"\\u0041\""),
            ("\"x\"", "\"a\tb\""),
            ("\"x\"", "5"),
            ("2026-03-02T09", "yesterday"),
            (":5,", ":05,"),
            (":5,", ":5.0,"),
            (":5,", ":5e3,"),
            (":5,", ":-,"),
            (":5,", ":1234567890123456789,"),
            ("1.5", "1"),
            ("1.5", "1."),
            ("1.5", "1.5e2"),
            ("1.5", "1.5.5"),
            ("\"n\"", "\"N\""),
            ("}", "} "),
            ("}", ""),
            ("{", " {"),
        ] {
            let bad = good.replace(from, to);
            assert!(!template().find(bad.as_bytes(), 100, &mut found), "{bad}");
        }
        assert!(!template().find(b"", 100, &mut found));
        let broken = good.replace('x', "y").replace('y', "\u{fffd}");
        let mut bytes = broken.into_bytes();
        let at = bytes.iter().position(|byte| *byte == 0xef).unwrap();
        bytes[at + 1] = b' ';
        assert!(!template().find(&bytes, 100, &mut found), "no UTF-8");
    }
}
