//! Orders and products as each version says them.

use serde_json::{Value, json};
use tollgate::domain::adapt::{down, up};

use super::parties::{exact, finds, resource};

fn order(attributes: Value) -> Value {
    let mut order = attributes;
    order["@type"] = json!("ProductOrder");
    order
}

/// One item with a class, in either version.
fn item(attributes: Value) -> Value {
    let mut item = attributes;
    item["@type"] = json!("ProductOrderItem");
    order(json!({"productOrderItem": [item]}))
}

#[test]
fn an_external_id_is_the_first_of_a_list() {
    for (v4, v5) in [
        (
            json!({"externalId": "A"}),
            json!({"externalId": [{"@type": "ExternalIdentifier", "id": "A"}]}),
        ),
        (
            json!({"externalId": "A", "v5:externalId": [{"@type": "ExternalIdentifier", "owner": "CRM"}]}),
            json!({"externalId": [{"@type": "ExternalIdentifier", "owner": "CRM", "id": "A"}]}),
        ),
        (
            json!({"externalId": "A", "v5:externalId": [{"@type": "ExternalIdentifier"}, {"@type": "ExternalIdentifier", "id": "B"}]}),
            json!({"externalId": [{"@type": "ExternalIdentifier", "id": "A"}, {"@type": "ExternalIdentifier", "id": "B"}]}),
        ),
        // Another class, none, and nothing to show.
        (
            json!({"externalId": "A", "v5:externalId": [{"@type": "Mine"}]}),
            json!({"externalId": [{"@type": "Mine", "id": "A"}]}),
        ),
        (
            json!({"externalId": "A", "v5:externalId": [{}]}),
            json!({"externalId": [{"id": "A"}]}),
        ),
        (json!({"v5:externalId": []}), json!({"externalId": []})),
        (
            json!({"v5:externalId": [{"owner": "CRM"}]}),
            json!({"externalId": [{"owner": "CRM"}]}),
        ),
        (json!({"v5:externalId": "A"}), json!({"externalId": "A"})),
        (json!({}), json!({})),
    ] {
        exact("productOrder", &order(v4), &order(v5));
    }
}

#[test]
fn a_change_of_the_external_id_keeps_the_others() {
    let identifier =
        |id: &str, owner: &str| json!({"@type": "ExternalIdentifier", "id": id, "owner": owner});
    let kind = resource("productOrder");
    let before = order(json!({"externalId": [identifier("A", "CRM"), identifier("B", "ERP")]}));
    let shown = down(kind, before.clone());
    let after = |change: &dyn Fn(&mut Value)| {
        let mut shown = shown.clone();
        change(&mut shown);
        up(kind, shown, Some(&before))["externalId"].clone()
    };
    let take = |order: &mut Value, name: &str| {
        order.as_object_mut().expect("an order").shift_remove(name);
    };
    let changed = json!([identifier("C", "CRM"), identifier("B", "ERP")]);
    assert_eq!(after(&|order| order["externalId"] = json!("C")), changed);
    // Who writes a whole order need not repeat what v4 does not know.
    assert_eq!(
        after(&|order| {
            take(order, "v5:externalId");
            order["externalId"] = json!("C");
        }),
        changed
    );
    let removed = json!([identifier("B", "ERP")]);
    assert_eq!(after(&|order| take(order, "externalId")), removed);
    assert_eq!(
        after(&|order| {
            take(order, "externalId");
            take(order, "v5:externalId");
        }),
        removed
    );
    let alone = order(json!({"externalId": [identifier("A", "CRM")]}));
    let mut shown = down(kind, alone.clone());
    take(&mut shown, "externalId");
    assert_eq!(up(kind, shown, Some(&alone)), order(json!({})));
}

#[test]
fn a_product_in_an_item_refers_or_is() {
    let class = |product: Value| {
        let stored = up(
            resource("productOrder"),
            item(json!({"product": product})),
            None,
        );
        stored["productOrderItem"][0]["product"]["@type"].clone()
    };
    for (product, expected) in [
        (json!({"id": "p"}), "ProductRef"),
        (
            json!({"id": "p", "href": "tollgate:product/p", "name": "Line", "@referredType": "Product"}),
            "ProductRef",
        ),
        (json!({"id": "p", "status": "active"}), "Product"),
        (json!({"name": "Line"}), "Product"),
        (json!({"@type": "ProductRef", "name": "Line"}), "ProductRef"),
        (json!({"@type": "MobileLine", "id": "p"}), "MobileLine"),
    ] {
        assert_eq!(class(product.clone()), expected, "{product}");
    }
}

