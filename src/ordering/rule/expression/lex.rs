//! From the text of an expression to its words.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::SyntaxError;

/// A word of an expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Number(Decimal),
    Text(String),
    /// A name or a keyword.
    Word(String),
    /// An operator or a bracket.
    Sign(&'static str),
}

/// A word and where it begins, counted in characters from 1.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub token: Token,
    pub at: usize,
}

/// Longer signs first: the first that fits is taken.
const SIGNS: [&str; 20] = [
    "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", ".", "?",
    ":", "=",
];

pub(super) fn tokens(source: &str) -> Result<Vec<Placed>, SyntaxError> {
    let mut lexer = Lexer {
        rest: source,
        at: 1,
    };
    let mut found = Vec::new();
    while let Some(placed) = lexer.next()? {
        found.push(placed);
    }
    Ok(found)
}

struct Lexer<'s> {
    rest: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn next(&mut self) -> Result<Option<Placed>, SyntaxError> {
        let blanks = self.rest.len() - self.rest.trim_start().len();
        self.take(blanks);
        let at = self.at;
        let Some(first) = self.rest.chars().next() else {
            return Ok(None);
        };
        let token = match first {
            '0'..='9' => self.number()?,
            '"' | '\'' => self.text(first)?,
            _ if is_name(first) => Token::Word(self.run(is_name_further).to_owned()),
            _ => self.sign()?,
        };
        Ok(Some(Placed { token, at }))
    }

    /// Goes on by so many bytes.
    fn take(&mut self, bytes: usize) -> &'s str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.at += taken.chars().count();
        self.rest = rest;
        taken
    }

    fn run(&mut self, fits: impl Fn(char) -> bool) -> &'s str {
        let end = self.rest.find(|c| !fits(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn number(&mut self) -> Result<Token, SyntaxError> {
        let at = self.at;
        let text = self.run(|c| c.is_ascii_digit() || c == '.');
        match Decimal::from_str_exact(text) {
            Ok(number) if !text.ends_with('.') => Ok(Token::Number(number)),
            _ => Err(SyntaxError::new(at, format!("`{text}` is not a number"))),
        }
    }

    fn text(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let start = self.at;
        self.take(1);
        let mut text = String::new();
        loop {
            let Some(c) = self.rest.chars().next() else {
                return Err(SyntaxError::new(start, "the text has no end"));
            };
            let at = self.at;
            self.take(c.len_utf8());
            match c {
                _ if c == quote => return Ok(Token::Text(text)),
                '\\' => text.push(self.escaped(at)?),
                _ => text.push(c),
            }
        }
    }

    fn escaped(&mut self, at: usize) -> Result<char, SyntaxError> {
        let c = self.rest.chars().next();
        let meant = match c {
            Some('n') => '\n',
            Some('t') => '\t',
            Some(c @ ('\\' | '\'' | '"')) => c,
            _ => {
                let message = "a backslash goes before n, t, a quote or a backslash";
                return Err(SyntaxError::new(at, message));
            }
        };
        self.take(1);
        Ok(meant)
    }

    fn sign(&mut self) -> Result<Token, SyntaxError> {
        let found = SIGNS.iter().find(|sign| self.rest.starts_with(**sign));
        match found {
            Some(&"=") => Err(SyntaxError::new(self.at, "equality is written `==`")),
            Some(sign) => {
                self.take(sign.len());
                Ok(Token::Sign(sign))
            }
            None => {
                let c = self.rest.chars().next().unwrap_or(' ');
                Err(SyntaxError::new(self.at, format!("`{c}` is not expected")))
            }
        }
    }
}

fn is_name(c: char) -> bool {
    c.is_alphabetic() || matches!(c, '_' | '@')
}

fn is_name_further(c: char) -> bool {
    is_name(c) || c.is_ascii_digit()
}

/// A decimal number as it stands in a path or text.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str(text.trim()).ok()
}
