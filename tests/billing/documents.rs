//! Documents are kept as they were when their bills got their numbers.

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::cli::config::BillForm;

use super::run::{ACCOUNTS, BILLS, CYCLES, DAY, DEMANDS, account, begin_with, bills, monthly, run};
use crate::rating::payers::{line, make};
use crate::rating::plan::read;
use crate::support::{TestServer, each_database};

const TICKETS: &str = "/tmf-api/troubleTicket/v4/troubleTicket";
pub const PAYMENTS: &str = "/tmf-api/payment/v4/payment";

async fn document(server: &TestServer, bill: &Value, form: &str) -> String {
    let id = bill["id"].as_str().expect("an id");
    let path = format!("/tollgate/v1/customerBill/{id}/document?form={form}");
    server.get(&path).await.must_be(200).body
}

#[test]
fn a_document_that_is_kept_stays_as_it_was() {
    each_database(async |database| {
        let (server, clock) = begin_with(database, |config| {
            config.billing.documents = vec![BillForm::Html];
            // What is a hundredth more than before is looked at.
            config.billing.review_percent = 101;
            config.billing.review_bills = 1;
        })
        .await;
        for id in ["acme", "more"] {
            account(&server, id).await;
            let price =
                json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
            line(&server, &format!("49{id}"), Some(id), price).await;
        }
        run(&server, json!({})).await;
        let rename = async |name: &str| {
            for id in ["acme", "more"] {
                let path = format!("{ACCOUNTS}/{id}");
                let change = json!({ "name": name });
                server
                    .send(Method::PATCH, &path, &change)
                    .await
                    .must_be(200);
            }
        };
        rename("Renamed Limited").await;
        let first = &bills(&server, "acme").await[0];
        // What is kept is as it was, what is made now is as things are now.
        assert!(
            !document(&server, first, "html")
                .await
                .contains("Renamed Limited")
        );
        assert!(
            document(&server, first, "xml")
                .await
                .contains("Renamed Limited")
        );

        // A bill without a number has no document to keep, until it gets one; nor has a trial.
        let dearer = json!({ "productPrice": monthly(62.0) });
        let path = "/tmf-api/productInventory/v5/product/49more";
        server.send(Method::PATCH, path, &dearer).await.must_be(200);
        clock.advance_millis(31 * DAY);
        let trial = json!({ "@type": "CustomerBillOnDemand", "category": "trial",
            "billingAccount": { "@type": "BillingAccountRef", "id": "acme" } });
        make(&server, DEMANDS, &trial).await;
        server.drain().await;
        let done = run(&server, json!({})).await;
        assert_eq!(done["heldCount"], 1, "{done}");
        let held = &bills(&server, "more").await[1];
        assert_eq!(held["state"], "onHold");
        let trial = &bills(&server, "acme").await[1];
        assert_eq!(trial["category"], "trial");
        let id = held["id"].as_str().expect("an id");
        let path = format!("/tollgate/v1/customerBill/{id}/document?form=html");
        server.get(&path).await.must_fail(409);
        assert!(
            document(&server, trial, "html")
                .await
                .contains("Renamed Limited")
        );
        rename("Third Limited").await;
        assert!(
            document(&server, trial, "html")
                .await
                .contains("Third Limited")
        );
        let path = format!("{BILLS}/{}", held["id"].as_str().expect("an id"));
        let release = json!({ "state": "validated" });
        server
            .send(Method::PATCH, &path, &release)
            .await
            .must_be(200);
        server.drain().await;
        rename("Fourth Limited").await;
        assert!(
            document(&server, held, "html")
                .await
                .contains("Third Limited")
        );
        server.stop().await;
    });
}

/// A bill is sent on the mailing date of its cycle, without anybody asking; one that was on hold as well. What
/// is paid before is not forgotten. A copy of it is no further bill.
#[test]
fn a_bill_is_sent_when_its_mailing_date_has_come() {
    each_database(async |database| {
        let (server, clock) = begin_with(database, |_| {}).await;
        let path = format!("{CYCLES}/first");
        let change = json!({ "mailingDateOffset": 3 });
        server
            .send(Method::PATCH, &path, &change)
            .await
            .must_be(200);
        for id in ["acme", "held", "paid", "disputed"] {
            account(&server, id).await;
            let price =
                json!({ "startDate": "2029-12-01T00:00:00Z", "productPrice": monthly(31.0) });
            line(&server, &format!("49{id}"), Some(id), price).await;
        }
        run(&server, json!({})).await;
        let state = async |account: &str| bills(&server, account).await[0]["state"].clone();
        let patch = async |account: &str, state: &str| {
            let bill = &bills(&server, account).await[0];
            let path = format!("{BILLS}/{}", bill["id"].as_str().expect("an id"));
            let change = json!({ "state": state });
            server
                .send(Method::PATCH, &path, &change)
                .await
                .must_be(200);
        };
        assert_eq!(state("acme").await, "validated");
        patch("held", "onHold").await;
        let bill = bills(&server, "disputed").await[0]["id"].clone();
        let ticket = json!({ "ticketType": "billingDispute", "severity": "Major", "description": "No.",
            "relatedEntity": [{ "role": "disputed", "id": bill, "@referredType": "CustomerBill" }] });
        let ticket = make(&server, TICKETS, &ticket).await;
        assert_eq!(state("disputed").await, "onHold");
        let payment = json!({ "account": { "id": "paid" }, "paymentMethod": { "id": "cash", "name": "Cash" },
            "totalAmount": { "unit": "EUR", "value": 10 } });
        make(&server, PAYMENTS, &payment).await;
        clock.advance_millis(2 * DAY);
        server.drain().await;
        assert_eq!(state("acme").await, "validated");
        clock.advance_millis(DAY);
        server.drain().await;
        assert_eq!(state("acme").await, "sent");
        assert_eq!(state("paid").await, "partiallyPaid");
        assert_eq!(state("held").await, "onHold");
        patch("held", "validated").await;
        let path = format!("{TICKETS}/{}", ticket["id"].as_str().expect("an id"));
        let end = json!({ "status": "resolved", "disputeDecision": { "decision": "rejected" } });
        server.send(Method::PATCH, &path, &end).await.must_be(200);
        assert_eq!(state("disputed").await, "validated");
        server.drain().await;
        assert_eq!(state("held").await, "sent");
        assert_eq!(state("disputed").await, "sent");

        let copy = json!({ "@type": "CustomerBillOnDemand", "category": "duplicate",
            "billingAccount": { "@type": "BillingAccountRef", "id": "acme" } });
        let asked = make(&server, DEMANDS, &copy).await;
        server.drain().await;
        let path = format!("{DEMANDS}/{}", asked["id"].as_str().expect("an id"));
        let done = read(&server, &path).await;
        let all = bills(&server, "acme").await;
        assert_eq!((&done["state"], all.len()), (&json!("done"), 1));
        assert_eq!(done["customerBill"]["id"], all[0]["id"]);
        let path = format!(
            "/tollgate/v1/customerBill/{}/document?form=html",
            all[0]["id"].as_str().expect("an id")
        );
        let copy = server.get(&format!("{path}&copy=true")).await.must_be(200);
        let original = server.get(&path).await.must_be(200);
        assert_ne!(copy.body, original.body);
        assert!(
            copy.body.contains("Duplicate") && !original.body.contains("Duplicate"),
            "{}",
            copy.body
        );
        server.get(&format!("{path}&copy=yes")).await.must_fail(400);
        server.stop().await;
    });
}
