//! Finds in the text of a record the values that differ from record to record.

use super::template::{Hole, Kind, Span};
use crate::domain::packed::At;

/// Levels of objects and lists that are looked into.
const DEPTH_MAX: usize = 16;
const DATE: &str = "usageDate";

/// The values of the date, the description, the product and the characteristics, in their order. `text` is good JSON.
/// None where some are written in a way that templates do not know.
pub fn holes(text: &[u8]) -> Option<Vec<Hole>> {
    let mut walk = Walk {
        text: str::from_utf8(text).ok()?,
        at: 0,
        holes: Vec::new(),
    };
    walk.value(At::TOP, 0)?;
    Some(walk.holes)
}

struct Walk<'t> {
    text: &'t str,
    at: usize,
    holes: Vec<Hole>,
}

/// Whether records that are alike differ in a member; `under` is the member in which the object around it
/// stands.
pub fn differs(under: &str, key: &str) -> bool {
    match under {
        "" => key == DATE || key == "description",
        "product" => key == "id",
        "usageCharacteristic" => key == "value",
        _ => false,
    }
}

fn text_kind(key: &str) -> Kind {
    match key {
        DATE => Kind::Instant,
        _ => Kind::Text,
    }
}

impl<'t> Walk<'t> {
    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blank(&mut self) {
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.byte() {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Option<u8> {
        self.blank();
        self.byte()
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let is_there = self.next() == Some(byte);
        self.at += usize::from(is_there);
        is_there.then_some(())
    }

    fn value(&mut self, at: At<'_>, depth: usize) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match self.next()? {
            b'{' => self.object(at, depth),
            b'[' => self.list(at, depth),
            b'"' => {
                let (span, has_escapes) = self.text()?;
                if differs(at.under, at.key) {
                    if has_escapes {
                        return None;
                    }
                    let kind = text_kind(at.key);
                    self.holes.push(Hole { kind, span });
                }
                Some(())
            }
            b't' | b'f' | b'n' => {
                while let Some(b'a'..=b'z') = self.byte() {
                    self.at += 1;
                }
                Some(())
            }
            _ => self.number(differs(at.under, at.key)),
        }
    }

    fn object(&mut self, at: At<'_>, depth: usize) -> Option<()> {
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
            self.value(at.member(name), depth + 1)?;
            if self.take(b',').is_none() {
                return self.take(b'}');
            }
        }
    }

    fn list(&mut self, at: At<'_>, depth: usize) -> Option<()> {
        self.take(b'[')?;
        if self.take(b']').is_some() {
            return Some(());
        }
        loop {
            self.value(at, depth + 1)?;
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
            match self.byte()? {
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

    fn number(&mut self, is_hole: bool) -> Option<()> {
        let from = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.byte() {
            self.at += 1;
        }
        let digits = self.text.get(from..self.at).filter(|own| !own.is_empty())?;
        if !is_hole {
            return Some(());
        }
        let kind = match (digits.contains(['e', 'E']), digits.contains('.')) {
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
            .map(|hole| {
                let value = text.get(hole.span.from..hole.span.to);
                (hole.kind, value.unwrap())
            })
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
