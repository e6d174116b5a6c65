//! Work for people: what operators see of it and say about it.

use serde_json::{Value, json};

use super::{characteristic, placed};
use crate::support::{Operator, each_database};

const TASKS: &str = "/tollgate/v1/task";

async fn open(operator: &Operator, order: &str) -> Vec<Value> {
    let path = format!("{TASKS}?state=open&productOrder.id={order}");
    let list = operator.get(&path).await;
    list.as_array().cloned().unwrap_or_default()
}

fn path_of(task: &Value) -> String {
    format!("{TASKS}/{}", task["id"].as_str().expect("an id"))
}

#[test]
fn people_find_their_tasks_and_say_when_they_are_done() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-mobile").await;
        let mut seen = 0;
        while let Some(task) = open(&operator, &id).await.first() {
            seen += 1;
            let node = task["node"].as_str().expect("a node");
            assert_eq!(operator.node(&id, node).await["state"], "inProgress");
            assert_eq!(task["productOrder"]["id"], id.as_str(), "{task}");
            assert!(
                task["name"].is_string() && task["openedAt"].is_string(),
                "{task}"
            );
            assert_eq!(task["undo"], false);
            let wanted = task["wantedResult"].as_array().cloned().unwrap_or_default();
            let found = wanted
                .iter()
                .map(|name| json!({ "name": name, "value": "by-hand" }));
            let done = json!({ "result": found.collect::<Value>(), "note": "handed over" });
            let path = path_of(task);
            let complete = format!("{path}/complete");
            operator.post(&complete, &done).await.must_be(204);
            operator.settle().await;
            assert_eq!(operator.node(&id, node).await["state"], "completed");
            let task = operator.get(&path).await;
            assert_eq!(task["state"], "done", "{task}");
            assert_eq!(task["resolution"]["note"], "handed over", "{task}");
            assert!(task["resolution"]["by"].is_string() && task["closedAt"].is_string());
            operator.post(&complete, &done).await.must_fail(409);
        }
        assert!(seen >= 2, "a card and a phone: {seen}");
        let order = operator.order(&id).await;
        let story = operator.story(&id).await;
        assert_eq!(order["state"], "completed", "{story}");
        let phone = super::forward::product_of(&operator, &order, "2").await;
        assert_eq!(characteristic(&phone, "imei"), "by-hand", "{phone}");
        let nobody = format!("{TASKS}/nobody/complete");
        operator.post(&nobody, &json!({})).await.must_fail(404);
        let wrong = json!({ "result": "done" });
        operator.post(&nobody, &wrong).await.must_fail(400);
        operator.stop().await;
    });
}

#[test]
fn tasks_that_nobody_need_do_any_more_are_closed() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = placed(&operator, "order-mobile").await;
        let before = open(&operator, &id).await;
        let left = before.first().expect("a task");
        let skip = json!({ "action": "skip", "node": left["node"], "note": "not needed" });
        operator.act(&id, &skip).await.must_be(200);
        operator.settle().await;
        let task = operator.get(&path_of(left)).await;
        assert_eq!(task["state"], "cancelled", "{task}");
        assert_eq!(task["resolution"]["note"], "not needed", "{task}");
        let cancel = json!({ "action": "cancel", "force": true });
        operator.act(&id, &cancel).await.must_be(200);
        operator.settle().await;
        for task in &before {
            let task = operator.get(&path_of(task)).await;
            assert_eq!(task["state"], "cancelled", "{task}");
        }
        // What is to be taken back by hand is a task as well.
        for task in open(&operator, &id).await {
            assert_eq!(task["undo"], true, "{task}");
            let complete = format!("{}/complete", path_of(&task));
            operator.post(&complete, &json!({})).await.must_be(204);
            operator.settle().await;
        }
        let story = operator.story(&id).await;
        assert_eq!(operator.state(&id).await, "cancelled", "{story}");
        assert!(open(&operator, &id).await.is_empty());
        operator.stop().await;
    });
}
