//! Our own records of what was sent (TMF641) say how it ended.

use serde_json::{Value, json};
use tollgate::oss_sim::Deed;

use super::amend::line;
use super::placed;
use crate::support::{Operator, each_database};

/// The states of all records of service orders for a node, by external id.
async fn records(operator: &Operator, node: &str) -> Vec<(String, String)> {
    let all = operator
        .get("/tmf-api/serviceOrdering/v5/serviceOrder?limit=200")
        .await;
    let all = all.as_array().cloned().unwrap_or_default();
    let read = |record: &Value| {
        let name = record["externalReference"][0]["name"].as_str()?.to_owned();
        let state = record["state"].as_str()?.to_owned();
        name.contains(node).then_some((name, state))
    };
    let mut found: Vec<_> = all.iter().filter_map(read).collect();
    found.sort();
    found
}

#[test]
fn what_is_undone_in_the_step_in_which_it_was_done_is_recorded_as_both() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:core", Deed::RefuseCancel);
        let id = line(&operator).await;
        operator.cancel(&id, &[]).await;
        operator.settle().await;
        // It is done all the same, and undone at once.
        operator.oss.clear_scripts();
        operator.oss.release("");
        operator.settle().await;
        let name = format!("{id}.1.1:core");
        let done = |name: String| (name, "completed".to_owned());
        let story = operator.story(&id).await;
        let found = records(&operator, "1:core").await;
        assert_eq!(
            found,
            [done(name.clone()), done(format!("{name}.undo"))],
            "{story}"
        );
        operator.stop().await;
    });
}

#[test]
fn what_is_left_out_while_it_is_under_way_is_recorded_as_cancelled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:voicemail", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        let skip = json!({ "action": "skip", "node": "1:voicemail" });
        operator.act(&id, &skip).await.must_be(200);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:voicemail").await["state"], "skipped");
        let found = records(&operator, "1:voicemail").await;
        assert_eq!(
            found,
            [(format!("{id}.1.1:voicemail"), "cancelled".to_owned())]
        );
        operator.stop().await;
    });
}

#[test]
fn the_work_of_each_revision_has_its_record() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:sim-profile", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        let mut order = operator.order(&id).await;
        let items = &mut order["productOrderItem"];
        items[0]["product"]["productCharacteristic"][0]["value"] = json!("eSIM");
        let change = json!({ "productOrderItem": items });
        operator.patch(&id, &change).await.must_be(200);
        operator.settle().await;
        operator.oss.clear_scripts();
        // Done as it was first wanted, then changed: both in one step.
        operator.oss.release("");
        operator.settle().await;
        let found = records(&operator, "1:sim-profile").await;
        let done = |revision: u32| {
            (
                format!("{id}.{revision}.1:sim-profile"),
                "completed".to_owned(),
            )
        };
        assert_eq!(found, [done(1), done(2)], "{}", operator.story(&id).await);
        operator.stop().await;
    });
}
