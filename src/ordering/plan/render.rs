//! A plan for people: as a tree of text, for Graphviz (`dot`) and for Mermaid.

use std::fmt::Write;

use super::{Node, NodeKind, PlacedItem, Plan, Source};

/// How far a node is, by its place in [`Plan::nodes`]; none where there is nothing to say.
pub type States<'s> = &'s dyn Fn(usize) -> Option<String>;

/// The plan of an order that has not begun.
pub fn no_states(_: usize) -> Option<String> {
    None
}

/// The plan as a tree: items, their parts, and the nodes of each with what they wait for.
pub fn tree(plan: &Plan, states: States<'_>) -> String {
    let mut text = format!("order {}, revision {}\n", plan.order, plan.revision);
    let roots: Vec<usize> = children(plan, None);
    for (position, index) in roots.iter().enumerate() {
        let is_last = position + 1 == roots.len();
        item(plan, *index, "", is_last, states, &mut text);
    }
    text
}

fn children(plan: &Plan, parent: Option<usize>) -> Vec<usize> {
    let items = plan.items.iter().enumerate();
    let own = items.filter(|(_, item)| item.parent == parent);
    own.map(|(index, _)| index).collect()
}

fn branches(is_last: bool) -> (&'static str, &'static str) {
    if is_last {
        ("└─ ", "   ")
    } else {
        ("├─ ", "│  ")
    }
}

fn item(
    plan: &Plan,
    index: usize,
    margin: &str,
    is_last: bool,
    states: States<'_>,
    text: &mut String,
) {
    let Some(own) = plan.items.get(index) else {
        return;
    };
    let (branch, further) = branches(is_last);
    line(text, &format!("{margin}{branch}{}", item_line(own)));
    let margin = format!("{margin}{further}");
    let nodes: Vec<(usize, &Node)> = plan
        .nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| node.item == index)
        .collect();
    let parts = children(plan, Some(index));
    for (position, (place, node)) in nodes.iter().enumerate() {
        let is_last = parts.is_empty() && position + 1 == nodes.len();
        let (branch, further) = branches(is_last);
        let state = states(*place).map_or_else(String::new, |state| format!(" [{state}]"));
        line(text, &format!("{margin}{branch}{}{state}", node_line(node)));
        for detail in details(plan, node) {
            line(text, &format!("{margin}{further}     {detail}"));
        }
    }
    for (position, part) in parts.iter().enumerate() {
        item(
            plan,
            *part,
            &margin,
            position + 1 == parts.len(),
            states,
            text,
        );
    }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line.trim_end());
    text.push('\n');
}

fn item_line(item: &PlacedItem) -> String {
    let mut text = format!("item {}: {}", item.id, item.action.name());
    if let Some(offering) = &item.offering {
        let _ = write!(text, " {offering}");
    }
    if item.quantity != 1 {
        let _ = write!(text, " x {}", item.quantity);
    }
    if let Some(product) = &item.product {
        let _ = write!(text, " (product {product})");
    }
    text
}

fn node_line(node: &Node) -> String {
    let mut text = format!("{}  {} {}", node.key, node.action.name(), kind(node.kind));
    if let Some(target) = &node.target {
        let _ = write!(text, " @{target}");
    }
    let _ = write!(text, " \"{}\"", node.name);
    text
}

fn details(plan: &Plan, node: &Node) -> Vec<String> {
    let mut found = Vec::new();
    if !node.settings.is_empty() {
        let each: Vec<String> = node.settings.iter().map(setting).collect();
        found.push(format!("with {}", each.join(", ")));
    }
    if !node.previous.is_empty() && node.kind != NodeKind::Inventory {
        let each = node
            .previous
            .iter()
            .map(|c| format!("{}={}", c.name, c.value));
        found.push(format!("was {}", each.collect::<Vec<_>>().join(", ")));
    }
    if let Some(service) = &node.service {
        found.push(format!("service {service}"));
    }
    let after = node.after.iter().filter_map(|place| plan.nodes.get(*place));
    let after: Vec<&str> = after.map(|node| node.key.as_str()).collect();
    if !after.is_empty() {
        found.push(format!("after {}", after.join(", ")));
    }
    found.extend(marks(node));
    let mut because = node.because.path.join(" > ");
    if because.is_empty() {
        because = format!("item {}", node.because.item);
    }
    found.push(format!("because {because}"));
    found
}

