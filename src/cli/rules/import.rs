//! Bringing rules to a server.

use std::process::ExitCode;

use serde_json::{Map, Value};

use super::super::Failure;
use super::super::remote::{Remote, segment};
use super::RULES;
use super::args::Import;
use super::file;

/// What became of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Created,
    Changed,
    Unchanged,
}

/// Brings every rule of a file to the server. One that is refused is told, and the others are tried.
///
/// # Errors
/// When the file cannot be read.
pub async fn run(args: &Import) -> Result<ExitCode, Failure> {
    let rules = file::read(&args.file)?;
    let remote = Remote::new(&args.server)?;
    let (mut created, mut changed, mut unchanged, mut refused) = (0, 0, 0, 0);
    for (at, rule) in rules.iter().enumerate() {
        match bring(&remote, rule).await {
            Ok(Became::Created) => created += 1,
            Ok(Became::Changed) => changed += 1,
            Ok(Became::Unchanged) => unchanged += 1,
            Err(error) => {
                refused += 1;
                eprintln!("rule {} ({}): {error}", at + 1, name(rule));
            }
        }
    }
    println!("{created} created, {changed} changed, {unchanged} already so, {refused} refused");
    Ok(match refused {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn text<'v>(rule: &'v Value, name: &str) -> &'v str {
    rule.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn name(rule: &Value) -> &str {
    match text(rule, "id") {
        "" => text(rule, "name"),
        id => id,
    }
}

async fn bring(remote: &Remote, rule: &Value) -> Result<Became, Failure> {
    let mut wanted = rule.clone();
    if let Some(wanted) = wanted.as_object_mut() {
        // The server's own.
        for name in ["href", "lastUpdate"] {
            wanted.shift_remove(name);
        }
        wanted
            .entry("@type")
            .or_insert_with(|| Value::String("DecompositionRule".to_owned()));
    }
    let (id, version) = (text(&wanted, "id"), text(&wanted, "version"));
    let mut path = format!("{RULES}/{}", segment(id));
    if !version.is_empty() {
        path.push_str(&format!("?version={}", segment(version)));
    }
    let there = match id {
        "" => None,
        _ => remote.find(&path).await?,
    };
    let Some(there) = there else {
        remote.post(RULES, &wanted).await?;
        return Ok(Became::Created);
    };
    let Some(patch) = difference(&there, &wanted) else {
        return Ok(Became::Unchanged);
    };
    remote.merge(&path, &Value::Object(patch)).await?;
    Ok(Became::Changed)
}

/// The merge patch from what is there to what is wanted; none when it is so already. What the server
/// gives without being asked stays.
fn difference(there: &Value, wanted: &Value) -> Option<Map<String, Value>> {
    const GIVEN: [&str; 6] = [
        "id",
        "href",
        "lastUpdate",
        "lifecycleStatus",
        "version",
        "@type",
    ];
    let (before, after) = (there.as_object()?, wanted.as_object()?);
    let gone = before
        .keys()
        .filter(|name| !after.contains_key(*name) && !GIVEN.contains(&name.as_str()));
    let mut patch: Map<String, Value> = gone.map(|name| (name.clone(), Value::Null)).collect();
    for (name, value) in after {
        match before.get(name) {
            Some(known) if known == value => {}
            Some(known) => {
                if let Some(change) = change(known, value) {
                    patch.insert(name.clone(), change);
                }
            }
            None => {
                patch.insert(name.clone(), value.clone());
            }
        }
    }
    (!patch.is_empty()).then_some(patch)
}

/// What a member has to be patched with; objects are merged, so what is gone from them is named.
fn change(known: &Value, wanted: &Value) -> Option<Value> {
    match (known, wanted) {
        (Value::Object(_), Value::Object(_)) => difference(known, wanted).map(Value::Object),
        _ => (known != wanted).then(|| wanted.clone()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::difference;

    #[test]
    fn only_what_differs_is_patched() {
        let there = json!({
            "id": "a", "href": "h", "@type": "DecompositionRule", "version": "1", "lastUpdate": "t",
            "name": "A", "description": "old", "replaces": true,
            "when": {"productSpecification": ["x"], "action": ["add"]},
        });
        let wanted = json!({
            "id": "a", "name": "B", "replaces": true,
            "when": {"productSpecification": ["x", "y"]}, "priority": 5,
        });
        let patch = difference(&there, &wanted).map(Value::Object);
        let expected = json!({
            "description": null, "name": "B", "priority": 5,
            "when": {"action": null, "productSpecification": ["x", "y"]},
        });
        assert_eq!(patch, Some(expected));
        assert_eq!(difference(&there, &there), None);
    }
}
