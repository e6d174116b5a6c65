//! `tollgate order` and `tollgate rules` as processes, against a server whose OSS fails once.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tollgate::oss_sim::{Deed, Script};
use tollgate::sample;

use crate::support::{Operator, each_database};

/// Runs the program and gives what it printed; `code` is how it must end.
async fn run(operator: &Operator, folder: &Path, line: &str, code: i32) -> String {
    let url = operator.server.url();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.args(line.split(' ')).current_dir(folder);
    if !line.ends_with("--offline") {
        command.args(["--server", &url]);
    }
    // The server answers from this runtime, so it must not be kept waiting.
    let ran = tokio::task::spawn_blocking(move || command.output());
    let Output {
        status,
        stdout,
        stderr,
    } = ran.await.expect("a thread").expect("the program runs");
    let text = String::from_utf8(stdout).expect("UTF-8") + &String::from_utf8_lossy(&stderr);
    assert_eq!(status.code(), Some(code), "{line}: {text}");
    text
}

#[test]
fn an_operator_works_on_an_order() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let folder = database.folder.path();
        operator.oss.script(
            Script::new("cfs-mobile-access", Deed::Fail)
                .times(1)
                .message("no radio"),
        );
        let id = operator.place("order-mobile").await["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        operator.settle().await;

        let text = run(&operator, folder, &format!("order show {id}"), 0).await;
        assert!(text.starts_with(&format!("order {id}  held\n")), "{text}");
        assert!(text.contains("1:access  business: no radio"), "{text}");
        let text = run(&operator, folder, "order fallout --cause business", 0).await;
        assert!(text.ends_with("1 wait for a decision\n"), "{text}");
        let text = run(&operator, folder, &format!("order plan {id}"), 0).await;
        assert!(text.contains("\"Mobile access\" [fallout]"), "{text}");
        let text = run(&operator, folder, &format!("order plan {id} --dot"), 0).await;
        assert!(text.starts_with("digraph"), "{text}");

        let text = run(
            &operator,
            folder,
            "order retry --cause business --note again",
            0,
        )
        .await;
        assert!(text.contains("1 tried again, 0 refused"), "{text}");
        operator.settle().await;
        let text = run(&operator, folder, &format!("order tasks --order {id}"), 0).await;
        assert!(
            text.contains("2:res-handset/shipment  shipment: "),
            "{text}"
        );
        let line = format!("order complete {id} 2:res-handset/shipment --result imei=0049");
        let text = run(&operator, folder, &line, 0).await;
        assert!(text.contains(": inProgress; "), "{text}");
        let text = run(&operator, folder, &format!("order suspend {id}"), 0).await;
        assert!(text.contains("(suspended)"), "{text}");
        run(&operator, folder, &format!("order resume {id}"), 0).await;
        run(&operator, folder, &format!("order skip {id} 1:sim-card"), 0).await;
        operator.settle().await;
        assert_eq!(operator.state(&id).await, "completed");
        let text = run(&operator, folder, &format!("order retry {id} 1:access"), 1).await;
        assert!(text.contains("tollgate: "), "{text}");
        let text = run(&operator, folder, &format!("order log {id}"), 0).await;
        assert!(text.contains("1:access"), "{text}");
        run(&operator, folder, "order show nobody", 1).await;
        operator.stop().await;
    });
}

#[test]
fn a_plan_is_tried_without_an_order() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let folder = database.folder.path();
        let write = |name: &str, order: &Value| {
            std::fs::write(folder.join(name), order.to_string()).expect("a file");
        };
        let order = |id: &str| sample::order(id).expect("a sample order");
        write("good.json", &order("order-mobile"));
        write("pending.json", &order("order-fibre-pending"));
        let mut odd = order("order-mobile");
        odd["productOrderItem"] =
            serde_json::json!([{"@type": "ProductOrderItem", "id": "1", "action": "add"}]);
        write("odd.json", &odd);

        let text = run(&operator, folder, "order plan --file good.json", 0).await;
        assert!(text.contains("1:core  add serviceOrder"), "{text}");
        let text = run(&operator, folder, "order plan --file pending.json", 1).await;
        assert!(text.starts_with("The order lacks information:"), "{text}");
        let text = run(&operator, folder, "order plan --file odd.json", 1).await;
        assert!(text.contains("[nothingOrdered]"), "{text}");
        let orders = "/tmf-api/productOrderingManagement/v5/productOrder";
        assert_eq!(
            operator.server.get(orders).await.json(),
            serde_json::json!([])
        );
        operator.stop().await;
    });
}

#[test]
fn rules_go_out_and_come_back() {
    each_database(async |database| {
        let operator = Operator::start(database).await;
        let folder = database.folder.path();
        let text = run(&operator, folder, "rules lint", 0).await;
        assert!(text.ends_with(" rules, 0 errors, 0 warnings\n"), "{text}");
        run(&operator, folder, "rules export rules.ndjson", 0).await;
        let text = run(&operator, folder, "rules import rules.ndjson", 0).await;
        assert!(text.starts_with("0 created, 0 changed, "), "{text}");
        let path = folder.join("rules.ndjson");
        let rules = std::fs::read_to_string(&path).expect("the rules");
        assert_eq!(rules.lines().count(), 25);
        let changed = rules.replacen("\"name\":\"Roaming\"", "\"name\":\"Abroad\"", 1);
        assert_ne!(changed, rules);
        std::fs::write(&path, changed).expect("the rules");
        let text = run(&operator, folder, "rules import rules.ndjson", 0).await;
        assert!(text.starts_with("0 created, 1 changed, "), "{text}");
        let shown = operator
            .server
            .get("/tollgate/v1/decompositionRule/roaming")
            .await
            .json();
        assert_eq!(shown["name"], "Abroad");

        let bad = "{\"id\": \"y\"}\n{\"id\": \"z\", \"name\": \"Z\", \"when\": {\"productSpecification\": [\"gone\"]}}\n";
        std::fs::write(folder.join("bad.ndjson"), bad).expect("a file");
        let text = run(&operator, folder, "rules lint bad.ndjson", 1).await;
        assert!(
            text.contains("error: y /when: is missing [invalidRule]"),
            "{text}"
        );
        assert!(text.contains("[unreachable]"), "{text}");
        run(&operator, folder, "rules lint bad.ndjson --offline", 1).await;
        let text = run(&operator, folder, "rules import bad.ndjson", 1).await;
        assert!(
            text.contains("1 created, 0 changed, 0 already so, 1 refused"),
            "{text}"
        );
        operator.stop().await;
    });
}
