//! Balances (TMF654) and consumption (TMF677) over HTTP: what clients can make and what the server alone does.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, TestServer, client, each_server, id};

const BALANCE: &str = "/tmf-api/prepayBalanceManagement/v4";
const QUERY_V4: &str = "/tmf-api/usageConsumption/v4/queryUsageConsumption";
const QUERY_V5: &str = "/tmf-api/usageConsumption/v5/queryUsageConsumption";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    let request = client()
        .request(method, format!("{}{path}", server.url()))
        .header("Content-Type", "application/json")
        .body(body.to_string());
    Answer::of(request).await
}

#[test]
fn a_query_of_v4_is_read_in_v5() {
    each_server(async |server: &TestServer| {
        let mut body = json!({
            "partyAccount": [{"id": "a"}],
            "searchCriteria": {"bucketRefOrValue": [
                {"id": "b", "@referredType": "Bucket"},
                {"name": "Data", "remainingValue": {"amount": 8.5, "units": "GB"},
                    "bucketCounter": [{"counterType": "used", "value": {"amount": 1.5, "units": "GB"}}]}
            ]}
        });
        let made = send(server, Method::POST, QUERY_V4, &body)
            .await
            .must_be(201)
            .json();
        assert!(made["queryUsageConsumptionDate"].is_string(), "{made}");
        assert_eq!(made["usageConsumption"][0]["bucketRefOrValue"], json!([]));
        let new = server
            .get(&format!("{QUERY_V5}/{}", id(&made)))
            .await
            .must_be(200)
            .json();
        assert_eq!(new["state"], "done");
        assert_eq!(new["creationDate"], made["queryUsageConsumptionDate"]);
        let criteria = &new["searchCriteria"];
        assert_eq!(criteria["@type"], "UsageConsumptionReport");
        let types = ["BucketRef", "Bucket"];
        for (bucket, class) in criteria["bucket"]
            .as_array()
            .expect("buckets")
            .iter()
            .zip(types)
        {
            assert_eq!(bucket["@type"], class);
        }
        assert_eq!(
            criteria["bucket"][1]["bucketCounter"][0]["@type"],
            "ConsumptionSummary"
        );
        let shown = &made["searchCriteria"]["bucketRefOrValue"];
        assert_eq!(
            shown[1]["remainingValue"],
            json!({"amount": 8.5, "units": "GB"})
        );
        // Only the server answers.
        body["usageConsumption"] = json!([{"name": "made up"}]);
        send(server, Method::POST, QUERY_V4, &body)
            .await
            .must_fail(400);
    });
}

#[test]
fn buckets_are_read_and_actions_are_called_off() {
    each_server(async |server: &TestServer| {
        for kind in ["bucket", "accumulatedBalance", "balanceActionHistory"] {
            let at = format!("{BALANCE}/{kind}");
            assert_eq!(server.get(&at).await.must_be(200).json(), json!([]));
            send(server, Method::POST, &at, &json!({"name": "mine"}))
                .await
                .must_fail(405);
        }
        // Nobody rates money by buckets, so this is known at once.
        let at = format!("{BALANCE}/topupBalance");
        let mut body = json!({
            "amount": {"amount": 10, "units": "EUR"}, "bucket": {"id": "b"},
            "partyAccount": {"id": "a"}, "usageType": "monetary"
        });
        let made = send(server, Method::POST, &at, &body)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["status"], "failed");
        assert_eq!(made["statusReason"]["code"], "UNKNOWN_BUCKET");
        assert!(
            made.get("confirmationDate").is_none() && made["requestedDate"].is_string(),
            "{made}"
        );
        let one = format!("{at}/{}", id(&made));
        for status in ["completed", "cancelled"] {
            send(server, Method::PATCH, &one, &json!({"status": status}))
                .await
                .must_fail(409);
        }
        // A reservation waits, and can be called off.
        let at = format!("{BALANCE}/reserveBalance");
        if let Some(body) = body.as_object_mut() {
            body.shift_remove("amount");
        }
        let made = send(server, Method::POST, &at, &body)
            .await
            .must_be(201)
            .json();
        assert_eq!(made["status"], "created");
        let one = format!("{at}/{}", id(&made));
        let change = |status: &str| json!({"status": status, "reason": "not needed"});
        let after = send(server, Method::PATCH, &one, &change("cancelled"))
            .await
            .must_be(200)
            .json();
        assert_eq!(after["status"], "cancelled");
        send(server, Method::PATCH, &one, &change("completed"))
            .await
            .must_fail(409);
    });
}
