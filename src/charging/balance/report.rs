//! Queries of usage consumption (TMF677): what was used of the buckets of products, accounts, parties
//! or numbers, and what is left. A query is answered when it is made.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::bucket::{Label, Labels, describe, period, product, quantity, shown};
use super::purse::{By, Purse, Purses, Reading, owners_in};
use super::shown::of_products;
use crate::behaviour::Own;
use crate::charging::owner::Held;
use crate::domain::clock::Micros;
use crate::domain::identifier::{MSISDN, normal};
use crate::domain::problem::Outcome;
use crate::domain::value::Period;
use crate::engine::Change;
use crate::rating::unit::Unit;

/// The kind of queries.
pub const QUERY: &str = "queryUsageConsumption";
/// The kind of reports that clients have made by themselves.
pub const REPORT: &str = "usageConsumptionReport";
/// Owners that one report is about at most.
const OWNERS: usize = 1_000;

/// The rules of queries.
pub struct Queries(pub Arc<Purses>);

/// The rules of reports.
pub struct Reports(pub Arc<Purses>);

impl Own for Queries {
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if old.is_some() {
            return Ok(());
        }
        let criteria = doc.get("searchCriteria").cloned().unwrap_or_default();
        let asked = Asked::read(&[&criteria, doc]);
        let made = make(&self.0, change, asked, &criteria)?;
        let Some(object) = doc.as_object_mut() else {
            return Ok(());
        };
        let state = match made {
            Ok(report) => {
                object.insert("usageConsumption".to_owned(), json!([report]));
                "done"
            }
            Err(why) => {
                let error = json!({
                    "@type": "ErrorMessage", "code": why.code, "reason": why.reason,
                });
                object.insert("errorMessage".to_owned(), json!([error]));
                why.state
            }
        };
        object.insert("state".to_owned(), Value::from(state));
        Ok(())
    }
}

impl Own for Reports {
    /// A report that comes without buckets is filled in.
    fn check(
        &self,
        change: &mut Change<'_, '_>,
        old: Option<&Value>,
        doc: &mut Value,
    ) -> Outcome<()> {
        if old.is_some() || doc.get("bucket").is_some() {
            return Ok(());
        }
        let asked = Asked::read(&[doc]);
        if let Ok(Value::Object(report)) = make(&self.0, change, asked, doc)?
            && let Some(object) = doc.as_object_mut()
        {
            for name in ["bucket", "product"] {
                if let Some(value) = report.get(name) {
                    object.insert(name.to_owned(), value.clone());
                }
            }
        }
        Ok(())
    }
}

/// Why there is no report.
struct NoReport {
    state: &'static str,
    code: &'static str,
    reason: String,
}

/// Whose consumption is asked for.
#[derive(Debug, Default)]
struct Asked {
    products: Vec<String>,
    accounts: Vec<String>,
    parties: Vec<String>,
    numbers: Vec<String>,
    buckets: Vec<String>,
    period: Option<Period>,
    /// All products that these are about.
    resolved: HashSet<String>,
}

impl Asked {
    /// Reads what one or several documents say together.
    fn read(docs: &[&Value]) -> Self {
        let ids = |list: &str, pointers: &[&str]| -> Vec<String> {
            let all = docs.iter().filter_map(|doc| doc.get(list)?.as_array());
            let texts = all.flatten().flat_map(|own| {
                let found = pointers.iter().filter_map(|at| own.pointer(at)?.as_str());
                found.map(str::to_owned).collect::<Vec<_>>()
            });
            texts.collect::<HashSet<_>>().into_iter().collect()
        };
        let at = |name: &str| {
            let mut docs = docs.iter();
            let found = docs.find_map(|doc| doc.get("validPeriod")?.get(name)?.as_str());
            found.and_then(Micros::parse)
        };
        let (start, end) = (at("startDateTime"), at("endDateTime"));
        Asked {
            products: ids("product", &["/id"]),
            accounts: ids("partyAccount", &["/id"]),
            parties: ids("relatedParty", &["/partyOrPartyRole/id"]),
            numbers: ids("logicalResource", &["/value", "/name", "/id"]),
            buckets: ids("bucket", &["/id"]),
            period: (start.is_some() || end.is_some()).then_some(Period { start, end }),
            resolved: HashSet::new(),
        }
    }

    fn is_nobody(&self) -> bool {
        let lists = [
            &self.products,
            &self.accounts,
            &self.parties,
            &self.numbers,
            &self.buckets,
        ];
        lists.into_iter().all(Vec::is_empty)
    }

    /// A bucket that the report is about.
    fn wants(&self, purse: &Purse, held: &Held, now: Micros) -> bool {
        let valid = held.valid();
        let in_period = match self.period {
            None => valid.contains(now),
            Some(period) => {
                let before = |end: Option<Micros>, start: Option<Micros>| {
                    end.zip(start).is_some_and(|(end, start)| end <= start)
                };
                !before(valid.end, period.start) && !before(period.end, valid.start)
            }
        };
        if !self.buckets.is_empty() {
            return in_period && self.buckets.contains(&held.id(&purse.name));
        }
        let account = purse.name.strip_prefix("a:");
        let is_asked = || account.is_some_and(|id| self.accounts.iter().any(|own| own == id));
        let mut users = purse.products(Some(&held.price)).into_iter();
        in_period && (is_asked() || users.any(|id| self.resolved.contains(id)))
    }
}

