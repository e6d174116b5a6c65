//! Bundles: their options, and that none contains itself.

use serde_json::{Value, json};

use super::fixture::{Catalog, Policies, STRICT, conflict_at, invalid_at, problem};
use crate::domain::mode::Mode;
use crate::domain::problem::Code;

fn bundle(members: &[&str]) -> Value {
    let members: Vec<Value> = members.iter().map(|id| json!({ "id": id })).collect();
    json!({ "name": "n", "isBundle": true, "bundledProductOffering": members })
}

fn option(lower: Value, default: Value, upper: Value) -> Value {
    json!({
        "name": "n",
        "bundledProductOffering": [{
            "id": "m",
            "bundledProductOfferingOption": {
                "numberRelOfferLowerLimit": lower,
                "numberRelOfferDefault": default,
                "numberRelOfferUpperLimit": upper
            }
        }]
    })
}

#[test]
fn limits_of_a_member_fit_together() {
    let catalog = Catalog::strict();
    catalog.bare("productOffering", "m");
    let at = |name: &str| format!("/bundledProductOffering/0/bundledProductOfferingOption/{name}");
    let (lower, upper) = (
        at("numberRelOfferLowerLimit"),
        at("numberRelOfferUpperLimit"),
    );
    let default = at("numberRelOfferDefault");
    for (number, (l, d, u)) in [(0, 0, 1), (0, 1, 1), (1, 2, 3), (2, 2, 2)]
        .into_iter()
        .enumerate()
    {
        let id = format!("good{number}");
        catalog
            .create("productOffering", &id, option(json!(l), json!(d), json!(u)))
            .unwrap();
    }
    for (l, d, u, expected) in [
        (-1, 0, 1, vec![lower.as_str()]),
        (0, 0, 0, vec![upper.as_str()]),
        (3, 3, 2, vec![upper.as_str(), default.as_str()]),
        (1, 0, 2, vec![default.as_str()]),
        (0, 3, 2, vec![default.as_str()]),
    ] {
        let result = catalog.create(
            "productOffering",
            "bad",
            option(json!(l), json!(d), json!(u)),
        );
        invalid_at(result, &expected);
    }
}

fn group(limits: Option<(i64, i64)>, members: &[Option<(i64, i64)>]) -> Value {
    let limited = |class: &str, (lower, upper): (i64, i64)| json!({ "@type": class, "numberRelOfferLowerLimit": lower, "numberRelOfferUpperLimit": upper });
    let members: Vec<Value> = members
        .iter()
        .map(|limits| {
            let mut member = json!({ "@type": "BundledProductOffering", "id": "m" });
            if let Some(limits) = limits {
                member["bundledProductOfferingOption"] =
                    limited("BundledProductOfferingOption", *limits);
            }
            member
        })
        .collect();
    let mut group = json!({
        "@type": "BundledGroupProductOffering", "name": "g", "bundledProductOffering": members
    });
    if let Some(limits) = limits {
        group["bundledGroupProductOfferingOption"] =
            limited("BundledGroupProductOfferingOption", limits);
    }
    group
}

fn grouped(group: &Value) -> Value {
    json!({ "@type": "ProductOffering", "name": "n", "bundledGroupProductOffering": [group] })
}

#[test]
fn limits_of_a_group_fit_its_members() {
    let catalog = Catalog::strict();
    catalog.bare("productOffering", "m");
    let once = None;
    for (number, good) in [
        group(Some((1, 2)), &[once, once]),
        group(Some((2, 5)), &[once, once]),
        group(Some((3, 4)), &[Some((0, 3)), Some((1, 1))]),
        group(Some((5, 9)), &[]),
        group(None, &[once]),
    ]
    .iter()
    .enumerate()
    {
        catalog
            .create_stored("productOffering", &format!("good{number}"), grouped(good))
            .unwrap();
    }
    let at = "/bundledGroupProductOffering/0/bundledGroupProductOfferingOption";
    let (lower, upper) = (
        format!("{at}/numberRelOfferLowerLimit"),
        format!("{at}/numberRelOfferUpperLimit"),
    );
    for (bad, expected) in [
        (group(Some((3, 3)), &[once, once]), &lower),
        (group(Some((0, 1)), &[Some((1, 1)), Some((1, 2))]), &upper),
        (group(Some((2, 1)), &[once, once]), &upper),
    ] {
        invalid_at(
            catalog.create_stored("productOffering", "bad", grouped(&bad)),
            &[expected],
        );
    }
    let mut outer = group(Some((4, 4)), &[once]);
    outer["bundledGroupProductOffering"] = json!([group(Some((0, 2)), &[once, once])]);
    invalid_at(
        catalog.create_stored("productOffering", "bad", grouped(&outer)),
        &[&lower],
    );
}

