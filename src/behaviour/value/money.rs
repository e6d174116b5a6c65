//! Amounts of money: in a currency of ISO 4217, and exact.

use serde_json::Value;

use super::{Object, Report, text};
use crate::behaviour::trail::Trail;
use crate::domain::money::{Currency, MoneyError, decimal_of};

/// `unit` and `value`, each when it is there.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    if let Some(unit) = text(object, "unit")
        && Currency::of(unit).is_none()
    {
        let message = format!("'{unit}' {}", MoneyError::UnknownCurrency);
        out.push(trail.member("unit").violation(message));
    }
    if let Some(Value::Number(value)) = object.get("value")
        && decimal_of(value).is_none()
    {
        out.push(
            trail
                .member("value")
                .violation(MoneyError::TooPrecise.to_string()),
        );
    }
}
