//! A bill run over accounts that are made for it: each has a product with two charges a month in advance and
//! usage by eight labels, so that a bill has ten lines.

use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};

use super::super::Failure;
use super::super::bill::run::{ask, count, finished};
use super::super::config::Config;
use super::args::Bills;
use super::report::per_second;
use crate::billing::Span as Month;
use crate::charging::tally::{Key, Span, Sum, Tallied, Waiting, owner_of};
use crate::domain::clock::{Clock, Micros};
use crate::domain::ids;
use crate::engine::{Caller, NewResource, create_in};
use crate::server::{Parts, Work};
use crate::store::usage::{StateWrite, UsageWrite};

const CYCLE: &str = "load-bills";
/// Accounts that are made in one transaction.
const TOGETHER: u64 = 250;
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
    let done = finished(&parts, &id, !args.json).await?;
    let took = began.elapsed();
    parts.close().await;
    let bills = count(&done, "billCount");
    let rate = per_second(bills, took.as_micros());
    if args.json {
        println!(
            "{}",
            json!({ "scenario": "bills", "bills": bills, "perSecond": rate, "run": done })
        );
    } else {
        eprintln!();
        println!(
            "{bills} bills in {:.1} s, {rate} per second",
            took.as_secs_f64()
        );
    }
    match count(&done, "failedCount") {
        0 => Ok(()),
        failed => Err(Failure::new(format!("{failed} accounts were not billed"))),
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
            let key = crate::store::IdKey::new(tenant, "billingCycleSpecification", CYCLE);
            if !tx.versions(&key)?.is_empty() {
                return Ok(());
            }
            let cycle = json!({ "@type": "BillingCycleSpecification", "name": CYCLE, "frequency": "monthly" });
            made(core, tx, caller, "billingCycleSpecification", CYCLE, cycle, now)
        })
        .await?;
    let span = Span {
        from: month.from.0 / 1_000_000,
        to: month.to.0 / 1_000_000,
    };
    // The month that is billed, and the next one in advance: two lines.
    let start = month.from.to_rfc3339();
    let mut left = accounts;
    while left > 0 {
        let some = left.min(TOGETHER);
        left -= some;
        let (core, caller, start) = (Arc::clone(&core), caller.clone(), start.clone());
        let ids: Vec<String> = (0..some).map(|_| ids::new_id()).collect();
        engine
            .store
            .write(move |tx| {
                for id in &ids {
                    made(&core, tx, &caller, "billingAccount", id, account(id), now)?;
                    made(&core, tx, &caller, "product", id, product(id, &start), now)?;
                }
                let states = ids.iter().map(|id| state(tenant, id, span));
                let write = UsageWrite {
                    states: states.collect(),
                    ..UsageWrite::default()
                };
                tx.direct(|session| session.write_usage(&write))
            })
            .await?;
        if (accounts - left).is_multiple_of(10_000) {
            eprint!("\r{} accounts", accounts - left);
        }
    }
    eprintln!();
    Ok(())
}

fn made(
    core: &crate::engine::Core,
    tx: &mut crate::store::Tx<'_>,
    caller: &Caller,
    kind: &str,
    id: &str,
    doc: Value,
    now: Micros,
) -> crate::domain::problem::Outcome<()> {
    let resource = core.registry.canonical(kind);
    let resource = resource.ok_or_else(|| crate::domain::problem::Problem::internal("no kind"))?;
    let new = NewResource {
        id: Some(id.to_owned()),
        doc,
    };
    create_in(core, tx, caller, resource, &new, now).map(drop)
}

fn account(id: &str) -> Value {
    json!({
        "@type": "BillingAccount", "name": id, "state": "Active", "relatedParty": [],
        "billStructure": { "@type": "BillStructure", "cycleSpecification": {
            "@type": "BillingCycleSpecificationRef", "id": CYCLE } },
    })
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
fn state(tenant: i64, product: &str, span: Span) -> StateWrite {
    let tallies = (1..=LABELS).map(|label| Tallied {
        key: Key {
            price: "calls".into(),
            label: format!("zone {label}").into(),
            category: "VAT".into(),
            tax: 19.into(),
            currency: "EUR".into(),
            unit: "s".into(),
            span,
            ..Key::default()
        },
        sum: Sum {
            n: 10 * label,
            units: 600 * label,
            included: 0,
            net: 123_456 * label,
            gross: 146_912 * label,
        },
    });
    let waiting = Waiting {
        tallies: tallies.collect(),
    };
    StateWrite {
        tenant,
        owner: owner_of(product),
        expected_revision: 0,
        state: waiting.bytes(),
    }
}
