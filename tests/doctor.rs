//! `tollgate doctor --references` as a process, on what the program's own data leave behind and on
//! references that were made to dangle.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::{Database, TestServer, each_database, id};

fn tollgate(database: &Database, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tollgate"))
        .args(arguments)
        .args(["--database", &database.url])
        .current_dir(database.folder.path())
        .output()
        .expect("the program runs")
}

/// What it printed, when it ended as it should.
#[track_caller]
fn printed(output: Output, clean: bool) -> String {
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.success(), clean, "{text}\n{errors}");
    text
}

/// There are references in a database, and all of them lead somewhere.
#[track_caller]
pub fn nothing_dangles(database: &Database) {
    let text = printed(tollgate(database, &["doctor", "--references"]), true);
    let total = text.lines().last().expect("a total");
    assert!(total.contains(" 0 dangling"), "{text}");
    assert!(!total.contains(" 0 references"), "{text}");
    assert!(!text.contains("->"), "{text}");
}

#[test]
fn the_program_s_own_data_have_no_dangling_references() {
    each_database(async |database| {
        for command in [&["seed", "--customers", "40"][..], &["demo", "--exit"]] {
            printed(tollgate(database, command), true);
            nothing_dangles(database);
        }
    });
}

#[test]
fn a_dangling_reference_is_listed_with_its_place() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let v5 = server.v5();
        let category = id(&v5.make("category", json!({"name": "there"})).await);
        let body = json!({"name": "Fiber", "category": [
            {"@type": "CategoryRef", "id": category},
            {"@type": "CategoryRef", "id": "gone"},
            {"@type": "CategoryRef", "id": category, "version": "9.9"},
        ]});
        let offering = id(&v5.make("productOffering", body).await);
        let rows = v5.get("productOffering").await.json();

        let text = printed(tollgate(database, &["doctor", "--references"]), false);
        let version = rows[0]["version"].as_str().map(|v| format!(" version {v}"));
        let from = format!("productOffering {offering}{}", version.unwrap_or_default());
        let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            [
                format!("{from} /category/1 -> category gone"),
                format!("{from} /category/2 -> category {category} version 9.9"),
            ],
            "{text}"
        );
        let summary = |kind: &str| {
            text.lines()
                .filter(|line| !line.contains("->"))
                .find(|l| l.starts_with(kind))
        };
        assert!(
            summary("productOffering")
                .is_some_and(|line| line.contains(" 3 references") && line.contains(" 2 dangling")),
            "{text}"
        );
        assert!(
            summary("category").is_some_and(|line| line.contains(" 0 dangling")),
            "{text}"
        );

        let report = printed(
            tollgate(database, &["doctor", "--references", "--json"]),
            false,
        );
        let report: Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["result"], "fail");
        assert_eq!(report["complete"], true);
        assert_eq!(
            report["total"],
            json!({"resources": 2, "references": 3, "dangling": 2, "past": 0, "unreadable": 0})
        );
        assert_eq!(report["dangling"][0]["from"]["id"], offering.as_str());
        assert_eq!(report["dangling"][0]["pointer"], "/category/1");
        assert_eq!(
            report["dangling"][0]["to"],
            json!({"kinds": ["category"], "id": "gone", "version": ""})
        );
        server.stop().await;
    });
}

/// More resources than are read at once.
#[test]
fn all_parts_are_read() {
    each_database(async |database| {
        let server = TestServer::start(database).await;
        let v5 = server.v5();
        let bodies: Vec<Value> = (0..1200)
            .map(|n| {
                json!({"@type": "ProductOffering", "name": format!("Fiber {n}"),
                    "category": [{"@type": "CategoryRef", "id": format!("gone-{n}")}]})
            })
            .collect();
        for part in bodies.chunks(400) {
            let made = v5.post("productOffering", &Value::from(part)).await;
            assert!(made.status < 300, "{}", made.body);
        }
        let report = printed(
            tollgate(database, &["doctor", "--references", "--json"]),
            false,
        );
        let report: Value = serde_json::from_str(&report).expect("JSON");
        assert_eq!(report["dangling"].as_array().map(Vec::len), Some(1200));
        assert_eq!(report["kinds"]["productOffering"]["resources"], 1200);
        server.stop().await;
    });
}

#[test]
fn a_database_that_is_not_there_is_an_error() {
    each_database(async |database| {
        let other = match database.url.strip_prefix("sqlite:") {
            Some(path) => format!("sqlite:{path}.none"),
            None => format!("{}_none", database.url),
        };
        let output = Command::new(env!("CARGO_BIN_EXE_tollgate"))
            .args(["doctor", "--references", "--database", &other])
            .output()
            .expect("the program runs");
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        assert!(!String::from_utf8_lossy(&output.stderr).is_empty());
    });
}
