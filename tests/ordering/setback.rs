//! Steps that fail on our own side: nothing is lost, it shows, and nobody else is held up.

use serde_json::{Value, json};
use tollgate::domain::clock::Clock;

use crate::support::{Database, Operator, each_database};

const MINUTE: i64 = 60_000;
/// The order that the database takes no product for.
const DOOMED: &str = "doomed";

/// Makes the database refuse every product of the order: once and for all, or as if something was in
/// the way.
fn break_products(database: &Database, passes: bool) {
    let (sqlite, postgres) = match passes {
        true => ("database is locked", "40001"),
        false => ("no room", "P0001"),
    };
    let meant = format!("NEW.kind = 'product' AND NEW.doc LIKE '%\"{DOOMED}\"%'");
    database.execute(
        &format!(
            "CREATE TRIGGER broken BEFORE INSERT ON resource WHEN {meant}
             BEGIN SELECT RAISE(ABORT, '{sqlite}'); END"
        ),
        &format!(
            "CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN
                 IF {meant} THEN RAISE EXCEPTION 'no room' USING ERRCODE = '{postgres}'; END IF;
                 RETURN NEW;
             END $$;
             CREATE TRIGGER broken BEFORE INSERT ON resource FOR EACH ROW EXECUTE FUNCTION broken()"
        ),
    );
}

fn mend_products(database: &Database) {
    let postgres = "DROP TRIGGER broken ON resource; DROP FUNCTION broken()";
    database.execute("DROP TRIGGER broken", postgres);
}

/// Places a line on an eSIM, all of which is done by systems.
async fn place_line(operator: &Operator, id: &str) {
    let mut order = tollgate::sample::order("order-mobile-ported").expect("a sample order");
    order["id"] = json!(id);
    operator.place_document(&order).await;
}

/// An order that was set aside, and what the OSS had been sent by then.
async fn set_aside(database: &Database, passes: bool) -> (Operator, Clock, Vec<String>) {
    let (operator, clock) = Operator::at_rest(database).await;
    break_products(database, passes);
    place_line(&operator, DOOMED).await;
    operator.settle().await;
    let sent = operator.requests(DOOMED);
    (operator, clock, sent)
}

async fn only_fallout(operator: &Operator) -> Value {
    let open = operator.fallouts().await;
    assert_eq!(open.len(), 1, "{open:?}");
    open[0].clone()
}

async fn must_be_completed(operator: &Operator, sent: &[String], fallout: &Value) -> Value {
    let order = operator.order(DOOMED).await;
    let story = operator.story(DOOMED).await;
    assert_eq!(order["state"], "completed", "{order}\n{story}");
    let mut all = operator.requests(DOOMED);
    assert_eq!(all[..sent.len()], *sent);
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count, "nothing is sent again: {all:?}");
    assert!(operator.fallouts().await.is_empty());
    let id = fallout["id"].as_str().expect("an id");
    let resolved = operator.get(&format!("/tollgate/v1/fallout/{id}")).await;
    assert_eq!(resolved["state"], "resolved", "{resolved}");
    assert_eq!(resolved["resolution"]["action"], "retry", "{resolved}");
    resolved
}

#[test]
fn an_order_that_cannot_be_moved_shows_and_is_in_nobodys_way() {
    each_database(async |database| {
        let (operator, clock, sent) = set_aside(database, false).await;
        let fallout = only_fallout(&operator).await;
        assert_eq!(fallout["cause"], "internal", "{fallout}");
        assert_eq!(fallout["productOrder"]["id"], DOOMED);
        assert!(fallout["node"].is_null(), "{fallout}");
        assert!(operator.story(DOOMED).await.contains("step of the order"));
        place_line(&operator, "other").await;
        operator.settle().await;
        assert_eq!(operator.state("other").await, "completed");

        clock.advance_millis(10 * MINUTE);
        operator.settle().await;
        let still = only_fallout(&operator).await;
        assert_eq!(still["id"], fallout["id"]);
        let attempts = |fallout: &Value| fallout["attempts"].as_u64();
        assert!(attempts(&still) > attempts(&fallout), "{still}");
        let retry = json!({ "action": "retry", "note": "there is room" });
        operator.act(DOOMED, &retry).await.must_fail(500);

        mend_products(database);
        operator.act(DOOMED, &retry).await.must_be(200);
        operator.settle().await;
        let resolved = must_be_completed(&operator, &sent, &fallout).await;
        assert_eq!(resolved["resolution"]["note"], "there is room");
        assert!(resolved["resolution"]["by"].is_string(), "{resolved}");
        operator.act(DOOMED, &retry).await.must_fail(409);
        operator.stop().await;
    });
}

#[test]
fn it_is_tried_again_when_time_has_passed() {
    for passes in [true, false] {
        each_database(async |database| {
            let (operator, clock, sent) = set_aside(database, passes).await;
            let fallout = only_fallout(&operator).await;
            mend_products(database);
            operator.settle().await;
            assert_eq!(operator.state(DOOMED).await, "inProgress", "it rests");
            clock.advance_millis(MINUTE);
            operator.settle().await;
            let resolved = must_be_completed(&operator, &sent, &fallout).await;
            assert!(resolved["resolution"]["by"].is_null(), "{resolved}");
            operator.stop().await;
        });
    }
}

#[test]
fn all_that_failed_for_the_cause_is_tried_again_together() {
    each_database(async |database| {
        let (operator, _clock, sent) = set_aside(database, false).await;
        let fallout = only_fallout(&operator).await;
        mend_products(database);
        let tried = operator
            .post(
                "/tollgate/v1/fallout/retry",
                &json!({ "cause": "internal" }),
            )
            .await
            .must_be(200)
            .json();
        assert_eq!(tried["fallout"][0]["retried"], true, "{tried}");
        operator.settle().await;
        must_be_completed(&operator, &sent, &fallout).await;
        operator.stop().await;
    });
}
