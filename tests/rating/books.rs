//! What all who rate share: each change is seen, here at once and by other processes soon.

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::rating::table::Table;

use super::tables::{load, put, zones};
use crate::support::{Setup, TestServer, each_database, each_server};

const TENANT: i64 = 1;

fn table(server: &TestServer, id: &str) -> Option<Arc<Table>> {
    let seen = server.parts().book.library(TENANT);
    seen.library.tables.get(id).cloned()
}

fn revision(server: &TestServer) -> u64 {
    server.parts().book.library(TENANT).revision
}

#[test]
fn a_change_is_seen_as_soon_as_it_is_answered() {
    each_server(async |server| {
        assert!(table(server, "zones").is_none());
        let mut before = revision(server);
        let mut changed = |what: &str| {
            let now = revision(server);
            assert!(now > before, "{what}: {before}, {now}");
            before = now;
        };
        load(server, &zones()).await.must_be(201);
        changed("a table");
        let first = table(server, "zones").unwrap();
        assert_eq!(first.version.as_deref(), Some("1"));
        let held = server.parts().book.library(TENANT);
        let mut dearer = zones();
        dearer["row"][0]["price"] = json!(0.07);
        load(server, &dearer).await.must_be(201);
        changed("another version");
        assert_eq!(
            table(server, "zones").unwrap().version.as_deref(),
            Some("2")
        );
        // Who is at work with the version before goes on with it.
        assert!(Arc::ptr_eq(&held.library.tables["zones"], &first));
        let calendar = json!({ "timeZone": "Europe/Berlin", "default": "all" });
        put(server, "/tollgate/v1/calendar/de", &calendar)
            .await
            .must_be(201);
        changed("a calendar");
        // What has not changed is not compiled again.
        let second = table(server, "zones").unwrap();
        let price = json!({
            "@type": "ProductOfferingPrice", "id": "calls", "name": "Calls",
            "priceType": "usage", "price": { "unit": "EUR", "value": 0.1 },
            "unitOfMeasure": { "amount": 1, "units": "min" }, "lifecycleStatus": "Active",
        });
        server.v5().make("productOfferingPrice", price).await;
        changed("a price");
        assert!(Arc::ptr_eq(&second, &table(server, "zones").unwrap()));
        let path = "productOfferingPrice/calls";
        let dearer = json!({ "price": { "value": 0.2 } });
        server.v5().patch(path, &dearer).await.must_be(200);
        changed("the amount of a price");
        let path = "/tmf-api/usageManagement/v4/usageSpecification";
        let voice = json!({
            "name": "voice", "specCharacteristic": [{ "name": "cell", "valueType": "string" }],
        });
        server.send(Method::POST, path, &voice).await.must_be(201);
        changed("a usage specification");
        assert!(
            server
                .parts()
                .book
                .library(TENANT)
                .library
                .is_of_event("cell")
        );
        server
            .v5()
            .delete("productOfferingPrice/calls")
            .await
            .must_be(204);
        changed("the end of a price");
    });
}

#[test]
fn what_was_refused_is_not_seen() {
    each_server(async |server| {
        load(server, &zones()).await.must_be(201);
        let before = revision(server);
        load(server, &zones()).await.must_be(200);
        let mut wrong = zones();
        wrong["row"][0]["price"] = json!(-1);
        load(server, &wrong).await.must_fail(400);
        let fee = json!({
            "@type": "ProductOfferingPrice", "name": "Fee", "priceType": "recurring",
            "price": { "unit": "EUR", "value": 9.9 },
        });
        server.v5().make("productOfferingPrice", fee).await;
        assert_eq!(revision(server), before);
    });
}

#[test]
fn old_versions_explain_what_was_rated_by_them() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        load(&server, &zones()).await.must_be(201);
        let first = table(&server, "zones").unwrap();
        let mut dearer = zones();
        dearer["row"][0]["price"] = json!(0.07);
        load(&server, &dearer).await.must_be(201);
        server.stop().await;
        let server = TestServer::start(database).await;
        let book = &server.parts().book;
        let found = book.table_version(TENANT, "zones", "1").unwrap().unwrap();
        assert_eq!(found.hash, first.hash);
        assert_eq!(found.version.as_deref(), Some("1"));
        let again = book.table_version(TENANT, "zones", "1").unwrap().unwrap();
        assert!(Arc::ptr_eq(&found, &again));
        let current = book.table_version(TENANT, "zones", "2").unwrap().unwrap();
        assert!(Arc::ptr_eq(&current, &table(&server, "zones").unwrap()));
        assert!(book.table_version(TENANT, "zones", "3").unwrap().is_none());
        server.stop().await;
    });
}

#[test]
fn other_processes_see_a_change_within_a_second() {
    each_database(async |database| {
        let writing = TestServer::start(database).await;
        let mut setup = Setup::new(database);
        setup.control.background = true;
        let reading = TestServer::with(setup).await;
        load(&writing, &zones()).await.must_be(201);
        let begun = Instant::now();
        while table(&reading, "zones").is_none() {
            // Each look is a request, so that nobody waits for nothing; a loaded machine may take longer.
            assert!(begun.elapsed() < Duration::from_secs(20));
            reading.get("/health/live").await;
        }
        // A price that names what the other process has just loaded is no surprise, seen or not.
        let mut mobile = zones();
        mobile["id"] = json!("mobile");
        load(&writing, &mobile).await.must_be(201);
        let price: Value = json!({
            "@type": "ProductOfferingPrice", "id": "calls", "name": "Calls",
            "priceType": "usage", "lifecycleStatus": "Active",
            "unitOfMeasure": { "amount": 1, "units": "min" },
            "pricingLogicAlgorithm": [{
                "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "mobile",
            }],
        });
        reading.v5().make("productOfferingPrice", price).await;
        reading.stop().await;
        writing.stop().await;
    });
}
