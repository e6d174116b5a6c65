//! What a subscriber is sent: the event document in an API version.
//!
//! The descriptors decide: an event entity that does not declare an attribute does not get it. So
//! `timeOcurred` (spelled so in v4) and `timeOccurred`, `@type` and `fieldPath` appear where the
//! standard has them.

use serde_json::{Map, Value, json};

use super::name::words;
use crate::domain::clock::Micros;
use crate::domain::descriptor::{Api, Change, Entity, Event, Kind, Resource};
use crate::store::{DbResult, EventRow, Session};

/// Turns a stored document into the representation of an API version, with `id` and `href`.
pub trait Render: Send + Sync {
    /// `doc` is the stored form; `version` is empty for resources without versions.
    fn render(&self, resource: &'static Resource, id: &str, version: &str, doc: &str) -> Value;

    /// Adds to the stored document of an event what the resource shows beyond it.
    ///
    /// # Errors
    /// A fault of the store.
    fn complete(
        &self,
        session: &mut dyn Session,
        event: &EventRow,
        doc: String,
    ) -> DbResult<String> {
        let _ = (session, event);
        Ok(doc)
    }
}

/// How an API version announces a change; `None` when it does not.
#[derive(Clone, Copy)]
pub struct Announcement {
    pub api: &'static Api,
    pub resource: &'static Resource,
    pub event: &'static Event,
    pub change: Change,
}

impl Announcement {
    /// Looks an event up in the descriptors of an API version.
    pub fn of(api: &'static Api, row: &EventRow) -> Option<Self> {
        let change = Change::parse(&row.change)?;
        let resource = api.resources.iter().find(|r| r.kind == row.kind)?;
        let event = resource.event(change)?;
        Some(Announcement {
            api,
            resource,
            event,
            change,
        })
    }

    /// The event document. `doc` is the resource at the revision of the event; without it (a later
    /// life of the same id may have replaced it) only what identifies the resource is sent.
    pub fn document(&self, render: &dyn Render, row: &EventRow, doc: Option<&str>) -> Value {
        let entity = self.api.entity(self.event.event_type);
        let declares = |name: &str| entity.is_none_or(|e| e.attribute(name).is_some());
        let at = Micros(row.at).to_rfc3339();
        let text = |value: &str| Some(Value::from(value));
        let holder = holder(entity);
        let attributes = [
            ("eventId", text(&row.event_id)),
            ("eventTime", text(&at)),
            ("eventType", text(self.event.event_type)),
            ("domain", text(self.api.title)),
            ("title", text(&self.title())),
            ("description", text(&self.description(row))),
            ("timeOcurred", text(&at)),
            ("timeOccurred", text(&at)),
            ("fieldPath", self.field_path(row).map(Value::from)),
            ("@type", text(self.event.event_type)),
            ("@baseType", text("Event")),
            (holder, Some(self.subject(render, row, doc))),
        ];
        let document: Map<String, Value> = attributes
            .into_iter()
            .filter(|(name, _)| declares(name))
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        Value::Object(document)
    }

    /// The attribute of the document that holds the resource.
    pub fn holder(&self) -> &'static str {
        holder(self.api.entity(self.event.event_type))
    }

    fn title(&self) -> String {
        let subject = words(self.resource.entity.name);
        match self.change {
            Change::Create => format!("{subject} created"),
            Change::AttributeValueChange => format!("{subject} changed"),
            Change::StateChange => format!("{subject} changed its state"),
            Change::Delete => format!("{subject} deleted"),
            Change::Batch => format!("{subject} changed in a batch"),
            Change::InformationRequired => format!("{subject} needs information"),
            Change::ErrorMessage => format!("{subject} met an error"),
            Change::JeopardyAlert => format!("{subject} is in jeopardy"),
            Change::Milestone => format!("{subject} is at a milestone"),
            Change::Jeopardy => format!("{subject} is in jeopardy"),
            Change::OperatingStatusChange => format!("{subject} changed its operating status"),
            Change::Cancel => format!("{subject} cancelled"),
            Change::Failure => format!("{subject} failed"),
            Change::StatusChange => format!("{subject} changed its status"),
            Change::Resolved => format!("{subject} resolved"),
            Change::Change => format!("{subject} changed"),
        }
    }

    fn description(&self, row: &EventRow) -> String {
        let version = match row.version.as_str() {
            "" => String::new(),
            version => format!(", version {version}"),
        };
        let changed = match self.changed(row).as_slice() {
            [] => String::new(),
            names => format!(": {}", names.join(", ")),
        };
        format!("{} (id {}{version}){changed}", self.title(), row.id)
    }

