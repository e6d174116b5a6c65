//! Who pays for usage, and by which prices: what rating has to know of a product.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::tariffs::{Priced, Tariffs};
use crate::behaviour::document;
use crate::behaviour::rating::{Account, Accounts, Book, Chosen, Options, Snapshot, payer};
use crate::domain::billing_cycle::Schedule;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::domain::usage_facts::key_of;
use crate::domain::value::Period;
use crate::rating::allowance::Allowance;
use crate::rating::product::Product;
use crate::rating::tier::Scope;
use crate::store::{ResourceRow, Session, Stamp};

pub const PRODUCT: &str = "product";
/// Characteristic of a product that names the group with which it shares allowances and tiers.
const GROUP: &str = "sharingGroup";
/// Payers that are remembered; beyond that all are read anew.
const REMEMBERED: usize = 500_000;

/// Whose usage counts together, from the narrowest. These are the names under which state is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owners {
    pub product: String,
    pub account: String,
    pub group: String,
}

impl Owners {
    fn of(id: &str, product: &Value) -> Self {
        let account = product
            .pointer("/billingAccount/id")
            .and_then(Value::as_str);
        let account = account.map_or_else(|| format!("p:{id}"), |id| format!("a:{id}"));
        let group = characteristic_text(product, GROUP).map(|id| format!("g:{id}"));
        Owners {
            product: format!("p:{id}"),
            group: group.unwrap_or_else(|| account.clone()),
            account,
        }
    }

    /// The one that a scope means.
    pub fn name_of(&self, scope: Scope) -> &String {
        match scope {
            Scope::Event | Scope::Product => &self.product,
            Scope::Account => &self.account,
            Scope::Group => &self.group,
        }
    }

    /// The three of them.
    pub fn all(&self) -> [&String; 3] {
        [&self.product, &self.account, &self.group]
    }
}

/// By what a product pays.
#[derive(Clone, Debug)]
pub struct Terms {
    pub product: Arc<Product>,
    pub priced: Arc<Priced>,
}

/// An option of a product, with what it includes.
#[derive(Debug)]
pub struct Included {
    pub id: String,
    pub owners: Owners,
    /// Usage that began in it draws from the option.
    pub active: Period,
    pub allowances: Box<[Arc<Allowance>]>,
}

/// A product as it pays for usage.
#[derive(Debug)]
pub struct Payer {
    pub tenant: i64,
    pub id: String,
    /// The rows of the product, its account, who holds that, and its options. As long as they have these
    /// revisions, and prices are the same, all of this is so.
    rows: Box<[Stamp]>,
    pub owners: Owners,
    /// The same for all who may share something: one thread rates for all of these.
    pub root: u64,
    /// [`key_of`] the product.
    pub key: i64,
    /// When the product began.
    pub start: Option<Micros>,
    /// When its account is billed.
    pub schedule: Option<Schedule>,
    /// Without options. None where there are no prices, with the reason.
    pub terms: Result<Terms, String>,
    /// Options that include something.
    pub options: Box<[Included]>,
    /// When options have prices of their own, each time with the same ones.
    with_options: Box<[(Period, Result<Terms, String>)]>,
}

impl Payer {
    /// True for one whose prices were compiled at a revision; one without prices is read each time.
    fn is_of(&self, revision: u64) -> bool {
        let with_options = self.with_options.iter().map(|(_, terms)| terms);
        let mut all = with_options.chain([&self.terms]);
        all.all(|own| own.as_ref().is_ok_and(|own| own.priced.is_of(revision)))
    }

    /// By what usage pays that began at an instant, or why it cannot.
    ///
    /// # Errors
    /// In words, where there are no prices.
    pub fn terms_at(&self, at: Micros) -> Result<&Terms, &String> {
        let mut times = self.with_options.iter();
        let then = times.find(|(period, _)| period.contains(at));
        then.map_or(&self.terms, |(_, terms)| terms).as_ref()
    }

