//! Entities of the model: attributes with their types and texts, and the links to the newer version.

use std::collections::BTreeMap;

use crate::attribute_text::parse;
use crate::model::{Attribute, Entity, Enum, Kind};
use crate::problem::Problems;
use crate::source::{EntitySource, EnumSource};

use super::flatten::{Draft, Flattened};
use super::scope::{Definition, Scope};
use super::{paths, reach};

/// All entities that the document lists.
pub fn resolve(scope: &Scope<'_>, problems: &mut Problems) -> BTreeMap<String, Entity> {
    let listed = reach::listed(scope, problems);
    let mut flattened = Flattened::default();
    let mut entities = BTreeMap::new();
    for name in listed {
        let Some(definition) = scope.definition(&name) else {
            continue;
        };
        let drafts = flattened.get(scope, &name, problems);
        let mut maker = Maker {
            scope,
            name: &name,
            definition,
            twin: None,
            problems,
        };
        let entity = maker.entity(drafts);
        entities.insert(name, entity);
    }
    entities
}

/// The enums that the entities use, and those that the API's own file defines.
pub fn enums(
    scope: &Scope<'_>,
    entities: &BTreeMap<String, Entity>,
    problems: &mut Problems,
) -> BTreeMap<String, Enum> {
    let own = scope.api.content.enums.keys();
    let attributes = entities.values().flat_map(|e| &e.attributes);
    let used = attributes.filter_map(|a| match &a.kind {
        Kind::Enum(name) => Some(name.as_str()),
        _ => None,
    });
    let mut enums = BTreeMap::new();
    for name in own.chain(used) {
        if let Some((file, source)) = scope.enumeration_in_file(name) {
            let made = Enum {
                about: source.about.clone(),
                values: source.values.clone(),
                stored: stored_values(scope, name, (file, source), problems),
                extension: source.extension,
            };
            enums.insert(name.to_owned(), made);
        }
    }
    enums
}

/// The values that the newer version spells differently.
fn stored_values(
    scope: &Scope<'_>,
    name: &str,
    (file, source): (&str, &EnumSource),
    problems: &mut Problems,
) -> Vec<(String, String)> {
    let Some(newer) = scope.newer else {
        return Vec::new();
    };
    let known = |value: &String| {
        let newer = newer.enums.get(name);
        newer.is_some_and(|newer| newer.values.contains(value))
    };
    for (value, other) in source.becomes.iter() {
        if !source.values.iter().any(|v| v == value) || !known(other) {
            let key = format!("enums.{name}.becomes.{value}");
            let message = format!(
                "`{value}` and `{other}` must be values here and in {}",
                newer.version
            );
            problems.add(file, key, message);
        }
    }
    let pairs = source.becomes.iter();
    pairs
        .map(|(value, other)| (value.to_owned(), other.clone()))
        .collect()
}

/// The place of an attribute whose content stands in the object itself in the newer version.
const LIFTED: &str = ".";

/// Makes one entity.
struct Maker<'a, 'b> {
    scope: &'a Scope<'b>,
    name: &'a str,
    definition: &'a Definition,
    /// The newer version's entity for the same thing.
    twin: Option<&'b Entity>,
    problems: &'a mut Problems,
}

