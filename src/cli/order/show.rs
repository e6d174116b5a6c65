//! Orders for people, as text.

use std::fmt::Write as _;

use serde_json::Value;

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_default()
}

fn list<'v>(value: &'v Value, name: &str) -> impl Iterator<Item = &'v Value> {
    let found = value.get(name).and_then(Value::as_array);
    found.into_iter().flatten()
}

/// An order with its progress and what waits for a decision.
pub fn order(order: &Value, plan: Option<&Value>, fallouts: &[Value]) -> String {
    let id = text(order, "/id");
    let mut shown = format!("order {id}  {}", text(order, "/state"));
    if plan.is_some_and(|plan| plan.get("suspended") == Some(&Value::Bool(true))) {
        shown.push_str("  (suspended)");
    }
    shown.push('\n');
    for (name, what) in [
        ("description", "about"),
        ("creationDate", "placed"),
        ("requestedCompletionDate", "wanted by"),
        ("expectedCompletionDate", "expected by"),
        ("completionDate", "completed"),
        ("cancellationReason", "cancelled"),
    ] {
        let value = text(order, &format!("/{name}"));
        if !value.is_empty() {
            let _ = writeln!(shown, "  {what:12} {value}");
        }
    }
    items(order, 1, &mut shown);
    if let Some(plan) = plan {
        let _ = writeln!(shown, "  {:12} {}", "progress", progress(plan));
        under_way(plan, &mut shown);
    }
    for message in list(order, "productOrderErrorMessage") {
        let (code, reason) = (text(message, "/code"), text(message, "/reason"));
        let _ = writeln!(shown, "  error        {code}: {reason}");
    }
    for alert in list(order, "productOrderJeopardyAlert") {
        let _ = writeln!(shown, "  at risk      {}", text(alert, "/message"));
    }
    if !fallouts.is_empty() {
        shown.push_str("  waits for a decision\n");
        for fallout in fallouts {
            let _ = writeln!(shown, "    {}", fallout_line(fallout));
        }
        let _ = writeln!(
            shown,
            "  tollgate order retry|skip|complete|give-up {id} NODE"
        );
    }
    shown
}

fn items(holder: &Value, depth: usize, shown: &mut String) {
    let margin = "  ".repeat(depth);
    for item in list(holder, "productOrderItem") {
        let offering = item.pointer("/productOffering/name");
        let offering = offering.or_else(|| item.pointer("/productOffering/id"));
        let product = item.pointer("/product/id").and_then(Value::as_str);
        let _ = write!(
            shown,
            "{margin}item {}  {}  {}",
            text(item, "/id"),
            text(item, "/state"),
            text(item, "/action")
        );
        if let Some(offering) = offering.and_then(Value::as_str) {
            let _ = write!(shown, " {offering}");
        }
        if let Some(product) = product {
            let _ = write!(shown, " (product {product})");
        }
        shown.push('\n');
        items(item, depth + 1, shown);
    }
}

fn count(plan: &Value, name: &str) -> u64 {
    let found = plan.pointer(&format!("/progress/{name}"));
    found.and_then(Value::as_u64).unwrap_or_default()
}

fn progress(plan: &Value) -> String {
    let mut parts = vec![format!(
        "{} of {} nodes done",
        count(plan, "done"),
        count(plan, "total")
    )];
    for (name, what) in [
        ("running", "under way"),
        ("waiting", "waiting"),
        ("failed", "failed"),
        ("takenBack", "taken back"),
    ] {
        let number = count(plan, name);
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    }
    parts.join(", ")
}

/// Nodes that somebody works on or that failed.
fn under_way(plan: &Value, shown: &mut String) {
    const RESTING: [&str; 6] = [
        "waiting",
        "ready",
        "completed",
        "skipped",
        "cancelled",
        "undone",
    ];
    for node in list(plan, "node") {
        let state = text(node, "/state");
        if RESTING.contains(&state) {
            continue;
        }
        let by = match text(node, "/target") {
            "" => String::new(),
            target => format!(" @{target}"),
        };
        let _ = writeln!(
            shown,
            "    {}  {state}  {}{by}",
            text(node, "/key"),
            text(node, "/name")
        );
    }
}

/// One line on how an order stands.
pub fn standing(id: &str, plan: &Value) -> String {
    let suspended = match plan.get("suspended") {
        Some(Value::Bool(true)) => " (suspended)",
        _ => "",
    };
    format!(
        "order {id}: {}{suspended}; {}",
        text(plan, "/state"),
        progress(plan)
    )
}