/// The report, with what `like` says besides.
fn make(
    purses: &Purses,
    change: &mut Change<'_, '_>,
    mut asked: Asked,
    like: &Value,
) -> Outcome<Result<Value, NoReport>> {
    if asked.is_nobody() {
        return Ok(Err(NoReport {
            state: "rejected",
            code: "nobody",
            reason: "The query names no product, account, party, number or bucket.".to_owned(),
        }));
    }
    let by = By::new(change.tx.attributes());
    let (tenant, now) = (change.caller.tenant, change.now);
    change.tx.direct(|session| {
        let mut reading = Reading::new(session, tenant, now, by);
        Ok(gather(purses, &mut reading, &mut asked, like))
    })?
}

fn gather(
    purses: &Purses,
    reading: &mut Reading<'_>,
    asked: &mut Asked,
    like: &Value,
) -> Outcome<Result<Value, NoReport>> {
    let mut products = asked.products.clone();
    products.extend(known_by(reading, &asked.numbers)?);
    products.extend(reading.products_of_parties(&asked.parties)?);
    let mut names = of_products(purses, reading, &products)?;
    let of_accounts = reading.products_of_accounts(&asked.accounts)?;
    names.extend(asked.accounts.iter().map(|id| format!("a:{id}")));
    names.extend(of_accounts.iter().map(|id| format!("p:{id}")));
    names.extend(asked.buckets.iter().flat_map(|id| owners_in(id)));
    products.extend(of_accounts);
    names.sort_unstable();
    names.dedup();
    if names.len() > OWNERS {
        return Ok(Err(NoReport {
            state: "terminatedWithError",
            code: "tooMany",
            reason: format!(
                "A report is about {OWNERS} products and accounts at most; these are {}.",
                names.len()
            ),
        }));
    }
    let mut found = purses.named(reading, &names, &products)?;
    asked.resolved = products.into_iter().collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    let mut labels = Labels::default();
    labels.load(reading, &found)?;
    Ok(Ok(report(asked, like, &found, &labels, reading.now)))
}

/// Products that are known by numbers now.
fn known_by(reading: &mut Reading<'_>, numbers: &[String]) -> Outcome<Vec<String>> {
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let values: HashSet<String> = numbers.iter().map(|own| normal(MSISDN, own)).collect();
    let values: Vec<String> = values.into_iter().collect();
    let rows = reading.session.identifiers(reading.tenant, &values)?;
    let now = reading.now.0;
    let current = rows
        .into_iter()
        .filter(|row| row.valid_from <= now && now < row.valid_to);
    Ok(current.map(|row| row.product).collect())
}

fn report(asked: &Asked, like: &Value, purses: &[Purse], labels: &Labels, now: Micros) -> Value {
    let mut buckets = Vec::new();
    let mut totals: BTreeMap<&str, Totals> = BTreeMap::new();
    for purse in purses {
        for held in &purse.owner.buckets {
            if !asked.wants(purse, held, now) {
                continue;
            }
            let label = labels.of(&held.price);
            for product in purse.products(Some(&held.price)) {
                totals.entry(product).or_default().add(label.unit, held);
            }
            buckets.push(bucket(purse, held, &label, now));
        }
    }
    let of_products = totals.iter().map(|(id, totals)| {
        let mut reference = product(id);
        if let Some(object) = reference.as_object_mut() {
            object.insert(
                "@type".to_owned(),
                Value::from("UsageConsumptionProductRef"),
            );
            object.insert("consumptionSummary".to_owned(), totals.summary());
        }
        reference
    });
    let mut report = Map::new();
    let mut set = |name: &str, value: Value| report.insert(name.to_owned(), value);
    set("@type", Value::from("UsageConsumptionReport"));
    let copied = [
        "name",
        "description",
        "validPeriod",
        "partyAccount",
        "relatedParty",
        "logicalResource",
    ];
    for name in copied {
        if let Some(value) = like.get(name) {
            set(name, value.clone());
        }
    }
    set("creationDate", Value::from(now.to_rfc3339()));
    set("bucket", Value::Array(buckets));
    let of_products: Vec<Value> = of_products.collect();
    if !of_products.is_empty() {
        set("product", Value::Array(of_products));
    }
    Value::Object(report)
}

fn bucket(purse: &Purse, held: &Held, label: &Label, now: Micros) -> Value {
    let mut doc = describe(purse, held, label, now);
    doc.insert("id".to_owned(), Value::from(held.id(&purse.name)));
    let specification = json!({
        "@type": "BucketSpecificationRef", "id": held.price, "name": label.name,
    });
    doc.insert("bucketSpecification".to_owned(), specification);
    let mut counters = Totals::default();
    counters.add(label.unit, held);
    let mut counters = counters.summary();
    for counter in counters.as_array_mut().into_iter().flatten() {
        if let Some(counter) = counter.as_object_mut() {
            let period = Value::Object(period(held));
            counter.insert("consumptionPeriod".to_owned(), period);
        }
    }
    doc.insert("bucketCounter".to_owned(), counters);
    Value::Object(doc)
}

/// Granted, used and remaining base units, by unit.
#[derive(Default)]
struct Totals(BTreeMap<Unit, [u64; 3]>);

impl Totals {
    fn add(&mut self, unit: Unit, held: &Held) {
        let sums = self.0.entry(unit).or_default();
        // What went on into the next period, or to others, is not granted here any more.
        let granted = held.granted.saturating_sub(held.moved);
        for (sum, units) in sums.iter_mut().zip([granted, held.used, held.left()]) {
            *sum = sum.saturating_add(units);
        }
    }

    fn summary(&self) -> Value {
        let counters = self.0.iter().flat_map(|(unit, sums)| {
            let names = ["granted", "used", "remaining"].into_iter();
            names.zip(sums).map(|(name, units)| {
                json!({
                    "@type": "ConsumptionSummary",
                    "counterType": name,
                    "level": "global",
                    "value": quantity(*units, *unit),
                    "valueName": shown(*units, *unit),
                })
            })
        });
        counters.collect()
    }
}
