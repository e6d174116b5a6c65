//! The strict reader: one pass over the bytes, limits checked while the value is built.
//!
//! The pointer of a fault is put together only while an error travels outwards, so a good document
//! pays nothing for it.

use std::cell::RefCell;
use std::fmt;

use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

use super::number::Decimal;
use super::{Limits, pointer};
use crate::domain::problem::{Code, Outcome, Problem};

/// The member name by which `serde_json` hands over a number as text. A client's object with that
/// member would turn into a number when the stored text is read, so it is refused.
const NUMBER: &str = "$serde_json::private::Number";
/// Members that an object has room for from the start: most have no more.
const USUAL_MEMBERS: usize = 7;
/// Longer names are shortened in pointers, so that an error body stays small.
const SHOWN_NAME_BYTES: usize = 120;

/// Reads a client's document.
///
/// Refuses duplicate member names and anything after the value, as well as what JSON itself
/// forbids (RFC 8259); a byte order mark at the start is passed over.
///
/// # Errors
/// `MalformedBody` with line and column when it is not JSON; `LimitExceeded` when a limit or the
/// range of numbers is passed. Both name the JSON pointer of the place.
pub fn parse(bytes: &[u8], limits: &Limits) -> Outcome<Value> {
    read(bytes, limits, None)
}

/// [`parse`] for a document of which one member is a long array: each of its elements is handed over
/// as it is read and none is kept, so that the answer has an empty array there. Of its length there is
/// no limit. `each` answers whether it wants more; the others are then read and dropped.
///
/// # Errors
/// As [`parse`].
pub fn parse_handing_over(
    bytes: &[u8],
    limits: &Limits,
    member: &str,
    each: &mut dyn FnMut(Value) -> bool,
) -> Outcome<Value> {
    let each = RefCell::new(each);
    let handing = Handing {
        member,
        each: &|element| (each.borrow_mut())(element),
    };
    read(bytes, limits, Some(&handing))
}

fn read(bytes: &[u8], limits: &Limits, handing: Option<&Handing<'_>>) -> Outcome<Value> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let reading = Reading {
        bytes,
        limits,
        fault: RefCell::new(Fault::default()),
    };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let seed = ValueSeed {
        reading: &reading,
        depth: 1,
        handing,
    };
    let read = seed
        .deserialize(&mut deserializer)
        .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| reading.problem(&error))
}

struct Reading<'a> {
    bytes: &'a [u8],
    limits: &'a Limits,
    fault: RefCell<Fault>,
}

/// What went wrong, when it was more than syntax, and where, innermost step first.
#[derive(Default)]
struct Fault {
    said: Option<(Code, String)>,
    steps: Vec<String>,
}

impl Reading<'_> {
    fn fail<E: serde::de::Error>(&self, code: Code, message: String) -> E {
        self.fault.borrow_mut().said = Some((code, message));
        E::custom("refused")
    }

    fn limit<E: serde::de::Error>(&self, what: &str, limit: usize, unit: &str) -> E {
        self.fail(
            Code::LimitExceeded,
            format!("{what}; at most {limit} {unit} are accepted"),
        )
    }

    fn step(&self, name: &str) {
        self.fault.borrow_mut().steps.push(shortened(name));
    }

    fn problem(&self, error: &serde_json::Error) -> Problem {
        let fault = self.fault.borrow();
        let mut place = String::new();
        for step in fault.steps.iter().rev() {
            pointer::push(&mut place, step);
        }
        match &fault.said {
            Some((code, message)) => Problem::at(*code, place, message.clone()),
            None => Problem::at(
                Code::MalformedBody,
                place,
                format!("this is not JSON: {error}"),
            ),
        }
    }

    fn text<E: serde::de::Error>(&self, text: &str) -> Result<(), E> {
        if text.len() > self.limits.string_bytes {
            return Err(self.limit("the string is too long", self.limits.string_bytes, "bytes"));
        }
        if memchr::memchr(0, text.as_bytes()).is_some() {
            // PostgreSQL cannot keep it, and no text that means something has it.
            let message = "the string has the character NUL (U+0000)".to_owned();
            return Err(self.fail(Code::InvalidBody, message));
        }
        Ok(())
    }

    fn number<E: serde::de::Error>(&self, text: String) -> Result<Value, E> {
        let most = self.limits.number_bytes.min(Limits::MAX_NUMBER_BYTES);
        if text.len() > most {
            return Err(self.limit("the number is too long", most, "characters"));
        }
        match Decimal::parse(&text) {
            Some(decimal) if decimal.is_bounded() => {}
            _ => {
                return Err(self.fail(
                    Code::LimitExceeded,
                    "the number is out of range; magnitudes from 1e-308 to 1e308 are accepted"
                        .to_owned(),
                ));
            }
        }
        let number = text.parse::<Number>().map_err(E::custom)?;
        Ok(Value::Number(number))
    }
}

fn shortened(name: &str) -> String {
    if name.len() <= SHOWN_NAME_BYTES {
        return name.to_owned();
    }
    let end = name.floor_char_boundary(SHOWN_NAME_BYTES);
    format!("{}…", name.get(..end).unwrap_or_default())
}

/// The member of the outermost object whose elements are handed over, and to whom.
struct Handing<'a> {
    member: &'a str,
    each: &'a dyn Fn(Value) -> bool,
}

