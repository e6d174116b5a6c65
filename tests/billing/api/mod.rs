//! The resources of customer bills (TMF678), payments (TMF676) and trouble tickets (TMF621): what one version
//! writes the other reads, what clients may do and what the server alone does.

mod bills;
mod payments;
mod tickets;

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::domain::packed::Packed;
use tollgate::engine::{Caller, NewResource, create_in};
use tollgate::store::rates::{SheetRow, id_of, own_content, pack_line};

use crate::support::{Answer, Listener, TestServer, id};

const BILLS_V4: &str = "/tmf-api/customerBillManagement/v4";
const BILLS_V5: &str = "/tmf-api/customerBillManagement/v5";
const PAYMENTS: &str = "/payment/v4";
const TICKETS_V4: &str = "/tmf-api/troubleTicket/v4";
const TICKETS_V5: &str = "/tmf-api/troubleTicket/v5";

async fn make(server: &TestServer, path: &str, body: &Value) -> Value {
    let answer = server.send(Method::POST, path, body).await;
    answer.must_be(201).json()
}

async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

async fn patch(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.send(Method::PATCH, path, body).await
}

/// Ids of a list.
async fn ids(server: &TestServer, path: &str) -> Vec<String> {
    let list = read(server, path).await;
    list.as_array().expect("a list").iter().map(id).collect()
}

async fn subscribe(server: &TestServer, base: &str, mut body: Value) -> Listener {
    let listener = Listener::start().await;
    body["callback"] = json!(listener.url());
    let hub = format!("{base}/hub");
    server.send(Method::POST, &hub, &body).await.must_be(201);
    listener
}

/// Types of the events that came.
async fn heard(server: &TestServer, listener: &Listener) -> Vec<String> {
    server.drain().await;
    let text = |event: &Value| event["eventType"].as_str().unwrap_or_default().to_owned();
    listener.events().iter().map(text).collect()
}

/// Makes what only the server makes, in the stored form.
async fn written(server: &TestServer, kind: &'static str, doc: Value) -> String {
    let engine = &server.parts().engine;
    let core = Arc::clone(&engine.core);
    let now = core.clock.now();
    let caller = Caller {
        tenant: 1,
        principal: "@billing".to_owned(),
    };
    let new = NewResource { id: None, doc };
    let stored = engine.store.write(move |tx| {
        let resource = core.registry.canonical(kind).expect("a kind");
        create_in(&core, tx, &caller, resource, &new, now)
    });
    stored.await.expect("written").row.id
}

/// A charge as billing writes it: on a bill, or waiting for one.
async fn charged(server: &TestServer, account: &str, bill: Option<&str>) -> String {
    let (mut packed, mut body) = (Packed::default(), Vec::new());
    let own = own_content(rate(account, bill));
    let shape = pack_line(&own, &mut packed, &mut body);
    let (account, bill) = (account.to_owned(), bill.map(str::to_owned));
    let engine = &server.parts().engine;
    let now = engine.core.clock.now().0;
    let written = engine.store.write(move |tx| {
        tx.direct(|session| {
            let seq = session.allocate(1)?[0];
            let sheet = SheetRow {
                seq,
                tenant: 1,
                account: account.clone(),
                bill: bill.clone(),
                revision: 1,
                created_at: now,
                updated_at: now,
                lines: 1,
                body: body.clone(),
            };
            session.insert_sheets(&[sheet], &[(shape.number, shape.text.to_string())])?;
            Ok(id_of(seq))
        })
    });
    written.await.expect("written")
}

async fn account(server: &TestServer) -> Value {
    let body = json!({"@type": "BillingAccount", "name": "Household", "relatedParty": [
        {"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
            "partyOrPartyRole": {"@type": "PartyRef", "id": "ada", "@referredType": "Individual"}}]});
    make(
        server,
        "/tmf-api/accountManagement/v5/billingAccount",
        &body,
    )
    .await
}

fn eur(value: &str) -> Value {
    let text = format!(r#"{{"unit": "EUR", "value": {value}}}"#);
    serde_json::from_str(&text).expect("money")
}

fn bill(account: &str, number: &str, state: &str) -> Value {
    json!({
        "@type": "CustomerBill", "billNo": number, "state": state, "category": "normal", "runType": "onCycle",
        "billDate": "2030-02-01T00:00:00Z", "paymentDueDate": "2030-02-15T00:00:00Z",
        "billingPeriod": {"startDateTime": "2030-01-01T00:00:00Z", "endDateTime": "2030-02-01T00:00:00Z"},
        "billingAccount": {"@type": "BillingAccountRef", "id": account},
        "amountDue": eur("11.90"), "remainingAmount": eur("11.90"),
        "taxExcludedAmount": eur("10.00"), "taxIncludedAmount": eur("11.90"),
        "taxItem": [{"@type": "TaxItem", "taxCategory": "standard", "taxRate": 19, "taxAmount": eur("1.90")}],
        "billDocument": [{"@type": "Attachment", "id": "pdf", "attachmentType": "bill",
            "mimeType": "application/pdf", "url": "https://example.com/1.pdf"}],
        "relatedParty": [{"@type": "RelatedPartyRefOrPartyRoleRef", "role": "owner",
            "partyOrPartyRole": {"@type": "PartyRef", "id": "ada", "@referredType": "Individual"}}],
    })
}

fn rate(account: &str, bill: Option<&str>) -> Value {
    let mut rate = json!({
        "@type": "AppliedCustomerBillingRate", "name": "Mobile plan", "isBilled": bill.is_some(),
        "appliedBillingRateType": "recurringCharge", "date": "2030-02-01T00:00:00Z",
        "taxExcludedAmount": eur("10.00"),
        "billingAccount": {"@type": "BillingAccountRef", "id": account},
        "characteristic": [{"@type": "NumberCharacteristic", "name": "quantity", "value": 1}],
    });
    if let Some(bill) = bill {
        rate["bill"] = json!({"@type": "CustomerBillRef", "id": bill});
    }
    rate
}
