//! What one document costs on its way in and out: parsing, checking, adapting, indexing, filtering,
//! rendering. Pure functions; the server as a whole is measured by `tollgate load`.
//!
//! `cargo bench --bench document`

#![allow(
    clippy::expect_used,
    reason = "a bench without its document cannot run"
)]

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::Value;
use tollgate::api::generated::APIS;
use tollgate::domain::adapt::{self, href::Links};
use tollgate::domain::descriptor::{ApiVersion, Resource};
use tollgate::domain::json::{self, Limits};
use tollgate::domain::query::{Filter, index_key, index_values, parse_list};
use tollgate::engine::Validators;
use tollgate::engine::validate::ExtensionSchemas;

const V4: &str = include_str!("offering-v4.json");
const V5: &str = include_str!("offering-v5.json");

fn offering(version: ApiVersion) -> &'static Resource {
    APIS.iter()
        .filter(|api| api.id == "TMF620" && api.version == version)
        .flat_map(|api| api.resources)
        .find(|resource| resource.path == "productOffering")
        .expect("product offerings are served")
}

/// The document as clients send it: without blanks, 2 KB.
fn compact(text: &str) -> String {
    let document: Value = serde_json::from_str(text).expect("a JSON document");
    document.to_string()
}

fn accept(criterion: &mut Criterion) {
    let validators = Validators::new(ExtensionSchemas::load(None).expect("schemas"), false);
    let links = Links::new("http://localhost:8080", APIS);
    let mut group = criterion.benchmark_group("accept");
    for (version, text) in [(ApiVersion::V4, V4), (ApiVersion::V5, V5)] {
        let (resource, text) = (offering(version), compact(text));
        let limits = Limits::default();
        let parsed = json::parse(text.as_bytes(), &limits).expect("a good document");
        group.throughput(Throughput::Bytes(u64::try_from(text.len()).expect("small")));
        group.bench_function(format!("parse {version}"), |bencher| {
            bencher.iter(|| json::parse(black_box(text.as_bytes()), &limits).expect("good"));
        });
        group.bench_function(format!("validate {version}"), |bencher| {
            bencher.iter(|| {
                validators
                    .check_new(resource, black_box(&parsed), |_| false)
                    .expect("valid");
            });
        });
        group.bench_function(
            format!("parse, validate, adapt, print {version}"),
            |bencher| {
                bencher.iter(|| {
                    let document = json::parse(black_box(text.as_bytes()), &limits).expect("good");
                    validators
                        .check_new(resource, &document, |_| false)
                        .expect("valid");
                    let mut stored = adapt::up(resource, document, None);
                    links.store_marks(&mut stored);
                    stored.to_string()
                });
            },
        );
    }
    group.finish();
}

fn filter(criterion: &mut Criterion) {
    let resource = offering(ApiVersion::V5);
    let document: Value = serde_json::from_str(V5).expect("a JSON document");
    let mut group = criterion.benchmark_group("filter");
    for (name, query) in [
        ("equality", "lifecycleStatus=Launched"),
        ("nested", "productOfferingTerm.duration.amount.gte=12"),
        ("regex", "name.regex=^Mobile"),
        (
            "same element",
            "filter=$[?(@.channel[?(@.id=='web' %26%26 @.name=='Web shop')])]",
        ),
    ] {
        let filter: Filter = parse_list(query, resource)
            .expect("a good query")
            .filter
            .expect("it has conditions");
        assert!(filter.matches(&document), "{query}");
        group.bench_function(name, |bencher| {
            bencher.iter(|| filter.matches(black_box(&document)));
        });
    }
    group.finish();
}

fn index(criterion: &mut Criterion) {
    let resource = offering(ApiVersion::V5);
    let document: Value = serde_json::from_str(V5).expect("a JSON document");
    criterion.bench_function("index keys", |bencher| {
        bencher.iter(|| {
            let mut keys = Vec::with_capacity(16);
            for index in resource.indexes {
                index_values(index.path, black_box(&document), |value| {
                    keys.extend(index_key(index.scalar, value));
                });
            }
            keys
        });
    });
}

fn render(criterion: &mut Criterion) {
    let links = Links::new("http://localhost:8080", APIS);
    let (v4, v5) = (offering(ApiVersion::V4), offering(ApiVersion::V5));
    let mut document: Value = serde_json::from_str(V5).expect("a JSON document");
    links.store_marks(&mut document);
    let stored = document.to_string();
    let id = "0199c2a4-5b1e-7c3d-8e2f-1a2b3c4d5e6f";
    let mut group = criterion.benchmark_group("render");
    // v5 is a copy of the stored text; v4 has to be read and translated.
    group.bench_function("v5 text", |bencher| {
        bencher.iter(|| links.render_text(v5, id, None, black_box(&stored)));
    });
    group.bench_function("v4 text", |bencher| {
        bencher.iter(|| {
            let stored: Value = serde_json::from_str(black_box(&stored)).expect("JSON");
            let shown = adapt::down(v4, stored);
            links.render_value(v4, id, None, shown).to_string()
        });
    });
    group.finish();
}

/// Quick rather than precise: differences of a few per cent are noise on shared machines anyway.
fn quick() -> Criterion {
    Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
}

criterion_group! {
    name = benches;
    config = quick();
    targets = accept, filter, index, render
}
criterion_main!(benches);
