//! The rules of what a product catalog holds, hung on the engine's write path.

use std::sync::Arc;

use serde_json::Value;

use super::bundle::{self, Bundling};
use super::plan::{Node, Plan};
use super::reference::{self, Targets};
use super::survey::Survey;
use super::{Mode, Policies, category, lifecycle, referrers};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Behaviour, Change};
use crate::store::{IdKey, ResourceRow};

/// The rules of one kind.
pub struct CatalogRules {
    plan: Arc<Plan>,
    kind: &'static str,
    policies: Policies,
    bundling: Option<Bundling>,
    /// The kind stands in a tree.
    tree: bool,
}

impl CatalogRules {
    /// The rules of a kind by a plan that knows it.
    pub fn new(kind: &'static str, plan: Arc<Plan>, policies: Policies) -> Self {
        CatalogRules {
            plan,
            kind,
            policies,
            bundling: bundle::of_kind(kind),
            tree: kind == "category",
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
        let mode = self.policies.references;
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
        if self.tree {
            category::refuse_circle(change, old, doc)?;
        }
        match self.bundling {
            Some(bundling) => bundle::refuse_circle(change, bundling, old, doc),
            None => Ok(()),
        }
    }
}

impl Behaviour for CatalogRules {
    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        lifecycle::begin(change, self.policies.lifecycle, doc)?;
        self.check(change, None, doc)
    }

    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        lifecycle::go_on(change, self.policies.lifecycle, old, doc)?;
        self.check(change, Some(old), doc)
    }

    /// Runs behind the deletion, which on PostgreSQL waits for whoever is just referring to the
    /// resource; looked at before, their references would be missed. A refusal undoes the deletion.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if self.policies.references == Mode::Off {
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
        referrers::refuse_while_referenced(change, &self.plan, row)
    }

    fn is_active(&self, state: Option<&str>) -> bool {
        lifecycle::is_offered(state)
    }
}
