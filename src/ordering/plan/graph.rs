//! Edges between nodes, and an order in which nothing depends on what comes later.
//!
//! `a` depends on `b` where a rule says so (`after`), where `a` takes a result of `b`, where services
//! contain or require each other, and between items where an item or its product specification
//! relies on another one. What that means for the work depends on what is done:
//!
//! | `b` \ `a` | added | changed | deleted |
//! |---|---|---|---|
//! | added or changed | `a` waits for `b` | `a` waits for `b` | no order |
//! | deleted | `a` waits for `b` | `b` waits for `a` | `b` waits for `a` |
//!
//! Between items the whole product counts: the first nodes of the one wait until the inventory of
//! the other is written. The product of an item is written when all its nodes are done and, for a
//! bundle, when the products of its parts are; charging begins or ends after that. Of something
//! replaced the new half comes first, then what depends on it changes, then the old half goes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Node;
use super::delta::Draft;
use crate::ordering::order::Action;

/// What waits for what: pairs of waiting and awaited node.
#[derive(Default)]
pub(super) struct Edges {
    after: Vec<Vec<usize>>,
}

/// Which of two dependent nodes waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wait {
    DependentWaits,
    BaseWaits,
    Neither,
}

impl Wait {
    /// By what is done to the dependent and to its base.
    pub fn between(dependent: Action, base: Action) -> Self {
        match (dependent, base) {
            (Action::NoChange, _) | (_, Action::NoChange) => Wait::Neither,
            (Action::Add, _) => Wait::DependentWaits,
            (Action::Modify | Action::Delete, Action::Delete) => Wait::BaseWaits,
            (Action::Modify, _) => Wait::DependentWaits,
            (Action::Delete, _) => Wait::Neither,
        }
    }
}

impl Edges {
    pub fn add(&mut self, waiting: usize, awaited: usize) {
        if waiting == awaited {
            return;
        }
        if self.after.len() <= waiting {
            self.after.resize_with(waiting + 1, Vec::new);
        }
        if let Some(after) = self.after.get_mut(waiting)
            && !after.contains(&awaited)
        {
            after.push(awaited);
        }
    }

    pub fn of(&self, node: usize) -> &[usize] {
        self.after.get(node).map_or(&[], Vec::as_slice)
    }
}

/// The edges between the drafts of one item, which are nodes from `first` on.
pub(super) fn within(drafts: &[Draft<'_>], first: usize, edges: &mut Edges) {
    for (index, dependent) in drafts.iter().enumerate() {
        if let Some(new) = dependent.replaced_by {
            edges.add(first + index, first + new);
        }
        for name in &dependent.after {
            for (other, base) in drafts.iter().enumerate() {
                if other == index || !base.names.contains(name) {
                    continue;
                }
                match between(dependent, base) {
                    Wait::DependentWaits => edges.add(first + index, first + other),
                    Wait::BaseWaits => edges.add(first + other, first + index),
                    Wait::Neither => {}
                }
            }
        }
    }
}

/// What is added anew waits for the new half of something replaced, never for the old one.
fn between(dependent: &Draft<'_>, base: &Draft<'_>) -> Wait {
    let is_new = dependent.node.action == Action::Add;
    match base.replaced_by.is_some() && is_new {
        true => Wait::Neither,
        false => Wait::between(dependent.node.action, base.node.action),
    }
}

/// Puts nodes into an order in which each comes after what it waits for, as close to the given
/// order as that allows, and writes the edges into them.
///
/// # Errors
/// The keys of nodes that wait for each other, the first one again at the end.
pub(super) fn sorted(nodes: Vec<Node>, edges: &Edges) -> Result<Vec<Node>, Vec<String>> {
    let mut waits: Vec<usize> = (0..nodes.len()).map(|node| edges.of(node).len()).collect();
    let mut followers: Vec<Vec<usize>> = vec![Vec::new(); nodes.len()];
    for node in 0..nodes.len() {
        for awaited in edges.of(node) {
            if let Some(list) = followers.get_mut(*awaited) {
                list.push(node);
            }
        }
    }
    let free = waits.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut ready: BinaryHeap<Reverse<usize>> = free.map(|(node, _)| Reverse(node)).collect();
    let mut order: Vec<usize> = Vec::with_capacity(nodes.len());
    while let Some(Reverse(node)) = ready.pop() {
        order.push(node);
        for follower in followers.get(node).map_or(&[][..], Vec::as_slice) {
            let Some(count) = waits.get_mut(*follower) else {
                continue;
            };
            *count -= 1;
            if *count == 0 {
                ready.push(Reverse(*follower));
            }
        }
    }
    if order.len() < nodes.len() {
        return Err(circle(&nodes, edges, &waits));
    }
    Ok(placed(nodes, edges, &order))
}

fn placed(nodes: Vec<Node>, edges: &Edges, order: &[usize]) -> Vec<Node> {
    let mut places = vec![0; nodes.len()];
    for (place, node) in order.iter().enumerate() {
        if let Some(own) = places.get_mut(*node) {
            *own = place;
        }
    }
    let mut nodes: Vec<Option<Node>> = nodes.into_iter().map(Some).collect();
    let mut found = Vec::with_capacity(nodes.len());
    for node in order {
        let Some(mut taken) = nodes.get_mut(*node).and_then(Option::take) else {
            continue;
        };
        let after = edges
            .of(*node)
            .iter()
            .filter_map(|n| places.get(*n).copied());
        taken.after = after.collect();
        taken.after.sort_unstable();
        found.push(taken);
    }
    found
}

/// A way among the nodes that are not free, back from waiting to awaited, until one comes again.
fn circle(nodes: &[Node], edges: &Edges, waits: &[usize]) -> Vec<String> {
    let is_stuck = |node: &usize| waits.get(*node).is_some_and(|count| *count > 0);
    let mut way: Vec<usize> = Vec::new();
    let mut next = (0..nodes.len()).find(is_stuck);
    while let Some(node) = next {
        if let Some(start) = way.iter().position(|seen| *seen == node) {
            way.drain(..start);
            way.push(node);
            break;
        }
        way.push(node);
        next = edges.of(node).iter().copied().find(|n| is_stuck(n));
    }
    let keys = way.iter().rev().filter_map(|node| nodes.get(*node));
    keys.map(|node| node.key.clone()).collect()
}
