//! Entities and their attributes as statics.

use crate::model::{Attribute, Entity, Kind};

use super::names;
use super::rust::Writer;
use super::rust_literals::{scalar, string, strings};

impl Writer<'_> {
    pub(super) fn attributes_text(&self) -> String {
        let mut lines: Vec<(&String, &String)> = self.shared.iter().map(|(s, n)| (n, s)).collect();
        lines.sort();
        let mut text = format!(
            "//! Attributes that several entities of {} have.\n\n\
             use super::{{entities, enums}};\nuse crate::domain::descriptor::*;\n",
            self.title()
        );
        for (name, source) in lines {
            // A constant is checked through all that it refers to, and entities refer to each other
            // in circles; a static is not.
            text.push_str(&format!("\npub static {name}: Attribute = {source};\n"));
        }
        if !text.contains("&enums::") {
            text = text.replace("use super::{entities, enums};", "use super::entities;");
        }
        text
    }

    pub(super) fn entities_text(&self, title: &str, entities: &[&Entity]) -> String {
        if entities.is_empty() {
            return format!("//! {title} of {}: there are none.\n", self.title());
        }
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
            if body.contains(&format!("&{module}::")) {
                uses.push_str(&format!("use crate::api::generated::{module};\n"));
            }
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
            (entity.extension, "extension"),
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

    pub(super) fn attribute(&self, a: &Attribute) -> String {
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
        if a.extension {
            text.push_str(".extension()");
        }
        text
    }

    fn kind(&self, kind: &Kind) -> String {
        match kind {
            Kind::Scalar(s) => format!("Kind::Scalar({})", scalar(*s)),
            Kind::Enum(name) => format!("Kind::Enum({})", self.enumeration(name)),
            Kind::InlineEnum(values) => {
                let values = strings(values);
                format!(
                    "Kind::Enum(&Enum {{ name: \"\", about: \"\", values: {values}, stored: &[], extension: false }})"
                )
            }
            Kind::Entity(name) => format!("Kind::Entity({})", self.entity(name)),
            Kind::Any => "Kind::Any".to_owned(),
            Kind::Object => "Kind::Object".to_owned(),
            Kind::Map => "Kind::Map".to_owned(),
        }
    }

    pub(super) fn entity(&self, name: &str) -> String {
        let file = self.api.entities.get(name).map_or("entities", file_of);
        format!("&{file}::{}", self.entity_names[name])
    }

    pub(super) fn enumeration(&self, name: &str) -> String {
        format!("&enums::{}", self.enum_names[name])
    }
}

/// File of a module in which an entity stands.
fn file_of(entity: &Entity) -> &'static str {
    match entity.event {
        true => "events",
        false => "entities",
    }
}
