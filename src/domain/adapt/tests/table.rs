//! Pairs of a v4 document and its stored form.

use serde_json::{Value, json};

use super::fixture::{
    CATALOG_R4, CATALOG_R5, CATEGORY_R4, OFFERING_R4, PRICE_R4, SPECIFICATION_R4,
};
use crate::domain::adapt::{down, up};
use crate::domain::descriptor::Resource;

/// The stored form of a v4 document, and what v4 shows of it.
fn check(resource: &'static Resource, v4: Value, stored: Value, shown: Value) {
    let actual = up(resource, v4.clone(), None);
    assert_eq!(actual, stored, "up({v4})");
    assert_eq!(down(resource, actual.clone()), shown, "down({actual})");
    assert_eq!(up(resource, shown.clone(), None), stored, "up({shown})");
}

/// The same where v4 shows exactly what was sent.
fn exact(resource: &'static Resource, v4: Value, stored: Value) {
    check(resource, v4.clone(), stored, v4);
}

#[test]
fn v5_passes_through() {
    let document = json!({"name": "x", "constraint": 1, "relatedParty": [{"id": "1"}]});
    assert_eq!(up(&CATALOG_R5, document.clone(), None), document);
    assert_eq!(down(&CATALOG_R5, document.clone()), document);
    assert_eq!(up(&CATALOG_R4, json!([1]), None), json!([1]));
}

#[test]
fn types_are_filled_and_translated() {
    check(
        &CATALOG_R4,
        json!({"name": "x", "category": [{"id": "1"}]}),
        json!({"name": "x", "category": [{"id": "1", "@type": "CategoryRef"}], "@type": "ProductCatalog"}),
        json!({"name": "x", "category": [{"id": "1", "@type": "CategoryRef"}], "@type": "Catalog"}),
    );
    exact(
        &CATALOG_R4,
        json!({"@type": "Catalog"}),
        json!({"@type": "ProductCatalog"}),
    );
    exact(
        &CATALOG_R4,
        json!({"@type": "ProductCatalog"}),
        json!({"@type": "Catalog"}),
    );
    exact(
        &CATALOG_R4,
        json!({"@type": "MyCatalog"}),
        json!({"@type": "MyCatalog"}),
    );
    exact(&CATALOG_R4, json!({"@type": 7}), json!({"@type": 7}));
}

#[test]
fn a_target_schema_is_not_given_a_class() {
    exact(
        &SPECIFICATION_R4,
        json!({"targetProductSchema": {"@schemaLocation": "x"}, "@type": "ProductSpecification"}),
        json!({"targetProductSchema": {"@schemaLocation": "x"}, "@type": "ProductSpecification"}),
    );
}

#[test]
fn names_are_exchanged() {
    let price = |v: Value| {
        let mut v = v;
        v["@type"] = json!("ProductOfferingPrice");
        v
    };
    exact(
        &PRICE_R4,
        price(
            json!({"constraint": [{"id": "1", "@type": "ConstraintRef"}], "policy": [{"id": "2"}]}),
        ),
        price(json!({"policy": [{"id": "1", "@type": "PolicyRef"}], "constraint": [{"id": "2"}]})),
    );
    exact(
        &PRICE_R4,
        price(json!({"policy": "mine"})),
        price(json!({"constraint": "mine"})),
    );
    exact(
        &PRICE_R4,
        price(json!({"constraint": "odd", "price": {"unit": "EUR", "value": 2.50}})),
        price(json!({"policy": "odd", "price": {"unit": "EUR", "value": 2.50}})),
    );
}

fn catalog(party: Value) -> Value {
    json!({"@type": "Catalog", "relatedParty": [party]})
}

fn product_catalog(party: Value) -> Value {
    json!({"@type": "ProductCatalog", "relatedParty": [party]})
}

