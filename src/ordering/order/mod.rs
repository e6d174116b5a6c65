//! A product order as planning sees it, read from the stored form of the resource (TMF622 v5).

mod amend;
mod read;

pub use amend::{amends, merge, without_prices};
pub(super) use read::{characteristics, places, relationships};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::clock::Micros;

/// What an item asks for (TMF622 `ItemActionType`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Action {
    Add,
    Modify,
    Delete,
    NoChange,
}

impl Action {
    /// Reads the name of the standard.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "add" => Action::Add,
            "modify" => Action::Modify,
            "delete" => Action::Delete,
            "noChange" => Action::NoChange,
            _ => return None,
        })
    }

    /// The name of the standard.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Add => "add",
            Action::Modify => "modify",
            Action::Delete => "delete",
            Action::NoChange => "noChange",
        }
    }
}

/// A characteristic and its value, as in `productCharacteristic`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Characteristic {
    pub name: String,
    pub value: Value,
}

/// Someone or something with an id, a name and a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Related {
    pub id: String,
    pub name: Option<String>,
    pub role: Option<String>,
}

/// A place of a product: by reference, or with its own attributes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub id: Option<String>,
    pub role: Option<String>,
    /// The whole object, for conditions on country, city and the like.
    pub value: Value,
}

/// The `product` of an item: the product to change, or what a new one shall be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ItemProduct {
    /// Of an existing product.
    pub id: Option<String>,
    pub name: Option<String>,
    pub specification: Option<String>,
    pub characteristics: Vec<Characteristic>,
    pub places: Vec<Place>,
    /// `productSerialNumber`.
    pub serial: Option<String>,
    /// Relations to other products: type and product id.
    pub relationships: Vec<(String, String)>,
}

/// One item. Nested items follow their parent in [`Order::items`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// As the client gave it; unique in the order.
    pub id: String,
    /// JSON pointer into the order, for messages.
    pub pointer: String,
    /// Place of the item that this one is nested in.
    pub parent: Option<usize>,
    pub action: Action,
    /// 1 unless stated.
    pub quantity: u32,
    pub offering: Option<String>,
    pub product: Option<ItemProduct>,
    /// `productOrderItemRelationship`: type and id of the other item.
    pub relationships: Vec<(String, String)>,
    /// Id of the appointment, where there is one.
    pub appointment: Option<String>,
    pub billing_account: Option<String>,
    /// `itemTerm` and `itemPrice` as sent: what the client believes was offered.
    pub terms: Vec<Value>,
    pub prices: Vec<Value>,
}

/// Something in an order that cannot be read as what it should be. Validation refuses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Id of the item; empty where it is about the order as a whole.
    pub item: String,
    /// JSON pointer into the order.
    pub pointer: String,
    pub message: String,
}

/// A product order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    pub id: String,
    pub items: Vec<Item>,
    /// When it was placed: catalog and prices count as of then.
    pub placed_at: Micros,
    pub requested_start: Option<Micros>,
    pub requested_completion: Option<Micros>,
    /// 0 (first) to 4.
    pub priority: u8,
    pub category: Option<String>,
    /// `channel`: ids, or names where there is no id.
    pub channels: Vec<String>,
    pub parties: Vec<Related>,
    /// Market segments of the customer, where known.
    pub markets: Vec<String>,
    pub billing_account: Option<String>,
    /// What could not be read.
    pub faults: Vec<Fault>,
}
