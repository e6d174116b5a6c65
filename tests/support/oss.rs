//! A simulated OSS beside a server, and what tests of orders do with the two.

use serde_json::{Value, json};
use tollgate::domain::clock::Clock;
use tollgate::engine::Caller;
use tollgate::ordering::southbound::{Secret, TargetSettings, Version};
use tollgate::oss_sim::{Deed, OssSim, Product, Script, Settings};
use tollgate::sample;

use super::database::Database;
use super::http::Answer;
use super::server::{Setup, TestServer};

/// What the OSS shows when it calls back.
pub const TOKEN: &str = "the-token-of-callbacks";

/// A server with the sample operator's catalog, and the OSS that it orders from.
pub struct Operator {
    pub server: TestServer,
    pub oss: OssSim,
}

impl Operator {
    /// An OSS that does everything at once.
    pub async fn start(database: &Database) -> Self {
        Operator::with(Setup::new(database), quick(), Version::V4).await
    }

    pub async fn with(setup: Setup, settings: Settings, version: Version) -> Self {
        Operator::between(setup, settings, version, Some(TOKEN)).await
    }

    async fn between(
        setup: Setup,
        settings: Settings,
        version: Version,
        token: Option<&str>,
    ) -> Self {
        Operator::reaching(setup, settings, version, |target| {
            target.callback_token = token.map(Secret::new);
        })
        .await
    }

    /// With an OSS that is reached as the function says.
    pub async fn reaching(
        mut setup: Setup,
        settings: Settings,
        version: Version,
        how: impl FnOnce(&mut TargetSettings),
    ) -> Self {
        let oss = OssSim::start(settings).await.expect("the OSS starts");
        let path = match version {
            Version::V4 => "v4",
            Version::V5 => "v5",
        };
        let mut target = TargetSettings::new("default", oss.ordering(path), version);
        target.callback_token = Some(Secret::new(TOKEN));
        how(&mut target);
        setup.config.oss.push(target);
        let server = TestServer::with(setup).await;
        sample::load(&server.parts().tariff_tables(Caller::local()))
            .await
            .expect("the sample is loaded");
        let fulfilment = std::sync::Arc::clone(&server.parts().fulfilment);
        fulfilment.subscribe().await;
        Operator { server, oss }
    }

    /// A server whose clock the test moves.
    pub async fn at_rest(database: &Database) -> (Self, Clock) {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let operator = Operator::with(setup, quick(), Version::V4).await;
        (operator, clock)
    }

    /// An OSS that shows no token when it calls back, and none is expected.
    pub async fn without_token(setup: Setup) -> Self {
        let settings = Settings {
            callback_token: None,
            ..quick()
        };
        Operator::between(setup, settings, Version::V4, None).await
    }

    /// Calls back as the OSS would.
    pub async fn call_back(&self, token: Option<&str>, event: &Value) -> Answer {
        let path = "/tollgate/v1/oss/default/listener";
        self.server.bearing(path, token, event.to_string()).await
    }

    /// Decides what the OSS does with work to come whose external id contains the text.
    pub fn meet(&self, matching: &str, deed: Deed) {
        self.oss.script(Script::new(matching, deed));
    }

    /// Works until orders, OSS and callbacks have come to rest.
    pub async fn settle(&self) {
        let fulfilment = std::sync::Arc::clone(&self.server.parts().fulfilment);
        loop {
            let before = self.oss.orders().len();
            fulfilment.drain().await.expect("orders move");
            self.oss.idle().await;
            fulfilment.drain().await.expect("orders move");
            if self.oss.orders().len() == before {
                return;
            }
        }
    }

    /// Places a sample order, without waiting for what becomes of it.
    pub async fn place(&self, id: &str) -> Value {
        let order = sample::order(id).expect("a sample order");
        self.place_document(&order).await
    }

    /// Places an order in v5.
    pub async fn place_document(&self, order: &Value) -> Value {
        let answer = self
            .post("/tmf-api/productOrderingManagement/v5/productOrder", order)
            .await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        answer.json()
    }

    /// The order as v5 shows it now.
    pub async fn order(&self, id: &str) -> Value {
        let path = format!("/tmf-api/productOrderingManagement/v5/productOrder/{id}");
        self.server.get(&path).await.json()
    }

