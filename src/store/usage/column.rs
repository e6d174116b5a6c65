//! Conditions of lists that a column of usage answers.

use crate::domain::clock::Micros;
use crate::domain::usage_facts::{key_of, reason_number};
use crate::domain::usage_status::UsageStatus;
use crate::store::plan::{Match, RangeOp};

/// A condition on a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    pub column: &'static str,
    pub test: Is,
}

/// How the value of a column is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Is {
    OneOf(Vec<i64>),
    Beyond(RangeOp, i64),
}

/// The condition that says the same of a column as one on an attribute says of the document. None for
/// attributes that have no column.
pub fn condition(path: &str, test: &Match) -> Option<Test> {
    let one_of = |column, numbers: fn(&str) -> Vec<i64>| {
        let values: &[String] = match test {
            Match::Equals(value) => std::slice::from_ref(value),
            Match::AnyOf(values) => values,
            Match::Range { .. } => return None,
        };
        let numbers = values.iter().flat_map(|value| numbers(value)).collect();
        Some(Test {
            column,
            test: Is::OneOf(numbers),
        })
    };
    match path {
        "usageStatus" => one_of("state", |word| {
            UsageStatus::parse(word)
                .map(UsageStatus::number)
                .into_iter()
                .collect()
        }),
        "status" => one_of("state", |word| {
            let all = UsageStatus::ALL.into_iter();
            let same = all.filter(|status| status.in_v5() == word);
            same.map(UsageStatus::number).collect()
        }),
        "statusReason.code" => one_of("reason", |code| vec![known(reason_number(code))]),
        "product.id" => one_of("product", |id| vec![key_of(id)]),
        "usageDate" => start(test),
        _ => None,
    }
}

/// A reason that nobody knows is nowhere, while 0 would be everywhere.
const fn known(reason: i64) -> i64 {
    if reason == 0 { -1 } else { reason }
}

fn start(test: &Match) -> Option<Test> {
    let column = "start_at";
    let instant = |text: &String| Micros::parse(text).map(|at| at.0);
    let is = match test {
        Match::Equals(value) => Is::OneOf(vec![instant(value)?]),
        Match::AnyOf(values) => Is::OneOf(values.iter().map(instant).collect::<Option<_>>()?),
        Match::Range { op, bound } => Is::Beyond(*op, instant(bound)?),
    };
    Some(Test { column, test: is })
}