#[test]
fn no_offering_contains_itself() {
    let catalog = Catalog::strict();
    catalog.bare("productOffering", "a");
    catalog
        .create("productOffering", "b", bundle(&["a"]))
        .unwrap();
    let mut in_group = group(None, &[None]);
    in_group["bundledProductOffering"][0]["id"] = json!("b");
    catalog
        .create_stored("productOffering", "c", grouped(&in_group))
        .unwrap();
    let closes = json!({ "isBundle": true, "bundledProductOffering": [{ "id": "c" }] });
    let refusal = problem(catalog.patch("productOffering", "a", closes));
    assert_eq!(refusal.code, Code::Conflict);
    assert!(
        refusal.message.contains("a > c > b > a"),
        "{}",
        refusal.message
    );
    // A member that several bundles share is no circle.
    catalog
        .create("productOffering", "d", bundle(&["a", "b", "c"]))
        .unwrap();
}

#[test]
fn a_bundle_is_not_its_own_member_whatever_the_switch() {
    for mode in [Mode::Strict, Mode::Warn, Mode::Off] {
        let catalog = Catalog::with(Policies {
            references: mode,
            ..STRICT
        });
        let pointer = match mode {
            Mode::Off => "/bundledProductOffering",
            _ => "/bundledProductOffering/0",
        };
        conflict_at(
            catalog.create("productOffering", "a", bundle(&["a"])),
            &[pointer],
        );
    }
}

#[test]
fn dangling_members_close_no_circle_when_they_appear() {
    let catalog = Catalog::with(Policies {
        references: Mode::Warn,
        ..STRICT
    });
    catalog
        .create("productOffering", "a", bundle(&["later"]))
        .unwrap();
    conflict_at(
        catalog.create("productOffering", "later", bundle(&["a"])),
        &["/bundledProductOffering"],
    );
}

#[test]
fn specifications_and_prices_bundle_too() {
    let catalog = Catalog::strict();
    for (kind, attribute) in [
        ("productSpecification", "bundledProductSpecification"),
        ("productOfferingPrice", "bundledPopRelationship"),
    ] {
        catalog.bare(kind, "a");
        catalog
            .create(
                kind,
                "b",
                json!({ "name": "n", attribute: [{ "id": "a" }] }),
            )
            .unwrap();
        let closes = json!({ attribute: [{ "id": "b" }] });
        conflict_at(
            catalog.patch(kind, "a", closes),
            &[&format!("/{attribute}")],
        );
    }
}

#[test]
fn what_has_members_is_not_called_no_bundle() {
    let catalog = Catalog::strict();
    for (kind, attribute) in [
        ("productOffering", "bundledProductOffering"),
        ("productSpecification", "bundledProductSpecification"),
        ("productOfferingPrice", "bundledPopRelationship"),
    ] {
        catalog.bare(kind, "m");
        let members =
            |flag: Value| json!({ "name": "n", "isBundle": flag, attribute: [{ "id": "m" }] });
        invalid_at(
            catalog.create(kind, "x", members(json!(false))),
            &["/isBundle"],
        );
        catalog.create(kind, "x", members(json!(true))).unwrap();
        let empty = json!({ "name": "n", "isBundle": false, attribute: [] });
        catalog.create(kind, "y", empty).unwrap();
        let doc = catalog
            .create(
                kind,
                "z",
                json!({ "name": "n", attribute: [{ "id": "m" }] }),
            )
            .unwrap();
        assert!(doc.get("isBundle").is_none());
    }
}
