//! Accounts over HTTP (TMF666): balances, their tags and events, currencies, and the default account
//! of a customer.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Answer, Listener, TestServer, client, each_server, id};

const ACCOUNTS: [&str; 2] = [
    "/tmf-api/accountManagement/v4/billingAccount",
    "/tmf-api/accountManagement/v5/billingAccount",
];
const V5: &str = "/tmf-api/accountManagement/v5";
const PEOPLE: &str = "/tmf-api/partyManagement/v5/individual";
const CUSTOMERS: &str = "/tmf-api/customerManagement/v5/customer";

async fn send(server: &TestServer, method: Method, path: &str, body: &Value) -> Answer {
    with_header(server, method, path, ("Accept", "application/json"), body).await
}

async fn with_header(
    server: &TestServer,
    method: Method,
    path: &str,
    (name, value): (&str, &str),
    body: &Value,
) -> Answer {
    let request = client()
        .request(method, format!("{}{path}", server.url()))
        .header("Content-Type", "application/json")
        .header(name, value)
        .body(body.to_string());
    Answer::of(request).await
}

async fn make(server: &TestServer, path: &str, body: Value) -> Value {
    let answer = send(server, Method::POST, path, &body).await;
    answer.must_be(201).json()
}

async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

/// A customer; its id.
async fn customer(server: &TestServer) -> String {
    let ann = json!({"@type": "Individual", "givenName": "Ann", "familyName": "Lee"});
    let ann = id(&make(server, PEOPLE, ann).await);
    let customer = json!({"@type": "Customer", "name": "Ann Lee",
        "engagedParty": {"@type": "PartyRef", "id": ann, "@referredType": "Individual"}});
    id(&make(server, CUSTOMERS, customer).await)
}

/// An account of a customer, in the form of the version that the path names.
fn account(path: &str, customer: &str, members: Value) -> Value {
    let mut body = if path.contains("/v4/") {
        json!({"name": "Household", "relatedParty": [
            {"id": customer, "name": "Ann", "role": "customer", "@referredType": "Customer"}]})
    } else {
        json!({"@type": "BillingAccount", "name": "Household", "relatedParty": [
            {"@type": "RelatedPartyRefOrPartyRoleRef", "role": "customer", "partyOrPartyRole":
                {"@type": "PartyRoleRef", "id": customer, "@referredType": "Customer"}}]})
    };
    for (name, value) in members.as_object().expect("members") {
        body[name] = value.clone();
    }
    body
}

fn euros(value: f64) -> Value {
    json!({"unit": "EUR", "value": value})
}

/// Type and amount of each balance, as written.
fn balances(account: &Value) -> Vec<String> {
    let list = account["accountBalance"]
        .as_array()
        .expect("balances")
        .iter();
    list.map(|balance| {
        assert!(
            balance["validFor"]["startDateTime"].is_string(),
            "{balance}"
        );
        let (kind, amount) = (&balance["balanceType"], &balance["amount"]);
        format!(
            "{} {} {}",
            kind.as_str().unwrap(),
            amount["value"],
            amount["unit"].as_str().unwrap()
        )
    })
    .collect()
}

