//! The resource engine: TMF630 for every resource, driven by descriptors.
//!
//! - `create`, `patch`, `delete`, `bulk` write; `read` and `list` answer;
//! - `versions` keeps several versions of an id apart, `idempotency` answers repeats;
//! - `derived` reads what is not stored but follows from something else;
//! - `decorate` adds to what is shown what is not part of documents;
//! - `hub` hands subscriptions on;
//! - `behaviour` is the trait by which a kind adds rules of its own;
//! - `validate` checks documents by JSON Schema, `row` turns them into rows.
//!
//! A request comes in the words of its API version; what is stored is the form of the newest one.

mod behaviour;
mod bulk;
mod create;
mod cursor;
mod decorate;
mod delete;
mod derived;
mod hub;
mod idempotency;
mod label;
mod list;
mod patch;
mod plan;
mod read;
mod registry;
mod render;
mod row;
mod scan;
pub mod validate;
mod versions;

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;

use crate::domain::adapt::href::Links;
use crate::domain::clock::Clock;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Outcome, Problem};
use crate::event::Hub;
use crate::store::{ResourceRow, Store};

pub use behaviour::{
    Behaviour, Caller, Change, Decoration, Derived, Plain, Rewritten, Source, Take, Wanted,
};
pub use bulk::{Element, ElementOutcome};
pub use create::{NewResource, create_in, upsert_in};
pub use delete::delete_in;
pub use idempotency::{Idempotency, fingerprint};
pub use list::Page;
pub use patch::{PatchRequest, patch_in, rewrite_in};
pub use registry::Registry;
pub use validate::Validators;
pub use versions::{Address, VERSION_SWITCH, settle_in};

/// Limits of answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items of a list when the client names no limit; 0 for all.
    pub page_default: u64,
    /// Items of a list at most.
    pub page_max: u64,
    /// Conditions of one filter.
    pub filter_terms: usize,
    /// Documents that one list may read for what no index answers.
    pub scan_rows: u64,
}

/// What all requests share, apart from the database.
pub struct Core {
    pub registry: Registry,
    pub validators: Validators,
    pub links: Links,
    pub clock: Clock,
    pub limits: Limits,
    behaviours: HashMap<&'static str, Box<dyn Behaviour>>,
    plain: behaviour::Plain,
}

impl Core {
    /// Puts the parts together; kinds that `behaviours` does not name are plain.
    pub fn new(
        registry: Registry,
        validators: Validators,
        links: Links,
        clock: Clock,
        limits: Limits,
        behaviours: Vec<(&'static str, Box<dyn Behaviour>)>,
    ) -> Self {
        Core {
            registry,
            validators,
            links,
            clock,
            limits,
            behaviours: behaviours.into_iter().collect(),
            plain: behaviour::Plain,
        }
    }

    /// The rules of a kind.
    pub fn behaviour(&self, kind: &str) -> &dyn Behaviour {
        self.behaviours.get(kind).map_or(&self.plain, Box::as_ref)
    }

    /// The stored form's descriptor of a resource of any version.
    ///
    /// # Errors
    /// A fault of ours when the tables do not know the kind.
    pub fn canonical(&self, resource: &Resource) -> Outcome<&'static Resource> {
        self.registry
            .canonical(resource.kind)
            .ok_or_else(|| Problem::internal(format!("no stored form of {}", resource.kind)))
    }
}

/// Told after each commit that wrote events or jobs.
pub type Wake = Arc<dyn Fn() + Send + Sync>;

/// The engine over a store. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub core: Arc<Core>,
    pub store: Store,
    hub: Hub,
    wake: Wake,
}

impl Engine {
    pub fn new(core: Arc<Core>, store: Store, hub: Hub, wake: Wake) -> Self {
        Engine {
            core,
            store,
            hub,
            wake,
        }
    }

    /// Tells the workers that there may be something to do.
    pub fn wake(&self) {
        (self.wake)();
    }
}

/// A resource as written or read: its row, and its document where it is at hand already.
#[derive(Clone, Debug)]
pub struct Stored {
    pub row: ResourceRow,
    /// The stored form, parsed.
    pub doc: Option<Value>,
    /// It was there before it was to be made, and says the same.
    pub repeated: bool,
}

impl Stored {
    /// A resource whose document is not at hand.
    pub fn row(row: ResourceRow) -> Self {
        Stored {
            row,
            doc: None,
            repeated: false,
        }
    }

    /// A resource with its document.
    pub fn parsed(row: ResourceRow, doc: Value) -> Self {
        Stored {
            doc: Some(doc),
            ..Stored::row(row)
        }
    }
}
