//! Who pays for usage, and by which prices: what rating has to know of a product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::behaviour::document;
use crate::behaviour::rating::prices::{OFFERING, current, of_offering};
use crate::behaviour::rating::{Book, Snapshot, payer};
use crate::domain::clock::Micros;
use crate::domain::money::Currency;
use crate::domain::problem::Outcome;
use crate::domain::usage_facts::key_of;
use crate::rating::library::Library;
use crate::rating::policy::Policy;
use crate::rating::product::Product;
use crate::rating::tariff::Tariff;
use crate::store::{ResourceRow, Session};

pub const PRODUCT: &str = "product";
/// Characteristic of a product that names the group with which it shares allowances and tiers.
const GROUP: &str = "sharingGroup";
/// Payers that are remembered; beyond that all are read anew.
const REMEMBERED: usize = 500_000;
/// Tariffs of which sessions may still be under way.
const TARIFFS: usize = 256;

/// The compiled prices of an offering.
#[derive(Debug)]
pub struct Priced {
    /// Tells tariffs apart while the process lives, and mostly beyond: made of what they were compiled
    /// from.
    pub id: u64,
    /// Of the [`Snapshot`] that it was compiled with.
    revision: u64,
    pub tariff: Tariff,
    /// What the cards name.
    pub library: Library,
    pub policy: Policy,
    pub currency: &'static Currency,
}

/// Whose usage counts together, from the narrowest. These are the names under which state is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    pub product: String,
    pub account: String,
    pub group: String,
}

impl Owners {
    /// The three of them.
    pub fn names(&self) -> [&str; 3] {
        [&self.product, &self.account, &self.group]
    }
}

/// By what a product pays.
#[derive(Clone, Debug)]
pub struct Terms {
    pub product: Arc<Product>,
    pub priced: Arc<Priced>,
}

/// A product as it pays for usage.
#[derive(Debug)]
pub struct Payer {
    pub tenant: i64,
    pub id: String,
    /// Of the product's row.
    pub seq: i64,
    pub revision: i64,
    pub owners: Owners,
    /// The same for all who may share something: one thread rates for all of these.
    pub root: u64,
    /// [`key_of`] the product.
    pub key: i64,
    /// When the product began.
    pub start: Option<Micros>,
    /// None where there are no prices, with the reason.
    pub terms: Result<Terms, String>,
}

impl Payer {
    /// True for one whose prices were compiled at a revision; one without prices is read each time.
    fn is_of(&self, revision: u64) -> bool {
        let terms = self.terms.as_ref();
        terms.is_ok_and(|terms| terms.priced.revision == revision)
    }
}

/// What is remembered of payers, by tenant and product.
#[derive(Default)]
pub struct Payers {
    known: Mutex<HashMap<(i64, String), Arc<Payer>>>,
    tariffs: Mutex<HashMap<(i64, String), Arc<Priced>>>,
    old: Mutex<Vec<Arc<Priced>>>,
}