#[test]
fn balances_are_shown_wherever_accounts_are() {
    each_server(async |server: &TestServer| {
        let ann = customer(server).await;
        for path in ACCOUNTS {
            let sent = json!([{"@type": "AccountBalance", "balanceType": "ReceivableBalance",
                "amount": euros(-500.0), "validFor": {"startDateTime": "2020-01-01T00:00:00Z"}}]);
            let made = make(
                server,
                path,
                account(path, &ann, json!({"accountBalance": sent})),
            )
            .await;
            assert_eq!(balances(&made), ["ReceivableBalance 0.00 EUR"]);
            let own = id(&made);
            let at = format!("{path}/{own}");

            server
                .book("billingAccount", &own, "ReceivableBalance", euros(12.5))
                .await;
            server
                .book("billingAccount", &own, "DepositBalance", euros(-40.0))
                .await;
            let expected = ["DepositBalance -40.00 EUR", "ReceivableBalance 12.50 EUR"];
            assert_eq!(balances(&read(server, &at).await), expected);
            let patch = json!({"description": "x", "accountBalance": sent});
            let patched = send(server, Method::PATCH, &at, &patch)
                .await
                .must_be(200)
                .json();
            assert_eq!(balances(&patched), expected);
            assert_eq!(patched["description"], "x");
            let listed = read(server, &format!("{path}?id={own}")).await;
            assert_eq!(balances(&listed[0]), expected);
            let only = read(server, &format!("{at}?fields=accountBalance")).await;
            assert_eq!(balances(&only), expected);
            assert_eq!(only.get("name"), None);
            // One query answers for a page of several.
            let page = read(server, path).await;
            let shown = page.as_array().unwrap().iter().map(balances);
            assert!(shown.clone().count() > 0 && shown.into_iter().any(|b| b == expected));
        }
    });
}

#[test]
fn accounts_are_found_by_balance() {
    each_server(async |server: &TestServer| {
        let ann = customer(server).await;
        for path in ACCOUNTS {
            let mut ids = Vec::new();
            for value in [5.0, 30.0, 0.0] {
                let own = id(&make(server, path, account(path, &ann, json!({}))).await);
                server
                    .book("billingAccount", &own, "ReceivableBalance", euros(value))
                    .await;
                ids.push(own);
            }
            server
                .book("billingAccount", &ids[0], "DisputedBalance", euros(1.0))
                .await;
            let found = async |query: &str| {
                let list = read(server, &format!("{path}?{query}")).await;
                let list = list.as_array().unwrap().iter().map(id);
                list.filter(|id| ids.contains(id)).collect::<Vec<String>>()
            };
            let owing = found("accountBalance.amount.value.gt=4").await;
            assert_eq!(owing, [ids[0].clone(), ids[1].clone()]);
            let disputed = found("accountBalance.balanceType=DisputedBalance").await;
            assert_eq!(disputed, [ids[0].clone()]);
            let sorted = found("sort=-accountBalance.amount.value&limit=100").await;
            assert_eq!(sorted.first(), Some(&ids[1]));
        }
    });
}

#[test]
fn tags_tell_of_bookings_but_do_not_stop_changes() {
    each_server(async |server: &TestServer| {
        let ann = customer(server).await;
        for path in ACCOUNTS {
            let made = send(server, Method::POST, path, &account(path, &ann, json!({}))).await;
            let made = made.must_be(201);
            let at = format!("{path}/{}", id(&made.json()));
            let first = made.etag();
            let condition = |tag: &str| {
                let (at, tag) = (at.clone(), tag.to_owned());
                async move {
                    let header = ("If-None-Match", tag.as_str());
                    with_header(server, Method::GET, &at, header, &json!({})).await
                }
            };
            condition(&first).await.must_be(304);
            server
                .book(
                    "billingAccount",
                    &id(&made.json()),
                    "ReceivableBalance",
                    euros(1.0),
                )
                .await;
            let second = condition(&first).await.must_be(200).etag();
            assert_ne!(first, second);
            condition(&second).await.must_be(304);

            let patch = json!({"description": "new"});
            let change =
                with_header(server, Method::PATCH, &at, ("If-Match", &first), &patch).await;
            let third = change.must_be(200).etag();
            with_header(server, Method::PATCH, &at, ("If-Match", &second), &patch)
                .await
                .must_fail(412);
            condition(&third).await.must_be(304);
        }
    });
}

#[test]
fn notifications_show_the_balance() {
    each_server(async |server: &TestServer| {
        let listener = Listener::start().await;
        let hub = json!({"@type": "Hub", "callback": listener.url()});
        make(server, &format!("{V5}/hub"), hub).await;
        let ann = customer(server).await;
        let path = ACCOUNTS[1];
        let own = id(&make(server, path, account(path, &ann, json!({}))).await);
        server
            .book("billingAccount", &own, "ReceivableBalance", euros(7.0))
            .await;
        server.drain().await;
        let events = listener.events();
        assert_eq!(events.len(), 1, "a booking has no event: {events:?}");
        assert_eq!(events[0]["eventType"], "BillingAccountCreateEvent");
        let shown = &events[0]["event"]["billingAccount"];
        assert_eq!(balances(shown), ["ReceivableBalance 7.00 EUR"]);
    });
}