    /// State of an order.
    pub async fn state(&self, id: &str) -> String {
        self.order(id).await["state"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The plan of an order with the state of each node.
    pub async fn plan(&self, id: &str) -> Value {
        self.server
            .get(&format!("/tollgate/v1/productOrder/{id}/plan"))
            .await
            .json()
    }

    /// The plan as a tree.
    pub async fn tree(&self, id: &str) -> String {
        let path = format!("/tollgate/v1/productOrder/{id}/plan?format=tree");
        self.server.get(&path).await.body
    }

    /// All that is known of an order, for messages.
    pub async fn story(&self, id: &str) -> String {
        let tree = self.tree(id).await;
        let log = self
            .server
            .get(&format!("/tollgate/v1/productOrder/{id}/log"))
            .await;
        let log = log.body.replace("},{", "},\n{");
        let anomalies = self.plan(id).await["anomaly"].to_string();
        let sent = self.requests(id);
        format!("{tree}\n{log}\n{anomalies}\n{sent:?}")
    }

    /// What an operator wants of an order.
    pub async fn act(&self, id: &str, wanted: &Value) -> Answer {
        self.post(&format!("/tollgate/v1/productOrder/{id}/action"), wanted)
            .await
    }

    /// Says that people have done what is theirs to do, as often as there is something.
    pub async fn complete_by_hand(&self, id: &str) {
        loop {
            let plan = self.plan(id).await;
            let nodes = plan["node"].as_array().cloned().unwrap_or_default();
            let by_hand = |node: &&Value| node["state"] == "inProgress" && node["target"].is_null();
            let Some(node) = nodes.iter().find(by_hand) else {
                return;
            };
            let planned = plan["plan"]["nodes"]
                .as_array()
                .cloned()
                .unwrap_or_default();
            let own = planned.iter().find(|own| own["key"] == node["key"]);
            let supplies = own
                .and_then(|own| own["supplies"].as_array().cloned())
                .unwrap_or_default();
            let results = supplies
                .iter()
                .map(|name| json!({ "name": name, "value": "found" }));
            let results: Value = results.collect();
            let done = json!({ "action": "complete", "node": node["key"], "result": results, "note": "done" });
            let answer = self.act(id, &done).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            self.settle().await;
        }
    }

    /// The document at a path.
    pub async fn get(&self, path: &str) -> Value {
        self.server.get(path).await.must_be(200).json()
    }

    /// Changes an order in v5.
    pub async fn patch(&self, id: &str, body: &Value) -> Answer {
        let path = format!("/tmf-api/productOrderingManagement/v5/productOrder/{id}");
        self.server.send(reqwest::Method::PATCH, &path, body).await
    }

    /// Asks to cancel an order, or items of it; the id of the request.
    pub async fn cancel(&self, order: &str, items: &[&str]) -> String {
        let mut body = json!({
            "@type": "CancelProductOrder",
            "cancellationReason": "changed my mind",
            "productOrder": { "@type": "ProductOrderRef", "id": order },
        });
        if !items.is_empty() {
            let items = items.iter().map(|id| json!({ "id": id }));
            body["productOrderItem"] = items.collect();
        }
        let path = "/tmf-api/productOrderingManagement/v5/cancelProductOrder";
        let answer = self.post(path, &body).await.must_be(201).json();
        answer["id"].as_str().expect("an id").to_owned()
    }

    /// A request to cancel as v5 shows it now.
    pub async fn cancellation(&self, task: &str) -> Value {
        let path = format!("/tmf-api/productOrderingManagement/v5/cancelProductOrder/{task}");
        self.get(&path).await
    }

    /// How far a node of an order is; the latest where it was planned anew.
    pub async fn node(&self, order: &str, key: &str) -> Value {
        let plan = self.plan(order).await;
        let nodes = plan["node"].as_array().cloned().unwrap_or_default();
        let found = nodes.into_iter().rfind(|node| node["key"] == key);
        found.unwrap_or_else(|| panic!("no node {key}: {plan}"))
    }

    /// State of an item of an order.
    pub async fn item_state(&self, order: &str, item: &str) -> String {
        let order = self.order(order).await;
        let found = item_of(&order, item).unwrap_or_else(|| panic!("no item {item}: {order}"));
        found["state"].as_str().unwrap_or_default().to_owned()
    }

    /// Fallouts that wait for a decision.
    pub async fn fallouts(&self) -> Vec<Value> {
        let list = self.get("/tollgate/v1/fallout?state=open").await;
        list.as_array().cloned().unwrap_or_default()
    }

    /// A product as v5 shows it now.
    pub async fn product(&self, id: &str) -> Value {
        self.get(&format!("/tmf-api/productInventory/v5/product/{id}"))
            .await
    }

    /// What the OSS took of an order, as `add 1:core`, in the order in which it came.
    pub fn requests(&self, order: &str) -> Vec<String> {
        let begin = format!("{order}.");
        let named = |taken: tollgate::oss_sim::SimOrder| {
            let id = taken.external_id?;
            let (_, key) = id.strip_prefix(&begin)?.split_once('.')?;
            Some(format!("{} {key}", taken.actions.join("+")))
        };
        self.oss.orders().into_iter().filter_map(named).collect()
    }

    /// Services that are active at the OSS.
    pub fn active_services(&self) -> Vec<String> {
        let services = self.oss.services().into_iter();
        let active = services.filter(|service| service.active);
        active.map(|service| service.id).collect()
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.server.send(reqwest::Method::POST, path, body).await
    }

    pub async fn stop(self) {
        self.server.stop().await;
        self.oss.stop().await;
    }
}

/// An OSS without delay and faults.
pub fn quick() -> Settings {
    Settings {
        at_once: true,
        listen: "127.0.0.1:0".to_owned(),
        callback_token: Some(TOKEN.to_owned()),
        products: sample::FOUND
            .into_iter()
            .map(|(specification, name, pattern)| Product {
                specification: specification.to_owned(),
                name: name.to_owned(),
                pattern: pattern.to_owned(),
            })
            .collect(),
        ..Settings::default()
    }
}

/// An item of an order, nested ones included.
pub fn item_of(order: &Value, id: &str) -> Option<Value> {
    let items = order["productOrderItem"].as_array()?;
    let own = items.iter().find(|item| item["id"] == id).cloned();
    own.or_else(|| items.iter().find_map(|item| item_of(item, id)))
}
