//! Who pays for usage, as rating knows a product.

use std::sync::Arc;

use serde_json::Value;

use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money};
use crate::domain::value::Period;
use crate::rating::card::compile_agreed;
use crate::rating::datum::{Characteristic, Datum};
use crate::rating::library::Library;
use crate::rating::product::{Override, Product};

/// What is known of who pays: a stored product, or nobody in particular where there is no document.
pub fn payer(id: &str, product: &Value, currency: &'static Currency, library: &Library) -> Product {
    let instant = |name: &str| {
        let text = product.get(name).and_then(Value::as_str);
        text.and_then(Micros::parse)
    };
    let list = |name: &str| {
        product
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    Product {
        id: id.into(),
        currency,
        active: Period {
            start: instant("startDate"),
            end: instant("terminationDate"),
        },
        place: None,
        exempt: false,
        characteristics: list("productCharacteristic")
            .filter_map(characteristic)
            .collect(),
        overrides: list("productPrice")
            .filter_map(|agreed| agreed_price(agreed, library))
            .collect(),
    }
}

fn characteristic(document: &Value) -> Option<Characteristic<'static>> {
    let name = document.get("name")?.as_str()?;
    let value = Datum::read(document.get("value")?)?;
    Some(Characteristic::new(name, value).into_owned())
}

/// A price of the product (TMF637 `productPrice`) that takes the place of one of the catalog: it names
/// that, is about usage, and says another amount.
fn agreed_price(agreed: &Value, library: &Library) -> Option<Override> {
    let id = agreed.pointer("/productOfferingPrice/id")?.as_str()?;
    let document = library.prices.get(id)?;
    if document.get("priceType").and_then(Value::as_str) != Some("usage") {
        return None;
    }
    let price = agreed.get("price")?;
    let amount = ["dutyFreeAmount", "taxIncludedAmount"]
        .iter()
        .find_map(|name| price.get(*name));
    let money = Money::read(amount?).ok()?;
    let card = compile_agreed(id, document, &money, library).ok()?;
    let valid = agreed.get("validFor").and_then(Value::as_object);
    Some(Override {
        price: id.into(),
        valid: valid.map_or(Period::ALWAYS, Period::of),
        card: Arc::new(card),
    })
}
