//! Product orders from POST to their end, against a simulated OSS on a real socket.

mod amend;
mod amending;
mod busy;
mod callbacks;
mod cancel;
mod change;
mod commands;
mod customers;
mod events;
mod fallout;
mod forward;
mod pending;
mod prices;
mod queue;
mod records;
mod rejected;
mod retries;
mod setback;
mod simulation;
mod tasks;
mod workers;

use serde_json::Value;

use crate::support::Operator;

/// Places a sample order and works until nothing moves by itself; its id.
async fn placed(operator: &Operator, sample: &str) -> String {
    let order = operator.place(sample).await;
    operator.settle().await;
    order["id"].as_str().expect("an id").to_owned()
}

/// Places a sample order and does all work by hand that is for people; its id.
async fn completed(operator: &Operator, sample: &str) -> String {
    let id = placed(operator, sample).await;
    operator.complete_by_hand(&id).await;
    let order = operator.order(&id).await;
    assert_eq!(
        order["state"],
        "completed",
        "{order}\n{}",
        operator.story(&id).await
    );
    id
}

/// Messages of the errors of an order.
fn reasons(order: &Value) -> Vec<String> {
    let errors = order["productOrderErrorMessage"].as_array();
    let reasons = errors.into_iter().flatten();
    let reasons = reasons.filter_map(|error| error["reason"].as_str());
    reasons.map(str::to_owned).collect()
}

/// The value of a characteristic of a product.
fn characteristic(product: &Value, name: &str) -> Value {
    let all = product["productCharacteristic"].as_array();
    let mut all = all.into_iter().flatten();
    let found = all.find(|one| one["name"] == name);
    found.map_or(Value::Null, |one| one["value"].clone())
}
