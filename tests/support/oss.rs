//! A simulated OSS beside a server, and what tests of orders do with the two.

use serde_json::{Value, json};
use tollgate::engine::Caller;
use tollgate::ordering::southbound::{Secret, TargetSettings, Version};
use tollgate::oss_sim::{OssSim, Product, Settings};
use tollgate::sample;

use super::database::Database;
use super::http::Answer;
use super::server::{Setup, TestServer};

/// What the OSS shows when it calls back.
const TOKEN: &str = "the-token-of-callbacks";

/// A server with the sample operator's catalog, and the OSS that it orders from.
pub struct Operator {
    pub server: TestServer,
    pub oss: OssSim,
}

impl Operator {
    /// An OSS that does everything at once.
    pub async fn start(database: &Database) -> Self {
        Operator::with(database, Setup::new(database), quick(), Version::V4).await
    }

    pub async fn with(
        database: &Database,
        mut setup: Setup,
        settings: Settings,
        version: Version,
    ) -> Self {
        let _ = database;
        let oss = OssSim::start(settings).await.expect("the OSS starts");
        let path = match version {
            Version::V4 => "v4",
            Version::V5 => "v5",
        };
        let mut target = TargetSettings::new("default", oss.ordering(path), version);
        target.callback_token = Some(Secret::new(TOKEN));
        setup.config.oss = vec![target];
        let server = TestServer::with(setup).await;
        sample::load(&server.parts().engine, Caller::local())
            .await
            .expect("the sample is loaded");
        let fulfilment = std::sync::Arc::clone(&server.parts().fulfilment);
        fulfilment.subscribe().await;
        Operator { server, oss }
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
