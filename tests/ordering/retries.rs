//! Faults that pass: tried again when time has passed, until people must look.

use std::time::Duration;

use serde_json::json;
use tollgate::ordering::southbound::Version;
use tollgate::oss_sim::{Deed, Script, Settings};

use super::placed;
use crate::support::{Operator, Setup, each_database, quick};

const MINUTE: i64 = 60_000;

#[test]
fn a_system_that_is_not_there_for_a_while_is_tried_again() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        operator
            .oss
            .script(Script::new("1:core", Deed::Unavailable).times(2));
        let id = placed(&operator, "order-mobile").await;
        let core = format!("{id}.1.1:core");
        assert_eq!(
            operator.oss.attempts(&core),
            1,
            "nothing is tried before its time"
        );
        operator.settle().await;
        assert_eq!(operator.oss.attempts(&core), 1);
        for _ in 0..3 {
            clock.advance_millis(MINUTE);
            operator.settle().await;
        }
        assert_eq!(operator.oss.attempts(&core), 3);
        assert_eq!(operator.node(&id, "1:core").await["state"], "completed");
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        assert!(operator.fallouts().await.is_empty());
        operator.stop().await;
    });
}

#[test]
fn a_system_that_stays_away_is_a_fallout_that_passes_with_a_retry() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        operator.meet("1:core", Deed::Unavailable);
        let id = placed(&operator, "order-mobile").await;
        for _ in 0..12 {
            clock.advance_millis(10 * MINUTE);
            operator.settle().await;
        }
        let open = operator.fallouts().await;
        assert_eq!(open.len(), 1, "{open:?}");
        assert_eq!(open[0]["cause"], "transientExhausted", "{open:?}");
        assert_eq!(operator.state(&id).await, "held");
        let tried = operator.oss.attempts(&format!("{id}.1.1:core"));
        assert!((2..=5).contains(&tried), "{tried}");
        operator.oss.clear_scripts();
        clock.advance_millis(10 * MINUTE);
        operator
            .act(&id, &json!({ "action": "retry", "node": "1:core" }))
            .await
            .must_be(200);
        operator.settle().await;
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        operator.stop().await;
    });
}

#[test]
fn a_system_that_asks_for_a_pause_gets_it() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let patient = Settings {
            retry_after: 600,
            ..quick()
        };
        let operator = Operator::with(setup, patient, Version::V4).await;
        let unavailable = Script::new("1:core", Deed::Unavailable);
        operator.oss.script(unavailable.times(1));
        let id = placed(&operator, "order-mobile").await;
        let core = format!("{id}.1.1:core");
        for _ in 0..9 {
            clock.advance_millis(MINUTE);
            operator.settle().await;
            assert_eq!(operator.oss.attempts(&core), 1);
        }
        clock.advance_millis(MINUTE);
        operator.settle().await;
        assert_eq!(operator.oss.attempts(&core), 2);
        assert_eq!(operator.node(&id, "1:core").await["state"], "completed");
        operator.stop().await;
    });
}

#[test]
fn a_system_is_tried_as_often_as_its_own_section_says() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        let clock = setup.standing_clock();
        let operator = Operator::reaching(setup, quick(), Version::V4, |target| {
            target.retry.attempts = Some(2);
            target.retry.first = Some(Duration::from_secs(1200));
            target.retry.max = Some(Duration::from_secs(1200));
        })
        .await;
        operator.meet("1:core", Deed::Unavailable);
        let id = placed(&operator, "order-mobile").await;
        let core = format!("{id}.1.1:core");
        // It differs by a quarter from node to node.
        clock.advance_millis(14 * MINUTE);
        operator.settle().await;
        assert_eq!(operator.oss.attempts(&core), 1);
        assert!(operator.fallouts().await.is_empty());
        clock.advance_millis(12 * MINUTE);
        operator.settle().await;
        assert_eq!(operator.oss.attempts(&core), 2);
        let open = operator.fallouts().await;
        assert_eq!(open[0]["cause"], "transientExhausted", "{open:?}");
        operator.stop().await;
    });
}

#[test]
fn a_system_that_fails_every_call_is_left_alone_for_a_while() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        operator.meet("", Deed::Unavailable);
        let mut orders = Vec::new();
        for number in 0..12 {
            let mut order = tollgate::sample::order("order-mobile").expect("a sample order");
            order["id"] = json!(format!("flood-{number}"));
            order["productOrderItem"] = json!([order["productOrderItem"][0]]);
            let order = operator.place_document(&order).await;
            operator.settle().await;
            orders.push(order["id"].as_str().expect("an id").to_owned());
        }
        let tried = |operator: &Operator| -> u32 {
            let ids = orders.iter().map(|id| format!("{id}.1.1:sim-profile"));
            ids.map(|id| operator.oss.attempts(&id)).sum()
        };
        assert!(
            tried(&operator) < 12,
            "the circuit opened: {}",
            tried(&operator)
        );
        operator.oss.clear_scripts();
        for _ in 0..6 {
            clock.advance_millis(5 * MINUTE);
            operator.settle().await;
        }
        for id in &orders {
            let node = operator.node(id, "1:sim-profile").await;
            assert_eq!(node["state"], "completed", "{}", operator.story(id).await);
        }
        assert!(operator.fallouts().await.is_empty());
        operator.stop().await;
    });
}

#[test]
fn what_takes_too_long_is_in_jeopardy_and_then_in_fallout() {
    each_database(async |database| {
        let (operator, clock) = Operator::at_rest(database).await;
        operator.meet("1:core", Deed::Hold);
        let id = placed(&operator, "order-mobile").await;
        clock.advance_millis(14 * MINUTE);
        operator.settle().await;
        let order = operator.order(&id).await;
        let alerts = order["productOrderJeopardyAlert"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        assert!(
            alerts
                .iter()
                .any(|alert| alert["jeopardyType"] == "nodeTimeout"),
            "{order}"
        );
        assert_eq!(order["state"], "inProgress");
        clock.advance_millis(2 * MINUTE);
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "held");
        let open = operator.fallouts().await;
        assert_eq!(open[0]["cause"], "timeout", "{open:?}");
        // It comes after all.
        operator.oss.release("");
        operator.settle().await;
        assert!(operator.fallouts().await.is_empty());
        operator.complete_by_hand(&id).await;
        assert_eq!(
            operator.state(&id).await,
            "completed",
            "{}",
            operator.story(&id).await
        );
        operator.stop().await;
    });
}
