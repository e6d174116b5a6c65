//! Rating again what is rated: after a price was wrong, a product was set up late, a record came late.
//!
//! Usage that shares allowances or tiers hangs together, so all usage of all products that share
//! something is rated again from the beginning of the period, in the order in which it happened. What it
//! had used up is given back first, by what its traces say: what was topped up, corrected, moved or
//! carried over stays so. Everything is written over the revisions that were read: where a thread rated
//! something meanwhile, all begins anew. Usage on a bill keeps its price; what it would cost now is
//! reported. Where some usage has no price any more, nothing of what hangs together with it is changed.
//! Doing it twice changes nothing the second time.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::batch::Batch;
use super::charge::{Charged, Rater, Task};
use super::guide::guide;
use super::payer::{PRODUCT, Payer};
use super::pool::Pool;
use super::spend;
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::{PART, RECORD, characteristic};
use crate::domain::usage_status::UsageStatus;
use crate::store::usage::{UsageRow, id_of};
use crate::store::{DbError, DbResult, Session};

/// Products that a question may be about.
const PRODUCTS_MAX: usize = 100_000;
/// Products that share something at most.
const SHARING_MAX: i64 = 100_000;
/// Usage of products that share something that is rated again at once.
const ROWS_MAX: usize = 100_000;
/// Changes that an answer lists; the rest is summed up.
const LISTED: usize = 1_000;
const TRIES: usize = 5;
/// How often the beginning is looked for further back: a period has sessions that began in the one before.
const STEPS_BACK: usize = 64;
const PRICE: &str = "usageProductPrice";

/// Which usage.
#[derive(Clone, Debug)]
pub struct Asked {
    product: Option<String>,
    account: Option<String>,
    offering: Option<String>,
    from: Micros,
    dry_run: bool,
}

impl Asked {
    /// Reads the question.
    ///
    /// # Errors
    /// `InvalidBody` naming what is missing or cannot be read.
    pub fn read(body: &Value) -> Outcome<Self> {
        let bad =
            |name: &str, message: &str| Problem::at(Code::InvalidBody, format!("/{name}"), message);
        const KNOWN: [&str; 5] = [
            "product",
            "billingAccount",
            "productOffering",
            "from",
            "dryRun",
        ];
        for (name, _) in body.as_object().into_iter().flatten() {
            if !KNOWN.contains(&name.as_str()) {
                return Err(bad(name, "is not known here"));
            }
        }
        let id = |name: &str| match body.get(name) {
            None => Ok(None),
            Some(reference) => {
                let id = reference.get("id").and_then(Value::as_str);
                let id = id.ok_or_else(|| bad(&format!("{name}/id"), "is needed"))?;
                Ok::<_, Problem>(Some(id.to_owned()))
            }
        };
        let from = body.get("from").and_then(Value::as_str);
        let from = from.and_then(Micros::parse);
        let from = from.ok_or_else(|| bad("from", "is needed: a date and time with its offset"))?;
        let dry_run = match body.get("dryRun") {
            None => false,
            Some(Value::Bool(dry)) => *dry,
            Some(_) => return Err(bad("dryRun", "must be true or false")),
        };
        let asked = Asked {
            product: id("product")?,
            account: id("billingAccount")?,
            offering: id("productOffering")?,
            from,
            dry_run,
        };
        let said = [&asked.product, &asked.account, &asked.offering];
        match said.iter().filter(|own| own.is_some()).count() {
            1 => Ok(asked),
            _ => Err(bad(
                "product",
                "is needed, or billingAccount, or productOffering; one of them",
            )),
        }
    }
}

/// What came of it.
#[derive(Default)]
struct Report {
    rated: u64,
    changed: u64,
    billed: u64,
    failed: u64,
    /// Millionths by currency, net and gross.
    delta: BTreeMap<&'static str, (i64, i64)>,
    listed: Vec<Value>,
}

