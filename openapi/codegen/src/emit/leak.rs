//! The model as descriptors, which want everything `'static`: it is leaked, once per run.
//!
//! Entities refer to each other in circles, which cannot be built at run time as plain references.
//! So what an attribute refers to is a stub with the name and the form flags, all that the
//! assembler reads there; the complete entities are those of `Api::entities`.

use std::collections::BTreeMap;

use crate::domain::descriptor as d;
use crate::model::{Api, Attribute, Entity, Kind, Operation, Resource};

/// The descriptor of an API.
pub fn api(api: &Api) -> &'static d::Api {
    let leaker = Leaker::new(api);
    let entities = api.entities.values().map(|e| leaker.entity(e)).collect();
    let enums = leaker.enums.values().copied().collect();
    let resources = api
        .resources
        .iter()
        .map(|r| leaker.resource(api, r))
        .collect();
    let listeners = api.listeners.iter().map(|l| d::Listener {
        path: text(&l.path),
        entity: leaker.complete(&l.entity),
    });
    value(d::Api {
        id: text(&api.id),
        version: api.version,
        edition: text(&api.edition),
        title: text(&api.title),
        about: text(&api.about),
        base_paths: texts(&api.base_paths),
        resources: list(resources),
        entities: list(entities),
        enums: list(enums),
        hub: d::Hub {
            entity: leaker.complete(&api.hub.entity),
            create: leaker.complete(&api.hub.create),
            operations: operations(&api.hub.operations),
            listener_status: api.hub.listener_status,
        },
        listeners: list(listeners.collect()),
    })
}

fn value<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn list<T>(values: Vec<T>) -> &'static [T] {
    values.leak()
}

fn text(text: &str) -> &'static str {
    text.to_owned().leak()
}

fn texts(all: &[String]) -> &'static [&'static str] {
    list(all.iter().map(|t| text(t)).collect())
}

fn optional(value: Option<&String>) -> Option<&'static str> {
    value.map(|v| text(v))
}

fn operations(all: &[Operation]) -> &'static [d::Operation] {
    let made = all.iter().map(|o| d::Operation {
        verb: o.verb,
        id: text(&o.id),
        summary: text(&o.summary),
        query: texts(&o.query),
        media: texts(&o.media),
        ok: list(successes(o)),
        errors: texts(&o.errors),
    });
    list(made.collect())
}

fn successes(operation: &Operation) -> Vec<d::Success> {
    let all = operation.ok.iter();
    let made = all.map(|(status, body)| d::Success {
        status: *status,
        body: *body,
    });
    made.collect()
}

struct Leaker<'a> {
    model: &'a Api,
    stubs: BTreeMap<&'a str, &'static d::Entity>,
    enums: BTreeMap<&'a str, &'static d::Enum>,
}

impl<'a> Leaker<'a> {
    fn new(model: &'a Api) -> Self {
        let stubs = model.entities.values().map(|e| (e.name.as_str(), stub(e)));
        let enums = model.enums.iter().map(|(name, e)| {
            let stored = e.stored.iter().map(|(a, b)| (text(a), text(b)));
            let made = d::Enum {
                name: text(name),
                about: text(&e.about),
                values: texts(&e.values),
                stored: list(stored.collect()),
                extension: e.extension,
            };
            (name.as_str(), value(made))
        });
        Leaker {
            model,
            stubs: stubs.collect(),
            enums: enums.collect(),
        }
    }

    /// The entity of that name with its attributes.
    fn complete(&self, name: &str) -> &'static d::Entity {
        self.entity(&self.model.entities[name])
    }

    fn entity(&self, e: &Entity) -> &'static d::Entity {
        let attributes = e.attributes.iter().map(|a| self.attribute(a)).collect();
        let subtypes = e.subtypes.iter().map(|s| self.stubs[s.as_str()]).collect();
        value(d::Entity {
            attributes: list(attributes),
            subtypes: list(subtypes),
            extends: texts(&e.extends),
            unmapped_subtypes: texts(&e.unmapped_subtypes),
            array_of: e.array_of.as_ref().map(|name| self.stubs[name.as_str()]),
            ..*stub(e)
        })
    }

    fn attribute(&self, a: &Attribute) -> d::Attribute {
        d::Attribute {
            name: text(&a.name),
            about: text(&a.about),
            kind: self.kind(&a.kind),
            many: a.many,
            required: a.required,
            required_on_create: a.required_on_create,
            required_on_patch: a.required_on_patch,
            settable: a.settable,
            patchable: a.patchable,
            server_supplied: a.server_supplied,
            server_owned: a.server_owned,
            default: optional(a.default.as_ref()),
            canonical: optional(a.canonical.as_ref()),
            personal: a.personal,
            extension: a.extension,
        }
    }

    fn kind(&self, kind: &Kind) -> d::Kind {
        match kind {
            Kind::Scalar(scalar) => d::Kind::Scalar(*scalar),
            Kind::Enum(name) => d::Kind::Enum(self.enums[name.as_str()]),
            Kind::InlineEnum(values) => d::Kind::Enum(value(d::Enum {
                name: "",
                about: "",
                values: texts(values),
                stored: &[],
                extension: false,
            })),
            Kind::Entity(name) => d::Kind::Entity(self.stubs[name.as_str()]),
            Kind::Any => d::Kind::Any,
            Kind::Object => d::Kind::Object,
            Kind::Map => d::Kind::Map,
        }
    }

    fn resource(&self, api: &Api, r: &Resource) -> &'static d::Resource {
        let indexes = r.indexes.iter().map(|i| d::Index {
            path: text(&i.path),
            scalar: i.scalar,
            tallied: i.tallied,
            targets: texts(&i.targets),
        });
        let events = r.events.iter().map(|e| d::Event {
            change: e.change,
            event_type: text(&e.event_type),
        });
        value(d::Resource {
            api: text(&api.id),
            version: api.version,
            path: text(&r.path),
            kind: text(&r.kind),
            entity: self.complete(&r.entity),
            operations: operations(&r.operations),
            versioned: r.versioned,
            state: optional(r.state.as_ref()),
            created_stamp: optional(r.created_stamp.as_ref()),
            updated_stamp: optional(r.updated_stamp.as_ref()),
            indexes: list(indexes.collect()),
            search: texts(&r.search),
            loose: texts(&r.loose),
            events: list(events.collect()),
        })
    }
}

/// An entity without what refers to others.
fn stub(e: &Entity) -> &'static d::Entity {
    value(d::Entity {
        union: e.union,
        typed: e.typed,
        extension: e.extension,
        has_create_form: e.create_form,
        has_patch_form: e.patch_form,
        ..d::Entity::new(text(&e.name), text(&e.about), &[])
    })
}
