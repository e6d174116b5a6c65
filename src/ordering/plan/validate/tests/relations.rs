use serde_json::{Value, json};

use super::*;

#[test]
fn requirements_are_met_by_the_order_or_by_what_is_installed() {
    let sim = || json!([add("1", "extra-sim", json!({}))]);
    let at = "/productOrderItem/0/productOffering";
    // By the offering (a certain plan) and by the specification (any line).
    assert_refused(
        sim(),
        &none(),
        &[("1", at, "requires"), ("1", at, "requires")],
    );
    assert_refused(sim(), &line(), &[("1", at, "requires")]);
    let medium = installed(&[("p1", "mobile-m", "mobile-line", "active", json!({}))]);
    accepted(sim(), &medium);
    let gone = installed(&[("p1", "mobile-m", "mobile-line", "terminated", json!({}))]);
    assert_eq!(verdict(sim(), &gone).refusals.len(), 2);
    accepted(
        json!([
            add("1", "extra-sim", json!({})),
            add("2", "mobile-m", json!({}))
        ]),
        &none(),
    );
    // Not with a line that goes in the same order.
    let both = json!([
        add("1", "extra-sim", json!({})),
        on("delete", "2", "p1", json!({}))
    ]);
    assert_eq!(verdict(both, &medium).refusals.len(), 2);
}

#[test]
fn what_excludes_each_other_cannot_be_had_together() {
    let excluded = |offerings: [&str; 2], inventory: &Inventory| {
        let items = offerings.iter().enumerate();
        let items: Vec<Value> = items
            .map(|(index, offering)| add(&format!("{index}"), offering, json!({})))
            .collect();
        let verdict = verdict(json!(items), inventory);
        let codes = verdict.refusals.into_iter().map(|r| (r.item, r.code));
        codes.collect::<Vec<_>>()
    };
    let of = |item: &str| vec![(item.to_owned(), "excludes".to_owned())];
    let both = ["roaming-europe", "roaming-world"];
    assert_eq!(excluded(both, &line()), of("1"));
    let with = |roaming: &str| {
        let mut inventory = line();
        let own = installed(&[("p2", roaming, "mobile-roaming", "active", json!({}))]);
        inventory.products.extend(own.products);
        inventory
    };
    assert_eq!(
        excluded(["roaming-world", "mobile-m"], &with("roaming-europe")),
        of("0")
    );
    // The rule stands at the other one, which is installed.
    assert_eq!(
        excluded(["roaming-europe", "mobile-m"], &with("roaming-world")),
        of("0")
    );
    assert_eq!(excluded(["roaming-europe", "mobile-m"], &line()), []);
}

#[test]
fn what_is_still_required_stays() {
    let mut inventory = line();
    let roaming = (
        "p2",
        "roaming-europe",
        "mobile-roaming",
        "active",
        json!({}),
    );
    inventory.products.extend(installed(&[roaming]).products);
    assert_refused(
        json!([on("delete", "1", "p1", json!({}))]),
        &inventory,
        &[("1", "/productOrderItem/0/productOffering", "stillRequired")],
    );
    accepted(
        json!([
            on("delete", "1", "p1", json!({})),
            on("delete", "2", "p2", json!({}))
        ]),
        &inventory,
    );
    accepted(
        json!([
            on("delete", "1", "p1", json!({})),
            add("2", "mobile-l", json!({}))
        ]),
        &inventory,
    );
}
