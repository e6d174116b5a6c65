//! Product orders: how many are taken, and how many are fulfilled against a simulated OSS.
//!
//! What is ordered is made for the measurement: one offering whose rule makes three service orders, one
//! after the other; with the product and its charges that is a plan of five nodes.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Failure;
use super::args::{Fulfil, Orders};
use super::client::{Client, wait};
use super::document::MARK;
use super::drive::{Make, Measured, Work, drive};
use super::histogram::Histogram;
use super::report::{millis, per_second};
use super::request::{self, JSON, Template};
use super::target::Target;
use crate::domain::clock::Clock;

const ORDERS: &str = "productOrder";
/// Ids of what is ordered.
const NAME: &str = "load-line";
/// How long an order may take before the measurement gives up.
const PATIENCE: Duration = Duration::from_secs(120);

/// `load order`: POST alone.
///
/// # Errors
/// When what is ordered cannot be made.
pub fn post(args: &Orders) -> Result<Measured, Failure> {
    prepare(args)?;
    let target = Target::of_api(&args.server, "TMF622")?;
    let templates = Template::new(
        request::with_body(
            &target,
            "POST",
            &target.collection(ORDERS),
            JSON,
            order(MARK).as_bytes(),
        ),
        MARK,
    );
    let run = u64::try_from(Clock::system().now().0 / 1000).unwrap_or_default();
    let make: Make = Arc::new(move |number| {
        Box::new(Posts {
            template: templates.clone(),
            prefix: run ^ (u64::from(number) << 40),
            number: 0,
        })
    });
    drive(&target, &args.effort, &make)
}

struct Posts {
    template: Template,
    prefix: u64,
    number: u64,
}

impl Work for Posts {
    fn next(&mut self, out: &mut Vec<u8>) {
        self.number += 1;
        let name = format!("{:016x}", self.prefix.wrapping_add(self.number << 20));
        out.extend_from_slice(self.template.fill(name.as_bytes()));
    }

    fn is_good(&self, status: u16) -> bool {
        status == 201
    }
}

/// `load fulfil`: from POST until the orders are completed.
///
/// # Errors
/// When an order is not completed.
pub fn fulfil(args: &Fulfil) -> Result<(), Failure> {
    prepare(&args.orders)?;
    let target = Target::of_api(&args.orders.server, "TMF622")?;
    let alone = wait(one_by_one(&target, args.alone))?;
    let (rate, took) = wait(together(&target, args))?;
    if args.orders.effort.json {
        println!(
            "{}",
            json!({
                "scenario": "fulfil",
                "orders": args.count,
                "perSecond": rate,
                "seconds": took.as_secs(),
                "aloneMicros": { "p50": alone.quantile(500), "p99": alone.quantile(990) },
            })
        );
        return Ok(());
    }
    println!(
        "one order alone: p50 {} ms, p99 {} ms; {} orders together: {rate} completed per second",
        millis(alone.quantile(500)),
        millis(alone.quantile(990)),
        args.count,
    );
    Ok(())
}

/// Each order when the one before is completed.
async fn one_by_one(target: &Target, count: u32) -> Result<Histogram, Failure> {
    let mut client = Client::new(target);
    let mut took = Histogram::default();
    for _ in 0..count {
        let began = Instant::now();
        let id = client.post(ORDERS, &order("alone")).await?;
        loop {
            let order = client.get(ORDERS, &id).await?;
            match order.get("state").and_then(Value::as_str) {
                Some("completed") => break,
                Some("acknowledged" | "inProgress") if began.elapsed() < PATIENCE => {}
                other => return Err(Failure::new(format!("an order is {other:?}"))),
            }
        }
        took.record(began.elapsed());
    }
    Ok(took)
}

