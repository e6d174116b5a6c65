//! Tollgate's own resources below `/tollgate/v1`: served as those of the standard are.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Listener, Setup, TestServer, each_database, each_server};

const RULES: &str = "/tollgate/v1/decompositionRule";
const POOLS: &str = "/tollgate/v1/numberPool";

fn rule(more: Value) -> Value {
    let mut rule = json!({
        "@type": "DecompositionRule",
        "id": "own-rule",
        "name": "A rule",
        "version": "1.0",
        "lifecycleStatus": "Active",
        "when": { "productSpecification": ["own-specification"], "action": ["add"] },
        "produce": [{
            "name": "task",
            "kind": "manualTask",
            "characteristic": [
                { "name": "speed", "copy": "characteristic.speed" },
                { "name": "factor", "constant": 1.50 },
            ],
            "timeout": "PT4H",
            "parameters": { "text": "Do it." },
        }],
    });
    let map = rule.as_object_mut().unwrap();
    map.extend(more.as_object().unwrap().clone());
    rule
}

#[test]
fn rules_are_made_read_changed_and_deleted() {
    each_server(async |server: &TestServer| {
        let made = server.send(Method::POST, RULES, &rule(json!({}))).await;
        let made = made.must_be(201).json();
        let href = made["href"].as_str().unwrap();
        assert!(href.ends_with(&format!("{RULES}/own-rule")), "{href}");
        assert!(made["lastUpdate"].is_string());
        let at = format!("{RULES}/own-rule");
        assert_eq!(server.get(&at).await.must_be(200).json(), made);
        for query in [
            "when.productSpecification=own-specification",
            "lifecycleStatus=Active&name=A%20rule",
        ] {
            let list = server.get(&format!("{RULES}?{query}")).await.must_be(200);
            assert_eq!(list.said("X-Total-Count"), "1", "{query}");
        }
        let newer = rule(json!({ "version": "2.0", "priority": 5 }));
        server.send(Method::POST, RULES, &newer).await.must_be(201);
        assert_eq!(server.get(&at).await.json()["version"], "2.0");
        let patch =
            json!({ "@type": "DecompositionRule", "priority": 7, "lifecycleStatus": "Retired" });
        let patched = server
            .send(Method::PATCH, &at, &patch)
            .await
            .must_be(200)
            .json();
        assert_eq!(
            (&patched["priority"], &patched["lifecycleStatus"]),
            (&json!(7), &json!("Retired"))
        );
        assert_eq!(patched["produce"], made["produce"]);
        server
            .send(Method::DELETE, &at, &json!({}))
            .await
            .must_be(204);
    });
}

#[test]
fn rules_that_cannot_work_are_refused_with_pointers() {
    each_server(async |server: &TestServer| {
        let wrong = rule(json!({
            "when": { "expression": "characteristic.speed >" },
            "produce": [
                { "name": "a", "kind": "serviceOrder" },
                { "name": "a", "kind": "manualTask", "timeout": "soon" },
            ],
        }));
        let refused = server
            .send(Method::POST, RULES, &wrong)
            .await
            .must_fail(400);
        let expected = [
            "/when/expression",
            "/produce/0/specification",
            "/produce/1/timeout",
            "/produce/1/name",
        ];
        assert_eq!(refused.violations(), expected);
        // The schema comes first: it knows types and words.
        let wrong = rule(json!({ "produce": [{ "name": "a", "kind": "miracle" }] }));
        let refused = server
            .send(Method::POST, RULES, &wrong)
            .await
            .must_fail(400);
        assert_eq!(refused.violations(), ["/produce/0/kind"]);
        server
            .send(Method::POST, RULES, &rule(json!({})))
            .await
            .must_be(201);
        let at = format!("{RULES}/own-rule");
        let patch = json!({ "@type": "DecompositionRule", "when": { "action": ["remove"] } });
        let refused = server.send(Method::PATCH, &at, &patch).await.must_fail(400);
        assert_eq!(refused.violations(), ["/when/action/0"]);
        let misspelt = rule(json!({ "id": "other", "requirez": [] }));
        let refused = server
            .send(Method::POST, RULES, &misspelt)
            .await
            .must_fail(400);
        assert_eq!(refused.violations(), ["/requirez"]);
    });
}

#[test]
fn pools_and_fallouts() {
    each_server(async |server: &TestServer| {
        let pool = |first: &str, last: &str| {
            json!({
                "@type": "NumberPool", "id": "own-pool", "name": "Own", "prefix": "+49",
                "range": [{ "first": first, "last": last }],
            })
        };
        let refused = server
            .send(Method::POST, POOLS, &pool("9", "1"))
            .await
            .must_fail(400);
        assert_eq!(refused.violations(), ["/range/0"]);
        server
            .send(Method::POST, POOLS, &pool("001", "999"))
            .await
            .must_be(201);
        let at = format!("{POOLS}/own-pool");
        assert_eq!(server.get(&at).await.must_be(200).json()["prefix"], "+49");
        server
            .send(Method::DELETE, &at, &json!({}))
            .await
            .must_be(204);

        let fallouts = "/tollgate/v1/fallout";
        server
            .get(&format!("{fallouts}?state=open"))
            .await
            .must_be(200);
        server
            .send(Method::POST, fallouts, &json!({}))
            .await
            .must_fail(405);
    });
}

#[test]
fn changes_of_rules_are_events() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.control.background = true;
        let server = TestServer::with(setup).await;
        let listener = Listener::start().await;
        let hub = json!({ "@type": "Hub", "callback": listener.url() });
        let made = server.send(Method::POST, "/tollgate/v1/hub", &hub).await;
        made.must_be(201);
        server
            .send(Method::POST, RULES, &rule(json!({})))
            .await
            .must_be(201);
        let is_told = |events: &[Value]| {
            let mut types = events.iter().map(|event| &event["eventType"]);
            types.any(|name| name == "DecompositionRuleCreateEvent")
        };
        assert!(listener.until(Duration::from_secs(10), is_told).await);
        server.stop().await;
    });
}
