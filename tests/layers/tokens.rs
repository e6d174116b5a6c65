//! The words of a Rust source file with their lines: no comments, no strings, no test code.
//! Not a parser; enough to see which paths a file mentions.

/// An identifier, `::`, or a single other character.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub text: String,
    /// Counted from 1.
    pub line: usize,
}

/// The tokens outside comments and literals.
pub fn tokens(source: &str) -> Vec<Token> {
    let mut reader = Reader {
        rest: source,
        line: 1,
    };
    let mut tokens = Vec::new();
    while let Some(c) = reader.peek() {
        let line = reader.line;
        if let Some(text) = reader.token(c) {
            tokens.push(Token { text, line });
        }
    }
    tokens
}

struct Reader<'s> {
    rest: &'s str,
    line: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn skip(&mut self, bytes: usize) -> &str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }

    /// Skips to behind the next `end`, or to the end of the file.
    fn skip_past(&mut self, end: &str) {
        let bytes = self
            .rest
            .find(end)
            .map_or(self.rest.len(), |at| at + end.len());
        self.skip(bytes);
    }

    /// Reads one thing; only identifiers and punctuation give a token.
    fn token(&mut self, c: char) -> Option<String> {
        if self.rest.starts_with("//") {
            self.skip_past("\n");
            return None;
        }
        if self.rest.starts_with("/*") {
            self.block_comment();
            return None;
        }
        if let Some(hashes) = self.raw_string() {
            self.skip_past("\"");
            self.skip_past(&format!("\"{}", "#".repeat(hashes)));
            return None;
        }
        match c {
            '"' => self.string(),
            '\'' => self.quote(),
            c if c.is_alphanumeric() || c == '_' => return Some(self.word()),
            ':' if self.rest.starts_with("::") => return Some(self.skip(2).to_owned()),
            c if c.is_whitespace() => {
                self.skip(c.len_utf8());
            }
            c => return Some(self.skip(c.len_utf8()).to_owned()),
        }
        None
    }

    fn word(&mut self) -> String {
        let end = self
            .rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(self.rest.len());
        self.skip(end).to_owned()
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            let open = self.rest.starts_with("/*");
            let close = self.rest.starts_with("*/");
            if !open && !close {
                let Some(c) = self.peek() else { return };
                self.skip(c.len_utf8());
                continue;
            }
            self.skip(2);
            depth += if open { 1 } else { -1 };
            if depth == 0 {
                return;
            }
        }
    }

    /// The number of `#` when a raw string begins here.
    fn raw_string(&self) -> Option<usize> {
        let after = ["r", "br", "cr"]
            .iter()
            .find_map(|prefix| self.rest.strip_prefix(prefix))?;
        let hashes = after.len() - after.trim_start_matches('#').len();
        after
            .trim_start_matches('#')
            .starts_with('"')
            .then_some(hashes)
    }

    fn string(&mut self) {
        self.skip(1);
        while let Some(c) = self.peek() {
            self.skip(c.len_utf8());
            match c {
                '"' => return,
                '\\' => {
                    let escaped = self.peek().map_or(0, char::len_utf8);
                    self.skip(escaped);
                }
                _ => {}
            }
        }
    }

    /// A character literal, or the quote of a lifetime.
    fn quote(&mut self) {
        self.skip(1);
        let mut chars = self.rest.chars();
        match (chars.next(), chars.next()) {
            (Some('\\'), Some(escaped)) => {
                self.skip(1 + escaped.len_utf8());
                self.skip_past("'");
            }
            (Some(c), Some('\'')) => {
                self.skip(c.len_utf8() + 1);
            }
            _ => {}
        }
    }
}

/// The tokens without items that only tests have: `#[cfg(test)] mod tests { ... }` and the like.
pub fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut rest = tokens;
    while let [first, tail @ ..] = rest {
        match test_attribute(rest) {
            Some(Attribute::Item(length)) => rest = after_item(&rest[length..]),
            Some(Attribute::File) => return Vec::new(),
            None => {
                kept.push(first.clone());
                rest = tail;
            }
        }
    }
    kept
}

enum Attribute {
    /// `#[cfg(test)]`, with its number of tokens.
    Item(usize),
    /// `#![cfg(test)]`
    File,
}

fn test_attribute(tokens: &[Token]) -> Option<Attribute> {
    let text = |at: usize| tokens.get(at).map(|t| t.text.as_str());
    if text(0) != Some("#") {
        return None;
    }
    let inner = text(1) == Some("!");
    let open = if inner { 2 } else { 1 };
    if text(open) != Some("[") || text(open + 1) != Some("cfg") {
        return None;
    }
    let length = tokens.iter().position(|t| t.text == "]")? + 1;
    let condition: Vec<&str> = tokens[..length].iter().map(|t| t.text.as_str()).collect();
    if !condition.contains(&"test") || condition.contains(&"not") {
        return None;
    }
    Some(if inner {
        Attribute::File
    } else {
        Attribute::Item(length)
    })
}

/// What follows an item: behind its `;`, or behind the brace that closes it.
fn after_item(tokens: &[Token]) -> &[Token] {
    let mut depth = 0;
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => {
                depth -= 1;
                if depth == 0 && token.text == "}" {
                    return &tokens[at + 1..];
                }
            }
            ";" if depth == 0 => return &tokens[at + 1..],
            _ => {}
        }
    }
    &[]
}

#[test]
fn comments_strings_and_tests_do_not_count() {
    let source = r##"
        // diesel::a
        /* crate::b /* c */ d */
        let x: &'static str = "crate::e \" f"; let q = '"'; let n = '\''; let r = r#"g " h"#;
        use crate::i;
        #[cfg(test)] use crate::j;
        #[cfg(all(test, unix))]
        #[path = "x.rs"]
        mod tests { fn k() { m(); } }
        #[cfg(not(test))] use crate::o;
        /// p
        fn last<'a>() {}
    "##;
    let tokens = without_tests(&tokens(source));
    let words: Vec<&str> = tokens.iter().map(|t| t.text.as_str()).collect();
    for hidden in [
        "diesel", "b", "c", "d", "e", "f", "g", "h", "j", "k", "m", "p",
    ] {
        assert!(!words.contains(&hidden), "{hidden} in {words:?}");
    }
    for seen in ["x", "q", "n", "r", "i", "o", "last"] {
        assert!(words.contains(&seen), "{seen} in {words:?}");
    }
    let last = tokens.iter().find(|t| t.text == "last").map(|t| t.line);
    assert_eq!(last, Some(12));
}
