//! What names mean within one API version: its own definitions over the shared ones.

use std::collections::BTreeMap;

use crate::attribute_text::inline_values;
use crate::domain::descriptor::{ApiVersion, Scalar};
use crate::model::{Api, Kind};
use crate::ordered::Ordered;
use crate::problem::Problems;
use crate::source::{
    ApiSource, CommonSource, EntitySource, EnumSource, EventSource, HubSource, Named,
    OperationSource, SharedSource,
};

use super::events;

/// An entity as written, and where.
pub struct Definition {
    pub source: EntitySource,
    pub file: String,
    /// Written in the API's own file, so always in its document.
    pub own: bool,
    /// Made from a resource's list of events.
    pub event: bool,
}

/// Names of one API version.
pub struct Scope<'a> {
    pub version: ApiVersion,
    pub api: &'a Named<ApiSource>,
    pub common: &'a Named<CommonSource>,
    pub glossary: &'a Named<Ordered<String>>,
    /// The newest version of the same API, when this is not it.
    pub newer: Option<&'a Api>,
    /// What APIs of the newest version share, when this is an older one: where entities that the
    /// newer version of the API does not have find their descriptions.
    pub newest: Option<&'a CommonSource>,
    pub definitions: BTreeMap<String, Definition>,
}

impl<'a> Scope<'a> {
    /// Merges the API's definitions into the shared ones and adds the event entities.
    pub fn new(
        version: ApiVersion,
        api: &'a Named<ApiSource>,
        common: &'a Named<CommonSource>,
        glossary: &'a Named<Ordered<String>>,
        (newer, newest): (Option<&'a Api>, Option<&'a CommonSource>),
        problems: &mut Problems,
    ) -> Self {
        let mut scope = Scope {
            version,
            api,
            common,
            glossary,
            newer,
            newest,
            definitions: BTreeMap::new(),
        };
        for (name, source) in common.content.entities.iter() {
            scope.define(name, source.clone(), &common.file, false);
        }
        for shared in &common.content.shared {
            scope.define_shared(shared, problems);
        }
        for (name, source) in api.content.entities.iter() {
            let merged = scope.amended(name, source, problems);
            scope.define(name, merged, &api.file, true);
        }
        events::define(&mut scope, problems);
        scope
    }

    fn define(&mut self, name: &str, source: EntitySource, file: &str, own: bool) {
        let definition = Definition {
            source,
            file: file.to_owned(),
            own,
            event: false,
        };
        self.definitions.insert(name.to_owned(), definition);
    }

    /// Entities of a further shared file; a name that another one has already is a mistake.
    fn define_shared(&mut self, shared: &Named<SharedSource>, problems: &mut Problems) {
        for (name, source) in shared.content.entities.iter() {
            match self.definitions.get(name) {
                Some(known) => {
                    let message = format!("{} defines it already", known.file);
                    problems.add(&shared.file, format!("entities.{name}"), message);
                }
                None => self.define(name, source.clone(), &shared.file, false),
            }
        }
    }

    fn amended(&self, name: &str, change: &EntitySource, problems: &mut Problems) -> EntitySource {
        if !change.amend {
            return change.clone();
        }
        match self.definitions.get(name) {
            Some(shared) => amend(&shared.source, change),
            None => {
                let key = format!("entities.{name}.amend");
                problems.add(&self.api.file, key, "there is no shared entity to amend");
                change.clone()
            }
        }
    }

