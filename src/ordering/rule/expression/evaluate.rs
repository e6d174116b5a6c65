//! The value of an expression.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::Value;

use super::lex::decimal;
use super::parse::{Function, Node, Operator};
use super::{Datum, Scope};

/// Why an expression has no value, such as a text where a number is needed. It is a mistake in the
/// rule or in what it is used for, and is told to whoever keeps the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure(pub String);

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

type Evaluated<'a> = Result<Datum<'a>, Failure>;

impl Datum<'_> {
    /// Whether it holds as a condition.
    pub(super) fn truth(&self) -> Result<bool, Failure> {
        match self {
            Datum::Bool(truth) => Ok(*truth),
            Datum::Null => Ok(false),
            other => Err(wrong("a truth value", other)),
        }
    }
}

fn wrong(wanted: &str, found: &Datum<'_>) -> Failure {
    Failure(format!("{wanted} is needed, not {}", found.kind()))
}

pub(super) fn evaluate<'a>(node: &'a Node, scope: &'a Scope<'a>) -> Evaluated<'a> {
    match node {
        Node::Literal(datum) => Ok(borrowed(datum)),
        Node::Path(path) => Ok(scope.at(path)),
        Node::Not(node) => Ok(Datum::Bool(!evaluate(node, scope)?.truth()?)),
        Node::Negative(node) => match evaluate(node, scope)? {
            Datum::Number(number) => Ok(Datum::Number(-number)),
            Datum::Null => Ok(Datum::Null),
            other => Err(wrong("a number", &other)),
        },
        Node::Binary(operator, pair) => binary(*operator, &pair.0, &pair.1, scope),
        Node::Choice(parts) => match evaluate(&parts.0, scope)?.truth()? {
            true => evaluate(&parts.1, scope),
            false => evaluate(&parts.2, scope),
        },
        Node::In(node, list) => {
            let wanted = evaluate(node, scope)?;
            for candidate in list {
                if wanted == evaluate(candidate, scope)? {
                    return Ok(Datum::Bool(true));
                }
            }
            Ok(Datum::Bool(false))
        }
        Node::Call(function, arguments) => call(*function, arguments, scope),
    }
}

/// A literal is not copied when it is used.
fn borrowed<'a>(datum: &'a Datum<'static>) -> Datum<'a> {
    match datum {
        Datum::Null => Datum::Null,
        Datum::Bool(truth) => Datum::Bool(*truth),
        Datum::Number(number) => Datum::Number(*number),
        Datum::Text(text) => Datum::Text(Cow::Borrowed(text)),
        Datum::Other(value) => Datum::Other(Cow::Borrowed(value)),
    }
}

fn binary<'a>(
    operator: Operator,
    left: &'a Node,
    right: &'a Node,
    scope: &'a Scope<'a>,
) -> Evaluated<'a> {
    // The right side of these counts only where the left one does not decide.
    match operator {
        Operator::Or => {
            let truth = evaluate(left, scope)?.truth()? || evaluate(right, scope)?.truth()?;
            return Ok(Datum::Bool(truth));
        }
        Operator::And => {
            let truth = evaluate(left, scope)?.truth()? && evaluate(right, scope)?.truth()?;
            return Ok(Datum::Bool(truth));
        }
        _ => {}
    }
    let (a, b) = (evaluate(left, scope)?, evaluate(right, scope)?);
    let order = |fits: fn(Ordering) -> bool| compared(&a, &b).map(|o| o.is_some_and(fits));
    let truth = match operator {
        Operator::Equal => a == b,
        Operator::Different => a != b,
        Operator::Less => order(Ordering::is_lt)?,
        Operator::LessOrEqual => order(Ordering::is_le)?,
        Operator::Greater => order(Ordering::is_gt)?,
        Operator::GreaterOrEqual => order(Ordering::is_ge)?,
        _ => return computed(operator, &a, &b),
    };
    Ok(Datum::Bool(truth))
}

fn compared(a: &Datum<'_>, b: &Datum<'_>) -> Result<Option<Ordering>, Failure> {
    if a.is_null() || b.is_null() {
        return Ok(None);
    }
    let cannot = || Failure(format!("{} and {} have no order", a.kind(), b.kind()));
    a.order(b).ok_or_else(cannot).map(Some)
}

