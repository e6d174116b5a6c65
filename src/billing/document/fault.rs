//! Why a document cannot be made.

use rust_decimal::Decimal;

/// A statement that contradicts itself, or that a form has no place for. No document is better
/// than a wrong one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A currency that has no smallest unit, so that nothing can be paid in it.
    Currency(&'static str),
    /// A sum is not what its parts add up to.
    Sum {
        what: String,
        given: Decimal,
        found: Decimal,
    },
    /// An amount has digits below the smallest unit of the currency.
    Digits { what: String, amount: Decimal },
    /// A sum beyond what can be computed exactly.
    Overflow,
    /// A bill other than a trial has no number, or a trial has one.
    Number,
    /// A period ends before it begins.
    Period,
    /// A line names a tax item that is not there.
    TaxItem { line: String, item: usize },
    /// A chart has a bar below zero.
    Chart(String),
    /// The European invoice cannot say this: the rule that it would break, by its name in
    /// EN 16931 where it has one, and what is wrong.
    Invoice { rule: &'static str, message: String },
    /// Data that are compiled in (labels, fonts) cannot be used.
    Data(String),
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Fault::Currency(code) => write!(f, "nothing can be paid in {code}"),
            Fault::Sum { what, given, found } => {
                write!(f, "{what} is given as {given}, its parts add up to {found}")
            }
            Fault::Digits { what, amount } => {
                write!(f, "{what}, {amount}, has digits below the smallest unit")
            }
            Fault::Overflow => f.write_str("a sum is too large"),
            Fault::Number => f.write_str("every bill has a number, a trial has none"),
            Fault::Period => f.write_str("a period ends before it begins"),
            Fault::TaxItem { line, item } => {
                write!(f, "line {line} names tax item {item}, which is not there")
            }
            Fault::Chart(title) => write!(f, "chart {title:?} has a bar below zero"),
            Fault::Invoice { rule, message } => write!(f, "{rule}: {message}"),
            Fault::Data(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Fault {}
