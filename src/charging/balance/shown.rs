//! Buckets and their sums as resources that are read.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::bucket::{self, Labels, describe, product, quantity, usage_type};
use super::purse::{Purse, Purses, Reading, owners_in};
use crate::behaviour::Own;
use crate::charging::owner::Held;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::domain::usage_facts::key_of;
use crate::engine::{Derived, Source, Take, Wanted};
use crate::rating::unit::Unit;
use crate::store::ResourceRow;

/// The kind of sums.
pub const ACCUMULATED: &str = "accumulatedBalance";
/// Owners that are read at once.
const CHUNK: i64 = 512;
/// Bits of a row's number that tell buckets apart which begin in the same second.
const DIGEST: u32 = 31;

/// The rules of a kind that is only read.
pub struct Derive<D>(pub D);

impl<D: Derived> Own for Derive<D> {
    fn derived(&self) -> Option<&dyn Derived> {
        Some(&self.0)
    }
}

/// Buckets.
pub struct Buckets(pub Arc<Purses>);

/// What is left in all buckets of one owner that have the same unit.
pub struct Accumulated(pub Arc<Purses>);

impl Derived for Buckets {
    fn one(&self, source: &mut Source<'_>, id: &str) -> Outcome<Option<ResourceRow>> {
        let reading = &mut Reading::of(source);
        let Some((purse, place)) = self.0.find(reading, id)? else {
            return Ok(None);
        };
        let purses = [purse];
        let mut labels = Labels::default();
        labels.load(reading, &purses)?;
        let [purse] = &purses;
        let held = purse.owner.buckets.get(place);
        Ok(held.map(|held| bucket_row(reading, purse, held, &labels)))
    }

    fn each(&self, source: &mut Source<'_>, wanted: &[Wanted], take: Take<'_>) -> Outcome<()> {
        let reading = &mut Reading::of(source);
        each_purse(&self.0, reading, wanted, &mut |reading, purse, labels| {
            for held in &purse.owner.buckets {
                take(bucket_row(reading, purse, held, labels))?;
            }
            Ok(())
        })
    }
}

impl Derived for Accumulated {
    fn one(&self, source: &mut Source<'_>, id: &str) -> Outcome<Option<ResourceRow>> {
        let reading = &mut Reading::of(source);
        let purses = self.0.named(reading, &owners_in(id), &[])?;
        let mut labels = Labels::default();
        labels.load(reading, &purses)?;
        let rows = purses.iter().flat_map(|own| sums(reading, own, &labels));
        let mut rows = rows.collect::<Vec<_>>().into_iter();
        Ok(rows.find(|row| row.id == id))
    }

    fn each(&self, source: &mut Source<'_>, wanted: &[Wanted], take: Take<'_>) -> Outcome<()> {
        let reading = &mut Reading::of(source);
        each_purse(&self.0, reading, wanted, &mut |reading, purse, labels| {
            sums(reading, purse, labels)
                .into_iter()
                .try_for_each(&mut *take)
        })
    }
}

