//! A bill run over accounts that are made for it: each has a product with two charges a month in advance and
//! usage by eight labels, so that a bill has ten lines.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Failure;
use super::super::bill::run::{ask, count, finished};
use super::super::config::Config;
use super::args::Bills;
use super::histogram::Histogram;
use super::report::{millis, per_second};
use crate::behaviour::billing::ON_DEMAND;
use crate::billing::Span as Month;
use crate::charging::tally::{Key, Span, Sum};
use crate::charging::waiting::Waiting;
use crate::domain::clock::{Clock, Micros};
use crate::domain::ids;
use crate::domain::problem::Outcome;
use crate::engine::{Caller, NewResource, create_in};
use crate::server::{Parts, Work};
use crate::store::IdKey;
use crate::store::usage::UsageSumRow;

const CYCLE: &str = "load-bills";
/// Accounts that are made in one transaction.
const TOGETHER: u64 = 250;
/// Accounts whose bills are asked for on demand, at least.
const APART: usize = 1000;
/// Time between two looks whether such a bill is there.
const LOOK: Duration = Duration::from_millis(2);
/// Labels of usage of each account.
const LABELS: i64 = 8;

/// `load bills`
///
/// # Errors
/// When accounts cannot be made, or the run failed.
pub async fn run(config: &Config, args: &Bills) -> Result<(), Failure> {
    let address = config
        .listen_address()
        .ok_or_else(|| Failure::new("no address that clients know the server by"))?;
    let mut parts = Parts::build(config, &config.base_url(address), Clock::system())?;
    let month = parts.invoicing.month_due(parts.engine.core.clock.now());
    let month = month.ok_or_else(|| Failure::new("the clock is beyond the calendar"))?;
    if args.accounts > 0 {
        prepare(&parts, args.accounts, month).await?;
    }
    let asked = match args.on_demand {
        true => apart(&parts, month).await?,
        false => Vec::new(),
    };
    let body = json!({
        "@type": "BillRun", "billingDate": month.to.to_rfc3339(),
        "billingCycleSpecification": { "@type": "BillingCycleSpecificationRef", "id": CYCLE },
    });
    let began = Instant::now();
    let id = ask(&parts, &body).await?;
    parts.start_workers(Work {
        jobs: true,
        ..Work::default()
    });
    let mut waits = Histogram::default();
    let done = {
        let run = finished(&parts, &id, !args.json);
        let demand = ask_all(&parts, &asked, &mut waits);
        tokio::pin!(run, demand);
        tokio::select! {
            done = &mut run => done?,
            all = &mut demand => {
                all?;
                run.await?
            }
        }
    };
    let took = began.elapsed();
    let documents = match args.documents {
        true => Some(documents(&parts).await?),
        false => None,
    };
    parts.close().await;
    let bills = count(&done, "billCount");
    let rate = per_second(bills, took.as_micros());
    let documents = documents.map(|took| per_second(bills, took.as_micros()));
    if args.json {
        let waits = (waits.count() > 0).then(|| {
            json!({ "bills": waits.count(), "p50": waits.quantile(500), "p95": waits.quantile(950),
                "max": waits.max() })
        });
        println!(
            "{}",
            json!({ "scenario": "bills", "bills": bills, "perSecond": rate, "onDemandMicros": waits,
                "documentsPerSecond": documents, "run": done })
        );
    } else {
        eprintln!();
        println!(
            "{bills} bills in {:.1} s, {rate} per second",
            took.as_secs_f64()
        );
        if waits.count() > 0 {
            println!(
                "{} bills on demand meanwhile: p50 {} ms, p95 {} ms, max {} ms",
                waits.count(),
                millis(waits.quantile(500)),
                millis(waits.quantile(950)),
                millis(waits.max())
            );
        }
        if let Some(rate) = documents {
            println!("documents of {rate} bills per second");
        }
    }
    match count(&done, "failedCount") {
        0 => Ok(()),
        failed => Err(Failure::new(format!("{failed} accounts were not billed"))),
    }
}

/// Accounts that no cycle bills.
async fn apart(parts: &Parts, month: Month) -> Result<Vec<String>, Failure> {
    let mut all = Vec::new();
    while all.len() < APART {
        let ids: Vec<String> = (0..TOGETHER).map(|_| ids::new_id()).collect();
        make(parts, &ids, month, false).await?;
        all.extend(ids);
    }
    Ok(all)
}

/// Asks for a bill of each account, one after the other, and notes how long each took.
async fn ask_all(parts: &Parts, accounts: &[String], waits: &mut Histogram) -> Result<(), Failure> {
    for account in accounts {
        let began = Instant::now();
        let body = json!({ "@type": "CustomerBillOnDemand",
            "billingAccount": { "@type": "BillingAccountRef", "id": account } });
        let resource = parts.engine.core.registry.canonical(ON_DEMAND);
        let resource = resource.ok_or_else(|| Failure::new("there are no bills on demand"))?;
        let made = parts.engine.create(resource, body, Caller::local(), None);
        let key = IdKey::new(Caller::local().tenant, ON_DEMAND, &made.await?.row.id);
        loop {
            let own = key.clone();
            let rows = parts.engine.store.point(move |s| s.versions(&own)).await?;
            let state = rows.first().and_then(|row| row.state.as_deref());
            match state {
                Some("inProgress") => tokio::time::sleep(LOOK).await,
                Some("done") => break,
                other => return Err(Failure::new(format!("a bill on demand is {other:?}"))),
            }
        }
        waits.record(began.elapsed());
    }
    Ok(())
}

