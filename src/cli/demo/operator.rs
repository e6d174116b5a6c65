//! The operator behind the demo: watches plans and does what people have to do.

use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Failure;
use super::partner::{Call, Partner, attributes};
use super::show;
use crate::behaviour::order::Fulfilment;
use crate::oss_sim::OssSim;

const ORDERS: &str = "/tollgate/v1/productOrder";

/// Fulfilment and OSS, to wait for; a client of the operator's API, to act.
pub struct Operator<'t> {
    pub partner: &'t Partner,
    pub fulfilment: Arc<Fulfilment>,
    pub oss: &'t OssSim,
}

impl Operator<'_> {
    /// Waits until orders, OSS and callbacks have come to rest.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<(), Failure> {
        loop {
            let before = self.oss.orders().len();
            self.fulfilment.drain().await?;
            self.oss.idle().await;
            self.fulfilment.drain().await?;
            if self.oss.orders().len() == before {
                return Ok(());
            }
        }
    }

    /// Shows the plan of an order with the state of each node.
    ///
    /// # Errors
    /// When it has none.
    pub async fn tree(&self, id: &str) -> Result<(), Failure> {
        let path = format!("{ORDERS}/{id}/plan?format=tree");
        let text = self.partner.text(&path).await?;
        show::tree(&path, &text);
        Ok(())
    }

    /// Does something to an order, shown.
    ///
    /// # Errors
    /// When it is refused.
    pub async fn act(&self, id: &str, wanted: Value) -> Result<(), Failure> {
        let path = format!("{ORDERS}/{id}/action");
        let shown = attributes(&["state", "progress"]);
        self.partner
            .call(Call::post(&path, wanted).expecting(200), shown)
            .await?;
        Ok(())
    }

    /// Does what people have to do until nothing is left to them; returns how many things that were.
    /// The first is shown as a call, of the others only what they were.
    ///
    /// # Errors
    /// When something of it is refused.
    pub async fn people(&self, id: &str) -> Result<usize, Failure> {
        let mut done = 0;
        loop {
            self.settle().await?;
            let path = format!("{ORDERS}/{id}/plan");
            let plan = self.partner.quiet(Call::get(&path)).await?.body;
            let tasks = tasks(&plan);
            if tasks.is_empty() {
                return Ok(done);
            }
            for (key, name, wanted) in tasks {
                if done == 0 {
                    show::note("Somebody has done it, and says so:");
                    self.act(id, wanted).await?;
                } else {
                    let path = format!("{ORDERS}/{id}/action");
                    let call = Call::post(&path, wanted).expecting(200);
                    self.partner.quiet(call).await?;
                    show::note(&format!("likewise {key}: {name}"));
                }
                done += 1;
            }
        }
    }

    /// Services at the OSS that an order made and that are still active.
    pub fn services_of(&self, id: &str) -> usize {
        let services = self.oss.services();
        let left = services
            .iter()
            .filter(|service| service.active && service.made_by.starts_with(id));
        left.count()
    }
}

/// What waits for people: key, name, and how to say that it is done.
fn tasks(plan: &Value) -> Vec<(String, String, Value)> {
    let list = |pointer: &str| {
        let found = plan.pointer(pointer).and_then(Value::as_array);
        found.into_iter().flatten()
    };
    let text = |value: &Value, name: &str| {
        let found = value.get(name).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let by_hand = |node: &&Value| {
        text(node, "state") == "inProgress" && node.get("target").is_none_or(Value::is_null)
    };
    let task = |node: &Value| {
        let key = text(node, "key");
        let planned = list("/plan/nodes").find(|planned| text(planned, "key") == key);
        let supplies = planned.and_then(|planned| planned.get("supplies")?.as_array());
        let result = supplies.into_iter().flatten().filter_map(Value::as_str);
        let result = result.map(|name| json!({"name": name, "value": made_up(name)}));
        let wanted = json!({
            "action": "complete",
            "node": key,
            "result": result.collect::<Value>(),
            "note": "Done."
        });
        (key, text(node, "name"), wanted)
    };
    list("/node").filter(by_hand).map(task).collect()
}

/// What somebody reads off a device.
fn made_up(name: &str) -> &'static str {
    match name {
        "imei" => "004999010640000",
        "serialNumber" => "BLF-2207-00417",
        _ => "seen",
    }
}