/// As many at once as there are connections, until all are completed.
async fn together(target: &Target, args: &Fulfil) -> Result<(u64, Duration), Failure> {
    let query = "state=completed&fields=none&limit=1";
    let before = Client::new(target).list(ORDERS, query).await?.total;
    let began = Instant::now();
    let mut tasks = tokio::task::JoinSet::new();
    let connections = u64::from(args.orders.effort.connections);
    for number in 0..connections {
        let target = target.clone();
        let share = args.count / connections + u64::from(number < args.count % connections);
        tasks.spawn(async move {
            let mut client = Client::new(&target);
            for _ in 0..share {
                client.post(ORDERS, &order("together")).await?;
            }
            Ok::<(), Failure>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.map_err(|error| Failure::new(error.to_string()))??;
    }
    // The server has closed the first connection when that took long.
    let mut client = Client::new(target);
    let (mut last, mut changed) = (0, Instant::now());
    loop {
        let completed = client.list(ORDERS, query).await?.total - before;
        if completed >= args.count {
            let took = began.elapsed();
            return Ok((per_second(args.count, took.as_micros()), took));
        }
        if completed != last {
            (last, changed) = (completed, Instant::now());
        }
        if changed.elapsed() > PATIENCE {
            return Err(Failure::new(format!(
                "only {completed} orders were completed"
            )));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Makes what is ordered, where it is not there yet.
fn prepare(args: &Orders) -> Result<(), Failure> {
    let catalog = Target::of_api(&args.server, "TMF620")?;
    let own = Target::of_api(&args.server, "TOLLGATE")?;
    wait(async {
        let mut client = Client::new(&catalog);
        if client.get("productOffering", NAME).await.is_ok() {
            return Ok(());
        }
        client
            .post("productSpecification", &specification().to_string())
            .await?;
        client
            .post("productOffering", &offering().to_string())
            .await?;
        Client::new(&own)
            .post("decompositionRule", &rule().to_string())
            .await?;
        Ok(())
    })
}

fn specification() -> Value {
    json!({
        "@type": "ProductSpecification",
        "id": NAME,
        "name": "Line for measurements",
        "lifecycleStatus": "Active",
        "productSpecCharacteristic": [
            { "@type": "CharacteristicSpecification", "id": "speed", "name": "speed", "valueType": "integer",
              "configurable": true, "minCardinality": 1, "maxCardinality": 1 },
            { "@type": "CharacteristicSpecification", "id": "label", "name": "label", "valueType": "string",
              "configurable": true, "minCardinality": 0, "maxCardinality": 1 },
        ],
    })
}

fn offering() -> Value {
    json!({
        "@type": "ProductOffering",
        "id": NAME,
        "name": "Line for measurements",
        "lifecycleStatus": "Active",
        "isSellable": true,
        "productSpecification": { "@type": "ProductSpecificationRef", "id": NAME },
    })
}

fn rule() -> Value {
    let order = |name: &str, after: &[&str]| {
        json!({
            "name": name,
            "kind": "serviceOrder",
            "label": format!("Load {name}"),
            "specification": format!("load-{name}"),
            "characteristic": [{ "name": "speed", "copy": "characteristic.speed" }],
            "after": after,
        })
    };
    json!({
        "@type": "DecompositionRule",
        "id": NAME,
        "name": "Line for measurements",
        "version": "1.0",
        "lifecycleStatus": "Active",
        "when": { "productSpecification": [NAME] },
        "replaces": true,
        "produce": [order("core", &[]), order("access", &["core"]), order("voice", &["access"])],
    })
}

fn order(label: &str) -> String {
    json!({
        "@type": "ProductOrder",
        "category": "load",
        "description": "An order of a measurement.",
        "productOrderItem": [{
            "@type": "ProductOrderItem",
            "id": "1",
            "action": "add",
            "quantity": 1,
            "productOffering": { "@type": "ProductOfferingRef", "id": NAME },
            "product": {
                "@type": "Product",
                "productCharacteristic": [
                    { "@type": "IntegerCharacteristic", "name": "speed", "valueType": "integer", "value": 100 },
                    { "@type": "StringCharacteristic", "name": "label", "valueType": "string", "value": label },
                ],
            },
        }],
    })
    .to_string()
}
