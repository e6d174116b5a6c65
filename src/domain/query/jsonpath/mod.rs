//! `filter`: JSONPath conditions (TMF630 part 6), for example
//! `$[?(@.status=='x' && @.note[?(@.author=='y')])]`.
//!
//! Supported: paths by dots and by quoted names in brackets, `[*]`, predicates in predicates,
//! `== != < <= > >= =~ && || !`, parentheses, strings, numbers, booleans, null, `length`, `min`,
//! `max`. A nested predicate holds for one single element. `!=` is the negation of `==`, so it is
//! true where there is no value. The rest of the grammar (slices, indexes, unions, `..`, `avg`,
//! `stddev`, comparing two paths) is recognised and answered by 501.

mod cursor;
mod expression;
mod literal;
mod location;

use super::condition::Conditions;
use super::filter::{Filter, Op};
use super::parameter::Parameter;
use super::scope::Scope;
use crate::domain::problem::{Code, Outcome, Problem};
use cursor::Cursor;

/// Longer texts are refused.
const MAX_BYTES: usize = 8 * 1024;

/// Why an expression is refused.
#[derive(Debug, PartialEq, Eq)]
enum Refusal {
    /// It is not JSONPath or does not fit the resource: 400.
    Invalid(String),
    /// It is JSONPath that the server does not evaluate: 501.
    Unsupported(String),
}

type Parsed<T> = Result<T, Refusal>;

/// Adds a `filter` parameter; several are ANDed.
pub(super) fn add(
    conditions: &mut Conditions,
    parameter: &Parameter,
    scope: &Scope,
) -> Outcome<()> {
    let text = parameter.value.as_str();
    if text.len() > MAX_BYTES {
        return Err(parameter.refuse(format!("it is longer than {MAX_BYTES} bytes")));
    }
    let mut parser = Parser {
        cursor: Cursor::new(text),
        budget: &mut conditions.budget,
        depth: 0,
    };
    let filter = parser
        .query(scope)
        .map_err(|refusal| problem(parameter, refusal))?;
    conditions.filters.push(filter);
    Ok(())
}

fn problem(parameter: &Parameter, refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Invalid(message) => parameter.refuse(message),
        Refusal::Unsupported(message) => {
            Problem::at(Code::NotImplemented, &parameter.name, message)
        }
    }
}

struct Parser<'a> {
    cursor: Cursor<'a>,
    budget: &'a mut super::condition::Budget,
    /// Predicates, parentheses and negations that are open.
    depth: usize,
}

impl Parser<'_> {
    /// The whole text: a path from the root whose predicates a document must satisfy.
    fn query(&mut self, scope: &Scope) -> Parsed<Filter> {
        self.cursor.blanks();
        if self.cursor.at_end() {
            return Err(self.cursor.expected("a JSONPath expression"));
        }
        if !self.cursor.take("$") && self.cursor.at_name() {
            // `note[?(...)]`: not only the `$` but its dot may be dropped.
            self.cursor.back_to_dot();
        }
        let location = self.location(scope.clone())?;
        self.cursor.blanks();
        if !self.cursor.at_end() {
            return Err(self.cursor.expected("'.', '[' or the end"));
        }
        let leaf = if location.names.is_empty() {
            None
        } else {
            Some(location.existence(Op::Present)?)
        };
        Ok(location.wrap(leaf))
    }
}
