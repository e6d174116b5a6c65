//! The descriptor tables as Rust statics: plain data, no logic.
//!
//! Each API version is a module of five files. Attributes that several entities of a version write
//! alike are constants in `attributes.rs`, which keeps the tables short enough to be reviewed.

use std::collections::BTreeMap;

use crate::model::{Api, Attribute, Entity, Kind, Model, Operation, Resource};

use super::rust_literals::{answer, change, optional, scalar, string, strings, verb, version};
use super::{File, NOTE, names};

const FOLDER: &str = "src/api/generated";

/// All Rust files, not yet formatted.
pub fn files(model: &Model) -> Result<Vec<File>, String> {
    let mut files = vec![root(model)];
    for api in &model.apis {
        files.extend(Writer::new(model, api).files());
    }
    Ok(files)
}

fn root(model: &Model) -> File {
    let mut text = format!("// {NOTE}\n\n//! Descriptor tables of every API version.\n\n");
    let mut list = Vec::new();
    for api in &model.apis {
        let module = names::module(api);
        text.push_str(&format!("pub mod {module};\n"));
        list.push(format!("&{module}::API"));
    }
    text.push_str("\nuse crate::domain::descriptor::Api;\n");
    text.push_str("\n/// Every API version that the server knows.\n");
    text.push_str(&format!(
        "pub static APIS: &[&Api] = &[{}];\n",
        list.join(", ")
    ));
    File {
        path: format!("{FOLDER}/mod.rs"),
        text,
    }
}

/// Writes the module of one API version.
struct Writer<'a> {
    api: &'a Api,
    /// The module of the newest version, when this is not it.
    newer: Option<(&'a Api, BTreeMap<String, String>)>,
    entity_names: BTreeMap<String, String>,
    enum_names: BTreeMap<String, String>,
    /// Constants for attributes written more than once: source of the attribute to name.
    shared: BTreeMap<String, String>,
}

impl<'a> Writer<'a> {
    fn new(model: &'a Model, api: &'a Api) -> Self {
        let newer = model
            .apis
            .iter()
            .filter(|a| a.id == api.id && a.version > api.version);
        let newer = newer.max_by_key(|a| a.version);
        let mut writer = Writer {
            api,
            newer: newer.map(|n| (n, names::distinct(n.entities.keys()))),
            entity_names: names::distinct(api.entities.keys()),
            enum_names: names::distinct(api.enums.keys()),
            shared: BTreeMap::new(),
        };
        writer.find_shared();
        writer
    }

    fn find_shared(&mut self) {
        let mut uses: BTreeMap<String, (usize, String)> = BTreeMap::new();
        let mut order = Vec::new();
        for attribute in self.api.entities.values().flat_map(|e| &e.attributes) {
            let source = self.attribute(attribute);
            let entry = uses.entry(source.clone()).or_insert_with(|| {
                order.push(source);
                (0, attribute.name.clone())
            });
            entry.0 += 1;
        }
        let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
        for source in order {
            let Some((count, name)) = uses.get(&source).filter(|(count, _)| *count > 1) else {
                continue;
            };
            debug_assert!(*count > 1);
            let base = names::screaming(name);
            let number = numbers.entry(base.clone()).or_default();
            *number += 1;
            let constant = match number {
                1 => base,
                _ => format!("{base}_{number}"),
            };
            self.shared.insert(source, constant);
        }
    }

    fn files(&self) -> Vec<File> {
        let (events, entities): (Vec<&Entity>, Vec<&Entity>) =
            self.api.entities.values().partition(|e| e.event);
        vec![
            self.file("mod.rs", self.api_text()),
            self.file("attributes.rs", self.attributes_text()),
            self.file("entities.rs", self.entities_text("Entities", &entities)),
            self.file(
                "events.rs",
                self.entities_text("Events and their payloads", &events),
            ),
            self.file("enums.rs", self.enums_text()),
            self.file("resources.rs", self.resources_text()),
        ]
    }

    fn file(&self, name: &str, text: String) -> File {
        File {
            path: format!("{FOLDER}/{}/{name}", names::module(self.api)),
            text: format!("// {NOTE}\n\n{text}"),
        }
    }

    fn title(&self) -> String {
        format!("{} {}", self.api.id, self.api.version)
    }