/// What is special about the node.
fn marks(node: &Node) -> Option<String> {
    use super::{Compensation, PointOfNoReturn};
    let mut marks: Vec<String> = Vec::new();
    match node.point_of_no_return {
        Some(PointOfNoReturn::Hard) => marks.push("hard point of no return".to_owned()),
        Some(PointOfNoReturn::Soft) => marks.push("soft point of no return".to_owned()),
        None => {}
    }
    match &node.compensation {
        Compensation::Reverse => {}
        Compensation::Nothing => marks.push("not undone".to_owned()),
        Compensation::Manual(task) => marks.push(format!("undone by hand: {task}")),
    }
    marks.extend(
        node.timeout
            .map(|seconds| format!("late after {seconds} s")),
    );
    marks.extend(
        node.milestone
            .as_ref()
            .map(|name| format!("milestone {name}")),
    );
    if !node.supplies.is_empty() {
        marks.push(format!("supplies {}", node.supplies.join(", ")));
    }
    (!marks.is_empty()).then(|| marks.join("; "))
}

fn setting(setting: &super::Setting) -> String {
    match &setting.source {
        Source::Value(value) => format!("{}={value}", setting.name),
        Source::Result { node, name } => format!("{}=<{node}.{name}>", setting.name),
    }
}

fn kind(kind: NodeKind) -> &'static str {
    match kind {
        NodeKind::ServiceOrder => "serviceOrder",
        NodeKind::ResourceOrder => "resourceOrder",
        NodeKind::Shipment => "shipment",
        NodeKind::Appointment => "appointment",
        NodeKind::ManualTask => "manualTask",
        NodeKind::ReserveNumber => "reserveNumber",
        NodeKind::Inventory => "inventory",
        NodeKind::Billing => "billing",
    }
}

/// The plan for Graphviz: `dot -Tsvg`.
pub fn dot(plan: &Plan, states: States<'_>) -> String {
    let mut text = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
    for (index, item) in plan.items.iter().enumerate() {
        let label = quoted(&item_line(item));
        let _ = writeln!(text, "  subgraph cluster_{index} {{\n    label={label};");
        for (place, node) in plan
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| n.item == index)
        {
            let _ = writeln!(
                text,
                "    n{place} [label={}];",
                quoted(&caption(node, place, states))
            );
        }
        text.push_str("  }\n");
    }
    for (place, node) in plan.nodes.iter().enumerate() {
        for before in &node.after {
            let _ = writeln!(text, "  n{before} -> n{place};");
        }
    }
    text.push_str("}\n");
    text
}

/// The plan for Mermaid.
pub fn mermaid(plan: &Plan, states: States<'_>) -> String {
    let mut text = String::from("flowchart LR\n");
    for (index, item) in plan.items.iter().enumerate() {
        let label = escaped(&item_line(item));
        let _ = writeln!(text, "  subgraph i{index}[\"{label}\"]");
        for (place, node) in plan
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, n)| n.item == index)
        {
            let _ = writeln!(
                text,
                "    n{place}[\"{}\"]",
                escaped(&caption(node, place, states))
            );
        }
        text.push_str("  end\n");
    }
    for (place, node) in plan.nodes.iter().enumerate() {
        for before in &node.after {
            let _ = writeln!(text, "  n{before} --> n{place}");
        }
    }
    text
}

fn caption(node: &Node, place: usize, states: States<'_>) -> String {
    let state = states(place).map_or_else(String::new, |state| format!("\n{state}"));
    format!("{} {}\n{}{state}", node.action.name(), node.name, node.key)
}

fn quoted(text: &str) -> String {
    let inner = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{inner}\"")
}

/// Mermaid knows entities of its own for what would end a label.
fn escaped(text: &str) -> String {
    let safe = text.replace('#', "#35;").replace('"', "#quot;");
    safe.replace('<', "#lt;")
        .replace('>', "#gt;")
        .replace('\n', "<br/>")
}
