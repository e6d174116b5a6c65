//! Tables as CSV (RFC 4180): a line of names, then a row in each line. Large tables come this way, and
//! versions are stored so.

use serde_json::{Map, Number, Value, json};

use super::Key;
use crate::rating::fault::Fault;

/// Names that a column may have besides those of keys.
pub(super) const NAMES: [&str; 7] = [
    "zone",
    "price",
    "setupFee",
    "firstStep",
    "nextStep",
    "validFrom",
    "validTo",
];
/// Columns with numbers.
const NUMBERS: [&str; 4] = ["price", "setupFee", "firstStep", "nextStep"];

/// The records of a text. Fields may be quoted; an empty line is passed over.
#[derive(Debug)]
pub struct Records<'t> {
    rest: &'t str,
    separator: u8,
}

impl<'t> Records<'t> {
    /// Reads a text whose fields are separated by comma, or by semicolon where the first line has no
    /// comma.
    pub fn new(text: &'t str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let first = text.lines().next().unwrap_or_default();
        let separator = match first.contains(';') && !first.contains(',') {
            true => b';',
            false => b',',
        };
        Records {
            rest: text,
            separator,
        }
    }

    /// Reads the fields of the next record into a list; `None` behind the last one, false for a quote
    /// that does not end.
    pub fn next_into(&mut self, fields: &mut Vec<String>) -> Option<bool> {
        self.rest = self.rest.trim_start_matches(['\r', '\n']);
        if self.rest.is_empty() {
            return None;
        }
        let mut used = 0;
        loop {
            if fields.len() <= used {
                fields.push(String::new());
            }
            let Some(field) = fields.get_mut(used) else {
                return Some(false);
            };
            field.clear();
            used += 1;
            match self.field(field) {
                End::Field => {}
                End::Record => break,
                End::Broken => return Some(false),
            }
        }
        fields.truncate(used);
        Some(true)
    }

    fn field(&mut self, into: &mut String) -> End {
        let quoted = self.rest.strip_prefix('"');
        if let Some(mut rest) = quoted {
            loop {
                let Some((part, behind)) = rest.split_once('"') else {
                    return End::Broken;
                };
                into.push_str(part);
                rest = behind;
                match rest.strip_prefix('"') {
                    Some(behind) => {
                        into.push('"');
                        rest = behind;
                    }
                    None => break,
                }
            }
            self.rest = rest;
        }
        let separator = self.separator;
        let ends = |byte: &u8| *byte == separator || *byte == b'\n';
        let end = self.rest.bytes().position(|byte| ends(&byte));
        let (part, behind) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        into.push_str(part.strip_suffix('\r').unwrap_or(part).trim());
        let is_separator = behind.as_bytes().first() == Some(&separator);
        self.rest = behind.get(1..).unwrap_or_default();
        match is_separator {
            true => End::Field,
            false => End::Record,
        }
    }
}

enum End {
    Field,
    Record,
    Broken,
}

/// What the columns of a text hold.
#[derive(Debug)]
pub struct Columns {
    names: Vec<String>,
}

impl Columns {
    /// Reads the line of names.
    ///
    /// # Errors
    /// Names that no column has, or that are there twice.
    pub fn new(names: Vec<String>) -> Result<Self, Vec<Fault>> {
        let known =
            |name: &str| NAMES.contains(&name) || Key::NAMES.iter().any(|(k, _)| *k == name);
        let mut faults = Vec::new();
        for (place, name) in names.iter().enumerate() {
            let message = if !known(name) {
                let keys = Key::NAMES.iter().map(|(name, _)| *name);
                let all: Vec<&str> = keys.chain(NAMES).collect();
                format!("has the column '{name}'; there are {}", all.join(", "))
            } else if names.iter().take(place).any(|other| other == name) {
                format!("has the column '{name}' twice")
            } else {
                continue;
            };
            faults.push(Fault::new("/row", message));
        }
        match faults.is_empty() {
            true => Ok(Columns { names }),
            false => Err(faults),
        }
    }

