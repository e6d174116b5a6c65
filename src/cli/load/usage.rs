//! Streams of usage, stored and rated: a tariff table of many prefixes, time bands, tiers and allowances
//! that accounts share.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::super::Failure;
use super::args::{Post, Usage};
use super::client::wait;
use super::connection::Connection;
use super::document::MARK;
use super::drive::Measured;
use super::random::Random;
use super::report::per_second;
use super::request::{self, JSON, Template};
use super::scenario::post_all;
use super::target::Target;
use crate::domain::clock::Clock;
use crate::domain::descriptor::ApiVersion;

const STREAM: &str = "/tollgate/v1/usage?version=v4";
const NDJSON: &str = "application/x-ndjson";
/// Lines of an account share an allowance.
const LINES: u64 = 10;
/// Different calls that are posted one by one, each of another product.
const VARIANTS: u64 = 100;
/// Products of one request.
const BATCH: u64 = 500;

/// `load usage`
///
/// # Errors
/// When something cannot be made, and when a record was not rated.
pub fn run(target: &Target, args: &Usage) -> Result<(), Failure> {
    if args.prepare {
        wait(prepare(target, args))?;
    }
    let began = Instant::now();
    let done = wait(all(target, args))?;
    let took = began.elapsed();
    let rate = per_second(done, took.as_micros());
    if args.json {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let shown =
            json!({"scenario": "usage", "records": done, "micros": micros, "perSecond": rate});
        println!("{shown}");
    } else {
        println!(
            "{done} records rated in {:.1} s, {rate} per second",
            took.as_secs_f64()
        );
    }
    Ok(())
}

/// `load post` of calls, one in each request.
///
/// # Errors
/// When v5 is asked for, in which usage names its product.
pub fn post(args: &Post) -> Result<Measured, Failure> {
    let target = Target::of_api(&args.server, "TMF635")?;
    if target.version != ApiVersion::V4 {
        return Err(Failure::new("usage is posted in v4"));
    }
    let path = target.collection("usage");
    let templates = (0..VARIANTS).map(|line| {
        let body = json!({
            "usageDate": "2026-03-02T09:00:00Z", "usageType": "voice",
            "usageSpecification": { "id": "voice", "name": "voice" },
            "usageCharacteristic": [
                { "name": "source", "value": "load" }, { "name": "recordId", "value": MARK },
                { "name": "callingNumber", "value": number_of(line * LINES) },
                { "name": "calledNumber", "value": format!("1000{line:02}123456") },
                { "name": "duration", "value": 61 + line }, { "name": "direction", "value": "outgoing" }],
        });
        let body = body.to_string();
        let request = request::with_body(&target, "POST", &path, JSON, body.as_bytes());
        Template::new(request, MARK)
    });
    post_all(&target, &args.effort, templates.collect())
}

async fn prepare(target: &Target, args: &Usage) -> Result<(), Failure> {
    let mut connection = Connection::new(target.address);
    let path = "/tollgate/v1/tariffTable/load-world?currency=EUR";
    send(
        &mut connection,
        target,
        "PUT",
        path,
        "text/csv",
        table(args.prefixes).as_bytes(),
    )
    .await?;
    let path = "/tollgate/v1/calendar/load-calendar";
    let body = calendar().to_string();
    send(&mut connection, target, "PUT", path, JSON, body.as_bytes()).await?;
    for (collection, body) in catalog() {
        let path = target.collection(collection);
        let body = body.to_string();
        send(
            &mut connection,
            target,
            "POST",
            &path,
            JSON,
            body.as_bytes(),
        )
        .await?;
    }
    let path = "/tmf-api/productInventory/v5/product?fields=none";
    let mut from = 0;
    while from < args.products {
        let to = args.products.min(from + BATCH);
        let products: Vec<Value> = (from..to).map(product).collect();
        let body = Value::from(products).to_string();
        send(&mut connection, target, "POST", path, JSON, body.as_bytes()).await?;
        from = to;
    }
    eprintln!("{} prefixes, {} products", args.prefixes, args.products);
    Ok(())
}

