//! What outputs lack: characteristics that nothing supplies, sources, names and systems that do not
//! exist, tables with gaps.

use std::collections::HashMap;

use serde_json::Value;

use super::reach::closed_values;
use super::world::{Products, World};
use super::{Finding, Report, Severity};
use crate::ordering::catalog::{Characteristic, ServiceSpecification};
use crate::ordering::plan::NodeKind;
use crate::ordering::rule::expression::{Datum, Expression, Path};
use crate::ordering::rule::{From, Mapping, Output, OutputKind};

pub(super) fn look<'a>(world: &World<'a>, targets: Option<&[String]>, report: &mut Report<'a, '_>) {
    let rule = report.rule;
    let products = world.products(rule);
    for (index, output) in rule.produce.iter().enumerate() {
        let at = format!("/produce/{index}");
        target(output, targets, &at, report);
        names(world, output, &at, report);
        specification(world, &products, output, &at, report);
        for (place, mapping) in output.mappings.iter().enumerate() {
            let at = format!("{at}/characteristic/{place}");
            sources(world, &products, mapping, &at, report);
            lookup(world, &products, mapping, &at, report);
        }
    }
}

fn target(output: &Output, targets: Option<&[String]>, at: &str, report: &mut Report<'_, '_>) {
    let (Some(known), Some(named)) = (targets, &output.target) else {
        return;
    };
    if !known.contains(named) {
        let message = format!("no system `{named}` is configured");
        report.error("unknownTarget", format!("{at}/target"), message);
    }
}

/// What an output is after, and whose results it takes.
fn names(world: &World<'_>, output: &Output, at: &str, report: &mut Report<'_, '_>) {
    for (index, name) in output.after.iter().enumerate() {
        if !world.is_name(name) {
            let message = format!("there is no output and no specification `{name}`");
            report.error("unknownName", format!("{at}/after/{index}"), message);
        }
    }
    for (index, mapping) in output.mappings.iter().enumerate() {
        let From::Result { node, .. } = &mapping.from else {
            continue;
        };
        if !world.is_name(node) {
            let pointer = format!("{at}/characteristic/{index}/result/node");
            let message = format!("there is no output and no specification `{node}`");
            report.error("unknownName", pointer, message);
        }
    }
}

/// Characteristics of the service that the output orders.
fn specification<'a>(
    world: &World<'a>,
    products: &Products<'a>,
    output: &Output,
    at: &str,
    report: &mut Report<'_, '_>,
) {
    let is_service = matches!(
        output.kind,
        OutputKind::Service | OutputKind::Node(NodeKind::ServiceOrder)
    );
    let Some(id) = output.specification.as_ref().filter(|_| is_service) else {
        return;
    };
    let Some(service) = world.catalog.services.get(id) else {
        let message = format!("there is no service specification `{id}`");
        return report.error(
            "unknownSpecification",
            format!("{at}/specification"),
            message,
        );
    };
    if output.kind == OutputKind::Service {
        return;
    }
    for (index, mapping) in output.mappings.iter().enumerate() {
        if service.characteristic(&mapping.name).is_none() {
            let message = format!("`{id}` has no characteristic `{}`", mapping.name);
            let pointer = format!("{at}/characteristic/{index}/name");
            report.warn("unknownCharacteristic", pointer, message);
        }
    }
    for needed in service.characteristics.iter().filter(|c| c.least > 0) {
        if output.mappings.iter().any(|m| m.name == needed.name) {
            continue;
        }
        let message = format!("`{id}` needs `{}`, and nothing supplies it", needed.name);
        let pointer = format!("{at}/characteristic");
        match output.copies_matching {
            false => report.error("missingCharacteristic", pointer, message),
            true if lacks(world, products, needed) => {
                report.warn("missingCharacteristic", pointer, message);
            }
            true => {}
        }
    }
}

/// Whether a product cannot give a characteristic that is copied where both have it.
fn lacks<'a>(world: &World<'a>, products: &Products<'a>, needed: &Characteristic) -> bool {
    let has_default = needed.values.iter().any(|value| value.is_default);
    let is_made = || world.has_source(&Products::new(), &needed.name);
    !has_default
        && !is_made()
        && (products.is_empty()
            || world
                .definitions(products, &needed.name)
                .any(|d| d.is_none()))
}

/// Services that no rule is about are ordered with what they share with the product.
pub(super) fn look_defaults(world: &World<'_>, findings: &mut Vec<Finding>) {
    let mut services: Vec<&ServiceSpecification> =
        world.catalog.services.values().map(AsRef::as_ref).collect();
    services.sort_by(|a, b| a.id.cmp(&b.id));
    for service in services {
        let is_ruled = world.rules.iter().any(|rule| {
            let is_about = rule.when.services.contains(&service.id);
            is_about
                || rule
                    .produce
                    .iter()
                    .any(|o| o.specification.as_ref() == Some(&service.id))
        });
        let Some(products) = world.reaching(&service.id).filter(|_| !is_ruled) else {
            continue;
        };
        let needed = service.characteristics.iter().filter(|c| c.least > 0);
        for needed in needed.filter(|needed| lacks(world, products, needed)) {
            findings.push(Finding {
                severity: Severity::Warning,
                code: "missingCharacteristic",
                rule: String::new(),
                pointer: String::new(),
                message: format!(
                    "no rule is about `{}`, which needs `{}` that not all of its products have",
                    service.id, needed.name
                ),
            });
        }
    }
}

/// Characteristics that a mapping reads.
fn sources<'a>(
    world: &World<'a>,
    products: &Products<'a>,
    mapping: &Mapping,
    at: &str,
    report: &mut Report<'_, '_>,
) {
    let (member, paths): (&str, Vec<&Path>) = match &mapping.from {
        From::Copy(path) => ("copy", vec![path]),
        From::Expression(expression) => ("expression", expression.paths()),
        From::Lookup { by, .. } => ("lookup/by", by.paths()),
        From::Constant(_) | From::Result { .. } => return,
    };
    for path in paths {
        let (Path::Characteristic(name) | Path::Previous(name)) = path else {
            continue;
        };
        if !world.has_source(products, name) {
            let message = format!("none of the products has a characteristic `{name}`");
            report.warn("unknownSource", format!("{at}/{member}"), message);
        }
    }
}

/// Values that are sold and that a table does not have.
fn lookup<'a>(
    world: &World<'a>,
    products: &Products<'a>,
    mapping: &Mapping,
    at: &str,
    report: &mut Report<'_, '_>,
) {
    let From::Lookup {
        by,
        table,
        otherwise: None,
    } = &mapping.from
    else {
        return;
    };
    let mut gaps = gaps(world, products, by, table);
    gaps.sort();
    gaps.dedup();
    if !gaps.is_empty() {
        let message = format!("the table has no entry for {}", gaps.join(", "));
        report.error("lookupGap", format!("{at}/lookup/table"), message);
    }
}

fn gaps<'a>(
    world: &World<'a>,
    products: &Products<'a>,
    by: &Expression,
    table: &HashMap<String, Value>,
) -> Vec<String> {
    let Some(Path::Characteristic(name)) = by.as_path() else {
        return Vec::new();
    };
    let definitions = world.definitions(products, name).flatten();
    let values = definitions.filter_map(closed_values).flatten();
    let key = |value: &Value| Datum::of(value).key().map(|key| key.into_owned());
    let keys = values.filter_map(key);
    keys.filter(|key| !table.contains_key(key)).collect()
}
