//! Reading the outputs of a rule.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::compile::tests;
use super::duration::seconds_of;
use super::expression::Expression;
use super::reader::{Part, Reader, below};
use super::types::{From, Mapping, Output, OutputKind, Reaction};
use crate::ordering::plan::{Compensation, NodeKind, PointOfNoReturn};

const MEMBERS: [&str; 22] = [
    "name",
    "kind",
    "specification",
    "label",
    "when",
    "onAdd",
    "onModify",
    "onDelete",
    "target",
    "copyMatching",
    "characteristic",
    "after",
    "compensation",
    "compensationTask",
    "pointOfNoReturn",
    "timeout",
    "milestone",
    "supplies",
    "parameters",
    "early",
    "description",
    "@type",
];

const KINDS: [(&str, OutputKind); 9] = [
    ("serviceOrder", OutputKind::Node(NodeKind::ServiceOrder)),
    ("resourceOrder", OutputKind::Node(NodeKind::ResourceOrder)),
    ("shipment", OutputKind::Node(NodeKind::Shipment)),
    ("appointment", OutputKind::Node(NodeKind::Appointment)),
    ("manualTask", OutputKind::Node(NodeKind::ManualTask)),
    ("reserveNumber", OutputKind::Node(NodeKind::ReserveNumber)),
    ("inventory", OutputKind::Node(NodeKind::Inventory)),
    ("billing", OutputKind::Node(NodeKind::Billing)),
    ("service", OutputKind::Service),
];

/// What an undo is.
#[derive(Clone, Copy)]
enum Undo {
    Reverse,
    Nothing,
    Manual,
}

pub(super) fn output(reader: &mut Reader, value: &Value, at: &str) -> Option<Output> {
    let part = reader.part(value, at, &MEMBERS)?;
    if !part.map.contains_key("kind") {
        reader.note(below(at, "kind"), "is missing");
    }
    let name = reader
        .demanded(part, "name")
        .filter(|name| named(reader, part, name));
    let kind = reader.one_of(part, "kind", &KINDS);
    let (name, kind) = (name?, kind?);
    let (on_add, on_modify, on_delete) = usual(kind);
    let mappings = mappings(reader, part);
    let has_mappings = part.map.contains_key("characteristic");
    let output = Output {
        name,
        kind,
        specification: reader.text(part, "specification"),
        label: reader.text(part, "label"),
        tests: conditions(reader, part),
        on_add: reaction(reader, part, "onAdd").unwrap_or(on_add),
        on_modify: reaction(reader, part, "onModify").unwrap_or(on_modify),
        on_delete: reaction(reader, part, "onDelete").unwrap_or(on_delete),
        target: reader.text(part, "target"),
        copies_matching: reader
            .truth(part, "copyMatching")
            .unwrap_or(!has_mappings && is_order(kind)),
        mappings,
        after: reader.texts(part, "after"),
        compensation: compensation(reader, part, kind),
        point_of_no_return: reader.one_of(
            part,
            "pointOfNoReturn",
            &[
                ("soft", PointOfNoReturn::Soft),
                ("hard", PointOfNoReturn::Hard),
            ],
        ),
        timeout: timeout(reader, part),
        milestone: reader.text(part, "milestone"),
        supplies: reader.texts(part, "supplies"),
        parameters: parameters(reader, part),
        is_early: reader.truth(part, "early").unwrap_or(is_early(kind)),
    };
    check(reader, part, &output);
    Some(output)
}

/// Names become parts of keys.
fn named(reader: &mut Reader, part: Part<'_>, name: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_good = name.len() <= 100 && name.chars().all(fits);
    if !is_good {
        let message = "consists of up to 100 letters, digits, `-`, `_` and `.`";
        reader.note(below(part.at, "name"), message);
    }
    is_good
}

/// What goes without saying: goods and visits are not taken back, numbers are not exchanged.
fn usual(kind: OutputKind) -> (Reaction, Reaction, Reaction) {
    use Reaction::{Add, Delete, Ignore, Modify};
    match kind {
        OutputKind::Node(NodeKind::Shipment | NodeKind::Appointment | NodeKind::ManualTask) => {
            (Add, Ignore, Ignore)
        }
        OutputKind::Node(NodeKind::ReserveNumber) => (Add, Ignore, Delete),
        OutputKind::Node(_) | OutputKind::Service => (Add, Modify, Delete),
    }
}

