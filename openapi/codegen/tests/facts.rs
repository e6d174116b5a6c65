//! The model agrees with the facts of the standard: names, types, cardinalities, required sets,
//! forms, enums, events, paths and statuses.
//!
//! The facts are not part of the repository. Set `TOLLGATE_FACTS` to their folder, or keep them at
//! `../shared/tmf/facts` beside it; without them the test says so and checks nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::too_many_lines,
    reason = "helpers of tests fail by panicking, as the tests do"
)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use codegen::domain::descriptor::{Answer, Scalar, Verb};
use codegen::model::{Api, Attribute, Entity, Kind, Operation};
use serde_yaml_ng::Value;

/// Differences on purpose: the API version, and what stands in the names of the paths, entities and enums
/// concerned. `conformance/deviations.yaml` gives the reasons.
const EXPLAINED: [(&str, &str); 4] = [
    ("TMF633 v4", "importJob"),
    ("TMF633 v4", "exportJob"),
    ("TMF633 v4", "Job"),
    ("TMF641 v5", "ServiceOrderItemStateType"),
];

#[test]
fn the_model_agrees_with_the_facts() {
    let Some(folder) = facts_folder() else {
        // Written past the test harness, which would swallow the words of a test that passes.
        let said = "SKIPPED the comparison with the standard: no facts, set TOLLGATE_FACTS";
        writeln!(std::io::stderr(), "{said}").expect("standard error");
        return;
    };
    let model = support::model();
    let mut compared = 0;
    let mut differences = Vec::new();
    // No standard has our own resources.
    for api in model.apis.iter().filter(|api| api.id.starts_with("TMF")) {
        let Some(file) = facts_file(&folder, api) else {
            differences.push(format!("{} {}: no facts file", api.id, api.version));
            continue;
        };
        let text = std::fs::read_to_string(&file).expect("facts file");
        let facts: Value = serde_yaml_ng::from_str(&text).expect("facts are YAML");
        let mut comparer = Comparer {
            api,
            facts: &facts,
            differences: Vec::new(),
        };
        comparer.compare();
        let label = format!("{} {}", api.id, api.version);
        differences.extend(comparer.differences.iter().map(|d| format!("{label}: {d}")));
        compared += 1;
    }
    assert!(compared > 0, "nothing was compared");
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

fn facts_folder() -> Option<PathBuf> {
    let named = std::env::var_os("TOLLGATE_FACTS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| support::repository().join("../shared/tmf/facts"));
    folder.is_dir().then_some(folder)
}

fn facts_file(folder: &Path, api: &Api) -> Option<PathBuf> {
    let end = format!("-v{}.yaml", api.edition);
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|e| e.path());
    entries.into_iter().find(|path| {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
        name.starts_with(&format!("{}-", api.id)) && name.ends_with(&end)
    })
}

struct Comparer<'a> {
    api: &'a Api,
    facts: &'a Value,
    differences: Vec<String>,
}

