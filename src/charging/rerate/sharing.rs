//! Which products share something: an account, a group, an option, or somebody who shares something with
//! both.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Pool;
use crate::charging::owner::Owner;
use crate::charging::payer::{PRODUCT, Payer};
use crate::domain::problem::Outcome;
use crate::store::{DbError, DbResult, Session};

/// Products that share something at most.
const SHARING_MAX: usize = 100_000;

impl Pool {
    /// The payers that share something with a product, that one first; none where it is not stored.
    pub(super) fn sharing(&self, tenant: i64, product: &str) -> Outcome<Vec<Arc<Payer>>> {
        let read = self
            .store
            .read_blocking(|session| Ok(self.sharing_in(session, tenant, product)));
        read?
    }

    fn sharing_in(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        product: &str,
    ) -> Outcome<Vec<Arc<Payer>>> {
        let mut all: Vec<Arc<Payer>> = Vec::new();
        let mut asked: HashSet<String> = HashSet::new();
        let mut names: HashSet<String> = HashSet::new();
        let mut next = vec![product.to_owned()];
        while !next.is_empty() {
            asked.extend(next.iter().cloned());
            if asked.len() > SHARING_MAX {
                let message = format!("More than {SHARING_MAX} products share something.");
                return Err(DbError::OutOfRange(message).into());
            }
            let found = self.payers.of(session, &self.book, tenant, &next)?;
            let of_others = !all.is_empty();
            let new: Vec<String> = found
                .values()
                .flat_map(|payer| shared(payer))
                .filter(|name| names.insert(name.clone()))
                .collect();
            all.extend(found.into_values());
            let states = states(session, tenant, &new)?;
            let mut ids: HashSet<String> = HashSet::new();
            for name in &new {
                let state = states.get(name);
                // What others have in common matters only as far as they have used something of it.
                if !of_others || state.is_some_and(Owner::has_something) {
                    ids.extend(self.users(session, tenant, name, state)?);
                }
            }
            next = ids.into_iter().filter(|id| !asked.contains(id)).collect();
        }
        all.sort_by_key(|payer| (payer.id != product, payer.id.clone()));
        Ok(all)
    }

    /// Products that may draw from an owner.
    fn users(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        name: &str,
        state: Option<&Owner>,
    ) -> DbResult<Vec<String>> {
        let limit = i64::try_from(SHARING_MAX).unwrap_or(i64::MAX);
        match name.split_once(':') {
            Some(("a", id)) => self.by_path(session, tenant, "billingAccount.id", id, limit),
            Some(("p", id)) => self.by_path(session, tenant, "productRelationship.id", id, limit),
            _ => {
                let members = state.map(|owner| owner.members.iter());
                Ok(members
                    .into_iter()
                    .flatten()
                    .map(ToString::to_string)
                    .collect())
            }
        }
    }

    /// Ids of products by what they refer to.
    pub(super) fn by_path(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        path: &str,
        id: &str,
        limit: i64,
    ) -> DbResult<Vec<String>> {
        let Some(attribute) = self.store.attributes().number(PRODUCT, path) else {
            return Ok(Vec::new());
        };
        let heads = session.heads_by_index(tenant, &[attribute], id, i64::MIN, limit)?;
        Ok(heads.into_iter().map(|head| head.id).collect())
    }
}

/// Owners that others may draw from too.
fn shared(payer: &Payer) -> impl Iterator<Item = String> {
    let own = |name: &&String| name.strip_prefix("p:") != Some(&payer.id);
    payer.owner_names().filter(own).cloned()
}

fn states(
    session: &mut dyn Session,
    tenant: i64,
    names: &[String],
) -> DbResult<HashMap<String, Owner>> {
    let states = session.charging_states(tenant, names)?.into_iter();
    let read = states.map(|(name, _, state)| (name, Owner::read(&state).unwrap_or_default()));
    Ok(read.collect())
}
