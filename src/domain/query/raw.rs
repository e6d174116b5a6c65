//! The raw query string: separators first, percent-decoding after, so that an encoded separator is
//! data (RFC 3986, 2.2).

use crate::domain::problem::{Code, Outcome, Problem};

/// Longer query strings are refused; servers and proxies on the way rarely take more.
pub(super) const MAX_QUERY_BYTES: usize = 32 * 1024;

/// One `name=value` of a query string, as sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    /// What stood before it; `&` for the first one.
    pub separator: char,
    pub text: &'a str,
}

/// Cuts at `&` and, outside of double quotes, at `;`, which TMF630 part 1, 4.4 allows for OR.
///
/// A `filter` keeps its semicolons, which can only be part of a JSONPath text, and a `&&` between
/// open brackets, as the examples of TMF630 part 6 write it unencoded.
pub(super) fn segments(raw: &str) -> Vec<Segment<'_>> {
    let mut found = Vec::new();
    let mut rest = Some(raw);
    while let Some(text) = rest {
        let is_filter = text.starts_with("filter=");
        let end = if is_filter {
            filter_end(text)
        } else {
            text.find('&').unwrap_or(text.len())
        };
        let part = text.get(..end).unwrap_or_default();
        rest = text.get(end + 1..);
        let pieces = if is_filter {
            vec![part]
        } else {
            semicolons(part)
        };
        let separators = std::iter::once('&').chain(std::iter::repeat(';'));
        found.extend(
            separators
                .zip(pieces)
                .map(|(separator, text)| Segment { separator, text }),
        );
    }
    found.retain(|s| !s.text.is_empty());
    found
}

fn filter_end(text: &str) -> usize {
    let mut open = 0_i32;
    let mut passed = 0;
    for (at, character) in text.char_indices() {
        let rest = text.get(at..).unwrap_or_default();
        match character {
            '[' => open += 1,
            ']' => open -= 1,
            '%' if starts_with_code(rest, "5b") => open += 1,
            '%' if starts_with_code(rest, "5d") => open -= 1,
            '&' if at < passed => {}
            '&' if open > 0 && rest.starts_with("&&") => passed = at + 2,
            '&' => return at,
            _ => {}
        }
    }
    text.len()
}

fn starts_with_code(rest: &str, code: &str) -> bool {
    rest.get(1..3).is_some_and(|c| c.eq_ignore_ascii_case(code))
}

fn semicolons(part: &str) -> Vec<&str> {
    if !part.contains(';') {
        return vec![part];
    }
    let quotes = part.matches('"').count() + part.matches("%22").count();
    if quotes % 2 == 1 {
        return part.split(';').collect();
    }
    let mut found = Vec::new();
    let mut start = 0;
    let mut quoted = false;
    for (at, character) in part.char_indices() {
        let rest = part.get(at..).unwrap_or_default();
        if character == '"' || rest.starts_with("%22") {
            quoted = !quoted;
        } else if character == ';' && !quoted {
            found.push(part.get(start..at).unwrap_or_default());
            start = at + 1;
        }
    }
    found.push(part.get(start..).unwrap_or_default());
    found
}

/// Decoded text that remembers which of its bytes were percent-encoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    text: String,
    encoded: Vec<bool>,
}

impl Text {
    /// Decodes `%XX` and `+` (a blank, as forms and most clients write it).
    ///
    /// # Errors
    /// `InvalidQuery` for a `%` without two hexadecimal digits and for bytes that are not UTF-8.
    pub(super) fn decode(raw: &str) -> Outcome<Self> {
        let mut bytes = Vec::with_capacity(raw.len());
        let mut encoded = Vec::with_capacity(raw.len());
        let mut rest = raw.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            rest = after;
            match first {
                b'+' => bytes.push(b' '),
                b'%' => {
                    let Some((byte, after)) = hexadecimal(rest) else {
                        return Err(broken(
                            raw,
                            "'%' must be followed by two hexadecimal digits",
                        ));
                    };
                    bytes.push(byte);
                    encoded.resize(bytes.len() - 1, false);
                    encoded.push(true);
                    rest = after;
                }
                other => bytes.push(*other),
            }
        }
        encoded.resize(bytes.len(), false);
        let text = String::from_utf8(bytes)
            .map_err(|_| broken(raw, "the percent-encoded bytes are not UTF-8"))?;
        Ok(Text { text, encoded })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// True when the byte at that place was written `%XX`.
    pub(super) fn is_encoded(&self, at: usize) -> bool {
        self.encoded.get(at).copied().unwrap_or(false)
    }

    /// Both sides of a place; the byte must start a character.
    pub(super) fn cut(mut self, at: usize) -> (Text, Text) {
        if !self.text.is_char_boundary(at) {
            return (self, Text::default());
        }
        let tail = Text {
            text: self.text.split_off(at),
            encoded: self.encoded.split_off(at),
        };
        (self, tail)
    }

    /// The values of a list: cut at commas outside of quotes, quotes taken off.
    ///
    /// A percent-encoded comma belongs to the value, unless `encoded_too`.
    pub(super) fn list(&self, encoded_too: bool) -> Vec<String> {
        let mut items = Vec::new();
        let mut start = 0;
        loop {
            let end = self.item_end(start, encoded_too);
            items.push(self.text.get(start..end).unwrap_or_default());
            if end >= self.text.len() {
                break;
            }
            start = end + 1;
        }
        if let [only] = items.as_slice() {
            return vec![unquoted(only).to_owned()];
        }
        items
            .into_iter()
            .map(str::trim)
            .filter(|item| !item.is_empty())
            .map(|item| unquoted(item).to_owned())
            .collect()
    }

    fn item_end(&self, start: usize, encoded_too: bool) -> usize {
        let rest = self.text.get(start..).unwrap_or_default();
        let blank = rest.len() - rest.trim_start().len();
        let comma = |at: usize| {
            self.text.as_bytes().get(at) == Some(&b',') && (encoded_too || !self.is_encoded(at))
        };
        let from = start + blank;
        if let Some(quote) = rest.trim_start().chars().next().filter(|c| is_quote(*c)) {
            let body = self.text.get(from + 1..).unwrap_or_default();
            let closing = body
                .match_indices(quote)
                .map(|(at, _)| from + 1 + at + 1)
                .find(|end| *end == self.text.len() || comma(*end));
            if let Some(end) = closing {
                return end;
            }
        }
        (start..self.text.len())
            .find(|at| comma(*at))
            .unwrap_or(self.text.len())
    }
}

fn is_quote(character: char) -> bool {
    matches!(character, '"' | '\'')
}

/// Takes off one pair of equal quotes around the text.
pub(super) fn unquoted(text: &str) -> &str {
    ['"', '\'']
        .into_iter()
        .find_map(|quote| text.strip_prefix(quote)?.strip_suffix(quote))
        .unwrap_or(text)
}

fn hexadecimal(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (pair, rest) = bytes.split_at_checked(2)?;
    let mut value = 0_u32;
    for digit in pair {
        value = value * 16 + char::from(*digit).to_digit(16)?;
    }
    Some((u8::try_from(value).ok()?, rest))
}

fn broken(raw: &str, message: &str) -> Problem {
    let name = raw.split(['=', '<', '>']).next().unwrap_or_default();
    Problem::at(Code::InvalidQuery, shown(name), message)
}

/// A name from the client, short enough to be repeated in an error.
pub(super) fn shown(name: &str) -> String {
    const MOST: usize = 120;
    if name.len() <= MOST {
        return name.to_owned();
    }
    let end = name.floor_char_boundary(MOST);
    format!("{}…", name.get(..end).unwrap_or_default())
}
