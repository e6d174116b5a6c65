//! The comparison itself: every missing, different or extra part of an API description.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::file::{ANY_TYPE, text_of};
use super::shape::{ApiShape, Entity, Form, Operation, base_name, place};

/// What kind of difference was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The facts have it, the document does not.
    Missing,
    /// Both have it, and it is not the same.
    Different,
    /// The document has it, the facts do not, and it is not marked as an extension.
    Extra,
}

/// One difference between the facts and the document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Missing, different or extra.
    pub kind: Kind,
    /// The place, for example `entity Category create required name`.
    pub at: String,
    /// What differs, in the words that a deviations file repeats: `missing`, `extra` or
    /// `expected X, found Y`.
    pub difference: String,
}

/// Lists all differences in a stable order: operations, listeners, enumerations, entities.
pub fn compare(facts: &ApiShape, document: &ApiShape) -> Vec<Difference> {
    let mut found = Findings {
        document,
        list: Vec::new(),
    };
    found.info(facts);
    found.operations(facts);
    found.sets(&facts.listeners, &document.listeners, |name| {
        place::listener(name)
    });
    found.enums(facts);
    found.entities(facts);
    found.list
}

struct Findings<'a> {
    document: &'a ApiShape,
    list: Vec<Difference>,
}

impl Findings<'_> {
    fn missing(&mut self, at: String) {
        self.push(Kind::Missing, at, "missing".to_owned());
    }

    /// Reports something extra, unless the document marks the place as its own addition.
    fn extra(&mut self, at: String) {
        if !self.document.extensions.contains(&at) {
            self.push(Kind::Extra, at, "extra".to_owned());
        }
    }

    fn different(&mut self, at: String, expected: &str, found: &str) {
        if expected != found {
            let text = format!("expected {expected}, found {found}");
            self.push(Kind::Different, at, text);
        }
    }

    fn push(&mut self, kind: Kind, at: String, difference: String) {
        self.list.push(Difference {
            kind,
            at,
            difference,
        });
    }

    fn sets(
        &mut self,
        facts: &BTreeSet<String>,
        document: &BTreeSet<String>,
        at: impl Fn(&str) -> String,
    ) {
        for name in facts.difference(document) {
            self.missing(at(name));
        }
        for name in document.difference(facts) {
            self.extra(at(name));
        }
    }

    fn info(&mut self, facts: &ApiShape) {
        self.different("version".to_owned(), &facts.version, &self.document.version);
        let title = self.document.title.to_lowercase();
        if !title.contains(&facts.title.to_lowercase()) {
            self.different("title".to_owned(), &facts.title, &self.document.title);
        }
        self.base_path(facts);
    }

    /// The standard's servers are host templates or lack their prefix, so only the last two
    /// segments (name and major version) are compared, and only where it states them.
    fn base_path(&mut self, facts: &ApiShape) {
        let expected: Vec<String> = facts.base_paths.iter().map(|path| tail(path)).collect();
        let expected: Vec<&String> = expected.iter().filter(|path| !path.is_empty()).collect();
        let found: Vec<String> = self
            .document
            .base_paths
            .iter()
            .map(|path| tail(path))
            .collect();
        if let Some(first) = expected.first()
            && !expected.iter().any(|path| found.contains(path))
        {
            self.different("base path".to_owned(), first, &found.join(", "));
        }
    }

    fn operations(&mut self, facts: &ApiShape) {
        let document = self.document;
        for (name, expected) in &facts.operations {
            match document.operations.get(name) {
                Some(found) => self.operation(name, expected, found),
                None => self.missing(name.clone()),
            }
        }
        for name in document.operations.keys() {
            if !facts.operations.contains_key(name) {
                self.extra(name.clone());
            }
        }
    }

    fn operation(&mut self, name: &str, expected: &Operation, found: &Operation) {
        self.sets(&expected.query, &found.query, |query| {
            place::query(name, query)
        });
        let body = |operation: &Operation| operation.body.clone().unwrap_or_else(|| "-".to_owned());
        self.different(format!("{name} body"), &body(expected), &body(found));
        self.sets(&expected.media, &found.media, |media| {
            place::media(name, media)
        });
        self.sets(&expected.errors, &found.errors, |status| {
            place::status(name, status)
        });
        for (status, answer) in &expected.ok {
            let at = place::status(name, status);
            match found.ok.get(status) {
                Some(other) => self.different(at, &answered(answer), &answered(other)),
                None => self.missing(at),
            }
        }
        for status in found
            .ok
            .keys()
            .filter(|status| !expected.ok.contains_key(*status))
        {
            self.extra(place::status(name, status));
        }
    }

    fn enums(&mut self, facts: &ApiShape) {
        let document = self.document;
        for (name, values) in &facts.enums {
            let Some(found) = document.enums.get(name) else {
                self.missing(place::enumeration(name));
                continue;
            };
            let (expected, found) = (set(values), set(found));
            // Values are quoted: some have trailing blanks, and those are normative.
            self.sets(&expected, &found, |value| {
                format!("{} value '{value}'", place::enumeration(name))
            });
        }
        for name in document
            .enums
            .keys()
            .filter(|name| !facts.enums.contains_key(*name))
        {
            self.extra(place::enumeration(name));
        }
    }

    fn entities(&mut self, facts: &ApiShape) {
        let document = self.document;
        for (name, expected) in &facts.entities {
            match document.entities.get(name) {
                Some(found) => self.entity(name, expected, found),
                None => self.missing(place::entity(name)),
            }
        }
        for name in document
            .entities
            .keys()
            .filter(|name| !facts.entities.contains_key(*name))
        {
            self.extra(place::entity(name));
        }
    }

    fn entity(&mut self, name: &str, expected: &Entity, found: &Entity) {
        self.form(name, ("", ""), &expected.read, &found.read);
        let forms = [
            ("create", &expected.create, &found.create),
            ("patch", &expected.patch, &found.patch),
            ("response", &expected.response, &found.response),
        ];
        for (form, wanted, given) in forms {
            // Without a form of its own an entity is written as it is read.
            if wanted.is_some() || given.is_some() {
                let wanted = wanted.as_ref().unwrap_or(&expected.read);
                let own = given.as_ref().map_or("", |_| form);
                let given = given.as_ref().unwrap_or(&found.read);
                self.form(name, (form, own), wanted, given);
            }
        }
        if let (Some(wanted), Some(given)) = (&expected.parents, &found.parents) {
            self.sets(wanted, given, |parent| {
                format!("entity {name} extends {parent}")
            });
        }
        let (wanted, given) = (
            others(name, &expected.subtypes),
            others(name, &found.subtypes),
        );
        self.sets(&wanted, &given, |subtype| {
            format!("entity {name} subtype {subtype}")
        });
        self.sets(&expected.one_of, &found.one_of, |option| {
            format!("entity {name} oneOf {option}")
        });
        let list = |entity: &Entity| {
            entity
                .array_of
                .clone()
                .unwrap_or_else(|| "no list".to_owned())
        };
        self.different(
            format!("entity {name} list of"),
            &list(expected),
            &list(found),
        );
    }

    /// Compares a form of an entity. `own` is the form in which the document describes it: that which is
    /// read, where it has none of its own.
    fn form(&mut self, entity: &str, (form, own): (&str, &str), expected: &Form, found: &Form) {
        for (name, kind) in &expected.attributes {
            let at = place::attribute(entity, form, name);
            match found.attributes.get(name) {
                Some(other) if kind != ANY_TYPE => self.different(at, kind, other),
                Some(_) => {}
                None => self.missing(at),
            }
        }
        for name in found
            .attributes
            .keys()
            .filter(|name| !expected.attributes.contains_key(*name))
        {
            let marked = place::attribute(entity, own, name);
            if !self.document.extensions.contains(&marked) {
                self.extra(place::attribute(entity, form, name));
            }
        }
        self.sets(&expected.required, &found.required, |name| {
            place::required(entity, form, name)
        });
        self.defaults(entity, form, &expected.defaults, &found.defaults);
    }

    fn defaults(
        &mut self,
        entity: &str,
        form: &str,
        expected: &BTreeMap<String, Value>,
        found: &BTreeMap<String, Value>,
    ) {
        for (name, value) in expected {
            let at = place::default(entity, form, name);
            match found.get(name) {
                Some(other) => self.different(at, &text_of(value), &text_of(other)),
                None => self.missing(at),
            }
        }
        for name in found.keys().filter(|name| !expected.contains_key(*name)) {
            self.extra(place::default(entity, form, name));
        }
    }
}

/// The type answered, without the suffix of its response form.
fn answered(name: &str) -> String {
    match name.strip_suffix("[]") {
        Some(element) => format!("{}[]", base_name(element)),
        None => base_name(name).to_owned(),
    }
}

fn set(values: &[String]) -> BTreeSet<String> {
    values.iter().cloned().collect()
}

/// A discriminator that knows only the entity itself says nothing.
fn others(name: &str, subtypes: &BTreeSet<String>) -> BTreeSet<String> {
    if subtypes.iter().all(|subtype| subtype == name) {
        return BTreeSet::new();
    }
    subtypes.clone()
}

fn tail(path: &str) -> String {
    let mut last: Vec<&str> = path.trim_matches('/').rsplit('/').take(2).collect();
    last.reverse();
    last.join("/")
}
