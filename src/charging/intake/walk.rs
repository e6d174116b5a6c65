//! Finds in the text of a record the values that differ from record to record.

use super::template::{Hole, Kind, Span};

/// Levels of objects and lists that are looked into.
const DEPTH_MAX: usize = 16;

/// The values of the date, the description, the product and the characteristics, in their order. `text` is good JSON.
/// None where some are written in a way that templates do not know.
pub fn holes(text: &[u8]) -> Option<Vec<Hole>> {
    let mut walk = Walk {
        text,
        at: 0,
        holes: Vec::new(),
    };
    walk.value(b"", b"", 0)?;
    Some(walk.holes)
}

struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    holes: Vec<Hole>,
}

/// What stands in a member; `under` is the member in which the object around it stands.
fn hole_kind(under: &[u8], key: &[u8]) -> Option<Kind> {
    match (under, key) {
        (b"", b"usageDate") => Some(Kind::Instant),
        (b"", b"description") | (b"product", b"id") | (b"usageCharacteristic", b"value") => {
            Some(Kind::Text)
        }
        _ => None,
    }
}

impl<'t> Walk<'t> {
    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.get(self.at) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.blank();
        self.text.get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_there = self.next() == Some(byte);
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    fn value(&mut self, under: &[u8], key: &[u8], depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.next()? {
            b'{' => self.object(key, depth),
            b'[' => self.list(under, key, depth),
            b'"' => {
                let (span, has_escapes) = self.text()?;
                if let Some(kind) = hole_kind(under, key) {
                    if has_escapes {
                        return None;
                    }
                    self.holes.push(Hole { kind, span });
                }
                Some(())
            }
            b't' | b'f' | b'n' => {
                while let Some(b'a'..=b'z') = self.text.get(self.at) {
                    self.at += 1;
                }
                Some(())
            }
            _ => self.number(hole_kind(under, key)),
        }
    }

    fn object(&mut self, key: &[u8], depth: usize) -> Option<()> {
        self.take(b'{')?;
        if self.take(b'}').is_some() {
            return Some(());
        }
        loop {
            self.blank();
            let (name, has_escapes) = self.text()?;
            if has_escapes {
                return None;
            }
            self.take(b':')?;
            let name = self.text.get(name.from..name.to)?;
            self.value(key, name, depth + 1)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn list(&mut self, under: &[u8], key: &[u8], depth: usize) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(under, key, depth + 1)?;
            if self.take(b',').is_none() {
                return self.take(b']');
            }
        }
    }

    /// Where a text begins and ends, without its quotes, and whether something in it is escaped.
    fn text(&mut self) -> Option<(Span, bool)> {
        self.take(b'"')?;
        let from = self.at;
        let mut has_escapes = false;
        loop {
            match self.text.get(self.at)? {
                b'"' => break,
                b'\\' => {
                    has_escapes = true;
                    self.at += 2;
                }
                _ => self.at += 1,
            }
        }
        let to = self.at;
        self.at += 1;
        Some((Span { from, to }, has_escapes))
    }

    fn number(&mut self, hole: Option<Kind>) -> Option<()> {
        let from = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.text.get(self.at) {
            self.at += 1;
        }
        let digits = self.text.get(from..self.at).filter(|own| !own.is_empty())?;
        if hole.is_none() {
            return Some(());
        }
        let has = |byte: u8| digits.contains(&byte);
        let kind = match (has(b'e') || has(b'E'), has(b'.')) {
            (true, _) => return None,
            (false, true) => Kind::Decimal,
            (false, false) => Kind::Whole,
        };
        self.holes.push(Hole {
            kind,
            span: Span { from, to: self.at },
        });
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::template::Kind;
    use super::holes;

    #[test]
    fn the_values_that_differ_are_found() {
        let text = r#" {"usageDate" : "2026-03-02T09:00:00Z","usageType":"v\"oice", "description":"",
            "usageSpecification":{"id":"voice","value":"v"},"usageCharacteristic":[
            {"name":"a","value":"x","more":[{"value":1}]},{"value":-5,"name":"b"},{"name":"c","value":1.50},
            {"name":"d","value":true}, {"name":"e","value":{"amount":1}}, {}, []]} "#;
        let found = holes(text.as_bytes()).unwrap();
        let found: Vec<(Kind, &str)> = found
            .iter()
            .map(|hole| (hole.kind, &text[hole.span.from..hole.span.to]))
            .collect();
        assert_eq!(
            found,
            [
                (Kind::Instant, "2026-03-02T09:00:00Z"),
                (Kind::Text, ""),
                (Kind::Text, "x"),
                (Kind::Whole, "-5"),
                (Kind::Decimal, "1.50"),
            ]
        );
    }

    #[test]
    fn what_is_written_in_another_way_has_no_template() {
        for text in [
            r#"{"description":"a\nb"}"#,
            r#"{"a\u0041":1}"#,
            r#"{"usageCharacteristic":[{"value":1e3}]}"#,
            r#"{"a":"#,
            "{",
            "",
        ] {
            assert_eq!(holes(text.as_bytes()), None, "{text}");
        }
        assert_eq!(holes("[".repeat(100).as_bytes()), None);
    }
}