#[test]
fn related_parties() {
    const OUTER: &str = "RelatedPartyRefOrPartyRoleRef";
    let rows = [
        (
            json!({"id": "1", "href": "h", "name": "Ann", "role": "owner", "@type": "RelatedParty", "@referredType": "Individual"}),
            json!({"@type": OUTER, "role": "owner", "partyOrPartyRole":
                {"@type": "PartyRef", "id": "1", "href": "h", "name": "Ann", "@referredType": "Individual"}}),
        ),
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Customer", "foo": {"id": 1}}),
            json!({"@type": OUTER, "foo": {"id": 1}, "partyOrPartyRole":
                {"@type": "PartyRoleRef", "id": "1", "@referredType": "Customer"}}),
        ),
        // v5 does not say what it refers to; v4 must.
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Party"}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRef", "id": "1"}}),
        ),
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "PartyRole",
                "partyOrPartyRole": {"partyId": "9"}}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRoleRef", "id": "1", "partyId": "9"}}),
        ),
        // v5 says it.
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Party",
                "partyOrPartyRole": {"v5:@referredType": "Party"}}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRef", "id": "1", "@referredType": "Party"}}),
        ),
        // A class that @referredType does not tell.
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Individual",
                "partyOrPartyRole": {"@type": "PartyRoleRef"}}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRoleRef", "id": "1", "@referredType": "Individual"}}),
        ),
        // Attributes of v5's outer object that v4 uses for the party.
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Individual", "v5:name": "outer"}),
            json!({"@type": OUTER, "name": "outer", "partyOrPartyRole": {"@type": "PartyRef", "id": "1", "@referredType": "Individual"}}),
        ),
        // Odd shapes.
        (
            json!({"id": 5, "@type": "RelatedParty", "@referredType": ["x"], "partyOrPartyRole": 7}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRoleRef", "id": 5, "@referredType": ["x"], "v4:": 7}}),
        ),
        (
            json!({"id": "1", "@type": "RelatedParty", "@referredType": "Individual", "partyOrPartyRole": {"id": "2", "@type": "PartyRef"}}),
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRef", "id": "1", "@referredType": "Individual",
                "v4:id": "2", "v4:@type": "PartyRef"}}),
        ),
        (
            json!({"role": "x", "@type": "RelatedParty", "partyOrPartyRole": {"id": "2"}}),
            json!({"role": "x", "@type": OUTER, "v4:partyOrPartyRole": {"id": "2"}}),
        ),
    ];
    for (v4, stored) in rows {
        exact(&CATALOG_R4, catalog(v4), product_catalog(stored));
    }
    check(
        &CATALOG_R4,
        catalog(json!({"id": "1"})),
        product_catalog(
            json!({"@type": OUTER, "partyOrPartyRole": {"@type": "PartyRef", "id": "1"}}),
        ),
        catalog(json!({"id": "1", "@type": "RelatedParty", "@referredType": "Party"})),
    );
    exact(
        &CATALOG_R4,
        json!({"@type": "Catalog", "relatedParty": {"id": "1"}, "category": "x"}),
        json!({"@type": "ProductCatalog", "relatedParty": {"id": "1"}, "category": "x"}),
    );
}

fn category(mut attributes: Value) -> Value {
    attributes["@type"] = json!("Category");
    attributes
}

#[test]
fn parents_of_categories() {
    let rows = [
        (
            json!({"parentId": "p"}),
            json!({"parent": {"@type": "CategoryRef", "id": "p"}}),
        ),
        (
            json!({"parentId": "p", "parent": {"name": "Root", "href": "tollgate:category/p"}}),
            json!({"parent": {"@type": "CategoryRef", "id": "p", "name": "Root", "href": "tollgate:category/p"}}),
        ),
        (json!({"parent": {}}), json!({"parent": {}})),
        (json!({"parent": "x"}), json!({"parent": "x"})),
        (
            json!({"parent": {"@type": "CategoryRef"}}),
            json!({"parent": {"@type": "CategoryRef"}}),
        ),
        (
            json!({"v5:parentId": "q", "parentId": "p"}),
            json!({"parentId": "q", "parent": {"@type": "CategoryRef", "id": "p"}}),
        ),
        (
            json!({"parent": {"id": "q"}}),
            json!({"v4:parent": {"id": "q"}}),
        ),
        (
            json!({"parentId": "p", "parent": {"id": "q"}}),
            json!({"parent": {"@type": "CategoryRef", "id": "p", "v4:id": "q"}}),
        ),
    ];
    for (v4, stored) in rows {
        exact(&CATEGORY_R4, category(v4), category(stored));
    }
}

