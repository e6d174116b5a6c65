//! What a golden case is rated with, read from JSON.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money};
use crate::domain::value::Period;
use crate::rating::bucket::{Bucket, Buckets};
use crate::rating::calendar::Calendar;
use crate::rating::card;
use crate::rating::datum::{Characteristic, Datum};
use crate::rating::event::{Event, Partial, Quantities};
use crate::rating::library::Library;
use crate::rating::policy::{Blocked, Policy};
use crate::rating::product::{Exemption, Override, Product};
use crate::rating::rated::{Rated, Rejection};
use crate::rating::session::Session;
use crate::rating::table::{self, Table};
use crate::rating::tariff::{PriceFault, Tariff};
use crate::rating::tax::{TaxRate, TaxRow, TaxTable};
use crate::rating::tier::{TierPosition, Tiers};
use crate::rating::{Request, rate};

/// Everything but the event. What an event moves is booked.
pub struct World {
    pub tariff: Tariff,
    pub product: Product,
    pub buckets: Buckets,
    pub tiers: Tiers,
    pub policy: Policy,
    pub session: Option<Session>,
}

/// Instants without a date are on the Monday that all cases share.
pub const DAY: &str = "2026-03-02";

pub fn instant(text: &str) -> Micros {
    let full = match text.contains('T') {
        true => text.to_owned(),
        false => format!("{DAY}T{text}Z"),
    };
    Micros::parse(&full).unwrap_or_else(|| panic!("not an instant: {text}"))
}

fn period(value: &Value) -> Period {
    let end = |name: &str| value[name].as_str().map(instant);
    Period {
        start: end("from"),
        end: end("to"),
    }
}

fn list<'v>(given: &'v Value, name: &str) -> &'v [Value] {
    given[name]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
}

fn text(value: &Value, name: &str) -> Box<str> {
    let text = value[name].as_str();
    text.unwrap_or_else(|| panic!("{name} is missing in {value}"))
        .into()
}

pub fn library(given: &Value) -> Library {
    let mut library = Library::default();
    for document in list(given, "table") {
        let source = table::read(document).unwrap_or_else(|f| panic!("table: {f:?}"));
        let table = Table::compile(&source).unwrap_or_else(|f| panic!("table: {f:?}"));
        library.tables.insert(table.id.clone(), Arc::new(table));
    }
    for document in list(given, "calendar") {
        let calendar = Calendar::compile(document).unwrap_or_else(|f| panic!("calendar: {f:?}"));
        library
            .calendars
            .insert(calendar.id.clone(), Arc::new(calendar));
    }
    for document in list(given, "price") {
        let id = text(document, "id");
        library.prices.insert(id, Arc::new(document.clone()));
    }
    for name in ["direction", "roaming", "chargingKey", "servingNetwork"] {
        Arc::make_mut(&mut library.event_names).insert(name.into());
    }
    library
}

impl World {
    pub fn of(given: &Value) -> Result<Self, Vec<PriceFault>> {
        let library = library(given);
        let prices = list(given, "price").iter();
        let prices: Vec<(&str, &Value)> = prices
            .map(|own| (own["id"].as_str().expect("an id"), own))
            .collect();
        let tariff = Tariff::compile(&prices, &library)?;
        let bucket = |own: &Value| Bucket {
            id: text(own, "id"),
            allowance: {
                let id = text(own, "allowance");
                let mut allowances = tariff.allowances.iter();
                let found = allowances.find(|own| own.price == id);
                Arc::clone(found.unwrap_or_else(|| panic!("no allowance {id}")))
            },
            granted: own["granted"].as_u64().expect("what was granted"),
            used: own["used"].as_u64().unwrap_or(0),
            valid: period(own),
            carried: 0,
        };
        let position = |own: &Value| TierPosition {
            price: text(own, "price"),
            period: period(own),
            used: own["used"].as_u64().unwrap_or(0),
        };
        Ok(World {
            product: product(&given["product"], given, &library),
            buckets: Buckets::new(list(given, "bucket").iter().map(bucket).collect()),
            tiers: Tiers(list(given, "tier").iter().map(position).collect()),
            policy: policy(&given["policy"]),
            session: None,
            tariff,
        })
    }

    /// Rates an event and books what it moves.
    pub fn rate(&mut self, event: &Value) -> Result<Rated, Rejection> {
        let characteristics = characteristics(event);
        let event = read_event(event, &characteristics);
        self.rate_event(&event)
    }

    pub fn rate_event(&mut self, event: &Event<'_>) -> Result<Rated, Rejection> {
        let rated = rate(&self.request(event))?;
        self.buckets
            .apply(&rated.buckets)
            .expect("moves that can be booked");
        if rated.tier != 0 {
            let price = &self.card(&rated).price.clone();
            let start = self.session.as_ref().map_or(event.start, |own| own.start);
            if self.tiers.apply(price, start, rated.tier).is_none() {
                self.tiers.0.push(TierPosition {
                    price: price.clone(),
                    period: Period::ALWAYS,
                    used: u64::try_from(rated.tier).expect("a first position"),
                });
            }
        }
        if event.partial.is_some() {
            self.session.clone_from(&rated.session);
        }
        Ok(rated)
    }

