//! What the demo prints: steps, requests, answers.

use serde_json::Value;

/// Longest line of a body, apart from long texts, which are not cut.
const WIDTH: usize = 100;
/// Most lines of a body that are shown.
const LINES: usize = 16;

/// Prints the head of a step.
pub fn step(number: usize, title: &str, why: &str) {
    println!("\n== {number}. {title}");
    println!("   {why}");
}

/// Prints a remark about the last answer.
pub fn note(text: &str) {
    println!("   {text}");
}

/// Prints a request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: Option<&Value>) {
    println!("\n   > {method} {path}");
    for (name, value) in headers {
        println!("   > {name}: {value}");
    }
    if let Some(body) = body {
        lines(body).iter().for_each(|line| println!("   > {line}"));
    }
}

/// Prints an answer with its URL and, where given, a part of its body.
pub fn answer(status: u16, reason: &str, url: Option<&str>, part: Option<&Value>) {
    println!("   < {status} {reason}");
    if let Some(url) = url {
        println!("   < {url}");
    }
    if let Some(part) = part {
        lines(part).iter().for_each(|line| println!("   < {line}"));
    }
}

/// A value in as few lines as are easy to read: each part that fits into a line stays in one.
fn lines(value: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    lay_out("", value, "", 0, &mut lines);
    if lines.len() > LINES {
        let rest = lines.len() - LINES + 1;
        lines.truncate(LINES - 1);
        lines.push(format!("... {rest} more lines"));
    }
    lines
}

/// `label` stands before the value, `end` behind it.
fn lay_out(label: &str, value: &Value, end: &str, indent: usize, lines: &mut Vec<String>) {
    let space = " ".repeat(indent);
    let short = format!("{space}{label}{value}{end}");
    let (open, close, parts) = match value {
        Value::Object(object) if short.chars().count() > WIDTH => {
            let labelled = object
                .iter()
                .map(|(name, part)| (format!("\"{name}\": "), part));
            ('{', '}', labelled.collect::<Vec<_>>())
        }
        Value::Array(items) if short.chars().count() > WIDTH => (
            '[',
            ']',
            items.iter().map(|part| (String::new(), part)).collect(),
        ),
        _ => return lines.push(short),
    };
    lines.push(format!("{space}{label}{open}"));
    let count = parts.len();
    for (at, (label, part)) in parts.into_iter().enumerate() {
        let end = if at + 1 < count { "," } else { "" };
        lay_out(&label, part, end, indent + 2, lines);
    }
    lines.push(format!("{space}{close}{end}"));
}

/// Prints a plan: items and nodes with their states. What each node is given and why it is there are
/// left out; the address shows them.
pub fn tree(path: &str, text: &str) {
    println!("\n   > GET {path}");
    let lines = text.lines().enumerate();
    for (at, line) in lines {
        if at == 0 || line.contains("─ ") {
            println!("   < {line}");
        }
    }
}

/// The attributes of an object with these names, in this order.
pub fn only(value: &Value, names: &[&str]) -> Value {
    let found = names
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), value.get(name)?.clone())));
    Value::Object(found.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LINES, WIDTH, lines, only};

    #[test]
    fn what_fits_stays_in_a_line() {
        assert_eq!(lines(&json!({"a": 1})), ["{\"a\":1}"]);
        let long = json!({"short": [1, 2], "text": "x".repeat(WIDTH), "list": [{"n": 1}]});
        let shown = lines(&long);
        assert_eq!(shown[1], "  \"short\": [1,2],");
        assert_eq!(shown[3], "  \"list\": [{\"n\":1}]");
        let again: serde_json::Value = serde_json::from_str(&shown.concat()).expect("still JSON");
        assert_eq!(again, long);
    }

    #[test]
    fn long_values_are_shortened() {
        let shown = lines(&json!({"list": vec!["x".repeat(30); 100]}));
        assert_eq!(shown.len(), LINES);
        assert!(shown[LINES - 1].ends_with("more lines"));
    }

    #[test]
    fn parts_of_objects() {
        assert_eq!(
            only(&json!({"a": 1, "b": 2}), &["b", "c"]).to_string(),
            "{\"b\":2}"
        );
    }
}