#[test]
fn the_previous_parent_is_considered() {
    let before = category(json!({"parent": {"@type": "CategoryRef", "id": "p", "name": "Root"}}));
    let bare = |id: &str| json!({"@type": "CategoryRef", "id": id});
    let rows = [
        // Unchanged, with and without the remainder that v4 showed.
        (
            json!({"parentId": "p", "parent": {"name": "Root"}}),
            Some(before["parent"].clone()),
        ),
        (json!({"parentId": "p"}), Some(before["parent"].clone())),
        // Moved: the name was that of the old parent.
        (
            json!({"parentId": "q", "parent": {"name": "Root"}}),
            Some(bare("q")),
        ),
        (json!({"parentId": "q"}), Some(bare("q"))),
        // Taken out.
        (json!({"parent": {"name": "Root"}}), None),
        (json!({}), None),
        // The client changed both.
        (
            json!({"parentId": "q", "parent": {"name": "Other"}}),
            Some(json!({"@type": "CategoryRef", "id": "q", "name": "Other"})),
        ),
    ];
    for (v4, parent) in rows {
        let stored = up(&CATEGORY_R4, category(v4.clone()), Some(&before));
        assert_eq!(stored.get("parent"), parent.as_ref(), "{v4}");
    }
    let without = category(json!({}));
    let stored = up(
        &CATEGORY_R4,
        category(json!({"parentId": "p"})),
        Some(&without),
    );
    assert_eq!(stored["parent"], bare("p"));
}

fn offering(mut attributes: Value) -> Value {
    attributes["@type"] = json!("ProductOffering");
    attributes
}

#[test]
fn unions_are_decided_by_content() {
    let rows = [
        (json!({"id": "1"}), "AttachmentRef"),
        (
            json!({"id": "1", "url": "u", "name": "n", "x": 1, "@baseType": "b"}),
            "AttachmentRef",
        ),
        (json!({"id": "1", "mimeType": "image/png"}), "Attachment"),
        (json!({"url": "u"}), "Attachment"),
        (json!({}), "Attachment"),
    ];
    for (attachment, class) in rows {
        let mut typed = attachment.clone();
        typed["@type"] = json!(class);
        check(
            &OFFERING_R4,
            offering(json!({"attachment": [attachment]})),
            offering(json!({"attachment": [typed]})),
            offering(json!({"attachment": [typed]})),
        );
    }
    exact(
        &OFFERING_R4,
        offering(
            json!({"attachment": [{"id": "1", "@type": "AttachmentRefOrValue"}, {"id": "1", "@type": "Attachment"}]}),
        ),
        offering(json!({"attachment": [
            {"id": "1", "@type": "AttachmentRef", "v4:@type": "AttachmentRefOrValue"}, {"id": "1", "@type": "Attachment"}]})),
    );
    let stored = offering(json!({"attachment": [{"@type": "AttachmentRefOrValue"}]}));
    assert_eq!(
        down(&OFFERING_R4, stored.clone()),
        offering(json!({"attachment": [{"v5:@type": "AttachmentRefOrValue"}]}))
    );
    assert_eq!(
        up(&OFFERING_R4, down(&OFFERING_R4, stored.clone()), None),
        stored
    );
}

