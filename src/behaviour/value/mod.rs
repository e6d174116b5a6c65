//! Rules about the values of one object, whatever document it stands in: a price written inside an
//! offering keeps the same rules as one of its own. They need no database.
//!
//! They refuse what contradicts itself, not what is missing: a resource is often made with little
//! more than a name and completed later.

mod account;
mod allowed;
mod billing_cycle;
mod bundle;
mod category;
mod definition;
mod money;
mod number;
mod option;
mod period;
mod price;
mod range;

pub use period::Period;

use std::collections::HashMap;

use super::trail::Trail;
use crate::domain::problem::Violation;
pub use crate::domain::value::{Object, is_spelled};
use crate::domain::value::{items, pattern, text, typed};
use regex::Regex;

/// Violations that one answer names; a document can hold thousands.
const VIOLATIONS_MAX: usize = 50;
/// Different regular expressions of one document: each takes time to compile while others wait to
/// write.
const PATTERNS_MAX: usize = 100;

/// A check of one object; what is wrong is reported with its place.
pub type Check = fn(&Object, &Trail<'_>, &mut Report);

/// What the checks of one document have found.
#[derive(Default)]
pub struct Report {
    violations: Vec<Violation>,
    patterns: HashMap<String, Regex>,
}

impl Report {
    fn push(&mut self, violation: Violation) {
        if self.violations.len() < VIOLATIONS_MAX {
            self.violations.push(violation);
        }
    }

    /// Compiles a regular expression, each once.
    fn compile(&mut self, expression: &str) -> Result<Regex, String> {
        if let Some(known) = self.patterns.get(expression) {
            return Ok(known.clone());
        }
        if self.patterns.len() >= PATTERNS_MAX {
            return Err(format!(
                "one document has {PATTERNS_MAX} different regular expressions at most"
            ));
        }
        let regex = pattern::compile(expression)?;
        self.patterns.insert(expression.to_owned(), regex.clone());
        Ok(regex)
    }

    /// Everything that is wrong.
    pub fn into_violations(self) -> Vec<Violation> {
        self.violations
    }
}

/// The check of an entity's objects, by the name of the entity in the stored form.
pub fn check_of(entity: &str) -> Option<Check> {
    Some(match entity {
        "TimePeriod" => period::check,
        "Money" => money::check,
        "Account" | "PartyAccount" | "BillingAccount" | "SettlementAccount"
        | "FinancialAccount" => account::check,
        "TaxExemptionCertificate" => account::check_exemption,
        "BillingCycleSpecification" => billing_cycle::check,
        "TaxItem" => price::check_tax,
        "ProductOfferingPrice" => price::check,
        "Category" => category::check,
        "ProductOffering" => bundle::check_offering,
        "ProductSpecification" => bundle::check_specification,
        "ProductSpecificationRelationship" => definition::check_relationship,
        "BundledProductOfferingOption" => option::check,
        "BundledGroupProductOffering" => option::check_group,
        "CharacteristicSpecification" => definition::check,
        "ProductSpecificationCharacteristicValueUse" => definition::check_use,
        _ => return None,
    })
}
