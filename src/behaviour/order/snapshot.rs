//! What planning looks at: the part of the catalog that an order can reach, and the products that it
//! is about. Entries of the catalog are compiled once and kept until their documents change.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::behaviour::rating::Book;
use crate::behaviour::stored::document;
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::catalog::{
    Catalog, Kind, Offering, Price, ProductSpecification, RelationKind, ServiceSpecification,
};
use crate::ordering::inventory::{Installed, Inventory, Realizing};
use crate::ordering::order::Order;
use crate::ordering::rule::RuleSet;
use crate::store::{Attributes, ResourceRow, Session};

/// Kind of products in the store.
pub const PRODUCT: &str = "product";
/// Compiled entries that are kept; beyond, all are forgotten, which costs a little time only.
const KEPT: usize = 50_000;
/// Combinations of offerings that are kept, likewise.
const KEPT_ORDERS: usize = 10_000;
/// Rounds of reading: chains of references are shorter, unless they go in circles.
const ROUNDS: usize = 64;
/// Products of a customer that rules between products look at.
const MOST_PRODUCTS: i64 = 1000;

/// A compiled entry of the catalog.
#[derive(Clone)]
enum Entry {
    Offering(Arc<Offering>),
    Specification(Arc<ProductSpecification>),
    Service(Arc<ServiceSpecification>),
    Price(Arc<Price>),
}

/// An entry and the row that it was compiled from.
#[derive(Clone)]
struct Kept {
    seq: i64,
    revision: i64,
    entry: Entry,
}

/// Tenant, kind and id of an entry.
type EntryKey = (i64, Kind, String);
/// Tenant and offerings of an order.
type OrderKey = (i64, Vec<String>);

/// Compiled entries, shared by all orders of the process.
pub struct Shelf {
    kept: Mutex<HashMap<EntryKey, Kept>>,
    /// What orders of the same offerings reached before: where they still stand as they did, one
    /// small question replaces the reading of them level by level.
    reached: Mutex<HashMap<OrderKey, Arc<[EntryKey]>>>,
    book: Arc<Book>,
}

/// What an order is planned with.
pub struct Snapshot {
    pub catalog: Catalog,
    pub inventory: Inventory,
}

impl Shelf {
    /// An empty one.
    pub fn new(book: Arc<Book>) -> Self {
        Shelf {
            kept: Mutex::default(),
            reached: Mutex::default(),
            book,
        }
    }

