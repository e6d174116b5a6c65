//! Conditions on a document, and their evaluation.

use std::cmp::Ordering;

use serde_json::Value;

use super::operand::Operand;
use super::path::Path;
use super::typed::text_of;
use crate::domain::json::number::Decimal;

/// A condition on a document.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// Every one holds.
    All(Vec<Filter>),
    /// At least one holds.
    Any(Vec<Filter>),
    Not(Box<Filter>),
    Test(Test),
    /// One single element of the array at the path satisfies the inner filter (an object there
    /// counts as the only element). Paths of the inner filter start at the element.
    Element {
        path: Path,
        filter: Box<Filter>,
    },
    /// A number worked out of what is at the path (TMF630 part 6).
    Measure(Measure),
}

/// A comparison of the values at a path. Several values on either side mean that any may fit.
#[derive(Clone, Debug, PartialEq)]
pub struct Test {
    pub path: Path,
    pub op: Op,
    /// Empty for [`Op::Present`] and [`Op::Absent`], at least one otherwise.
    pub values: Vec<Operand>,
}

/// How values compare. `.in` is [`Op::Eq`] and `.nin` is [`Op::Ne`] with several operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Op {
    /// Some value at the path equals some operand.
    Eq,
    /// The negation of [`Op::Eq`]: also true where there is no value.
    Ne,
    Gt,
    Gte,
    Lt,
    Lte,
    /// The regular expression occurs in the value; anchor it with `^` and `$`.
    Regex,
    /// The whole value fits a pattern of `%`, `*` and `_`.
    Like,
    Contains,
    StartsWith,
    EndsWith,
    /// There is a value other than null.
    Present,
    /// The negation of [`Op::Present`].
    Absent,
}

/// `length(@.note) > 2`.
#[derive(Clone, Debug, PartialEq)]
pub struct Measure {
    pub function: Function,
    pub path: Path,
    /// One of the six comparisons.
    pub op: Op,
    pub value: Operand,
}

/// A function of TMF630 part 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Elements of an array, members of an object, characters of a string.
    Length,
    /// The smallest of the numbers at the path.
    Min,
    /// The largest.
    Max,
}

