//! The rules of a kind of resource, hung on the engine's write path: its states, the values in its
//! documents, its references, and what they make together. Which of them have something to do is
//! worked out from the descriptors and the state machines; only trees and bundles are known by kind.

use std::sync::Arc;

use serde_json::Value;

use super::account::AccountRules;
use super::bundle::{self, Bundling};
use super::lifecycle::States;
use super::plan::{Node, Plan};
use super::reference::{self, Targets};
use super::survey::Survey;
use super::tree::{self, Tree};
use super::{embed, engaged, names, referrers};
use crate::domain::mode::Mode;
use crate::domain::money::Currency;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Behaviour, Change, Decoration, Rewritten};
use crate::store::{IdKey, ResourceRow};

/// The rules of one kind.
pub struct KindRules {
    plan: Arc<Plan>,
    machines: Arc<Machines>,
    kind: &'static str,
    states: States,
    references: Mode,
    structure: Structure,
    /// What accounts do besides.
    accounts: Option<AccountRules>,
    /// A party plays it.
    is_role: bool,
}

/// What resources of a kind make with each other, where a circle would do harm.
enum Structure {
    Loose,
    Tree(&'static Tree),
    Bundles(Bundling),
}

impl Structure {
    fn of_kind(kind: &str) -> Self {
        match (bundle::of_kind(kind), tree::of_kind(kind)) {
            (Some(bundling), _) => Structure::Bundles(bundling),
            (None, Some(tree)) => Structure::Tree(tree),
            (None, None) => Structure::Loose,
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
            is_role: plan.root(kind).is_some_and(engaged::is_role),
            states: States::of(kind, &machines),
            plan,
            machines,
            kind,
            references,
            structure: Structure::of_kind(kind),
            accounts: None,
        }
    }

    /// The same with what accounts do besides, for a kind of account. `currency` is that of
    /// accounts that name none.
    pub fn with_accounts(mut self, currency: &'static Currency) -> Self {
        self.accounts = AccountRules::of_kind(self.kind, &self.plan, &self.machines, currency);
        self
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
        let mut survey = Survey::of(&self.plan, root, doc);
        if !survey.violations.is_empty() {
            return Err(Problem::many(Code::InvalidBody, survey.violations));
        }
        if !survey.embedded.is_empty() {
            let embedded = survey.embedded;
            embed::settle(change, &self.plan, &embedded, doc)?;
            survey = Survey::of(&self.plan, root, doc);
        }
        if self.is_role {
            engaged::refuse_nobody(&self.plan, old, doc)?;
        }
        let mut mentions = survey.mentions;
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
            if self.is_role {
                engaged::refuse_ended(&self.states, &self.machines, &targets, old, doc)?;
            }
        }
        match self.structure {
            Structure::Loose => Ok(()),
            Structure::Tree(tree) => tree::refuse_circle(change, tree, &self.states, old, doc),
            Structure::Bundles(bundling) => {
                bundle::refuse_circle(change, &self.states, bundling, old, doc)
            }
        }
    }
}

impl Behaviour for KindRules {
    /// The party that plays a role may be sent whole where the schema has a reference; it is
    /// validated when it is created.
    fn validates(&self, doc: &Value, pointer: &str) -> bool {
        self.is_role && engaged::is_sent_whole(&self.plan, doc, pointer)
    }

    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        if let Some(accounts) = &self.accounts {
            accounts.prepare(None, doc);
        }
        self.states.begin(change, doc)?;
        self.check(change, None, doc)?;
        match &self.accounts {
            Some(accounts) => accounts.check(change, None, doc),
            None => Ok(()),
        }
    }

    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        if let Some(accounts) = &self.accounts {
            accounts.prepare(Some(old), doc);
        }
        self.states.go_on(change, old, doc)?;
        self.check(change, Some(old), doc)?;
        match &self.accounts {
            Some(accounts) => accounts.check(change, Some(old), doc),
            None => Ok(()),
        }
    }

    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        match &self.accounts {
            Some(accounts) => accounts.before_delete(change, row),
            None => Ok(()),
        }
    }

    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        if self.references == Mode::Off {
            return Ok(());
        }
        names::after_change(change, written)
    }

    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        if let Some(accounts) = &self.accounts {
            accounts.after_create(change, row, doc)?;
        }
        if self.references == Mode::Off {
            return Ok(());
        }
        names::after_new_version(change, row)
    }

    /// Runs behind the deletion, which on PostgreSQL waits for whoever is just referring to the
    /// resource; looked at before, their references would be missed. A refusal undoes the deletion.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        if let Some(accounts) = &self.accounts {
            accounts.after_delete(change);
        }
        if self.references == Mode::Off {
            return Ok(());
        }
        let key = IdKey::new(row.tenant, &row.kind, &row.id);
        // References mean the id, which lives on while it has another version.
        if !change.tx.versions(&key)?.is_empty() {
            return Ok(());
        }
        referrers::refuse_while_referenced(change, &self.plan, &self.machines, row)
    }

    fn decoration(&self) -> Option<&dyn Decoration> {
        self.accounts.as_ref().map(AccountRules::decoration)
    }

    fn is_active(&self, state: Option<&str>) -> bool {
        self.states.is_active(state)
    }
}
