//! One row of a file, whatever its format, and the places in it that a mapping names.

use csv::ByteRecord;
use serde_json::Value;

/// A place that a mapping takes something from, by its number in the mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(pub usize);

/// How a mapping names a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A column of CSV, or a path in JSON.
    Name(String),
    /// A field of CSV, counted from 1.
    Position(usize),
}

impl Place {
    /// As messages name it.
    pub fn label(&self) -> String {
        match self {
            Place::Name(name) => name.clone(),
            Place::Position(position) => format!("field {position}"),
        }
    }
}

/// The members and elements from the top of a JSON document to a value.
pub type Path = Box<[String]>;

/// Reads a path: members and numbers of elements with slashes between them, with or without one in front;
/// `~1` is a slash and `~0` a tilde in a name, as in JSON pointers (RFC 6901).
pub fn path(text: &str) -> Path {
    let steps = text.strip_prefix('/').unwrap_or(text).split('/');
    steps
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
        .collect()
}

/// A row that has been cut off and not been understood yet.
#[derive(Clone, Copy, Debug)]
pub struct Row<'r> {
    pub content: Content<'r>,
    /// Texts that stand for nothing.
    pub nulls: &'r [String],
}

#[derive(Clone, Copy, Debug)]
pub enum Content<'r> {
    Fields {
        fields: &'r ByteRecord,
        /// For each slot the number of the field; none where the file has no such column.
        places: &'r [Option<usize>],
    },
    Document {
        document: &'r Value,
        /// For each slot the path.
        paths: &'r [Path],
    },
}

/// Why a place has no text.
pub const NOT_UTF8: &str = "is not UTF-8";
const NOT_SCALAR: &str = "is a list or an object";

impl<'r> Row<'r> {
    /// The text at a place without blanks around it; empty where there is nothing.
    ///
    /// # Errors
    /// What stands there instead of a text.
    pub fn text(&self, slot: Slot) -> Result<&'r str, &'static str> {
        let text = match self.content {
            Content::Fields { fields, places } => field(fields, places, slot)?,
            Content::Document { document, paths } => member(document, paths, slot)?,
        };
        match self.nulls.iter().any(|null| null == text) {
            true => Ok(""),
            false => Ok(text),
        }
    }
}

fn field<'r>(
    fields: &'r ByteRecord,
    places: &[Option<usize>],
    slot: Slot,
) -> Result<&'r str, &'static str> {
    let place = places.get(slot.0).copied().flatten();
    let bytes = place.and_then(|place| fields.get(place));
    let text = bytes.map_or(Ok(""), std::str::from_utf8);
    Ok(text.map_err(|_| NOT_UTF8)?.trim_ascii())
}

fn member<'r>(document: &'r Value, paths: &[Path], slot: Slot) -> Result<&'r str, &'static str> {
    let steps = paths.get(slot.0).map(|path| path.iter());
    let mut value = Some(document);
    for step in steps.into_iter().flatten() {
        value = value.and_then(|value| match value {
            Value::Object(members) => members.get(step),
            Value::Array(elements) => elements.get(step.parse::<usize>().ok()?),
            _ => None,
        });
    }
    match value {
        None | Some(Value::Null) => Ok(""),
        Some(Value::String(text)) => Ok(text.trim_ascii()),
        Some(Value::Number(number)) => Ok(number.as_str()),
        Some(Value::Bool(true)) => Ok("true"),
        Some(Value::Bool(false)) => Ok("false"),
        Some(Value::Array(_) | Value::Object(_)) => Err(NOT_SCALAR),
    }
}
