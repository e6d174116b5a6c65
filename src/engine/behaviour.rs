//! What a kind does beyond being stored: its own rules hang on the write path by this trait.

use serde_json::Value;

use super::Core;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Resource;
use crate::domain::problem::Outcome;
use crate::store::{Attributes, DbResult, Head, ResourceRow, Session, Tx};

/// Who asks, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    pub tenant: i64,
    pub principal: String,
}

impl Caller {
    /// The tenant and principal of a server without identities.
    pub fn local() -> Self {
        Caller {
            tenant: 1,
            principal: "local".to_owned(),
        }
    }

    /// Whether this is a part of the server and no client: their names begin with `@`.
    pub fn is_server(&self) -> bool {
        self.principal.starts_with('@')
    }
}

/// A write under way, as a behaviour sees it. Everything happens in one transaction; no I/O but
/// the transaction's own.
pub struct Change<'c, 'tx> {
    pub core: &'c Core,
    pub tx: &'c mut Tx<'tx>,
    pub caller: &'c Caller,
    pub now: Micros,
    /// Descriptor of the stored form.
    pub resource: &'static Resource,
    pub id: &'c str,
}

/// A change of a resource that was written.
pub struct Rewritten<'w> {
    /// The row as it was.
    pub old: &'w Head,
    pub before: &'w Value,
    pub row: &'w ResourceRow,
    pub doc: &'w Value,
}

/// The rules of a kind. Documents are in the stored form, without `id` and `href`.
///
/// A method may run several times for one request (when a transaction is tried again), so it must
/// keep no effects outside the transaction.
pub trait Behaviour: Send + Sync {
    /// Whether the object at a pointer of a new document is for the rules to validate: it is more
    /// than its position declares. The schema of the position has no say below it.
    fn validates(&self, doc: &Value, pointer: &str) -> bool {
        let _ = (doc, pointer);
        false
    }

    /// Checks and completes a new document.
    fn before_create(&self, change: &mut Change<'_, '_>, doc: &mut Value) -> Outcome<()> {
        let _ = (change, doc);
        Ok(())
    }

    /// What was made of the same thing before, where a kind tells things apart by what their documents
    /// say: asked when a document is complete, before it is written. Then nothing is.
    ///
    /// # Errors
    /// `AlreadyExists` when what was made says something else.
    fn made_before(
        &self,
        change: &mut Change<'_, '_>,
        doc: &Value,
    ) -> Outcome<Option<ResourceRow>> {
        let _ = (change, doc);
        Ok(None)
    }

    /// Checks and completes a changed document.
    fn before_patch(
        &self,
        change: &mut Change<'_, '_>,
        old: &Value,
        doc: &mut Value,
    ) -> Outcome<()> {
        let _ = (change, old, doc);
        Ok(())
    }

    /// Refuses a deletion, with the reason.
    fn before_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let _ = (change, row);
        Ok(())
    }

    /// Follow-up work after a creation: jobs, for example. `doc` is the document of the row.
    fn after_create(
        &self,
        change: &mut Change<'_, '_>,
        row: &ResourceRow,
        doc: &Value,
    ) -> Outcome<()> {
        let _ = (change, row, doc);
        Ok(())
    }

    /// Follow-up work after a change.
    fn after_patch(&self, change: &mut Change<'_, '_>, written: &Rewritten<'_>) -> Outcome<()> {
        let _ = (change, written);
        Ok(())
    }

    /// Follow-up work after a deletion.
    fn after_delete(&self, change: &mut Change<'_, '_>, row: &ResourceRow) -> Outcome<()> {
        let _ = (change, row);
        Ok(())
    }

    /// What is shown of the kind beyond its stored documents.
    fn decoration(&self) -> Option<&dyn Decoration> {
        None
    }

    /// The resources of the kind, where they are not stored but follow from something else.
    fn derived(&self) -> Option<&dyn Derived> {
        None
    }

    /// True for states in which a version of a resource is offered; such versions come before
    /// others when an id is asked for without a version.
    fn is_active(&self, state: Option<&str>) -> bool {
        let _ = state;
        true
    }
}

/// Attributes that are not part of stored documents but read when these are shown, because they
/// change by themselves: balances, for example.
pub trait Decoration: Send + Sync {
    /// Their names.
    fn attributes(&self) -> &'static [&'static str];

    /// Adds them to the documents of rows of one kind and tenant, with one query for all of them.
    fn decorate(&self, session: &mut dyn Session, rows: &mut [ResourceRow]) -> DbResult<()>;
}

/// Where derived resources are read from.
pub struct Source<'s> {
    pub session: &'s mut dyn Session,
    pub attributes: &'s Attributes,
    pub tenant: i64,
    pub now: Micros,
}

/// Takes a derived resource; an error ends the reading.
pub type Take<'t> = &'t mut dyn FnMut(ResourceRow) -> Outcome<()>;

/// Resources that are not stored as such: they follow from something that changes by itself, such as
/// what usage leaves behind. Rows are made when they are read, in the stored form; their `seq` must be
/// the same each time and tell them apart, for lists go by it.
pub trait Derived: Send + Sync {
    /// The resource with an id.
    ///
    /// # Errors
    /// When the database cannot be read.
    fn one(&self, source: &mut Source<'_>, id: &str) -> Outcome<Option<ResourceRow>>;

    /// Hands out all resources, or at least those that have one of the values at each of the paths of
    /// `wanted`, in any order.
    ///
    /// # Errors
    /// When the database cannot be read, and those of `take`.
    fn each(&self, source: &mut Source<'_>, wanted: &[Wanted], take: Take<'_>) -> Outcome<()>;
}

/// A condition by which derived resources may be found faster: one of the values stands at the path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub path: String,
    pub values: Vec<String>,
}

impl Wanted {
    /// The values of a path, where it is asked for.
    pub fn at<'w>(wanted: &'w [Wanted], path: &str) -> Option<&'w [String]> {
        let mut wanted = wanted.iter();
        let found = wanted.find(|own| own.path == path)?;
        Some(&found.values)
    }
}

/// A kind without rules of its own.
pub struct Plain;

impl Behaviour for Plain {}
