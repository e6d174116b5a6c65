//! What a plan is made of.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::ordering::order::{Action, Characteristic};

/// The system that does what no other one is named for, and stands in for those that are not
/// configured.
pub const DEFAULT_TARGET: &str = "default";

/// The work that an order takes. The same order, catalog, inventory and rules make the same plan,
/// with the same keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// Id of the order.
    pub order: String,
    /// 1 for the first plan of an order; each amendment makes the next.
    pub revision: u32,
    pub items: Vec<PlacedItem>,
    /// In an order in which nothing depends on what comes later.
    pub nodes: Vec<Node>,
}

/// An item of the order, or an offering that a bundle brings without being named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlacedItem {
    /// Id of the item; for what a bundle brings: that of its parent, `/` and the offering.
    pub id: String,
    /// JSON pointer of the item in the order, of its parent for what a bundle brings.
    pub pointer: String,
    pub parent: Option<usize>,
    /// False for what a bundle brings.
    pub ordered: bool,
    pub action: Action,
    /// In all: where an item is part of a bundle, times the quantity of the bundle. 0 where a bundle
    /// is ordered without this part.
    pub quantity: u32,
    pub offering: Option<String>,
    pub specification: Option<String>,
    /// The product that the item makes or changes. Ids of new products follow from order and item.
    /// None for a new item of several pieces: each piece is an item below it, `3#1`, `3#2`.
    pub product: Option<String>,
    /// All characteristics as they shall be: given, kept, defaults.
    pub characteristics: Vec<Characteristic>,
}

/// What a node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NodeKind {
    /// A service order to an OSS (TMF641).
    ServiceOrder,
    /// An order for a resource; sent like a service order, to its target.
    ResourceOrder,
    /// Goods sent to the customer; done when whoever ships them says so.
    Shipment,
    /// Someone comes by; done when the visit is.
    Appointment,
    /// A person does it and says so.
    ManualTask,
    /// Takes a number from a pool (ours).
    ReserveNumber,
    /// Writes the product: active, changed or terminated (ours).
    Inventory,
    /// From here on the product is charged for, or no longer (ours).
    Billing,
}

/// Work that is done as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    /// Unique in the plan, readable, made of item, specification and output. The same work has the
    /// same key in every revision of the plan.
    pub key: String,
    /// Place in [`Plan::items`].
    pub item: usize,
    pub kind: NodeKind,
    /// For people.
    pub name: String,
    pub action: Action,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specification: Option<SpecificationRef>,
    /// The service that is changed or ended, by its id in the service inventory.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    pub settings: Vec<Setting>,
    /// What a change replaces, to set it back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub previous: Vec<Characteristic>,
    /// Name of the system that does it; none for our own work and that of people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Places in [`Plan::nodes`] of what must be completed before.
    pub after: Vec<usize>,
    pub compensation: Compensation,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub point_of_no_return: Option<PointOfNoReturn>,
    /// Seconds after which the node is late: jeopardy, then fallout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<u64>,
    /// Reaching its end is a milestone of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milestone: Option<String>,
    /// Names of results that become characteristics of the product.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub supplies: Vec<String>,
    /// What the kind needs besides: the pool of a number, the text of a task.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub parameters: Map<String, Value>,
    pub because: Because,
}

/// A characteristic that a node is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Setting {
    pub name: String,
    pub source: Source,
}

/// Where its value comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Source {
    Value(Value),
    /// A result of an earlier node, known when that is completed.
    Result {
        node: String,
        name: String,
    },
}

/// A specification that a node is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SpecificationRef {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `ServiceSpecification` or `ResourceSpecification`.
    pub class: String,
}

/// How a node that is done is undone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Compensation {
    /// Nothing need be done.
    Nothing,
    /// The opposite: what was added is deleted, what was deleted added, what was changed set back.
    Reverse,
    /// A person does what the text says.
    Manual(String),
}

/// From when on an order cannot simply be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum PointOfNoReturn {
    /// Once begun, taking it back needs an operator's consent.
    Soft,
    /// Once begun, it cannot be taken back.
    Hard,
}

/// Why there is a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Because {
    /// Id of the item.
    pub item: String,
    /// Offering, specifications and rules that led here, outermost first, such as
    /// `offering mobile-m`, `product specification mobile-line`, `rule mobile-sim 1.0`.
    pub path: Vec<String>,
    /// The rule and its version; none where the catalog's own references sufficed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
}
