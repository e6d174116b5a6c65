//! Which bills payments pay.

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::plan::{
    BILLS, PAYMENTS, account, balances, bill, items, make, paid, pay, payment, post, read, standing,
};
use crate::support::{Answer, Listener, TestServer, client, each_server};

const ONE: &[(&str, &str, &str)] = &[("10.00", "19", "1.90")];
const OLD: &str = "2030-01-10T00:00:00Z";
const NEW: &str = "2030-02-10T00:00:00Z";

#[test]
fn a_payment_pays_what_it_names_or_fits_and_then_the_oldest() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "old", "a", OLD, &[("25.00", "20", "5.00")]).await;
        bill(server, "new", "a", NEW, ONE).await;
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 41.90"]);
        assert_eq!(standing(server, "old").await, "sent 30.00");

        // Exactly what the newer one is over.
        assert_eq!(pay(server, "p1", "a", "11.90", json!({})).await, "0.00");
        assert_eq!(standing(server, "new").await, "settled 0.00 p1:11.90");
        assert_eq!(standing(server, "old").await, "sent 30.00");
        // A part.
        assert_eq!(pay(server, "p2", "a", "12.00", json!({})).await, "0.00");
        assert_eq!(
            standing(server, "old").await,
            "partiallyPaid 18.00 p2:12.00"
        );
        // Named, and more than it takes. The bill that is paid takes nothing.
        let named = items(&[("new", None), ("old", Some("18.00"))]);
        assert_eq!(pay(server, "p3", "a", "20.00", named).await, "2.00");
        assert_eq!(
            standing(server, "old").await,
            "settled 0.00 p2:12.00 p3:18.00"
        );
        assert_eq!(balances(server, "a").await, ["OnAccountBalance -2.00"]);

        // What is on account is taken off the next bill.
        bill(server, "next", "a", NEW, ONE).await;
        assert_eq!(standing(server, "next").await, "partiallyPaid 9.90 p3:2.00");
        let next = read(server, &format!("{BILLS}/next")).await;
        assert_eq!(next["amountDue"]["value"].to_string(), "9.90");
        assert_eq!(next["taxIncludedAmount"]["value"].to_string(), "11.90");
        let third = paid(server, "p3").await;
        assert_eq!(third["unappliedAmount"]["value"].to_string(), "0.00");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 9.90"]);
    });
}

#[test]
fn bills_change_with_the_payment_and_tell_of_it() {
    each_server(async |server: &TestServer| {
        let listener = Listener::start().await;
        let hub = json!({ "@type": "Hub", "callback": listener.url() });
        make(server, "/tmf-api/customerBillManagement/v5/hub", &hub).await;
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        pay(server, "p1", "a", "1.90", json!({})).await;
        pay(server, "p2", "a", "10.00", json!({})).await;
        server.drain().await;
        let told: Vec<String> = listener
            .take()
            .iter()
            .map(|event| {
                let bill = &event["event"]["customerBill"];
                format!("{} {}", event["eventType"].as_str().unwrap(), bill["state"])
            })
            .collect();
        assert_eq!(
            told,
            [
                "CustomerBillCreateEvent \"sent\"",
                "CustomerBillStateChangeEvent \"partiallyPaid\"",
                "CustomerBillStateChangeEvent \"settled\"",
            ]
        );
    });
}

#[test]
fn a_payment_that_comes_again_pays_once() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        let mut body = payment("p1", "a", "5.00", json!({}));
        let repeated = async |body: &Value| {
            let request = client()
                .post(format!("{}{PAYMENTS}", server.url()))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "k1")
                .body(body.to_string());
            Answer::of(request).await
        };
        let first = repeated(&body).await.must_be(201).json();
        let again = repeated(&body).await;
        assert_eq!(again.json(), first);
        assert_eq!(standing(server, "b").await, "partiallyPaid 6.90 p1:5.00");
        // The key stands for one request.
        body["totalAmount"]["value"] = json!(6);
        let other = repeated(&body).await;
        assert!((400..500).contains(&other.status), "{}", other.body);
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 6.90"]);
    });
}

