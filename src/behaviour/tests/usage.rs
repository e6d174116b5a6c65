//! Usage: rating moves it, clients send back what was rejected, and what was rated stays.

use serde_json::{Value, json};

use super::fixture::{Catalog, conflict_at, refused};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Outcome};
use crate::domain::usage_status::UsageStatus;

fn received(catalog: &Catalog) -> Value {
    let body = json!({
        "usageDate": "2026-11-01T10:00:00Z", "usageType": "VOICE",
        "usageCharacteristic": [{"name": "duration", "value": 20}],
    });
    catalog.create("usage", "u", body).expect("a usage")
}

/// Writes as rating does.
fn rating(catalog: &Catalog, edit: impl Fn(&mut Value) + Send + 'static) -> Outcome<Value> {
    catalog.rewrite_as("@rating", "usage", "u", edit)
}

fn moved(catalog: &Catalog, status: UsageStatus) -> Outcome<Value> {
    rating(catalog, move |doc| {
        doc["usageStatus"] = json!(status.as_str());
    })
}

#[test]
fn what_is_rated_stays_as_it_was() {
    let catalog = Catalog::strict();
    let new = received(&catalog);
    assert_eq!(
        (&new["usageStatus"], &new["status"]),
        (&json!("received"), &json!("initialized"))
    );
    let guided = moved(&catalog, UsageStatus::Guided).unwrap();
    assert_eq!(guided["status"], "validated");
    let correction = json!({"usageDate": "2026-11-02T10:00:00Z", "usageType": "SMS"});
    conflict_at(
        catalog.patch("usage", "u", correction),
        &["/usageDate", "/usageType"],
    );
    let rated = moved(&catalog, UsageStatus::Rated).unwrap();
    assert_eq!(rated["status"], "rated");
    let price = json!({"@type": "ProductUsage", "usageProductPrice": []});
    conflict_at(
        catalog.patch_as(ApiVersion::V5, "usage", "u", price),
        &["/usageProductPrice"],
    );
    catalog
        .patch("usage", "u", json!({"description": "To Berlin"}))
        .unwrap();
    assert_eq!(refused(catalog.delete("usage", "u")).0, Code::Conflict);
    for status in [UsageStatus::Rerated, UsageStatus::Billed] {
        assert_eq!(moved(&catalog, status).unwrap()["status"], "rated");
    }
    let (code, at) = refused(moved(&catalog, UsageStatus::Rerated));
    assert_eq!(
        (code, at),
        (Code::BadTransition, vec!["/usageStatus".to_owned()])
    );
}

#[test]
fn clients_send_back_what_was_rejected() {
    for (version, word) in [(ApiVersion::V4, "recycled"), (ApiVersion::V5, "corrected")] {
        let catalog = Catalog::strict();
        received(&catalog);
        let rejected = rating(&catalog, |doc| {
            doc["usageStatus"] = json!("rejected");
            doc["statusReason"] = json!({"code": "NO_PRODUCT"});
        });
        assert_eq!(rejected.unwrap()["status"], "rejected");
        // A correction alone leaves it where it is.
        let corrected = catalog
            .patch("usage", "u", json!({"usageType": "SMS"}))
            .unwrap();
        assert_eq!(corrected["statusReason"]["code"], "NO_PRODUCT");
        let back = catalog
            .patch_as(version, "usage", "u", json!({"status": word}))
            .unwrap();
        assert_eq!(
            (&back["usageStatus"], &back["status"]),
            (&json!("recycled"), &json!("corrected"))
        );
        assert!(back.get("statusReason").is_none(), "{back}");
        let (code, at) =
            refused(catalog.patch_as(version, "usage", "u", json!({"status": "rejected"})));
        assert_eq!(code, Code::BadTransition);
        let attribute = if version == ApiVersion::V4 {
            "/usageStatus"
        } else {
            "/status"
        };
        assert_eq!(at, [attribute]);
    }
}

#[test]
fn rating_keeps_to_the_states_too() {
    let catalog = Catalog::strict();
    received(&catalog);
    for status in [
        UsageStatus::Rated,
        UsageStatus::Billed,
        UsageStatus::Recycled,
    ] {
        assert_eq!(
            refused(moved(&catalog, status)).0,
            Code::BadTransition,
            "{status:?}"
        );
    }
}

#[test]
fn a_record_that_was_rated_may_come_again() {
    let catalog = Catalog::strict();
    let record = json!({
        "usageType": "VOICE", "usageCharacteristic": [
            {"name": "recordId", "value": "r"}, {"name": "startTime", "value": "2026-11-01T10:00:00Z"}],
    });
    let first = catalog.create("usage", "u", record.clone()).expect("new");
    assert_eq!(first["usageDate"], "2026-11-01T10:00:00Z");
    moved(&catalog, UsageStatus::Guided).unwrap();
    let product = json!({"@type": "Product", "status": "active"});
    catalog.create("product", "p", product).expect("a product");
    let rated = rating(&catalog, |doc| {
        doc["usageStatus"] = json!("rated");
        doc["product"] = json!({"@type": "ProductRef", "id": "p"});
        doc["usageProductPrice"] = json!([{"@type": "ProductPrice", "name": "Peak"}]);
    });
    let again = catalog
        .create("usage", "u", record.clone())
        .expect("the first");
    assert_eq!(again, rated.expect("rated"));
    // By another id it would be another record.
    let refusal = refused(catalog.create("usage", "other", record));
    assert_eq!(refusal, (Code::AlreadyExists, vec!["/id".to_owned()]));
    let other = json!({"usageType": "SMS", "usageCharacteristic": first["usageCharacteristic"]});
    let refusal = refused(catalog.create("usage", "u", other));
    assert_eq!(
        refusal,
        (Code::AlreadyExists, vec!["/usageType".to_owned()])
    );
}