#[test]
fn channels_places_and_parties_are_nested_in_v5() {
    exact(
        "productOrder",
        &order(json!({"orderDate": "2030-01-01T00:00:00Z",
            "channel": [{"@type": "RelatedChannel", "id": "web", "name": "Web", "role": "sales"}],
            "relatedParty": [{"@type": "RelatedParty", "id": "7", "role": "customer", "@referredType": "Individual"}]})),
        &order(json!({"creationDate": "2030-01-01T00:00:00Z",
            "channel": [{"@type": "RelatedChannel", "role": "sales",
                "channel": {"@type": "ChannelRef", "id": "web", "name": "Web"}}],
            "relatedParty": [{"@type": "RelatedPartyRefOrPartyRoleRef", "role": "customer",
                "partyOrPartyRole": {"@type": "PartyRef", "id": "7", "@referredType": "Individual"}}]})),
    );
    // A product may be sent with whole parties in v5, so its related parties have another class there.
    exact(
        "productOrder",
        &item(json!({"product": {"@type": "Product",
            "relatedParty": [{"@type": "RelatedParty", "id": "7", "role": "user", "@referredType": "Individual"}],
            "place": [
                {"@type": "RelatedPlaceRefOrValue", "id": "a", "role": "install", "@referredType": "GeographicAddress"},
                {"@type": "RelatedPlaceRefOrValue", "name": "Main Street 1", "role": "bill"},
                {"@type": "RelatedPlaceRefOrValue", "id": "s", "role": "shop",
                    "place": {"@type": "GeographicSite", "code": "S1"}}]}})),
        &item(json!({"product": {"@type": "Product",
            "relatedParty": [{"@type": "RelatedPartyOrPartyRole", "role": "user",
                "partyOrPartyRole": {"@type": "PartyRef", "id": "7", "@referredType": "Individual"}}],
            "place": [
                {"@type": "RelatedPlaceRefOrValue", "role": "install",
                    "place": {"@type": "PlaceRef", "id": "a", "@referredType": "GeographicAddress"}},
                {"@type": "RelatedPlaceRefOrValue", "role": "bill",
                    "place": {"@type": "GeographicAddress", "name": "Main Street 1"}},
                {"@type": "RelatedPlaceRefOrValue", "role": "shop",
                    "place": {"@type": "GeographicSite", "id": "s", "code": "S1"}}]}})),
    );
}

#[test]
fn references_to_items_have_other_names() {
    exact(
        "productOrder",
        &item(json!({
            "quoteItem": {"@type": "QuoteItemRef", "id": "1", "quoteId": "Q"},
            "productOfferingQualificationItem": {"@type": "ProductOfferingQualificationItemRef", "id": "2",
                "productOfferingQualificationId": "P"},
            "product": {"@type": "Product",
                "agreement": [{"@type": "AgreementItemRef", "id": "A", "name": "Frame", "agreementItemId": "3"}],
                "productOrderItem": [{"@type": "RelatedProductOrderItem", "productOrderId": "O", "orderItemId": "4"}]},
        })),
        &item(json!({
            "quoteItem": {"@type": "QuoteItemRef", "quoteItemId": "1", "quoteId": "Q"},
            "productOfferingQualificationItem": {"@type": "ProductOfferingQualificationItemRef", "itemId": "2",
                "productOfferingQualificationId": "P"},
            "product": {"@type": "Product",
                "agreementItem": [{"@type": "AgreementItemRef", "agreementId": "A", "agreementName": "Frame",
                    "agreementItemId": "3"}],
                "productOrderItem": [{"@type": "RelatedOrderItem", "orderId": "O", "orderItemId": "4"}]},
        })),
    );
}

#[test]
fn a_relationship_between_products_is_a_reference_in_v5() {
    let product =
        |relationship: Value| json!({"@type": "Product", "productRelationship": [relationship]});
    for (v4, v5) in [
        (
            json!({"@type": "ProductRelationship", "relationshipType": "reliesOn",
                "product": {"id": "p", "name": "Line", "@referredType": "Product"}}),
            json!({"@type": "ProductRelationship", "relationshipType": "reliesOn",
                "id": "p", "name": "Line", "@referredType": "Product"}),
        ),
        // What only a whole product says stays with it.
        (
            json!({"@type": "ProductRelationship", "relationshipType": "bundles",
                "product": {"@type": "Product", "id": "p", "status": "active"}}),
            json!({"@type": "ProductRelationship", "relationshipType": "bundles", "id": "p",
                "product": {"@type": "Product", "status": "active"}}),
        ),
    ] {
        exact("product", &product(v4), &product(v5));
    }
    let stored = product(
        json!({"@type": "ProductRelationship", "id": "p", "relationshipType": "bundles",
        "product": {"@type": "Product", "status": "active"}}),
    );
    for (query, expected) in [
        ("productRelationship.product.id=p", true),
        ("productRelationship.product.id=q", false),
        ("productRelationship.product.status=active", true),
        ("productRelationship.product.@type=Product", true),
    ] {
        assert_eq!(finds("product", query, &stored), expected, "{query}");
    }
}

#[test]
fn v4_queries_find_orders() {
    let stored = order(json!({"creationDate": "2030-01-01T00:00:00Z",
        "externalId": [{"id": "A"}, {"id": "B"}],
        "productOrderItem": [{"product": {"place": [{"place": {"id": "a"}}],
            "relatedParty": [{"partyOrPartyRole": {"id": "7"}}]}}]}));
    for (query, expected) in [
        ("externalId=A", true),
        ("externalId=B", true),
        ("externalId=C", false),
        ("orderDate.gt=2029-01-01T00:00:00Z", true),
        ("productOrderItem.product.place.id=a", true),
        ("productOrderItem.product.relatedParty.id=7", true),
        ("productOrderItem.product.relatedParty.id=8", false),
    ] {
        assert_eq!(finds("productOrder", query, &stored), expected, "{query}");
    }
}
