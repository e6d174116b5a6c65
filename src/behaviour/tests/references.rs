//! References: checked, refreshed, and kept or refused by the switch.

use serde_json::{Value, json};

use super::fixture::{Catalog, Policies, STRICT, conflict_at, problem, refused};
use crate::domain::mode::Mode;
use crate::domain::problem::Code;

fn warn() -> Catalog {
    Catalog::with(Policies {
        references: Mode::Warn,
        ..STRICT
    })
}

#[test]
fn every_unknown_reference_is_named() {
    let catalog = Catalog::strict();
    catalog.bare("category", "known");
    let body = json!({
        "name": "n",
        "category": [{ "id": "known" }, { "id": "c2" }],
        "productSpecification": { "id": "s1", "version": "2.0" },
        "productOfferingPrice": [{ "id": "p1", "@referredType": "ProductOfferingPrice" }],
        "productOfferingRelationship": [{ "id": "o9", "relationshipType": "requires" }],
        "prodSpecCharValueUse": [{ "name": "speed", "productSpecification": { "id": "s2" } }],
        "channel": [{ "id": "elsewhere" }],
        "place": [{ "id": "x", "@referredType": "Category" }]
    });
    let (code, mut pointers) = refused(catalog.create("productOffering", "1", body));
    pointers.sort();
    assert_eq!(code, Code::UnknownReference);
    assert_eq!(
        pointers,
        [
            "/category/1",
            "/place/0",
            "/prodSpecCharValueUse/0/productSpecification",
            "/productOfferingPrice/0",
            "/productOfferingRelationship/0",
            "/productSpecification",
        ]
    );
}

#[test]
fn name_and_address_are_those_of_the_target() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c1");
    catalog.bare("productSpecification", "s 1".replace(' ', "-").as_str());
    let body = json!({
        "name": "n",
        "category": [{ "id": "c1", "name": "old name", "href": "http://elsewhere/c1", "version": "" }],
        "productSpecification": { "id": "s-1" }
    });
    let doc = catalog.create("productOffering", "1", body).unwrap();
    assert_eq!(doc["category"][0]["name"], "Name of c1");
    assert_eq!(doc["category"][0]["href"], "tollgate:category/c1");
    assert_eq!(doc["category"][0]["version"], "");
    assert_eq!(doc["productSpecification"]["name"], "Name of s-1");
    assert_eq!(
        doc["productSpecification"]["href"],
        "tollgate:productSpecification/s-1"
    );
    assert!(doc["productSpecification"].get("version").is_none());
}

#[test]
fn a_patch_refreshes_too() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c1");
    catalog
        .create(
            "productOffering",
            "1",
            json!({ "name": "n", "category": [{ "id": "c1" }] }),
        )
        .unwrap();
    catalog
        .patch("category", "c1", json!({ "name": "renamed" }))
        .unwrap();
    let doc = catalog
        .patch("productOffering", "1", json!({ "description": "d" }))
        .unwrap();
    assert_eq!(doc["category"][0]["name"], "renamed");
    let unknown = json!({ "category": [{ "id": "c1" }, { "id": "c2" }] });
    let (code, pointers) = refused(catalog.patch("productOffering", "1", unknown));
    assert_eq!(
        (code, pointers),
        (Code::UnknownReference, vec!["/category/1".to_owned()])
    );
}

#[test]
fn a_reference_may_name_a_version() {
    let catalog = Catalog::strict();
    for version in ["1.0", "2.0"] {
        let body = json!({ "name": format!("v{version}"), "version": version });
        catalog.create("productSpecification", "s", body).unwrap();
    }
    let offering = |version: &str| json!({ "name": "n", "productSpecification": { "id": "s", "version": version } });
    let doc = catalog
        .create("productOffering", "1", offering("1.0"))
        .unwrap();
    assert_eq!(doc["productSpecification"]["name"], "v1.0");
    assert_eq!(doc["productSpecification"]["version"], "1.0");
    let refusal = problem(catalog.create("productOffering", "2", offering("3.0")));
    assert_eq!(refusal.code, Code::UnknownReference);
    assert!(
        refusal.message.contains("no version '3.0'"),
        "{}",
        refusal.message
    );
}