    /// All owners that it may draw from, options included. Some may be there twice.
    pub fn owner_names(&self) -> impl Iterator<Item = &String> {
        let options = self.options.iter().flat_map(|own| own.owners.all());
        self.owners.all().into_iter().chain(options)
    }
}

/// What is remembered of payers, by tenant and product.
#[derive(Default)]
pub struct Payers {
    known: Mutex<HashMap<(i64, String), Arc<Payer>>>,
    tariffs: Tariffs,
}

/// What a payer is read from.
struct Read<'r> {
    row: &'r ResourceRow,
    doc: &'r Value,
    account: Account,
    chosen: Chosen,
}

/// A time, and the offerings of the options that are there then.
type Span<'o> = (Period, Vec<&'o str>);

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
        let rows = session.versions_of(tenant, PRODUCT, &missing)?.into_iter();
        let rows = rows.filter(|row| row.current);
        let rows = rows.map(|row| Ok((document(&row)?, row)));
        let rows = rows.collect::<Outcome<Vec<(Value, ResourceRow)>>>()?;
        let accounts = Accounts::of_all(session, tenant, rows.iter().map(|(doc, _)| doc))?;
        let options = Options::of_all(session, tenant, rows.iter().map(|(doc, _)| doc))?;
        for (doc, row) in &rows {
            let read = Read {
                row,
                doc,
                account: accounts.of(doc),
                chosen: options.of(&row.id, doc),
            };
            let is_dangling = read.account.is_dangling || read.chosen.is_dangling;
            let payer = Arc::new(self.read(session, &seen, &read)?);
            found.insert(row.id.clone(), Arc::clone(&payer));
            if !is_dangling {
                self.remember(payer);
            }
        }
        Ok(found)
    }

    fn remember(&self, payer: Arc<Payer>) {
        let mut known = lock(&self.known);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert((payer.tenant, payer.id.clone()), payer);
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
        let rows = known.values().flat_map(|payer| payer.rows.iter());
        let mut seqs: Vec<i64> = rows.map(|row| row.seq).collect();
        if seqs.is_empty() {
            return Ok(known);
        }
        // Many products have one account.
        seqs.sort_unstable();
        seqs.dedup();
        let stamps = session.current_revisions(&seqs)?;
        let now: HashMap<i64, i64> = stamps.iter().map(|own| (own.seq, own.revision)).collect();
        let is_same = |row: &Stamp| now.get(&row.seq) == Some(&row.revision);
        known.retain(|_, payer| payer.rows.iter().all(is_same));
        Ok(known)
    }

    fn read(&self, session: &mut dyn Session, seen: &Snapshot, read: &Read<'_>) -> Outcome<Payer> {
        let Read { row, doc, .. } = read;
        let mut rows = vec![Stamp {
            seq: row.seq,
            revision: row.revision,
        }];
        rows.extend(&read.account.rows);
        rows.extend(&read.chosen.rows);
        let owners = Owners::of(&row.id, doc);
        let (options, times) = self.options(session, seen, read)?;
        let mut with_options = Vec::with_capacity(times.len());
        for (period, offerings) in times {
            let terms = self.terms(session, seen, read, &offerings)?;
            with_options.push((period, terms));
        }
        let start = doc.get("startDate").and_then(Value::as_str);
        Ok(Payer {
            tenant: row.tenant,
            id: row.id.clone(),
            rows: rows.into(),
            root: key_of(&owners.group).unsigned_abs(),
            owners,
            key: key_of(&row.id),
            start: start.and_then(Micros::parse),
            schedule: read.account.schedule,
            terms: self.terms(session, seen, read, &[])?,
            options: options.into(),
            with_options: with_options.into(),
        })
    }

    /// By what a product pays while it has options of these offerings.
    fn terms(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        read: &Read<'_>,
        options: &[&str],
    ) -> Outcome<Result<Terms, String>> {
        let own = read.doc.pointer("/productOffering/id");
        let Some(own) = own.and_then(Value::as_str) else {
            let why = "the product has no offering that could have prices";
            return Ok(Err(why.to_owned()));
        };
        let own = std::iter::once(own);
        let offerings: Vec<&str> = own.chain(options.iter().copied()).collect();
        let priced = self
            .tariffs
            .priced(session, seen, read.row.tenant, &offerings)?;
        Ok(priced.map(|priced| Terms {
            product: Arc::new(payer(
                &read.row.id,
                read.doc,
                &read.account,
                priced.currency,
                &priced.library,
            )),
            priced,
        }))
    }

    /// What options include, and when there are which offerings of options with prices.
    fn options<'r>(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        read: &'r Read<'_>,
    ) -> Outcome<(Vec<Included>, Vec<Span<'r>>)> {
        let (mut included, mut priced) = (Vec::new(), Vec::new());
        for option in &read.chosen.options {
            let Some(offering) = option.offering() else {
                continue;
            };
            let compiled = self
                .tariffs
                .compiled(session, seen, read.row.tenant, offering)?;
            // One that cannot be compiled says so when its time comes.
            if !compiled
                .as_ref()
                .is_ok_and(|own| own.extras.leaves_prices())
            {
                priced.push((option.active, offering));
            }
            if let Ok(compiled) = compiled
                && !compiled.extras.allowances().is_empty()
            {
                included.push(Included {
                    id: option.id.clone(),
                    owners: Owners::of(&option.id, &option.product),
                    active: option.active,
                    allowances: compiled.extras.allowances().into(),
                });
            }
        }
        Ok((included, times(&priced)))
    }

    /// A tariff that a session began with.
    pub fn tariff(&self, id: u64) -> Option<Arc<Priced>> {
        self.tariffs.old(id)
    }
}

