//! One query parameter: its name, the sign between name and value, and the value.

use super::filter::Op;
use super::raw::{MAX_QUERY_BYTES, Text, segments, shown};
use crate::domain::problem::{Code, Outcome, Problem};

/// What stands between name and value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// A plain `=`, to which a suffix of the name may add an operator.
    Assign,
    /// An operator written as a sign: `==`, `!=`, `>`, `>=`, `<`, `<=`, `=~`, `*=`.
    Operator(Op),
    /// The name alone: the attribute is there.
    Present,
    /// `!name`: the attribute is not there.
    Absent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub name: String,
    pub sign: Sign,
    pub value: Text,
}

impl Parameter {
    /// A refusal that names this parameter.
    pub(super) fn refuse(&self, message: impl Into<String>) -> Problem {
        Problem::at(Code::InvalidQuery, shown(&self.name), message)
    }
}

/// Reads all parameters of a raw query string.
pub(super) fn parameters(raw: &str) -> Outcome<Vec<Parameter>> {
    if raw.len() > MAX_QUERY_BYTES {
        return Err(Problem::new(
            Code::InvalidQuery,
            format!("The query string is longer than {MAX_QUERY_BYTES} bytes."),
        ));
    }
    segments(raw).iter().map(|s| parameter(s.text)).collect()
}

fn parameter(raw: &str) -> Outcome<Parameter> {
    let text = Text::decode(raw)?;
    let Some(at) = sign_start(text.as_str()) else {
        return Ok(bare(text));
    };
    let (sign, width) = sign(&text, at);
    let (name, rest) = text.cut(at);
    let (_, value) = rest.cut(width);
    Ok(Parameter {
        name: name.as_str().trim().to_owned(),
        sign,
        value,
    })
}

/// `name` and `!name`.
fn bare(text: Text) -> Parameter {
    let (sign, name) = match text.as_str().strip_prefix('!') {
        Some(name) => (Sign::Absent, name),
        None => (Sign::Present, text.as_str()),
    };
    Parameter {
        name: name.trim().to_owned(),
        sign,
        value: Text::default(),
    }
}

/// Where the sign begins: the first `=`, `<` or `>`, one earlier for `!=` and `*=`.
fn sign_start(text: &str) -> Option<usize> {
    let at = text.find(['=', '<', '>'])?;
    let before = at.checked_sub(1).filter(|before| {
        let bytes = text.as_bytes();
        bytes.get(at) == Some(&b'=') && matches!(bytes.get(*before), Some(b'!' | b'*'))
    });
    Some(before.unwrap_or(at))
}

/// The sign at that place and its width.
///
/// `name=%3Dx` asks for the value `=x`: after a plain `=` an encoded sign is data. `name%3D%3Dx`
/// and `name==x` are the operator.
fn sign(text: &Text, at: usize) -> (Sign, usize) {
    let rest = text.as_str().get(at..).unwrap_or_default();
    let data_follows = !text.is_encoded(at) && text.is_encoded(at + 1);
    let wide = [
        (">=", Op::Gte),
        ("<=", Op::Lte),
        ("!=", Op::Ne),
        ("*=", Op::Regex),
    ];
    let equals = [("==", Op::Eq), ("=~", Op::Regex)];
    let narrow = [(">", Op::Gt), ("<", Op::Lt)];
    let signs = wide
        .iter()
        .chain(equals.iter().filter(|_| !data_follows))
        .chain(&narrow);
    for (sign, op) in signs {
        if rest.starts_with(sign) {
            return (Sign::Operator(*op), sign.len());
        }
    }
    (Sign::Assign, 1)
}
