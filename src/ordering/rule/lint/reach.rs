//! Rules that never apply: about nothing that exists, with conditions that contradict each other,
//! or always behind another rule of their group.

use std::collections::HashMap;

use serde_json::Value;

use super::Report;
use super::world::World;
use crate::ordering::catalog::Characteristic;
use crate::ordering::rule::expression::Datum;
use crate::ordering::rule::{Check, Rule, Test, Tested, When};

pub(super) fn look<'a>(world: &World<'a>, report: &mut Report<'a, '_>) {
    unknown(world, report);
    let when = &report.rule.when;
    contradictions(&when.tests, "/when", report);
    for (index, output) in report.rule.produce.iter().enumerate() {
        contradictions(&output.tests, &format!("/produce/{index}/when"), report);
    }
    never_sold(world, report);
    shadowed(world, report);
}

/// A list of a condition: its name, its ids, and whether one of them exists.
type List<'l> = (&'l str, &'l [String], &'l dyn Fn(&str) -> bool);

/// Ids that nothing has. Where all of a list are unknown the rule never applies.
fn unknown(world: &World<'_>, report: &mut Report<'_, '_>) {
    let when = &report.rule.when;
    let catalog = world.catalog;
    let category = |id: &str| {
        let of = |list: &[crate::ordering::catalog::Reference]| list.iter().any(|c| c.id == id);
        catalog.offerings.values().any(|o| of(&o.categories))
            || catalog.specifications.values().any(|s| of(&s.categories))
    };
    let product = |id: &str| catalog.specifications.contains_key(id);
    let offering = |id: &str| catalog.offerings.contains_key(id);
    let reached = |id: &str| world.reaching(id).is_some();
    let lists: [List<'_>; 5] = [
        ("productSpecification", &when.products, &product),
        ("productOffering", &when.offerings, &offering),
        ("category", &when.categories, &category),
        ("serviceSpecification", &when.services, &reached),
        ("resourceSpecification", &when.resources, &reached),
    ];
    for (name, ids, exists) in lists {
        let strange = |id: &String| !exists(id);
        let none = !ids.is_empty() && ids.iter().all(strange);
        for (index, id) in ids.iter().enumerate().filter(|(_, id)| strange(id)) {
            let pointer = format!("/when/{name}/{index}");
            let what = match name {
                "serviceSpecification" | "resourceSpecification" => "no product reaches it",
                _ => "the catalog does not have it",
            };
            match none {
                true => {
                    let message = format!("`{id}`: {what}, so the rule never applies");
                    report.error("unreachable", pointer, message);
                }
                false => report.warn("unknown", pointer, format!("`{id}`: {what}")),
            }
        }
    }
}

/// The checks of each characteristic, and what the catalog says of its values.
fn by_characteristic(tests: &[Test]) -> HashMap<&str, Vec<&Check>> {
    let mut found: HashMap<&str, Vec<&Check>> = HashMap::new();
    for test in tests {
        if let Tested::Characteristic(name) = &test.what {
            found.entry(name).or_default().extend(&test.checks);
        }
    }
    found
}

fn contradictions(tests: &[Test], at: &str, report: &mut Report<'_, '_>) {
    let mut names: Vec<(&str, Vec<&Check>)> = by_characteristic(tests).into_iter().collect();
    names.sort_by_key(|(name, _)| *name);
    for (name, checks) in names {
        if !can_hold(&checks) {
            let message = format!("the tests of `{name}` contradict each other: they never hold");
            report.error("contradiction", format!("{at}/characteristic"), message);
        }
    }
}

