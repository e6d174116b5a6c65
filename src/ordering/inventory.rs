//! The products that a customer has: what changes are compared with and what rules between products
//! look at.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::order::{Characteristic, Place};

/// A service that realizes a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Realizing {
    /// Id of the service in the service inventory.
    pub id: String,
    pub specification: Option<String>,
    /// The node that made it, see [`super::plan::Node::key`].
    pub node: Option<String>,
    /// Where it lives.
    pub target: Option<String>,
    pub characteristics: Vec<Characteristic>,
}

/// An installed product (TMF637).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    pub id: String,
    pub name: Option<String>,
    /// `status`.
    pub status: String,
    pub offering: Option<String>,
    pub specification: Option<String>,
    pub characteristics: Vec<Characteristic>,
    pub places: Vec<Place>,
    /// Type of relation and id of the other product; parts of a bundle are `contains`.
    pub relationships: Vec<(String, String)>,
    pub services: Vec<Realizing>,
}

/// Products by id: those that the order names with their parts, and the others of the customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    pub products: HashMap<String, Installed>,
}

impl Installed {
    /// True for a product that the customer has or is getting, and keeps.
    pub fn is_live(&self) -> bool {
        // The standard's own list spells one of them with a blank behind it.
        !matches!(
            self.status.trim(),
            "terminated" | "pendingTerminate" | "cancelled" | "aborted"
        )
    }
}
