//! What an item needs besides being in order, and which can be supplied later: the order waits for
//! it. Who needs it is said by decomposition rules.

use super::Missing;
use crate::ordering::inventory::Inventory;
use crate::ordering::order::{Item, Order};
use crate::ordering::plan::PlacedItem;

/// Something that must be known before work begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// `appointment` of the item, or of one that it is part of.
    Appointment,
    /// `productSerialNumber` of the product.
    SerialNumber,
    /// A place of the product or of what it is part of; with a role, one of that role.
    Place(Option<String>),
    /// A value of a characteristic.
    Characteristic(String),
    /// `billingAccount` of the item, of one that it is part of, or of the order.
    BillingAccount,
}

impl Need {
    /// What is missing of it for an item, with the place in the order where to supply it.
    pub fn missing(
        &self,
        order: &Order,
        inventory: &Inventory,
        placed: &[PlacedItem],
        index: usize,
    ) -> Option<Missing> {
        let own = placed.get(index)?;
        if self.is_met_by(own, inventory) || self.is_met_by_order(order) {
            return None;
        }
        let mut asked: Option<&Item> = None;
        let mut next = Some(index);
        // Placed items are not in each other in a circle, but this is no place to rely on it.
        for _ in 0..placed.len() {
            let Some((at, placed)) = next.and_then(|at| Some((at, placed.get(at)?))) else {
                break;
            };
            if let Some(item) = order.items.get(at).filter(|_| placed.ordered) {
                if (asked.is_none() || self.is_shared()) && self.is_met_by_item(item) {
                    return None;
                }
                asked = asked.or(Some(item));
            }
            next = placed.parent;
        }
        let item = asked?;
        let (below, message) = self.words();
        Some(Missing {
            item: item.id.clone(),
            pointer: format!("{}{below}", item.pointer),
            message,
        })
    }

    /// True for what counts for everything that is part of an item.
    fn is_shared(&self) -> bool {
        !matches!(self, Need::SerialNumber | Need::Characteristic(_))
    }

    fn is_met_by(&self, placed: &PlacedItem, inventory: &Inventory) -> bool {
        let product = placed.product.as_deref();
        let installed = product.and_then(|id| inventory.products.get(id));
        match self {
            Need::Characteristic(name) => {
                placed.characteristics.iter().any(|own| own.name == *name)
            }
            Need::Place(role) => installed.is_some_and(|installed| {
                let mut places = installed.places.iter();
                places.any(|place| role.is_none() || place.role == *role)
            }),
            _ => false,
        }
    }

    fn is_met_by_order(&self, order: &Order) -> bool {
        *self == Need::BillingAccount && order.billing_account.is_some()
    }

    fn is_met_by_item(&self, item: &Item) -> bool {
        let product = item.product.as_ref();
        match self {
            Need::Appointment => item.appointment.is_some(),
            Need::BillingAccount => item.billing_account.is_some(),
            Need::SerialNumber => product.is_some_and(|product| product.serial.is_some()),
            Need::Place(role) => product.is_some_and(|product| {
                let mut places = product.places.iter();
                places.any(|place| role.is_none() || place.role == *role)
            }),
            // What was given is in the placed item.
            Need::Characteristic(_) => false,
        }
    }

    fn words(&self) -> (&'static str, String) {
        match self {
            Need::Appointment => (
                "/appointment",
                "an appointment must be made first".to_owned(),
            ),
            Need::SerialNumber => (
                "/product/productSerialNumber",
                "the serial number of the device is needed".to_owned(),
            ),
            Need::Place(None) => ("/product/place", "a place is needed".to_owned()),
            Need::Place(Some(role)) => (
                "/product/place",
                format!("a place with the role '{role}' is needed"),
            ),
            Need::Characteristic(name) => (
                "/product/productCharacteristic",
                format!("a value of '{name}' is needed"),
            ),
            Need::BillingAccount => (
                "/billingAccount",
                "the account that pays is needed".to_owned(),
            ),
        }
    }
}
