//! What goes round: outputs that wait for each other, and services that are made of themselves.

use std::collections::HashMap;

use super::world::{World, is_named, services};
use super::{Finding, Report, Severity};
use crate::domain::value::is_spelled;
use crate::ordering::rule::{From, Output};

/// Outputs of one rule that wait for each other.
pub(super) fn look_after(report: &mut Report<'_, '_>) {
    let outputs = &report.rule.produce;
    let awaited = |output: &Output| -> Vec<usize> {
        let results = output
            .mappings
            .iter()
            .filter_map(|mapping| match &mapping.from {
                From::Result { node, .. } => Some(node),
                _ => None,
            });
        let names: Vec<&String> = output.after.iter().chain(results).collect();
        let is_awaited = |other: &Output| {
            other.name != output.name && names.iter().any(|name| is_named(other, name))
        };
        let all = outputs.iter().enumerate();
        all.filter(|(_, other)| is_awaited(other))
            .map(|(index, _)| index)
            .collect()
    };
    let edges: Vec<Vec<usize>> = outputs.iter().map(awaited).collect();
    let Some(way) = circle(&edges) else {
        return;
    };
    let names: Vec<&str> = way
        .iter()
        .filter_map(|index| outputs.get(*index))
        .map(|output| output.name.as_str())
        .collect();
    let first = way.first().copied().unwrap_or_default();
    let message = format!("outputs wait for each other: {}", names.join(" > "));
    report.error("afterCircle", format!("/produce/{first}/after"), message);
}

/// Services that are made of themselves, by rules and by the catalog.
pub(super) fn look_services(world: &World<'_>, findings: &mut Vec<Finding>) {
    let mut ids: Vec<&str> = world.catalog.services.keys().map(String::as_str).collect();
    ids.sort_unstable();
    let places: HashMap<&str, usize> = ids.iter().enumerate().map(|(i, id)| (*id, i)).collect();
    let edges: Vec<Vec<usize>> = ids
        .iter()
        .map(|id| {
            let below = parts(world, id);
            below
                .iter()
                .filter_map(|id| places.get(id).copied())
                .collect()
        })
        .collect();
    let Some(way) = circle(&edges) else {
        return;
    };
    let names: Vec<&str> = way
        .iter()
        .filter_map(|index| ids.get(*index).copied())
        .collect();
    let is_about = |id: &&str| {
        let mut rules = world.rules.iter();
        rules.find(|rule| rule.when.services.iter().any(|own| own == id))
    };
    findings.push(Finding {
        severity: Severity::Error,
        code: "serviceCircle",
        rule: names
            .iter()
            .find_map(is_about)
            .map_or_else(String::new, |r| r.label.clone()),
        pointer: "/produce".to_owned(),
        message: format!("services are made of themselves: {}", names.join(" > ")),
    });
}

/// What a service is made of: outputs of its rules, and, where no rule replaces them, what the
/// catalog says that it contains.
fn parts<'w>(world: &'w World<'_>, id: &str) -> Vec<&'w str> {
    let about = world
        .rules
        .iter()
        .filter(|rule| rule.when.services.iter().any(|own| own == id));
    let mut found: Vec<&str> = about.clone().flat_map(|rule| services(rule)).collect();
    let is_replaced = about.clone().any(|rule| rule.replaces);
    if let Some(service) = world.catalog.services.get(id).filter(|_| !is_replaced) {
        let contained = service.relations.iter().filter(|relation| {
            ["contains", "consistsof", "composedof", "aggregation"]
                .iter()
                .any(|word| is_spelled(&relation.word, word))
        });
        found.extend(contained.map(|relation| relation.to.id.as_str()));
    }
    found
}

/// The first circle among numbered things, each with those it leads to.
fn circle(edges: &[Vec<usize>]) -> Option<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let mut marks = vec![Mark::New; edges.len()];
    for start in 0..edges.len() {
        // The way so far: each thing with the number of its edges that were followed.
        let mut way: Vec<(usize, usize)> = vec![(start, 0)];
        if marks.get(start) != Some(&Mark::New) {
            continue;
        }
        while let Some((node, followed)) = way.last_mut() {
            let node = *node;
            if let Some(mark) = marks.get_mut(node) {
                *mark = Mark::Open;
            }
            let next = edges
                .get(node)
                .and_then(|list| list.get(*followed))
                .copied();
            *followed += 1;
            match next {
                Some(next) if marks.get(next) == Some(&Mark::Open) => {
                    let seen = way.iter().map(|(node, _)| *node);
                    let mut found: Vec<usize> = seen.skip_while(|seen| *seen != next).collect();
                    found.push(next);
                    return Some(found);
                }
                Some(next) if marks.get(next) == Some(&Mark::New) => way.push((next, 0)),
                Some(_) => {}
                None => {
                    if let Some(mark) = marks.get_mut(node) {
                        *mark = Mark::Done;
                    }
                    way.pop();
                }
            }
        }
    }
    None
}
