//! The plan of every sample order, as a tree, against files. `TOLLGATE_BLESS=1` writes them anew.

use std::fmt::Write;
use std::fs;

use super::fixture::{Sample, root};
use crate::ordering::plan::{Planned, render};

#[test]
fn plans_of_sample_orders() {
    let sample = Sample::load();
    let folder = root().join("tests/golden/plans");
    let bless = std::env::var_os("TOLLGATE_BLESS").is_some();
    let mut wrong = Vec::new();
    for order in &sample.orders {
        let planned = sample.plan(order, &sample.inventory_for(order));
        let text = shown(&order.id, &planned);
        let path = folder.join(format!("{}.txt", order.id));
        if bless {
            fs::write(&path, &text).unwrap();
        }
        if fs::read_to_string(&path).unwrap_or_default() != text {
            wrong.push(text);
        }
    }
    assert!(wrong.is_empty(), "not as expected:\n{}", wrong.join("\n"));
}

fn shown(id: &str, planned: &Planned) -> String {
    match planned {
        Planned::Plan(plan) => render::tree(plan, &render::no_states),
        Planned::Pending(missing) => {
            let mut text = format!("order {id} waits\n");
            for missing in missing {
                let _ = writeln!(
                    text,
                    "item {} {}: {}",
                    missing.item, missing.pointer, missing.message
                );
            }
            text
        }
        Planned::Rejected(refusals) => panic!("order {id}: {refusals:#?}"),
    }
}

/// Nothing depends on what comes later, keys are unique, and planning again makes the same plan.
#[test]
fn plans_are_in_order_and_repeatable() {
    let sample = Sample::load();
    for order in &sample.orders {
        let inventory = sample.inventory_for(order);
        let planned = sample.plan(order, &inventory);
        assert_eq!(planned, sample.plan(order, &inventory), "{}", order.id);
        let Planned::Plan(plan) = planned else {
            continue;
        };
        let mut keys = std::collections::HashSet::new();
        for (place, node) in plan.nodes.iter().enumerate() {
            assert!(keys.insert(&node.key), "{}: {} twice", order.id, node.key);
            assert!(
                node.after.iter().all(|before| *before < place),
                "{}",
                node.key
            );
        }
        let text = serde_json::to_string(&plan).unwrap();
        assert_eq!(
            serde_json::from_str::<super::super::Plan>(&text).unwrap(),
            plan
        );
    }
}