impl Comparer<'_> {
    fn compare(&mut self) {
        self.header();
        self.operations();
        self.listeners();
        self.enums();
        let facts = self.names("entities");
        let facts = self.without_explained(facts);
        let ours = self.api.entities.values().filter(|e| !e.extension);
        let ours: BTreeSet<String> = ours.map(|e| e.name.clone()).collect();
        self.equal("entities", &facts, &ours);
        for name in facts.intersection(&ours) {
            self.entity(name);
        }
    }

    /// Leaves out what an explained difference is about.
    fn without_explained(&self, names: BTreeSet<String>) -> BTreeSet<String> {
        let keep = |name: &String| !self.is_explained(name);
        names.into_iter().filter(keep).collect()
    }

    fn is_explained(&self, name: &str) -> bool {
        let api = format!("{} {}", self.api.id, self.api.version);
        let explains = |(of, what): &(&str, &str)| *of == api && name.contains(what);
        EXPLAINED.iter().any(explains)
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, what: &str, facts: &T, ours: &T) {
        if facts != ours {
            self.differences
                .push(format!("{what}:\n    facts {facts:?}\n    model {ours:?}"));
        }
    }

    fn names(&self, key: &str) -> BTreeSet<String> {
        let map = self.facts[key].as_mapping().expect("a map");
        map.keys().map(text).collect()
    }

    fn header(&mut self) {
        self.equal("title", &text(&self.facts["title"]), &self.api.title);
        if let Some(path) = self.facts["basePath"].as_str() {
            let path = path.trim_end_matches('/').to_owned();
            self.equal("basePath", &path, &self.api.base_paths[0]);
        }
    }

    fn enums(&mut self) {
        let facts: BTreeMap<String, Vec<String>> = self.facts["enums"]
            .as_mapping()
            .expect("a map")
            .iter()
            .map(|(name, values)| (text(name), list(values)))
            .collect();
        let ours = self.api.enums.iter().filter(|(_, e)| !e.extension);
        let ours = ours.map(|(n, e)| (n.clone(), e.values.clone())).collect();
        let kept = |mut all: BTreeMap<String, Vec<String>>| {
            all.retain(|name, _| !self.is_explained(name));
            all
        };
        let (facts, ours) = (kept(facts), kept(ours));
        self.equal("enums", &facts, &ours);
    }

    fn listeners(&mut self) {
        let facts: BTreeSet<String> = list(&self.facts["listeners"]).into_iter().collect();
        let ours = self.api.listeners.iter().map(|l| l.path.clone()).collect();
        self.equal("listeners", &facts, &ours);
    }

    fn operations(&mut self) {
        let mut facts = BTreeMap::new();
        for fact in self.facts["operations"].as_sequence().expect("a list") {
            facts.insert(text(&fact["op"]), fact_operation(fact));
        }
        let mut ours = BTreeMap::new();
        for resource in &self.api.resources {
            let entity = &self.api.entities[&resource.entity];
            for operation in &resource.operations {
                let (key, row) = self.row(&resource.path, entity, entity, operation);
                ours.insert(key, row);
            }
        }
        let hub = &self.api.hub;
        let (read, sent) = (
            &self.api.entities[&hub.entity],
            &self.api.entities[&hub.create],
        );
        for operation in &hub.operations {
            let (key, row) = self.row("hub", read, sent, operation);
            ours.insert(key, row);
        }
        let keys = |rows: &BTreeMap<String, Row>| rows.keys().cloned().collect::<BTreeSet<_>>();
        let expected = self.without_explained(keys(&facts));
        self.equal("paths", &expected, &keys(&ours));
        for (key, fact) in &facts {
            if let Some(own) = ours.get(key) {
                self.equal(key, fact, own);
            }
        }
    }

    fn row(
        &self,
        path: &str,
        read: &Entity,
        sent: &Entity,
        operation: &Operation,
    ) -> (String, Row) {
        let method = match operation.verb {
            Verb::List | Verb::Retrieve => "GET",
            Verb::Create => "POST",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        };
        let key = match operation.verb {
            Verb::List | Verb::Create => format!("{method} /{path}"),
            _ => format!("{method} /{path}/{{id}}"),
        };
        let body = match operation.verb {
            Verb::Create if sent.create_form => {
                Some(format!("{}{}", sent.name, self.api.version.create_suffix()))
            }
            Verb::Create => Some(sent.name.clone()),
            Verb::Patch => Some(format!("{}{}", sent.name, self.api.version.patch_suffix())),
            _ => None,
        };
        let answer = |answer: Answer| match answer {
            Answer::Empty => "-".to_owned(),
            Answer::One => read.name.clone(),
            Answer::Many => format!("{}[]", read.name),
        };
        let row = Row {
            query: operation.query.iter().cloned().collect(),
            body,
            media: operation.media.clone(),
            ok: operation
                .ok
                .iter()
                .map(|(s, a)| (s.to_string(), answer(*a)))
                .collect(),
            errors: operation.errors.iter().cloned().collect(),
        };
        (key, row)
    }

    fn entity(&mut self, name: &str) {
        let fact = &self.facts["entities"][name];
        let ours = &self.api.entities[name];
        let label = |what: &str| format!("{name}.{what}");
        let own: BTreeSet<String> = list(&fact["extends"]).into_iter().collect();
        self.equal(
            &label("extends"),
            &own,
            &ours.extends.iter().cloned().collect(),
        );
        let fact_attributes = self.fact_attributes(name);
        let our_attributes: BTreeMap<String, String> = ours
            .attributes
            .iter()
            .filter(|a| !a.extension)
            .map(|a| (a.name.clone(), self.type_text(a)))
            .collect();
        self.equal(&label("attributes"), &fact_attributes, &our_attributes);
        let array = fact["arrayOf"].as_str().map(str::to_owned);
        self.equal(&label("arrayOf"), &array, &ours.array_of);
        self.subtypes(name, fact, ours);
        self.defaults(name, fact, ours);
        self.forms(name, fact, ours);
    }

    fn subtypes(&mut self, name: &str, fact: &Value, ours: &Entity) {
        let facts: BTreeSet<String> = list(&fact["subtypes"]).into_iter().collect();
        let mapped = ours
            .subtypes
            .iter()
            .filter(|s| !ours.unmapped_subtypes.contains(s));
        self.equal(
            &format!("{name}.subtypes"),
            &facts,
            &mapped.cloned().collect(),
        );
        let union = fact.get("oneOf").is_some();
        self.equal(&format!("{name}.oneOf"), &union, &ours.union);
    }

    fn defaults(&mut self, name: &str, fact: &Value, ours: &Entity) {
        let mut facts = BTreeMap::new();
        for (attribute, value) in fact["defaults"].as_mapping().into_iter().flatten() {
            let json = serde_json::to_string(value).expect("JSON");
            facts.insert(text(attribute), json);
        }
        let set = ours.attributes.iter();
        let set = set.filter_map(|a| Some((a.name.clone(), a.default.clone()?)));
        self.equal(&format!("{name}.defaults"), &facts, &set.collect());
    }

    fn forms(&mut self, name: &str, fact: &Value, ours: &Entity) {
        let collect = |keep: &dyn Fn(&Attribute) -> bool| -> BTreeSet<String> {
            let standard = ours.attributes.iter().filter(|a| !a.extension);
            let kept = standard.filter(|a| keep(a));
            kept.map(|a| a.name.clone()).collect()
        };
        let read = self.declared(name, &fact["required"]);
        self.equal(
            &format!("{name}.required"),
            &read,
            &collect(&|a| a.required),
        );
        let create = (
            ours.create_form,
            collect(&|a| a.required_on_create),
            collect(&|a| !a.settable),
        );
        let patch = (
            ours.patch_form,
            collect(&|a| a.required_on_patch),
            collect(&|a| !a.patchable),
        );
        for (key, (has_form, required, without)) in [("create", create), ("patch", patch)] {
            let Some(form) = fact.get(key) else {
                // No entry: either no such form, or one that requires and holds what is read.
                if has_form {
                    self.equal(&format!("{name}.{key}.required"), &read, &required);
                    self.equal(&format!("{name}.{key}.without"), &BTreeSet::new(), &without);
                }
                continue;
            };
            self.equal(&format!("{name}.{key}"), &true, &has_form);
            let absent: BTreeSet<String> = list(&form["without"]).into_iter().collect();
            let mut expected = match form.get("required") {
                Some(names) => self.declared(name, names),
                None => read.clone(),
            };
            // Another slip of the standard: a form requires what it does not have.
            expected.retain(|name| !absent.contains(name));
            self.equal(&format!("{name}.{key}.required"), &expected, &required);
            self.equal(&format!("{name}.{key}.without"), &absent, &without);
        }
    }

    /// What a fact requires, less slips of the standard: names of attributes that there are not.
    fn declared(&self, name: &str, required: &Value) -> BTreeSet<String> {
        let known = self.fact_attributes(name);
        let names = list(required).into_iter();
        names.filter(|name| known.contains_key(name)).collect()
    }

    /// Attributes of a fact with those of its parents.
    fn fact_attributes(&self, name: &str) -> BTreeMap<String, String> {
        let fact = &self.facts["entities"][name];
        let mut all = BTreeMap::new();
        for parent in list(&fact["extends"]) {
            all.extend(self.fact_attributes(&parent));
        }
        for (attribute, kind) in fact["attributes"].as_mapping().expect("attributes") {
            all.insert(text(attribute), text(kind));
        }
        all
    }

    fn type_text(&self, attribute: &Attribute) -> String {
        let item = match &attribute.kind {
            Kind::Scalar(scalar) => scalar_text(*scalar).to_owned(),
            Kind::Enum(name) | Kind::Entity(name) => name.clone(),
            Kind::InlineEnum(values) => format!("enum({})", values.join("|")),
            Kind::Any if self.api.entities.contains_key("Any") => "Any".to_owned(),
            Kind::Any => "any".to_owned(),
            Kind::Object => "object".to_owned(),
            Kind::Map => "object(*)".to_owned(),
        };
        match attribute.many {
            true => format!("{item}[]"),
            false => item,
        }
    }
}