/// Why an order would get no plan.
pub fn no_plan(document: &Value) -> String {
    let (title, found) = match text(document, "/outcome") {
        "rejected" => ("The order would be rejected:", "refusal"),
        _ => ("The order lacks information:", "missing"),
    };
    let mut shown = format!("{title}\n");
    for one in list(document, found) {
        let item = match text(one, "/item") {
            "" => "order".to_owned(),
            item => format!("item {item}"),
        };
        let code = match text(one, "/code") {
            "" => String::new(),
            code => format!(" [{code}]"),
        };
        let (pointer, message) = (text(one, "/pointer"), text(one, "/message"));
        let _ = writeln!(shown, "  {item} {pointer}: {message}{code}");
    }
    shown
}

fn fallout_line(fallout: &Value) -> String {
    let node = match text(fallout, "/node") {
        "" => "step",
        node => node,
    };
    format!(
        "{node}  {}: {}  ({}, since {})",
        text(fallout, "/cause"),
        text(fallout, "/message"),
        match fallout.get("attempts").and_then(Value::as_u64) {
            Some(1) => "1 attempt".to_owned(),
            attempts => format!("{} attempts", attempts.unwrap_or_default()),
        },
        text(fallout, "/openedAt"),
    )
}

/// Failures of several orders.
pub fn fallouts(found: &[Value]) -> String {
    let mut shown = String::new();
    for fallout in found {
        let order = text(fallout, "/productOrder/id");
        let _ = writeln!(shown, "order {order}  {}", fallout_line(fallout));
    }
    let _ = writeln!(shown, "{} wait for a decision", found.len());
    shown
}

/// Work for people, one piece in each line.
pub fn tasks(found: &[Value]) -> String {
    let mut shown = String::new();
    for task in found {
        let due = match text(task, "/due") {
            "" => String::new(),
            due => format!(", due {due}"),
        };
        let _ = writeln!(
            shown,
            "order {}  {}  {}: {}  (since {}{due})",
            text(task, "/productOrder/id"),
            text(task, "/node"),
            text(task, "/kind"),
            text(task, "/description"),
            text(task, "/openedAt"),
        );
    }
    let _ = writeln!(shown, "{} to be done", found.len());
    shown
}

/// The entries of a log, one in each line.
pub fn log(entries: &Value) -> String {
    let mut shown = String::new();
    for entry in entries.as_array().into_iter().flatten() {
        let node = match text(entry, "/node") {
            "" => "order",
            node => node,
        };
        let by = match text(entry, "/by") {
            "" => String::new(),
            by => format!("  (by {by})"),
        };
        let _ = writeln!(
            shown,
            "{}  {node}  {} -> {}  {}{by}",
            text(entry, "/at"),
            text(entry, "/from"),
            text(entry, "/to"),
            text(entry, "/why")
        );
    }
    shown
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{no_plan, order, standing};

    #[test]
    fn an_order_at_a_glance() {
        let document = json!({
            "id": "7", "state": "held", "description": "A line",
            "productOrderItem": [
                {"id": "1", "state": "held", "action": "add", "productOffering": {"id": "m", "name": "M"},
                 "productOrderItem": [{"id": "1.1", "state": "held", "action": "add"}]},
            ],
        });
        let plan = json!({
            "state": "held", "suspended": true,
            "progress": {"total": 3, "done": 1, "running": 0, "waiting": 1, "failed": 1, "takenBack": 0},
            "node": [
                {"key": "1:a", "state": "completed", "name": "A"},
                {"key": "1:b", "state": "fallout", "name": "B", "target": "oss"},
            ],
        });
        let fallout = json!({"node": "1:b", "cause": "business", "message": "no", "attempts": 1, "openedAt": "t"});
        let expected = "\
order 7  held  (suspended)
  about        A line
  item 1  held  add M
    item 1.1  held  add
  progress     1 of 3 nodes done, 1 waiting, 1 failed
    1:b  fallout  B @oss
  waits for a decision
    1:b  business: no  (1 attempt, since t)
  tollgate order retry|skip|complete|give-up 7 NODE
";
        assert_eq!(order(&document, Some(&plan), &[fallout]), expected);
        assert_eq!(
            standing("7", &plan),
            "order 7: held (suspended); 1 of 3 nodes done, 1 waiting, 1 failed"
        );
    }

    #[test]
    fn why_there_is_no_plan() {
        let document = json!({"outcome": "rejected", "refusal": [
            {"item": "1", "pointer": "/productOrderItem/0", "code": "nothingOrdered", "message": "names nothing"},
            {"item": "", "pointer": "", "code": "noItems", "message": "is empty"},
        ]});
        let expected = "\
The order would be rejected:
  item 1 /productOrderItem/0: names nothing [nothingOrdered]
  order : is empty [noItems]
";
        assert_eq!(no_plan(&document), expected);
    }
}