#[test]
fn embedded_prices() {
    let v4 = json!({
        "name": "Monthly fee", "priceType": "recurring", "recurringChargePeriod": "month",
        "price": {
            "taxIncludedAmount": {"unit": "EUR", "value": 11.90},
            "dutyFreeAmount": {"unit": "EUR", "value": 10.00},
            "taxRate": 19, "percentage": 0
        },
        "priceAlteration": [{"name": "first months", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}],
        "constraint": [{"id": "1", "@type": "ConstraintRef"}],
        "@type": "ProductOfferingPrice"
    });
    let stored = json!({
        "name": "Monthly fee", "priceType": "recurring", "recurringChargePeriodType": "month",
        "price": {
            "taxIncludedAmount": {"unit": "EUR", "value": 11.90},
            "unit": "EUR", "value": 10.00, "taxRate": 19, "percentage": 0
        },
        "priceAlteration": [{"name": "first months", "price": {"dutyFreeAmount": {"unit": "EUR", "value": 1}}}],
        "policy": [{"id": "1", "@type": "PolicyRef"}],
        "@type": "ProductOfferingPrice"
    });
    exact(
        &OFFERING_R4,
        offering(json!({"productOfferingPrice": [v4]})),
        offering(json!({"productOfferingPrice": [stored]})),
    );
    let priced = |price: Value| {
        offering(
            json!({"productOfferingPrice": [{"@type": "ProductOfferingPrice", "price": price}]}),
        )
    };
    for (v4, stored) in [
        (json!({"percentage": 10}), json!({"percentage": 10})),
        (
            json!({"dutyFreeAmount": {"value": 1, "note": "x"}}),
            json!({"value": 1, "dutyFreeAmount": {"note": "x"}}),
        ),
        (json!({"dutyFreeAmount": {}}), json!({"dutyFreeAmount": {}})),
        (json!({"dutyFreeAmount": 5}), json!({"dutyFreeAmount": 5})),
        (
            json!({"dutyFreeAmount": {"value": 1}, "unit": "mine"}),
            json!({"value": 1, "v4:unit": "mine"}),
        ),
        (json!(7), json!(7)),
    ] {
        exact(&OFFERING_R4, priced(v4), priced(stored));
    }
}

#[test]
fn characteristics() {
    check(
        &SPECIFICATION_R4,
        json!({"productSpecCharacteristic": [{
            "name": "colour",
            "productSpecCharacteristicValue": [{"value": "red", "validFor": {"endDateTime": "2030-01-01T00:00:00Z"}}],
            "productSpecCharRelationship": [{"id": "7", "href": "h", "charSpecSeq": 1}]
        }]}),
        json!({"@type": "ProductSpecification", "productSpecCharacteristic": [{
            "@type": "CharacteristicSpecification", "name": "colour",
            "characteristicValueSpecification": [{"@type": "StringCharacteristicValueSpecification", "value": "red",
                "validFor": {"endDateTime": "2030-01-01T00:00:00Z"}}],
            "charSpecRelationship": [{"@type": "CharacteristicSpecificationRelationship",
                "parentSpecificationId": "7", "parentSpecificationHref": "h", "charSpecSeq": 1}]
        }]}),
        json!({"@type": "ProductSpecification", "productSpecCharacteristic": [{
            "@type": "ProductSpecificationCharacteristic", "name": "colour",
            "productSpecCharacteristicValue": [{"@type": "StringCharacteristicValueSpecification", "value": "red",
                "validFor": {"endDateTime": "2030-01-01T00:00:00Z"}}],
            "productSpecCharRelationship": [{"@type": "ProductSpecificationCharacteristicRelationship",
                "id": "7", "href": "h", "charSpecSeq": 1}]
        }]}),
    );
}

#[test]
fn order_and_number_form_are_kept() {
    let text = r#"{"name":"x","relatedParty":[{"role":"r","id":"1","name":"n","z":2.50,"@type":"RelatedParty","@referredType":"Individual"}],"zz":1.0,"@type":"Catalog"}"#;
    let read: Value = serde_json::from_str(text).expect("JSON");
    let stored = up(&CATALOG_R4, read, None);
    assert_eq!(
        stored.to_string(),
        r#"{"name":"x","relatedParty":[{"role":"r","partyOrPartyRole":{"@type":"PartyRef","id":"1","name":"n","@referredType":"Individual"},"z":2.50,"@type":"RelatedPartyRefOrPartyRoleRef"}],"zz":1.0,"@type":"ProductCatalog"}"#
    );
}
