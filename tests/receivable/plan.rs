//! Accounts and bills for these tests, and short ways to ask.

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tollgate::behaviour::billing::receivable::{Desk, enter};
use tollgate::cli::config::{Inputs, machines, resolve};
use tollgate::domain::packed::Packed;
use tollgate::engine::{Caller, NewResource, create_in};
use tollgate::store::rates::{SheetRow, id_of, pack_line};

use crate::support::{Answer, TestServer};

pub const BILLS: &str = "/tmf-api/customerBillManagement/v5/customerBill";
pub const RATES: &str = "/tmf-api/customerBillManagement/v5/appliedCustomerBillingRate";
pub const PAYMENTS: &str = "/tmf-api/payment/v4/payment";
pub const REFUNDS: &str = "/tmf-api/payment/v4/refund";
pub const TICKETS: [&str; 2] = [
    "/tmf-api/troubleTicket/v4/troubleTicket",
    "/tmf-api/troubleTicket/v5/troubleTicket",
];
const ACCOUNTS: &str = "/tmf-api/accountManagement/v5/billingAccount";

pub async fn read(server: &TestServer, path: &str) -> Value {
    server.get(path).await.must_be(200).json()
}

pub async fn post(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.send(Method::POST, path, body).await
}

pub async fn make(server: &TestServer, path: &str, body: &Value) -> Value {
    post(server, path, body).await.must_be(201).json()
}

pub async fn patch(server: &TestServer, path: &str, body: &Value) -> Answer {
    server.send(Method::PATCH, path, body).await
}

pub fn euros(digits: &str) -> Value {
    let value: serde_json::Number = digits.parse().expect("a number");
    json!({ "unit": "EUR", "value": value })
}

/// A billing account of a customer.
pub async fn account(server: &TestServer, id: &str) {
    let party = json!({ "@type": "Organization", "id": id, "name": id, "tradingName": id });
    make(server, "/tmf-api/partyManagement/v5/organization", &party).await;
    let customer = json!({ "@type": "Customer", "id": id, "name": id,
        "engagedParty": { "@type": "PartyRef", "id": id, "@referredType": "Organization" } });
    make(server, "/tmf-api/customerManagement/v5/customer", &customer).await;
    let account = json!({ "@type": "BillingAccount", "id": id, "name": id, "currency": "EUR",
        "relatedParty": [{ "@type": "RelatedPartyOrPartyRole", "role": "customer",
            "partyOrPartyRole": { "@type": "PartyRoleRef", "id": id, "@referredType": "Customer" } }] });
    make(server, ACCOUNTS, &account).await;
}

/// Type and amount of each balance of an account that is not nothing.
pub async fn balances(server: &TestServer, account: &str) -> Vec<String> {
    let account = read(server, &format!("{ACCOUNTS}/{account}")).await;
    let all = account["accountBalance"].as_array().expect("balances");
    let shown = all.iter().map(|balance| {
        let kind = balance["balanceType"].as_str().expect("a type");
        format!("{kind} {}", balance["amount"]["value"])
    });
    shown.filter(|shown| !shown.ends_with(" 0.00")).collect()
}