    /// Reads what an order needs.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn snapshot(
        &self,
        session: &mut dyn Session,
        attributes: &Attributes,
        tenant: i64,
        order: &Order,
        rules: &RuleSet,
    ) -> Outcome<Snapshot> {
        let mut inventory = Inventory::default();
        let named = order
            .items
            .iter()
            .filter_map(|item| item.product.as_ref()?.id.clone());
        install(session, tenant, named.collect(), &mut inventory)?;
        let mut catalog = Catalog::default();
        let asked = offerings(tenant, order);
        let known = self.recall(session, &asked, &mut catalog)?;
        self.fill(session, tenant, order, &inventory, &mut catalog)?;
        if relates_products(&catalog) {
            let owned = products_of_parties(session, attributes, tenant, order)?;
            install(session, tenant, owned, &mut inventory)?;
            self.fill(session, tenant, order, &inventory, &mut catalog)?;
        }
        self.name_services(session, tenant, rules, &mut catalog)?;
        if catalog.asks_for_usage() {
            catalog.usage_names = Arc::clone(&self.book.library(tenant).library.event_names);
        }
        self.remember(asked, known, &catalog);
        Ok(Snapshot { catalog, inventory })
    }

    /// Takes what orders of the same offerings reached, as far as it has not changed. Answers how many
    /// entries that were.
    fn recall(
        &self,
        session: &mut dyn Session,
        asked: &OrderKey,
        catalog: &mut Catalog,
    ) -> Outcome<usize> {
        let reached = lock(&self.reached).get(asked).cloned();
        let Some(reached) = reached else {
            return Ok(0);
        };
        let mut candidates: HashMap<i64, (String, Kept)> = {
            let shelf = lock(&self.kept);
            let found = reached.iter().filter_map(|key| {
                let kept = shelf.get(key)?;
                Some((kept.seq, (key.2.clone(), kept.clone())))
            });
            found.collect()
        };
        let seqs: Vec<i64> = candidates.keys().copied().collect();
        for stamp in session.current_revisions(&seqs)? {
            if let Some((id, kept)) = candidates.remove(&stamp.seq)
                && kept.revision == stamp.revision
            {
                put(catalog, id, kept.entry);
            }
        }
        Ok(entries(catalog).count())
    }

    /// Keeps what an order reached, if it was more than was known.
    fn remember(&self, asked: OrderKey, known: usize, catalog: &Catalog) {
        if entries(catalog).count() == known {
            return;
        }
        let tenant = asked.0;
        let keys = entries(catalog).map(|(kind, id)| (tenant, kind, id.clone()));
        let keys: Arc<[EntryKey]> = keys.collect();
        let mut reached = lock(&self.reached);
        if reached.len() >= KEPT_ORDERS {
            reached.clear();
        }
        reached.insert(asked, keys);
    }

    fn fill(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        order: &Order,
        inventory: &Inventory,
        catalog: &mut Catalog,
    ) -> Outcome<()> {
        for _ in 0..ROUNDS {
            let reach = catalog.missing(order, inventory);
            if reach.is_empty() {
                return Ok(());
            }
            for kind in [
                Kind::Offering,
                Kind::ProductSpecification,
                Kind::ServiceSpecification,
                Kind::Price,
            ] {
                let ids: Vec<String> = reach.of(kind).map(str::to_owned).collect();
                if !ids.is_empty() {
                    self.read(session, tenant, kind, ids, catalog)?;
                }
            }
        }
        Err(Problem::internal(
            "the catalog that an order reaches has no end",
        ))
    }

    /// Services that rules name; those that the catalog refers to are there already.
    fn name_services(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        rules: &RuleSet,
        catalog: &mut Catalog,
    ) -> Outcome<()> {
        let is_new = |id: &&str| !has(catalog, Kind::ServiceSpecification, id);
        let named = rules.named_services().filter(is_new);
        let named: Vec<String> = named.map(str::to_owned).collect();
        if named.is_empty() {
            return Ok(());
        }
        self.read(session, tenant, Kind::ServiceSpecification, named, catalog)
    }

    fn read(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        kind: Kind,
        ids: Vec<String>,
        catalog: &mut Catalog,
    ) -> Outcome<()> {
        let rows = session.versions_of(tenant, kind.stored(), &ids)?;
        for row in rows.into_iter().filter(|row| row.current) {
            let entry = self.compiled(kind, &row)?;
            put(catalog, row.id, entry);
        }
        for id in ids {
            if !has(catalog, kind, &id) {
                catalog.absent.insert((kind, id));
            }
        }
        Ok(())
    }

    fn compiled(&self, kind: Kind, row: &ResourceRow) -> Outcome<Entry> {
        let key = (row.tenant, kind, row.id.clone());
        let mut shelf = lock(&self.kept);
        if let Some(kept) = shelf.get(&key)
            && (kept.seq, kept.revision) == (row.seq, row.revision)
        {
            return Ok(kept.entry.clone());
        }
        drop(shelf);
        let doc = document(row)?;
        let entry = compile(kind, &row.id, &doc);
        shelf = lock(&self.kept);
        if shelf.len() >= KEPT {
            shelf.clear();
        }
        let kept = Kept {
            seq: row.seq,
            revision: row.revision,
            entry: entry.clone(),
        };
        shelf.insert(key, kept);
        Ok(entry)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What orders that reach the same have in common.
fn offerings(tenant: i64, order: &Order) -> OrderKey {
    let named = order.items.iter().filter_map(|item| item.offering.clone());
    let mut named: Vec<String> = named.collect();
    named.sort_unstable();
    named.dedup();
    (tenant, named)
}

fn entries(catalog: &Catalog) -> impl Iterator<Item = (Kind, &String)> {
    let of = |kind| move |id| (kind, id);
    let offerings = catalog.offerings.keys().map(of(Kind::Offering));
    let specifications = catalog.specifications.keys();
    let services = catalog.services.keys().map(of(Kind::ServiceSpecification));
    let prices = catalog.prices.keys().map(of(Kind::Price));
    offerings
        .chain(specifications.map(of(Kind::ProductSpecification)))
        .chain(services)
        .chain(prices)
}

fn compile(kind: Kind, id: &str, doc: &Value) -> Entry {
    match kind {
        Kind::Offering => Entry::Offering(Arc::new(Offering::compile(id, doc))),
        Kind::ProductSpecification => {
            Entry::Specification(Arc::new(ProductSpecification::compile(id, doc)))
        }
        Kind::ServiceSpecification => {
            Entry::Service(Arc::new(ServiceSpecification::compile(id, doc)))
        }
        Kind::Price => Entry::Price(Arc::new(Price::compile(id, doc))),
    }
}

fn put(catalog: &mut Catalog, id: String, entry: Entry) {
    match entry {
        Entry::Offering(offering) => drop(catalog.offerings.insert(id, offering)),
        Entry::Specification(specification) => {
            drop(catalog.specifications.insert(id, specification));
        }
        Entry::Service(service) => drop(catalog.services.insert(id, service)),
        Entry::Price(price) => drop(catalog.prices.insert(id, price)),
    }
}

fn has(catalog: &Catalog, kind: Kind, id: &str) -> bool {
    match kind {
        Kind::Offering => catalog.offerings.contains_key(id),
        Kind::ProductSpecification => catalog.specifications.contains_key(id),
        Kind::ServiceSpecification => catalog.services.contains_key(id),
        Kind::Price => catalog.prices.contains_key(id),
    }
}

/// True when something in reach requires or excludes others: then all that the customer has counts.
fn relates_products(catalog: &Catalog) -> bool {
    let relates =
        |kind: RelationKind| matches!(kind, RelationKind::Requires | RelationKind::Excludes);
    let offerings = catalog
        .offerings
        .values()
        .flat_map(|offering| &offering.relations);
    let specifications = catalog
        .specifications
        .values()
        .flat_map(|spec| &spec.relations);
    offerings
        .chain(specifications)
        .any(|relation| relates(relation.kind))
}

/// Adds products, the parts of bundles among them, with the services that realize them.
fn install(
    session: &mut dyn Session,
    tenant: i64,
    mut wanted: Vec<String>,
    inventory: &mut Inventory,
) -> Outcome<()> {
    let mut asked: HashSet<String> = inventory.products.keys().cloned().collect();
    for _ in 0..ROUNDS {
        wanted.retain(|id| asked.insert(id.clone()));
        if wanted.is_empty() {
            break;
        }
        let rows = session.versions_of(tenant, PRODUCT, &wanted)?;
        wanted = Vec::new();
        for row in rows.into_iter().filter(|row| row.current) {
            let installed = Installed::read(&row.id, &document(&row)?);
            let parts = installed.relationships.iter();
            let parts = parts.filter(|(word, _)| word.eq_ignore_ascii_case("bundles"));
            wanted.extend(parts.map(|(_, id)| id.clone()));
            inventory.products.insert(row.id, installed);
        }
    }
    describe_services(session, tenant, inventory)
}

/// What is known of the services of products: their specification and characteristics.
fn describe_services(
    session: &mut dyn Session,
    tenant: i64,
    inventory: &mut Inventory,
) -> Outcome<()> {
    let services = inventory
        .products
        .values()
        .flat_map(|product| &product.services);
    let ids: Vec<String> = services.map(|service| service.id.clone()).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let mut known: HashMap<String, Realizing> = HashMap::new();
    for row in session.versions_of(tenant, super::service::SERVICE, &ids)? {
        let doc = document(&row)?;
        known.insert(row.id.clone(), super::service::realizing(&row.id, &doc));
    }
    for product in inventory.products.values_mut() {
        for service in &mut product.services {
            if let Some(found) = known.get(&service.id) {
                *service = found.clone();
            }
        }
    }
    Ok(())
}

fn products_of_parties(
    session: &mut dyn Session,
    attributes: &Attributes,
    tenant: i64,
    order: &Order,
) -> Outcome<Vec<String>> {
    let numbers = attributes.numbers([PRODUCT], "relatedParty.partyOrPartyRole.id");
    let mut found = Vec::new();
    for party in &order.parties {
        let heads = session.heads_by_index(tenant, &numbers, &party.id, i64::MIN, MOST_PRODUCTS)?;
        found.extend(heads.into_iter().map(|head| head.id));
    }
    Ok(found)
}
