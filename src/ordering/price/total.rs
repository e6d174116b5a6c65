//! Totals of charges, kept apart by type, charge period, unit and currency.

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::charge::Charge;
use super::json;
use crate::domain::money::Currency;
use crate::ordering::catalog::PriceKind;

/// Sums in the order in which their first charges come.
#[derive(Clone, Default)]
pub(super) struct Totals<'a> {
    sums: Vec<Sum<'a>>,
}

#[derive(Clone)]
struct Sum<'a> {
    word: &'a str,
    period: Option<&'a str>,
    currency: &'static Currency,
    net: Decimal,
    /// With tax and not rounded; none when the tax of a charge is not stated.
    gross: Option<Decimal>,
    /// The one rate of all charges.
    rate: Option<Decimal>,
}

impl<'a> Totals<'a> {
    /// Adds all pieces of a charge. `None` when the sum cannot be held.
    pub fn add(&mut self, charge: &Charge<'a>) -> Option<()> {
        if charge.price.kind == PriceKind::Usage {
            return Some(());
        }
        let net = charge.net.checked_mul(Decimal::from(charge.quantity))?;
        let gross = match charge.taxed(net, charge.quantity) {
            None => None,
            Some(gross) => Some(gross?),
        };
        let word = word(charge);
        let period = charge.price.charge_period.as_deref();
        let same = self.sums.iter_mut().find(|sum| {
            sum.word == word && sum.period == period && sum.currency == charge.currency
        });
        let Some(sum) = same else {
            self.sums.push(Sum {
                word,
                period,
                currency: charge.currency,
                net,
                gross,
                rate: charge.price.tax_rate,
            });
            return Some(());
        };
        sum.net = sum.net.checked_add(net)?;
        sum.gross = match (sum.gross, gross) {
            (Some(sum), Some(gross)) => Some(sum.checked_add(gross)?),
            _ => None,
        };
        sum.rate = sum.rate.filter(|rate| charge.price.tax_rate == Some(*rate));
        Some(())
    }

    /// One `OrderPrice` for each sum.
    pub fn to_json(&self) -> Vec<Value> {
        self.sums.iter().map(Sum::to_json).collect()
    }
}

/// The type of a sum. An amount that stands for itself counts with what it is paid with.
fn word<'a>(charge: &Charge<'a>) -> &'a str {
    match (charge.price.kind, &charge.price.charge_period) {
        (PriceKind::Discount | PriceKind::Surcharge, Some(_)) => "recurring",
        (PriceKind::Discount | PriceKind::Surcharge, None) => "oneTime",
        _ => &charge.price.word,
    }
}

impl Sum<'_> {
    fn to_json(&self) -> Value {
        let digits = self.currency.digits.unwrap_or(json::DIGITS_MAX);
        let mut object = Map::new();
        object.insert("@type".to_owned(), Value::from("OrderPrice"));
        object.insert("priceType".to_owned(), Value::from(self.word));
        if let Some(period) = self.period {
            object.insert("recurringChargePeriod".to_owned(), Value::from(period));
        }
        let gross = self.gross.map(|gross| json::rounded(gross, digits));
        let net = json::at_least(self.net, digits);
        let price = json::price(self.currency, Some(net), gross, self.rate, None);
        object.insert("price".to_owned(), price);
        Value::Object(object)
    }
}
