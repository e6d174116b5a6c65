//! The prices of the operator: what the catalog says of them, and what products say.

use serde_json::{Value, json};

use crate::domain::money::{Amount, Currency};

/// In which terms a price is charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Every {
    Once,
    Week,
    Month,
    /// Months from the day on which the product began.
    OwnMonth,
}

/// A price of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    pub id: &'static str,
    pub every: Every,
    pub arrears: bool,
    /// The first term costs all of it.
    pub full_start: bool,
    pub while_suspended: bool,
}

const MONTHLY: Kind = Kind {
    id: "plan",
    every: Every::Month,
    arrears: false,
    full_start: false,
    while_suspended: false,
};

/// All of them.
pub const KINDS: [Kind; 8] = [
    MONTHLY,
    Kind {
        id: "rent",
        arrears: true,
        ..MONTHLY
    },
    Kind {
        id: "care",
        every: Every::Week,
        arrears: true,
        ..MONTHLY
    },
    Kind {
        id: "club",
        every: Every::Week,
        ..MONTHLY
    },
    Kind {
        id: "line",
        every: Every::OwnMonth,
        ..MONTHLY
    },
    Kind {
        id: "cover",
        while_suspended: true,
        ..MONTHLY
    },
    Kind {
        id: "entry",
        full_start: true,
        ..MONTHLY
    },
    SETUP,
];

/// What is charged once.
pub const SETUP: Kind = Kind {
    id: "setup",
    every: Every::Once,
    ..MONTHLY
};

/// Per cent of tax on everything.
pub const TAX: i64 = 20;

/// A price that a product has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    pub kind: &'static str,
    pub cents: i64,
    /// Per cent off, and for how many terms.
    pub discount: Option<(i64, u32)>,
}

impl Entry {
    /// What the catalog says of it.
    pub fn terms(&self) -> Kind {
        let own = KINDS.iter().find(|kind| kind.id == self.kind);
        own.copied().unwrap_or(MONTHLY)
    }

    /// As a product says it.
    pub fn json(&self) -> Value {
        let kind = self.terms();
        let mut price = json!({
            "@type": "ProductPrice", "name": kind.id, "priceType": "recurring",
            "productOfferingPrice": { "@type": "ProductOfferingPriceRef", "id": kind.id },
            "price": { "@type": "Price", "dutyFreeAmount": cents(self.cents), "taxRate": TAX },
        });
        let Some(members) = price.as_object_mut() else {
            return price;
        };
        let period = match kind.every {
            Every::Once => {
                members.insert("priceType".to_owned(), json!("oneTime"));
                return price;
            }
            Every::Week => "week",
            Every::Month | Every::OwnMonth => "month",
        };
        members.insert("recurringChargePeriod".to_owned(), json!(period));
        if let Some((percent, terms)) = self.discount {
            let alteration = json!([{
                "@type": "PriceAlteration", "name": "Discount", "priceType": "recurring",
                "applicationDuration": terms, "priority": 1,
                "price": { "@type": "Price", "percentage": -percent },
            }]);
            members.insert("priceAlteration".to_owned(), alteration);
        }
        price
    }
}

/// Cents of euros as money.
pub fn cents(cents: i64) -> Value {
    money(cents.saturating_mul(10_000))
}

/// Millionths of euros as money.
pub fn money(millionths: i64) -> Value {
    match Currency::of("EUR") {
        Some(euro) => Amount::from_millionths(millionths)
            .in_currency(euro)
            .to_json(),
        None => Value::Null,
    }
}

fn tax() -> Value {
    json!([{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": TAX }])
}

/// The prices of the catalog that are charged without usage.
pub fn catalog() -> Vec<Value> {
    let prices = KINDS.iter().map(|kind| {
        let mut price = json!({
            "@type": "ProductOfferingPrice", "id": kind.id, "name": kind.id, "priceType": "recurring",
            "lifecycleStatus": "Active", "price": cents(1_000), "tax": tax(),
        });
        let Some(members) = price.as_object_mut() else {
            return price;
        };
        let mut put = |name: &str, value: Value| drop(members.insert(name.to_owned(), value));
        let period = match kind.every {
            Every::Once => None,
            Every::Week => Some("week"),
            Every::Month | Every::OwnMonth => Some("month"),
        };
        match period {
            None => put("priceType", json!("oneTime")),
            Some(period) => {
                put("recurringChargePeriodType", json!(period));
                put("recurringChargePeriodLength", json!(1));
            }
        }
        if kind.every == Every::OwnMonth {
            put("chargeAlignment", json!("anniversary"));
        }
        if kind.arrears {
            put("chargeTiming", json!("arrears"));
        }
        if kind.full_start {
            put("proration", json!({ "start": "full" }));
        }
        if kind.while_suspended {
            put("chargedWhenSuspended", json!(true));
        }
        price
    });
    prices.collect()
}

/// A started minute, in millionths of euros.
pub const MINUTE: i64 = 12_345;

/// What a started minute costs in each month: prices change.
pub fn minute(month: u64) -> i64 {
    MINUTE.saturating_add(i64::try_from(month % 7).unwrap_or(0).saturating_mul(111))
}

/// Prices of usage: calls, and seconds that are included for each account.
pub fn usage_prices() -> Vec<Value> {
    let voice = json!({
        "@type": "ProductOfferingPrice", "id": "voice", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active",
        "price": money(MINUTE), "unitOfMeasure": { "amount": 1, "units": "minute" }, "tax": tax(),
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "perUnit",
            "characteristic": [{ "name": "increment", "value": [{ "from": 0, "step": 60 }] }],
        }],
    });
    let included = json!({
        "@type": "ProductOfferingPrice", "id": "included", "name": "Included calls", "priceType": "allowance",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 300, "units": "s" },
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "scope", "value": "account" }],
        }],
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "voice", "relationshipType": "allowance",
        }],
    });
    vec![voice, included]
}

/// Offerings: with calls, and with included ones.
pub fn offerings() -> Vec<Value> {
    let offering = |id: &str, prices: &[&str]| {
        let prices = prices.iter();
        let prices: Value = prices
            .map(|id| json!({ "@type": "ProductOfferingPriceRef", "id": id }))
            .collect();
        json!({ "@type": "ProductOffering", "id": id, "name": id, "lifecycleStatus": "Active",
            "productOfferingPrice": prices })
    };
    vec![
        offering("plain", &["voice"]),
        offering("bundle", &["voice", "included"]),
    ]
}
