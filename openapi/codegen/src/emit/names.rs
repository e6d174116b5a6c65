//! Names of generated modules and statics.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Api;

/// Module of an API version: `tmf620_v5`.
pub fn module(api: &Api) -> String {
    format!("{}_{}", api.id.to_lowercase(), api.version)
}

/// `BundledProductOffering` becomes `BUNDLED_PRODUCT_OFFERING`, `POPCharge` becomes `POP_CHARGE`.
pub fn screaming(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut made = String::new();
    for (i, letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            continue;
        }
        let before = i.checked_sub(1).and_then(|b| letters.get(b));
        let after_lower = before.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        let ends_acronym = before.is_some_and(char::is_ascii_uppercase)
            && letters.get(i + 1).is_some_and(char::is_ascii_lowercase);
        if letter.is_ascii_uppercase() && (after_lower || ends_acronym) {
            made.push('_');
        }
        made.push(letter.to_ascii_uppercase());
    }
    made
}

/// A static name for each key, made distinct where two keys differ only in case.
pub fn distinct<'a>(keys: impl Iterator<Item = &'a String>) -> BTreeMap<String, String> {
    let mut taken = BTreeSet::new();
    let mut names = BTreeMap::new();
    for key in keys {
        let base = screaming(key);
        let mut name = base.clone();
        let mut number = 2;
        while !taken.insert(name.clone()) {
            name = format!("{base}_{number}");
            number += 1;
        }
        names.insert(key.clone(), name);
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acronyms_stay_together() {
        assert_eq!(
            screaming("BundledProductOffering"),
            "BUNDLED_PRODUCT_OFFERING"
        );
        assert_eq!(screaming("POPCharge"), "POP_CHARGE");
        assert_eq!(screaming("SLARef"), "SLA_REF");
        assert_eq!(screaming("@baseType"), "BASE_TYPE");
    }

    #[test]
    fn names_that_differ_in_case_stay_distinct() {
        let keys = ["Position".to_owned(), "position".to_owned()];
        let names = distinct(keys.iter());
        assert_ne!(names["Position"], names["position"]);
    }
}
