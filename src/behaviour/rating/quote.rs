//! What usage would cost: the question is priced by the one function that prices everything, and
//! nothing is stored.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::account::Account;
use super::asked::{Asked, refused};
use super::book::{Book, Snapshot};
use super::payer::payer;
use super::prices::{PRICE, Sold, SoldOption, sold};
use crate::domain::clock::Micros;
use crate::domain::descriptor::ApiVersion;
use crate::domain::document::{Object, ValueObject};
use crate::domain::ids;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::value::Period;
use crate::engine::{Caller, Core};
use crate::rating::allowance::Allowance;
use crate::rating::bucket::Buckets;
use crate::rating::card::CardSet;
use crate::rating::library::Library;
use crate::rating::option::Extras;
use crate::rating::policy::{Policy, oldest};
use crate::rating::product::Product;
use crate::rating::rated::Rated;
use crate::rating::record::Record;
use crate::rating::session::Session as Parts;
use crate::rating::tariff::{PriceFault, Tariff};
use crate::rating::tier::{TierPosition, Tiers};
use crate::rating::trace::Trace;
use crate::rating::usage::{Entries, Form};
use crate::rating::{Request, rate};
use crate::store::Store;

/// Id of the product of a question about prices alone.
const NOBODY: &str = "quote";

/// Prices usage without storing anything. Buckets and tiers move from one usage of a list to the next.
/// Tables and calendars that the question does not bring are the stored ones. Usage older than `limit` has
/// no price.
///
/// # Errors
/// `InvalidBody`, naming what is wrong with the question: a price that does not compile, a usage that
/// cannot be read, a product that is not there. A usage without a price is not an error; its answer says
/// why.
pub async fn quote(
    core: &Arc<Core>,
    store: &Store,
    book: &Book,
    caller: &Caller,
    version: ApiVersion,
    limit: Option<Duration>,
    body: Value,
) -> Outcome<Value> {
    let asked = Asked::new(body)?;
    let stored = match asked.product()? {
        Some(id) => {
            let (tenant, id) = (caller.tenant, id.to_owned());
            let read = store.point(move |session| Ok(sold(session, tenant, &id)));
            Some(read.await??)
        }
        None => None,
    };
    let seen = book.library(caller.tenant);
    let terms = terms(core, version, &asked, stored, &seen)?;
    let at = asked.at(core.clock.now())?;
    let mut world = World {
        product: terms.product,
        cards: &terms.tariff.cards,
        options: &terms.options,
        buckets: asked.buckets(&allowances(&terms.tariff, &terms.options))?,
        tiers: asked.tiers()?,
        sessions: HashMap::new(),
        policy: Policy {
            taxes: Arc::clone(&seen.taxes),
            oldest: oldest(limit, at),
            ..Policy::default()
        },
        at,
    };
    let usages = asked.usages()?;
    let records = usages
        .iter()
        .map(|(pointer, usage)| Record::read(usage).map_err(|faults| refused(pointer, faults)));
    let records = records.collect::<Outcome<Vec<_>>>()?;
    let answers: Vec<Value> = records.iter().map(|record| world.price(record)).collect();
    Ok(json!({
        "@type": "RatingAnswer",
        "usage": answers,
        "bucket": buckets(&world.buckets),
        "tierPosition": tiers(&world.tiers),
    }))
}

/// The prices that are asked about, and who would pay them.
struct Terms {
    tariff: Tariff,
    product: Product,
    options: Vec<Extra>,
}

/// An option of the product.
struct Extra {
    id: String,
    active: Period,
    extras: Extras,
}

/// All allowances with the ids of their buckets. Those of options are there while the option is.
fn allowances(tariff: &Tariff, options: &[Extra]) -> Vec<(Box<str>, Arc<Allowance>)> {
    let own = tariff.allowances.iter();
    let own = own.map(|own| (own.price.clone(), Arc::clone(own)));
    let of_options = options.iter().flat_map(|option| {
        option.extras.allowances().iter().map(|own| {
            let mut allowance = (**own).clone();
            let (valid, active) = (allowance.valid, option.active);
            let ends = valid.end.into_iter().chain(active.end);
            allowance.valid = Period {
                start: valid.start.max(active.start),
                end: ends.min(),
            };
            let id = format!("{}~{}", option.id, own.price);
            (id.into(), Arc::new(allowance))
        })
    });
    own.chain(of_options).collect()
}