    pub fn request<'r>(&'r self, event: &'r Event<'r>) -> Request<'r> {
        Request {
            event,
            product: &self.product,
            cards: &self.tariff.cards,
            buckets: &self.buckets,
            tiers: &self.tiers,
            session: self.session.as_ref(),
            policy: &self.policy,
        }
    }

    pub fn card(&self, rated: &Rated) -> &card::Card {
        match rated.card {
            crate::rating::rated::CardAt::Set(place) => {
                &self.tariff.cards.cards[usize::try_from(place).unwrap()]
            }
            crate::rating::rated::CardAt::Override(place) => {
                let agreed = &self.product.overrides[usize::try_from(place).unwrap()];
                agreed.card.as_deref().expect("a card")
            }
        }
    }
}

fn product(value: &Value, given: &Value, library: &Library) -> Product {
    let none = Map::new();
    let members = value["characteristic"].as_object().unwrap_or(&none);
    let characteristics = members.iter().map(|(name, value)| {
        Characteristic::new(name, Datum::read(value).expect("a value")).into_owned()
    });
    let agreed = list(value, "override").iter().map(|own| {
        let id = text(own, "price");
        let mut prices = list(given, "price").iter();
        let document = prices.find(|price| price["id"] == *id).expect("the price");
        let money = Money::read(&own["amount"]).expect("an amount");
        let card = card::compile_agreed(&id, document, &money, library).expect("a card");
        Override {
            price: id,
            valid: period(own),
            card: Some(Arc::new(card)),
        }
    });
    Product {
        id: "product".into(),
        currency: Currency::of(value["currency"].as_str().unwrap_or("EUR")).unwrap(),
        active: period(value),
        place: value["place"].as_str().map(Box::from),
        exemptions: exemptions(&value["exempt"]),
        characteristics: characteristics.collect(),
        overrides: agreed.collect(),
    }
}

/// `true` for always and all taxes, else a list of periods with categories.
fn exemptions(value: &Value) -> Box<[Exemption]> {
    let always = Exemption {
        valid: Period::ALWAYS,
        categories: None,
    };
    let read = |own: &Value| Exemption {
        valid: period(own),
        categories: own.get("category").map(|_| {
            let names = list(own, "category").iter();
            names
                .map(|name| name.as_str().expect("a name").into())
                .collect()
        }),
    };
    match value {
        Value::Array(list) => list.iter().map(read).collect(),
        Value::Bool(true) => Box::new([always]),
        _ => Box::default(),
    }
}

fn policy(value: &Value) -> Policy {
    let row = |own: &Value| TaxRow {
        category: text(own, "category"),
        place: own["place"].as_str().map(Box::from),
        rate: TaxRate::of(own["rate"].to_string().parse().unwrap()).unwrap(),
        valid: period(own),
    };
    let rows = list(value, "tax").iter().map(row).collect();
    Policy {
        inactive: false,
        oldest: value["oldest"].as_str().map(instant),
        blocked: match value["blocked"].as_str() {
            Some("waive") => Blocked::Waive,
            _ => Blocked::Reject,
        },
        taxes: TaxTable::new(rows)
            .expect("taxes that do not overlap")
            .into(),
    }
}

/// Attributes of an event that are no characteristics.
const OWN: [&str; 9] = [
    "type", "start", "seconds", "bytes", "messages", "units", "value", "sequence", "last",
];

pub fn characteristics(event: &Value) -> Vec<Characteristic<'_>> {
    let members = event.as_object().expect("an event").iter();
    members
        .filter(|(name, _)| !OWN.contains(&name.as_str()))
        .map(|(name, value)| Characteristic::new(name, Datum::read(value).expect("a value")))
        .collect()
}

pub fn read_event<'e>(value: &'e Value, characteristics: &'e [Characteristic<'e>]) -> Event<'e> {
    let quantity = |name: &str| value[name].as_u64();
    Event {
        kind: value["type"].as_str().unwrap_or("voice"),
        start: instant(value["start"].as_str().unwrap_or("10:00:00")),
        quantities: Quantities {
            seconds: quantity("seconds"),
            bytes: quantity("bytes"),
            messages: quantity("messages"),
            units: quantity("units"),
        },
        value: value.get("value").map(|value| {
            let money = Money::read(value).expect("an amount");
            (money.value, money.currency)
        }),
        characteristics,
        partial: quantity("sequence").map(|sequence| Partial {
            sequence: u32::try_from(sequence).unwrap(),
            last: value["last"] == json!(true),
        }),
    }
}
