//! The prices of an order, from the catalog as it is stored.

use serde_json::{Value, json};

use crate::support::{Operator, each_database};

const CATALOG: &str = "/tmf-api/productCatalogManagement/v5";

fn price(id: &str, kind: &str, uses: Value) -> Value {
    json!({
        "@type": "ProductOfferingPrice", "id": id, "name": id, "lifecycleStatus": "Active", "priceType": kind,
        "price": {"unit": "EUR", "value": 0.1}, "unitOfMeasure": {"amount": 1, "units": "minute"},
        "prodSpecCharValueUse": uses,
    })
}

/// A condition that no order could meet.
fn condition(name: &str) -> Value {
    json!({"@type": "ProductSpecificationCharacteristicValueUse", "name": name,
        "productSpecCharacteristicValue": [
            {"@type": "StringCharacteristicValueSpecification", "value": "never", "valueType": "string"}]})
}

#[test]
fn conditions_on_what_usage_specifications_declare_are_left_to_rating() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let specification =
            json!({"name": "gaming", "specCharacteristic": [{"name": "sliceType"}]});
        let path = "/tmf-api/usageManagement/v4/usageSpecification";
        operator.post(path, &specification).await.must_be(201);
        let prices = [
            price("by-slice", "usage", json!([condition("sliceType")])),
            price("by-called", "usage", json!([condition("calledNumber")])),
            price("by-colour", "usage", json!([condition("colour")])),
            price("included", "allowance", json!([])),
        ];
        for price in &prices {
            let path = format!("{CATALOG}/productOfferingPrice");
            operator.post(&path, price).await.must_be(201);
        }
        let ids = prices.iter().map(|price| &price["id"]);
        let references: Vec<Value> = ids
            .map(|id| json!({"@type": "ProductOfferingPriceRef", "id": id}))
            .collect();
        let offering = json!({
            "@type": "ProductOffering", "id": "phone-by-use", "name": "Phone", "lifecycleStatus": "Active",
            "productSpecification": {"@type": "ProductSpecificationRef", "id": "smartphone"},
            "productOfferingPrice": references,
        });
        let path = format!("{CATALOG}/productOffering");
        operator.post(&path, &offering).await.must_be(201);

        let order = operator
            .place_document(&json!({"@type": "ProductOrder", "productOrderItem": [{
                "@type": "ProductOrderItem", "id": "1", "action": "add",
                "productOffering": {"@type": "ProductOfferingRef", "id": "phone-by-use"},
            }]}))
            .await;
        operator.settle().await;
        let order = operator.order(order["id"].as_str().expect("an id")).await;
        let shown = order["productOrderItem"][0]["itemPrice"].as_array();
        let shown = shown.unwrap_or_else(|| panic!("{order}")).iter();
        let shown: Vec<&Value> = shown.map(|price| &price["name"]).collect();
        assert_eq!(shown, ["by-slice", "by-called"], "{order}");
        assert!(order.get("orderTotalPrice").is_none(), "{order}");
        operator.stop().await;
    });
}
