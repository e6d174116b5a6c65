//! The steps of the demo about orders: what was sold becomes work, and work becomes products.

use serde_json::{Value, json};

use super::super::Failure;
use super::listener::Listener;
use super::operator::Operator;
use super::partner::{Call, Partner, attributes, nothing};
use super::show::{note, step};
use super::tour::ensure;
use crate::oss_sim::{Deed, Script};
use crate::sample;

const ORDERING: &str = "/tmf-api/productOrderingManagement/v5";
const INVENTORY: &str = "/tmf-api/productInventory/v5";
const CUSTOMERS: &str = "/tmf-api/customerManagement/v5";
const ACCOUNTS: &str = "/tmf-api/accountManagement/v5";

/// Who orders.
struct Customer {
    id: String,
    account: String,
}

/// A partner that places orders, its listener, and the operator that fulfils them.
pub struct Orders<'t> {
    pub partner: &'t Partner,
    pub listener: &'t mut Listener,
    pub operator: Operator<'t>,
}

impl Orders<'_> {
    /// All steps; returns the id of the customer who ordered.
    ///
    /// # Errors
    /// Says which step gave what it should not.
    pub async fn run(&mut self) -> Result<String, Failure> {
        let customer = self.customer().await?;
        let subscription = self.subscribe().await?;
        self.mobile(&customer).await?;
        self.fibre(&customer).await?;
        self.network(&customer).await?;
        let products = self.products(&customer).await?;
        self.cancel(&customer).await?;
        self.inventory(&customer, products).await?;
        let path = format!("{ORDERING}/hub/{subscription}");
        self.partner.call(Call::delete(&path), nothing).await?;
        Ok(customer.id)
    }

    async fn customer(&self) -> Result<Customer, Failure> {
        step(
            10,
            "A customer with an account",
            "The organization is sent with the customer that it becomes.",
        );
        let path = format!("{CUSTOMERS}/customer");
        let body = json!({
            "@type": "Customer",
            "name": "Kornblume Bakery",
            "status": "Active",
            "engagedParty": {"@type": "Organization", "name": "Kornblume Bakery", "tradingName": "Kornblume Bakery"}
        });
        let shown = attributes(&["id", "name", "status"]);
        let made = self.partner.call(Call::post(&path, body), shown).await?;
        let id = made.text("/id")?.to_owned();
        let path = format!("{ACCOUNTS}/billingAccount");
        let body = json!({
            "@type": "BillingAccount",
            "name": "Kornblume Bakery",
            "relatedParty": [party(&id)]
        });
        let shown = attributes(&["id", "state", "accountBalance"]);
        let made = self.partner.call(Call::post(&path, body), shown).await?;
        let account = made.text("/id")?.to_owned();
        Ok(Customer { id, account })
    }

    async fn subscribe(&self) -> Result<String, Failure> {
        step(
            11,
            "An OSS to order from, and news of orders",
            "A simulated OSS takes service orders (TMF641) and calls back; the partner hears of states.",
        );
        note(&format!("The OSS answers at {}", self.operator.oss.url()));
        let path = format!("{ORDERING}/hub");
        let query = "eventType=ProductOrderStateChangeEvent,CancelProductOrderStateChangeEvent";
        let body = json!({"@type": "Hub", "callback": self.listener.url(), "query": query});
        let made = self.partner.call(Call::post(&path, body), nothing).await?;
        Ok(made.text("/id")?.to_owned())
    }

    async fn mobile(&mut self, customer: &Customer) -> Result<(), Failure> {
        step(
            12,
            "Order a mobile plan with SIM card and phone",
            "Rules make a plan of it: numbers, SIM, network, shipments, and the products at the end.",
        );
        let id = self.place("order-mobile", customer).await?;
        self.operator.settle().await?;
        note("The OSS has done its part; two parcels wait for people:");
        self.operator.tree(&id).await?;
        let order = format!("{ORDERING}/productOrder/{id}");
        let shown = attributes(&["state", "expectedCompletionDate"]);
        let waiting = self.partner.call(Call::get(&order), shown).await?;
        ensure(
            waiting.text("/state")? == "inProgress",
            "an order that is in progress",
        )?;
        let done = self.operator.people(&id).await?;
        ensure(done == 2, "two shipments")?;
        self.reached("productOrder", &id, "completed").await?;
        let shown = attributes(&["state", "completionDate", "productOrderMilestone"]);
        self.partner.call(Call::get(&order), shown).await?;
        Ok(())
    }

    async fn fibre(&mut self, customer: &Customer) -> Result<(), Failure> {
        step(
            13,
            "Order a fibre bundle, and see it fail",
            "Fibre with a visit, a router, and television with an add-on; the network fails once.",
        );
        let message = "the optical line does not light up";
        let script = Script::new("rfs-ont-activation", Deed::Fail);
        self.operator.oss.script(script.times(1).message(message));
        let id = self.place("order-fibre", customer).await?;
        self.operator.people(&id).await?;
        self.reached("productOrder", &id, "held").await?;
        self.operator.tree(&id).await?;
        let path = format!("/tollgate/v1/fallout?productOrder.id={id}&state=open");
        let shown = |body: &Value| Some(body.get(0)?.clone());
        let found = self.partner.call(Call::get(&path), shown).await?;
        ensure(found.items()?.len() == 1, "one fallout")?;
        ensure(
            found.text("/0/message")?.contains(message),
            "the words of the OSS",
        )?;
        note("An operator looks at the line and tries again:");
        let node = found.text("/0/node")?.to_owned();
        let wanted = json!({"action": "retry", "node": node, "note": "The line is lit now."});
        self.operator.act(&id, wanted).await?;
        self.operator.people(&id).await?;
        self.reached("productOrder", &id, "completed").await?;
        self.operator.tree(&id).await
    }

    async fn network(&mut self, customer: &Customer) -> Result<(), Failure> {
        step(
            14,
            "Order a business VPN with three sites",
            "Two sites get a line, one a SIM; the order shows how far it is.",
        );
        let id = self.place("order-vpn", customer).await?;
        self.operator.settle().await?;
        self.operator.tree(&id).await?;
        self.operator.people(&id).await?;
        self.reached("productOrder", &id, "completed").await?;
        let path = format!("{ORDERING}/productOrder/{id}");
        let shown = attributes(&["state", "completionDate"]);
        self.partner.call(Call::get(&path), shown).await?;
        Ok(())
    }

    async fn cancel(&mut self, customer: &Customer) -> Result<(), Failure> {
        step(
            15,
            "Change one's mind",
            "An order under way is cancelled: what was done is undone, in the opposite order.",
        );
        let id = self.place("order-mobile", customer).await?;
        self.operator.settle().await?;
        let path = format!("{ORDERING}/cancelProductOrder");
        let body = json!({
            "@type": "CancelProductOrder",
            "cancellationReason": "The old phone works again.",
            "productOrder": {"@type": "ProductOrderRef", "id": id, "@referredType": "ProductOrder"}
        });
        let shown = attributes(&["id", "state", "cancellationReason"]);
        let asked = self.partner.call(Call::post(&path, body), shown).await?;
        let task = asked.text("/id")?.to_owned();
        self.reached("productOrder", &id, "assessingCancellation")
            .await?;
        note("Parcels are being packed: beyond that point somebody has to agree.");
        let wanted = json!({"action": "decide", "task": task, "consent": true, "note": "Stopped at the depot."});
        self.operator.act(&id, wanted).await?;
        self.operator.people(&id).await?;
        self.reached("productOrder", &id, "cancelled").await?;
        self.operator.tree(&id).await?;
        let path = format!("{path}/{task}");
        let shown = attributes(&["state", "effectiveCancellationDate"]);
        let ended = self.partner.call(Call::get(&path), shown).await?;
        ensure(
            ended.text("/state")? == "done",
            "a request that was followed",
        )?;
        let left = self.operator.services_of(&id);
        ensure(left == 0, "no service of a cancelled order at the OSS")?;
        note("The OSS has no service left of that order.");
        Ok(())
    }

    async fn inventory(&mut self, customer: &Customer, before: usize) -> Result<(), Failure> {
        step(
            16,
            "What the customer has now",
            "Products with their services, and everything about the customer in one answer.",
        );
        let path = format!(
            "{INVENTORY}/product?relatedParty.partyOrPartyRole.id={}&fields=name,status&limit=100",
            customer.id
        );
        let shown = |body: &Value| {
            let names = body.as_array()?.iter();
            Some(
                names
                    .filter_map(|product| product.get("name").cloned())
                    .collect(),
            )
        };
        let found = self.partner.call(Call::get(&path), shown).await?;
        let products = found.items()?;
        let active =
            |product: &&Value| product.get("status").and_then(Value::as_str) == Some("active");
        ensure(
            products.iter().filter(active).count() == before && before > 15,
            "the products of three orders, and none of the cancelled one",
        )?;
        let path = format!("/tollgate/v1/customer/{}/overview", customer.id);
        let count = |body: &Value, name: &str| {
            let list = body.get(name).and_then(Value::as_array);
            list.map_or(0, Vec::len)
        };
        let shown = |body: &Value| {
            Some(json!({
                "customer": body.pointer("/customer/name"),
                "defaultAccount": body.pointer("/defaultAccount/name"),
                "products": count(body, "product"),
                "open orders": count(body, "productOrder"),
            }))
        };
        let seen = self.partner.call(Call::get(&path), shown).await?.body;
        ensure(
            count(&seen, "product") == before && count(&seen, "productOrder") == 0,
            "the same products, and no open order",
        )
    }

    /// How many active products the customer has.
    async fn products(&self, customer: &Customer) -> Result<usize, Failure> {
        let path = format!(
            "{INVENTORY}/product?relatedParty.partyOrPartyRole.id={}&status=active&fields=id&limit=100",
            customer.id
        );
        let found = self.partner.quiet(Call::get(&path)).await?;
        Ok(found.items()?.len())
    }

    /// Places a sample order for the customer.
    async fn place(&self, sample: &str, customer: &Customer) -> Result<String, Failure> {
        let missing = || Failure::new(format!("there is no sample order {sample}"));
        let mut body = sample::order(sample).ok_or_else(missing)?;
        if let Some(body) = body.as_object_mut() {
            body.shift_remove("id");
            body.insert("relatedParty".to_owned(), json!([party(&customer.id)]));
            let account = json!({"@type": "BillingAccountRef", "id": customer.account, "@referredType": "BillingAccount"});
            body.insert("billingAccount".to_owned(), account);
        }
        let path = format!("{ORDERING}/productOrder");
        let shown = attributes(&["id", "state"]);
        let made = self.partner.call(Call::post(&path, body), shown).await?;
        ensure(
            made.text("/state")? == "acknowledged",
            "an order that is taken",
        )?;
        Ok(made.text("/id")?.to_owned())
    }

    /// Waits until the listener has heard of a state.
    async fn reached(&mut self, resource: &str, id: &str, state: &str) -> Result<(), Failure> {
        let is = |event: &Value, name: &str, value: &str| {
            let found = event.pointer(&format!("/event/{resource}/{name}"));
            found.and_then(Value::as_str) == Some(value)
        };
        let wanted = |event: &Value| is(event, "id", id) && is(event, "state", state);
        let what = format!("the state {state} of {resource} {id}");
        self.listener.wait(&what, wanted).await?;
        note(&format!("The listener heard: {resource} {id} is {state}."));
        Ok(())
    }
}

fn party(customer: &str) -> Value {
    json!({
        "@type": "RelatedPartyRefOrPartyRoleRef",
        "role": "customer",
        "partyOrPartyRole": {"@type": "PartyRoleRef", "id": customer, "@referredType": "Customer"}
    })
}
