//! Work that fails, and what operators do about it.

use serde_json::{Value, json};
use tollgate::oss_sim::{Deed, Script};

use super::forward::product_of;
use super::{characteristic, completed, placed, reasons};
use crate::support::{Operator, each_database};

/// A mobile order that is held because the core network does not do its part.
async fn held(operator: &Operator) -> String {
    operator
        .oss
        .script(Script::new("1:core", Deed::Fail).message("no room in the core"));
    let id = placed(operator, "order-mobile").await;
    operator.oss.clear_scripts();
    id
}

#[test]
fn a_failure_holds_the_order_and_a_retry_completes_it() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = held(&operator).await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "held", "{order}");
        assert_eq!(operator.item_state(&id, "1").await, "held");
        assert_eq!(reasons(&order), ["no room in the core"]);
        let open = operator.fallouts().await;
        assert_eq!(open.len(), 1, "{open:?}");
        let fallout = &open[0];
        assert_eq!(fallout["cause"], "business", "{fallout}");
        assert_eq!(fallout["message"], "no room in the core");
        assert_eq!(fallout["node"], "1:core");
        assert_eq!(fallout["productOrderItem"], "1");
        assert_eq!(fallout["productOrder"]["id"], id.as_str());
        assert!(fallout["openedAt"].is_string());

        let retry = json!({ "action": "retry", "node": "1:core", "note": "there is room now" });
        operator.act(&id, &retry).await.must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        let own = fallout["id"].as_str().expect("an id");
        let resolved = operator.get(&format!("/tollgate/v1/fallout/{own}")).await;
        assert_eq!(resolved["state"], "resolved", "{resolved}");
        let resolution = &resolved["resolution"];
        assert_eq!(resolution["action"], "retry", "{resolved}");
        assert_eq!(resolution["note"], "there is room now");
        assert!(
            resolution["by"].is_string() && resolution["at"].is_string(),
            "{resolved}"
        );
        operator.act(&id, &retry).await.must_fail(409);
        operator.stop().await;
    });
}

#[test]
fn an_order_that_the_oss_refuses_is_tried_with_other_settings() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator
            .oss
            .script(Script::new("1:core", Deed::Reject).message("unknown generation"));
        let id = placed(&operator, "order-mobile").await;
        assert_eq!(operator.state(&id).await, "held");
        operator.oss.clear_scripts();
        let edit = json!({
            "action": "retry",
            "node": "1:core",
            "setting": [{ "name": "networkGeneration", "value": "4G" }],
        });
        operator.act(&id, &edit).await.must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        let core = operator
            .oss
            .services()
            .into_iter()
            .find(|service| service.specification.as_deref() == Some("rfs-hlr-subscriber"));
        let core = core.expect("the service");
        let generation = core
            .characteristics
            .iter()
            .find(|(name, _)| name == "networkGeneration");
        assert_eq!(generation.map(|(_, value)| value), Some(&json!("4G")));
        operator.stop().await;
    });
}

#[test]
fn what_failed_can_be_done_by_hand_or_left_out() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:sim-profile", Deed::Fail);
        operator.meet("1:voicemail", Deed::Fail);
        let id = placed(&operator, "order-mobile").await;
        let by_hand = json!({
            "action": "complete",
            "node": "1:sim-profile",
            "result": [{ "name": "iccid", "value": "8999-by-hand" }],
        });
        operator.act(&id, &by_hand).await.must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "held",
            "{}",
            operator.story(&id).await
        );
        let leave_out = json!({ "action": "skip", "node": "1:voicemail", "note": "not wanted" });
        operator.act(&id, &leave_out).await.must_be(200);
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "completed", "{}", operator.story(&id).await);
        let line = product_of(&operator, &order, "1").await;
        assert_eq!(characteristic(&line, "iccid"), "8999-by-hand", "{line}");
        let all = operator.get("/tollgate/v1/fallout").await;
        let all = all.as_array().expect("a list");
        let mut how: Vec<&str> = all
            .iter()
            .filter_map(|one| one["resolution"]["action"].as_str())
            .collect();
        how.sort_unstable();
        assert_eq!(how, ["complete", "skip"], "{all:?}");
        operator.stop().await;
    });
}

#[test]
fn an_item_that_is_given_up_leaves_the_order_partial() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = held(&operator).await;
        let give_up = json!({ "action": "giveUp", "node": "1:core" });
        operator.act(&id, &give_up).await.must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "partial", "{}", operator.story(&id).await);
        assert_eq!(operator.item_state(&id, "1").await, "failed");
        assert_eq!(operator.item_state(&id, "2").await, "completed");
        assert!(
            operator.active_services().is_empty(),
            "what the item had is undone"
        );
        assert!(order["completionDate"].is_string(), "{order}");
        for version in ["v4", "v5"] {
            let path = format!("/tmf-api/productOrderingManagement/{version}/productOrder/{id}");
            assert_eq!(operator.get(&path).await["state"], "partial");
        }
        operator.stop().await;
    });
}

