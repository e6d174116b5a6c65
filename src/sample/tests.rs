//! The sample data keeps every rule that a strict operator could switch on.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::{Loaded, catalog, load};
use crate::api::generated::APIS;
use crate::behaviour;
use crate::behaviour::Marks;
use crate::behaviour::billing::Numbering;
use crate::behaviour::rating::{Book, DocumentKind, Shelf};
use crate::domain::adapt::href::Links;
use crate::domain::clock::{Clock, Micros};
use crate::domain::mode::Mode;
use crate::domain::money::Currency;
use crate::domain::query::index_values;
use crate::domain::state_machine::{Definitions, Machines};
use crate::engine::validate::ExtensionSchemas;
use crate::engine::{Caller, Core, Engine, Limits, Registry, Validators};
use crate::event::{Hub, Waker};
use crate::outbound::Policy;
use crate::store::{Settings, Store, Target};

fn strict_shelf(folder: &tempfile::TempDir, clock: &Clock) -> Shelf {
    let path = folder.path().join("sample.db");
    let target = Target::parse(&format!("sqlite:{}", path.display())).unwrap();
    Store::migrate(&target).unwrap();
    let registry = Registry::new(APIS);
    let store = Store::open(&target, &Settings::default(), &registry.indexed()).unwrap();
    let machines = Arc::new(Machines::build(&Definitions::new(), Mode::Strict).unwrap());
    let book = Book::open(&store).unwrap();
    let currency = Currency::of("EUR").unwrap();
    let behaviours = behaviour::all(
        Mode::Strict,
        &machines,
        &registry,
        currency,
        &Marks::default(),
        &book,
        &Numbering::default(),
    );
    let core = Core::new(
        registry,
        Validators::new(ExtensionSchemas::load(None).unwrap(), true),
        Links::new("http://localhost:8080", APIS),
        clock.clone(),
        Limits {
            page_default: 100,
            page_max: 1000,
            scan_rows: 10_000,
            filter_terms: 100,
        },
        behaviours,
    );
    let hub = Hub {
        store: store.clone(),
        clock: clock.clone(),
        policy: Arc::new(Policy::default()),
        waker: Waker::default(),
        max_subscriptions: 10,
    };
    Shelf {
        engine: Engine::new(Arc::new(core), store, hub, Arc::new(|| {})),
        book,
        machines,
        kind: DocumentKind::Table,
        caller: Caller::local(),
    }
}

fn clock() -> Clock {
    Clock::fixed_at(Micros::parse("2026-11-21T12:00:00Z").unwrap())
}

async fn names_and_revisions(engine: &Engine) -> BTreeMap<String, i64> {
    let mut found = BTreeMap::new();
    for (path, _) in super::FILES {
        let resource = engine.core.registry.canonical(path).unwrap();
        let page = engine
            .list(resource, "http://x", "limit=1000", &Caller::local())
            .await
            .unwrap();
        found.extend(
            page.rows
                .into_iter()
                .map(|row| (format!("{path}/{}", row.id), row.revision)),
        );
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_loads_in_strict_mode_and_again_without_a_change() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let shelf = strict_shelf(&folder, &clock);
    let engine = &shelf.engine;
    let records = catalog().unwrap().count();
    let first = load(&shelf).await.unwrap();
    assert_eq!(
        first,
        Loaded {
            created: records,
            ..Loaded::default()
        }
    );
    let before = names_and_revisions(engine).await;
    assert_eq!(before.len(), records);
    assert!(before.values().all(|revision| *revision == 1));
    clock.advance_millis(60_000);
    let second = load(&shelf).await.unwrap();
    assert_eq!(
        second,
        Loaded {
            unchanged: records,
            ..Loaded::default()
        }
    );
    assert_eq!(names_and_revisions(engine).await, before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_changed_is_mended() {
    let folder = tempfile::tempdir().unwrap();
    let clock = clock();
    let shelf = strict_shelf(&folder, &clock);
    let engine = &shelf.engine;
    load(&shelf).await.unwrap();
    let resource = engine.core.registry.canonical("productOffering").unwrap();
    let request = crate::engine::PatchRequest {
        address: crate::engine::Address::parse("mobile-m", None).unwrap(),
        kind: crate::domain::patch::PatchKind::Merge,
        patch: serde_json::json!({"name": "Something else"}),
        if_match: Vec::new(),
    };
    engine
        .patch(resource, request, Caller::local())
        .await
        .unwrap();
    let again = load(&shelf).await.unwrap();
    // What refers to it was not written since, so it still has the right name.
    assert_eq!((again.created, again.changed), (0, 1));
}

#[test]
fn references_lead_backwards() {
    let registry = Registry::new(APIS);
    let mut known: BTreeSet<(String, String)> = BTreeSet::new();
    for (path, record) in catalog().unwrap() {
        let id = record["id"].as_str().expect("an id").to_owned();
        let resource = registry.canonical(path).unwrap();
        for index in resource.indexes {
            let [target] = index.targets else { continue };
            index_values(index.path, &record, |value| {
                let to = ((*target).to_owned(), value.as_str().unwrap().to_owned());
                assert!(
                    known.contains(&to),
                    "{path} {id}: {} leads to {to:?}",
                    index.path
                );
            });
        }
        assert!(
            known.insert((path.to_owned(), id.clone())),
            "{path} {id} twice"
        );
    }
}

/// What usage is recorded as: rating reads its quantities from these characteristics, and prices put
/// conditions on the others, which no product has under the same name.
#[test]
fn usage_is_specified() {
    let records: Vec<(&str, Value)> = catalog().unwrap().collect();
    let of = |path| records.iter().filter(move |(own, _)| *own == path);
    let names = |record: &Value, list: &str| {
        let list = record[list].as_array().cloned().unwrap_or_default();
        let names = list.iter().filter_map(|one| one["name"].as_str());
        names.map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let mut all = BTreeSet::new();
    for (id, quantity) in [
        ("voice", "duration"),
        ("sms", "messages"),
        ("data", "octets"),
    ] {
        let record = of("usageSpecification")
            .map(|(_, record)| record)
            .find(|record| record["id"] == id)
            .unwrap();
        // Conditions on `eventType` are about the name.
        assert_eq!(record["name"], id);
        let own = names(record, "specCharacteristic");
        for name in [
            "recordId",
            "source",
            "callingNumber",
            "servingNetwork",
            quantity,
        ] {
            assert!(own.contains(name), "{id} has no {name}");
        }
        all.extend(own);
    }
    for (_, specification) in of("productSpecification") {
        let own = names(specification, "productSpecCharacteristic");
        let both: Vec<&String> = own.intersection(&all).collect();
        assert!(both.is_empty(), "{}: {both:?}", specification["id"]);
    }
}

#[test]
fn it_has_something_of_everything() {
    let records: Vec<(&str, Value)> = catalog().unwrap().collect();
    let count = |path: &str| records.iter().filter(|(p, _)| *p == path).count();
    assert!(count("productOffering") >= 40);
    assert!(count("productSpecification") >= 20);
    let types: BTreeSet<&str> = records
        .iter()
        .filter_map(|(_, record)| record["priceType"].as_str())
        .collect();
    assert_eq!(
        types,
        BTreeSet::from(["allowance", "discount", "oneTime", "recurring", "usage"])
    );
    assert!(
        records
            .iter()
            .any(|(_, r)| r["bundledGroupProductOffering"].is_array())
    );
    let states: BTreeSet<&str> = records
        .iter()
        .filter_map(|(_, record)| record["lifecycleStatus"].as_str())
        .collect();
    assert_eq!(states, BTreeSet::from(["Active", "Launched"]));
}
