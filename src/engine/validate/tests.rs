//! Documents that fit and documents that do not.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{ExtensionSchemas, MAX_VIOLATIONS, Validators};
use crate::domain::descriptor::{ApiVersion, Attribute, Entity, Kind, Resource, Scalar};
use crate::domain::problem::{Code, Problem};

const fn text(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Scalar(Scalar::String), "")
}

/// Only what this module asks of the tables: the name of the entity, and who sets `id` and `href`.
static OFFERING_V4: Entity = Entity::new(
    "ProductOffering",
    "",
    &[
        text("id").writable(false, false),
        text("href").writable(false, false),
        text("name"),
    ],
);
static OFFERING_V5: Entity = Entity::new(
    "ProductOffering",
    "",
    &[
        text("id").writable(true, false),
        text("href").writable(false, false),
    ],
);
static UNKNOWN: Entity = Entity::new("Nothing", "", &[]);

const fn resource(version: ApiVersion, entity: &'static Entity) -> Resource {
    Resource {
        api: "TMF620",
        version,
        path: "productOffering",
        kind: "productOffering",
        entity,
        operations: &[],
        versioned: true,
        state: None,
        created_stamp: None,
        updated_stamp: None,
        indexes: &[],
        search: &[],
        loose: &[],
        events: &[],
    }
}

static V4: Resource = resource(ApiVersion::V4, &OFFERING_V4);
static V5: Resource = resource(ApiVersion::V5, &OFFERING_V5);
static NOTHING: Resource = resource(ApiVersion::V5, &UNKNOWN);

fn validators() -> Validators {
    let extensions = ExtensionSchemas::load(None).expect("our own schemas");
    Validators::new(extensions, false)
}

fn violations(result: Result<(), Problem>) -> Vec<(String, String)> {
    match result {
        Ok(()) => Vec::new(),
        Err(problem) => {
            assert_eq!(problem.code, Code::InvalidBody, "{problem}");
            let pairs = problem.violations.into_iter().map(|v| (v.path, v.message));
            pairs.collect()
        }
    }
}

fn check(resource: &'static Resource, document: &Value) -> Vec<(String, String)> {
    violations(validators().check_new(resource, document, |_| false))
}

fn expect(resource: &'static Resource, document: Value, expected: &[(&str, &str)]) {
    let actual = check(resource, &document);
    let actual: Vec<(&str, &str)> = actual
        .iter()
        .map(|(p, m)| (p.as_str(), m.as_str()))
        .collect();
    assert_eq!(actual, expected, "{document}");
}

fn typed(mut attributes: Value) -> Value {
    attributes["@type"] = json!("ProductOffering");
    attributes["name"] = json!("x");
    attributes
}

const DATE: &str = "must be an RFC 3339 date-time with a time zone, such as 2026-01-31T12:00:00Z";

#[test]
fn v4_is_lenient_about_types() {
    for good in [
        json!({"name": "x"}),
        json!({"name": "x", "extra": {"a": [1]}, "category": [{"id": "1", "href": "/relative path"}]}),
        json!({"name": "x", "@type": "MyOffering", "validFor": {"endDateTime": "2030-01-01T00:00:00.123+02:00"}}),
        json!({"name": "x", "id": null}),
    ] {
        expect(&V4, good, &[]);
    }
    expect(&V4, json!({}), &[("/name", "is required")]);
    expect(
        &V4,
        json!({"name": 1, "category": {}, "isBundle": "yes", "lastUpdate": "yesterday"}),
        &[
            ("/name", "must be a string"),
            ("/category", "must be an array"),
            ("/isBundle", "must be true or false"),
            ("/lastUpdate", DATE),
        ],
    );
    expect(&V4, json!([]), &[("", "must be an object")]);
    expect(&V4, json!(null), &[("", "must be an object")]);
}

#[test]
fn v5_wants_the_type_of_every_typed_object() {
    expect(&V5, typed(json!({})), &[]);
    expect(
        &V5,
        json!({"name": "x", "category": [{"id": "1", "@type": "CategoryRef"}, {"id": "2"}]}),
        &[
            ("/@type", "is required"),
            ("/category/1/@type", "is required"),
        ],
    );
    expect(
        &V5,
        typed(json!({"validFor": {"startDateTime": "2026-01-31"}})),
        &[("/validFor/startDateTime", DATE)],
    );
}

