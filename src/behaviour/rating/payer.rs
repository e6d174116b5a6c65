//! Who pays for usage, as rating knows a product.

use std::sync::Arc;

use serde_json::Value;

use super::account::Account;
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money};
use crate::domain::value::Period;
use crate::rating::card::{Card, compile_agreed, is_usage};
use crate::rating::datum::{Characteristic, Datum};
use crate::rating::library::Library;
use crate::rating::product::{Override, Product};
use crate::rating::tax::TaxMode;

/// What is known of who pays: a stored product and its account, or nobody in particular where there is no
/// document. Without an account the currency is that of the prices.
pub fn payer(
    id: &str,
    product: &Value,
    account: &Account,
    currency: &'static Currency,
    library: &Library,
) -> Product {
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
        currency: account.currency.unwrap_or(currency),
        active: Period {
            start: instant("startDate"),
            end: instant("terminationDate"),
        },
        place: account.place.clone(),
        exemptions: account.exemptions.clone(),
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
/// that, is about usage, and says something else.
fn agreed_price(agreed: &Value, library: &Library) -> Option<Override> {
    let id = agreed.pointer("/productOfferingPrice/id")?.as_str()?;
    let document = library.prices.get(id)?;
    let altered = agreed.get("priceAlteration").and_then(Value::as_array);
    let is_altered = altered.is_some_and(|list| !list.is_empty());
    let price = agreed.get("price").and_then(Value::as_object);
    let says = |name: &str| {
        price
            .and_then(|price| price.get(name))
            .is_some_and(|own| !own.is_null())
    };
    if !is_usage(document) || !(is_altered || [NET, GROSS, "percentage"].into_iter().any(says)) {
        return None;
    }
    let valid = agreed.get("validFor").and_then(Value::as_object);
    let card = agreed_card(id, document, agreed, library);
    Some(Override {
        price: id.into(),
        valid: valid.map_or(Period::ALWAYS, Period::of),
        card: card.filter(|_| !is_altered).map(Arc::new),
    })
}

const NET: &str = "dutyFreeAmount";
const GROSS: &str = "taxIncludedAmount";

/// The price with the agreed amount, where that is with tax as the price is, or without.
fn agreed_card(id: &str, document: &Value, agreed: &Value, library: &Library) -> Option<Card> {
    let amount = |name: &str| Money::read(agreed.get("price")?.get(name)?).ok();
    let compiled = |money: &Money| compile_agreed(id, document, money, library).ok();
    let (net, gross) = (amount(NET), amount(GROSS));
    let card = compiled(net.as_ref().or(gross.as_ref())?)?;
    let is_taxed = card.tax.category.is_some() || card.tax.rate.is_some();
    match (card.tax.mode, net, gross) {
        (TaxMode::Gross, Some(_), Some(gross)) => compiled(&gross),
        (TaxMode::Net, Some(_), _) | (TaxMode::Gross, None, Some(_)) => Some(card),
        _ => (!is_taxed).then_some(card),
    }
}
