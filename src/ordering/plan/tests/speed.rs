//! How fast planning is. Not part of the test run: `cargo test --release -- --ignored planning_speed`.

use std::time::Instant;

use super::fixture::Sample;
use crate::ordering::inventory::Inventory;
use crate::ordering::plan::Planned;

#[test]
#[ignore = "a measurement"]
fn planning_speed() {
    let sample = Sample::load();
    let order = sample.order("order-mobile");
    let inventory = Inventory::default();
    let rounds = 50_000_u32;
    let start = Instant::now();
    for _ in 0..rounds {
        let planned = sample.plan(order, &inventory);
        assert!(matches!(planned, Planned::Plan(_)));
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{:.0} orders/s", f64::from(rounds) / seconds);
}
