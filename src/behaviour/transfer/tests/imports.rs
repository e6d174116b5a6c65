//! What imports take, and what they say about what they do not take.

use serde_json::{Value, json};

use super::fixture::{Fixture, Options, gzip, lines, log, specification};
use crate::behaviour::Mode;

fn specifications(numbers: std::ops::Range<usize>) -> Vec<Value> {
    numbers.map(specification).collect()
}

fn ids(numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|n| format!("spec-{n}")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_form_of_a_file_is_taken() {
    let records = specifications(0..10);
    let array = serde_json::to_string_pretty(&records).unwrap();
    let pretty: String = records
        .iter()
        .map(|r| serde_json::to_string_pretty(r).unwrap() + "\n")
        .collect();
    for (name, content) in [
        ("a.json", array.clone().into_bytes()),
        ("a.ndjson", lines(&records).into_bytes()),
        ("values.json", pretty.into_bytes()),
        ("a.json.gz", gzip(array.as_bytes())),
        ("a.ndjson.gz", gzip(lines(&records).as_bytes())),
        // What the name says is wrong, what is inside counts.
        ("b.json", gzip(lines(&records).as_bytes())),
    ] {
        let fixture = Fixture::new();
        fixture.file(name, content);
        let job = fixture.import(json!({"url": format!("file:{name}")})).await;
        assert_eq!(
            (&job["status"], &job["errorLog"]),
            (&json!("Succeeded"), &Value::Null),
            "{name}"
        );
        assert_eq!(job["completionDate"], "2026-11-21T12:00:00.000Z");
        assert_eq!(
            fixture.ids("productSpecification").await,
            ids(0..10),
            "{name}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_records_are_listed_and_the_others_are_written() {
    let fixture = Fixture::new();
    let content = [
        specification(1).to_string(),
        r#"{"@type": "ProductSpecification", "id": "x""#.to_owned(),
        json!({"@type": "ProductSpecification", "id": "spec-2"}).to_string(),
        String::new(),
        json!({"@type": "ProductSpecification", "id": "spec-3", "name": "n", "lifecycleStatus": "Sold"}).to_string(),
        json!({"@type": "Individual", "name": "n"}).to_string(),
        "[1]".to_owned(),
        json!({"name": "n"}).to_string(),
        json!({"@type": "ProductSpecification", "id": "no/slash", "name": "n"}).to_string(),
        r#"{"@type": "ProductSpecification", "name": "a", "name": "b"}"#.to_owned(),
        specification(2).to_string(),
    ]
    .join("\n");
    fixture.file("a.ndjson", content);
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(job["status"], "Succeeded");
    let log = log(&job);
    assert_eq!(log[0], "2 records were written, 8 were refused.");
    let starts = [
        "line 2, record 2: /: this is not JSON",
        "line 3, record 3, productSpecification spec-2: ",
        "line 5, record 4, productSpecification spec-3: /lifecycleStatus: must be one of",
        "line 6, record 5: /@type: 'Individual' is no type of the catalog",
        "line 7, record 6: it is not a JSON object",
        "line 8, record 7: /@type: is missing, and the path of the job names no collection",
        "line 9, record 8, productSpecification no/slash: /id: must be",
        "line 10, record 9: /name: the object has this member twice",
    ];
    assert_eq!(log.len(), starts.len() + 1, "{log:#?}");
    for (line, start) in log[1..].iter().zip(starts) {
        assert!(
            line.starts_with(start),
            "{line}\nshould start with\n{start}"
        );
    }
    assert!(log[2].contains("name"), "{}", log[2]);
    assert_eq!(fixture.ids("productSpecification").await, ids(1..3));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_rules_refuse_spoils_nothing_around_it() {
    // Records that only the write itself can judge, at every place of a batch.
    for bad in 0..9 {
        let fixture = Fixture::new();
        let mut records = specifications(0..9);
        for place in [bad, (bad + 3) % 9] {
            records[place]["lifecycleStatus"] = json!("Rejected");
        }
        fixture.file("a.ndjson", lines(&records));
        let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
        assert_eq!(job["status"], "Succeeded");
        assert_eq!(log(&job)[0], "7 records were written, 2 were refused.");
        let numbers: Vec<bool> = log(&job)[1..]
            .iter()
            .map(|l| l.contains("cannot start as"))
            .collect();
        assert_eq!(numbers, [true, true]);
        let expected: Vec<String> = ids(0..9)
            .into_iter()
            .enumerate()
            .filter(|(n, _)| *n != bad && *n != (bad + 3) % 9)
            .map(|(_, id)| id)
            .collect();
        assert_eq!(
            fixture.ids("productSpecification").await,
            expected,
            "bad {bad}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_are_listed_by_line_whoever_refused() {
    let fixture = Fixture::with(Options {
        batch: 100,
        ..Options::default()
    });
    let mut records = specifications(0..6);
    records[1]["name"] = json!(5);
    records[2]["lifecycleStatus"] = json!("Obsolete");
    records[4]["name"] = json!(5);
    records[5]["lifecycleStatus"] = json!("Obsolete");
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    let places: Vec<&str> = log(&job)[1..]
        .iter()
        .filter_map(|l| l.split(',').next())
        .collect();
    assert_eq!(places, ["line 2", "line 3", "line 5", "line 6"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_can_stop_at_the_first_error() {
    for kind in ["schema", "rules"] {
        let fixture = Fixture::with(Options {
            stop_on_error: true,
            batch: 5,
            ..Options::default()
        });
        let mut records = specifications(0..12);
        match kind {
            "schema" => records[7]["name"] = json!(5),
            _ => records[7]["lifecycleStatus"] = json!("Obsolete"),
        }
        fixture.file("a.ndjson", lines(&records));
        let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
        assert_eq!(job["status"], "Failed", "{kind}");
        assert_eq!(log(&job)[1], "7 records were written, 1 were refused.");
        assert!(log(&job)[2].starts_with("line 8, record 8"));
        assert_eq!(
            fixture.ids("productSpecification").await,
            ids(0..7),
            "{kind}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_log_is_bounded() {
    let fixture = Fixture::with(Options {
        error_log_bytes: 2048,
        ..Options::default()
    });
    let records: Vec<Value> = (0..200)
        .map(|n| json!({"@type": format!("T{n}")}))
        .collect();
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(job["status"], "Failed", "nothing of the file could be used");
    let text = job["errorLog"].as_str().unwrap();
    assert!(text.len() <= 2048, "{}", text.len());
    let listed = log(&job).len() - 2;
    assert!(listed > 5);
    assert_eq!(
        log(&job).last().unwrap().to_string(),
        format!("and {} more", 200 - listed)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_breaks_off_fails_and_keeps_what_was_read() {
    for (name, content) in [
        (
            "a.json",
            b"[{\"@type\":\"Category\",\"id\":\"c\",\"name\":\"n\"},\n{\"@type\":".to_vec(),
        ),
        ("a.json.gz", {
            let mut zipped = gzip(
                &[
                    b"[",
                    lines(&specifications(0..2000))
                        .replace('\n', ",")
                        .as_bytes(),
                ]
                .concat(),
            );
            zipped.truncate(zipped.len() / 2);
            zipped
        }),
    ] {
        let fixture = Fixture::new();
        fixture.file(name, content);
        let job = fixture.import(json!({"url": format!("file:{name}")})).await;
        assert_eq!(job["status"], "Failed", "{name}");
        assert!(log(&job)[0].starts_with("The import failed: "), "{job}");
        let written =
            fixture.ids("category").await.len() + fixture.ids("productSpecification").await.len();
        assert!(
            log(&job)[1].starts_with(&format!("{written} records were written")),
            "{job}"
        );
        assert!(written > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_file_and_a_missing_one() {
    let fixture = Fixture::new();
    fixture.file("empty.ndjson", "");
    let job = fixture.import(json!({"url": "file:empty.ndjson"})).await;
    assert_eq!(
        (&job["status"], &job["errorLog"]),
        (&json!("Succeeded"), &Value::Null)
    );
    let job = fixture.import(json!({"url": "file:nowhere.json"})).await;
    assert_eq!(job["status"], "Failed");
    assert_eq!(
        log(&job)[0],
        "The import failed: there is no file nowhere.json."
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_unpacks_without_end_is_stopped() {
    let fixture = Fixture::with(Options {
        max_file_bytes: 100_000,
        ..Options::default()
    });
    fixture.file("bomb.gz", gzip(&vec![b' '; 10_000_000]));
    let job = fixture.import(json!({"url": "file:bomb.gz"})).await;
    assert_eq!(job["status"], "Failed");
    assert!(
        log(&job)[0].contains("larger than this server takes"),
        "{job}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn importing_again_changes_nothing() {
    let fixture = Fixture::new();
    fixture.file("a.ndjson", lines(&specifications(0..7)));
    fixture.import(json!({"url": "file:a.ndjson"})).await;
    let before = fixture.all("productSpecification").await;
    fixture.clock.advance_millis(5_000);
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(job["status"], "Succeeded");
    assert_eq!(fixture.all("productSpecification").await, before);
    assert!(before.iter().all(|(_, revision)| *revision == 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn both_versions_can_be_told_apart() {
    let fixture = Fixture::new();
    let records = [
        json!({"@type": "Category", "id": "root", "name": "Root"}),
        // v4: an attribute that v5 does not have, and parts without types.
        json!({"@type": "Category", "id": "below", "name": "Below", "parentId": "root"}),
        json!({"@type": "Catalog", "id": "cat", "name": "Catalog", "category": [{"id": "root"}]}),
        json!({"@type": "ProductOffering", "id": "v4", "name": "O", "category": [{"id": "root"}]}),
        // v5: a forgotten type is an error at its place.
        json!({"@type": "ProductOffering", "id": "v5", "name": "O", "category": [
            {"@type": "CategoryRef", "id": "root"}, {"id": "below"}
        ]}),
        json!({"@type": "TravelOffering", "@baseType": "ProductOffering", "id": "own", "name": "O"}),
    ];
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(
        log(&job)[0],
        "5 records were written, 1 were refused.",
        "{job}"
    );
    assert!(
        log(&job)[1].contains("productOffering v5: /category/1"),
        "{job}"
    );
    let below = fixture.get("category", "below").await.unwrap();
    assert_eq!(
        (&below["parent"]["id"], &below["parent"]["@type"]),
        (&json!("root"), &json!("CategoryRef"))
    );
    let catalog = fixture.get("productCatalog", "cat").await.unwrap();
    assert_eq!(catalog["@type"], "ProductCatalog");
    let own = fixture.get("productOffering", "own").await.unwrap();
    assert_eq!(own["@type"], "TravelOffering");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_path_says_what_records_without_a_type_are() {
    for (path, records, kind) in [
        ("category", json!([{"id": "c", "name": "n"}]), "category"),
        (
            "/tmf-api/productCatalogManagement/v4/category/",
            json!([{"id": "c", "name": "n", "parentId": "p"}]),
            "category",
        ),
        (
            "v4/catalog",
            json!([{"id": "c", "name": "n"}]),
            "productCatalog",
        ),
        (
            "productCatalogManagement/v5/productOffering",
            json!([{"@type": "Category", "id": "c", "name": "n"}]),
            "category",
        ),
    ] {
        let fixture = Fixture::new();
        fixture.file("a.json", records.to_string());
        let job = fixture
            .import(json!({"url": "file:a.json", "path": path}))
            .await;
        assert_eq!(
            (&job["status"], &job["errorLog"]),
            (&json!("Succeeded"), &Value::Null),
            "{path}"
        );
        assert_eq!(fixture.ids(kind).await, ["c"], "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_may_stand_in_any_order() {
    let fixture = Fixture::with(Options {
        references: Mode::Strict,
        batch: 3,
        ..Options::default()
    });
    let category = |id: &str, parent: Option<&str>| match parent {
        None => json!({"@type": "Category", "id": id, "name": id}),
        Some(parent) => json!({"@type": "Category", "id": id, "name": id,
            "parent": {"@type": "CategoryRef", "id": parent}}),
    };
    let records = [
        category("d", Some("c")),
        category("orphan", Some("nobody")),
        category("c", Some("b")),
        category("x", None),
        category("b", Some("a")),
        category("y", Some("x")),
        category("a", None),
    ];
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    assert_eq!(job["status"], "Succeeded");
    assert_eq!(log(&job).len(), 2, "{job}");
    assert!(
        log(&job)[1].starts_with("line 2, record 2, category orphan: /parent"),
        "{job}"
    );
    let mut ids = fixture.ids("category").await;
    ids.sort();
    assert_eq!(ids, ["a", "b", "c", "d", "x", "y"]);
    assert!(
        fixture
            .all("category")
            .await
            .iter()
            .all(|(_, revision)| *revision == 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn subscribers_hear_of_each_step() {
    let fixture = Fixture::new();
    let records = [
        json!({"@type": "ProductCatalog", "id": "spring", "name": "Spring"}),
        json!({"@type": "ProductCatalog", "id": "autumn", "name": "Autumn"}),
        specification(1),
    ];
    fixture.file("a.ndjson", lines(&records));
    let job = fixture.import(json!({"url": "file:a.ndjson"})).await;
    let id = job["id"].as_str().unwrap();
    let announced = fixture.announced().await;
    let expected = [
        format!("importJob/{id} create"),
        format!("importJob/{id} stateChange"),
        "productCatalog/spring create".to_owned(),
        "productCatalog/autumn create".to_owned(),
        "productSpecification/spec-1 create".to_owned(),
        format!("importJob/{id} stateChange"),
        format!("importJob/{id} attributeValueChange"),
        "productCatalog/autumn batch".to_owned(),
        "productCatalog/spring batch".to_owned(),
    ];
    assert_eq!(announced, expected);
}
