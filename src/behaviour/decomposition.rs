//! What only decomposition rules and number pools have: they are read when they are written, so that
//! an order never meets one that cannot be read.

use serde_json::Value;

use super::order::OrderMark;
use super::own::Own;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;
use crate::ordering::rule::Rule;
use crate::store::ResourceRow;

/// Kind of decomposition rules in the store.
pub const RULE: &str = "decompositionRule";
/// Kind of number pools in the store.
pub const POOL: &str = "numberPool";
/// Digits of a number behind the prefix.
const MAX_DIGITS: usize = 18;

/// The own rules of decomposition rules.
pub struct RuleRules {
    orders: OrderMark,
}

impl RuleRules {
    pub fn new(orders: OrderMark) -> Self {
        RuleRules { orders }
    }
}

impl Own for RuleRules {
    fn check(&self, _: &mut Change<'_, '_>, _: Option<&Value>, doc: &mut Value) -> Outcome<()> {
        self.orders.mark_rule();
        match Rule::compile("", doc) {
            Ok(_) => Ok(()),
            Err(violations) => Err(Problem::many(Code::InvalidBody, violations)),
        }
    }

    fn before_delete(&self, _: &mut Change<'_, '_>, _: &ResourceRow) -> Outcome<()> {
        self.orders.mark_rule();
        Ok(())
    }
}

/// The own rules of number pools.
pub struct PoolRules;

impl Own for PoolRules {
    fn check(&self, _: &mut Change<'_, '_>, _: Option<&Value>, doc: &mut Value) -> Outcome<()> {
        let ranges = doc.get("range").and_then(Value::as_array);
        let ranges = ranges.into_iter().flatten().enumerate();
        let violations: Vec<Violation> = ranges.filter_map(|(i, range)| fault(i, range)).collect();
        match violations.is_empty() {
            true => Ok(()),
            false => Err(Problem::many(Code::InvalidBody, violations)),
        }
    }
}

/// What is wrong with a range.
fn fault(index: usize, range: &Value) -> Option<Violation> {
    let text = |name: &str| range.get(name).and_then(Value::as_str).unwrap_or_default();
    let (first, last) = (text("first"), text("last"));
    let is_number = |text: &str| {
        (1..=MAX_DIGITS).contains(&text.len()) && text.bytes().all(|c| c.is_ascii_digit())
    };
    let message = if !is_number(first) || !is_number(last) {
        format!("`first` and `last` are texts of up to {MAX_DIGITS} digits")
    } else if first.len() != last.len() {
        "`first` and `last` have the same number of digits".to_owned()
    } else if first > last {
        "`first` is not after `last`".to_owned()
    } else {
        return None;
    };
    Some(Violation {
        path: format!("/range/{index}"),
        message,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::fault;

    #[test]
    fn ranges() {
        for (first, last, is_good) in [
            ("0001", "0099", true),
            ("7", "7", true),
            ("99", "10", false),
            ("1", "10", false),
            ("", "", false),
            ("+1", "+9", false),
            ("1", "1234567890123456789", false),
        ] {
            let range = json!({ "first": first, "last": last });
            assert_eq!(fault(0, &range).is_none(), is_good, "{first} to {last}");
        }
    }
}
