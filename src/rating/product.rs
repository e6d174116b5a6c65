//! What is known of the product that pays, as of the event.

use std::sync::Arc;

use super::card::Card;
use super::datum::{Characteristic, Datum, find};
use crate::domain::clock::Micros;
use crate::domain::document::Object;
use crate::domain::money::Currency;
pub use crate::domain::tax::Exemption;
use crate::domain::value::Period;

/// A product of a customer (TMF637 `Product`), as far as it matters to prices.
#[derive(Clone, Debug)]
pub struct Product {
    pub id: Box<str>,
    /// Currency of the account that pays.
    pub currency: &'static Currency,
    /// When it was active; usage that began at another time is rejected.
    pub active: Period,
    /// Country or region whose taxes apply.
    pub place: Option<Box<str>>,
    /// What frees the customer from taxes.
    pub exemptions: Box<[Exemption]>,
    /// By the names of the product specification.
    pub characteristics: Vec<Characteristic<'static>>,
    /// Prices that were agreed with the customer (TMF637 `productPrice`).
    pub overrides: Vec<Override>,
}

/// A price of the catalog, with what was agreed in its place.
#[derive(Clone, Debug)]
pub struct Override {
    /// Id of the catalog's price.
    pub price: Box<str>,
    /// When the agreement holds.
    pub valid: Period,
    /// The price, compiled with what was agreed (`compile_agreed` of [`super::card`]); none where it cannot
    /// take the place of the catalog's: such usage is rejected.
    pub card: Option<Arc<Card>>,
}

impl Product {
    /// Writes a reference to it, in the form in which references are stored.
    pub fn write_reference(&self, into: &mut impl Object) {
        into.text("@type", "ProductRef");
        into.text("id", &self.id);
        into.text("href", &format!("tollgate:product/{}", self.id));
    }

    /// The value of a characteristic.
    pub fn characteristic(&self, name: &str) -> Option<&Datum<'static>> {
        find(&self.characteristics, name)
    }

    /// True where no tax of a category is due on usage that began at an instant.
    pub fn is_exempt(&self, category: Option<&str>, at: Micros) -> bool {
        self.exemptions.iter().any(|own| own.frees(category, at))
    }
}
