//! The published documents say what the model says, and mark what goes beyond the standard.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

mod support;

use std::collections::BTreeSet;

use codegen::emit;
use codegen::model::{Api, Operation};
use serde_json::Value;

fn document(api: &Api) -> Value {
    let files = emit::files(&support::model()).expect("texts");
    let path = format!("openapi/{}-{}.json", api.id, api.version);
    let file = files
        .into_iter()
        .find(|f| f.path == path)
        .expect("a document");
    serde_json::from_str(&file.text).expect("JSON")
}

fn schema<'a>(document: &'a Value, name: &str) -> &'a Value {
    &document["components"]["schemas"][name]
}

fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(reference) => document.pointer(&reference[1..]).expect("a target"),
        None => value,
    }
}

fn marked(value: &Value) -> bool {
    value["x-tollgate-extension"] == Value::Bool(true)
}

fn operation_in<'a>(document: &'a Value, operation: &Operation) -> &'a Value {
    let items = document["paths"].as_object().expect("paths").values();
    let mut all = items.flat_map(|item| item.as_object().expect("an item").values());
    all.find(|o| o["operationId"] == operation.id.as_str())
        .expect("the operation")
}

#[test]
fn parameters_and_statuses_beyond_the_standard_are_marked() {
    let model = support::model();
    let mut additions = 0;
    for api in &model.apis {
        let document = document(api);
        for operation in api.resources.iter().flat_map(|r| &r.operations) {
            let found = operation_in(&document, operation);
            for parameter in found["parameters"].as_array().into_iter().flatten() {
                let parameter = resolved(&document, parameter);
                let name = parameter["name"].as_str().expect("a name");
                let declared = name == "id" || operation.query.iter().any(|q| q == name);
                assert_eq!(marked(parameter), !declared, "{}: {name}", operation.id);
                additions += usize::from(!declared);
            }
            for (status, response) in found["responses"].as_object().expect("responses") {
                let ok = operation.ok.iter().map(|(s, _)| s.to_string());
                let declared = ok
                    .chain(operation.errors.iter().cloned())
                    .any(|s| s == *status);
                let response = resolved(&document, response);
                assert_eq!(marked(response), !declared, "{}: {status}", operation.id);
            }
        }
    }
    assert!(additions > 0);
}

#[test]
fn an_inexact_parent_is_not_composed() {
    let model = support::model();
    let api = model
        .apis
        .iter()
        .find(|a| a.version.as_str() == "v5")
        .expect("v5");
    let document = document(api);
    // A Hub is sent without the identifier that its parent Entity brings.
    let hub = schema(&document, "Hub_FVO");
    assert_eq!(hub.get("allOf"), None);
    assert_eq!(hub["properties"].get("id"), None);
    assert!(hub["properties"].get("callback").is_some());
    let offering = schema(&document, "ProductOffering_FVO");
    assert_eq!(
        offering["allOf"][0]["$ref"],
        "#/components/schemas/Entity_FVO"
    );
    assert_eq!(offering["allOf"][1]["properties"].get("href"), None);
}

#[test]
fn forms_refer_to_forms() {
    let model = support::model();
    let api = model
        .apis
        .iter()
        .find(|a| a.version.as_str() == "v5")
        .expect("v5");
    let document = document(api);
    let typed: BTreeSet<&String> = api
        .entities
        .values()
        .filter(|e| e.typed)
        .map(|e| &e.name)
        .collect();
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("schemas")
    {
        let Some((_, suffix)) = name.rsplit_once('_') else {
            continue;
        };
        let text = schema.to_string();
        for target in text.split("#/components/schemas/").skip(1) {
            let target = target.split('"').next().unwrap_or("");
            let plain = typed.iter().any(|t| *t == target);
            assert!(
                !plain,
                "{name} refers to {target}, not to {target}_{suffix}"
            );
        }
    }
}

#[test]
fn patch_documents_have_their_own_body() {
    let model = support::model();
    let api = model
        .apis
        .iter()
        .find(|a| a.version.as_str() == "v5")
        .expect("v5");
    let document = document(api);
    let content = &document["paths"]["/category/{id}"]["patch"]["requestBody"]["content"];
    let body = |media: &str| content[media]["schema"]["$ref"].as_str().expect("a body");
    assert!(body("application/merge-patch+json").ends_with("/Category_MVO"));
    assert!(body("application/json-patch+json").ends_with("/JsonPatchOperations"));
    assert!(body("application/json-patch-query+json").ends_with("/JsonPatchOperations"));
}
