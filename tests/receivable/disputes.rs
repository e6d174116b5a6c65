//! Disputes: hold, credit note or rejection, release.

use serde_json::{Value, json};

use super::plan::{
    BILLS, RATES, TICKETS, account, balances, bill, euros, make, patch, pay, post, read, standing,
};
use crate::support::{TestServer, each_server, id};

const DUE: &str = "2030-01-10T00:00:00Z";
const TWO: &[(&str, &str, &str)] = &[("10.00", "19", "1.90"), ("20.00", "7", "1.40")];

/// A ticket in the form of the version that the path names.
fn ticket(path: &str, about: &[(&str, &str)]) -> Value {
    let is_v5 = path.contains("/v5/");
    let entity = |(class, id): &(&str, &str)| match is_v5 {
        true => json!({ "@type": "RelatedEntity", "role": "disputed",
            "entity": { "@type": "EntityRef", "id": id, "@referredType": class } }),
        false => json!({ "role": "disputed", "id": id, "@referredType": class }),
    };
    let mut ticket = json!({
        "ticketType": "billingDispute", "severity": "Major", "description": "I was not here.",
        "relatedEntity": about.iter().map(entity).collect::<Value>(),
    });
    if is_v5 {
        ticket["@type"] = json!("TroubleTicket");
    }
    ticket
}

async fn end(server: &TestServer, at: &str, status: &str, decision: Option<Value>) -> Value {
    let mut body = json!({ "status": status });
    if at.contains("/v5/") {
        body["@type"] = json!("TroubleTicket");
    }
    if let Some(decision) = decision {
        body["disputeDecision"] = decision;
    }
    patch(server, at, &body).await.must_be(200).json()
}

/// The credit note that a ticket names.
async fn note(server: &TestServer, ticket: &Value) -> Value {
    let related = ticket["relatedEntity"].as_array().expect("entities");
    let named = related.iter().find(|own| own["role"] == "creditNote");
    let named = named.unwrap_or_else(|| panic!("no credit note: {ticket}"));
    let id = named["entity"]["id"].as_str().or(named["id"].as_str());
    read(server, &format!("{BILLS}/{}", id.expect("an id"))).await
}

#[test]
fn what_is_accepted_is_credited_and_the_bill_released() {
    each_server(async |server: &TestServer| {
        for (at, path) in TICKETS.iter().enumerate() {
            let (own, sent) = (format!("a{at}"), format!("b{at}"));
            account(server, &own).await;
            let lines = bill(server, &sent, &own, DUE, TWO).await;
            let made = make(server, path, &ticket(path, &[("CustomerBill", &sent)])).await;
            assert_eq!(standing(server, &sent).await, "onHold 33.30");
            // A hold by a dispute ends with the dispute.
            let release = json!({ "state": "sent" });
            let refused = patch(server, &format!("{BILLS}/{sent}"), &release).await;
            refused.must_fail(409);

            let decision = json!({ "decision": "accepted", "line": [
                { "id": lines[0], "taxIncludedAmount": euros("5.95") },
                { "id": lines[1], "taxExcludedAmount": euros("10.00") } ] });
            let ticket = end(
                server,
                &format!("{path}/{}", id(&made)),
                "resolved",
                Some(decision),
            )
            .await;
            let note = note(server, &ticket).await;
            assert_eq!(note["category"], "creditNote");
            assert_eq!(note["state"], "settled");
            assert_eq!(note["correctedBill"]["id"], sent.as_str());
            assert!(note["billNo"].as_str().unwrap().starts_with("CN-"));
            let amount = |name: &str| note[name]["value"].to_string();
            assert_eq!(amount("taxExcludedAmount"), "-15.00");
            assert_eq!(amount("taxIncludedAmount"), "-16.65");
            assert_eq!(amount("remainingAmount"), "0.00");
            assert_eq!(
                standing(server, &sent).await,
                "partiallyPaid 16.65 note:16.65"
            );
            assert_eq!(balances(server, &own).await, ["ReceivableBalance 16.65"]);

            let rates = read(server, &format!("{RATES}?bill.id={}", id(&note))).await;
            let rates: Vec<String> = rates
                .as_array()
                .unwrap()
                .iter()
                .map(|rate| {
                    assert_eq!(rate["appliedBillingRateType"], "appliedBillingCredit");
                    let value = |name: &str| rate[name]["value"].to_string();
                    let tax = &rate["appliedTax"][0]["taxAmount"]["value"];
                    let at = lines
                        .iter()
                        .position(|own| rate["correctedRate"]["id"] == own.as_str());
                    format!(
                        "{at:?} {} {tax} {}",
                        value("taxExcludedAmount"),
                        value("taxIncludedAmount")
                    )
                })
                .collect();
            assert_eq!(
                rates,
                ["Some(0) -5.00 -0.95 -5.95", "Some(1) -10.00 -0.70 -10.70"]
            );
        }
    });
}

