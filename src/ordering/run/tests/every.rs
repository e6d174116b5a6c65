//! Each node failed in turn, the process killed at each step, each call made twice: the end is the
//! same, or nothing remains.

use super::fixture::{bundle, chain, changes, three_items};
use super::oss::{Manners, Oss};
use super::world::{Tables, World};
use crate::ordering::plan::tests::fixture::Sample;
use crate::ordering::plan::{Plan, Planned};
use crate::ordering::run::{Act, CancelStage, Cancellation, Input, Phase, Status};

/// Made-up plans, then those of all sample orders.
fn plans() -> Vec<(String, Plan)> {
    let made = [
        ("chain", chain()),
        ("three items", three_items()),
        ("bundle", bundle()),
        ("changes", changes()),
    ];
    let made = made.into_iter().map(|(name, plan)| (name.to_owned(), plan));
    made.chain(of_the_sample()).collect()
}

/// Orders that change or end something are planned on what those before them left.
fn of_the_sample() -> Vec<(String, Plan)> {
    let sample = Sample::load();
    let mut plans = Vec::new();
    for order in &sample.orders {
        match sample.plan(order, &sample.inventory_for(order)) {
            Planned::Plan(plan) => plans.push((order.id.clone(), plan)),
            // It lacks something by intention, and nothing of it is run.
            Planned::Pending(_) => assert_eq!(order.id, "order-fibre-pending"),
            Planned::Rejected(refusals) => panic!("{}: {refusals:#?}", order.id),
        }
    }
    assert!(plans.len() >= 12, "only {} plans", plans.len());
    plans
}

/// What an order leaves in the world.
fn left(world: &World) -> (Tables, Vec<String>) {
    let active = world.oss.active().into_iter().map(str::to_owned).collect();
    (world.tables.clone(), active)
}

fn fine(world: &World) {
    assert!(world.broken.is_empty(), "{:#?}", world.broken);
}

fn run(plan: Plan, prepare: impl FnOnce(&mut World)) -> World {
    let mut world = World::new(plan, 7, Manners::default());
    prepare(&mut world);
    world.step(Input::Start);
    world.settle(3600);
    world
}

#[test]
fn killed_at_each_step_the_end_is_the_same() {
    for (name, plan) in plans() {
        let straight = run(plan.clone(), |_| {});
        fine(&straight);
        assert_eq!(straight.run.status(), Status::Completed, "{name}");
        for step in 1..=straight.steps {
            let mut world = run(plan.clone(), |world| world.crash_at = Some(step));
            world.check_end();
            fine(&world);
            assert_eq!(world.run.status(), Status::Completed, "{name}, step {step}");
            assert_eq!(left(&world), left(&straight), "{name}, step {step}");
            let names = |oss: &Oss| oss.orders.keys().cloned().collect::<Vec<_>>();
            assert_eq!(
                names(&world.oss),
                names(&straight.oss),
                "{name}, step {step}"
            );
        }
    }
}

#[test]
fn each_call_made_twice_the_end_is_the_same() {
    for (name, plan) in plans() {
        let straight = run(plan.clone(), |_| {});
        let world = run(plan, |world| world.twice = true);
        fine(&world);
        assert_eq!(world.run.status(), Status::Completed, "{name}");
        assert_eq!(left(&world), left(&straight), "{name}");
    }
}

#[test]
fn cancelled_after_each_step_nothing_remains() {
    for (name, plan) in plans() {
        let before = left(&World::new(plan.clone(), 7, Manners::default()));
        let straight = run(plan.clone(), |_| {});
        for step in 1..straight.steps {
            let crashes = match name.starts_with("order-") {
                // There are many steps, and the made-up plans have shown the rest.
                true => vec![None, Some(step + 2)],
                false => vec![None, Some(step + 1), Some(step + 2), Some(step + 3)],
            };
            for crash in crashes {
                let mut world = World::new(plan.clone(), 7, Manners::default());
                world.crash_at = crash;
                world.step(Input::Start);
                let far = crate::domain::clock::Micros(i64::MAX);
                while world.steps < step && world.next(far) {}
                world.act(Act::Cancel {
                    task: "t".to_owned(),
                    item: None,
                    force: true,
                    dependants: false,
                });
                world.settle(7200);
                if world.run.status() == Status::Completed {
                    continue;
                }
                world.check_end();
                fine(&world);
                assert_eq!(world.run.status(), Status::Cancelled, "{name}, step {step}");
                assert_eq!(left(&world), before, "{name}, step {step}, crash {crash:?}");
            }
        }
    }
}

#[test]
fn each_node_failed_in_turn_can_be_tried_again_or_taken_back() {
    for (name, plan) in plans() {
        let before = left(&World::new(plan.clone(), 7, Manners::default()));
        let straight = run(plan.clone(), |_| {});
        for node in &plan.nodes {
            for again in [true, false] {
                let mut world = World::new(plan.clone(), 7, Manners::default());
                fail(&mut world, &node.key);
                if world.run.view().fallouts.is_empty() {
                    continue;
                }
                assert_eq!(world.run.status(), Status::Held, "{name}, {}", node.key);
                world.act(if again {
                    Act::Retry {
                        node: node.key.clone(),
                        fallout: None,
                    }
                } else {
                    Act::Cancel {
                        task: "t".to_owned(),
                        item: None,
                        force: true,
                        dependants: false,
                    }
                });
                world.settle(7200);
                let refused = |c: &Cancellation| c.stage == CancelStage::Refused;
                if world.run.view().cancellations.iter().any(refused) {
                    // Beyond a hard point of no return it stays visible.
                    assert_eq!(world.run.status(), Status::Held, "{name}, {}", node.key);
                    continue;
                }
                world.check_end();
                fine(&world);
                if again {
                    assert_eq!(world.run.status(), Status::Completed);
                    assert_eq!(left(&world).0.charged, left(&straight).0.charged);
                } else {
                    assert_eq!(world.run.status(), Status::Cancelled);
                    assert_eq!(left(&world), before, "{name}, {}", node.key);
                }
            }
        }
    }
}

/// Lets everything go well but one node, which the OSS refuses once, or which we cannot do.
fn fail(world: &mut World, key: &str) {
    world.refuse_own = Some(key.to_owned());
    world.step(Input::Start);
    let far = crate::domain::clock::Micros(world.now.0 + 3_600_000_000);
    loop {
        let nodes = world.run.nodes();
        let node = nodes.iter().find(|node| node.key == key);
        if let Some(node) = node.filter(|node| node.phase == Phase::Sending) {
            world.step(Input::SendFailed {
                external_id: node.external_id.clone(),
                attempt: node.attempts,
                fault: crate::ordering::run::Fault::Business,
                message: "no".to_owned(),
                wait: None,
            });
            // What is under way of that call is of no account any more.
            world.forget(&node.external_id);
            break;
        }
        if !world.next(far) {
            return;
        }
    }
    world.settle(3600);
}
