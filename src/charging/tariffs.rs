//! Compiled prices of offerings, alone and with options beside them, as long as the catalog is the same.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use super::payer::lock;
use crate::behaviour::rating::Snapshot;
use crate::behaviour::rating::prices::{OFFERING, current, named, of_offering};
use crate::domain::money::Currency;
use crate::domain::problem::Outcome;
use crate::domain::usage_facts::key_of;
use crate::rating::library::Library;
use crate::rating::option::Extras;
use crate::rating::policy::Policy;
use crate::rating::tariff::Tariff;
use crate::store::Session;

/// Tariffs of which sessions may still be under way.
const OLD: usize = 256;
/// Offerings, and offerings with options, that are remembered; beyond that all are compiled anew.
const REMEMBERED: usize = 10_000;

/// The compiled prices of an offering, with those of options.
#[derive(Debug)]
pub struct Priced {
    /// Tells tariffs apart while the process lives, and mostly beyond: made of what they were compiled
    /// from.
    pub id: u64,
    /// Of the [`Snapshot`] that it was compiled with.
    revision: u64,
    /// Cards are those of all offerings, allowances those of the first: options have their own.
    pub tariff: Tariff,
    /// What the cards name.
    pub library: Library,
    pub policy: Policy,
    pub currency: &'static Currency,
}

/// The compiled prices of an offering by itself.
pub struct Compiled {
    revision: u64,
    tariff: Tariff,
    library: Library,
    /// What it brings where it is an option.
    pub extras: Extras,
}

/// Tenant and offerings, of which the first is that of the product that pays.
type Bought = (i64, Vec<String>);

/// What is compiled, by tenant.
#[derive(Default)]
pub struct Tariffs {
    compiled: Mutex<HashMap<(i64, String), Arc<Compiled>>>,
    priced: Mutex<HashMap<Bought, Arc<Priced>>>,
    old: Mutex<Vec<Arc<Priced>>>,
}

impl Tariffs {
    /// The prices of an offering with options of others, or why there are none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn priced(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        tenant: i64,
        offerings: &[&str],
    ) -> Outcome<Result<Arc<Priced>, String>> {
        let own = offerings.iter().map(|id| (*id).to_owned());
        let key = (tenant, own.collect::<Vec<String>>());
        if let Some(known) = lock(&self.priced).get(&key)
            && known.revision == seen.revision
        {
            return Ok(Ok(Arc::clone(known)));
        }
        let mut parts = Vec::with_capacity(offerings.len());
        for offering in offerings {
            match self.compiled(session, seen, tenant, offering)? {
                Ok(part) => parts.push(part),
                Err(why) => return Ok(Err(why)),
            }
        }
        let Some(priced) = together(&parts, seen, offerings) else {
            return Ok(Err("its offering has no price of type usage".to_owned()));
        };
        let priced = Arc::new(priced);
        self.keep(&priced);
        remember(&self.priced, key, Arc::clone(&priced));
        Ok(Ok(priced))
    }

    /// The prices of one offering, or why there are none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn compiled(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        tenant: i64,
        offering: &str,
    ) -> Outcome<Result<Arc<Compiled>, String>> {
        let key = (tenant, offering.to_owned());
        if let Some(known) = lock(&self.compiled).get(&key)
            && known.revision == seen.revision
        {
            return Ok(Ok(Arc::clone(known)));
        }
        let Some(doc) = current(session, tenant, OFFERING, offering)? else {
            return Ok(Err("its offering is not in the catalog any more".to_owned()));
        };
        let prices = of_offering(session, tenant, &doc)?;
        let compiled = compile(&doc, &prices, seen).map(Arc::new);
        if let Ok(compiled) = &compiled {
            remember(&self.compiled, key, Arc::clone(compiled));
        }
        Ok(compiled)
    }

    fn keep(&self, priced: &Arc<Priced>) {
        let mut old = lock(&self.old);
        old.retain(|own| own.id != priced.id);
        if old.len() >= OLD {
            old.remove(0);
        }
        old.push(Arc::clone(priced));
    }

    /// A tariff that a session began with.
    pub fn old(&self, id: u64) -> Option<Arc<Priced>> {
        lock(&self.old).iter().find(|own| own.id == id).cloned()
    }
}

impl Priced {
    /// True where it was compiled at a revision.
    pub fn is_of(&self, revision: u64) -> bool {
        self.revision == revision
    }
}

fn remember<K: std::hash::Hash + Eq, V>(known: &Mutex<HashMap<K, V>>, key: K, value: V) {
    let mut known = lock(known);
    if known.len() >= REMEMBERED {
        known.clear();
    }
    known.insert(key, value);
}

fn compile(
    offering: &Value,
    prices: &[(String, Value)],
    seen: &Snapshot,
) -> Result<Compiled, String> {
    let documents = prices.iter();
    let documents = documents.map(|(id, doc)| (id.as_str().into(), Arc::new(doc.clone())));
    let library = seen.with_prices(documents.collect());
    let list: Vec<(&str, &Value)> = prices.iter().map(|(id, doc)| (id.as_str(), doc)).collect();
    let tariff = Tariff::compile(&list, &library).map_err(|faults| {
        let first = faults.first();
        let text = first.map(|own| format!("the price {} has a fault: {}", own.price, own.fault));
        text.unwrap_or_default()
    })?;
    let named: HashSet<String> = named(offering, "productOfferingPrice").collect();
    Ok(Compiled {
        revision: seen.revision,
        extras: Extras::of(&tariff, &named),
        library,
        tariff,
    })
}

/// The first with what the others add; none where nothing of it is about usage.
fn together(parts: &[Arc<Compiled>], seen: &Snapshot, offerings: &[&str]) -> Option<Priced> {
    let (own, options) = parts.split_first()?;
    let mut tariff = own.tariff.clone();
    let mut library = own.library.clone();
    for option in options {
        tariff.cards = option.extras.add_to(&tariff.cards);
        let more = option.library.prices.iter();
        for (id, document) in more {
            let place = library.prices.entry(id.clone());
            place.or_insert_with(|| Arc::clone(document));
        }
    }
    let cards = tariff.cards.cards.iter();
    let hashes: Vec<String> = cards.map(|card| card.hash.to_string()).collect();
    let mut name = hashes.join(" ");
    for option in offerings.iter().skip(1) {
        name.push(' ');
        name.push_str(option);
    }
    Some(Priced {
        id: key_of(&name).unsigned_abs(),
        revision: seen.revision,
        currency: tariff.cards.cards.first()?.currency,
        policy: Policy {
            taxes: Arc::clone(&seen.taxes),
            ..Policy::default()
        },
        library,
        tariff,
    })
}