    fn api_text(&self) -> String {
        let api = self.api;
        let entities = self.references("", self.entity_names.keys(), |n| self.entity(n));
        let enums = self.references("", self.enum_names.keys(), |n| self.enumeration(n));
        let resources: Vec<String> = api
            .resources
            .iter()
            .map(|r| self.resource_name(r))
            .collect();
        let resources = self.references("&resources::", resources.iter(), str::to_owned);
        let listeners: Vec<String> = api
            .listeners
            .iter()
            .map(|l| {
                let entity = self.entity(&l.entity);
                format!("Listener {{ path: {}, entity: {entity} }}", string(&l.path))
            })
            .collect();
        format!(
            "//! {} {}: {}.\n\n\
             pub mod attributes;\npub mod entities;\npub mod enums;\npub mod events;\npub mod resources;\n\n\
             use crate::domain::descriptor::*;\n\n\
             /// Everything the server knows of this API version.\n\
             pub static API: Api = Api {{\n\
             id: {}, version: {}, edition: {}, title: {}, about: {}, base_paths: {},\n\
             resources: &[{resources}],\nentities: &[{entities}],\nenums: &[{enums}],\n\
             hub: Hub {{ entity: {}, create: {}, operations: {}, listener_status: {} }},\n\
             listeners: &[{}],\n}};\n",
            self.title(),
            api.edition,
            api.title,
            string(&api.id),
            version(api.version),
            string(&api.edition),
            string(&api.title),
            string(&api.about),
            strings(&api.base_paths),
            self.entity(&api.hub.entity),
            self.entity(&api.hub.create),
            self.operations(&api.hub.operations),
            api.hub.listener_status,
            listeners.join(",\n"),
        )
    }

