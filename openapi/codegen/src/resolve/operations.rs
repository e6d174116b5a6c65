//! Operations of resources and of the hub.

use std::collections::BTreeMap;

use crate::domain::descriptor::{Answer, Verb};
use crate::model::{Entity, Hub, Operation};
use crate::problem::Problems;
use crate::source::{OperationSource, ResourceSource};

use super::events::article;
use super::scope::Scope;

/// Reads a verb as the model writes it.
pub fn read_verb(word: &str) -> Option<Verb> {
    match word {
        "list" => Some(Verb::List),
        "retrieve" => Some(Verb::Retrieve),
        "create" => Some(Verb::Create),
        "patch" => Some(Verb::Patch),
        "delete" => Some(Verb::Delete),
        _ => None,
    }
}

/// What an operation of a resource does, in a few words.
pub fn summary(verb: Verb, resource: &ResourceSource) -> String {
    let label = &resource.label;
    let a = article(label);
    match verb {
        Verb::List => format!("Lists {} or searches them", plural(resource)),
        Verb::Retrieve => format!("Reads {a} {label}"),
        Verb::Create => format!("Creates {a} {label}"),
        Verb::Patch => format!("Changes parts of {a} {label}"),
        Verb::Delete => format!("Deletes {a} {label}"),
    }
}

fn plural(resource: &ResourceSource) -> String {
    let label = &resource.label;
    match (&resource.plural, label.strip_suffix('y')) {
        (Some(plural), _) => plural.clone(),
        (None, Some(stem)) => format!("{stem}ies"),
        (None, None) => format!("{label}s"),
    }
}

/// Reads how an operation behaves; the message says what is wrong.
pub fn operation(
    verb: Verb,
    id: String,
    summary: String,
    source: &OperationSource,
) -> Result<Operation, String> {
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut media = words(&source.media);
    if media.is_empty() && matches!(verb, Verb::Create | Verb::Patch) {
        media.push("application/json".to_owned());
    }
    let errors = words(&source.errors);
    if let Some(bad) = errors
        .iter()
        .find(|e| *e != "default" && e.parse::<u16>().is_err())
    {
        return Err(format!("`{bad}` in `errors` is not a status"));
    }
    Ok(Operation {
        verb,
        id,
        summary,
        query: words(&source.query),
        media,
        ok: answers(&source.ok)?,
        errors,
    })
}

fn answers(text: &str) -> Result<Vec<(u16, Answer)>, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut answers = Vec::new();
    for pair in words.chunks(2) {
        let answer = match pair {
            [status, "one"] => (status.parse(), Answer::One),
            [status, "many"] => (status.parse(), Answer::Many),
            [status, "empty"] => (status.parse(), Answer::Empty),
            _ => {
                return Err(format!(
                    "`ok: {text}` is not pairs of status and one, many or empty"
                ));
            }
        };
        let (Ok(status), answer) = answer else {
            return Err(format!("`ok: {text}` has a status that is no number"));
        };
        answers.push((status, answer));
    }
    Ok(answers)
}

/// The hub of an API.
pub fn hub(scope: &Scope<'_>, entities: &BTreeMap<String, Entity>, problems: &mut Problems) -> Hub {
    let source = scope.hub();
    let mut operations = Vec::new();
    for (word, how) in source.operations.iter() {
        let key = format!("hub.operations.{word}");
        let Some(verb) = read_verb(word) else {
            problems.add(&scope.common.file, key, "is not an operation");
            continue;
        };
        match operation(verb, format!("{word}Hub"), hub_summary(verb), how) {
            Ok(operation) => operations.push(operation),
            Err(message) => problems.add(&scope.common.file, key, message),
        }
    }
    operations.sort_by_key(|o| o.verb);
    for (key, name) in [
        ("hub.entity", &source.entity),
        ("hub.create", &source.create),
    ] {
        if !entities.contains_key(name) {
            problems.add(
                &scope.common.file,
                key,
                format!("there is no entity `{name}`"),
            );
        }
    }
    Hub {
        entity: source.entity.clone(),
        create: source.create.clone(),
        listener_status: source.listener_status,
        operations,
    }
}

fn hub_summary(verb: Verb) -> String {
    let text = match verb {
        Verb::List => "Lists the subscriptions to events",
        Verb::Retrieve => "Reads a subscription to events",
        Verb::Create => "Subscribes a listener to events",
        Verb::Patch => "Changes a subscription to events",
        Verb::Delete => "Ends a subscription to events",
    };
    text.to_owned()
}
