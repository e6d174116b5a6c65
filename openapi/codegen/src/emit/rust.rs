//! The descriptor tables as Rust statics: plain data, no logic.
//!
//! Each API version is a module of a few files. Attributes that several entities of a version write
//! alike are statics in `attributes.rs`, which keeps the tables short enough to be reviewed.

use std::collections::BTreeMap;

use crate::model::{Api, Entity, Model};

use super::rust_literals::{string, strings, version};
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
pub(super) struct Writer<'a> {
    pub(super) api: &'a Api,
    /// The module of the newest version, when this is not it.
    pub(super) newer: Option<(&'a Api, BTreeMap<String, String>)>,
    pub(super) entity_names: BTreeMap<String, String>,
    pub(super) enum_names: BTreeMap<String, String>,
    /// Constants for attributes written more than once: source of the attribute to name.
    pub(super) shared: BTreeMap<String, String>,
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

    pub(super) fn title(&self) -> String {
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

    pub(super) fn references<'n>(
        &self,
        prefix: &str,
        items: impl Iterator<Item = &'n String>,
        write: impl Fn(&str) -> String,
    ) -> String {
        let items: Vec<String> = items.map(|n| format!("{prefix}{}", write(n))).collect();
        items.join(", ")
    }
}