fn terms(
    core: &Core,
    version: ApiVersion,
    asked: &Asked,
    stored: Option<Sold>,
    seen: &Snapshot,
) -> Outcome<Terms> {
    let resource = core
        .registry
        .in_version(PRICE, version)
        .ok_or_else(|| Problem::internal("there are no prices"))?;
    let mut prices = Vec::new();
    // Where each price of the question stands, for what is wrong with it.
    let mut places: HashMap<String, String> = HashMap::new();
    for (pointer, price) in asked.prices() {
        // Tables, allowances and discounts name prices, so here one may have an id in v4 as well.
        let mut price = price.clone();
        let id = price
            .as_object_mut()
            .and_then(|price| price.shift_remove("id"))
            .and_then(|id| id.as_str().map(str::to_owned))
            .unwrap_or_else(ids::new_id);
        let new = core
            .accept(resource, price)
            .map_err(|problem| problem.below(&pointer))?;
        places.insert(id.clone(), pointer);
        prices.push((id, new.doc));
    }
    if prices.is_empty() && stored.is_none() {
        return Err(Problem::at(
            Code::InvalidBody,
            "/productOfferingPrice",
            "is needed, or a product",
        ));
    }
    let Sold {
        id,
        product,
        account,
        prices: catalog,
        options,
    } = stored.unwrap_or_else(|| Sold {
        id: NOBODY.to_owned(),
        product: Value::Null,
        account: Account::default(),
        prices: Vec::new(),
        options: Vec::new(),
    });
    // A price of the question stands for the stored one of the same id.
    let replaced = |id: &String| places.contains_key(id);
    prices.extend(catalog.into_iter().filter(|(id, _)| !replaced(id)));
    let mut library = seen.with_prices(shared(&prices).collect());
    library.tables.extend(asked.tables()?);
    library.calendars.extend(asked.calendars()?);
    // For a product the answer is that of rating; else nobody need have declared what usage has.
    if product.is_null() {
        let names = Arc::make_mut(&mut library.event_names);
        names.extend(asked.names_of_usage()?);
    }
    let named: Vec<(&str, &Value)> = prices.iter().map(|(id, doc)| (id.as_str(), doc)).collect();
    let tariff =
        Tariff::compile(&named, &library).map_err(|faults| wrong_prices(faults, &places))?;
    let options = options.into_iter().map(|option| {
        let more: HashMap<_, _> = shared(&option.prices).collect();
        for (id, document) in more {
            library.prices.entry(id).or_insert(document);
        }
        extra(option, &library, &places)
    });
    let options = options.collect::<Outcome<Vec<Extra>>>()?;
    let all = options.iter().fold(tariff.cards.clone(), |cards, option| {
        option.extras.add_to(&cards)
    });
    let currency = all.cards.first().map(|card| card.currency);
    let currency = currency.ok_or_else(|| {
        Problem::at(
            Code::InvalidBody,
            "/productOfferingPrice",
            "has no price of type usage",
        )
    })?;
    Ok(Terms {
        product: payer(&id, &product, &account, currency, &library),
        tariff,
        options,
    })
}

fn shared(prices: &[(String, Value)]) -> impl Iterator<Item = (Box<str>, Arc<Value>)> {
    let prices = prices.iter();
    prices.map(|(id, doc)| (id.as_str().into(), Arc::new(doc.clone())))
}

/// The prices of an option, without those in whose place the question has others.
fn extra(
    option: SoldOption,
    library: &Library,
    places: &HashMap<String, String>,
) -> Outcome<Extra> {
    let list = option.prices.iter();
    let list = list.filter(|(id, _)| !places.contains_key(id));
    let list: Vec<(&str, &Value)> = list.map(|(id, doc)| (id.as_str(), doc)).collect();
    let tariff = Tariff::compile(&list, library).map_err(|faults| wrong_prices(faults, places))?;
    Ok(Extra {
        extras: Extras::of(&tariff, &option.named),
        id: option.id,
        active: option.active,
    })
}

