//! A service order as the OSS keeps it.

use serde_json::{Map, Value};

use super::dress::Version;
use super::fate::{Fate, Lie};
use crate::domain::clock::Micros;

/// State of an order (TMF641 `ServiceOrderStateType`, as far as it is used here).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrderState {
    Acknowledged,
    Pending,
    InProgress,
    Completed,
    Failed,
    Rejected,
    Cancelled,
}

impl OrderState {
    /// As TMF641 spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            OrderState::Acknowledged => "acknowledged",
            OrderState::Pending => "pending",
            OrderState::InProgress => "inProgress",
            OrderState::Completed => "completed",
            OrderState::Failed => "failed",
            OrderState::Rejected => "rejected",
            OrderState::Cancelled => "cancelled",
        }
    }

    /// Nothing more happens to the order.
    pub const fn is_final(self) -> bool {
        !matches!(
            self,
            OrderState::Acknowledged | OrderState::Pending | OrderState::InProgress
        )
    }
}

/// An order, for those who compare.
#[derive(Clone, Debug, PartialEq)]
pub struct SimOrder {
    pub id: String,
    pub external_id: Option<String>,
    pub state: OrderState,
    /// Actions of its items.
    pub actions: Vec<String>,
    /// Services that its items are about.
    pub services: Vec<String>,
    /// How often it was placed again after it was taken.
    pub duplicates: u32,
    /// A callback says wrongly that it was done, and names the service as if there were one.
    pub lied: bool,
    /// The body it came with.
    pub body: Value,
}

/// What an item wants.
#[derive(Clone, Debug)]
pub(super) struct Wish {
    /// `add`, `modify`, `delete`, `noChange`.
    pub action: String,
    /// The service it is about; for `add`, the one to come.
    pub service: String,
    pub name: Option<String>,
    pub specification: Option<String>,
    pub characteristics: Vec<(String, Value)>,
}

/// An order that was taken.
#[derive(Clone, Debug)]
pub(super) struct Order {
    pub id: String,
    pub external_id: Option<String>,
    /// The version it was placed in.
    pub version: Version,
    /// As it came.
    pub body: Map<String, Value>,
    pub wishes: Vec<Wish>,
    pub state: OrderState,
    /// Why it failed.
    pub error: Option<String>,
    pub taken: Micros,
    pub ended: Option<Micros>,
    pub duplicates: u32,
    pub released: bool,
    pub fate: Fate,
}

impl Order {
    /// Whoever placed it named the service that it is about.
    fn names_service(&self) -> bool {
        let items = self.body.get("serviceOrderItem").and_then(Value::as_array);
        let mut items = items.into_iter().flatten();
        items.any(|item| item.pointer("/service/id").is_some())
    }

    /// For those who compare.
    pub fn shown(&self) -> SimOrder {
        SimOrder {
            id: self.id.clone(),
            external_id: self.external_id.clone(),
            state: self.state,
            actions: self.wishes.iter().map(|w| w.action.clone()).collect(),
            services: self.wishes.iter().map(|w| w.service.clone()).collect(),
            duplicates: self.duplicates,
            lied: self.fate.calls && self.fate.lie == Some(Lie::State) && self.names_service(),
            body: Value::Object(self.body.clone()),
        }
    }
}
