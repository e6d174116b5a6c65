//! What exports write, and that imports take it back.

use std::io::Read as _;

use flate2::read::MultiGzDecoder;
use serde_json::{Value, json};

use super::fixture::{Fixture, Options, lines};
use crate::behaviour::Mode;
use crate::domain::descriptor::ApiVersion;
use crate::engine::{Address, Caller};

/// A number just as it is written.
fn exact(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A catalog with something of every kind, and two versions of one offering.
fn records() -> Vec<Value> {
    let reference = |name: &str, id: &str| json!({"@type": format!("{name}Ref"), "id": id});
    vec![
        json!({"@type": "Category", "id": "c", "name": "Category ä", "isRoot": true}),
        json!({"@type": "Category", "id": "c2", "name": "Below", "parent": reference("Category", "c")}),
        json!({"@type": "ProductSpecification", "id": "s", "name": "S", "lifecycleStatus": "Active",
            "productSpecCharacteristic": [{"@type": "CharacteristicSpecification", "name": "speed", "valueType": "integer"}]}),
        json!({"@type": "ProductOfferingPrice", "id": "p", "name": "P", "priceType": "recurring",
            "recurringChargePeriodType": "month", "price": {"unit": "EUR", "value": exact("2.50")}}),
        json!({"@type": "ProductOffering", "id": "o", "version": "1.0", "name": "O", "lifecycleStatus": "Launched",
            "category": [reference("Category", "c")], "productSpecification": reference("ProductSpecification", "s"),
            "productOfferingPrice": [reference("ProductOfferingPrice", "p")], "own": {"n": exact("1.10")}}),
        json!({"@type": "ProductOffering", "id": "o", "version": "2.0", "name": "O new", "lifecycleStatus": "In Test"}),
        json!({"@type": "ProductOffering", "id": "b", "name": "Bundle", "isBundle": true,
            "bundledProductOffering": [{"@type": "BundledProductOffering", "id": "o"}]}),
        json!({"@type": "ProductCatalog", "id": "k", "name": "Catalog", "category": [reference("Category", "c")]}),
    ]
}

const KINDS: [&str; 5] = [
    "category",
    "productSpecification",
    "productOfferingPrice",
    "productOffering",
    "productCatalog",
];

/// Every stored document with its key, as text.
async fn content(fixture: &Fixture) -> Vec<(String, String, bool, Value)> {
    let mut all = Vec::new();
    for kind in KINDS {
        let mut plan = crate::store::Plan::all(1, kind);
        plan.current_only = false;
        let rows = fixture
            .engine
            .store
            .scan(move |session| session.list(&plan))
            .await
            .unwrap();
        for row in rows {
            let mut doc: Value = serde_json::from_str(&row.doc).unwrap();
            // Stamped by the server that writes.
            doc.as_object_mut().unwrap().shift_remove("lastUpdate");
            all.push((format!("{kind}/{}", row.id), row.version, row.current, doc));
        }
    }
    all
}

async fn filled() -> Fixture {
    let fixture = Fixture::with(Options {
        references: Mode::Strict,
        batch: 100,
        ..Options::default()
    });
    fixture.file("in.ndjson", lines(&records()));
    let job = fixture.import(json!({"url": "file:in.ndjson"})).await;
    assert_eq!(
        (&job["status"], &job["errorLog"]),
        (&json!("Succeeded"), &Value::Null)
    );
    fixture
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_file_imports_to_the_same_content() {
    let fixture = filled().await;
    let before = content(&fixture).await;
    assert_eq!(before.len(), records().len());
    assert!(
        before
            .iter()
            .any(|(_, _, _, doc)| doc.to_string().contains("2.50"))
    );
    for (name, content_type) in [
        ("out.json", None),
        ("out.ndjson", None),
        ("out.json.gz", None),
        ("out.ndjson.gz", None),
        ("lines", Some("application/x-ndjson")),
        ("sub/folder/out.json", Some("application/gzip")),
    ] {
        let mut body = json!({"url": format!("file:{name}")});
        if let Some(content_type) = content_type {
            body["contentType"] = json!(content_type);
        }
        let job = fixture.export(body).await;
        assert_eq!(
            (&job["status"], &job["errorLog"]),
            (&json!("Succeeded"), &Value::Null),
            "{name}"
        );
        let other = Fixture::with(Options {
            references: Mode::Strict,
            ..Options::default()
        });
        other.file("in", fixture.read(name));
        let job = other.import(json!({"url": "file:in"})).await;
        assert_eq!(
            (&job["status"], &job["errorLog"]),
            (&json!("Succeeded"), &Value::Null),
            "{name}"
        );
        assert_eq!(content(&other).await, before, "{name}");
    }
    assert!(
        fixture.files().iter().all(|name| !name.starts_with('.')),
        "{:?}",
        fixture.files()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_imports_into_its_own_server_without_a_change() {
    let fixture = filled().await;
    fixture.export(json!({"url": "file:out.json"})).await;
    let before = content(&fixture).await;
    fixture.clock.advance_millis(1000);
    let events = fixture.announced().await.len();
    let job = fixture.import(json!({"url": "file:out.json"})).await;
    assert_eq!(
        (&job["status"], &job["errorLog"]),
        (&json!("Succeeded"), &Value::Null)
    );
    assert_eq!(content(&fixture).await, before);
    // The job's own four, and one for the catalog that was in the file.
    assert_eq!(fixture.announced().await.len(), events + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_in_v4_imports_as_v4() {
    let fixture = filled().await;
    let job = fixture
        .export(json!({"url": "file:out.ndjson", "path": "v4/category"}))
        .await;
    assert_eq!(job["status"], "Succeeded", "{job}");
    let text = String::from_utf8(fixture.read("out.ndjson")).unwrap();
    assert!(text.contains("\"parentId\":\"c\""), "{text}");
    assert!(text.contains("/v4/category/c2"), "{text}");
    let other = Fixture::new();
    other.file("in.ndjson", &text);
    let job = other.import(json!({"url": "file:in.ndjson"})).await;
    assert_eq!(
        (&job["status"], &job["errorLog"]),
        (&json!("Succeeded"), &Value::Null)
    );
    let mut before = content(&fixture).await;
    before.retain(|(key, ..)| key.starts_with("category/"));
    assert_eq!(content(&other).await, before);
}

async fn exported(fixture: &Fixture, body: Value) -> Vec<Value> {
    let mut body = body;
    body["url"] = json!("file:x.json");
    let job = fixture.export(body.clone()).await;
    assert_eq!(job["status"], "Succeeded", "{body}: {job}");
    serde_json::from_slice(&fixture.read("x.json")).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn path_and_query_select() {
    let fixture = filled().await;
    let ids = |records: &[Value]| -> Vec<String> {
        let of = |r: &Value| {
            format!(
                "{} {}",
                r["id"].as_str().unwrap(),
                r["version"].as_str().unwrap_or("")
            )
        };
        records
            .iter()
            .map(|r| of(r).trim_end().to_owned())
            .collect()
    };
    for (body, expected) in [
        (
            json!({"path": "productOffering"}),
            vec!["o 1.0", "o 2.0", "b"],
        ),
        // A query selects what a list with it shows: of several versions the current one.
        (
            json!({"path": "productOffering", "query": "lifecycleStatus=Launched"}),
            vec!["o 1.0"],
        ),
        (
            json!({"path": "productOffering", "query": "?name=O,Bundle"}),
            vec!["o 1.0", "b"],
        ),
        (
            json!({"path": "productOffering", "query": "version=2.0"}),
            vec!["o 2.0"],
        ),
        (
            json!({"path": "productOffering", "query": "id=b"}),
            vec!["b"],
        ),
        (
            json!({"path": "category", "query": "parent.href=http://localhost:8080/tmf-api/productCatalogManagement/v5/category/c"}),
            vec!["c2"],
        ),
        (json!({"query": "name=nothing"}), vec![]),
        (json!({"query": "name=Catalog,P"}), vec!["p", "k"]),
    ] {
        assert_eq!(
            ids(&exported(&fixture, body.clone()).await),
            expected,
            "{body}"
        );
    }
    let short = exported(
        &fixture,
        json!({"path": "category", "query": "fields=name&id=c"}),
    )
    .await;
    assert_eq!(short.len(), 1);
    assert!(
        short[0].get("isRoot").is_none() && short[0]["name"] == "Category ä",
        "{short:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn many_pages_and_checkpoints_make_one_file() {
    let fixture = Fixture::with(Options {
        batch: 1000,
        ..Options::default()
    });
    // 3000 records of 6 KB: more than one page and more than one piece.
    let filler = "x".repeat(6000);
    let records: Vec<Value> = (0..3000)
        .map(|n| json!({"@type": "Category", "id": format!("c{n}"), "name": "n", "description": filler}))
        .collect();
    fixture.file("in.ndjson", lines(&records));
    fixture.import(json!({"url": "file:in.ndjson"})).await;
    for (name, gzip) in [("out.json", false), ("out.ndjson.gz", true)] {
        let job = fixture.export(json!({"url": format!("file:{name}")})).await;
        assert_eq!(job["status"], "Succeeded", "{job}");
        let raw = fixture.read(name);
        let text = if gzip {
            assert_eq!(raw[..2], [0x1f, 0x8b]);
            let mut text = String::new();
            MultiGzDecoder::new(raw.as_slice())
                .read_to_string(&mut text)
                .unwrap();
            text
        } else {
            String::from_utf8(raw).unwrap()
        };
        let found: Vec<Value> = if gzip {
            text.lines()
                .map(|line| serde_json::from_str(line).unwrap())
                .collect()
        } else {
            serde_json::from_str(&text).unwrap()
        };
        let ids: Vec<&str> = found.iter().map(|r| r["id"].as_str().unwrap()).collect();
        assert_eq!(ids, (0..3000).map(|n| format!("c{n}")).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn v4_clients_create_and_read_jobs_too() {
    let fixture = Fixture::new();
    fixture.file(
        "a.json",
        "[{\"@type\":\"Category\",\"id\":\"c\",\"name\":\"n\"}]",
    );
    let resource = fixture.resource("importJob", ApiVersion::V4);
    let stored = fixture
        .engine
        .create(
            resource,
            json!({"url": "file:a.json"}),
            Caller::local(),
            None,
        )
        .await
        .unwrap();
    fixture.worker().drain().await.unwrap();
    let address = Address {
        id: stored.row.id,
        version: None,
    };
    let read = fixture
        .engine
        .get(resource, &address, &Caller::local())
        .await
        .unwrap();
    let shown = fixture
        .engine
        .core
        .value(resource, &read.row, read.doc)
        .unwrap();
    assert_eq!(shown["status"], "Succeeded", "{shown}");
}
