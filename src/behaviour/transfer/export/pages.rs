//! The resources that an export writes, page by page along their order of creation: what is in
//! memory is one page, and a page costs the same wherever it is.

use serde_json::Value;

use crate::domain::adapt::href::mark;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::query::{Fields, Filter, ListRequest};
use crate::engine::{Core, Stored};
use crate::store::{Plan, Position, ResourceRow, Store};

/// Rows read at once.
const PAGE: u64 = 500;

/// One kind of resource, from some place on.
pub struct Pages<'a> {
    core: &'a Core,
    /// As the file shows it.
    shown: &'static Resource,
    plan: Plan,
    filter: Option<Filter>,
    /// The filter asks for what is not part of a stored document.
    needs_identity: bool,
    fields: Fields,
}

impl<'a> Pages<'a> {
    /// The resources that a request selects. Without a filter these are all versions of all ids, a
    /// complete copy; with one, those that a list with the same filter shows.
    ///
    /// # Errors
    /// A fault of ours when the tables do not know the kind.
    pub fn new(
        core: &'a Core,
        tenant: i64,
        shown: &'static Resource,
        request: ListRequest,
    ) -> Outcome<Self> {
        let canonical = core.canonical(shown)?;
        let ListRequest {
            mut filter, fields, ..
        } = request;
        let mut plan = Plan::all(tenant, canonical.kind);
        plan.limit = PAGE;
        plan.current_only = filter
            .as_ref()
            .is_some_and(|filter| !filter.mentions("version"));
        if let Some(filter) = &mut filter {
            filter.operands_mut(&mut |path, operand| {
                let is_href = path.rsplit('.').next() == Some("href");
                if let Some(mark) = core.links.mark_of(operand.text()).filter(|_| is_href) {
                    operand.set_text(mark);
                }
            });
        }
        let needs_identity = filter
            .as_ref()
            .is_some_and(|filter| filter.mentions("id") || filter.mentions("href"));
        Ok(Pages {
            core,
            shown,
            plan,
            filter,
            needs_identity,
            fields,
        })
    }

    /// The rows behind a place; none at the end.
    ///
    /// # Errors
    /// When the store fails.
    pub fn behind(&self, store: &Store, seq: i64) -> Outcome<Vec<ResourceRow>> {
        let plan = Plan {
            after: Some(Position { value: None, seq }),
            ..self.plan.clone()
        };
        store.read_blocking(|session| session.list(&plan))
    }

    /// The text of a row as the file shows it; `None` when it is not selected.
    ///
    /// # Errors
    /// A fault of ours when the stored text does not parse.
    pub fn text(&self, row: ResourceRow) -> Outcome<Option<String>> {
        if !self.selects(&row)? {
            return Ok(None);
        }
        let stored = Stored::row(row);
        self.core.text(self.shown, stored, &self.fields).map(Some)
    }

    fn selects(&self, row: &ResourceRow) -> Outcome<bool> {
        let Some(filter) = &self.filter else {
            return Ok(true);
        };
        let mut doc: Value = serde_json::from_str(&row.doc).map_err(Problem::internal)?;
        if let Some(attributes) = doc.as_object_mut().filter(|_| self.needs_identity) {
            attributes.insert("id".to_owned(), Value::from(row.id.as_str()));
            attributes.insert("href".to_owned(), Value::from(mark(&row.kind, &row.id)));
        }
        Ok(filter.matches(&doc))
    }
}