impl Pool {
    /// Rates usage again and says what that changes.
    ///
    /// # Errors
    /// `InvalidBody` for what is not there or is too much at once; `Unavailable` where others are always
    /// quicker.
    pub async fn rerate(self: &Arc<Self>, tenant: i64, asked: Asked) -> Outcome<Value> {
        let own = Arc::clone(self);
        let work = move || {
            let mut report = Report::default();
            let mut done: HashSet<u64> = HashSet::new();
            for product in own.products(tenant, &asked)? {
                own.rerate_all(tenant, &product, &asked, &mut done, &mut report)?;
            }
            Ok(report.to_value(asked.dry_run))
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(Problem::internal)?
    }

    fn products(&self, tenant: i64, asked: &Asked) -> Outcome<Vec<String>> {
        let (path, id) = match asked {
            Asked {
                product: Some(id), ..
            } => return Ok(vec![id.clone()]),
            Asked {
                account: Some(id), ..
            } => ("billingAccount.id", id),
            Asked {
                offering: Some(id), ..
            } => ("productOffering.id", id),
            _ => return Ok(Vec::new()),
        };
        let limit = i64::try_from(PRODUCTS_MAX).unwrap_or(i64::MAX);
        let found = self
            .store
            .read_blocking(|session| self.by_path(session, tenant, path, id, limit))?;
        if found.len() >= PRODUCTS_MAX {
            let message = format!("has more than {PRODUCTS_MAX} products; name fewer");
            return Err(Problem::at(Code::InvalidBody, "/productOffering", message));
        }
        Ok(found)
    }

    fn by_path(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        path: &str,
        id: &str,
        limit: i64,
    ) -> DbResult<Vec<String>> {
        let Some(attribute) = self.store.attributes().number(PRODUCT, path) else {
            return Ok(Vec::new());
        };
        let heads = session.heads_by_index(tenant, &[attribute], id, i64::MIN, limit)?;
        Ok(heads.into_iter().map(|head| head.id).collect())
    }

    /// Rates the usage of a product, and of all that share something with it, again.
    fn rerate_all(
        &self,
        tenant: i64,
        product: &str,
        asked: &Asked,
        done: &mut HashSet<u64>,
        report: &mut Report,
    ) -> Outcome<()> {
        for _ in 0..TRIES {
            let payers = self.sharing(tenant, product)?;
            let Some(first) = payers.first() else {
                let message = "is not a stored product";
                return Err(Problem::at(Code::InvalidBody, "/product/id", message));
            };
            if done.contains(&first.root) {
                return Ok(());
            }
            let mut attempt = Report::default();
            match self.attempt(&payers, asked, &mut attempt) {
                Ok(()) => {
                    done.insert(first.root);
                    report.add(attempt);
                    return Ok(());
                }
                Err(problem) if DbError::is_outdated(&problem) => {}
                Err(problem) => return Err(problem),
            }
        }
        Err(Problem::busy(1))
    }

    /// The payers that share an account or a group with a product, that one first.
    fn sharing(&self, tenant: i64, product: &str) -> Outcome<Vec<Arc<Payer>>> {
        let read = self.store.read_blocking(|session| {
            let own = self
                .payers
                .of(session, &self.book, tenant, &[product.to_owned()]);
            let own = match own {
                Ok(own) => own,
                Err(problem) => return Ok(Err(problem)),
            };
            let Some(own) = own.get(product).cloned() else {
                return Ok(Ok(Vec::new()));
            };
            let mut ids = HashSet::from([product.to_owned()]);
            if let Some(account) = own.owners.account.strip_prefix("a:") {
                let path = "billingAccount.id";
                ids.extend(self.by_path(session, tenant, path, account, SHARING_MAX)?);
            }
            if own.owners.group.starts_with("g:") {
                let states =
                    session.charging_states(tenant, std::slice::from_ref(&own.owners.group))?;
                for (_, _, state) in states {
                    let owner = super::owner::Owner::read(&state).unwrap_or_default();
                    ids.extend(owner.members.iter().map(ToString::to_string));
                }
            }
            let ids: Vec<String> = ids.into_iter().collect();
            let all = match self.payers.of(session, &self.book, tenant, &ids) {
                Ok(all) => all,
                Err(problem) => return Ok(Err(problem)),
            };
            let mut all: Vec<Arc<Payer>> = all.into_values().collect();
            all.sort_by_key(|payer| (payer.id != product, payer.id.clone()));
            Ok(Ok(all))
        });
        read?
    }

    fn attempt(&self, payers: &[Arc<Payer>], asked: &Asked, report: &mut Report) -> Outcome<()> {
        let mut rater = self.rater();
        let mut tasks = self.store.read_blocking(|session| {
            if let Err(problem) = rater.world.load(session, payers.iter()) {
                return Ok(Err(problem));
            }
            let (since, tasks, left) = self.all_together(session, &rater, payers, asked)?;
            let (taken, spent) = left.taken();
            rater.world.rewind(payers, since, &taken, &spent);
            Ok(Ok(tasks))
        })??;
        self.store
            .read_blocking(|session| Ok(guide(session, &self.book, &self.payers, &mut tasks)))??;
        let now = self.core.clock.now();
        let mut written: Vec<(Task, Charged)> = Vec::new();
        // Also of usage that stays as it is.
        let mut raised = Vec::new();
        for mut task in tasks {
            let before = task.content.doc().into_owned();
            let mut own = rater.charge(&mut task, now);
            let alerts = std::mem::take(&mut own.alerts);
            if !alerts.is_empty() {
                raised.push((own.row.clone(), alerts));
            }
            report.rated += 1;
            if let Some(reason) = &own.reason {
                report.failed += 1;
                report.list(&task, &before, None, Some(reason.message.as_str()));
                continue;
            }
            let is_same = same_price(&before, &task.content.doc());
            if is_same && same_trace(&task, &own) {
                continue;
            }
            if !is_same {
                report.changed += 1;
                report.list(&task, &before, Some(&task.content.doc()), None);
            }
            if UsageStatus::of(&before) == Some(UsageStatus::Billed) {
                report.billed += u64::from(!is_same);
                continue;
            }
            written.push((task, own));
        }
        if report.failed > 0 {
            // What it took and moved could not be booked again, so all stays as it was.
            report.leave_alone();
            return Ok(());
        }
        if asked.dry_run {
            return Ok(());
        }
        let states = rater.world.writes();
        let (tasks, charged): (Vec<Task>, Vec<Charged>) = written.into_iter().unzip();
        let tasks: Vec<&Task> = tasks.iter().collect();
        let mut unit = Batch::new(&tasks, charged, states, &HashSet::new(), 0, now);
        for (row, alerts) in raised {
            unit.add_alerts(&row, alerts);
        }
        unit.commit(&self.core, &self.store).map(drop)
    }

    /// All usage that hangs together with what is asked about: from when on, which, and what it has left
    /// behind. Sessions that began earlier pull the beginning back.
    fn all_together(
        &self,
        session: &mut dyn Session,
        rater: &Rater,
        payers: &[Arc<Payer>],
        asked: &Asked,
    ) -> DbResult<(Micros, Vec<Task>, Left)> {
        let mut since = rater.world.since(payers, asked.from);
        for _ in 0..STEPS_BACK {
            let tasks = self.tasks(session, payers, since)?;
            let mut left = Left::default();
            for task in &tasks {
                if let Some(row) = &task.stored
                    && let Some(text) = session.usage_trace(row)?
                {
                    left.add(task, &text);
                }
            }
            match left.began.filter(|began| *began < since) {
                Some(earlier) => since = rater.world.since(payers, earlier),
                None => return Ok((since, tasks, left)),
            }
        }
        let message = "The sessions before hang together without end; choose an earlier `from`.";
        Err(DbError::OutOfRange(message.to_owned()))
    }

    /// Usage that has a price, in the order in which it happened.
    fn tasks(
        &self,
        session: &mut dyn Session,
        payers: &[Arc<Payer>],
        since: Micros,
    ) -> DbResult<Vec<Task>> {
        let mut rows: Vec<UsageRow> = Vec::new();
        for payer in payers {
            let found = session.usage_of_product(payer.tenant, payer.key, since.0, i64::MAX)?;
            rows.extend(found);
            if rows.len() > ROWS_MAX {
                return Err(DbError::OutOfRange(format!(
                    "More than {ROWS_MAX} usages hang together; choose a later `from`."
                )));
            }
        }
        rows.retain(|row| {
            let status = UsageStatus::numbered(row.state);
            status.is_some_and(UsageStatus::is_charged)
        });
        rows.sort_by_key(|row| (row.start_at, row.seq));
        let documents = session.usage_documents(rows.clone())?;
        let both = rows.into_iter().zip(documents);
        both.map(|(row, document)| {
            let doc = serde_json::from_str(&document.doc)
                .map_err(|error| DbError::Fault(format!("a stored usage: {error}")))?;
            Ok(Task::stored(row, doc))
        })
        .collect()
    }
}

/// What usage has left behind, by its traces.
#[derive(Default)]
struct Left {
    /// When the first of it began, its sessions included.
    began: Option<Micros>,
    /// What usage by itself took, by id of the bucket.
    taken: HashMap<String, u64>,
    /// The same of each session, by product and name. The trace of a part tells what all parts took up to
    /// there, so the last one counts.
    sessions: HashMap<(i64, String), (u64, HashMap<String, u64>)>,
    /// What was added to sums, in millionths by their ids; each part of a session adds its own.
    spent: HashMap<String, i64>,
}

impl Left {
    fn add(&mut self, task: &Task, trace: &str) {
        let trace: Value = serde_json::from_str(trace).unwrap_or_default();
        let began = trace.get("usageDate").and_then(Value::as_str);
        if let Some(began) = began.and_then(Micros::parse) {
            self.began = Some(self.began.map_or(began, |known| known.min(began)));
        }
        // What is on a bill keeps its price, and stays counted.
        if !task.is_billed() {
            for (sum, millionths) in spend::noted(&trace) {
                *self.spent.entry(sum.to_owned()).or_default() += millionths;
            }
        }
        match part_of(task) {
            None => add_taken(&trace, &mut self.taken),
            Some((session, part)) => {
                let own = self.sessions.entry(session).or_default();
                if part >= own.0 {
                    let mut taken = HashMap::new();
                    add_taken(&trace, &mut taken);
                    *own = (part, taken);
                }
            }
        }
    }