/// What is there from an earlier run may stay.
pub(super) async fn send(
    connection: &mut Connection,
    target: &Target,
    method: &str,
    path: &str,
    media: &str,
    body: &[u8],
) -> Result<(), Failure> {
    let request = request::with_body(target, method, path, media, body);
    let answer = connection.call(&request).await?;
    if matches!(answer.status, 200 | 201 | 409) {
        return Ok(());
    }
    let shown: String = String::from_utf8_lossy(answer.body)
        .chars()
        .take(400)
        .collect();
    Err(Failure::new(format!(
        "{method} {path}: {} {shown}",
        answer.status
    )))
}

/// Prefixes of six digits and more, each in one of some hundred zones.
fn table(rows: u64) -> String {
    let mut text = String::from("destination,zone,price,firstStep,nextStep\n");
    for row in 0..rows {
        let price = 100 + row % 97;
        text.push_str(&format!(
            "{},Z{},0.{price},60,1\n",
            100_000 + row,
            row % 113
        ));
    }
    text
}

fn calendar() -> Value {
    json!({
        "timeZone": "Europe/Berlin", "default": "offPeak",
        "hours": [
            { "band": "peak", "day": ["monday", "friday"], "from": "08:00", "to": "18:00" },
            { "band": "night", "from": "22:00", "to": "06:00" }],
    })
}

fn catalog() -> Vec<(&'static str, Value)> {
    let voice = json!({
        "@type": "ProductOfferingPrice", "id": "load-voice", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active",
        "unitOfMeasure": { "amount": 60, "units": "s" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 19 }],
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "load-world",
            "characteristic": [
                { "name": "calendar", "value": "load-calendar" },
                { "name": "bandMode", "value": "split" },
                { "name": "bandPrice", "value": [{ "band": "night", "percentage": 50 }] },
                { "name": "tierMode", "value": "graduated" },
                { "name": "tierScope", "value": "product" },
                { "name": "tierPeriod", "value": "month" },
                { "name": "tier", "value": [
                    { "to": 36000, "percentage": 100 }, { "to": 360_000, "percentage": 80 }, { "percentage": 60 }] },
            ],
        }],
    });
    let included = json!({
        "@type": "ProductOfferingPrice", "id": "load-included", "name": "Included", "priceType": "allowance",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 60000, "units": "s" },
        "recurringChargePeriodType": "month", "recurringChargePeriodLength": 1,
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "allowance",
            "characteristic": [{ "name": "scope", "value": "account" }],
        }],
        "popRelationship": [{
            "@type": "ProductOfferingPriceRelationship", "id": "load-voice", "relationshipType": "allowance",
        }],
    });
    let offering = json!({
        "@type": "ProductOffering", "id": "load-plan", "name": "Plan", "lifecycleStatus": "Active",
        "productOfferingPrice": [
            { "@type": "ProductOfferingPriceRef", "id": "load-voice" },
            { "@type": "ProductOfferingPriceRef", "id": "load-included" }],
    });
    vec![
        ("productOfferingPrice", voice),
        ("productOfferingPrice", included),
        ("productOffering", offering),
    ]
}

fn number_of(line: u64) -> String {
    format!("49170{line:07}")
}

fn product(line: u64) -> Value {
    json!({
        "@type": "Product", "id": format!("load-line-{line}"), "status": "active",
        "startDate": "2026-01-01T00:00:00Z",
        "productOffering": { "@type": "ProductOfferingRef", "id": "load-plan" },
        "billingAccount": {
            "@type": "BillingAccountRef", "id": format!("load-{}", line / LINES), "@referredType": "Elsewhere" },
        "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": number_of(line) }],
    })
}