fn wrong_prices(faults: Vec<PriceFault>, places: &HashMap<String, String>) -> Problem {
    let violations = faults.into_iter().map(|PriceFault { price, fault }| {
        match places.get(&*price) {
            Some(place) => Violation {
                path: format!("{place}{}", fault.pointer),
                message: fault.message,
            },
            // It stands in the catalog, and the product leads there.
            None => Violation {
                path: "/product/id".to_owned(),
                message: format!("has the price '{price}', of which {fault}"),
            },
        }
    });
    Problem::many(Code::InvalidBody, violations.collect())
}

/// What usage finds, and what the usage before has left.
struct World<'t> {
    product: Product,
    cards: &'t CardSet,
    options: &'t [Extra],
    buckets: Buckets,
    tiers: Tiers,
    /// By the name of the record.
    sessions: HashMap<String, Parts>,
    policy: Policy,
    at: Micros,
}

impl<'t> World<'t> {
    /// The prices at an instant.
    fn cards_at(&self, at: Micros) -> Cow<'t, CardSet> {
        let active = self.options.iter().filter(|own| own.active.contains(at));
        let own = Cow::Borrowed(self.cards);
        active.fold(own, |cards, option| {
            Cow::Owned(option.extras.add_to(&cards))
        })
    }

    fn price(&mut self, record: &Record<'_>) -> Value {
        let event = record.event();
        let name = record.name().unwrap_or_default();
        let session = self.sessions.get(name);
        // All parts of a session count where it began.
        let start = session.map_or(event.start, |parts| parts.start);
        let cards = self.cards_at(start);
        let request = Request {
            event: &event,
            product: &self.product,
            cards: &cards,
            buckets: &self.buckets,
            tiers: &self.tiers,
            session,
            policy: &self.policy,
        };
        let rated = match rate(&request) {
            Ok(rated) => rated,
            Err(rejection) => {
                return json!({ "rejection": {
                    "code": rejection.code.as_str(),
                    "detail": rejection.message(&cards),
                }});
            }
        };
        let date = self.at.to_rfc3339();
        let mut answer = ValueObject::of(|answer| {
            if let Some(entries) = Entries::new(&request, &rated, Form::V4, &date) {
                entries.write(answer);
            }
            if let Some(trace) = Trace::new(&request, &rated) {
                answer.object("trace", |own| trace.write(own));
            }
        });
        let lines = answer.get_mut("ratedProductUsage");
        let lines = lines.and_then(Value::as_array_mut).into_iter().flatten();
        for product in lines.filter_map(|line| line.get_mut("productRef")) {
            // What is not stored has no address.
            product
                .as_object_mut()
                .map(|product| product.shift_remove("href"));
        }
        let price = request.card(rated.card).map(|card| card.price.clone());
        self.book(start, name, price.as_deref(), rated);
        answer
    }

    /// Moves buckets, tiers and the session, for the usage after.
    fn book(&mut self, at: Micros, name: &str, price: Option<&str>, rated: Rated) {
        // The moves were worked out from these very buckets, so they fit.
        let _ = self.buckets.apply(&rated.buckets);
        if let Some(price) = price.filter(|_| rated.tier != 0) {
            if self.tiers.find(price, at).is_none() {
                self.tiers.0.push(TierPosition {
                    price: price.into(),
                    period: Period::ALWAYS,
                    used: 0,
                });
            }
            let _ = self.tiers.apply(price, at, rated.tier);
        }
        if let Some(session) = rated.session {
            self.sessions.insert(name.to_owned(), session);
        }
    }
}

fn buckets(buckets: &Buckets) -> Vec<Value> {
    let list = buckets.list().iter();
    list.map(|bucket| {
        let units = bucket.allowance.unit.name();
        let quantity = |amount: u64| json!({ "amount": amount, "units": units });
        json!({
            "id": &*bucket.id,
            "productOfferingPrice": { "id": &*bucket.allowance.price },
            "grantedValue": quantity(bucket.granted),
            "usedValue": quantity(bucket.used),
            "remainingValue": quantity(bucket.remaining()),
        })
    })
    .collect()
}

fn tiers(tiers: &Tiers) -> Vec<Value> {
    let list = tiers.0.iter();
    list.map(|position| {
        let mut shown = Map::new();
        let price = json!({ "id": &*position.price });
        shown.insert("productOfferingPrice".to_owned(), price);
        shown.insert("used".to_owned(), Value::from(position.used));
        Value::Object(shown)
    })
    .collect()
}