/// Whether some value passes all checks.
fn can_hold(checks: &[&Check]) -> bool {
    let passes = |value: &Datum<'_>| checks.iter().all(|check| check.holds(value));
    let listed = checks.iter().find_map(|check| match check {
        Check::In(values) => Some(values),
        _ => None,
    });
    if let Some(values) = listed {
        return values.iter().any(passes);
    }
    let wants_nothing = checks.iter().any(|c| matches!(c, Check::Present(false)));
    if wants_nothing {
        return passes(&Datum::Null);
    }
    let least = checks.iter().filter_map(|check| match check {
        Check::AtLeast(number) => Some(*number),
        _ => None,
    });
    let most = checks.iter().filter_map(|check| match check {
        Check::AtMost(number) => Some(*number),
        _ => None,
    });
    let has_bounds = least.clone().next().is_some() || most.clone().next().is_some();
    let has_pattern = checks
        .iter()
        .any(|check| matches!(check, Check::Matches(_)));
    let is_empty = least
        .max()
        .zip(most.min())
        .is_some_and(|(least, most)| least > most);
    // Patterns are for texts, bounds for numbers.
    !(is_empty || has_bounds && has_pattern)
}

/// Tests that no value passes that the products may have.
fn never_sold<'a>(world: &World<'a>, report: &mut Report<'a, '_>) {
    let rule = report.rule;
    let products = world.products(rule);
    let mut names: Vec<(&str, Vec<&Check>)> =
        by_characteristic(&rule.when.tests).into_iter().collect();
    names.sort_by_key(|(name, _)| *name);
    for (name, checks) in names {
        let mut definitions = world.definitions(&products, name);
        let passes = |definition: Option<&Characteristic>| match definition {
            Some(definition) => may_pass(definition, &checks),
            None => checks.iter().all(|check| check.holds(&Datum::Null)),
        };
        let is_known = world.has_source(&products, name);
        if products.is_empty() || (is_known && definitions.any(passes)) {
            continue;
        }
        let message = match is_known {
            true => format!("no value of `{name}` that is sold passes the tests"),
            false => format!("none of the products has a characteristic `{name}`"),
        };
        report.warn("neverSold", "/when/characteristic".to_owned(), message);
    }
}

fn may_pass(definition: &Characteristic, checks: &[&Check]) -> bool {
    let passes = |value: &Value| checks.iter().all(|check| check.holds(&Datum::of(value)));
    match closed_values(definition) {
        Some(mut values) => values.any(passes) || definition.least == 0 && passes(&Value::Null),
        None => true,
    }
}

/// All values that a characteristic can have, where they are listed.
pub(super) fn closed_values(
    definition: &Characteristic,
) -> Option<impl Iterator<Item = &Value> + '_> {
    let is_closed = !definition.extensible
        && !definition.values.is_empty()
        && definition
            .values
            .iter()
            .all(|v| v.value.is_some() && v.range.is_none());
    is_closed.then(|| definition.values.iter().filter_map(|v| v.value.as_ref()))
}

/// Rules of the same group that come first and apply whenever this one does.
fn shadowed(world: &World<'_>, report: &mut Report<'_, '_>) {
    let rule = report.rule;
    if rule.exclusive_group.is_none() {
        return;
    }
    let before = world.rules.iter().take_while(|other| other.id != rule.id);
    for other in before {
        if other.exclusive_group == rule.exclusive_group && covers(other, rule) {
            let message = format!("rule {} of the group always applies first", other.label);
            report.error("shadowed", "/exclusiveGroup".to_owned(), message);
        }
    }
}

/// Whether one rule applies wherever another does, as far as lists tell.
fn covers(wide: &Rule, narrow: &Rule) -> bool {
    let (a, b): (&When, &When) = (&wide.when, &narrow.when);
    let holds = |wide: &[String], narrow: &[String]| {
        wide.is_empty() || (!narrow.is_empty() && narrow.iter().all(|id| wide.contains(id)))
    };
    let actions = a.actions.is_empty()
        || (!b.actions.is_empty() && b.actions.iter().all(|own| a.actions.contains(own)));
    let lasts = wide.from.is_none() && wide.until.is_none();
    // A narrower validity of the wide rule leaves time for the other one.
    a.tests.is_empty()
        && lasts
        && actions
        && a.subject() == b.subject()
        && holds(&a.products, &b.products)
        && holds(&a.services, &b.services)
        && holds(&a.resources, &b.resources)
        && holds(&a.offerings, &b.offerings)
        && holds(&a.categories, &b.categories)
}
