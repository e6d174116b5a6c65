//! Requests to cancel an order: TMF622 `cancelProductOrder`. The request is accepted, the order is
//! told, and what becomes of it is the state of the request.

use serde_json::{Value, json};

use super::input::Told;
use super::mark::OrderMark;
use crate::behaviour::own::Own;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::engine::Change;
use crate::store::ResourceRow;

/// The own rules of the kind `cancelProductOrder`.
pub struct CancelRules {
    orders: OrderMark,
}

impl CancelRules {
    pub fn new(orders: OrderMark) -> Self {
        CancelRules { orders }
    }
}

impl Own for CancelRules {
    fn prepare(
        &self,
        _change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if old.is_none()
            && let Some(doc) = doc.as_object_mut()
        {
            doc.insert("state".to_owned(), json!("acknowledged"));
        }
        Ok(())
    }

    fn check(
        &self,
        _change: &mut Change<'_, '_>,
        _old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let problem = |path: &str, message: &str| {
            let violation = Violation {
                path: path.to_owned(),
                message: message.to_owned(),
            };
            Problem::many(Code::InvalidBody, vec![violation])
        };
        if order(doc).is_none() {
            return Err(problem("/productOrder/id", "is required"));
        }
        items(doc).map(|_| ()).ok_or_else(|| {
            problem(
                "/productOrderItem",
                "must be objects with the id of an item",
            )
        })
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        let Some(order) = order(doc) else {
            return Ok(());
        };
        self.orders.mark();
        let told = Told::Cancel {
            task: row.id.clone(),
            items: items(doc).unwrap_or_default(),
            reason: text(doc, "cancellationReason"),
            by: change.caller.principal.clone(),
        };
        told.leave(change.tx, change.caller.tenant, order, change.now)
    }
}

fn order(doc: &Value) -> Option<&str> {
    doc.get("productOrder")?.get("id")?.as_str()
}

/// The items to cancel, an addition of ours; none means the whole order.
fn items(doc: &Value) -> Option<Vec<String>> {
    let Some(items) = doc.get("productOrderItem") else {
        return Some(Vec::new());
    };
    let id = |item: &Value| Some(item.get("id")?.as_str()?.to_owned());
    items.as_array()?.iter().map(id).collect()
}

fn text(doc: &Value, name: &str) -> Option<String> {
    Some(doc.get(name)?.as_str()?.to_owned())
}
