//! Reading one resource.

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
        let rows = self
            .store
            .point(move |session| session.versions(&key))
            .await?;
        let row = address
            .pick(rows)
            .ok_or_else(|| not_found(resource, address))?;
        Ok(Stored { row, doc: None })
    }
}