fn is_order(kind: OutputKind) -> bool {
    matches!(
        kind,
        OutputKind::Node(NodeKind::ServiceOrder | NodeKind::ResourceOrder)
    )
}

fn is_early(kind: OutputKind) -> bool {
    matches!(
        kind,
        OutputKind::Node(NodeKind::Shipment | NodeKind::Appointment | NodeKind::ReserveNumber)
    )
}

/// What is checked between members.
fn check(reader: &mut Reader, part: Part<'_>, output: &Output) {
    use NodeKind::{ReserveNumber, ResourceOrder, ServiceOrder};
    let needs_specification = matches!(
        output.kind,
        OutputKind::Service | OutputKind::Node(ServiceOrder | ResourceOrder)
    );
    if needs_specification && output.specification.is_none() {
        reader.note(below(part.at, "specification"), "is missing");
    }
    if output.kind == OutputKind::Node(ReserveNumber) && !output.parameters.contains_key("pool") {
        reader.note(format!("{}/parameters/pool", part.at), "is missing");
    }
    if output.kind == OutputKind::Service {
        for key in [
            "target",
            "milestone",
            "timeout",
            "supplies",
            "compensation",
            "pointOfNoReturn",
        ] {
            if part.map.contains_key(key) {
                let message = "belongs to what the service is decomposed into";
                reader.note(below(part.at, key), message);
            }
        }
    }
    for (index, mapping) in output.mappings.iter().enumerate() {
        if output.kind == OutputKind::Service && matches!(mapping.from, From::Result { .. }) {
            let message =
                "a service is decomposed before there are results; map it in its own rule";
            reader.note(
                format!("{}/characteristic/{index}/result", part.at),
                message,
            );
        }
    }
    for (index, name) in output.after.iter().enumerate() {
        if *name == output.name {
            reader.note(
                format!("{}/after/{index}", part.at),
                "an output cannot be after itself",
            );
        }
    }
}

fn conditions(reader: &mut Reader, part: Part<'_>) -> Vec<super::types::Test> {
    let Some(value) = part.map.get("when") else {
        return Vec::new();
    };
    let at = below(part.at, "when");
    match reader.part(value, &at, &["characteristic", "place", "expression"]) {
        Some(part) => tests(reader, part),
        None => Vec::new(),
    }
}

fn reaction(reader: &mut Reader, part: Part<'_>, key: &str) -> Option<Reaction> {
    let all = [
        ("add", Reaction::Add),
        ("modify", Reaction::Modify),
        ("delete", Reaction::Delete),
        ("replace", Reaction::Replace),
        ("ignore", Reaction::Ignore),
    ];
    let allowed: &[(&str, Reaction)] = match key {
        "onModify" => &all,
        "onAdd" => &[("add", Reaction::Add), ("ignore", Reaction::Ignore)],
        _ => &[
            ("delete", Reaction::Delete),
            ("add", Reaction::Add),
            ("ignore", Reaction::Ignore),
        ],
    };
    reader.one_of(part, key, allowed)
}

fn compensation(reader: &mut Reader, part: Part<'_>, kind: OutputKind) -> Compensation {
    let words = [
        ("reverse", Undo::Reverse),
        ("nothing", Undo::Nothing),
        ("manual", Undo::Manual),
    ];
    let undo = reader.one_of(part, "compensation", &words);
    let task = reader.text(part, "compensationTask");
    let is_manual = matches!(undo, Some(Undo::Manual));
    if task.is_some() && !is_manual {
        let message = "belongs to the compensation `manual`";
        reader.note(below(part.at, "compensationTask"), message);
    }
    match (undo, task) {
        (Some(Undo::Manual), Some(task)) => Compensation::Manual(task),
        (Some(Undo::Manual), None) => {
            reader.note(below(part.at, "compensationTask"), "is missing");
            Compensation::Nothing
        }
        (Some(Undo::Nothing), _) => Compensation::Nothing,
        (Some(Undo::Reverse), _) => Compensation::Reverse,
        (None, _) => usual_compensation(kind),
    }
}

