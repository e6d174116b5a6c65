//! Accounts (TMF666), beyond the rules of every kind.
//!
//! - `relation` says what one account is to another, `links` keeps what hangs together sound: no
//!   circles, one currency, nothing below a closed account;
//! - `balance` shows what an account owes or is owed, and books on it;
//! - `holder` keeps the first account of a customer.
//!
//! docs/accounts.md tells clients the same.

mod balance;
mod holder;
mod links;
pub mod relation;

use std::sync::Arc;

use serde_json::Value;

use super::lifecycle::States;
use super::plan::Plan;
use super::value::is_spelled;
use crate::domain::money::Currency;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::engine::{Change, Decoration};
use crate::store::{Hold, IdKey, ResourceRow};

pub use balance::{Posting, post, refuse_strange};

/// The kinds of account.
pub const KINDS: [&str; 4] = [
    "billingAccount",
    "partyAccount",
    "settlementAccount",
    "financialAccount",
];

/// Where accounts name whom they have to do with.
pub const PARTIES: &str = "relatedParty.partyOrPartyRole.id";
/// Where accounts name other accounts.
pub const RELATED: &str = "accountRelationship.account.id";

/// Parts that the holder of an account plays, in small letters without separators. Others pay for
/// it or look after it.
const HOLDERS: [&str; 5] = [
    "customer",
    "owner",
    "holder",
    "accountholder",
    "accountowner",
];

/// References to those who hold an account.
pub fn holders(doc: &Value) -> impl Iterator<Item = &Value> {
    let parties = doc.get("relatedParty").and_then(Value::as_array);
    let holding = |party: &&Value| {
        let role = party.get("role").and_then(Value::as_str);
        role.is_some_and(|role| HOLDERS.iter().any(|known| is_spelled(role, known)))
    };
    let parties = parties.into_iter().flatten().filter(holding);
    parties.filter_map(|party| party.get("partyOrPartyRole"))
}

/// The kind whose first one a customer is billed on.
const BILLING: &str = "billingAccount";
const CURRENCY: &str = "currency";
const BALANCES: &str = "accountBalance";

/// What the rules of one kind of account go by.
pub struct AccountRules {
    kind: &'static str,
    plan: Arc<Plan>,
    machines: Arc<Machines>,
    states: States,
    balances: balance::Balances,
}

impl AccountRules {
    /// The rules of a kind; none for what is no account. `currency` is that of accounts that name
    /// none.
    pub fn of_kind(
        kind: &'static str,
        plan: &Arc<Plan>,
        machines: &Arc<Machines>,
        currency: &'static Currency,
    ) -> Option<Self> {
        KINDS.contains(&kind).then(|| AccountRules {
            kind,
            plan: Arc::clone(plan),
            machines: Arc::clone(machines),
            states: States::of(kind, machines),
            balances: balance::Balances { currency },
        })
    }

    /// Completes a document before it is checked: its currency is filled in, and balances, which
    /// only the server has, are left out.
    pub fn prepare(&self, old: Option<&Value>, doc: &mut Value) {
        let known = old.and_then(|old| old.get(CURRENCY)).cloned();
        let Some(object) = doc.as_object_mut() else {
            return;
        };
        object.shift_remove(BALANCES);
        if object.get(CURRENCY).is_none_or(Value::is_null) {
            let limit = object
                .get("creditLimit")
                .and_then(|limit| limit.get("unit"));
            let limit = limit
                .and_then(Value::as_str)
                .and_then(Currency::of)
                .map(|currency| Value::from(currency.code));
            let own = || Value::from(self.balances.currency.code);
            let currency = known.or(limit).unwrap_or_else(own);
            object.insert(CURRENCY.to_owned(), currency);
        }
    }

    /// Checks a document whose values and references are in order.
    ///
    /// # Errors
    /// `Conflict` with the attribute that contradicts other accounts or the balance.
    pub fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &Value,
    ) -> Outcome<()> {
        links::check(self, change, old, doc)?;
        let Some(old) = old else { return Ok(()) };
        if old.get(CURRENCY) != doc.get(CURRENCY) {
            self.refuse_unsettled(
                change,
                "/currency",
                "the currency stays while there is a balance",
            )?;
            links::refuse_named(self, change)?;
        }
        if self.states.is_live_document(old) && !self.states.is_live_document(doc) {
            self.refuse_unsettled(change, "/state", "an account with a balance is not closed")?;
            links::refuse_dependants(self, change, doc)?;
        }
        if self.kind == BILLING {
            holder::follow(self, change, old, doc)?;
        }
        Ok(())
    }

    /// The first billing account of a customer becomes its default.
    ///
    /// # Errors
    /// What the rules of customers refuse.
    pub fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        if self.kind != BILLING {
            return Ok(());
        }
        if !self.states.is_live(row.state.as_deref()) {
            return Ok(());
        }
        holder::adopt_all(self, change, doc)
    }

    /// Refuses to delete an account with a balance, and takes it out of the list of its customer.
    ///
    /// # Errors
    /// `Conflict` while there is a balance.
    pub fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        self.refuse_unsettled(
            change,
            "/accountBalance",
            "an account with a balance is not deleted",
        )?;
        if self.kind != BILLING {
            return Ok(());
        }
        let doc = super::stored::document(row)?;
        holder::release_all(self, change, &doc)
    }

    /// Balances of nothing go with their account.
    pub fn after_delete(&self, change: &mut Change<'_, '_>) {
        let key = self.key(change, change.id);
        change.tx.delete_balances(key);
    }

    /// Balances, as accounts show them.
    pub fn decoration(&self) -> &dyn Decoration {
        &self.balances
    }

    /// Refuses what must not happen while the account has a balance. The account is held alone, so
    /// that nobody books on it between this look and the commit.
    fn refuse_unsettled(
        &self,
        change: &mut Change<'_, '_>,
        pointer: &str,
        why: &str,
    ) -> Outcome<()> {
        let key = self.key(change, change.id);
        change.tx.hold(&key, Hold::Alone)?;
        let ids = [change.id.to_owned()];
        let rows = change.tx.balances(change.caller.tenant, self.kind, &ids)?;
        match rows.iter().find(|row| row.amount != 0) {
            None => Ok(()),
            Some(row) => {
                let message = format!("{why}: its {}", balance::shown(row));
                Err(Problem::at(Code::Conflict, pointer, message))
            }
        }
    }

    fn key(&self, change: &Change<'_, '_>, id: &str) -> IdKey {
        IdKey::new(change.caller.tenant, self.kind, id)
    }

    /// The kind of account that a class name stands for.
    fn kind_of(&self, class: &str) -> Option<&'static str> {
        let kind = self.plan.classes().kind_of(class)?;
        KINDS.contains(&kind).then_some(kind)
    }

    /// True unless an account of that kind is closed.
    fn is_live(&self, kind: &str, state: Option<&str>) -> bool {
        States::of(kind, &self.machines).is_live(state)
    }
}
