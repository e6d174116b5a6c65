//! Event entities follow from the events that a resource lists: `CategoryCreateEvent` and its
//! payload, which carries the resource under its own name.

use crate::domain::descriptor::Change;
use crate::ordered::Ordered;
use crate::problem::Problems;
use crate::source::{EntitySource, ResourceSource};

use super::scope::{Definition, Scope};

/// Adds the event entities of every resource, unless the API defines one of that name itself.
pub fn define(scope: &mut Scope<'_>, problems: &mut Problems) {
    let api = scope.api;
    for (path, resource) in api.content.resources.iter() {
        for change in &resource.events {
            if read_change(change).is_none() {
                let key = format!("resources.{path}.events");
                problems.add(&api.file, key, format!("`{change}` is not a kind of event"));
                continue;
            }
            define_event(scope, path, resource, change);
        }
    }
}

fn define_event(scope: &mut Scope<'_>, path: &str, resource: &ResourceSource, change: &str) {
    let entity = entity_name(path, resource);
    let event = event_type(path, resource, change);
    let shape = scope.events();
    let payload = match shape.short_payload.iter().any(|short| short == change) {
        true => format!("{entity}{change}Payload"),
        false => format!("{event}Payload"),
    };
    let mut attributes = Ordered::default();
    if let Some(extra) = shape.attributes.get(change) {
        for (name, text) in extra.iter() {
            attributes.put(name, text.clone());
        }
    }
    attributes.put(
        shape.holder.as_deref().unwrap_or("event"),
        format!("{payload} | The {} concerned.", resource.label),
    );
    let event_source = EntitySource {
        about: Some(event_text(&resource.label, change)),
        extends: shape.extends.clone(),
        with: shape.with.clone(),
        attributes,
        ..EntitySource::default()
    };
    let mut carried = Ordered::default();
    let text = format!("{entity} | {}", carried_text(&resource.label, change));
    carried.put(path, text);
    let payload_source = EntitySource {
        about: Some(format!(
            "Carries the {} that an event is about.",
            resource.label
        )),
        attributes: carried,
        ..EntitySource::default()
    };
    add(scope, &event, event_source);
    add(scope, &payload, payload_source);
}

fn add(scope: &mut Scope<'_>, name: &str, source: EntitySource) {
    let file = scope.api.file.clone();
    let entry = scope.definitions.entry(name.to_owned());
    let definition = entry.or_insert(Definition {
        source,
        file,
        own: true,
        event: true,
    });
    definition.event = true;
}

fn event_text(label: &str, change: &str) -> String {
    match change {
        "Create" => format!("Announces that {} {label} was created.", article(label)),
        "AttributeValueChange" => {
            format!(
                "Announces that attributes of {} {label} changed.",
                article(label)
            )
        }
        "StateChange" => format!(
            "Announces that {} {label} changed its state.",
            article(label)
        ),
        "StatusChange" => format!(
            "Announces that {} {label} changed its status.",
            article(label)
        ),
        "Resolved" => format!("Announces that {} {label} was resolved.", article(label)),
        "Delete" => format!("Announces that {} {label} was deleted.", article(label)),
        "InformationRequired" => format!(
            "Announces that {} {label} cannot go on before something more is said.",
            article(label)
        ),
        "ErrorMessage" => format!(
            "Announces that an error was added to {} {label}.",
            article(label)
        ),
        "JeopardyAlert" => format!(
            "Announces that what was promised of {} {label} is in danger.",
            article(label)
        ),
        "Jeopardy" => format!(
            "Announces that {} {label} may be late or fail.",
            article(label)
        ),
        "OperatingStatusChange" => format!(
            "Announces that {} {label} began to run or ceased to.",
            article(label)
        ),
        "Cancel" => format!("Announces that {} {label} was cancelled.", article(label)),
        "Failure" => format!("Announces that {} {label} failed.", article(label)),
        "Change" => format!("Announces that {} {label} changed.", article(label)),
        "Milestone" => format!(
            "Announces that {} {label} reached a milestone or missed it.",
            article(label)
        ),
        _ => format!(
            "Announces changes of {} {label} made together in one step.",
            article(label)
        ),
    }
}

fn carried_text(label: &str, change: &str) -> String {
    match change {
        "Delete" => format!("The {label} as it was last."),
        "Create" => format!("The new {label}."),
        _ => format!("The {label} after the change."),
    }
}

/// `a` or `an`, by the first letter.
pub fn article(label: &str) -> &'static str {
    match label.starts_with(['a', 'e', 'i', 'o', 'u']) {
        true => "an",
        false => "a",
    }
}

/// Reads a change as the model writes it, for example `StateChange`.
pub fn read_change(text: &str) -> Option<Change> {
    let mut letters = text.chars();
    let first = letters.next()?.to_ascii_lowercase();
    Change::parse(&format!("{first}{}", letters.as_str()))
}

/// The entity of a resource.
pub fn entity_name(path: &str, resource: &ResourceSource) -> String {
    resource.entity.clone().unwrap_or_else(|| upper_first(path))
}

/// The event type of a change, for example `CategoryCreateEvent`.
pub fn event_type(path: &str, resource: &ResourceSource, change: &str) -> String {
    format!("{}{change}Event", entity_name(path, resource))
}

fn upper_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
        None => String::new(),
    }
}
