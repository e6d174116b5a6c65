//! The rules of a kind of resource, hung on the engine's write path: its states, the values in its
//! documents, its references, and what they make together. Which of them have something to do is
//! worked out from the descriptors and the state machines; only trees and bundles are known by kind.

use std::sync::Arc;

use serde_json::Value;

use super::bundle::{self, Bundling};
use super::lifecycle::States;
use super::plan::{Node, Plan};
use super::reference::{self, Targets};
use super::survey::Survey;
use super::{category, referrers};
use crate::domain::mode::Mode;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Behaviour, Change};
use crate::store::{IdKey, ResourceRow};

/// The rules of one kind.
pub struct KindRules {
    plan: Arc<Plan>,
    machines: Arc<Machines>,
    kind: &'static str,
    states: States,
    references: Mode,
    structure: Structure,
}

/// What resources of a kind make with each other, where a circle would do harm.
enum Structure {
    Loose,
    CategoryTree,
    Bundles(Bundling),
}

impl Structure {
    fn of_kind(kind: &str) -> Self {
        match bundle::of_kind(kind) {
            Some(bundling) => Structure::Bundles(bundling),
            None if kind == "category" => Structure::CategoryTree,
            None => Structure::Loose,
        }
    }
}

impl KindRules {
    /// The rules of a kind by a plan that knows it.
    pub fn new(
        kind: &'static str,
        plan: Arc<Plan>,
        machines: Arc<Machines>,
        references: Mode,
    ) -> Self {
        KindRules {
            states: States::of(kind, &machines),
            plan,
            machines,
            kind,
            references,
            structure: Structure::of_kind(kind),
        }
    }

    fn root(&self) -> Outcome<&Node> {
        self.plan
            .root(self.kind)
            .ok_or_else(|| Problem::internal(format!("no plan for {}", self.kind)))
    }

    /// Values, references and what they make together.
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        let root = self.root()?;
        let Survey {
            mut mentions,
            violations,
        } = Survey::of(&self.plan, root, doc);
        if !violations.is_empty() {
            return Err(Problem::many(Code::InvalidBody, violations));
        }
        if mentions.is_empty() {
            return Ok(());
        }
        let mode = self.references;
        if mode != Mode::Off {
            let targets = Targets::fetch(change, &mut mentions)?;
            let circumstances = reference::Circumstances {
                plan: &self.plan,
                root,
                mode,
                old,
            };
            reference::settle(change, &circumstances, &targets, doc)?;
        }
        match self.structure {
            Structure::Loose => Ok(()),
            Structure::CategoryTree => category::refuse_circle(change, &self.states, old, doc),
            Structure::Bundles(bundling) => {
                bundle::refuse_circle(change, &self.states, bundling, old, doc)
            }
        }
    }
}

impl Behaviour for KindRules {
    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        self.states.begin(change, doc)?;
        self.check(change, None, doc)
    }

    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        self.states.go_on(change, old, doc)?;
        self.check(change, Some(old), doc)
    }

    /// Runs behind the deletion, which on PostgreSQL waits for whoever is just referring to the
    /// resource; looked at before, their references would be missed. A refusal undoes the deletion.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if self.references == Mode::Off {
            return Ok(());
        }
        let key = IdKey {
            tenant: row.tenant,
            kind: row.kind.clone(),
            id: row.id.clone(),
        };
        // References mean the id, which lives on while it has another version.
        if !change.tx.versions(&key)?.is_empty() {
            return Ok(());
        }
        referrers::refuse_while_referenced(change, &self.plan, &self.machines, row)
    }

    fn is_active(&self, state: Option<&str>) -> bool {
        self.states.is_active(state)
    }
}
