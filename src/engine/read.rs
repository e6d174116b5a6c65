//! Reading one resource.

use std::sync::Arc;

use super::behaviour::Caller;
use super::create::key;
use super::patch::not_found;
use super::{Address, Engine, Stored};
use crate::domain::descriptor::Resource;
use crate::domain::problem::Outcome;

impl Engine {
    /// The resource that an address means.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn get(
        &self,
        resource: &'static Resource,
        address: &Address,
        caller: &Caller,
    ) -> Outcome<Stored> {
        let key = key(caller, resource, &address.id);
        let (core, meant) = (Arc::clone(&self.core), address.clone());
        if core.behaviour(resource.kind).derived().is_some() {
            let row = self.get_derived(resource, address, caller).await?;
            return Ok(Stored::row(row));
        }
        let row = self
            .store
            .point(move |session| {
                let mut row = meant.pick(session.versions(&key)?);
                core.decorate(session, row.as_mut_slice())?;
                Ok(row)
            })
            .await?;
        let row = row.ok_or_else(|| not_found(resource, address))?;
        Ok(Stored::row(row))
    }
}