#[test]
fn the_class_chooses_the_schema() {
    let price = |price: Value| typed(json!({"productOfferingPrice": [price]}));
    expect(
        &V5,
        price(json!({"@type": "ProductOfferingPriceRef", "id": "1"})),
        &[],
    );
    expect(
        &V5,
        price(json!({"@type": "ProductOfferingPriceRef"})),
        &[("/productOfferingPrice/0/id", "is required")],
    );
    expect(
        &V5,
        price(json!({"@type": "ProductOfferingPrice", "name": "n", "price": {"value": "1"}})),
        &[
            ("/productOfferingPrice/0/priceType", "is required"),
            ("/productOfferingPrice/0/price/value", "must be a number"),
        ],
    );
    // An extension is known by its base; one without is only asked for its type.
    expect(
        &V5,
        price(json!({"@type": "Mine", "@baseType": "ProductOfferingPriceRef"})),
        &[("/productOfferingPrice/0/id", "is required")],
    );
    expect(&V5, price(json!({"@type": "Mine"})), &[]);
}

#[test]
fn numbers_of_any_size_and_precision() {
    let read = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    let price = |value: &str| {
        read(&format!(
            r#"{{"@type":"ProductOffering","name":"x","productOfferingPrice":[{{"@type":"ProductOfferingPrice",
            "name":"n","priceType":"oneTime","recurringChargePeriodLength":{value},"price":{{"value":{value}}}}}]}}"#
        ))
    };
    let whole = "/productOfferingPrice/0/recurringChargePeriodLength";
    for good in [
        "1",
        "0",
        "-5",
        "1.0",
        "18446744073709551616",
        "1e3",
        "123456789012345678901234567890123456789012",
    ] {
        expect(&V5, price(good), &[]);
    }
    for fraction in [
        "2.50",
        "0.000000000000000000000000000000000001",
        "1e-3",
        "123456789012345678901234567890.5",
    ] {
        expect(&V5, price(fraction), &[(whole, "must be a whole number")]);
    }
}

#[test]
fn what_only_the_server_sets() {
    let set = "cannot be sent, the server sets it";
    expect(
        &V4,
        json!({"name": "x", "id": "1", "href": "h"}),
        &[("/id", set), ("/href", set)],
    );
    expect(
        &V5,
        typed(json!({"id": "1", "href": "h"})),
        &[("/href", set)],
    );
    let patched = json!({"name": "x", "id": "1", "href": "h"});
    let before = json!({"id": "1", "href": "h"});
    assert_eq!(validators().check_change(&V4, &before, &patched), Ok(()));
}

#[test]
fn what_a_patch_did_not_touch_is_not_held_against_it() {
    let validators = validators();
    // Made through v4, where `mimeType` is not required.
    let before = typed(json!({"attachment": [{"@type": "Attachment"}], "href": 7}));
    let mut after = before.clone();
    after["name"] = json!("y");
    assert!(validators.check_change(&V5, &json!({}), &after).is_err());
    assert_eq!(validators.check_change(&V5, &before, &after), Ok(()));

    // Changed within, and still without what it lacked before; another one must be complete.
    after["attachment"] = json!([{"@type": "Attachment", "name": "x"}, {"@type": "Attachment"}]);
    assert_eq!(validators.check_change(&V5, &before, &after), Ok(()));
    after["attachment"] = json!([
        {"@type": "Attachment", "attachmentType": 7},
        {"@type": "Attachment", "mimeType": "x"}
    ]);
    after["isBundle"] = json!("x");
    let actual = violations(validators.check_change(&V5, &before, &after));
    let mut paths: Vec<&str> = actual.iter().map(|(path, _)| path.as_str()).collect();
    paths.sort_unstable();
    assert_eq!(
        paths,
        [
            "/attachment/0/attachmentType",
            "/attachment/1/attachmentType",
            "/isBundle"
        ]
    );

    let mut after = before.clone();
    after
        .as_object_mut()
        .expect("an object")
        .shift_remove("name");
    let actual = violations(validators.check_change(&V5, &before, &after));
    assert_eq!(actual, [("/name".to_owned(), "is required".to_owned())]);
}

#[test]
fn an_answer_names_a_bounded_number_of_violations() {
    let many = vec![json!({}); 10_000];
    let actual = check(&V5, &typed(json!({"category": many})));
    assert_eq!(actual.len(), MAX_VIOLATIONS);
}

#[test]
fn a_resource_without_a_schema_is_a_fault_of_ours() {
    let fault = validators().check_new(&NOTHING, &json!({}), |_| false);
    assert_eq!(fault.map_err(|p| p.code), Err(Code::Internal));
}

#[test]
fn threads_share_the_compiled_schemas() {
    let validators = Arc::new(validators());
    let checks: Vec<_> = (0..8)
        .map(|_| {
            let validators = Arc::clone(&validators);
            std::thread::spawn(move || {
                validators
                    .check_new(&V5, &typed(json!({})), |_| false)
                    .is_ok()
                    && validators.check_new(&V4, &json!({}), |_| false).is_err()
            })
        })
        .collect();
    for check in checks {
        assert!(check.join().expect("no panic"));
    }
}

