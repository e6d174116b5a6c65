//! Prices in the form of TMF622 v5.

use rust_decimal::{Decimal, RoundingStrategy};
use serde_json::{Map, Value};

use super::alter::Altered;
use super::charge::Charge;
use crate::domain::money::{Amount, Currency, Money, number_of};
use crate::ordering::catalog::Price;

/// Digits behind the point of the finest amount that is ever booked.
pub(super) const DIGITS_MAX: u32 = Amount::SCALE;

/// An entry of `itemPrice`: one piece as it is listed, with its alterations.
pub(super) fn order_price(charge: &Charge<'_>) -> Value {
    let price = charge.price;
    let mut object = described("OrderPrice", price);
    object.insert("priceType".to_owned(), Value::from(price.word.as_str()));
    period_and_unit(&mut object, price);
    object.insert("price".to_owned(), amounts(charge, charge.list, None));
    if !charge.altered.is_empty() {
        let altered = charge.altered.iter();
        let altered = altered.map(|altered| alteration(charge, altered)).collect();
        object.insert("priceAlteration".to_owned(), Value::Array(altered));
    }
    if let Some(account) = charge.account {
        let mut reference = Map::new();
        reference.insert("@type".to_owned(), Value::from("BillingAccountRef"));
        reference.insert("id".to_owned(), Value::from(account));
        object.insert("billingAccount".to_owned(), Value::Object(reference));
    }
    Value::Object(object)
}

/// A `PriceAlteration`. Its type and period are those of the price that it alters.
fn alteration(charge: &Charge<'_>, altered: &Altered<'_>) -> Value {
    let mut object = described("PriceAlteration", altered.price);
    let word = charge.price.word.as_str();
    object.insert("priceType".to_owned(), Value::from(word));
    period_and_unit(&mut object, charge.price);
    if let Some(duration) = altered.price.duration {
        object.insert("applicationDuration".to_owned(), Value::from(duration));
    }
    if let Some(priority) = altered.price.priority {
        object.insert("priority".to_owned(), Value::from(priority));
    }
    let amounts = amounts(charge, altered.amount, altered.percentage);
    object.insert("price".to_owned(), amounts);
    Value::Object(object)
}

/// Name, description and the reference to the price of the catalog.
fn described(class: &str, price: &Price) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("@type".to_owned(), Value::from(class));
    for (name, text) in [("name", &price.name), ("description", &price.description)] {
        if let Some(text) = text {
            object.insert(name.to_owned(), Value::from(text.as_str()));
        }
    }
    if !price.inline {
        object.insert("productOfferingPrice".to_owned(), reference(price));
    }
    object
}

fn reference(price: &Price) -> Value {
    let mut reference = Map::new();
    let class = "ProductOfferingPriceRef";
    reference.insert("@type".to_owned(), Value::from(class));
    reference.insert("id".to_owned(), Value::from(price.id.as_str()));
    // The mark that becomes an address when the document is shown.
    let href = format!("tollgate:productOfferingPrice/{}", price.id);
    reference.insert("href".to_owned(), Value::from(href));
    if let Some(name) = &price.name {
        reference.insert("name".to_owned(), Value::from(name.as_str()));
    }
    if let Some(version) = &price.version {
        reference.insert("version".to_owned(), Value::from(version.as_str()));
    }
    let referred = Value::from("ProductOfferingPrice");
    reference.insert("@referredType".to_owned(), referred);
    Value::Object(reference)
}

fn period_and_unit(object: &mut Map<String, Value>, price: &Price) {
    for (name, text) in [
        ("recurringChargePeriod", &price.charge_period),
        ("unitOfMeasure", &price.unit),
    ] {
        if let Some(text) = text {
            object.insert(name.to_owned(), Value::from(text.as_str()));
        }
    }
}

/// The `Price` of an amount of one piece.
fn amounts(charge: &Charge<'_>, amount: Decimal, percentage: Option<Decimal>) -> Value {
    let gross = charge.taxed(amount, 1).flatten();
    let gross = gross.map(|gross| rounded(gross, charge.digits()));
    let net = at_least(amount, charge.currency.digits.unwrap_or_default());
    let rate = charge.price.tax_rate;
    price(charge.currency, Some(net), gross, rate, percentage)
}

/// A `Price`.
pub(super) fn price(
    currency: &'static Currency,
    net: Option<Decimal>,
    gross: Option<Decimal>,
    rate: Option<Decimal>,
    percentage: Option<Decimal>,
) -> Value {
    let mut object = Map::new();
    object.insert("@type".to_owned(), Value::from("Price"));
    for (name, amount) in [("dutyFreeAmount", net), ("taxIncludedAmount", gross)] {
        if let Some(value) = amount {
            object.insert(name.to_owned(), Money { value, currency }.to_json());
        }
    }
    for (name, number) in [("taxRate", rate), ("percentage", percentage)] {
        if let Some(number) = number {
            object.insert(name.to_owned(), Value::Number(number_of(number)));
        }
    }
    Value::Object(object)
}

/// Rounded half away from zero, with so many digits at least as well.
pub(super) fn rounded(value: Decimal, digits: u32) -> Decimal {
    let value = value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero);
    at_least(value, digits.min(2))
}

/// The exact value, with so many digits behind the point at least and no useless ones beyond.
pub(super) fn at_least(value: Decimal, digits: u32) -> Decimal {
    let mut value = value.normalize();
    if value.scale() < digits {
        value.rescale(digits);
    }
    value
}