struct ValueSeed<'a> {
    reading: &'a Reading<'a>,
    /// The depth that a container read here would have.
    depth: usize,
    handing: Option<&'a Handing<'a>>,
}

impl ValueSeed<'_> {
    fn inner(&self) -> ValueSeed<'_> {
        ValueSeed {
            reading: self.reading,
            depth: self.depth + 1,
            handing: None,
        }
    }

    /// Reads the value of a member.
    fn value<'de, A: MapAccess<'de>>(&self, name: &str, map: &mut A) -> Result<Value, A::Error> {
        match self.handing.filter(|handing| handing.member == name) {
            Some(handing) => map.next_value_seed(HandingSeed {
                element: ValueSeed {
                    reading: self.reading,
                    depth: self.depth + 2,
                    handing: None,
                },
                handing,
            }),
            None => map.next_value_seed(self.inner()),
        }
    }

    fn check_depth<E: serde::de::Error>(&self) -> Result<(), E> {
        let most = self.reading.limits.depth.min(Limits::MAX_DEPTH);
        if self.depth > most {
            return Err(self
                .reading
                .limit("the document is nested too deeply", most, "levels"));
        }
        Ok(())
    }

    fn members<'de, A: MapAccess<'de>>(
        &self,
        first: String,
        mut map: A,
    ) -> Result<Value, A::Error> {
        let mut object = Map::with_capacity(USUAL_MEMBERS);
        let mut name = first;
        loop {
            if object.len() >= self.reading.limits.members_per_object {
                let most = self.reading.limits.members_per_object;
                return Err(self
                    .reading
                    .limit("the object is too large", most, "members"));
            }
            self.member(&mut object, name, &mut map)?;
            match map.next_key_seed(NameSeed(self.reading))? {
                Some(Name::Member(next)) => name = next,
                Some(Name::Number) => return Err(A::Error::custom("unexpected number")),
                None => return Ok(Value::Object(object)),
            }
        }
    }

    fn member<'de, A: MapAccess<'de>>(
        &self,
        object: &mut Map<String, Value>,
        name: String,
        map: &mut A,
    ) -> Result<(), A::Error> {
        match object.entry(name) {
            Entry::Occupied(entry) => {
                self.reading.step(entry.key());
                Err(self.reading.fail(
                    Code::MalformedBody,
                    "the object has this member twice".to_owned(),
                ))
            }
            Entry::Vacant(entry) => match self.value(entry.key(), map) {
                Ok(value) => {
                    entry.insert(value);
                    Ok(())
                }
                Err(error) => {
                    self.reading.step(entry.key());
                    Err(error)
                }
            },
        }
    }
}

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.reading.text(text)?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        self.reading.text(&text)?;
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut items = Vec::new();
        loop {
            match seq.next_element_seed(self.inner()) {
                Ok(None) => return Ok(Value::Array(items)),
                Ok(Some(_)) if items.len() >= self.reading.limits.array_items => {
                    let most = self.reading.limits.array_items;
                    return Err(self
                        .reading
                        .limit("the array is too long", most, "elements"));
                }
                Ok(Some(item)) => items.push(item),
                Err(error) => {
                    self.reading.step(&items.len().to_string());
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        match map.next_key_seed(NameSeed(self.reading)) {
            Ok(Some(Name::Number)) => {
                let text = map.next_value::<String>()?;
                self.reading.number(text)
            }
            Ok(first) => {
                self.check_depth()?;
                match first {
                    Some(Name::Member(name)) => self.members(name, map),
                    _ => Ok(Value::Object(Map::new())),
                }
            }
            Err(error) => Err(error),
        }
    }
}

/// Reads an array whose elements are handed over.
struct HandingSeed<'a> {
    element: ValueSeed<'a>,
    handing: &'a Handing<'a>,
}

impl<'de> DeserializeSeed<'de> for HandingSeed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for HandingSeed<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut wanted = true;
        let mut read: usize = 0;
        loop {
            let element = ValueSeed { ..self.element };
            match seq.next_element_seed(element) {
                Ok(None) => return Ok(Value::Array(Vec::new())),
                Ok(Some(item)) if wanted => wanted = (self.handing.each)(item),
                Ok(Some(_)) => {}
                Err(error) => {
                    self.element.reading.step(&read.to_string());
                    return Err(error);
                }
            }
            read += 1;
        }
    }
}

enum Name {
    Member(String),
    /// The mark that a number follows as text.
    Number,
}

struct NameSeed<'a>(&'a Reading<'a>);

impl NameSeed<'_> {
    fn member<E: serde::de::Error>(&self, name: &str) -> Result<Name, E> {
        if name == NUMBER {
            self.0.step(name);
            return Err(self.0.fail(
                Code::MalformedBody,
                "this member name is reserved".to_owned(),
            ));
        }
        self.0.text(name)?;
        Ok(Name::Member(name.to_owned()))
    }
}

impl<'de> DeserializeSeed<'de> for NameSeed<'_> {
    type Value = Name;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Name, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for NameSeed<'_> {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a member name")
    }

    /// The mark comes from the library's own memory, a client's name from the document.
    fn visit_borrowed_str<E: serde::de::Error>(self, name: &'de str) -> Result<Name, E> {
        if name == NUMBER && !self.0.bytes.as_ptr_range().contains(&name.as_ptr()) {
            return Ok(Name::Number);
        }
        self.member(name)
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Name, E> {
        self.member(name)
    }
}
