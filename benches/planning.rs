//! What planning one product order costs: reading it, checking it against the catalog, working out its
//! prices, and making the plan; and what a step of running it costs. Pure functions on one core;
//! orders over HTTP are measured by `tollgate load order` and `tollgate load fulfil`.
//!
//! `cargo bench --bench planning`

#![allow(
    clippy::expect_used,
    clippy::unreachable,
    reason = "a bench without its documents cannot run"
)]

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;
use tollgate::domain::clock::Micros;
use tollgate::ordering::catalog::{
    Catalog, Offering, Price, ProductSpecification, ServiceSpecification,
};
use tollgate::ordering::inventory::Inventory;
use tollgate::ordering::order::Order;
use tollgate::ordering::plan::validate::{Settings, validate};
use tollgate::ordering::plan::{Plan, Planned, plan};
use tollgate::ordering::price::price;
use tollgate::ordering::rule::{Rule, RuleSet};
use tollgate::ordering::run::{Input, Policy, Run, State, Terms};
use tollgate::sample;

/// The order of three items: a mobile plan with a SIM card, a phone, and its insurance.
const ORDER: &str = "order-mobile";

struct World {
    catalog: Catalog,
    rules: RuleSet,
    order: Value,
    now: Micros,
}

fn world() -> World {
    let mut catalog = Catalog::default();
    let mut rules = Vec::new();
    for (path, doc) in sample::catalog().expect("the sample") {
        let id = doc
            .get("id")
            .and_then(Value::as_str)
            .expect("an id")
            .to_owned();
        match path {
            "productOffering" => {
                catalog
                    .offerings
                    .insert(id.clone(), Arc::new(Offering::compile(&id, &doc)));
            }
            "productSpecification" => {
                let compiled = ProductSpecification::compile(&id, &doc);
                catalog.specifications.insert(id, Arc::new(compiled));
            }
            "serviceSpecification" => {
                let compiled = ServiceSpecification::compile(&id, &doc);
                catalog.services.insert(id, Arc::new(compiled));
            }
            "productOfferingPrice" => {
                catalog
                    .prices
                    .insert(id.clone(), Arc::new(Price::compile(&id, &doc)));
            }
            "decompositionRule" => rules.push(Rule::compile(&id, &doc).expect("a good rule")),
            _ => {}
        }
    }
    World {
        catalog,
        rules: RuleSet::new(rules),
        order: sample::order(ORDER).expect("the order"),
        now: Micros::parse("2026-11-22T10:00:00Z").expect("an instant"),
    }
}

impl World {
    fn read(&self) -> Order {
        Order::read(ORDER, &self.order, self.now)
    }

    fn plan(&self, order: &Order) -> Plan {
        let (inventory, settings) = (Inventory::default(), Settings::default());
        match plan(
            order,
            1,
            &self.catalog,
            &inventory,
            &self.rules,
            &settings,
            self.now,
        ) {
            Planned::Plan(plan) => plan,
            other => unreachable!("the sample order is good: {other:?}"),
        }
    }
}

fn planning(criterion: &mut Criterion) {
    let world = world();
    let order = world.read();
    let (inventory, settings) = (Inventory::default(), Settings::default());
    let verdict = validate(&order, &world.catalog, &inventory, &settings);
    let mut group = criterion.benchmark_group("order of three items");
    group.throughput(Throughput::Elements(1));
    group.bench_function("read", |bencher| bencher.iter(|| black_box(&world).read()));
    group.bench_function("validate", |bencher| {
        bencher.iter(|| validate(black_box(&order), &world.catalog, &inventory, &settings));
    });
    group.bench_function("price", |bencher| {
        bencher.iter(|| price(black_box(&order), &verdict.placed, &world.catalog));
    });
    group.bench_function("plan (validate, explode, graph)", |bencher| {
        bencher.iter(|| world.plan(black_box(&order)));
    });
    group.finish();
}

fn running(criterion: &mut Criterion) {
    let world = world();
    let plan = world.plan(&world.read());
    let mut begun = Run::new(plan.clone(), Terms::default(), Policy::default());
    begun.apply(Input::Start, world.now);
    let state = serde_json::to_string(begun.state()).expect("JSON");
    let work = Arc::clone(begun.work());
    let mut group = criterion.benchmark_group("run of three items");
    group.bench_function("begin", |bencher| {
        bencher.iter(|| {
            let mut run = Run::new(plan.clone(), Terms::default(), Policy::default());
            run.apply(Input::Start, world.now)
        });
    });
    group.bench_function("tick", |bencher| {
        bencher.iter(|| begun.apply(Input::Tick, black_box(world.now)));
    });
    group.bench_function("read and write the state", |bencher| {
        bencher.iter(|| {
            let state: State = serde_json::from_str(black_box(&state)).expect("JSON");
            let run = Run::from_parts(Arc::clone(&work), state);
            serde_json::to_string(run.state()).expect("JSON")
        });
    });
    group.bench_function("view", |bencher| bencher.iter(|| black_box(&begun).view()));
    group.finish();
}

criterion_group!(benches, planning, running);
criterion_main!(benches);
