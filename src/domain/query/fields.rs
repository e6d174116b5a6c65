//! `fields`: which attributes a representation holds (TMF630 part 1, 4.3).

use serde_json::{Map, Value};

use super::parameter::Parameter;
use crate::domain::problem::{Code, Outcome, Problem};

/// Kept whatever is asked for: without them a client cannot tell what it got, and TM Forum's
/// conformance kits check all three.
const ALWAYS: [&str; 3] = ["id", "href", "@type"];
/// Entries of one request.
const MAX_ENTRIES: usize = 200;
/// Names in one entry.
const MAX_DEPTH: usize = 16;

/// The attributes asked for.
///
/// A name that the resource does not have is not an error: extension attributes are announced by
/// `@type` and `@schemaLocation` of each document and cannot be known when the request is read, and
/// asking for something that a document lacks is an everyday case that must leave it out anyway. A
/// mistyped name therefore shows as an absent attribute. Filters are stricter, because a mistyped
/// filter would silently return the wrong set.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Fields {
    /// The full representation.
    #[default]
    All,
    /// `fields=none`: identification only.
    None,
    Only(Tree),
}

/// Names and what is asked for below each; nothing below means all of it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Tree(Vec<(String, Tree)>);

impl Fields {
    /// Adds one `fields` parameter; repeated ones add up.
    pub(super) fn add(&mut self, parameter: &Parameter) -> Outcome<()> {
        let text = parameter.value.as_str();
        if text.contains(['[', '(', '?', '$']) {
            return Err(Problem::at(
                Code::NotImplemented,
                "fields",
                "JSONPath is not supported in fields",
            ));
        }
        for (count, name) in entries(text).enumerate() {
            if count >= MAX_ENTRIES {
                return Err(parameter.refuse(format!("more than {MAX_ENTRIES} entries")));
            }
            self.add_name(name)
                .map_err(|message| parameter.refuse(message))?;
        }
        Ok(())
    }

    fn add_name(&mut self, name: &str) -> Result<(), String> {
        if name == "none" {
            if *self == Fields::All {
                *self = Fields::None;
            }
            return Ok(());
        }
        if name.split('.').count() > MAX_DEPTH || name.split('.').any(str::is_empty) {
            return Err(format!("'{}' is not a name", super::raw::shown(name)));
        }
        if !matches!(self, Fields::Only(_)) {
            *self = Fields::Only(Tree::default());
        }
        if let Fields::Only(tree) = self {
            tree.add(name);
        }
        Ok(())
    }

    /// Leaves what was asked for, and always `id`, `href` and `@type`, of a rendered document (or
    /// of each document of an array). Names are those of the version it was rendered for.
    pub fn apply(&self, doc: Value) -> Value {
        self.apply_keeping(doc, &ALWAYS)
    }

    pub(super) fn apply_keeping(&self, doc: Value, always: &[&str]) -> Value {
        let none = Tree::default();
        let tree = match self {
            Fields::All => return doc,
            Fields::None => &none,
            Fields::Only(tree) => tree,
        };
        match doc {
            Value::Array(items) => items
                .into_iter()
                .map(|item| self.apply_keeping(item, always))
                .collect(),
            Value::Object(members) => Value::Object(tree.keep(members, always)),
            other => other,
        }
    }

    /// True when the attribute is asked for at least in part.
    pub fn includes(&self, name: &str) -> bool {
        match self {
            Fields::All => true,
            Fields::None => ALWAYS.contains(&name),
            Fields::Only(tree) => ALWAYS.contains(&name) || tree.below(name).is_some(),
        }
    }
}

/// The entries of a `fields` parameter.
pub(super) fn entries(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|n| !n.is_empty())
}

impl Tree {
    /// What is asked for below a name; none when the name is not asked for.
    pub fn below(&self, name: &str) -> Option<&Tree> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, t)| t)
    }

    /// True when all of it is asked for.
    pub fn is_whole(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn add(&mut self, path: &str) {
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(rest)),
            None => (path, None),
        };
        let known = self.0.iter().position(|(n, _)| n == name);
        match (known.and_then(|at| self.0.get_mut(at)), rest) {
            (Some((_, below)), None) => *below = Tree::default(),
            // Nothing below an entry that is there already means that all of it was asked for.
            (Some((_, below)), Some(rest)) if !below.0.is_empty() => below.add(rest),
            (Some(_), Some(_)) => {}
            (None, rest) => {
                let mut below = Tree::default();
                if let Some(rest) = rest {
                    below.add(rest);
                }
                self.0.push((name.to_owned(), below));
            }
        }
    }

    fn keep(&self, members: Map<String, Value>, always: &[&str]) -> Map<String, Value> {
        members
            .into_iter()
            .filter_map(|(name, value)| {
                if always.contains(&name.as_str()) {
                    return Some((name, value));
                }
                let below = self.below(&name)?;
                Some((name, below.prune(value)))
            })
            .collect()
    }

    /// Leaves what is asked for.
    pub fn prune(&self, value: Value) -> Value {
        if self.is_whole() {
            return value;
        }
        match value {
            Value::Array(items) => items.into_iter().map(|item| self.prune(item)).collect(),
            Value::Object(members) => Value::Object(self.keep(members, &[])),
            other => other,
        }
    }
}