async fn all(target: &Target, args: &Usage) -> Result<u64, Failure> {
    let end = Instant::now() + Duration::from_secs(args.seconds);
    let done = Arc::new(AtomicU64::new(0));
    let run = u64::try_from(Clock::system().now().0 / 1_000_000).unwrap_or_default();
    let mut running = JoinSet::new();
    for connection in 0..args.connections {
        let sender = Sender {
            target: target.clone(),
            random: Random::new(u64::from(connection) + 1),
            source: format!("msc-{run}-{connection}"),
            next: 0,
            connection: u64::from(connection),
            connections: u64::from(args.connections),
            products: args.products,
            prefixes: args.prefixes,
            lines: args.lines,
            done: Arc::clone(&done),
        };
        running.spawn(sender.run(end));
    }
    let mut tick = tokio::time::interval(Duration::from_secs(10));
    tick.tick().await;
    let mut before = 0;
    loop {
        tokio::select! {
            ended = running.join_next() => match ended {
                None => return Ok(done.load(Ordering::Relaxed)),
                Some(result) => result??,
            },
            _ = tick.tick() => {
                let now = done.load(Ordering::Relaxed);
                eprintln!("{now} records, {} per second", (now - before) / 10);
                before = now;
            }
        }
    }
}

/// One switch: its records are named one after the other.
struct Sender {
    target: Target,
    random: Random,
    source: String,
    next: u64,
    connection: u64,
    connections: u64,
    products: u64,
    prefixes: u64,
    lines: u64,
    done: Arc<AtomicU64>,
}

impl Sender {
    async fn run(mut self, end: Instant) -> Result<(), Failure> {
        let mut connection = Connection::new(self.target.address);
        let mut body = Vec::new();
        while Instant::now() < end {
            body.clear();
            for _ in 0..self.lines {
                self.record(&mut body);
            }
            let request = request::with_body(&self.target, "POST", STREAM, NDJSON, &body);
            let answer = connection.call(&request).await?;
            let told: Value = serde_json::from_slice(answer.body).unwrap_or_default();
            if told.get("rated").and_then(Value::as_u64) != Some(self.lines) {
                let shown: String = String::from_utf8_lossy(answer.body)
                    .chars()
                    .take(600)
                    .collect();
                return Err(Failure::new(format!(
                    "POST {STREAM}: {} {shown}",
                    answer.status
                )));
            }
            self.done.fetch_add(self.lines, Ordering::Relaxed);
        }
        Ok(())
    }

    fn below(&mut self, n: u64) -> u64 {
        let below = self.random.below(usize::try_from(n).unwrap_or(usize::MAX));
        u64::try_from(below).unwrap_or_default()
    }

    /// A line of an account whose calls all come from this switch: what shares something comes in order.
    fn line(&mut self) -> u64 {
        let accounts = (self.products / LINES).max(1);
        let own = (accounts / self.connections).max(1);
        let account = self.below(own) * self.connections + self.connection;
        (account % accounts) * LINES + self.below(LINES.min(self.products))
    }

    /// A call some time in March 2026; a month has 2,678,400 seconds.
    fn record(&mut self, out: &mut Vec<u8>) {
        let line = self.line();
        let prefix = 100_000 + self.below(self.prefixes);
        let seconds = 1 + self.below(600);
        let at = self.next / 50 % 2_678_400;
        let (day, rest) = (at / 86_400, at % 86_400);
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        self.next += 1;
        let text = format!(
            "{{\"usageDate\":\"2026-03-{:02}T{hour:02}:{minute:02}:{second:02}Z\",\"usageType\":\"voice\",\
             \"usageSpecification\":{{\"id\":\"voice\",\"name\":\"voice\"}},\"usageCharacteristic\":[\
             {{\"name\":\"source\",\"value\":\"{}\"}},{{\"name\":\"recordId\",\"value\":\"{:010}\"}},\
             {{\"name\":\"callingNumber\",\"value\":\"{}\"}},{{\"name\":\"calledNumber\",\"value\":\"{prefix}{:05}\"}},\
             {{\"name\":\"duration\",\"value\":{seconds}}},{{\"name\":\"direction\",\"value\":\"outgoing\"}}]}}\n",
            day + 1,
            self.source,
            self.next,
            number_of(line),
            seconds * 137 % 100_000,
        );
        out.extend_from_slice(text.as_bytes());
    }
}
