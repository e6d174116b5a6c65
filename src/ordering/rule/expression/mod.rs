//! The expression language of decomposition rules: small, exact, without side effects and without
//! loops, so that an expression always ends and costs what its length says.
//!
//! ```text
//! characteristic.downloadSpeed >= 1000 and place.country in ["DE", "AT"]
//! characteristic.simType == "eSIM" ? "profile" : "card"
//! round(characteristic.downloadSpeed * 1.1, 0)
//! ```
//!
//! - Values: exact decimals, texts in single or double quotes, `true`, `false`, `null`.
//! - Paths: `characteristic.NAME` as it shall be, `previous.NAME` as the installed product has it,
//!   `place.ATTRIBUTE` of the first place that has it, `order.priority`, `order.category`, `action`,
//!   `quantity`, `offering`, `specification`, `service`. Names with other characters are written
//!   `characteristic["static ip"]`. What is not there is `null`.
//! - Operators, binding ever closer: `? :`, `or`, `and`, `not`, comparison (`==`, `!=`, `<`, `<=`,
//!   `>`, `>=`, `in [...]`), `+ -`, `* / %`, unary `-`.
//! - Functions: `upper`, `lower`, `concat`, `round(number, digits)`, `min`, `max`, `coalesce`, `len`,
//!   `text`, `number`.
//!
//! Arithmetic with `null` is `null`, an order with `null` does not hold, and `null` counts as false.
//! Anything else of the wrong kind is a failure, never a guess. Numbers have 28 digits; a sum or a
//! product that needs more is a failure, a quotient is rounded there.

mod evaluate;
mod lex;
mod parse;
mod scope;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;

pub use evaluate::Failure;
pub use scope::Scope;
pub use value::{Datum, same};

use evaluate::evaluate;
use parse::Node;

/// Characters that an expression may have.
const MAX_LENGTH: usize = 2_000;
/// Levels that an expression may have.
const MAX_DEPTH: usize = 48;

/// Why a text is no expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where, in characters from 1.
    pub at: usize,
    pub message: String,
}

impl SyntaxError {
    fn new(at: usize, message: impl Into<String>) -> Self {
        SyntaxError {
            at,
            message: message.into(),
        }
    }
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}: {}", self.at, self.message)
    }
}

/// What an expression can look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Path {
    Characteristic(String),
    Previous(String),
    /// Names from the place inwards.
    Place(Vec<String>),
    OrderPriority,
    OrderCategory,
    Action,
    Quantity,
    Offering,
    Specification,
    Service,
}

/// An expression, ready to be evaluated any number of times.
#[derive(Clone, Debug)]
pub struct Expression {
    source: String,
    root: Node,
}

impl Expression {
    /// Reads an expression.
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        if source.chars().count() > MAX_LENGTH {
            let message = format!("an expression has {MAX_LENGTH} characters at most");
            return Err(SyntaxError::new(MAX_LENGTH + 1, message));
        }
        Ok(Expression {
            root: parse::parse(source)?,
            source: source.to_owned(),
        })
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Its value where it is used.
    pub fn evaluate<'a>(&'a self, scope: &'a Scope<'a>) -> Result<Datum<'a>, Failure> {
        evaluate(&self.root, scope)
    }

    /// Whether it holds; `null` does not.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, Failure> {
        evaluate(&self.root, scope)?.truth()
    }

    /// Everything it looks at, in the order in which it is written.
    pub fn paths(&self) -> Vec<&Path> {
        let mut found = Vec::new();
        self.root.paths(&mut found);
        found
    }

    /// The path, when it is nothing else.
    pub fn as_path(&self) -> Option<&Path> {
        match &self.root {
            Node::Path(path) => Some(path),
            _ => None,
        }
    }
}