    /// The newest version's shared entity of that name.
    pub fn newest_shared(&self, name: &str) -> Option<&'a EntitySource> {
        let common = self.newest?;
        let files = std::iter::once(&common.entities)
            .chain(common.shared.iter().map(|file| &file.content.entities));
        files.into_iter().find_map(|entities| entities.get(name))
    }

    /// The definition of that name.
    pub fn definition(&self, name: &str) -> Option<&Definition> {
        self.definitions.get(name)
    }

    /// The enum of that name.
    pub fn enumeration(&self, name: &str) -> Option<&EnumSource> {
        self.enumeration_in_file(name).map(|(_, source)| source)
    }

    /// The enum of that name, and the file that says so.
    pub fn enumeration_in_file(&self, name: &str) -> Option<(&str, &EnumSource)> {
        let common = &self.common.content;
        let further = common.shared.iter();
        let further = further.map(|file| (&file.file, &file.content.enums));
        let own = (&self.api.file, &self.api.content.enums);
        let places = [own, (&self.common.file, &common.enums)].into_iter();
        places
            .chain(further)
            .find_map(|(file, enums)| Some((file.as_str(), enums.get(name)?)))
    }

    /// What a type name stands for; `None` when nothing has that name.
    pub fn kind(&self, type_name: &str) -> Option<Kind> {
        if let Some(definition) = self.definition(type_name) {
            return match definition.source.any {
                true => Some(Kind::Any),
                false => Some(Kind::Entity(type_name.to_owned())),
            };
        }
        if self.enumeration(type_name).is_some() {
            return Some(Kind::Enum(type_name.to_owned()));
        }
        if let Some(values) = inline_values(type_name) {
            return Some(Kind::InlineEnum(values));
        }
        let own = self.api.content.types.get(type_name);
        let alias = own.or_else(|| self.common.content.types.get(type_name));
        basic_kind(alias.map_or(type_name, String::as_str))
    }

    /// How a verb behaves in this API.
    pub fn operation(&self, verb: &str) -> Option<&OperationSource> {
        let own = self.api.content.operations.get(verb);
        own.or_else(|| self.common.content.operations.get(verb))
    }

    /// The hub conventions of this API.
    pub fn hub(&self) -> &HubSource {
        self.api
            .content
            .hub
            .as_ref()
            .unwrap_or(&self.common.content.hub)
    }

    /// From what this API's events are made.
    pub fn events(&self) -> &EventSource {
        let own = self.api.content.events.as_ref();
        own.unwrap_or(&self.common.content.events)
    }
}

fn basic_kind(name: &str) -> Option<Kind> {
    let scalar = match name {
        "string" => Scalar::String,
        "datetime" => Scalar::DateTime,
        "date" => Scalar::Date,
        "uri" => Scalar::Uri,
        "base64" => Scalar::Base64,
        "integer" => Scalar::Integer,
        "int32" => Scalar::Int32,
        "number" => Scalar::Number,
        "float" => Scalar::Float,
        "boolean" => Scalar::Boolean,
        "object" => return Some(Kind::Object),
        "map" => return Some(Kind::Map),
        "any" => return Some(Kind::Any),
        _ => return None,
    };
    Some(Kind::Scalar(scalar))
}

/// The shared entity with the stated parts replaced; attributes are added or replaced one by one.
fn amend(shared: &EntitySource, change: &EntitySource) -> EntitySource {
    let mut merged = shared.clone();
    for (name, text) in change.attributes.iter() {
        merged.attributes.put(name, text.clone());
    }
    for (name, path) in change.renames.iter() {
        merged.renames.put(name, path.clone());
    }
    replace_list(&mut merged.extends, &change.extends);
    replace_list(&mut merged.with, &change.with);
    replace_list(&mut merged.one_of, &change.one_of);
    replace_list(&mut merged.subtypes, &change.subtypes);
    replace_list(&mut merged.unmapped_subtypes, &change.unmapped_subtypes);
    merged.unmapped_subtypes.retain(|name| name != "none");
    replace_list(&mut merged.required, &change.required);
    replace_list(&mut merged.forms, &change.forms);
    replace_list(&mut merged.personal, &change.personal);
    replace_list(&mut merged.extensions, &change.extensions);
    replace(&mut merged.about, &change.about);
    replace(&mut merged.array_of, &change.array_of);
    replace(&mut merged.becomes, &change.becomes);
    amend_forms(&mut merged, change);
    merged
}

/// `write` stands for both forms: it replaces both, and a change of one form leaves the other.
fn amend_forms(merged: &mut EntitySource, change: &EntitySource) {
    if change.write.is_some() {
        merged.write.clone_from(&change.write);
        merged.create.clone_from(&change.create);
        merged.patch.clone_from(&change.patch);
        return;
    }
    if change.create.is_none() && change.patch.is_none() {
        return;
    }
    let both = merged.write.take();
    for (form, own) in [
        (&mut merged.create, &change.create),
        (&mut merged.patch, &change.patch),
    ] {
        if form.is_none() {
            form.clone_from(&both);
        }
        replace(form, own);
    }
}

fn replace_list(target: &mut Vec<String>, change: &[String]) {
    if !change.is_empty() {
        *target = change.to_vec();
    }
}

fn replace<T: Clone>(target: &mut Option<T>, change: &Option<T>) {
    if change.is_some() {
        target.clone_from(change);
    }
}
