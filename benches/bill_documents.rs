//! What the documents of a bill cost: PDF, HTML and XML, on one core. Pure functions; the fonts
//! are read once.
//!
//! `cargo bench --bench bill_documents`

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench without its statements cannot run"
)]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
// The statements of the tests name these at the root of their crate.
use tollgate::{billing, domain};

use billing::document::{Press, html, pdf, ubl};

#[allow(dead_code, reason = "the tests use more of it")]
#[path = "../src/billing/document/tests/world.rs"]
mod world;

fn documents(c: &mut Criterion) {
    let press = Press::new().unwrap();
    let bills = [
        ("10_lines", world::mobile()),
        ("200_lines", world::business(100)),
    ];
    for (name, statement) in &bills {
        let mut group = c.benchmark_group(format!("bill_documents/{name}"));
        group.throughput(Throughput::Elements(1));
        group.bench_function("pdf", |b| {
            b.iter(|| pdf(&press, black_box(statement)).unwrap());
        });
        group.bench_function("html", |b| b.iter(|| html(black_box(statement)).unwrap()));
        group.bench_function("ubl", |b| b.iter(|| ubl(black_box(statement)).unwrap()));
        group.finish();
    }
    c.bench_function("bill_documents/press", |b| b.iter(|| Press::new().unwrap()));
}

criterion_group!(benches, documents);
criterion_main!(benches);
