//! Inheritance: the complete list of attributes of an entity, and in which forms each one stands.

use std::collections::BTreeMap;

use crate::attribute_text::{AttributeText, parse};
use crate::problem::Problems;
use crate::source::{EntitySource, FormSource};

use super::scope::Scope;

/// An attribute on its way into the model.
#[derive(Clone, Debug)]
pub struct Draft {
    pub name: String,
    pub text: AttributeText,
    pub create: bool,
    pub patch: bool,
    pub required: bool,
    pub required_on_create: bool,
    pub required_on_patch: bool,
    pub personal: bool,
    pub extension: bool,
}

/// Flattened entities by name, so that each is worked out once.
#[derive(Default)]
pub struct Flattened(BTreeMap<String, Vec<Draft>>);

impl Flattened {
    /// All attributes of an entity, inherited ones first. `via` guards against circular parents.
    pub fn get(&mut self, scope: &Scope<'_>, name: &str, problems: &mut Problems) -> Vec<Draft> {
        self.visit(scope, name, &mut Vec::new(), problems)
    }

    fn visit(
        &mut self,
        scope: &Scope<'_>,
        name: &str,
        via: &mut Vec<String>,
        problems: &mut Problems,
    ) -> Vec<Draft> {
        if let Some(done) = self.0.get(name) {
            return done.clone();
        }
        let Some(definition) = scope.definition(name) else {
            return Vec::new();
        };
        let source = &definition.source;
        let file = definition.file.clone();
        via.push(name.to_owned());
        let mut drafts = Vec::new();
        for (key, parent) in parents(source) {
            let at = format!("entities.{name}.{key}");
            if via.contains(parent) {
                problems.add(&file, at, format!("`{parent}` is its own ancestor"));
            } else if scope.definition(parent).is_none() {
                problems.add(&file, at, format!("there is no entity `{parent}`"));
            } else {
                let inherited = self.visit(scope, parent, via, problems);
                inherit(&mut drafts, inherited);
            }
        }
        via.pop();
        add_own(&mut drafts, name, source, &file, problems);
        let mut marks = Marks {
            drafts: &mut drafts,
            entity: name,
            file: &file,
            problems,
        };
        marks.apply(source);
        self.0.insert(name.to_owned(), drafts.clone());
        drafts
    }
}

fn parents(source: &EntitySource) -> impl Iterator<Item = (&'static str, &String)> {
    let with = source.with.iter().map(|p| ("with", p));
    with.chain(source.extends.iter().map(|p| ("extends", p)))
}

/// An attribute stands in a form when any parent brings it there.
fn inherit(drafts: &mut Vec<Draft>, inherited: Vec<Draft>) {
    for draft in inherited {
        match drafts.iter_mut().find(|d| d.name == draft.name) {
            None => drafts.push(draft),
            Some(present) => {
                present.create |= draft.create;
                present.patch |= draft.patch;
                present.required |= draft.required;
                present.required_on_create |= draft.required_on_create;
                present.required_on_patch |= draft.required_on_patch;
                present.personal |= draft.personal;
                present.extension |= draft.extension;
            }
        }
    }
}

fn add_own(
    drafts: &mut Vec<Draft>,
    entity: &str,
    source: &EntitySource,
    file: &str,
    problems: &mut Problems,
) {
    for (name, line) in source.attributes.iter() {
        let mut text = match parse(line) {
            Ok(text) => text,
            Err(message) => {
                problems.add(
                    file,
                    format!("entities.{entity}.attributes.{name}"),
                    message,
                );
                continue;
            }
        };
        match drafts.iter_mut().find(|d| d.name == name) {
            Some(inherited) => {
                // Written again: back in every form, with the inherited description unless it
                // brings its own.
                text.about = text.about.or_else(|| inherited.text.about.take());
                inherited.text = text;
                inherited.create = true;
                inherited.patch = true;
            }
            None => drafts.push(Draft {
                name: name.to_owned(),
                text,
                create: true,
                patch: true,
                required: false,
                required_on_create: false,
                required_on_patch: false,
                personal: false,
                extension: false,
            }),
        }
    }
}

/// Applies the lists of names that an entity writes beside its attributes.
struct Marks<'a> {
    drafts: &'a mut Vec<Draft>,
    entity: &'a str,
    file: &'a str,
    problems: &'a mut Problems,
}

impl Marks<'_> {
    fn apply(&mut self, source: &EntitySource) {
        let create = self.form("create", source, &source.create);
        let patch = self.form("patch", source, &source.patch);
        self.each("required", &source.required, |d| d.required = true);
        self.each("create.required", &create.required, |d| {
            d.required_on_create = true
        });
        self.each("patch.required", &patch.required, |d| {
            d.required_on_patch = true
        });
        self.each("create.without", &create.without, |d| {
            d.create = false;
            d.required_on_create = false;
        });
        self.each("patch.without", &patch.without, |d| {
            d.patch = false;
            d.required_on_patch = false;
        });
        if source.personal != ["none"] {
            self.each("personal", &source.personal, |d| d.personal = true);
        }
        self.each("extensions", &source.extensions, |d| d.extension = true);
    }

    fn form(&mut self, key: &str, source: &EntitySource, own: &Option<FormSource>) -> Form {
        if own.is_some() && source.write.is_some() {
            let key = format!("entities.{}.{key}", self.entity);
            self.problems.add(self.file, key, "`write` already says it");
        }
        let form = own.as_ref().or(source.write.as_ref());
        let required = form.and_then(|f| f.required.as_ref());
        Form {
            required: required.unwrap_or(&source.required).clone(),
            without: form.map(|f| f.without.clone()).unwrap_or_default(),
        }
    }

    fn each(&mut self, key: &str, names: &[String], mark: impl Fn(&mut Draft)) {
        for name in names {
            match self.drafts.iter_mut().find(|d| d.name == *name) {
                Some(draft) => mark(draft),
                None => {
                    let key = format!("entities.{}.{key}", self.entity);
                    let message = format!("there is no attribute `{name}`");
                    self.problems.add(self.file, key, message);
                }
            }
        }
    }
}

struct Form {
    required: Vec<String>,
    without: Vec<String>,
}