#[test]
fn a_held_order_is_cancelled() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = held(&operator).await;
        operator
            .act(&id, &json!({ "action": "cancel", "force": true }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "cancelled", "{}", operator.story(&id).await);
        assert!(order["cancellationDate"].is_string(), "{order}");
        assert!(order.get("completionDate").is_none(), "{order}");
        assert!(operator.fallouts().await.is_empty());
        assert!(operator.active_services().is_empty());
        operator.stop().await;
    });
}

#[test]
fn operators_suspend_resume_and_abort() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet("1:core", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        operator
            .act(&id, &json!({ "action": "suspend" }))
            .await
            .must_be(200);
        assert_eq!(operator.state(&id).await, "held");
        operator.oss.release("");
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:core").await["state"], "completed");
        assert_eq!(operator.node(&id, "1:access").await["attempts"], 0);
        operator.meet("1:voice", Deed::Hold);
        operator
            .act(&id, &json!({ "action": "resume" }))
            .await
            .must_be(200);
        operator.settle().await;
        assert_eq!(operator.node(&id, "1:access").await["state"], "completed");
        operator
            .act(&id, &json!({ "action": "abort", "note": "fraud" }))
            .await
            .must_be(200);
        operator.settle().await;
        let order = operator.order(&id).await;
        assert_eq!(order["state"], "failed", "{}", operator.story(&id).await);
        assert!(order.get("completionDate").is_none(), "{order}");
        let open = operator.fallouts().await;
        assert!(!open.is_empty());
        assert!(open.iter().all(|one| one["cause"] == "aborted"), "{open:?}");
        operator.stop().await;
    });
}

#[test]
fn what_operators_ask_for_must_make_sense() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let id = completed(&operator, "order-mobile").await;
        let wrong: [(Value, u16); 7] = [
            (json!({}), 400),
            (json!({ "action": "dance" }), 400),
            (json!({ "action": "retry" }), 409),
            (json!({ "action": "retry", "setting": [] }), 400),
            (
                json!({ "action": "skip", "node": "1:core", "force": "yes" }),
                400,
            ),
            (json!({ "action": "retry", "node": "9:core" }), 404),
            (json!({ "action": "suspend" }), 409),
        ];
        for (body, status) in wrong {
            operator.act(&id, &body).await.must_fail(status);
        }
        let suspend = json!({ "action": "suspend" });
        operator.act("no-such-order", &suspend).await.must_fail(404);
        operator.stop().await;
    });
}

#[test]
fn fallouts_of_one_cause_are_tried_again_together() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        operator.meet(":core", Deed::Fail);
        let mut ids = Vec::new();
        for number in 1..=3 {
            let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
            order["id"] = json!(format!("bulk-{number}"));
            let order = operator.place_document(&order).await;
            ids.push(order["id"].as_str().expect("an id").to_owned());
        }
        operator.settle().await;
        assert_eq!(operator.fallouts().await.len(), 3);
        operator.oss.clear_scripts();
        let path = "/tollgate/v1/fallout/retry";
        for wrong in [json!({}), json!({ "ids": "all" }), json!({ "cause": 7 })] {
            operator.post(path, &wrong).await.must_fail(400);
        }
        let none = operator
            .post(path, &json!({ "cause": "timeout" }))
            .await
            .must_be(200)
            .json();
        assert_eq!(none["fallout"], json!([]), "{none}");
        let first = operator.fallouts().await[0]["id"].clone();
        let by_id = json!({ "ids": [first, "no-such-fallout"], "note": "one first" });
        let answer = operator.post(path, &by_id).await.must_be(200).json();
        let retried = |answer: &Value, expected: bool| {
            let all = answer["fallout"].as_array().cloned().unwrap_or_default();
            all.iter().filter(|one| one["retried"] == expected).count()
        };
        assert_eq!(
            (retried(&answer, true), retried(&answer, false)),
            (1, 1),
            "{answer}"
        );
        let rest = json!({ "cause": "business", "note": "the core has room again" });
        let answer = operator.post(path, &rest).await.must_be(200).json();
        assert_eq!(
            (retried(&answer, true), retried(&answer, false)),
            (2, 0),
            "{answer}"
        );
        assert_eq!(answer["more"], false);
        operator.settle().await;
        assert!(operator.fallouts().await.is_empty());
        for id in ids {
            operator.complete_by_hand(&id).await;
            assert_eq!(
                operator.state(&id).await,
                "completed",
                "{}",
                operator.story(&id).await
            );
        }
        operator.stop().await;
    });
}
