//! Whether a rule, or one of its outputs, applies.

use super::expression::{Datum, Failure, Scope};
use super::types::{Check, Rule, Test, Tested, When};
use crate::domain::clock::Micros;

impl Rule {
    /// Whether it counts at that time, leaving other versions of it aside.
    pub fn is_valid(&self, now: Micros) -> bool {
        self.is_active
            && self.from.is_none_or(|from| from <= now)
            && self.until.is_none_or(|until| now < until)
    }
}

impl When {
    /// Whether it holds for an item, or for a service or resource of it (`scope.service`), whose
    /// offering is in those categories.
    ///
    /// # Errors
    /// An expression has no value.
    pub fn holds(&self, scope: &Scope<'_>, categories: &[String]) -> Result<bool, Failure> {
        let one_of = |list: &[String], found: Option<&str>| {
            list.is_empty() || found.is_some_and(|found| list.iter().any(|id| id == found))
        };
        let in_category =
            self.categories.is_empty() || self.categories.iter().any(|id| categories.contains(id));
        let fits = (self.actions.is_empty() || self.actions.contains(&scope.action))
            && one_of(&self.products, scope.specification)
            && one_of(&self.offerings, scope.offering)
            && one_of(&self.services, scope.service)
            && one_of(&self.resources, scope.service)
            && in_category;
        if !fits {
            return Ok(false);
        }
        all_hold(&self.tests, scope)
    }
}

/// Whether all tests hold.
pub fn all_hold(tests: &[Test], scope: &Scope<'_>) -> Result<bool, Failure> {
    for test in tests {
        if !test.holds(scope)? {
            return Ok(false);
        }
    }
    Ok(true)
}

impl Test {
    fn holds(&self, scope: &Scope<'_>) -> Result<bool, Failure> {
        let value = match &self.what {
            Tested::Expression(expression) => return expression.holds(scope),
            Tested::Characteristic(name) => scope.characteristic(name),
            Tested::Place { role, attribute } => scope.place(role.as_deref(), attribute),
        };
        let datum = value.map_or(Datum::Null, Datum::of);
        Ok(self.checks.iter().all(|check| check.holds(&datum)))
    }
}

impl Check {
    /// Whether a value passes. What is not there passes only `present: false` and `notIn`.
    pub fn holds(&self, value: &Datum<'_>) -> bool {
        match self {
            Check::In(list) => list.iter().any(|one| one == value),
            Check::NotIn(list) => !list.iter().any(|one| one == value),
            Check::Present(wanted) => value.is_null() != *wanted,
            Check::AtLeast(least) => matches!(value, Datum::Number(n) if n >= least),
            Check::AtMost(most) => matches!(value, Datum::Number(n) if n <= most),
            Check::Matches(pattern) => matches!(value, Datum::Text(text) if pattern.is_match(text)),
        }
    }
}