#[test]
fn payments_at_the_same_time_pay_no_bill_twice() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        let bodies: Vec<Value> = (0..20)
            .map(|n| payment(&format!("p{n}"), "a", "1.00", json!({})))
            .collect();
        let sent = bodies.iter().map(|body| post(server, PAYMENTS, body));
        for answer in join_all(sent).await {
            answer.must_be(201);
        }
        let paid = read(server, &format!("{BILLS}/b")).await;
        assert_eq!(paid["state"], "settled");
        let applied = paid["appliedPayment"].as_array().unwrap();
        let cents = |own: &Value| {
            let value = own["appliedAmount"]["value"].to_string();
            value.replace('.', "").parse::<i64>().unwrap()
        };
        assert_eq!(applied.iter().map(cents).sum::<i64>(), 1190);
        assert_eq!(balances(server, "a").await, ["OnAccountBalance -8.10"]);
    });
}

#[test]
fn what_cannot_be_booked_is_refused_and_changes_nothing() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        let francs = json!({ "totalAmount": { "unit": "CHF", "value": 5 } });
        let refused = async |more: Value, status| {
            let body = payment("p1", "a", "5.00", more);
            post(server, PAYMENTS, &body).await.must_fail(status);
        };
        refused(francs, 409).await;
        refused(json!({ "totalAmount": { "unit": "EUR", "value": 0 } }), 400).await;
        refused(
            json!({ "totalAmount": { "unit": "EUR", "value": 1.001 } }),
            400,
        )
        .await;
        assert_eq!(standing(server, "b").await, "sent 11.90");
        assert_eq!(balances(server, "a").await, ["ReceivableBalance 11.90"]);
    });
}

#[test]
fn a_debt_is_given_up_by_a_payment_of_that_method() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        bill(server, "c", "a", NEW, ONE).await;
        let mut write_off = items(&[("c", None)]);
        write_off["paymentMethod"] = json!({ "@type": "writeOff", "name": "insolvent" });
        let body = payment("w1", "a", "12.00", write_off.clone());
        post(server, PAYMENTS, &body).await.must_fail(409);
        assert_eq!(pay(server, "w1", "a", "11.90", write_off).await, "0.00");
        assert_eq!(standing(server, "c").await, "settled 0.00 w1:11.90");
        assert_eq!(standing(server, "b").await, "sent 11.90");
    });
}

#[test]
fn a_bill_is_not_edited() {
    each_server(async |server: &TestServer| {
        account(server, "a").await;
        bill(server, "b", "a", OLD, ONE).await;
        let change = async |body: Value, status: u16| {
            let path = format!("{BILLS}/b");
            super::plan::patch(server, &path, &body)
                .await
                .must_be(status)
        };
        for body in [
            json!({ "remainingAmount": { "unit": "EUR", "value": 0 } }),
            json!({ "billNo": "B-2" }),
            json!({ "remark": "on the house" }),
        ] {
            let answer = super::plan::patch(server, &format!("{BILLS}/b"), &body).await;
            assert!(
                answer.status >= 400 || answer.json()["remark"].is_null(),
                "{}",
                answer.body
            );
        }
        // On hold it is passed over, unless it is named; released it is what was made of it.
        change(json!({ "state": "onHold" }), 200).await;
        assert_eq!(pay(server, "p1", "a", "5.00", json!({})).await, "5.00");
        let named = items(&[("b", None)]);
        assert_eq!(pay(server, "p2", "a", "1.90", named).await, "0.00");
        assert_eq!(standing(server, "b").await, "onHold 10.00 p2:1.90");
        change(json!({ "state": "settled" }), 409).await;
        change(json!({ "state": "validated" }), 409).await;
        change(json!({ "state": "sent" }), 200).await;
        assert_eq!(standing(server, "b").await, "partiallyPaid 10.00 p2:1.90");
        // What waited on account pays it with what comes next.
        assert_eq!(pay(server, "p3", "a", "1.00", json!({})).await, "0.00");
        assert_eq!(
            standing(server, "b").await,
            "partiallyPaid 4.00 p2:1.90 p1:5.00 p3:1.00"
        );
    });
}