    /// Paths of the attributes that changed, comma separated as in v4 examples with several.
    fn field_path(&self, row: &EventRow) -> Option<String> {
        let of_attributes = [Change::AttributeValueChange, Change::InformationRequired];
        if !of_attributes.contains(&self.change) {
            return None;
        }
        let names = self.changed(row);
        (!names.is_empty()).then(|| names.join(","))
    }

    /// The attributes that changed, by their names in this version.
    fn changed<'r>(&self, row: &'r EventRow) -> Vec<&'r str> {
        let mut names: Vec<&str> = Vec::new();
        for stored in row.changed.as_deref().unwrap_or_default().split(',') {
            let name = self.name_of(stored.trim());
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    fn name_of<'r>(&self, stored: &'r str) -> &'r str {
        let moved = self.resource.entity.attributes.iter().find(|attribute| {
            attribute
                .canonical
                .is_some_and(|path| path == stored || path.split('.').next() == Some(stored))
        });
        moved.map_or(stored, |attribute| attribute.name)
    }

    /// `{"productOffering": {...}}`. Of something deleted only what identifies it remains.
    fn subject(&self, render: &dyn Render, row: &EventRow, doc: Option<&str>) -> Value {
        let full = render.render(self.resource, &row.id, &row.version, doc.unwrap_or("{}"));
        let asked = self.asked(row);
        let refers = self.refers();
        let shown = if refers && (asked.is_some() || self.change == Change::Delete) {
            self.reference(full)
        } else if self.change == Change::Delete || doc.is_none() {
            identity(full)
        } else {
            full
        };
        let mut subject = Map::new();
        subject.insert(self.key().to_owned(), shown);
        if let Some(asked) = asked {
            subject.insert(ASKED.to_owned(), asked);
        }
        Value::Object(subject)
    }

    /// What is to be supplied, as the JSON patch that would do it; none where the payload has no place
    /// for it.
    fn asked(&self, row: &EventRow) -> Option<Value> {
        self.payload()?.attribute(ASKED)?;
        let path = row.changed.as_deref()?;
        Some(json!({ "op": "add", "path": path }))
    }

    /// Whether the payload declares a reference where others have the resource.
    fn refers(&self) -> bool {
        let payload = self.payload();
        let declared = payload.and_then(|payload| payload.attribute(self.key()));
        match declared.map(|attribute| attribute.kind) {
            Some(Kind::Entity(class)) => !std::ptr::eq(class, self.resource.entity),
            _ => false,
        }
    }

    /// A reference to the resource, of the class that the payload declares.
    fn reference(&self, full: Value) -> Value {
        let mut shown = identity(full);
        let declared = self
            .payload()
            .and_then(|payload| payload.attribute(self.key()));
        if let (Some(Kind::Entity(class)), Some(shown)) = (
            declared.map(|attribute| attribute.kind),
            shown.as_object_mut(),
        ) {
            shown.insert("@type".to_owned(), class.name.into());
            shown.insert("@referredType".to_owned(), self.resource.entity.name.into());
        }
        shown
    }

    /// The class of what the event document holds.
    fn payload(&self) -> Option<&'static Entity> {
        let event = self.api.entity(self.event.event_type)?;
        match event.attribute(self.holder())?.kind {
            Kind::Entity(payload) => Some(payload),
            _ => None,
        }
    }

    /// The name under which the payload holds the resource: the one that the standard declares for its
    /// class (`ServiceOrder` in TMF641 v5), otherwise that of the resource.
    pub fn key(&self) -> &'static str {
        let declared = self.payload().and_then(|payload| {
            payload.attributes.iter().find(|attribute| {
                let holds = |of: &Entity| std::ptr::eq(of, self.resource.entity);
                !attribute.many && matches!(attribute.kind, Kind::Entity(of) if holds(of))
            })
        });
        declared.map_or(self.resource.path, |attribute| attribute.name)
    }
}

/// The attribute of a payload that says what is to be supplied (TMF622 v5).
const ASKED: &str = "informationRequired";

/// TMF666 v4 calls it `payload`, all other documents call it `event`.
fn holder(event: Option<&Entity>) -> &'static str {
    match event {
        Some(entity) if entity.attribute("event").is_none() => "payload",
        _ => "event",
    }
}

fn identity(resource: Value) -> Value {
    const KEPT: [&str; 4] = ["id", "href", "version", "@type"];
    match resource {
        Value::Object(mut attributes) => {
            attributes.retain(|name, _| KEPT.contains(&name.as_str()));
            Value::Object(attributes)
        }
        other => other,
    }
}