    /// The keys among the columns, in their order.
    pub fn keys(&self) -> Vec<&'static str> {
        let key = |name: &String| Key::NAMES.iter().find(|(own, _)| own == name);
        let keys = self.names.iter().filter_map(key);
        keys.map(|(name, _)| *name).collect()
    }

    /// A record as a row of a document. What is no number where one belongs stays a text, which the
    /// reader of rows refuses with its place.
    ///
    /// # Errors
    /// Where the record has more or fewer fields than there are columns.
    pub fn row(&self, number: usize, fields: &[String]) -> Result<Value, Fault> {
        if fields.len() != self.names.len() {
            let (has, needs) = (fields.len(), self.names.len());
            let message = format!("has {has} fields where {needs} are needed");
            return Err(Fault::new(format!("/row/{number}"), message));
        }
        let mut row = Map::with_capacity(self.names.len());
        let mut valid = Map::new();
        for (name, field) in self.names.iter().zip(fields) {
            if field.is_empty() {
                continue;
            }
            match name.as_str() {
                "validFrom" => valid.insert("startDateTime".to_owned(), json!(field)),
                "validTo" => valid.insert("endDateTime".to_owned(), json!(field)),
                name if NUMBERS.contains(&name) => {
                    let number = field.parse::<Number>().map(Value::Number);
                    let value = number.unwrap_or_else(|_| json!(field));
                    row.insert(name.to_owned(), value)
                }
                name => row.insert(name.to_owned(), json!(field)),
            };
        }
        if !valid.is_empty() {
            row.insert("validFor".to_owned(), Value::Object(valid));
        }
        Ok(Value::Object(row))
    }
}

#[cfg(test)]
mod tests {
    use super::{Columns, Records};
    use serde_json::json;

    fn records(text: &str) -> Vec<Vec<String>> {
        let mut reader = Records::new(text);
        let (mut all, mut fields) = (Vec::new(), Vec::new());
        while let Some(good) = reader.next_into(&mut fields) {
            assert!(good, "{text}");
            all.push(fields.clone());
        }
        all
    }

    #[test]
    fn fields() {
        let same = [vec!["a", "b"], vec!["1", ""], vec!["x,\"y\"\nz", "2"]];
        for text in [
            "a,b\n1,\n\"x,\"\"y\"\"\nz\",2\n",
            "\u{feff}a,b\r\n1,\r\n\r\n\"x,\"\"y\"\"\nz\",2",
            "a;b\n1;\n\"x,\"\"y\"\"\nz\";2",
        ] {
            assert_eq!(records(text), same, "{text:?}");
        }
        assert!(records("").is_empty());
        assert_eq!(records("a,"), [vec!["a", ""]]);
        let mut fields = Vec::new();
        assert_eq!(Records::new("a,\"b").next_into(&mut fields), Some(false));
    }

    #[test]
    fn rows() {
        let names = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let columns = Columns::new(names("servingNetwork,destination,price,validFrom")).unwrap();
        assert_eq!(columns.keys(), ["servingNetwork", "destination"]);
        let row = columns.row(0, &names("262,49,0.060,2026-01-01T00:00:00Z"));
        let expected = json!({
            "servingNetwork": "262", "destination": "49",
            "validFor": {"startDateTime": "2026-01-01T00:00:00Z"},
        });
        let mut row = row.unwrap();
        let price = row.as_object_mut().unwrap().shift_remove("price").unwrap();
        assert_eq!((price.to_string().as_str(), row), ("0.060", expected));
        let wrong = columns.row(7, &names("1,2")).unwrap_err();
        assert_eq!(wrong.pointer, "/row/7");
        let bad = columns.row(0, &names("262,49,cheap,")).unwrap();
        assert_eq!(bad["price"], "cheap");
        assert!(Columns::new(names("destination,fee")).is_err());
        assert!(Columns::new(names("price,price")).is_err());
    }
}