/// Waits until no job is left, and says how long that took.
async fn documents(parts: &Parts) -> Result<Duration, Failure> {
    let began = Instant::now();
    loop {
        let backlog = parts
            .engine
            .store
            .point(|session| session.backlog())
            .await?;
        if backlog.waiting_jobs == 0 {
            return Ok(began.elapsed());
        }
        tokio::time::sleep(LOOK * 10).await;
    }
}

async fn prepare(parts: &Parts, accounts: u64, month: Month) -> Result<(), Failure> {
    let engine = &parts.engine;
    let core = Arc::clone(&engine.core);
    let now = core.clock.now();
    let caller = Caller::local();
    let tenant = caller.tenant;
    let own = (Arc::clone(&core), caller.clone());
    engine
        .store
        .write(move |tx| {
            let (core, caller) = &own;
            let key = IdKey::new(tenant, "billingCycleSpecification", CYCLE);
            if !tx.versions(&key)?.is_empty() {
                return Ok(());
            }
            let cycle = json!({ "@type": "BillingCycleSpecification", "name": CYCLE, "frequency": "monthly" });
            made(core, tx, caller, "billingCycleSpecification", CYCLE, cycle, now)
        })
        .await?;
    let mut left = accounts;
    while left > 0 {
        let some = left.min(TOGETHER);
        left -= some;
        let ids: Vec<String> = (0..some).map(|_| ids::new_id()).collect();
        make(parts, &ids, month, true).await?;
        if (accounts - left).is_multiple_of(10_000) {
            eprint!("\r{} accounts", accounts - left);
        }
    }
    eprintln!();
    Ok(())
}

/// Makes accounts, each with a product and usage.
async fn make(parts: &Parts, ids: &[String], month: Month, has_cycle: bool) -> Result<(), Failure> {
    let core = Arc::clone(&parts.engine.core);
    let now = core.clock.now();
    let caller = Caller::local();
    let span = Span {
        from: month.from.0 / 1_000_000,
        to: month.to.0 / 1_000_000,
    };
    // The month that is billed, and the next one in advance: two lines.
    let start = month.from.to_rfc3339();
    let ids = ids.to_vec();
    let written = parts.engine.store.write(move |tx| {
        for id in &ids {
            let account = account(id, has_cycle);
            made(&core, tx, &caller, "billingAccount", id, account, now)?;
            let product = product(id, &start);
            made(&core, tx, &caller, "product", id, product, now)?;
        }
        let sums = ids.iter().map(|id| sums(caller.tenant, id, span));
        let mut sums = sums.collect::<Outcome<Vec<UsageSumRow>>>()?;
        tx.direct(|session| {
            let seqs = session.allocate(sums.len())?;
            for (row, seq) in sums.iter_mut().zip(seqs) {
                row.seq = seq;
            }
            session.insert_usage_sums(&sums)
        })
    });
    Ok(written.await?)
}

fn made(
    core: &crate::engine::Core,
    tx: &mut crate::store::Tx<'_>,
    caller: &Caller,
    kind: &str,
    id: &str,
    doc: Value,
    now: Micros,
) -> Outcome<()> {
    let resource = core.registry.canonical(kind);
    let resource = resource.ok_or_else(|| crate::domain::problem::Problem::internal("no kind"))?;
    let new = NewResource {
        id: Some(id.to_owned()),
        doc,
    };
    create_in(core, tx, caller, resource, &new, now).map(drop)
}

fn account(id: &str, has_cycle: bool) -> Value {
    let mut doc = json!({
        "@type": "BillingAccount", "name": id, "state": "Active", "relatedParty": [],
    });
    if has_cycle && let Some(members) = doc.as_object_mut() {
        let structure = json!({ "@type": "BillStructure", "cycleSpecification": {
            "@type": "BillingCycleSpecificationRef", "id": CYCLE } });
        members.insert("billStructure".to_owned(), structure);
    }
    doc
}

fn product(account: &str, start: &str) -> Value {
    json!({
        "@type": "Product", "name": "Load", "status": "active", "startDate": start,
        "billingAccount": { "@type": "BillingAccountRef", "id": account },
        "productPrice": [{
            "@type": "ProductPrice", "name": "Plan", "priceType": "recurring",
            "recurringChargePeriod": "month",
            "price": { "@type": "Price", "taxRate": 19,
                "dutyFreeAmount": { "unit": "EUR", "value": 25 } },
        }],
    })
}

/// What usage of a month has left behind.
fn sums(tenant: i64, product: &str, span: Span) -> Outcome<UsageSumRow> {
    let sums = (1..=LABELS).map(|label| {
        let key = Key {
            price: "calls".into(),
            label: format!("zone {label}").into(),
            category: "VAT".into(),
            tax: 19.into(),
            currency: "EUR".into(),
            unit: "s".into(),
            span,
            ..Key::default()
        };
        let sum = Sum {
            n: 10 * label,
            units: 600 * label,
            included: 0,
            net: 123_456 * label,
            gross: 146_912 * label,
        };
        (key, sum)
    });
    let waiting = Waiting(sums.collect());
    Ok(UsageSumRow {
        seq: 0,
        tenant,
        product: product.to_owned(),
        body: waiting.bytes()?,
    })
}