    /// All that was taken from buckets, and that was added to sums.
    fn taken(self) -> (HashMap<String, u64>, HashMap<String, i64>) {
        let mut all = self.taken;
        for (bucket, units) in self.sessions.into_values().flat_map(|(_, taken)| taken) {
            *all.entry(bucket).or_default() += units;
        }
        (all, self.spent)
    }
}

/// The session that a usage is a part of, and which.
fn part_of(task: &Task) -> Option<((i64, String), u64)> {
    let doc = task.content.doc();
    let text = |name: &str| match characteristic(&doc, name)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let part = text(PART)?.parse().ok()?;
    let name = format!("{}\u{1f}{}", task.source, text(RECORD)?);
    let product = task.stored.as_ref().map_or(0, |row| row.product);
    Some(((product, name), part))
}

/// What a usage took from buckets, by its trace.
fn add_taken(trace: &Value, taken: &mut HashMap<String, u64>) {
    let steps = trace.get("step").and_then(Value::as_array);
    for step in steps.into_iter().flatten() {
        let bucket = step.get("bucket").and_then(Value::as_str);
        let units = step.get("taken").and_then(Value::as_u64);
        if let (Some(bucket), Some(units)) = (bucket, units) {
            *taken.entry(bucket.to_owned()).or_default() += units;
        }
    }
}

/// True where a usage was rated the same way: it drew from the same buckets by the same steps.
fn same_trace(task: &Task, own: &Charged) -> bool {
    let stored = task.stored.as_ref();
    stored.is_some_and(|row| (row.trace_shape, &row.trace) == (own.row.trace_shape, &own.row.trace))
}

/// True where two documents say the same price. When it was rated plays no part.
fn same_price(one: &Value, other: &Value) -> bool {
    let price = |doc: &Value| {
        let mut price = doc.get(PRICE).cloned().unwrap_or_default();
        without_dates(&mut price);
        price
    };
    price(one) == price(other) && one.get("product") == other.get("product")
}

fn without_dates(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(without_dates),
        Value::Object(members) => {
            members.shift_remove("ratingDate");
            members.values_mut().for_each(without_dates);
        }
        _ => {}
    }
}

