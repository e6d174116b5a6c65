//! Values of closed sets that the versions spell differently: v4's `deceaded` is v5's `deceased`.
//!
//! Where the sets of an attribute differ in exactly one value on each side, these two are the same
//! value. They are exchanged, so that going there and back is the identity.

use serde_json::Value;

use super::Object;
use crate::domain::descriptor::{Attribute, Entity, Enum, Kind};

/// Exchanges spellings in an object whose attributes have their v4 names. It is the same both ways.
pub(super) fn exchange(entity: &'static Entity, object: &mut Object) {
    let Some(canonical) = entity.canonical else {
        return;
    };
    for attribute in entity.attributes {
        let Kind::Enum(own) = attribute.kind else {
            continue;
        };
        let Some(Value::String(value)) = object.get_mut(attribute.name) else {
            continue;
        };
        let Some((older, newer)) = pair(own, attribute, canonical) else {
            continue;
        };
        if value == older {
            newer.clone_into(value);
        } else if value == newer {
            older.clone_into(value);
        }
    }
}

/// The two spellings of one value, that of the older version first.
fn pair(
    own: &'static Enum,
    attribute: &Attribute,
    canonical: &'static Entity,
) -> Option<(&'static str, &'static str)> {
    let stored = attribute.canonical.unwrap_or(attribute.name);
    let Kind::Enum(stored) = canonical.attribute(stored)?.kind else {
        return None;
    };
    Some((only_in(own, stored)?, only_in(stored, own)?))
}

/// The one value that a set has and another one lacks; none when there are several.
fn only_in(set: &'static Enum, other: &'static Enum) -> Option<&'static str> {
    let mut foreign = set
        .values
        .iter()
        .filter(|value| !other.values.contains(value));
    match (foreign.next(), foreign.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::pair;
    use crate::api::generated::APIS;
    use crate::domain::adapt::{down, up};
    use crate::domain::descriptor::{ApiVersion, Kind};

    #[test]
    fn the_pairs_of_all_apis() {
        let mut found = Vec::new();
        for entity in APIS.iter().flat_map(|api| api.entities.iter()) {
            let Some(canonical) = entity.canonical else {
                continue;
            };
            for attribute in entity.attributes {
                if let Kind::Enum(own) = attribute.kind
                    && let Some((older, newer)) = pair(own, attribute, canonical)
                {
                    found.push((attribute.name, older, newer));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        // Look at each that comes new: is it really the same value?
        assert_eq!(found, [("status", "deceaded", "deceased")]);
    }

    #[test]
    fn there_and_back() {
        let resource = APIS
            .iter()
            .filter(|api| api.version == ApiVersion::V4)
            .flat_map(|api| api.resources.iter())
            .find(|resource| resource.kind == "individual")
            .expect("individuals");
        let sent = json!({ "@type": "Individual", "familyName": "Moss", "status": "deceaded" });
        let stored = up(resource, sent.clone(), None);
        assert_eq!(stored["status"], "deceased");
        assert_eq!(down(resource, stored), sent);
    }
}
