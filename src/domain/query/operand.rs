//! The right side of a condition.

use std::cmp::Ordering;

use regex::{Regex, RegexBuilder};
use serde_json::Value;

use super::filter::Op;
use super::raw::shown;
use super::typed::{self, Family, family};
use crate::domain::clock::Micros;
use crate::domain::descriptor::Scalar;
use crate::domain::json::number::Decimal;

/// Longer patterns are refused.
const MAX_PATTERN_BYTES: usize = 1_000;
/// Memory that one compiled pattern may take; matching is linear in the text whatever the pattern.
const MAX_PROGRAM_BYTES: usize = 1 << 20;
/// Groups inside groups in a pattern.
const MAX_PATTERN_NESTING: u32 = 40;

/// A value to compare with, read once as the attribute's type.
#[derive(Clone, Debug, PartialEq)]
pub struct Operand {
    text: String,
    form: Form,
}

#[derive(Clone, Debug, PartialEq)]
enum Form {
    Text,
    Number,
    Instant(Micros),
    Boolean(bool),
    /// The attribute's type is not known: compares by the type of the value met.
    Loose {
        number: bool,
        instant: Option<Micros>,
        boolean: Option<bool>,
    },
    /// A string in JSONPath, met by an attribute of unknown type: never equals a number.
    LooseText(Option<Micros>),
    Pattern(Pattern),
}

#[derive(Clone, Debug)]
struct Pattern(Regex);

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_str() == other.0.as_str()
    }
}

impl Operand {
    /// Reads a text as the attribute's type.
    ///
    /// # Errors
    /// A sentence for the client: the text is not of the type, or the pattern is not valid.
    pub(super) fn read(text: String, scalar: Option<Scalar>, op: Op) -> Result<Self, String> {
        let form = match op {
            Op::Regex => Form::Pattern(pattern(&text, false)?),
            Op::Like => Form::Pattern(pattern(&like(&text), false)?),
            Op::Contains | Op::StartsWith | Op::EndsWith => Form::Text,
            _ => form(&text, scalar)?,
        };
        Ok(Operand { text, form })
    }

    /// A regular expression of JSONPath, which may disregard case.
    pub(super) fn regex(text: String, any_case: bool) -> Result<Self, String> {
        let form = Form::Pattern(pattern(&text, any_case)?);
        Ok(Operand { text, form })
    }

    /// Holds a literal of JSONPath to values of its own type, where the attribute has none:
    /// `5` is a number and `'5'` a string.
    pub(super) fn strict(mut self, quoted: bool) -> Self {
        self.form = match self.form {
            Form::Loose { instant, .. } if quoted => Form::LooseText(instant),
            Form::Loose { number: true, .. } => Form::Number,
            Form::Loose {
                boolean: Some(boolean),
                ..
            } => Form::Boolean(boolean),
            typed => typed,
        };
        self
    }

    /// The text as the client wrote it, decoded.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Puts another text in place of a string operand, for attributes that are stored in another
    /// form than they are shown (`href`). Operands of other types stay as they are.
    pub fn set_text(&mut self, text: String) {
        if matches!(
            self.form,
            Form::Text | Form::Loose { .. } | Form::LooseText(_)
        ) {
            self.text = text;
        }
    }

    /// The key that [`super::index_key`] gives to values equal to this operand; `None` for patterns
    /// and for a text that is not of the type.
    pub fn index_key(&self, scalar: Scalar) -> Option<String> {
        if matches!(self.form, Form::Pattern(_)) {
            return None;
        }
        match family(scalar) {
            Family::Text => Some(typed::text_key(&self.text)),
            Family::Number => typed::number(&self.text).map(|d| d.key()),
            Family::Instant => typed::query_instant(&self.text).map(typed::instant_key),
            Family::Boolean => typed::boolean(&self.text).map(|b| b.to_string()),
        }
    }

    /// How the value met compares to this operand; `None` when they cannot be compared.
    pub(super) fn order(&self, value: &Value) -> Option<Ordering> {
        match (&self.form, value) {
            (Form::Text, _) => typed::text_of(value).map(|text| text.cmp(&self.text)),
            (Form::Number | Form::Loose { number: true, .. }, Value::Number(met)) => {
                Some(Decimal::parse(met.as_str())?.compare(&Decimal::parse(&self.text)?))
            }
            (Form::Instant(instant), Value::String(text)) => {
                Some(typed::instant(text)?.cmp(instant))
            }
            (Form::Boolean(boolean), Value::Bool(met)) => Some(met.cmp(boolean)),
            (Form::Loose { boolean, .. }, Value::Bool(met)) => Some(met.cmp(boolean.as_ref()?)),
            (
                Form::Loose {
                    number, instant, ..
                },
                Value::String(text),
            ) => self.order_text(text, *instant, *number),
            (Form::LooseText(instant), Value::String(text)) => {
                self.order_text(text, *instant, false)
            }
            _ => None,
        }
    }

    /// A number or a date has no order among other texts, but may equal one.
    fn order_text(&self, met: &str, own: Option<Micros>, number: bool) -> Option<Ordering> {
        if let Some((met, own)) = typed::instant(met).zip(own) {
            return Some(met.cmp(&own));
        }
        let order = met.cmp(&self.text);
        let comparable = own.is_none() && !number;
        (comparable || order.is_eq()).then_some(order)
    }

    /// True when the pattern occurs in the text.
    pub(super) fn occurs_in(&self, text: &str) -> bool {
        matches!(&self.form, Form::Pattern(pattern) if pattern.0.is_match(text))
    }
}

fn form(text: &str, scalar: Option<Scalar>) -> Result<Form, String> {
    let Some(scalar) = scalar else {
        return Ok(Form::Loose {
            number: typed::number(text).is_some(),
            instant: typed::query_instant(text),
            boolean: typed::boolean(text),
        });
    };
    let (form, wanted) = match family(scalar) {
        Family::Text => (Some(Form::Text), "a text"),
        Family::Number => (typed::number(text).map(|_| Form::Number), "a number"),
        Family::Boolean => (typed::boolean(text).map(Form::Boolean), "true or false"),
        Family::Instant => (
            typed::query_instant(text).map(Form::Instant),
            "a date such as 2024-05-01 or 2024-05-01T08:00:00Z",
        ),
    };
    form.ok_or_else(|| format!("'{}' is not {wanted}", shown(text)))
}

fn pattern(text: &str, any_case: bool) -> Result<Pattern, String> {
    if text.len() > MAX_PATTERN_BYTES {
        return Err(format!(
            "the pattern is longer than {MAX_PATTERN_BYTES} bytes"
        ));
    }
    RegexBuilder::new(text)
        .size_limit(MAX_PROGRAM_BYTES)
        .dfa_size_limit(MAX_PROGRAM_BYTES)
        .nest_limit(MAX_PATTERN_NESTING)
        .case_insensitive(any_case)
        .build()
        .map(Pattern)
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the regular expression is too large".to_owned(),
            other => format!("the regular expression is not valid: {}", last_line(&other)),
        })
}

/// The library draws the pattern with a marker over several lines; the last one says what is wrong.
fn last_line(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// `like` as a regular expression over the whole value: `%` and `*` stand for any text, `_` for
/// one character, a backslash takes the meaning from the next character.
fn like(text: &str) -> String {
    let mut regex = String::from("(?s)^");
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' | '*' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => regex.push_str(&literal(characters.next().unwrap_or('\\'))),
            other => regex.push_str(&literal(other)),
        }
    }
    regex.push('$');
    regex
}

fn literal(character: char) -> String {
    regex::escape(character.encode_utf8(&mut [0; 4]))
}