/// Cuts time where an option begins or ends: when there are which of them, without the times when there
/// are none.
fn times<'o>(options: &[(Period, &'o str)]) -> Vec<Span<'o>> {
    let ends = options.iter().flat_map(|(own, _)| [own.start, own.end]);
    let mut cuts: Vec<Micros> = ends.flatten().collect();
    cuts.sort_unstable();
    cuts.dedup();
    let next = cuts.iter().skip(1).copied().map(Some).chain([None]);
    let spans = cuts.iter().zip(next).map(|(start, end)| {
        let there = options.iter().filter(|(own, _)| own.contains(*start));
        let mut there: Vec<&str> = there.map(|(_, offering)| *offering).collect();
        there.sort_unstable();
        there.dedup();
        let span = Period {
            start: Some(*start),
            end,
        };
        (span, there)
    });
    spans.filter(|(_, there)| !there.is_empty()).collect()
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn characteristic_text<'d>(doc: &'d Value, name: &str) -> Option<&'d str> {
    let list = doc.get("productCharacteristic")?.as_array()?;
    let mut named = list.iter();
    let found = named.find(|one| one.get("name").and_then(Value::as_str) == Some(name));
    found?.get("value")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::times;
    use crate::domain::clock::Micros;
    use crate::domain::value::Period;

    fn period(start: i64, end: Option<i64>) -> Period {
        Period {
            start: Some(Micros(start)),
            end: end.map(Micros),
        }
    }

    #[test]
    fn time_is_cut_where_options_begin_and_end() {
        let (world, europe) = (period(10, None), period(20, Some(30)));
        assert_eq!(
            times(&[(world, "world"), (europe, "europe"), (europe, "europe")]),
            [
                (period(10, Some(20)), vec!["world"]),
                (period(20, Some(30)), vec!["europe", "world"]),
                (period(30, None), vec!["world"]),
            ]
        );
        let gap = times(&[(period(1, Some(2)), "a"), (period(3, Some(4)), "a")]);
        let expected = [
            (period(1, Some(2)), vec!["a"]),
            (period(3, Some(4)), vec!["a"]),
        ];
        assert_eq!(gap, expected);
        assert!(times(&[]).is_empty());
    }
}