#[test]
fn a_bill_that_is_paid_is_credited_to_the_account_once() {
    each_server(async |server: &TestServer| {
        let path = TICKETS[1];
        account(server, "a").await;
        let lines = bill(server, "b", "a", DUE, TWO).await;
        pay(server, "p1", "a", "33.30", json!({})).await;
        // The ticket names a charge; it gets to name the bill.
        let about = [("AppliedCustomerBillingRate", lines[0].as_str())];
        let made = make(server, path, &ticket(path, &about)).await;
        let related = made["relatedEntity"].as_array().unwrap();
        assert_eq!(related[1]["entity"]["id"], "b");
        assert_eq!(standing(server, "b").await, "settled 0.00 p1:33.30");
        let accepted = json!({ "decision": "accepted" });
        let own = format!("{path}/{}", id(&made));
        let ended = end(server, &own, "resolved", Some(accepted.clone())).await;
        let credited = note(server, &ended).await;
        assert_eq!(credited["taxIncludedAmount"]["value"].to_string(), "-11.90");
        assert_eq!(credited["remainingAmount"]["value"].to_string(), "-11.90");
        assert_eq!(credited["state"], "sent");
        assert_eq!(balances(server, "a").await, ["OnAccountBalance -11.90"]);
        assert_eq!(standing(server, "b").await, "settled 0.00 p1:33.30");

        // All of the bill: what is left is the other line. Then nothing is.
        let about = [("CustomerBill", "b")];
        let second = make(server, path, &ticket(path, &about)).await;
        let own = format!("{path}/{}", id(&second));
        let ended = end(server, &own, "resolved", Some(accepted.clone())).await;
        let rest = note(server, &ended).await;
        assert_eq!(rest["taxIncludedAmount"]["value"].to_string(), "-21.40");
        let third = make(server, path, &ticket(path, &about)).await;
        let body =
            json!({ "@type": "TroubleTicket", "status": "resolved", "disputeDecision": accepted });
        let own = format!("{path}/{}", id(&third));
        patch(server, &own, &body).await.must_fail(409);
        // The credit pays the next bill.
        bill(server, "next", "a", DUE, TWO).await;
        let next = standing(server, "next").await;
        assert_eq!(next, "settled 0.00 note:11.90 note:21.40");
        assert!(balances(server, "a").await.is_empty());
    });
}

#[test]
fn a_dispute_that_comes_to_nothing_releases_the_bill() {
    each_server(async |server: &TestServer| {
        let path = TICKETS[1];
        account(server, "a").await;
        bill(server, "b", "a", DUE, TWO).await;
        let about = [("CustomerBill", "b")];
        let rejected = json!({ "decision": "rejected", "reason": "as agreed" });
        for (status, decision) in [
            ("resolved", Some(rejected)),
            ("cancelled", None),
            ("rejected", None),
        ] {
            let made = make(server, path, &ticket(path, &about)).await;
            assert_eq!(standing(server, "b").await, "onHold 33.30");
            end(server, &format!("{path}/{}", id(&made)), status, decision).await;
            assert_eq!(standing(server, "b").await, "sent 33.30", "{status}");
        }
        // Two at a time: the last one releases it. One that is deleted has ended too.
        let first = make(server, path, &ticket(path, &about)).await;
        let second = make(server, path, &ticket(path, &about)).await;
        end(server, &format!("{path}/{}", id(&first)), "cancelled", None).await;
        assert_eq!(standing(server, "b").await, "onHold 33.30");
        let own = format!("{path}/{}", id(&second));
        let gone = server.send(reqwest::Method::DELETE, &own, &json!({})).await;
        gone.must_be(204);
        assert_eq!(standing(server, "b").await, "sent 33.30");
    });
}

#[test]
fn disputes_that_cannot_be_are_refused() {
    each_server(async |server: &TestServer| {
        let path = TICKETS[1];
        account(server, "a").await;
        let lines = bill(server, "b", "a", DUE, TWO).await;
        let refused = async |about: &[(&str, &str)], status| {
            post(server, path, &ticket(path, about))
                .await
                .must_fail(status);
        };
        refused(&[("CustomerBill", "b"), ("CustomerBill", "c")], 400).await;
        refused(&[("CustomerBill", "nobody")], 400).await;
        refused(&[("AppliedCustomerBillingRate", "r0")], 400).await;
        let made = make(server, path, &ticket(path, &[("CustomerBill", "b")])).await;
        let own = format!("{path}/{}", id(&made));
        let change = async |mut body: Value, status: u16| {
            body["@type"] = json!("TroubleTicket");
            patch(server, &own, &body).await.must_fail(status);
        };
        change(json!({ "status": "resolved" }), 400).await;
        change(json!({ "ticketType": "fault" }), 409).await;
        let accepted = |line: Value| json!({ "decision": "accepted", "line": [line] });
        change(
            json!({ "disputeDecision": accepted(json!({ "id": lines[0] })) }),
            409,
        )
        .await;
        for (line, status) in [
            (
                json!({ "id": lines[0], "taxIncludedAmount": euros("11.91") }),
                409,
            ),
            (
                json!({ "id": lines[0], "taxIncludedAmount": { "unit": "CHF", "value": 1 } }),
                400,
            ),
            (json!({ "id": "other" }), 409),
            (json!({}), 400),
        ] {
            let body = json!({ "status": "resolved", "disputeDecision": accepted(line) });
            change(body, status).await;
        }
        assert_eq!(standing(server, "b").await, "onHold 33.30");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 33.30"]);
        // One that names no bill disputes none, until it names one.
        bill(server, "c", "a", DUE, TWO).await;
        let made = make(server, path, &ticket(path, &[])).await;
        let named = ticket(path, &[("CustomerBill", "c")]);
        let body = json!({ "@type": "TroubleTicket", "relatedEntity": named["relatedEntity"] });
        let own = format!("{path}/{}", id(&made));
        patch(server, &own, &body).await.must_be(200);
        assert_eq!(standing(server, "c").await, "onHold 33.30");
    });
}
