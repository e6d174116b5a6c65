//! Constants of an expression: strings, regular expressions, numbers.

use super::super::typed;
use super::{Parsed, Parser};

/// A constant to compare with.
pub(super) enum Literal {
    Text(String),
    /// A number, `true` or `false`, as written.
    Plain(String),
    Null,
    /// `/text/` and whether letter case is disregarded.
    Regex(String, bool),
}

impl Parser<'_> {
    /// A quoted string with the escapes of JSON and of either quote.
    pub(super) fn string(&mut self) -> Parsed<String> {
        let quote = self.cursor.next();
        let mut text = String::new();
        loop {
            match self.cursor.next() {
                None => return Err(self.cursor.expected("the closing quote")),
                character if character == quote => return Ok(text),
                Some('\\') => text.push(self.escape()?),
                Some(character) => text.push(character),
            }
        }
    }

    fn escape(&mut self) -> Parsed<char> {
        match self.cursor.next() {
            Some(character @ ('\'' | '"' | '\\' | '/')) => Ok(character),
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            Some('u') => self.unicode(),
            _ => Err(self.cursor.invalid("an unknown escape ends")),
        }
    }

    fn unicode(&mut self) -> Parsed<char> {
        let first = self.four_digits()?;
        let code = if (0xD800..0xDC00).contains(&first) && self.cursor.take("\\u") {
            let second = self.four_digits()?;
            0x1_0000 + ((first - 0xD800) << 10) + (second.wrapping_sub(0xDC00) & 0x3FF)
        } else {
            first
        };
        char::from_u32(code).ok_or_else(|| self.cursor.invalid("a broken \\u escape ends"))
    }

    fn four_digits(&mut self) -> Parsed<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit = self.cursor.next().and_then(|c| c.to_digit(16));
            let digit = digit.ok_or_else(|| self.cursor.invalid("a broken \\u escape ends"))?;
            code = code * 16 + digit;
        }
        Ok(code)
    }

    /// `/text/i`; a slash inside is escaped by a backslash, which the expression understands.
    pub(super) fn regex(&mut self) -> Parsed<Literal> {
        self.cursor.next();
        let mut text = String::new();
        loop {
            match self.cursor.next() {
                None => return Err(self.cursor.expected("the closing '/'")),
                Some('/') => break,
                Some('\\') => {
                    text.push('\\');
                    text.extend(self.cursor.next());
                }
                Some(character) => text.push(character),
            }
        }
        let any_case = self.cursor.take("i");
        if self.cursor.at_name() {
            return Err(self.cursor.unsupported("a flag of a regular expression"));
        }
        Ok(Literal::Regex(text, any_case))
    }

    pub(super) fn number(&mut self) -> Parsed<Literal> {
        let mut text = String::new();
        while let Some(character) = self.cursor.peek() {
            let sign = matches!(character, '+' | '-');
            let after_exponent = text.is_empty() || text.ends_with(['e', 'E']);
            let good = character.is_ascii_digit() || matches!(character, '.' | 'e' | 'E');
            if !(good || sign && after_exponent) {
                break;
            }
            text.push(character);
            self.cursor.next();
        }
        if typed::number(&text).is_none() {
            return Err(self.cursor.invalid("a number that is not one ends"));
        }
        Ok(Literal::Plain(text))
    }
}

/// `/text/` or `/text/i` inside a quoted string.
pub(super) fn delimited(text: &str) -> Option<(&str, bool)> {
    let inner = text.strip_prefix('/')?;
    inner
        .strip_suffix("/i")
        .map(|t| (t, true))
        .or_else(|| inner.strip_suffix('/').map(|t| (t, false)))
}
