//! What the adapter promises, checked on documents made from descriptors.

use proptest::test_runner::{RngAlgorithm, TestRng};
use serde_json::Value;

use super::adapt::{down, up};
use super::descriptor::{Entity, Resource};
use super::generate::{Wish, document};

/// A resource of v4, and the same in the version that is stored.
pub type Pair = (&'static Resource, &'static Resource);

/// Documents for each pair.
const CASES: usize = 1_000;

const ALL_TYPES: Wish = Wish {
    typed: true,
    odd: true,
};

/// What v4 requires, and the class tells.
const ADDED: [&str; 4] = ["@type", "@referredType", "isRef", "mediumType"];

fn each(pairs: &[Pair], entity: fn(&Pair) -> &'static Entity, wish: Wish, check: fn(&Pair, Value)) {
    // Always the same documents, so that a failure can be looked at again.
    let mut rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    for pair in pairs {
        for _ in 0..CASES {
            check(pair, document(entity(pair), wish, &mut rng));
        }
    }
}

fn v4(pair: &Pair) -> &'static Entity {
    pair.0.entity
}

fn stored(pair: &Pair) -> &'static Entity {
    pair.1.entity
}

/// `down(up(x))` contains `x` for any document, and adds nothing but types and what they tell.
pub fn sent_is_read(pairs: &[Pair]) {
    let wish = Wish {
        typed: false,
        odd: true,
    };
    each(pairs, v4, wish, |(resource, _), sent| {
        let stored = up(resource, sent.clone(), None);
        let shown = down(resource, stored.clone());
        assert!(
            contained(&sent, &shown, &ADDED),
            "{}\nsent   {sent}\nstored {stored}\nshown  {shown}",
            resource.path
        );
        let again = up(resource, shown.clone(), None);
        same(resource, &again, &stored, &sent);
    });
}

/// `down(up(x)) == x` for a document that has all its types.
pub fn typed_comes_back_unchanged(pairs: &[Pair]) {
    each(pairs, v4, ALL_TYPES, |(resource, _), sent| {
        let stored = up(resource, sent.clone(), None);
        let shown = down(resource, stored.clone());
        same(resource, &shown, &sent, &stored);
    });
}

/// `up(down(c)) == c` for a stored document that has all its types.
pub fn stored_survives(pairs: &[Pair]) {
    each(pairs, stored, ALL_TYPES, |(resource, _), stored| {
        let shown = down(resource, stored.clone());
        let again = up(resource, shown.clone(), None);
        same(resource, &again, &stored, &shown);
    });
}

/// Writing back what v4 shows changes nothing, whatever was stored before.
pub fn previous_does_not_matter(pairs: &[Pair]) {
    each(pairs, stored, ALL_TYPES, |(resource, _), stored| {
        let shown = down(resource, stored.clone());
        let again = up(resource, shown.clone(), Some(&stored));
        same(resource, &again, &stored, &shown);
    });
}

/// Fails with the first place where two documents differ, and what is there; `other` is the document
/// in the other form.
#[track_caller]
fn same(resource: &Resource, got: &Value, expected: &Value, other: &Value) {
    if let Some((place, got, expected)) = difference(got, expected) {
        panic!(
            "{} {place}\ngot      {got}\nexpected {expected}\nother    {other}",
            resource.path
        );
    }
}

/// The innermost objects that differ first, and where they are.
fn difference(a: &Value, b: &Value) -> Option<(String, Value, Value)> {
    let within = |name: &str, a: &Value, b: &Value| {
        let (place, a, b) = difference(a, b)?;
        Some((format!("/{name}{place}"), a, b))
    };
    let whole = || Some((String::new(), a.clone(), b.clone()));
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            let nested = |(name, value): (&String, &Value)| {
                let other = b.get(name)?;
                (value.is_object() || value.is_array())
                    .then(|| within(name, value, other))
                    .flatten()
            };
            match a.iter().find_map(nested) {
                Some(found) => Some(found),
                None if a == b => None,
                None => whole(),
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b).enumerate();
            let mut found = pairs.filter_map(|(at, (a, b))| within(&at.to_string(), a, b));
            found.next()
        }
        _ if a == b => None,
        _ => whole(),
    }
}

/// Everything of the first is in the second; what the second has more is one of `additions`.
fn contained(part: &Value, whole: &Value, additions: &[&str]) -> bool {
    match (part, whole) {
        (Value::Object(part), Value::Object(whole)) => {
            let kept = |(name, value): (&String, &Value)| {
                whole
                    .get(name)
                    .is_some_and(|other| contained(value, other, additions))
            };
            let added =
                |name: &String| part.contains_key(name) || additions.contains(&name.as_str());
            part.iter().all(kept) && whole.keys().all(added)
        }
        (Value::Array(part), Value::Array(whole)) => {
            part.len() == whole.len()
                && part
                    .iter()
                    .zip(whole)
                    .all(|(value, other)| contained(value, other, additions))
        }
        _ => part == whole,
    }
}