fn computed<'a>(operator: Operator, a: &Datum<'_>, b: &Datum<'_>) -> Evaluated<'a> {
    let (x, y) = match (a, b) {
        (Datum::Number(x), Datum::Number(y)) => (*x, *y),
        (Datum::Null, Datum::Number(_) | Datum::Null) | (Datum::Number(_), Datum::Null) => {
            return Ok(Datum::Null);
        }
        (Datum::Number(_) | Datum::Null, other) | (other, _) => {
            return Err(wrong("a number", other));
        }
    };
    if y.is_zero() && matches!(operator, Operator::Over | Operator::Rest) {
        return Err(Failure("division by zero".to_owned()));
    }
    let result = match operator {
        Operator::Plus => x.checked_add(y),
        Operator::Minus => x.checked_sub(y),
        Operator::Times => x.checked_mul(y),
        Operator::Over => x.checked_div(y),
        _ => x.checked_rem(y),
    };
    let result = result.ok_or_else(|| Failure("the number is too large".to_owned()))?;
    Ok(Datum::Number(result))
}

fn call<'a>(function: Function, arguments: &'a [Node], scope: &'a Scope<'a>) -> Evaluated<'a> {
    if function == Function::Coalesce {
        for argument in arguments {
            let value = evaluate(argument, scope)?;
            if !value.is_null() {
                return Ok(value);
            }
        }
        return Ok(Datum::Null);
    }
    let values: Vec<Datum<'a>> = arguments
        .iter()
        .map(|argument| evaluate(argument, scope))
        .collect::<Result<_, _>>()?;
    let first = values.first().unwrap_or(&Datum::Null);
    match function {
        Function::Concat => concat(&values),
        Function::Min => extreme(&values, Ordering::is_lt),
        Function::Max => extreme(&values, Ordering::is_gt),
        _ if first.is_null() => Ok(Datum::Null),
        Function::Upper => Ok(Datum::Text(text_of(function, first)?.to_uppercase().into())),
        Function::Lower => Ok(Datum::Text(text_of(function, first)?.to_lowercase().into())),
        Function::Round => round(first, values.get(1)),
        Function::Len => length(first),
        Function::Text => match first.key() {
            Some(text) => Ok(Datum::Text(text.into_owned().into())),
            None => Err(wrong("a text, a number or a truth value", first)),
        },
        Function::Number => number(first),
        Function::Coalesce => Ok(Datum::Null),
    }
}

fn text_of<'d>(function: Function, datum: &'d Datum<'_>) -> Result<&'d str, Failure> {
    match datum {
        Datum::Text(text) => Ok(text),
        other => Err(Failure(format!(
            "`{}` takes a text, not {}",
            function.name(),
            other.kind()
        ))),
    }
}

/// The texts one after the other; null adds nothing.
fn concat<'a>(values: &[Datum<'_>]) -> Evaluated<'a> {
    let mut text = String::new();
    for value in values.iter().filter(|value| !value.is_null()) {
        match value.key() {
            Some(part) => text.push_str(&part),
            None => return Err(wrong("a text, a number or a truth value", value)),
        }
    }
    Ok(Datum::Text(text.into()))
}

/// The smallest or largest; null does not count.
fn extreme<'a>(values: &[Datum<'a>], wins: fn(Ordering) -> bool) -> Evaluated<'a> {
    let mut best: Option<&Datum<'a>> = None;
    for value in values.iter().filter(|value| !value.is_null()) {
        let is_better = match best {
            None => true,
            Some(best) => compared(value, best)?.is_some_and(wins),
        };
        if is_better {
            best = Some(value);
        }
    }
    Ok(best.cloned().unwrap_or(Datum::Null))
}

/// Halves go away from zero, as amounts are rounded.
fn round<'a>(value: &Datum<'_>, digits: Option<&Datum<'_>>) -> Evaluated<'a> {
    let Datum::Number(number) = value else {
        return Err(wrong("a number", value));
    };
    let digits = match digits {
        None => 0,
        Some(Datum::Number(digits)) => u32::try_from(*digits)
            .ok()
            .filter(|d| *d <= Decimal::MAX_SCALE && Decimal::from(*d) == *digits)
            .ok_or_else(|| Failure("`round` takes 0 to 28 digits".to_owned()))?,
        Some(other) => return Err(wrong("a number", other)),
    };
    let rounded = number.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    Ok(Datum::Number(rounded))
}

fn length<'a>(value: &Datum<'_>) -> Evaluated<'a> {
    let length = match value {
        Datum::Text(text) => text.chars().count(),
        Datum::Other(value) => match value.as_ref() {
            Value::Array(elements) => elements.len(),
            _ => {
                return Err(wrong(
                    "a text or a list",
                    &Datum::Other(Cow::Borrowed(value)),
                ));
            }
        },
        other => return Err(wrong("a text or a list", other)),
    };
    Ok(Datum::Number(Decimal::from(length)))
}

fn number<'a>(value: &Datum<'_>) -> Evaluated<'a> {
    match value {
        Datum::Number(number) => Ok(Datum::Number(*number)),
        Datum::Text(text) => decimal(text)
            .map(Datum::Number)
            .ok_or_else(|| Failure(format!("`{text}` is not a number"))),
        other => Err(wrong("a number or a text", other)),
    }
}