const FIBRE: &str = "urn:tollgate:extension:fibre-access-offering:1";

fn fibre(location: &str, access: Value) -> Value {
    json!({
        "@type": "FibreAccessOffering", "@baseType": "ProductOffering", "@schemaLocation": location,
        "name": "Fibre 1000", "fibreAccess": access
    })
}

#[test]
fn extensions_are_checked_by_their_schema() {
    let good = json!({
        "technology": "XGS-PON", "downstream": {"amount": 1000, "units": "Mbit/s"},
        "upstream": {"amount": 0.5, "units": "Gbit/s"}, "installation": ["technician"],
        "repairWithin": {"amount": 8, "units": "hour"}
    });
    for location in [
        FIBRE,
        "urn:tollgate:extension:fibre-access-offering:1#",
        "FibreAccessOffering.schema.json",
    ] {
        expect(&V5, fibre(location, good.clone()), &[]);
        expect(
            &V5,
            fibre(
                location,
                json!({
                    "technology": "DSL", "upstream": {"amount": 0, "units": "Mbit/s"},
                    "installation": [], "repairWithin": {"amount": "8"}
                }),
            ),
            &[
                ("/fibreAccess/downstream", "is required"),
                (
                    "/fibreAccess/technology",
                    "must be one of: GPON, XGS-PON, 25GS-PON, EPON, 10G-EPON, P2P",
                ),
                ("/fibreAccess/upstream/amount", "must be more than 0"),
                ("/fibreAccess/installation", "must have at least 1 element"),
                ("/fibreAccess/repairWithin/amount", "must be a whole number"),
            ],
        );
    }
    // In a part of the document, with the pointer from its root.
    expect(
        &V4,
        json!({"name": "x", "place": [{"id": "1"}, {"id": "2", "@schemaLocation": FIBRE, "@type": "FibreAccessOffering"}]}),
        &[("/place/1/fibreAccess", "is required")],
    );
    // A target schema is about other objects.
    expect(
        &V4,
        json!({"name": "x", "productSpecification": {"id": "1", "targetProductSchema":
            {"@type": "X", "@schemaLocation": FIBRE}}}),
        &[],
    );
}

#[test]
fn unregistered_locations() {
    let document = json!({"name": "x", "@schemaLocation": "https://127.0.0.1:1/nowhere.json",
        "place": [{"id": "1", "@schemaLocation": "FibreAccessOffering"}]});
    expect(&V4, document.clone(), &[]);
    let strict = Validators::new(ExtensionSchemas::load(None).expect("ours"), true);
    let actual = violations(strict.check_new(&V4, &document, |_| false));
    let why = "is not the location of a schema that is registered here";
    assert_eq!(
        actual,
        [
            ("/@schemaLocation".to_owned(), why.to_owned()),
            ("/place/0/@schemaLocation".to_owned(), why.to_owned())
        ]
    );
}

#[test]
fn a_folder_of_schemas() {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |name: &str, text: &str| {
        std::fs::write(folder.path().join(name), text).expect("written");
    };
    let load = || ExtensionSchemas::load(Some(folder.path()));
    write("notes.txt", "not a schema");
    write(
        "a.schema.json",
        r#"{"$id": "urn:x:a", "properties": {"a": {"$ref": "urn:x:b#/$defs/B"}}}"#,
    );
    write(
        "b.schema.json",
        r#"{"$id": "urn:x:b", "$defs": {"B": {"const": 1}}}"#,
    );
    let schemas = load().expect("good schemas");
    assert_eq!(schemas.len(), 3);
    let validators = Validators::new(schemas, true);
    let place = |a: i32| json!({"name": "x", "@schemaLocation": "urn:x:a", "a": a});
    assert_eq!(validators.check_new(&V4, &place(1), |_| false), Ok(()));
    let actual = violations(validators.check_new(&V4, &place(2), |_| false));
    assert_eq!(actual, [("/a".to_owned(), "must be 1".to_owned())]);

    for (text, expected) in [
        ("{", "c.schema.json"),
        (r#"{"type": "strong"}"#, "c.schema.json"),
        (r#"{"$id": "urn:x:a"}"#, "urn:x:a"),
        (r#"{"$ref": "https://127.0.0.1:1/x"}"#, "127.0.0.1:1"),
    ] {
        write("c.schema.json", text);
        let message = load().err().map(|e| e.to_string()).unwrap_or_default();
        assert!(message.contains(expected), "{text}: {message}");
    }
    let missing = ExtensionSchemas::load(Some(&folder.path().join("nope")));
    assert!(missing.is_err());
}
