//! Work of orders that is for people, as a resource: at `/tollgate/v1/task`. It is opened and closed by the
//! run of the order; whoever has done it says so, and the node of the plan ends.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::operate::Wanted;
use super::{Fulfilment, fallout, service};
use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;
use crate::ordering::order::Characteristic;
use crate::ordering::run::{Act, By, TaskEnd, TaskStart};
use crate::store::IdKey;

/// Kind of tasks in the store.
pub const KIND: &str = "task";
const OPEN: &str = "open";

/// Id of the task that is named so in the run.
pub fn id_of(external_id: &str) -> String {
    service::id_of_order(external_id)
}

/// A task that someone was given.
pub fn opened(order_id: &str, start: &TaskStart, now: Micros) -> Value {
    let mut doc = json!({
        "@type": "Task",
        "name": start.name,
        "description": start.text,
        "kind": start.kind,
        "undo": start.undo,
        "productOrder": fallout::order_ref(order_id),
        "productOrderItem": start.item,
        "node": start.node,
        "externalId": start.external_id,
        "wantedResult": start.supplies,
        "state": OPEN,
        "openedAt": now.to_rfc3339(),
    });
    if let (Some(due), Some(doc)) = (start.due, doc.as_object_mut()) {
        doc.insert("due".to_owned(), json!(due.to_rfc3339()));
    }
    doc
}

/// A task that nobody need do any more.
pub fn closed(before: &Value, end: &TaskEnd, by: Option<&By>, now: Micros) -> Value {
    let mut doc = before.clone();
    let Some(object) = doc.as_object_mut() else {
        return doc;
    };
    let at = now.to_rfc3339();
    let mut resolution = Map::new();
    resolution.insert("@type".to_owned(), json!("TaskResolution"));
    resolution.insert("action".to_owned(), json!(end.why));
    resolution.insert("at".to_owned(), json!(at));
    if let Some(by) = by {
        resolution.insert("by".to_owned(), json!(by.who));
        if let Some(note) = &by.note {
            resolution.insert("note".to_owned(), json!(note));
        }
    }
    let state = if end.is_done { "done" } else { "cancelled" };
    object.insert("state".to_owned(), json!(state));
    object.insert("closedAt".to_owned(), json!(at));
    object.insert("resolution".to_owned(), Value::Object(resolution));
    doc
}

impl Fulfilment {
    /// Someone has done a task, and this came of it.
    ///
    /// # Errors
    /// `NotFound` for a task that is not there, `Conflict` for one that is not open.
    pub async fn complete_task(
        self: &Arc<Self>,
        caller: &Caller,
        id: &str,
        results: Vec<Characteristic>,
        note: Option<String>,
    ) -> Outcome<()> {
        let key = IdKey::new(caller.tenant, KIND, id);
        let rows = self
            .store
            .point(move |session| session.versions(&key))
            .await?;
        let row = rows.into_iter().find(|row| row.current).ok_or_else(|| {
            let message = format!("There is no task '{id}'.");
            Problem::new(Code::NotFound, message)
        })?;
        let doc = document(&row)?;
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        let state = text("/state").unwrap_or_default();
        if state != OPEN {
            let message = format!("The task '{id}' is {state}.");
            return Err(Problem::new(Code::Conflict, message));
        }
        let named = text("/productOrder/id").zip(text("/externalId"));
        let (order, node) = named.ok_or_else(|| Problem::internal("a task of no order"))?;
        let act = Act::Complete {
            node: node.to_owned(),
            results,
        };
        self.act(caller, order, Wanted::Act(act), note).await
    }
}