#[test]
fn dangling_references_by_switch() {
    let body =
        json!({ "name": "n", "category": [{ "id": "c2", "name": "mine", "href": "http://x/c2" }] });
    for mode in [Mode::Warn, Mode::Off] {
        let catalog = Catalog::with(Policies {
            references: mode,
            ..STRICT
        });
        let doc = catalog
            .create("productOffering", "1", body.clone())
            .unwrap();
        assert_eq!(doc["category"][0]["name"], "mine");
        assert_eq!(doc["category"][0]["href"], "http://x/c2");
        catalog
            .create("category", "c2", json!({ "name": "there now" }))
            .unwrap();
        let doc = catalog
            .patch("productOffering", "1", json!({ "description": "d" }))
            .unwrap();
        let expected = if mode == Mode::Warn {
            "there now"
        } else {
            "mine"
        };
        assert_eq!(doc["category"][0]["name"], expected);
    }
}

#[test]
fn what_dangled_before_is_not_held_against_a_patch() {
    let catalog = Catalog::strict();
    catalog.bare("category", "c1");
    let body = json!({ "name": "n", "lifecycleStatus": "Retired", "category": [{ "id": "c1" }] });
    catalog.create("productOffering", "1", body).unwrap();
    // History does not keep a category from being deleted.
    catalog.delete("category", "c1").unwrap();
    let patch = json!({ "lifecycleStatus": "Obsolete" });
    catalog.patch("productOffering", "1", patch).unwrap();
    let patch = json!({ "category": [{ "id": "c1" }, { "id": "c3" }] });
    let (_, pointers) = refused(catalog.patch("productOffering", "1", patch));
    assert_eq!(pointers, ["/category/1"]);
}

#[test]
fn a_value_written_inside_is_not_a_reference_but_its_own_references_count() {
    let catalog = Catalog::strict();
    let inside = |members: Value| json!({ "name": "n", "productOfferingPrice": [members] });
    let by_value = json!({ "id": "p1", "name": "monthly", "priceType": "recurring" });
    catalog
        .create("productOffering", "1", inside(by_value))
        .unwrap();
    let typed = json!({
        "name": "n", "@type": "ProductOffering",
        "productOfferingPrice": [{
            "@type": "ProductOfferingPrice", "id": "p1", "name": "monthly",
            "popRelationship": [{
                "@type": "ProductOfferingPriceRelationship", "id": "p2", "relationshipType": "discounts"
            }]
        }]
    });
    let (code, pointers) = refused(catalog.create_stored("productOffering", "2", typed));
    assert_eq!(code, Code::UnknownReference);
    assert_eq!(pointers, ["/productOfferingPrice/0/popRelationship/0"]);
    let untyped = json!({ "name": "n", "productOfferingPrice": [{ "id": "p1", "href": "x" }] });
    let (_, pointers) = refused(catalog.create_stored("productOffering", "3", untyped));
    assert_eq!(pointers, ["/productOfferingPrice/0"]);
}

#[test]
fn members_of_nested_groups_are_references() {
    let catalog = Catalog::strict();
    let member = |id: &str| json!({ "@type": "BundledProductOffering", "id": id });
    let doc = json!({
        "name": "n",
        "bundledGroupProductOffering": [{
            "@type": "BundledGroupProductOffering", "id": "no reference", "name": "outer",
            "bundledGroupProductOffering": [{
                "@type": "BundledGroupProductOffering", "name": "inner",
                "bundledProductOffering": [member("o1"), member("o2")]
            }]
        }]
    });
    catalog.bare("productOffering", "o1");
    let (_, pointers) = refused(catalog.create_stored("productOffering", "1", doc));
    let inner = "/bundledGroupProductOffering/0/bundledGroupProductOffering/0";
    assert_eq!(pointers, [format!("{inner}/bundledProductOffering/1")]);
}

#[test]
fn a_resource_does_not_refer_to_itself_except_to_another_version() {
    let catalog = warn();
    let related = |version: &str, target: Value| json!({ "name": "n", "version": version, "productOfferingRelationship": [target] });
    let itself = json!({ "id": "1", "relationshipType": "requires" });
    let at = "/productOfferingRelationship/0";
    conflict_at(
        catalog.create("productOffering", "1", related("1.0", itself)),
        &[at],
    );
    catalog
        .create(
            "productOffering",
            "1",
            json!({ "name": "n", "version": "1.0" }),
        )
        .unwrap();
    let before = json!({
        "@type": "ProductOfferingRelationship", "id": "1", "version": "1.0", "relationshipType": "replaces"
    });
    catalog
        .create_stored("productOffering", "1", related("2.0", before))
        .unwrap();
}