/// Net and gross of a rated usage in millionths: of its total.
fn amounts(doc: &Value) -> Option<(&'static Currency, i64, i64)> {
    let entry = doc.get(PRICE)?.as_array()?.first()?;
    let net = find(entry, &["dutyFreeAmount", "taxExcludedRatingAmount"])?;
    let gross = find(entry, &["taxIncludedAmount", "taxIncludedRatingAmount"])?;
    let (net, gross) = (Money::read(net).ok()?, Money::read(gross).ok()?);
    Some((net.currency, millionths(&net)?, millionths(&gross)?))
}

fn millionths(money: &Money) -> Option<i64> {
    let scaled = money
        .value
        .checked_mul(rust_decimal::Decimal::from(1_000_000))?;
    i64::try_from(scaled.trunc().mantissa() / 10_i128.pow(scaled.trunc().scale())).ok()
}

/// The first member of one of the names, at any depth.
fn find<'v>(value: &'v Value, names: &[&str]) -> Option<&'v Value> {
    match value {
        Value::Object(members) => {
            let here = names.iter().find_map(|name| members.get(*name));
            here.or_else(|| members.values().find_map(|own| find(own, names)))
        }
        Value::Array(items) => items.iter().find_map(|own| find(own, names)),
        _ => None,
    }
}

