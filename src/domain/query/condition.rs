//! Turning parameters into tests, and gathering what is ORed.

use super::filter::{Filter, Op, Test};
use super::operand::Operand;
use super::parameter::{Parameter, Sign};
use super::scope::{Found, Scope};
use super::typed;
use crate::domain::problem::Outcome;

/// Values and patterns that one request may hold: each value costs a comparison per document, each
/// pattern a compilation.
const MAX_VALUES: usize = 1_000;
const MAX_PATTERNS: usize = 20;

/// What a request has used up.
#[derive(Default)]
pub(super) struct Budget {
    values: usize,
    patterns: usize,
}

impl Budget {
    pub(super) fn value(&mut self, op: Op) -> Result<(), String> {
        self.values += 1;
        if self.values > MAX_VALUES {
            return Err(format!("the query holds more than {MAX_VALUES} values"));
        }
        if matches!(op, Op::Regex | Op::Like) {
            self.patterns += 1;
        }
        if self.patterns > MAX_PATTERNS {
            return Err(format!("the query holds more than {MAX_PATTERNS} patterns"));
        }
        Ok(())
    }
}

/// The tests of a request, those of one attribute and one operator gathered: repetition, like the
/// comma, means OR (TMF630 part 1, 4.4). Under `.ne` this says: none of the values.
#[derive(Default)]
pub(super) struct Conditions {
    tests: Vec<Test>,
    pub filters: Vec<Filter>,
    pub budget: Budget,
}

impl Conditions {
    /// Adds an attribute filter.
    pub(super) fn add(&mut self, parameter: &Parameter, scope: &Scope) -> Outcome<()> {
        let test = self
            .test(parameter, scope)
            .map_err(|message| parameter.refuse(message))?;
        let same = |known: &&mut Test| known.path == test.path && known.op == test.op;
        match self.tests.iter_mut().find(same) {
            Some(known) => known.values.extend(test.values),
            None => self.tests.push(test),
        }
        Ok(())
    }

    /// Everything, ANDed; `None` when nothing was asked.
    pub(super) fn finish(self) -> Option<Filter> {
        let tests = self.tests.into_iter().map(Filter::Test);
        match Filter::all(tests.chain(self.filters)) {
            Filter::All(none) if none.is_empty() => None,
            filter => Some(filter),
        }
    }

    fn test(&mut self, parameter: &Parameter, scope: &Scope) -> Result<Test, String> {
        let names: Vec<&str> = parameter.name.split('.').collect();
        let (names, suffix) = suffix(&names, scope);
        let found = scope.resolve(names)?;
        let op = match (parameter.sign, suffix) {
            (Sign::Present, None) => return Ok(existence(found, true)),
            (Sign::Absent, None) => return Ok(existence(found, false)),
            (Sign::Present | Sign::Assign, Some(Suffix::IsNull)) => {
                return is_null(parameter, found);
            }
            (Sign::Operator(_), Some(_)) => return Err("it has two operators".to_owned()),
            (_, Some(_)) if parameter.sign != Sign::Assign => {
                return Err("the operator needs '=' and a value".to_owned());
            }
            (Sign::Operator(op), None) => Suffix::Op(op),
            (_, Some(suffix)) => suffix,
            (Sign::Assign, None) => Suffix::Op(Op::Eq),
        };
        let values = values(parameter, op);
        self.compare(found, op.op(), values)
    }

    fn compare(&mut self, found: Found, op: Op, values: Vec<String>) -> Result<Test, String> {
        comparable(&found)?;
        if values.is_empty() {
            return Err("it has no value".to_owned());
        }
        let mut operands = Vec::with_capacity(values.len());
        for value in values {
            self.budget.value(op)?;
            operands.push(Operand::read(value, found.path.scalar, op)?);
        }
        Ok(Test {
            path: found.path,
            op,
            values: operands,
        })
    }
}

/// Refuses to compare objects.
pub(super) fn comparable(found: &Found) -> Result<(), String> {
    if found.object {
        return Err("it is an object; compare one of its attributes".to_owned());
    }
    Ok(())
}

/// A test of being there.
pub(super) fn existence(found: Found, there: bool) -> Test {
    Test {
        path: found.path,
        op: if there { Op::Present } else { Op::Absent },
        values: Vec::new(),
    }
}

fn is_null(parameter: &Parameter, found: Found) -> Result<Test, String> {
    if parameter.sign == Sign::Present {
        return Ok(existence(found, false));
    }
    let text = parameter.value.as_str();
    match typed::boolean(super::raw::unquoted(text)) {
        Some(null) => Ok(existence(found, !null)),
        None => Err(format!(
            "'{}' is not true or false",
            super::raw::shown(text)
        )),
    }
}

/// An operator at the end of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Suffix {
    Op(Op),
    In,
    Nin,
    IsNull,
}

impl Suffix {
    fn parse(name: &str) -> Option<Self> {
        const NAMES: [(&str, Suffix); 14] = [
            ("eq", Suffix::Op(Op::Eq)),
            ("ne", Suffix::Op(Op::Ne)),
            ("gt", Suffix::Op(Op::Gt)),
            ("gte", Suffix::Op(Op::Gte)),
            ("lt", Suffix::Op(Op::Lt)),
            ("lte", Suffix::Op(Op::Lte)),
            ("regex", Suffix::Op(Op::Regex)),
            ("like", Suffix::Op(Op::Like)),
            ("contains", Suffix::Op(Op::Contains)),
            ("startswith", Suffix::Op(Op::StartsWith)),
            ("endswith", Suffix::Op(Op::EndsWith)),
            ("in", Suffix::In),
            ("nin", Suffix::Nin),
            ("isnull", Suffix::IsNull),
        ];
        NAMES
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, suffix)| *suffix)
    }

    fn op(self) -> Op {
        match self {
            Suffix::Op(op) => op,
            Suffix::Nin => Op::Ne,
            Suffix::In | Suffix::IsNull => Op::Eq,
        }
    }
}

/// Cuts off an operator, unless an attribute of that name is declared there.
fn suffix<'a, 'n>(names: &'a [&'n str], scope: &Scope) -> (&'a [&'n str], Option<Suffix>) {
    let Some((last, before)) = names.split_last() else {
        return (names, None);
    };
    match Suffix::parse(last) {
        Some(suffix) if !before.is_empty() && !scope.declares(names) => (before, Some(suffix)),
        _ => (names, None),
    }
}

/// A regular expression keeps its commas. The lists of `.in` and `.nin` are cut at encoded commas
/// too, for clients that encode whatever they can.
fn values(parameter: &Parameter, suffix: Suffix) -> Vec<String> {
    match suffix {
        Suffix::Op(Op::Regex) => {
            vec![super::raw::unquoted(parameter.value.as_str()).to_owned()]
        }
        Suffix::In | Suffix::Nin => parameter.value.list(true),
        _ => parameter.value.list(false),
    }
}