#[test]
fn an_account_with_a_balance_stays() {
    each_server(async |server: &TestServer| {
        let ann = customer(server).await;
        for path in ACCOUNTS {
            let made = make(
                server,
                path,
                account(path, &ann, json!({"currency": "CHF"})),
            )
            .await;
            assert_eq!(made["currency"], "CHF");
            let at = format!("{path}/{}", id(&made));
            let franc = |value: f64| json!({"unit": "CHF", "value": value});
            server
                .book(
                    "billingAccount",
                    &id(&made),
                    "ReceivableBalance",
                    franc(0.05),
                )
                .await;
            let refusal = send(server, Method::DELETE, &at, &json!({})).await;
            refusal.must_fail(409);
            let close = json!({"state": "Closed"});
            send(server, Method::PATCH, &at, &close)
                .await
                .must_fail(409);
            let swap = json!({"currency": "EUR"});
            send(server, Method::PATCH, &at, &swap).await.must_fail(409);
            server
                .book(
                    "billingAccount",
                    &id(&made),
                    "ReceivableBalance",
                    franc(-0.05),
                )
                .await;
            send(server, Method::PATCH, &at, &swap).await.must_be(200);
            send(server, Method::DELETE, &at, &json!({}))
                .await
                .must_be(204);
        }
    });
}

#[test]
fn the_default_account_of_a_customer_is_kept() {
    each_server(async |server: &TestServer| {
        let listener = Listener::start().await;
        let hub = json!({"@type": "Hub", "callback": listener.url()});
        make(server, "/tmf-api/customerManagement/v5/hub", hub).await;
        for path in ACCOUNTS {
            let ann = customer(server).await;
            let first = make(server, path, account(path, &ann, json!({}))).await;
            let second = make(server, path, account(path, &ann, json!({}))).await;
            let listed = async || {
                let customer = read(server, &format!("{CUSTOMERS}/{ann}")).await;
                let list = customer["account"].as_array().cloned().unwrap_or_default();
                list.iter().map(id).collect::<Vec<String>>()
            };
            assert_eq!(listed().await, [id(&first)]);
            server.drain().await;
            let types: Vec<Value> = listener
                .take()
                .iter()
                .map(|e| e["eventType"].clone())
                .collect();
            assert_eq!(
                types,
                ["CustomerCreateEvent", "CustomerAttributeValueChangeEvent"]
            );
            let at = format!("{path}/{}", id(&first));
            send(server, Method::PATCH, &at, &json!({"state": "Closed"}))
                .await
                .must_be(200);
            assert_eq!(listed().await, [id(&second), id(&first)]);
            let at = format!("{path}/{}", id(&second));
            send(server, Method::DELETE, &at, &json!({}))
                .await
                .must_be(204);
            assert_eq!(listed().await, [id(&first)]);
            server.drain().await;
            listener.take();
        }
    });
}

#[test]
fn a_bulk_answer_shows_balances_too() {
    each_server(async |server: &TestServer| {
        let ann = customer(server).await;
        for path in ACCOUNTS {
            let faulty = account(path, &ann, json!({"currency": "Euro"}));
            let good = account(path, &ann, json!({"creditLimit": euros(100.0)}));
            let body = json!([good, faulty, good]);
            let done = send(server, Method::POST, path, &body)
                .await
                .must_be(200)
                .json();
            assert_eq!(
                balances(&done[0]["resource"]),
                ["ReceivableBalance 0.00 EUR"]
            );
            assert_eq!(done[1]["error"]["violation"][0]["path"], "/currency");
            assert_eq!(
                balances(&done[2]["resource"]),
                ["ReceivableBalance 0.00 EUR"]
            );
        }
    });
}
