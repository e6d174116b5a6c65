//! `isBundle` against the members. A bundle without members is merely unfinished, and members
//! without `isBundle` say clearly enough what is meant; only members in what is said to be no
//! bundle are a contradiction.

use serde_json::Value;

use super::{Object, Report, definition, items};
use crate::behaviour::trail::Trail;

/// The members of a bundled offering, and names of its own characteristics.
pub fn check_offering(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check(
        object,
        &["bundledProductOffering", "bundledGroupProductOffering"],
        trail,
        out,
    );
    definition::unique_names(object, "productOfferingCharacteristic", trail, out);
}

/// The members of a bundled specification, and names of its characteristics.
pub fn check_specification(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check(object, &["bundledProductSpecification"], trail, out);
    definition::unique_names(object, "productSpecCharacteristic", trail, out);
}

/// No members where `isBundle` is false.
pub fn check(object: &Object, members: &[&str], trail: &Trail<'_>, out: &mut Report) {
    if object.get("isBundle") != Some(&Value::Bool(false)) {
        return;
    }
    if let Some(name) = members.iter().find(|name| !items(object, name).is_empty()) {
        let message = format!("must be true where there is {name}");
        out.push(trail.member("isBundle").violation(message));
    }
}