type See<'f> = &'f mut dyn FnMut(&Reading<'_>, &Purse, &Labels) -> Outcome<()>;

/// All owners, or those that a condition leaves.
fn each_purse(
    purses: &Purses,
    reading: &mut Reading<'_>,
    wanted: &[Wanted],
    see: See<'_>,
) -> Outcome<()> {
    let mut labels = Labels::default();
    if let Some((names, products)) = narrowed(purses, reading, wanted)? {
        let found = purses.named(reading, &names, &products)?;
        labels.load(reading, &found)?;
        return found.iter().try_for_each(|own| see(reading, own, &labels));
    }
    let mut after = String::new();
    loop {
        let states = reading
            .session
            .charging_states_behind(reading.tenant, &after, CHUNK)?;
        let Some(last) = states.last() else {
            return Ok(());
        };
        after.clone_from(&last.0);
        let found = purses.read(reading, states, &[])?;
        labels.load(reading, &found)?;
        found
            .iter()
            .try_for_each(|own| see(reading, own, &labels))?;
    }
}

/// Names of the owners that can fit, with the products that draw from them.
fn narrowed(
    purses: &Purses,
    reading: &mut Reading<'_>,
    wanted: &[Wanted],
) -> Outcome<Option<(Vec<String>, Vec<String>)>> {
    if let Some(ids) = Wanted::at(wanted, "id") {
        let names = ids.iter().flat_map(|id| owners_in(id)).collect();
        return Ok(Some((names, Vec::new())));
    }
    if let Some(products) = Wanted::at(wanted, "product.id") {
        let names = of_products(purses, reading, products)?;
        return Ok(Some((names, products.to_vec())));
    }
    if let Some(accounts) = Wanted::at(wanted, "partyAccount.id") {
        let products = reading.products_of_accounts(accounts)?;
        let own = accounts.iter().map(|id| format!("a:{id}"));
        let names = own.chain(products.iter().map(|id| format!("p:{id}")));
        return Ok(Some((names.collect(), products)));
    }
    Ok(None)
}

/// Names of the owners that products draw from.
pub fn of_products(
    purses: &Purses,
    reading: &mut Reading<'_>,
    products: &[String],
) -> Outcome<Vec<String>> {
    let mut names: Vec<String> = products.iter().map(|id| format!("p:{id}")).collect();
    for payer in purses.payers(reading, products)? {
        names.extend([payer.owners.account.clone(), payer.owners.group.clone()]);
    }
    names.sort_unstable();
    names.dedup();
    Ok(names)
}

fn bucket_row(reading: &Reading<'_>, purse: &Purse, held: &Held, labels: &Labels) -> ResourceRow {
    let doc = describe(purse, held, &labels.of(&held.price), reading.now);
    let state = bucket::status(purse, held, reading.now);
    row(
        reading,
        purse,
        bucket::KIND,
        held.id(&purse.name),
        held.from,
        doc,
        Some(state),
    )
}

/// A row for each unit of which the owner has buckets that can be used.
fn sums(reading: &Reading<'_>, purse: &Purse, labels: &Labels) -> Vec<ResourceRow> {
    let units = [
        Unit::Second,
        Unit::Byte,
        Unit::Message,
        Unit::Event,
        Unit::Unit,
    ];
    let of_unit = |unit: Unit| {
        let held = purse.owner.buckets.iter();
        let held = held.filter(|held| labels.of(&held.price).unit == unit);
        let held: Vec<&Held> = held
            .filter(|held| held.valid().contains(reading.now))
            .collect();
        (!held.is_empty()).then(|| sum(reading, purse, unit, &held, labels))
    };
    units.into_iter().filter_map(of_unit).collect()
}

fn sum(
    reading: &Reading<'_>,
    purse: &Purse,
    unit: Unit,
    held: &[&Held],
    labels: &Labels,
) -> ResourceRow {
    let total = held
        .iter()
        .fold(0_u64, |sum, own| sum.saturating_add(own.left()));
    let references = held.iter().map(|own| {
        json!({
            "@type": "BucketRef",
            "id": own.id(&purse.name),
            "name": labels.of(&own.price).name,
            "@referredType": "Bucket",
        })
    });
    let mut doc = Map::new();
    let mut set = |name: &str, value: Value| doc.insert(name.to_owned(), value);
    set("@type", Value::from("AccumulatedBalance"));
    set("name", Value::from(usage_type(unit)));
    set("description", Value::from(bucket::shown(total, unit)));
    set("bucket", references.collect());
    set("totalBalance", quantity(total, unit));
    let products = purse.products(None);
    let products: Vec<Value> = products.into_iter().map(product).collect();
    if !products.is_empty() {
        set("product", Value::Array(products));
    }
    if let Some(account) = purse.account() {
        set(
            "partyAccount",
            json!({ "@type": "PartyAccountRef", "id": account }),
        );
    }
    let id = format!("{}~{}", purse.name.replacen(':', ".", 1), unit.name());
    row(reading, purse, ACCUMULATED, id, None, doc, None)
}

fn row(
    reading: &Reading<'_>,
    purse: &Purse,
    kind: &str,
    id: String,
    from: Option<i64>,
    doc: Map<String, Value>,
    state: Option<&str>,
) -> ResourceRow {
    let from = Micros(from.unwrap_or_default());
    // In order of their beginning; those of one moment in an order that stays the same.
    let second = (from.0 / 1_000_000).clamp(0, i64::from(u32::MAX));
    let digest = key_of(&id) & ((1 << DIGEST) - 1);
    ResourceRow {
        seq: (second << DIGEST) | digest,
        tenant: reading.tenant,
        kind: kind.to_owned(),
        id,
        version: String::new(),
        revision: purse.revision,
        current: true,
        label: None,
        state: state.map(str::to_owned),
        created_at: from.0,
        updated_at: from.0,
        doc: Value::Object(doc).to_string(),
    }
}