/// A line of a bill: net, rate in percent, tax.
pub type Charge = (&'static str, &'static str, &'static str);

/// Writes a bill as a bill run does. Answers the ids of its charges.
pub async fn bill(
    server: &TestServer,
    id: &str,
    account: &str,
    due: &str,
    charges: &[Charge],
) -> Vec<String> {
    let engine = server.parts().engine.clone();
    let core = Arc::clone(&engine.core);
    let machines = resolve(Inputs::default()).map(|loaded| machines(&loaded.config));
    let machines = machines.expect("the defaults").expect("machines");
    let now = core.clock.now();
    let (doc, lines) = document(id, account, due, charges, &now.to_rfc3339());
    let (id, account) = (id.to_owned(), account.to_owned());
    let caller = Caller {
        tenant: 1,
        principal: "@billing".to_owned(),
    };
    let written = engine.store.write(move |tx| {
        let resource = core.registry.canonical("customerBill").expect("bills");
        let desk = Desk {
            core: &core,
            machines: &machines,
            tenant: 1,
            now,
        };
        let doc = enter(desk, tx, &id, doc.clone())?;
        let new = NewResource {
            id: Some(id.clone()),
            doc,
        };
        create_in(&core, tx, &caller, resource, &new, now)?;
        let (mut packed, mut body, mut shapes) = (Packed::default(), Vec::new(), Vec::new());
        for line in &lines {
            let shape = pack_line(line, &mut packed, &mut body);
            shapes.push((shape.number, shape.text.to_string()));
        }
        let (id, account, count) = (id.clone(), account.clone(), lines.len());
        tx.direct(|session| {
            let seqs = session.allocate(count)?;
            let sheet = SheetRow {
                seq: seqs[0],
                tenant: 1,
                account,
                bill: Some(id),
                revision: 1,
                created_at: now.0,
                updated_at: now.0,
                lines: i64::try_from(count).expect("few lines"),
                body,
            };
            session.insert_sheets(&[sheet], &shapes)?;
            Ok(seqs.into_iter().map(id_of).collect::<Vec<String>>())
        })
    });
    written.await.expect("a bill")
}

fn document(
    id: &str,
    account: &str,
    due: &str,
    charges: &[Charge],
    now: &str,
) -> (Value, Vec<Value>) {
    let cents = |digits: &str| digits.replace('.', "").parse::<i64>().expect("cents");
    let shown = |cents: i64| {
        let sign = if cents < 0 { "-" } else { "" };
        euros(&format!(
            "{sign}{}.{:02}",
            cents.abs() / 100,
            cents.abs() % 100
        ))
    };
    let (mut net, mut tax) = (0, 0);
    let mut lines = Vec::new();
    for (own, rate, own_tax) in charges {
        net += cents(own);
        tax += cents(own_tax);
        let rate: serde_json::Number = rate.parse().expect("a rate");
        lines.push(json!({
            "@type": "AppliedCustomerBillingRate", "name": "Fee", "date": now,
            "appliedBillingRateType": "recurringCharge",
            "taxExcludedAmount": euros(own), "taxIncludedAmount": shown(cents(own) + cents(own_tax)),
            "appliedTax": [{ "@type": "AppliedBillingTaxRate", "taxCategory": "VAT", "taxRate": rate,
                "taxAmount": euros(own_tax) }],
        }));
    }
    let total = shown(net + tax);
    let doc = json!({
        "@type": "CustomerBill", "billNo": format!("B-{id}"), "category": "normal", "state": "sent",
        "runType": "onCycle", "billDate": now, "paymentDueDate": due,
        "billingAccount": { "@type": "BillingAccountRef", "id": account, "@referredType": "BillingAccount" },
        "taxExcludedAmount": shown(net), "taxIncludedAmount": total,
        "amountDue": total, "remainingAmount": total, "appliedPayment": [],
    });
    (doc, lines)
}

/// State and remaining amount of a bill, with what pays it.
pub async fn standing(server: &TestServer, bill: &str) -> String {
    let bill = read(server, &format!("{BILLS}/{bill}")).await;
    let left = &bill["remainingAmount"]["value"];
    let mut shown = format!("{} {left}", bill["state"].as_str().expect("a state"));
    for own in bill["appliedPayment"].as_array().into_iter().flatten() {
        let (payer, amount) = (&own["payment"], &own["appliedAmount"]["value"]);
        let name = match payer["@referredType"] == "Payment" {
            true => {
                let path = format!("{PAYMENTS}/{}", payer["id"].as_str().expect("an id"));
                let paid = read(server, &path).await;
                paid["correlatorId"].as_str().expect("a name").to_owned()
            }
            false => "note".to_owned(),
        };
        shown.push_str(&format!(" {name}:{amount}"));
    }
    shown
}

/// A payment by the name that the client gave it.
pub async fn paid(server: &TestServer, name: &str) -> Value {
    let found = read(server, &format!("{PAYMENTS}?correlatorId={name}")).await;
    let found = found.as_array().expect("payments");
    assert_eq!(found.len(), 1, "{found:?}");
    found[0].clone()
}

/// A payment with a name.
pub fn payment(name: &str, account: &str, amount: &str, more: Value) -> Value {
    let mut payment = json!({
        "correlatorId": name, "totalAmount": euros(amount),
        "account": { "id": account, "@referredType": "BillingAccount" },
        "paymentMethod": { "id": "m1", "@type": "bankTransfer", "@referredType": "PaymentMethod" },
    });
    for (name, value) in more.as_object().expect("an object") {
        payment[name] = value.clone();
    }
    payment
}

/// A payment that is made; what of it stays on account.
pub async fn pay(
    server: &TestServer,
    name: &str,
    account: &str,
    amount: &str,
    more: Value,
) -> String {
    let made = make(server, PAYMENTS, &payment(name, account, amount, more)).await;
    assert_eq!(made["status"], "done", "{made}");
    assert!(made["statusDate"].is_string(), "{made}");
    made["unappliedAmount"]["value"].to_string()
}

/// Names bills in a payment, with the part that is for each.
pub fn items(named: &[(&str, Option<&str>)]) -> Value {
    let items = named.iter().map(|(bill, amount)| {
        let mut item = json!({ "item": { "id": bill, "@referredType": "CustomerBill" } });
        if let Some(amount) = amount {
            item["totalAmount"] = euros(amount);
        }
        item
    });
    json!({ "paymentItem": items.collect::<Value>() })
}