    fn references<'n>(
        &self,
        prefix: &str,
        items: impl Iterator<Item = &'n String>,
        write: impl Fn(&str) -> String,
    ) -> String {
        let items: Vec<String> = items.map(|n| format!("{prefix}{}", write(n))).collect();
        items.join(", ")
    }

    fn attributes_text(&self) -> String {
        let mut lines: Vec<(&String, &String)> = self.shared.iter().map(|(s, n)| (n, s)).collect();
        lines.sort();
        let mut text = format!(
            "//! Attributes that several entities of {} have.\n\n\
             use super::{{entities, enums}};\nuse crate::domain::descriptor::*;\n",
            self.title()
        );
        for (name, source) in lines {
            text.push_str(&format!("\npub const {name}: Attribute = {source};\n"));
        }
        if !text.contains("&enums::") {
            text = text.replace("use super::{entities, enums};", "use super::entities;");
        }
        text
    }

    fn entities_text(&self, title: &str, entities: &[&Entity]) -> String {
        let mut body = String::new();
        for entity in entities {
            body.push_str(&self.entity_text(entity));
        }
        let mut uses = String::from("use super::attributes;\n");
        for module in ["entities", "enums", "events"] {
            if body.contains(&format!("&{module}::")) {
                uses.push_str(&format!("use super::{module};\n"));
            }
        }
        if let Some((newer, _)) = &self.newer {
            let module = names::module(newer);
            uses.push_str(&format!("use crate::api::generated::{module};\n"));
        }
        format!(
            "//! {title} of {}, sorted by name.\n\n{uses}use crate::domain::descriptor::*;\n{body}",
            self.title()
        )
    }

    fn entity_text(&self, entity: &Entity) -> String {
        let mut attributes = String::new();
        for attribute in &entity.attributes {
            let source = self.attribute(attribute);
            match self.shared.get(&source) {
                Some(name) => attributes.push_str(&format!("attributes::{name},\n")),
                None => attributes.push_str(&format!("{source},\n")),
            }
        }
        let mut rows = Vec::new();
        if !entity.extends.is_empty() {
            rows.push(format!("extends: {}", strings(&entity.extends)));
        }
        if !entity.subtypes.is_empty() {
            let list = self.references("", entity.subtypes.iter(), |n| self.entity(n));
            rows.push(format!("subtypes: &[{list}]"));
        }
        if !entity.unmapped_subtypes.is_empty() {
            let list = strings(&entity.unmapped_subtypes);
            rows.push(format!("unmapped_subtypes: {list}"));
        }
        for (set, name) in [
            (entity.union, "union"),
            (entity.typed, "typed"),
            (entity.create_form, "has_create_form"),
            (entity.patch_form, "has_patch_form"),
        ] {
            if set {
                rows.push(format!("{name}: true"));
            }
        }
        if let Some(path) = self.canonical(entity) {
            rows.push(format!("canonical: Some({path})"));
        }
        if let Some(item) = &entity.array_of {
            rows.push(format!("array_of: Some({})", self.entity(item)));
        }
        let base = format!(
            "Entity::new({}, {}, &[{attributes}])",
            string(&entity.name),
            string(&entity.about)
        );
        let name = &self.entity_names[&entity.name];
        let value = match rows.is_empty() {
            true => base,
            false => format!("Entity {{ {}, ..{base} }}", rows.join(", ")),
        };
        format!("\npub static {name}: Entity = {value};\n")
    }

    fn canonical(&self, entity: &Entity) -> Option<String> {
        let (newer, names) = self.newer.as_ref()?;
        let target = newer.entities.get(entity.canonical.as_ref()?)?;
        let module = names::module(newer);
        let name = &names[&target.name];
        Some(format!("&{module}::{}::{name}", file_of(target)))
    }

    fn attribute(&self, a: &Attribute) -> String {
        let kind = self.kind(&a.kind);
        let mut text = format!(
            "Attribute::new({}, {kind}, {})",
            string(&a.name),
            string(&a.about)
        );
        if a.many {
            text.push_str(".many()");
        }
        if a.required || a.required_on_create || a.required_on_patch {
            let flags = (a.required, a.required_on_create, a.required_on_patch);
            text.push_str(&format!(".required({}, {}, {})", flags.0, flags.1, flags.2));
        }
        if !a.settable || !a.patchable {
            text.push_str(&format!(".writable({}, {})", a.settable, a.patchable));
        }
        if a.server_supplied {
            text.push_str(".supplied()");
        }
        if a.server_owned {
            text.push_str(".owned()");
        }
        if let Some(json) = &a.default {
            text.push_str(&format!(".or({})", string(json)));
        }
        if let Some(path) = &a.canonical {
            text.push_str(&format!(".stored_at({})", string(path)));
        }
        if a.personal {
            text.push_str(".personal()");
        }
        text
    }

    fn kind(&self, kind: &Kind) -> String {
        match kind {
            Kind::Scalar(s) => format!("Kind::Scalar({})", scalar(*s)),
            Kind::Enum(name) => format!("Kind::Enum({})", self.enumeration(name)),
            Kind::InlineEnum(values) => {
                let values = strings(values);
                format!("Kind::Enum(&Enum {{ name: \"\", about: \"\", values: {values} }})")
            }
            Kind::Entity(name) => format!("Kind::Entity({})", self.entity(name)),
            Kind::Any => "Kind::Any".to_owned(),
            Kind::Object => "Kind::Object".to_owned(),
            Kind::Map => "Kind::Map".to_owned(),
        }
    }

    fn entity(&self, name: &str) -> String {
        let file = self.api.entities.get(name).map_or("entities", file_of);
        format!("&{file}::{}", self.entity_names[name])
    }

    fn enumeration(&self, name: &str) -> String {
        format!("&enums::{}", self.enum_names[name])
    }

    fn enums_text(&self) -> String {
        let mut text = format!(
            "//! Closed sets of values in {}.\n\nuse crate::domain::descriptor::*;\n",
            self.title()
        );
        for (name, source) in &self.api.enums {
            text.push_str(&format!(
                "\npub static {}: Enum = Enum {{ name: {}, about: {}, values: {} }};\n",
                self.enum_names[name],
                string(name),
                string(&source.about),
                strings(&source.values)
            ));
        }
        text
    }

    fn resource_name(&self, resource: &Resource) -> String {
        names::screaming(&resource.path)
    }

    fn resources_text(&self) -> String {
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
                    "Index {{ path: {}, scalar: {}, tallied: {}, target: {} }}",
                    string(&i.path),
                    scalar(i.scalar),
                    i.tallied,
                    optional(i.target.as_ref())
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
             indexes: &[{}],\nevents: &[{}],\n}};\n",
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
            events.join(",\n"),
        )
    }

    fn operations(&self, operations: &[Operation]) -> String {
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

/// File of a module in which an entity stands.
fn file_of(entity: &Entity) -> &'static str {
    match entity.event {
        true => "events",
        false => "entities",
    }
}
