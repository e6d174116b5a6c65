use serde_json::json;

use super::*;

#[test]
fn a_change_keeps_what_is_not_mentioned() {
    let placed = accepted(
        json!([on("modify", "1", "p1", json!({"voicemail": true}))]),
        &line(),
    );
    let own = &placed[0];
    assert_eq!(own.offering.as_deref(), Some("mobile-s"));
    assert_eq!(own.product.as_deref(), Some("p1"));
    assert_eq!(value(own, "msisdn"), Some(&json!("+436601234567")));
    assert_eq!(value(own, "voicemail"), Some(&json!(true)));
    // No defaults for what the product does not have.
    assert_eq!(value(own, "numberPorting"), None);
    // The number may be repeated, but not changed.
    accepted(
        json!([on("modify", "1", "p1", json!({"msisdn": "+436601234567"}))]),
        &line(),
    );
    assert_refused(
        json!([on("modify", "1", "p1", json!({"msisdn": "+436601234568"}))]),
        &line(),
        &[(
            "1",
            "/productOrderItem/0/product/productCharacteristic/0/value",
            "notConfigurable",
        )],
    );
}

#[test]
fn a_product_migrates_to_an_offering_of_its_specification() {
    let to = |offering: &str| {
        let item = on("modify", "1", "p1", json!({}));
        json!([with(item, "productOffering", json!({"id": offering}))])
    };
    let placed = accepted(to("mobile-m"), &line());
    assert_eq!(value(&placed[0], "dataAllowance"), Some(&json!(20)));
    assert_eq!(value(&placed[0], "networkGeneration"), Some(&json!("5G")));
    assert_eq!(value(&placed[0], "msisdn"), Some(&json!("+436601234567")));
    assert_eq!(value(&placed[0], "voicemail"), Some(&json!(false)));
    assert_refused(
        to("tv-basic"),
        &line(),
        &[
            ("1", "/productOrderItem/0/productOffering", "migration"),
            ("1", "/productOrderItem/0/productOffering", "requires"),
        ],
    );
    // Unless the old offering says so.
    let mut catalog = catalog();
    let old = json!({"lifecycleStatus": "Retired", "productSpecification": {"id": "mobile-line"},
        "productOfferingRelationship": [{"id": "linden-11", "relationshipType": "migration"}]});
    offer(&mut catalog, "mobile-s", &old);
    let verdict = validate(
        &order(to("linden-11")),
        &catalog,
        &line(),
        &Settings::default(),
    );
    assert_eq!(verdict.refusals, []);
    // A plan that is not sold any more can still be changed.
    let change = order(json!([on("modify", "1", "p1", json!({"voicemail": true}))]));
    let verdict = validate(&change, &catalog, &line(), &Settings::default());
    assert_eq!(verdict.refusals, []);
}

#[test]
fn products_are_there_and_stay() {
    let at = "/productOrderItem/0/product/id";
    for (status, code) in [
        ("active", None),
        ("suspended", None),
        ("pendingActive", None),
        ("terminated", Some("productStatus")),
        ("pendingTerminate", Some("productStatus")),
        ("cancelled", Some("productStatus")),
        ("aborted ", Some("productStatus")),
    ] {
        let inventory = installed(&[("p1", "mobile-s", "mobile-line", status, json!({}))]);
        for action in ["modify", "delete"] {
            let items = json!([on(action, "1", "p1", json!({}))]);
            match code {
                None => drop(accepted(items, &inventory)),
                Some(code) => assert_refused(items, &inventory, &[("1", at, code)]),
            }
        }
        accepted(json!([on("noChange", "1", "p1", json!({}))]), &inventory);
    }
    for action in ["modify", "delete", "noChange"] {
        let items = json!([on(action, "1", "p9", json!({}))]);
        assert_refused(items, &line(), &[("1", at, "unknownProduct")]);
    }
    let product = json!({"name": "x"});
    for (action, pointer, code) in [
        ("modify", at, "productRequired"),
        ("delete", at, "productRequired"),
        (
            "add",
            "/productOrderItem/0/productOffering",
            "offeringRequired",
        ),
    ] {
        let items = json!([{"id": "1", "action": action, "product": product}]);
        assert_refused(items, &line(), &[("1", pointer, code)]);
    }
    let exists = with(
        add("1", "mobile-m", json!({})),
        "product",
        json!({"id": "p1"}),
    );
    assert_refused(json!([exists]), &line(), &[("1", at, "productExists")]);
    assert_refused(
        json!([
            on("modify", "1", "p1", json!({})),
            on("delete", "2", "p1", json!({}))
        ]),
        &line(),
        &[("2", "/productOrderItem/1/product/id", "productTwice")],
    );
    let other = json!({"productSpecification": {"id": "tablet"}});
    assert_refused(
        json!([with(add("1", "mobile-m", json!({})), "product", other)]),
        &none(),
        &[(
            "1",
            "/productOrderItem/0/product/productSpecification",
            "otherSpecification",
        )],
    );
}