impl Filter {
    /// All of them, nested conjunctions laid flat; a single one stands for itself.
    pub fn all(filters: impl IntoIterator<Item = Filter>) -> Filter {
        let mut flat = Vec::new();
        for filter in filters {
            match filter {
                Filter::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        match flat.pop() {
            Some(only) if flat.is_empty() => only,
            Some(last) => {
                flat.push(last);
                Filter::All(flat)
            }
            None => Filter::All(flat),
        }
    }

    /// Decides for a document. An array on a path is passed through: any element may fit.
    pub fn matches(&self, doc: &Value) -> bool {
        match self {
            Filter::All(filters) => filters.iter().all(|f| f.matches(doc)),
            Filter::Any(filters) => filters.iter().any(|f| f.matches(doc)),
            Filter::Not(filter) => !filter.matches(doc),
            Filter::Test(test) => test.matches(doc),
            Filter::Element { path, filter } => {
                path.any(doc, &mut |element| filter.matches(element))
            }
            Filter::Measure(measure) => measure.matches(doc),
        }
    }

    /// The conditions that must all hold, for an engine that answers some of them by index.
    pub fn conjuncts(&self) -> &[Filter] {
        match self {
            Filter::All(filters) => filters,
            other => std::slice::from_ref(other),
        }
    }

    /// The same by value.
    pub fn into_conjuncts(self) -> Vec<Filter> {
        match self {
            Filter::All(filters) => filters,
            other => vec![other],
        }
    }

    /// Takes out those top-level ANDed tests that `indexed` accepts; the rest remains to be
    /// evaluated on each document.
    pub fn split(self, mut indexed: impl FnMut(&Test) -> bool) -> (Vec<Test>, Option<Filter>) {
        let mut tests = Vec::new();
        let mut rest = Vec::new();
        for filter in self.into_conjuncts() {
            match filter {
                Filter::Test(test) if indexed(&test) => tests.push(test),
                other => rest.push(other),
            }
        }
        let rest = (!rest.is_empty()).then(|| Filter::all(rest));
        (tests, rest)
    }

    /// True when the filter looks at the attribute at that dotted path or at something below it.
    pub fn mentions(&self, path: &str) -> bool {
        let mut found = false;
        self.paths(&mut |mentioned| found |= is_at_or_below(mentioned, path));
        found
    }

    /// Calls `seen` with the dotted path, from the document's root, of everything looked at.
    pub fn paths(&self, seen: &mut dyn FnMut(&str)) {
        self.paths_below("", seen);
    }

    fn paths_below(&self, prefix: &str, seen: &mut dyn FnMut(&str)) {
        match self {
            Filter::All(filters) | Filter::Any(filters) => {
                for filter in filters {
                    filter.paths_below(prefix, seen);
                }
            }
            Filter::Not(filter) => filter.paths_below(prefix, seen),
            Filter::Test(test) => seen(&joined(prefix, test.path.dotted())),
            Filter::Measure(measure) => seen(&joined(prefix, measure.path.dotted())),
            Filter::Element { path, filter } => {
                let place = joined(prefix, path.dotted());
                seen(&place);
                filter.paths_below(&place, seen);
            }
        }
    }

    /// Calls `change` with the dotted path, from the document's root, and each operand of a test.
    pub fn operands_mut(&mut self, change: &mut dyn FnMut(&str, &mut Operand)) {
        self.operands_below("", change);
    }

    fn operands_below(&mut self, prefix: &str, change: &mut dyn FnMut(&str, &mut Operand)) {
        match self {
            Filter::All(filters) | Filter::Any(filters) => {
                for filter in filters {
                    filter.operands_below(prefix, change);
                }
            }
            Filter::Not(filter) => filter.operands_below(prefix, change),
            Filter::Test(test) => {
                let place = joined(prefix, test.path.dotted());
                for operand in &mut test.values {
                    change(&place, operand);
                }
            }
            Filter::Measure(_) => {}
            Filter::Element { path, filter } => {
                filter.operands_below(&joined(prefix, path.dotted()), change);
            }
        }
    }
}

fn is_at_or_below(path: &str, place: &str) -> bool {
    path.strip_prefix(place)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn joined(prefix: &str, path: &str) -> String {
    match (prefix.is_empty(), path.is_empty()) {
        (true, _) => path.to_owned(),
        (false, true) => prefix.to_owned(),
        (false, false) => format!("{prefix}.{path}"),
    }
}

impl Test {
    /// Decides for a document.
    pub fn matches(&self, doc: &Value) -> bool {
        match self.op {
            Op::Present => self.path.any(doc, &mut |v| !v.is_null()),
            Op::Absent => !self.path.any(doc, &mut |v| !v.is_null()),
            Op::Ne => !self.any_value(doc, Op::Eq),
            op => self.any_value(doc, op),
        }
    }

    fn any_value(&self, doc: &Value, op: Op) -> bool {
        self.path.any(doc, &mut |value| {
            self.values.iter().any(|o| fits(value, op, o))
        })
    }
}

fn fits(value: &Value, op: Op, operand: &Operand) -> bool {
    let text = |test: &dyn Fn(&str) -> bool| text_of(value).is_some_and(test);
    match op {
        Op::Regex | Op::Like => text(&|t| operand.occurs_in(t)),
        Op::Contains => text(&|t| t.contains(operand.text())),
        Op::StartsWith => text(&|t| t.starts_with(operand.text())),
        Op::EndsWith => text(&|t| t.ends_with(operand.text())),
        _ => operand.order(value).is_some_and(|order| op.accepts(order)),
    }
}

impl Op {
    /// True for the six comparisons.
    pub fn is_comparison(self) -> bool {
        matches!(self, Op::Eq | Op::Ne | Op::Gt | Op::Gte | Op::Lt | Op::Lte)
    }

    fn accepts(self, order: Ordering) -> bool {
        match self {
            Op::Eq => order.is_eq(),
            Op::Ne => order.is_ne(),
            Op::Gt => order.is_gt(),
            Op::Gte => order.is_ge(),
            Op::Lt => order.is_lt(),
            Op::Lte => order.is_le(),
            _ => false,
        }
    }
}

impl Measure {
    fn matches(&self, doc: &Value) -> bool {
        match self.function {
            Function::Length => self.path.any_whole(doc, &mut |value| {
                length(value).is_some_and(|n| self.accepts(&Value::from(n)))
            }),
            Function::Min => self.extreme(doc, Ordering::Less),
            Function::Max => self.extreme(doc, Ordering::Greater),
        }
    }

    fn accepts(&self, value: &Value) -> bool {
        self.value
            .order(value)
            .is_some_and(|order| self.op.accepts(order))
    }

    fn extreme(&self, doc: &Value, wanted: Ordering) -> bool {
        let mut best: Option<Value> = None;
        self.path.any(doc, &mut |value| {
            let Value::Number(number) = value else {
                return false;
            };
            let better = match &best {
                Some(Value::Number(best)) => {
                    let pair = Decimal::parse(number.as_str()).zip(Decimal::parse(best.as_str()));
                    pair.is_some_and(|(new, old)| new.compare(&old) == wanted)
                }
                _ => true,
            };
            if better {
                best = Some(value.clone());
            }
            false
        });
        best.is_some_and(|value| self.accepts(&value))
    }
}

fn length(value: &Value) -> Option<usize> {
    match value {
        Value::Array(items) => Some(items.len()),
        Value::Object(members) => Some(members.len()),
        Value::String(text) => Some(text.chars().count()),
        _ => None,
    }
}
