//! Usage that has a name, as a unit sees it.

use super::Tx;
use crate::domain::problem::Outcome;
use crate::store::rows::ResourceRow;
use crate::store::session::IdKey;
use crate::store::usage::KIND;

impl Tx<'_> {
    /// The usage with a name ([`crate::domain::usage_facts::UsageFacts::identity`]), also one that waits
    /// to be sent. Nothing is sent for it.
    pub fn usage_named(&mut self, tenant: i64, name: &[u8]) -> Outcome<Option<ResourceRow>> {
        let key = (tenant, name.to_vec());
        let staged = [&self.unit, self.accepted];
        let staged = staged.into_iter().find_map(|own| own.usage.get(&key));
        if let Some(id) = staged {
            let key = IdKey::new(tenant, KIND, id);
            return Ok(self.versions(&key)?.pop());
        }
        let (tenant, name) = key;
        let found = self.run(|session| {
            let rows = session.usage_by_identity(tenant, &[name])?;
            session.usage_documents(rows)
        })?;
        Ok(found.into_iter().next())
    }

    /// Lets units after this one find a usage that it makes by its name.
    pub fn name_usage(&mut self, tenant: i64, name: Vec<u8>, id: &str) {
        self.unit.usage.insert((tenant, name), id.to_owned());
    }
}
