//! The resources that one step of an order reads and writes. Each is read once and written once, at
//! the end, whatever happens to it in between.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::clock::Micros;
use crate::domain::descriptor::{Change, Resource};
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Caller, Core, NewResource, create_in, rewrite_in};
use crate::store::{IdKey, ResourceRow, Tx};

/// Kinds in the order in which they are written: nothing refers to what comes later.
const ORDER: [&str; 7] = [
    super::service::ORDER,
    super::service::SERVICE,
    super::snapshot::PRODUCT,
    super::CANCEL,
    super::KIND,
    super::fallout::KIND,
    super::task::KIND,
];

/// What is known of a resource, and what becomes of it.
struct Page {
    row: Option<ResourceRow>,
    doc: Option<Value>,
    changed: bool,
    /// Events beyond those of the change itself, with the attribute that each is about.
    announced: Vec<(Change, Option<String>)>,
}

/// The resources of one step.
pub struct Books<'c> {
    core: &'c Core,
    caller: &'c Caller,
    now: Micros,
    pages: BTreeMap<(&'static str, String), Page>,
}

impl<'c> Books<'c> {
    pub fn new(core: &'c Core, caller: &'c Caller, now: Micros) -> Self {
        Books {
            core,
            caller,
            now,
            pages: BTreeMap::new(),
        }
    }

    /// A document as this step has it; none when there is none.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn read(
        &mut self,
        tx: &mut Tx<'_>,
        kind: &'static str,
        id: &str,
    ) -> Outcome<Option<&Value>> {
        Ok(self.page(tx, kind, id)?.doc.as_ref())
    }

    /// Gives a resource a content; makes it where there was none.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn write(
        &mut self,
        tx: &mut Tx<'_>,
        kind: &'static str,
        id: &str,
        doc: Value,
    ) -> Outcome<()> {
        let page = self.page(tx, kind, id)?;
        page.changed |= page.doc.as_ref() != Some(&doc);
        page.doc = Some(doc);
        Ok(())
    }

    /// Makes a resource that is known not to be there.
    pub fn create(&mut self, kind: &'static str, id: String, doc: Value) {
        let page = Page {
            row: None,
            doc: Some(doc),
            changed: true,
            announced: Vec::new(),
        };
        self.pages.insert((kind, id), page);
    }

    /// Tells subscribers something about a resource beyond that it has changed.
    pub fn announce(&mut self, kind: &'static str, id: &str, change: Change) {
        self.announce_of(kind, id, change, None);
    }

    /// Tells subscribers something about an attribute of a resource.
    pub fn announce_of(
        &mut self,
        kind: &'static str,
        id: &str,
        change: Change,
        path: Option<String>,
    ) {
        if let Some(page) = self.pages.get_mut(&(kind, id.to_owned())) {
            let about = (change, path);
            if !page.announced.contains(&about) {
                page.announced.push(about);
            }
        }
    }

    fn page(&mut self, tx: &mut Tx<'_>, kind: &'static str, id: &str) -> Outcome<&mut Page> {
        match self.pages.entry((kind, id.to_owned())) {
            Entry::Occupied(page) => Ok(page.into_mut()),
            Entry::Vacant(place) => {
                let rows = tx.versions(&IdKey::new(self.caller.tenant, kind, id))?;
                let row = rows.into_iter().find(|row| row.current);
                let doc = row.as_ref().map(document).transpose()?;
                Ok(place.insert(Page {
                    row,
                    doc,
                    changed: false,
                    announced: Vec::new(),
                }))
            }
        }
    }

    /// Writes everything.
    ///
    /// # Errors
    /// What the rules of the kinds refuse: a fault of ours.
    pub fn close(mut self, tx: &mut Tx<'_>) -> Outcome<()> {
        for kind in ORDER {
            let resource = self
                .core
                .registry
                .canonical(kind)
                .ok_or_else(|| Problem::internal(format!("there is no kind {kind}")))?;
            let ids: Vec<String> = self
                .pages
                .keys()
                .filter(|(k, _)| *k == kind)
                .map(|(_, id)| id.clone())
                .collect();
            for id in &ids {
                self.promise(tx, resource, id);
            }
            for id in ids {
                if let Some(page) = self.pages.remove(&(kind, id.clone())) {
                    self.put(tx, resource, id, page)?;
                }
            }
        }
        Ok(())
    }

    /// Resources of one kind may refer to each other in any order.
    fn promise(&self, tx: &mut Tx<'_>, resource: &'static Resource, id: &str) {
        let Some(page) = self.pages.get(&(resource.kind, id.to_owned())) else {
            return;
        };
        if let (None, Some(doc)) = (&page.row, &page.doc) {
            let new = NewResource {
                id: Some(id.to_owned()),
                doc: doc.clone(),
            };
            if let Some(head) = new.head(resource) {
                tx.promise(IdKey::new(self.caller.tenant, resource.kind, id), head);
            }
        }
    }

    fn put(
        &self,
        tx: &mut Tx<'_>,
        resource: &'static Resource,
        id: String,
        page: Page,
    ) -> Outcome<()> {
        let Page {
            row,
            doc,
            changed,
            announced,
        } = page;
        let Some(doc) = doc else {
            return Ok(());
        };
        let written = match row {
            Some(row) if !changed => row,
            Some(row) => rewrite_in(self.core, tx, self.caller, resource, row, doc, self.now)?.row,
            None => {
                let new = NewResource { id: Some(id), doc };
                create_in(self.core, tx, self.caller, resource, &new, self.now)?.row
            }
        };
        for (change, path) in announced {
            tx.announce(&written, &self.caller.principal, change, path, self.now.0);
        }
        Ok(())
    }
}
