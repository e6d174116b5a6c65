//! What the adapter promises, for documents made from the descriptors.

use proptest::prelude::*;
use serde_json::Value;

use super::fixture::{
    CATALOG_R5, CATEGORY_R5, OFFERING_R5, PRICE_R5, RESOURCES_V4, SPECIFICATION_R5,
};
use super::generate::{Wish, document};
use crate::domain::adapt::{down, up};
use crate::domain::descriptor::Resource;

const CASES: usize = 4_000;

fn stored_entity(resource: &Resource) -> &'static crate::domain::descriptor::Entity {
    [
        &CATALOG_R5,
        &CATEGORY_R5,
        &OFFERING_R5,
        &PRICE_R5,
        &SPECIFICATION_R5,
    ]
    .into_iter()
    .find(|r| r.kind == resource.kind)
    .expect("each v4 resource has a v5 one")
    .entity
}

fn each(wish: Wish, check: impl Fn(&'static Resource, Value), stored: bool) {
    let config = ProptestConfig::default();
    let mut rng = proptest::test_runner::TestRng::deterministic_rng(config.rng_algorithm);
    for case in 0..CASES {
        let resource = RESOURCES_V4[case % RESOURCES_V4.len()];
        let entity = if stored {
            stored_entity(resource)
        } else {
            resource.entity
        };
        check(resource, document(entity, wish, &mut rng));
    }
}

/// Everything of the first is in the second; what the second has more is one of `additions`.
fn contained(part: &Value, whole: &Value, additions: &[&str]) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let kept = part.iter().all(|(name, value)| {
                whole
                    .get(name)
                    .is_some_and(|w| contained(value, w, additions))
            });
            let added = whole
                .keys()
                .all(|name| part.contains_key(name) || additions.contains(&name.as_str()));
            kept && added
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len()
                && part
                    .iter()
                    .zip(whole)
                    .all(|(p, w)| contained(p, w, additions))
        }
        _ => part == whole,
    }
}

#[test]
fn what_was_sent_through_v4_is_read_through_v4() {
    let wish = Wish {
        typed: false,
        odd: true,
    };
    each(
        wish,
        |resource, sent| {
            let stored = up(resource, sent.clone(), None);
            let shown = down(resource, stored.clone());
            assert!(
                contained(&sent, &shown, &["@type", "@referredType"]),
                "{}\nsent   {sent}\nstored {stored}\nshown  {shown}",
                resource.path
            );
            let again = up(resource, shown.clone(), None);
            assert_eq!(
                again, stored,
                "{}\nsent {sent}\nshown {shown}",
                resource.path
            );
        },
        false,
    );
}

#[test]
fn a_v4_document_with_all_types_comes_back_unchanged() {
    let wish = Wish {
        typed: true,
        odd: true,
    };
    each(
        wish,
        |resource, sent| {
            let stored = up(resource, sent.clone(), None);
            assert_eq!(
                down(resource, stored.clone()),
                sent,
                "{}\nstored {stored}",
                resource.path
            );
        },
        false,
    );
}

#[test]
fn a_stored_document_survives_v4() {
    let wish = Wish {
        typed: true,
        odd: true,
    };
    each(
        wish,
        |resource, stored| {
            let shown = down(resource, stored.clone());
            assert_eq!(
                up(resource, shown.clone(), None),
                stored,
                "{}\nshown {shown}",
                resource.path
            );
        },
        true,
    );
}

#[test]
fn the_previous_document_does_not_matter_when_nothing_was_changed() {
    let wish = Wish {
        typed: true,
        odd: true,
    };
    each(
        wish,
        |resource, stored| {
            let shown = down(resource, stored.clone());
            assert_eq!(up(resource, shown, Some(&stored)), stored);
        },
        true,
    );
}