#[derive(Debug, PartialEq)]
struct Row {
    query: BTreeSet<String>,
    body: Option<String>,
    media: Vec<String>,
    ok: BTreeMap<String, String>,
    errors: BTreeSet<String>,
}

fn fact_operation(fact: &Value) -> Row {
    let body = fact["body"].as_str().map(str::to_owned);
    let media = match (fact.get("media"), &body) {
        (Some(media), _) => list(media),
        (None, Some(_)) => vec!["application/json".to_owned()],
        (None, None) => Vec::new(),
    };
    let ok = fact["ok"].as_mapping().expect("ok").iter();
    Row {
        query: list(&fact["query"]).into_iter().collect(),
        body,
        media,
        ok: ok
            .map(|(status, kind)| (text(status), text(kind)))
            .collect(),
        errors: list(&fact["errors"]).into_iter().collect(),
    }
}

fn scalar_text(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::String => "string",
        Scalar::DateTime => "string(date-time)",
        Scalar::Date => "string(date)",
        Scalar::Uri => "string(uri)",
        Scalar::Base64 => "string(base64)",
        Scalar::Integer => "integer",
        Scalar::Int32 => "integer(int32)",
        Scalar::Number => "number",
        Scalar::Float => "number(float)",
        Scalar::Boolean => "boolean",
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

fn list(value: &Value) -> Vec<String> {
    value
        .as_sequence()
        .into_iter()
        .flatten()
        .map(text)
        .collect()
}
