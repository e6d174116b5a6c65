//! Resources, operations and enums as statics.

use crate::model::{Operation, Resource};

use super::names;
use super::rust::Writer;
use super::rust_literals::{answer, change, optional, scalar, string, strings, verb, version};

impl Writer<'_> {
    pub(super) fn enums_text(&self) -> String {
        let mut text = format!("//! Closed sets of values in {}.\n", self.title());
        if !self.api.enums.is_empty() {
            text.push_str("\nuse crate::domain::descriptor::*;\n");
        }
        for (name, source) in &self.api.enums {
            let pairs = source.stored.iter();
            let pairs = pairs.map(|(here, there)| format!("({}, {})", string(here), string(there)));
            text.push_str(&format!(
                "\npub static {}: Enum = Enum {{ name: {}, about: {}, values: {}, \
                 stored: &[{}], extension: {} }};\n",
                self.enum_names[name],
                string(name),
                string(&source.about),
                strings(&source.values),
                pairs.collect::<Vec<_>>().join(", "),
                source.extension
            ));
        }
        text
    }

    pub(super) fn resource_name(&self, resource: &Resource) -> String {
        names::screaming(&resource.path)
    }

    pub(super) fn resources_text(&self) -> String {
        let mut text = format!(
            "//! Resources of {}, their operations and events.\n\n\
             use super::entities;\nuse crate::domain::descriptor::*;\n",
            self.title()
        );
        for resource in &self.api.resources {
            text.push_str(&self.resource_text(resource));
        }
        text
    }

    fn resource_text(&self, r: &Resource) -> String {
        let indexes: Vec<String> = r
            .indexes
            .iter()
            .map(|i| {
                format!(
                    "Index {{ path: {}, scalar: {}, tallied: {}, targets: {} }}",
                    string(&i.path),
                    scalar(i.scalar),
                    i.tallied,
                    strings(&i.targets)
                )
            })
            .collect();
        let events: Vec<String> = r
            .events
            .iter()
            .map(|e| {
                let (change, event_type) = (change(e.change), string(&e.event_type));
                format!("Event {{ change: {change}, event_type: {event_type} }}")
            })
            .collect();
        format!(
            "\npub static {}: Resource = Resource {{\n\
             api: {}, version: {}, path: {}, kind: {}, entity: {},\noperations: {},\n\
             versioned: {}, state: {}, created_stamp: {}, updated_stamp: {},\n\
             indexes: &[{}],\nsearch: {}, loose: {},\nevents: &[{}],\n}};\n",
            self.resource_name(r),
            string(&self.api.id),
            version(self.api.version),
            string(&r.path),
            string(&r.kind),
            self.entity(&r.entity),
            self.operations(&r.operations),
            r.versioned,
            optional(r.state.as_ref()),
            optional(r.created_stamp.as_ref()),
            optional(r.updated_stamp.as_ref()),
            indexes.join(",\n"),
            strings(&r.search),
            strings(&r.loose),
            events.join(",\n"),
        )
    }

    pub(super) fn operations(&self, operations: &[Operation]) -> String {
        let rows: Vec<String> = operations
            .iter()
            .map(|o| {
                let ok: Vec<String> = o
                    .ok
                    .iter()
                    .map(|(s, a)| format!("Success {{ status: {s}, body: {} }}", answer(*a)))
                    .collect();
                format!(
                    "Operation {{ verb: {}, id: {}, summary: {}, query: {}, media: {}, ok: &[{}], errors: {} }}",
                    verb(o.verb),
                    string(&o.id),
                    string(&o.summary),
                    strings(&o.query),
                    strings(&o.media),
                    ok.join(", "),
                    strings(&o.errors)
                )
            })
            .collect();
        format!("&[{}]", rows.join(",\n"))
    }
}
