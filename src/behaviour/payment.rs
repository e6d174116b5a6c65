//! Payments and refunds (TMF676): their amounts make sense, and the date of their status is that of its last
//! change.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::own::Own;
use super::trail::Trail;
use crate::domain::money::Money;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;

/// The kinds in the store.
pub const PAYMENT: &str = "payment";
pub const REFUND: &str = "refund";

const STATUS: &str = "status";
const CHANGED_AT: &str = "statusDate";
const TOTAL: &str = "totalAmount";
const ITEMS: &str = "paymentItem";

/// The own rules of payments and of refunds.
pub struct PaymentRules;

impl Own for PaymentRules {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let Some(doc) = doc.as_object_mut() else {
            return Ok(());
        };
        if old.is_none() {
            let wrong = wrong_amounts(doc);
            if !wrong.is_empty() {
                return Err(Problem::many(Code::InvalidBody, wrong));
            }
        }
        // One that comes from elsewhere brings its date.
        let fresh = old.is_none() && !doc.contains_key(CHANGED_AT);
        let moved = old.is_some_and(|old| old.get(STATUS) != doc.get(STATUS));
        if fresh || moved {
            let at = Value::from(change.now.to_rfc3339());
            doc.insert(CHANGED_AT.to_owned(), at);
        }
        Ok(())
    }
}

/// What is wrong with the amounts of a document, each with its place.
fn wrong_amounts(doc: &Map<String, Value>) -> Vec<Violation> {
    let mut wrong = Vec::new();
    let at = Trail::ROOT.member(TOTAL);
    let Some(total) = doc
        .get(TOTAL)
        .and_then(|total| read(total, &at, &mut wrong))
    else {
        return wrong;
    };
    if total.value <= Decimal::ZERO {
        let message = "must be more than nothing";
        wrong.push(at.member("value").violation(message));
        return wrong;
    }
    let mut parts = Parts {
        total,
        wrong: &mut wrong,
    };
    for name in ["amount", "taxAmount"] {
        parts.part(doc, name, &Trail::ROOT);
    }
    parts.items(doc);
    wrong
}

/// An amount that money can be moved in.
fn read(json: &Value, at: &Trail<'_>, wrong: &mut Vec<Violation>) -> Option<Money> {
    match Money::read(json) {
        Ok(money) if money.is_payable() => Some(money),
        Ok(money) => {
            let message = format!("has more digits than {} has", money.currency.code);
            wrong.push(at.member("value").violation(message));
            None
        }
        Err(error) => {
            let place = error.attribute().trim_start_matches('/');
            let violation = match place {
                "" => at.violation(error.to_string()),
                place => at.member(place).violation(error.to_string()),
            };
            wrong.push(violation);
            None
        }
    }
}

/// The parts of a total.
struct Parts<'w> {
    total: Money,
    wrong: &'w mut Vec<Violation>,
}

impl Parts<'_> {
    /// An amount that may be there: not negative, and in the currency of the total.
    fn part(&mut self, of: &Map<String, Value>, name: &str, above: &Trail<'_>) -> Option<Money> {
        let at = above.member(name);
        let part = read(of.get(name)?, &at, self.wrong)?;
        if part.currency != self.total.currency {
            let code = self.total.currency.code;
            let message = format!("must be '{code}', the currency of {TOTAL}");
            self.wrong.push(at.member("unit").violation(message));
            return None;
        }
        if part.value < Decimal::ZERO {
            let message = "must not be negative";
            self.wrong.push(at.member("value").violation(message));
            return None;
        }
        Some(part)
    }

    /// All items together pay no more than is paid.
    fn items(&mut self, doc: &Map<String, Value>) {
        let items = doc.get(ITEMS).and_then(Value::as_array);
        let at = Trail::ROOT.member(ITEMS);
        let mut left = Some(self.total.value);
        for (index, item) in items.into_iter().flatten().enumerate() {
            let Some(item) = item.as_object() else {
                continue;
            };
            let at = at.item(index);
            for name in ["amount", "taxAmount"] {
                self.part(item, name, &at);
            }
            let Some(part) = self.part(item, TOTAL, &at) else {
                continue;
            };
            left = left.and_then(|left| left.checked_sub(part.value));
            if left.is_none_or(|left| left < Decimal::ZERO) {
                let message = format!("the items come to more than {TOTAL}");
                let at = at.member(TOTAL);
                self.wrong.push(at.member("value").violation(message));
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::wrong_amounts;

    /// Places and messages of what is wrong.
    fn wrong(doc: &Value) -> Vec<String> {
        let Some(doc) = doc.as_object() else {
            panic!("a document");
        };
        let found = wrong_amounts(doc);
        found
            .iter()
            .map(|v| format!("{} {}", v.path, v.message))
            .collect()
    }

    #[test]
    fn a_payment_pays_something_in_one_currency() {
        let eur = |value: Value| json!({"unit": "EUR", "value": value});
        assert!(wrong(&json!({"totalAmount": eur(json!(10.50))})).is_empty());
        assert_eq!(
            wrong(&json!({"totalAmount": eur(json!(0))})),
            ["/totalAmount/value must be more than nothing"]
        );
        assert_eq!(
            wrong(&json!({"totalAmount": {"value": 1}})),
            ["/totalAmount/unit must be a currency code"]
        );
        assert_eq!(
            wrong(&json!({"totalAmount": eur(json!(0.001))})),
            ["/totalAmount/value has more digits than EUR has"]
        );
        let mixed = json!({"totalAmount": eur(json!(5)), "taxAmount": {"unit": "USD", "value": 1}});
        assert_eq!(
            wrong(&mixed),
            ["/taxAmount/unit must be 'EUR', the currency of totalAmount"]
        );
    }

    #[test]
    fn items_pay_no_more_than_the_total() {
        let item = |value: Value| json!({"item": {"id": "1"}, "totalAmount": {"unit": "EUR", "value": value}});
        let payment = |items: Vec<Value>| json!({"totalAmount": {"unit": "EUR", "value": 10}, "paymentItem": items});
        let good = payment(vec![
            item(json!(4)),
            item(json!(6.00)),
            json!({"item": {"id": "2"}}),
        ]);
        assert!(wrong(&good).is_empty());
        assert_eq!(
            wrong(&payment(vec![item(json!(4)), item(json!(6.01))])),
            ["/paymentItem/1/totalAmount/value the items come to more than totalAmount"]
        );
        assert_eq!(
            wrong(&payment(vec![item(json!(-1))])),
            ["/paymentItem/0/totalAmount/value must not be negative"]
        );
    }
}