/// What people did is not undone by itself.
fn usual_compensation(kind: OutputKind) -> Compensation {
    match kind {
        OutputKind::Node(NodeKind::ManualTask) => Compensation::Nothing,
        _ => Compensation::Reverse,
    }
}

fn timeout(reader: &mut Reader, part: Part<'_>) -> Option<u64> {
    let text = reader.text(part, "timeout")?;
    let seconds = seconds_of(&text);
    if seconds.is_none() {
        let message = "must be a duration of weeks, days, hours, minutes or seconds, such as PT4H";
        reader.note(below(part.at, "timeout"), message);
    }
    seconds
}

fn parameters(reader: &mut Reader, part: Part<'_>) -> Map<String, Value> {
    match part.map.get("parameters") {
        None => Map::new(),
        Some(Value::Object(map)) => map.clone(),
        Some(_) => {
            reader.note(below(part.at, "parameters"), "must be an object");
            Map::new()
        }
    }
}

fn mappings(reader: &mut Reader, part: Part<'_>) -> Vec<Mapping> {
    let mut found: Vec<Mapping> = Vec::new();
    for (index, value) in reader.list(part, "characteristic").iter().enumerate() {
        let at = format!("{}/characteristic/{index}", part.at);
        let Some(mapping) = mapping(reader, value, &at) else {
            continue;
        };
        if found.iter().any(|other| other.name == mapping.name) {
            reader.note(below(&at, "name"), "the characteristic is mapped twice");
        }
        found.push(mapping);
    }
    found
}

fn mapping(reader: &mut Reader, value: &Value, at: &str) -> Option<Mapping> {
    const SOURCES: [&str; 5] = ["copy", "constant", "expression", "lookup", "result"];
    let part = reader.part(
        value,
        at,
        &["name", "copy", "constant", "expression", "lookup", "result"],
    )?;
    let name = reader.demanded(part, "name");
    let given: Vec<&str> = SOURCES
        .into_iter()
        .filter(|s| part.map.contains_key(*s))
        .collect();
    let [source] = given.as_slice() else {
        let message = format!("needs exactly one of {}", SOURCES.join(", "));
        reader.note(at.to_owned(), message);
        return None;
    };
    let from = match *source {
        "copy" => copy(reader, part)?,
        "constant" => From::Constant(part.map.get("constant").cloned().unwrap_or(Value::Null)),
        "expression" => From::Expression(reader.expression(part, "expression")?),
        "lookup" => lookup(reader, part)?,
        _ => result(reader, part)?,
    };
    Some(Mapping { name: name?, from })
}

fn copy(reader: &mut Reader, part: Part<'_>) -> Option<From> {
    let expression: Expression = reader.expression(part, "copy")?;
    let path = expression.as_path().cloned();
    if path.is_none() {
        let message = "must be a path such as `characteristic.speed`; `expression` computes";
        reader.note(below(part.at, "copy"), message);
    }
    path.map(From::Copy)
}

fn lookup(reader: &mut Reader, part: Part<'_>) -> Option<From> {
    let at = below(part.at, "lookup");
    let value = part.map.get("lookup")?;
    let inner = reader.part(value, &at, &["by", "table", "otherwise"])?;
    if !inner.map.contains_key("by") {
        reader.note(below(&at, "by"), "is missing");
    }
    let by = reader.expression(inner, "by");
    let table: HashMap<String, Value> = match inner.map.get("table") {
        Some(Value::Object(map)) if !map.is_empty() => {
            map.iter().map(|(k, v)| (k.clone(), v.clone())).collect()
        }
        _ => {
            reader.note(
                below(&at, "table"),
                "must be an object with one member at least",
            );
            return None;
        }
    };
    Some(From::Lookup {
        by: by?,
        table,
        otherwise: inner.map.get("otherwise").cloned(),
    })
}

fn result(reader: &mut Reader, part: Part<'_>) -> Option<From> {
    let at = below(part.at, "result");
    let value = part.map.get("result")?;
    let inner = reader.part(value, &at, &["node", "name"])?;
    let (node, name) = (
        reader.demanded(inner, "node"),
        reader.demanded(inner, "name"),
    );
    Some(From::Result {
        node: node?,
        name: name?,
    })
}
