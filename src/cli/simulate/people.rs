//! What people do: the work that is theirs, and decisions about what failed.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::dice::Dice;
use crate::ordering::order::Characteristic;
use crate::ordering::run::Act;

/// Rounds of clearing up in which chance decides; after that it is tried again.
const CHANCE: usize = 6;
/// Rounds of clearing up after which what fails is left as it is.
const PATIENCE: usize = 14;
/// Rounds of clearing up after which an order is stopped whatever it is.
const STOP: usize = 50;

/// When people look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Meanwhile,
    /// All orders were placed: the round of clearing up.
    Clearing(usize),
}

/// What people answer for: there the OSS may have something that nobody owns, or lack something.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// Orders that were stopped without undoing anything.
    pub stopped: BTreeSet<String>,
    /// External ids of what was said to be done by hand, or left as it is.
    pub by_hand: BTreeSet<String>,
}

impl Answered {
    /// Takes note of a decision that was followed.
    pub fn note(&mut self, order: &str, act: &Act) {
        match act {
            Act::Abort => {
                self.stopped.insert(order.to_owned());
            }
            Act::Complete { node, .. } | Act::Skip { node, .. } => {
                self.by_hand.insert(node.clone());
            }
            Act::GiveUp { node, .. } if node.contains(".undo") => {
                self.by_hand.insert(node.clone());
            }
            _ => {}
        }
    }
}

/// A node as a plan shows it.
struct Node<'a> {
    external_id: &'a str,
    state: &'a str,
    planned: &'a Value,
    fallout: Option<&'a str>,
}

fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What people do about an order now. `name` is what their dice go by.
pub fn acts(dice: Dice, name: &str, order: &str, plan: &Value, when: When) -> Vec<Act> {
    let list = |pointer: &str| {
        let list = plan.pointer(pointer).and_then(Value::as_array);
        list.into_iter().flatten()
    };
    let mut acts = Vec::new();
    for (node, planned) in list("/node").zip(list("/plan/nodes")) {
        let node = Node {
            external_id: text(node, "externalId"),
            state: text(node, "state"),
            planned,
            fallout: node.get("fallout").and_then(Value::as_str),
        };
        let what = format!("{name} {}", node.external_id);
        if let Some(fallout) = node.fallout {
            acts.extend(decide(dice, &format!("{what} {fallout}"), &node, when));
        } else if is_for_people(&node) && (when != When::Meanwhile || dice.percent(&what, 60)) {
            acts.push(Act::Complete {
                node: node.external_id.to_owned(),
                results: results(planned),
            });
        }
    }
    for (number, cancel) in list("/cancellation").enumerate() {
        let decides =
            when != When::Meanwhile || dice.percent(&format!("{name} decides {number}"), 30);
        if decides && text(cancel, "stage") == "assessing" {
            acts.push(Act::Decide {
                task: text(cancel, "task").to_owned(),
                consent: dice.percent(&format!("consent {order} {number}"), 50),
            });
        }
    }
    let When::Clearing(round) = when else {
        return acts;
    };
    if plan.get("suspended").and_then(Value::as_bool) == Some(true) {
        acts.push(Act::Resume);
    }
    if round >= STOP {
        acts.push(Act::Abort);
    }
    acts
}

/// What an operator does about a failure.
fn decide(dice: Dice, what: &str, node: &Node<'_>, when: When) -> Option<Act> {
    let key = node.external_id.to_owned();
    let undo = key.contains(".undo");
    let ours = ["inventory", "billing", "reserveNumber"].contains(&text(node.planned, "kind"));
    let choice = dice.roll(what) % 100;
    let retry = Act::Retry {
        node: key.clone(),
        fallout: None,
    };
    let skip = |force| Act::Skip {
        node: key.clone(),
        force,
    };
    match when {
        When::Clearing(round) if round >= PATIENCE => {
            return Some(match choice {
                0..50 if !undo => Act::GiveUp {
                    node: key,
                    keep: false,
                },
                _ if undo || !ours => skip(true),
                _ => Act::GiveUp {
                    node: key,
                    keep: true,
                },
            });
        }
        When::Clearing(round) if round >= CHANCE => return Some(retry),
        _ => {}
    }
    // What cannot be undone is not left as it is so soon: that is for people with reasons.
    Some(match choice {
        _ if undo => retry,
        0..50 => retry,
        50..58 => Act::EditRetry {
            node: key,
            settings: Vec::new(),
        },
        58..68 if !ours => skip(false),
        68..71 if !ours => Act::Complete {
            node: key,
            results: results(node.planned),
        },
        71..85 => Act::GiveUp {
            node: key,
            keep: false,
        },
        _ if when == When::Meanwhile => return None,
        _ => retry,
    })
}

fn is_for_people(node: &Node<'_>) -> bool {
    let compensation = node.planned.get("compensation");
    let manual = compensation.is_some_and(Value::is_object);
    let kind = text(node.planned, "kind");
    let by_hand = ["shipment", "appointment", "manualTask"].contains(&kind)
        && node.planned.get("target").is_none_or(Value::is_null);
    (node.state == "inProgress" && by_hand) || (node.state == "undoing" && (by_hand || manual))
}

/// What people find out when they do it.
fn results(planned: &Value) -> Vec<Characteristic> {
    let names = planned.get("supplies").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let found = names.map(|name| Characteristic {
        name: name.to_owned(),
        value: json!(format!("{name} found")),
    });
    found.collect()
}