impl Report {
    fn list(&mut self, task: &Task, before: &Value, after: Option<&Value>, why: Option<&str>) {
        let (old, new) = (amounts(before), after.and_then(amounts));
        if let (Some((_, net, gross)), Some((currency, new_net, new_gross))) = (old, new) {
            let delta = self.delta.entry(currency.code).or_default();
            delta.0 += new_net - net;
            delta.1 += new_gross - gross;
        }
        if self.listed.len() >= LISTED {
            return;
        }
        let mut entry = Map::new();
        let id = task.stored.as_ref().map(id_of).unwrap_or_default();
        entry.insert("id".to_owned(), Value::from(id));
        let shown = |own: Option<(&'static Currency, i64, i64)>| {
            own.map(|(currency, net, gross)| {
                json!({ "net": money(currency.code, net), "gross": money(currency.code, gross) })
            })
        };
        for (name, value) in [
            ("before", shown(old)),
            ("after", shown(new)),
            ("reason", why.map(Value::from)),
        ] {
            if let Some(value) = value {
                entry.insert(name.to_owned(), value);
            }
        }
        self.listed.push(Value::Object(entry));
    }

    /// Nothing is changed, because of those that failed.
    fn leave_alone(&mut self) {
        (self.changed, self.billed) = (0, 0);
        self.delta.clear();
        self.listed.retain(|entry| entry.get("reason").is_some());
    }

    fn add(&mut self, other: Report) {
        self.rated += other.rated;
        self.changed += other.changed;
        self.billed += other.billed;
        self.failed += other.failed;
        for (currency, (net, gross)) in other.delta {
            let own = self.delta.entry(currency).or_default();
            own.0 += net;
            own.1 += gross;
        }
        let room = LISTED.saturating_sub(self.listed.len());
        self.listed.extend(other.listed.into_iter().take(room));
    }

    fn to_value(&self, dry_run: bool) -> Value {
        let delta = self.delta.iter().map(|(currency, (net, gross))| {
            json!({ "net": money(currency, *net), "gross": money(currency, *gross) })
        });
        json!({
            "@type": "UsageRerating",
            "dryRun": dry_run,
            "usage": self.rated,
            "changed": self.changed,
            "billed": self.billed,
            "failed": self.failed,
            "delta": delta.collect::<Vec<Value>>(),
            "change": self.listed,
        })
    }
}

fn money(currency: &str, millionths: i64) -> Value {
    let value = rust_decimal::Decimal::new(millionths, 6).normalize();
    json!({ "unit": currency, "value": crate::domain::money::number_of(value) })
}