impl<'b> Maker<'_, 'b> {
    fn entity(&mut self, drafts: Vec<Draft>) -> Entity {
        self.find_twin();
        self.check_names(&drafts);
        let source = &self.definition.source;
        let required = |d: &Draft| d.name == "@type" && d.required_on_create;
        Entity {
            name: self.name.to_owned(),
            about: self.about(),
            extends: source.extends.clone(),
            subtypes: self.subtypes(),
            unmapped_subtypes: source.unmapped_subtypes.clone(),
            union: !source.one_of.is_empty(),
            any: source.any,
            typed: drafts.iter().any(required) && is_extensible(self.scope, self.name),
            canonical: self.twin.map(|t| t.name.clone()),
            array_of: source.array_of.clone(),
            create_form: false,
            patch_form: false,
            event: self.definition.event,
            extension: source.extension,
            attributes: drafts.into_iter().map(|d| self.attribute(d)).collect(),
        }
    }

    fn problem(&mut self, key: &str, message: impl Into<String>) {
        let key = format!("entities.{}.{key}", self.name);
        self.problems.add(&self.definition.file, key, message);
    }

    fn find_twin(&mut self) {
        let Some(newer) = self.scope.newer else {
            return;
        };
        let becomes = self.definition.source.becomes.as_deref();
        self.twin = newer.entities.get(becomes.unwrap_or(self.name));
        // A shared entity may become one that this API's newer version does not have.
        if self.twin.is_none() && becomes.is_some() && self.definition.own {
            let message = format!("{} has no entity of that name", newer.version);
            self.problem("becomes", message);
        }
    }

    fn check_names(&mut self, drafts: &[Draft]) {
        let source = &self.definition.source;
        let lists = [
            ("one_of", &source.one_of),
            ("subtypes", &source.subtypes),
            ("unmapped_subtypes", &source.unmapped_subtypes),
        ];
        let single = source.array_of.iter().map(|n| ("array_of", n));
        let many = lists
            .into_iter()
            .flat_map(|(key, names)| names.iter().map(move |n| (key, n)));
        for (key, name) in many.chain(single) {
            if self.scope.definition(name).is_none() {
                self.problem(key, format!("there is no entity `{name}`"));
            }
        }
        for name in source.renames.keys() {
            if !drafts.iter().any(|d| d.name == name) {
                self.problem("renames", format!("there is no attribute `{name}`"));
            }
        }
        for form in &source.forms {
            if !["create", "patch", "none"].contains(&form.as_str()) {
                self.problem("forms", format!("`{form}` is neither `create` nor `patch`"));
            }
        }
    }

    fn about(&mut self) -> String {
        let own = self.definition.source.about.clone();
        own.or_else(|| self.twin.map(|t| t.about.clone()))
            .or_else(|| self.shared_twin()?.about.clone())
            .unwrap_or_else(|| {
                self.problem("about", "a description is missing");
                String::new()
            })
    }

    /// Every class that `@type` may name here, mapped by the standard or not.
    fn subtypes(&self) -> Vec<String> {
        let source = &self.definition.source;
        let mut all = source.subtypes.clone();
        for name in source.one_of.iter().chain(&source.unmapped_subtypes) {
            if !all.contains(name) {
                all.push(name.clone());
            }
        }
        all
    }

    fn attribute(&mut self, draft: Draft) -> Attribute {
        let kind = self.kind(&draft);
        let canonical = self.canonical(&draft.name);
        let twin = self.attribute_twin(canonical.as_deref().unwrap_or(&draft.name));
        Attribute {
            about: self.attribute_about(&draft, twin, &kind),
            kind,
            canonical,
            many: draft.text.many,
            required: draft.required,
            required_on_create: draft.required_on_create,
            required_on_patch: draft.required_on_patch,
            settable: draft.create,
            patchable: draft.patch,
            server_supplied: false,
            server_owned: false,
            default: draft.text.default,
            personal: draft.personal || twin.is_some_and(|t| t.personal),
            extension: draft.extension,
            name: draft.name,
        }
    }

    /// What APIs of the newest version share for the same thing, where this API does not have it there.
    fn shared_twin(&self) -> Option<&'b EntitySource> {
        if self.twin.is_some() {
            return None;
        }
        let becomes = self.definition.source.becomes.as_deref();
        self.scope.newest_shared(becomes.unwrap_or(self.name))
    }

    /// The text of an attribute there, its own or that of a parent or a member.
    fn shared_text(&self, name: &str) -> Option<String> {
        let mut level = vec![self.shared_twin()?];
        while !level.is_empty() {
            let texts = level
                .iter()
                .filter_map(|entity| entity.attributes.get(name));
            let about = texts.filter_map(|line| parse(line).ok()?.about).next();
            if about.is_some() {
                return about;
            }
            let above: Vec<&String> = level
                .iter()
                .flat_map(|e| [&e.extends, &e.with, &e.one_of])
                .flatten()
                .collect();
            level = above
                .into_iter()
                .filter_map(|name| self.scope.newest_shared(name))
                .collect();
        }
        None
    }

    fn kind(&mut self, draft: &Draft) -> Kind {
        self.scope.kind(&draft.text.type_name).unwrap_or_else(|| {
            let key = format!("attributes.{}", draft.name);
            let message = format!("`{}` is neither a type nor an entity", draft.text.type_name);
            self.problem(&key, message);
            Kind::Any
        })
    }

    fn canonical(&mut self, name: &str) -> Option<String> {
        let path = self.definition.source.renames.get(name)?.clone();
        let (Some(newer), Some(twin)) = (self.scope.newer, self.twin) else {
            return None;
        };
        if path != LIFTED && paths::walk(&newer.entities, &twin.name, &path).is_none() {
            let message = format!("`{path}` is not in {} of {}", twin.name, newer.version);
            self.problem(&format!("renames.{name}"), message);
        }
        // The adapter tells the first of a list from a part by the name.
        let list = path.split_once('.').map(|(list, _)| list);
        let is_list = |list: &str| twin.attribute(list).is_some_and(|a| a.many);
        if list.is_some_and(|list| list != name && is_list(list)) {
            let message = format!("`{path}` is in a list, which must have the name `{name}` too");
            self.problem(&format!("renames.{name}"), message);
        }
        Some(path)
    }

    /// The newer version's attribute at that place.
    fn attribute_twin(&self, place: &str) -> Option<&'b Attribute> {
        let (twin, newer) = self.twin.zip(self.scope.newer)?;
        paths::walk(&newer.entities, &twin.name, place)
    }

    /// The attribute's own text, its twin's, or the glossary's. Only an attribute that is an
    /// entity may do without: the entity says what it is.
    fn attribute_about(&mut self, draft: &Draft, twin: Option<&Attribute>, kind: &Kind) -> String {
        if let Some(own) = &draft.text.about {
            return own.clone();
        }
        if let Some(twin) = twin.filter(|t| !t.about.is_empty()) {
            return twin.about.clone();
        }
        if let Some(text) = self.shared_text(&draft.name) {
            return text;
        }
        if let Some(text) = self.scope.glossary.content.get(&draft.name) {
            return text.clone();
        }
        if !matches!(kind, Kind::Entity(_)) {
            let key = format!("attributes.{}", draft.name);
            self.problem(&key, "a description is missing, here or in the glossary");
        }
        String::new()
    }
}

/// Whether an entity descends from `Extensible`, so that `@type` names its class. (The `@type` of
/// a TargetProductSchema, for example, names another class than its own.)
fn is_extensible(scope: &Scope<'_>, name: &str) -> bool {
    let Some(definition) = scope.definition(name) else {
        return false;
    };
    let mut parents = definition.source.extends.iter();
    name == "Extensible" || parents.any(|p| is_extensible(scope, p))
}