impl Payers {
    /// Payers of products as they are now; none for products that are not there.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(
        &self,
        session: &mut dyn Session,
        book: &Book,
        tenant: i64,
        products: &[String],
    ) -> Outcome<HashMap<String, Arc<Payer>>> {
        let seen = book.library(tenant);
        let mut found = self.remembered(session, &seen, tenant, products)?;
        let missing = products.iter().filter(|id| !found.contains_key(*id));
        let missing: Vec<String> = missing.cloned().collect();
        if missing.is_empty() {
            return Ok(found);
        }
        for row in session.versions_of(tenant, PRODUCT, &missing)? {
            if row.current {
                let payer = Arc::new(self.read(session, &seen, &row)?);
                found.insert(row.id.clone(), Arc::clone(&payer));
                let mut known = lock(&self.known);
                if known.len() >= REMEMBERED {
                    known.clear();
                }
                known.insert((tenant, row.id), payer);
            }
        }
        Ok(found)
    }

    /// Those that are known and have not changed since.
    fn remembered(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        tenant: i64,
        products: &[String],
    ) -> Outcome<HashMap<String, Arc<Payer>>> {
        let mut known: HashMap<String, Arc<Payer>> = HashMap::with_capacity(products.len());
        {
            let all = lock(&self.known);
            let mut key = (tenant, String::new());
            for id in products {
                key.1.clone_from(id);
                if let Some(payer) = all.get(&key)
                    && payer.is_of(seen.revision)
                {
                    known.insert(id.clone(), Arc::clone(payer));
                }
            }
        }
        let seqs: Vec<i64> = known.values().map(|payer| payer.seq).collect();
        if seqs.is_empty() {
            return Ok(known);
        }
        let stamps = session.current_revisions(&seqs)?;
        let now: HashMap<i64, i64> = stamps.iter().map(|own| (own.seq, own.revision)).collect();
        known.retain(|_, payer| now.get(&payer.seq) == Some(&payer.revision));
        Ok(known)
    }

    fn read(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        row: &ResourceRow,
    ) -> Outcome<Payer> {
        let doc = document(row)?;
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        let priced = match text("/productOffering/id") {
            Some(offering) => self.priced(session, seen, row.tenant, offering)?,
            None => Err("the product has no offering that could have prices".to_owned()),
        };
        let product = format!("p:{}", row.id);
        let account = text("/billingAccount/id").map(|id| format!("a:{id}"));
        let account = account.unwrap_or_else(|| product.clone());
        let group = characteristic_text(&doc, GROUP).map(|id| format!("g:{id}"));
        let group = group.unwrap_or_else(|| account.clone());
        let terms = priced.map(|priced| Terms {
            product: Arc::new(payer(&row.id, &doc, priced.currency, &priced.library)),
            priced,
        });
        Ok(Payer {
            tenant: row.tenant,
            id: row.id.clone(),
            seq: row.seq,
            revision: row.revision,
            root: key_of(&group).unsigned_abs(),
            owners: Owners {
                product,
                account,
                group,
            },
            key: key_of(&row.id),
            start: text("/startDate").and_then(Micros::parse),
            terms,
        })
    }

    /// The compiled prices of an offering.
    fn priced(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        tenant: i64,
        offering: &str,
    ) -> Outcome<Result<Arc<Priced>, String>> {
        let key = (tenant, offering.to_owned());
        if let Some(known) = lock(&self.tariffs).get(&key)
            && known.revision == seen.revision
        {
            return Ok(Ok(Arc::clone(known)));
        }
        let Some(doc) = current(session, tenant, OFFERING, offering)? else {
            return Ok(Err("its offering is not in the catalog any more".to_owned()));
        };
        let prices = of_offering(session, tenant, &doc)?;
        let documents = prices.iter();
        let documents = documents.map(|(id, doc)| (id.as_str().into(), Arc::new(doc.clone())));
        let library = seen.with_prices(documents.collect());
        let named: Vec<(&str, &Value)> =
            prices.iter().map(|(id, doc)| (id.as_str(), doc)).collect();
        let tariff = match Tariff::compile(&named, &library) {
            Ok(tariff) => tariff,
            Err(faults) => {
                let first = faults.first();
                let text =
                    first.map(|own| format!("the price {} has a fault: {}", own.price, own.fault));
                return Ok(Err(text.unwrap_or_default()));
            }
        };
        let Some(currency) = tariff.cards.cards.first().map(|card| card.currency) else {
            return Ok(Err("its offering has no price of type usage".to_owned()));
        };
        let hashes = tariff.cards.cards.iter().map(|card| card.hash.to_string());
        let hashes: Vec<String> = hashes.collect();
        let priced = Arc::new(Priced {
            id: key_of(&hashes.join(" ")).unsigned_abs(),
            revision: seen.revision,
            currency,
            policy: Policy {
                taxes: Arc::clone(&seen.taxes),
                ..Policy::default()
            },
            library,
            tariff,
        });
        self.keep(&priced);
        lock(&self.tariffs).insert(key, Arc::clone(&priced));
        Ok(Ok(priced))
    }

    fn keep(&self, priced: &Arc<Priced>) {
        let mut old = lock(&self.old);
        old.retain(|own| own.id != priced.id);
        if old.len() >= TARIFFS {
            old.remove(0);
        }
        old.push(Arc::clone(priced));
    }

    /// A tariff that a session began with.
    pub fn tariff(&self, id: u64) -> Option<Arc<Priced>> {
        lock(&self.old).iter().find(|own| own.id == id).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn characteristic_text<'d>(doc: &'d Value, name: &str) -> Option<&'d str> {
    let list = doc.get("productCharacteristic")?.as_array()?;
    let mut named = list.iter();
    let found = named.find(|one| one.get("name").and_then(Value::as_str) == Some(name));
    found?.get("value")?.as_str()
}
