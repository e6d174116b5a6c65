//! A decomposition rule, compiled: expressions parsed, patterns built, numbers read.

use std::collections::HashMap;

use regex::Regex;
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::expression::{Datum, Expression, Path};
use crate::domain::clock::Micros;
use crate::ordering::order::Action;
use crate::ordering::plan::validate::Need;
use crate::ordering::plan::{Compensation, NodeKind, PointOfNoReturn};

/// A decomposition rule.
#[derive(Clone, Debug)]
pub struct Rule {
    pub id: String,
    pub version: String,
    pub name: String,
    /// `Active` or `Launched`.
    pub is_active: bool,
    /// `validFor`: from when, until when (not included).
    pub from: Option<Micros>,
    pub until: Option<Micros>,
    /// Small numbers first.
    pub priority: i64,
    /// Of the rules that share it only the first that applies is used.
    pub exclusive_group: Option<String>,
    pub when: When,
    pub requires: Vec<Requirement>,
    /// What the catalog's own references would make is not made.
    pub replaces: bool,
    pub produce: Vec<Output>,
    /// `ID VERSION`, for explanations.
    pub label: String,
}

/// What a rule is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Item,
    Service,
    Resource,
}

/// When a rule applies.
#[derive(Clone, Debug, Default)]
pub struct When {
    pub products: Vec<String>,
    pub services: Vec<String>,
    pub resources: Vec<String>,
    pub offerings: Vec<String>,
    pub categories: Vec<String>,
    /// All but `noChange` when empty.
    pub actions: Vec<Action>,
    pub tests: Vec<Test>,
}

impl When {
    pub fn subject(&self) -> Subject {
        match (self.services.is_empty(), self.resources.is_empty()) {
            (false, _) => Subject::Service,
            (true, false) => Subject::Resource,
            (true, true) => Subject::Item,
        }
    }
}

/// A condition on one value; all checks must hold.
#[derive(Clone, Debug)]
pub struct Test {
    pub what: Tested,
    pub checks: Vec<Check>,
}

/// What is tested.
#[derive(Clone, Debug)]
pub enum Tested {
    Characteristic(String),
    /// An attribute of a place, of that role where one is named.
    Place {
        role: Option<String>,
        attribute: Vec<String>,
    },
    /// Holds when it is true; it has no checks.
    Expression(Expression),
}

/// How a value is tested.
#[derive(Clone, Debug)]
pub enum Check {
    In(Vec<Datum<'static>>),
    NotIn(Vec<Datum<'static>>),
    AtLeast(Decimal),
    AtMost(Decimal),
    Present(bool),
    Matches(Regex),
}

/// Information without which the order waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    pub need: Need,
    pub message: Option<String>,
    /// For which actions; `add` unless stated.
    pub actions: Vec<Action>,
}

/// Something that a rule produces.
#[derive(Clone, Debug)]
pub struct Output {
    /// Unique in its rule; part of the key of the node.
    pub name: String,
    pub kind: OutputKind,
    /// Id of the service or resource specification.
    pub specification: Option<String>,
    /// What people call it.
    pub label: Option<String>,
    pub tests: Vec<Test>,
    pub on_add: Reaction,
    pub on_modify: Reaction,
    pub on_delete: Reaction,
    pub target: Option<String>,
    /// Characteristics that the specification declares and the product has are copied too.
    pub copies_matching: bool,
    pub mappings: Vec<Mapping>,
    /// Names of outputs or specifications that must be completed before.
    pub after: Vec<String>,
    pub compensation: Compensation,
    pub point_of_no_return: Option<PointOfNoReturn>,
    /// In seconds.
    pub timeout: Option<u64>,
    pub milestone: Option<String>,
    pub supplies: Vec<String>,
    pub parameters: Map<String, Value>,
    /// Does not wait for other items.
    pub is_early: bool,
}

/// What an output becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputKind {
    Node(NodeKind),
    /// The named service is decomposed further.
    Service,
}

/// What an output does when its work is wanted newly, differently or no longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    Add,
    /// Only what changed.
    Modify,
    Delete,
    /// A new one is added, what depends on it changes, and the old one is deleted.
    Replace,
    Ignore,
}

/// A characteristic of a node and where its value comes from.
#[derive(Clone, Debug)]
pub struct Mapping {
    pub name: String,
    pub from: From,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum From {
    Copy(Path),
    Constant(Value),
    Expression(Expression),
    Lookup {
        by: Expression,
        table: HashMap<String, Value>,
        otherwise: Option<Value>,
    },
    /// A result of another output of the same item.
    Result {
        node: String,
        name: String,
    },
}
