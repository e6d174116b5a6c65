//! `load swap`: a large tariff table is replaced again and again while usage is posted. How long the longest
//! POST took, and which version priced how many records: in each version all rows have one price, so the
//! price of a call of one minute tells the version.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Failure;
use super::args::{Server, Swap, Version};
use super::client::{Client, wait};
use super::connection::Connection;
use super::document::MARK;
use super::drive::Measured;
use super::report::{Report, heading, millis};
use super::request::{self, JSON, Template};
use super::scenario::post_all;
use super::target::Target;
use super::usage::send;
use crate::domain::clock::{Clock, Micros};

const TABLE: &str = "/tollgate/v1/tariffTable/load-swap?currency=EUR";
/// Lines whose calls are posted.
const LINES: u64 = 100;
/// Stands where the price of a row goes; as long as that.
const PRICE: &str = "@.@@@";
/// Records of one page.
const PAGE: u64 = 1_000;
/// How long records may wait to be rated, once all are posted.
const RATED: Duration = Duration::from_secs(60);

/// What a minute costs in a version, as texts of one length.
fn price(version: u32) -> String {
    format!("0.{:03}", 101 + version % 899)
}

/// How long replacing the table took, each time.
type Swaps = Vec<Duration>;

/// `load swap`
///
/// # Errors
/// When something cannot be made, when a request failed, and when a record is not there or has another price
/// than that of a version.
pub fn run(args: &Swap) -> Result<(), Failure> {
    let server = |api_version| Server {
        api_version,
        ..args.server.clone()
    };
    let catalog = Target::of(&server(Version::V5))?;
    let usage = Target::of_api(&server(Version::V4), "TMF635")?;
    let mut table = table(&catalog, args.prefixes);
    wait(prepare(&catalog, &mut table))?;
    // No other run has records of this instant.
    let date = Clock::system().now();
    let swapping = {
        let (target, effort, swaps) = (catalog, args.effort.clone(), args.swaps);
        let begin = Instant::now() + effort.warmup();
        let each = effort.measured() / (swaps + 1);
        std::thread::Builder::new()
            .name("swap".to_owned())
            .spawn(move || wait(swap(&target, &mut table, begin, (each, swaps))))?
    };
    let posted = post_all(&usage, &args.effort, calls(&usage, date))?;
    let swaps = swapping
        .join()
        .map_err(|_| Failure::new("the thread that replaces the table failed"))??;
    let priced = wait(count(&usage, date))?;
    show(args, &posted, &swaps, &priced);
    check(args, &posted, &priced)
}

/// The request that loads a version, without its price.
fn table(target: &Target, rows: u64) -> Template {
    let mut text = String::from("destination,zone,price\n");
    for row in 0..rows {
        text.push_str(&format!("{},Z{},{PRICE}\n", 100_000 + row, row % 113));
    }
    let request = request::with_body(target, "PUT", TABLE, "text/csv", text.as_bytes());
    Template::new(request, PRICE)
}

async fn load(
    connection: &mut Connection,
    table: &mut Template,
    version: u32,
) -> Result<(), Failure> {
    let answer = connection
        .call(table.fill(price(version).as_bytes()))
        .await?;
    if matches!(answer.status, 200 | 201) {
        return Ok(());
    }
    let shown = String::from_utf8_lossy(answer.body);
    let shown: String = shown.chars().take(400).collect();
    Err(Failure::new(format!(
        "PUT {TABLE}: {} {shown}",
        answer.status
    )))
}

async fn prepare(target: &Target, table: &mut Template) -> Result<(), Failure> {
    let mut connection = Connection::new(target.address);
    load(&mut connection, table, 0).await?;
    let price = json!({
        "@type": "ProductOfferingPrice", "id": "load-swap", "name": "Calls", "priceType": "usage",
        "lifecycleStatus": "Active", "unitOfMeasure": { "amount": 60, "units": "s" },
        "tax": [{ "@type": "TaxItem", "taxCategory": "VAT", "taxRate": 19 }],
        "pricingLogicAlgorithm": [{
            "@type": "PricingLogicAlgorithm", "plaSpecId": "prefixTable", "id": "load-swap" }],
    });
    let offering = json!({
        "@type": "ProductOffering", "id": "load-swap", "name": "Plan", "lifecycleStatus": "Active",
        "productOfferingPrice": [{ "@type": "ProductOfferingPriceRef", "id": "load-swap" }],
    });
    let products: Vec<Value> = (0..LINES).map(product).collect();
    for (path, body) in [
        (target.collection("productOfferingPrice"), price),
        (target.collection("productOffering"), offering),
        (
            "/tmf-api/productInventory/v5/product?fields=none".to_owned(),
            Value::from(products),
        ),
    ] {
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
    Ok(())
}

fn number_of(line: u64) -> String {
    format!("49171{line:07}")
}

fn product(line: u64) -> Value {
    json!({
        "@type": "Product", "id": format!("load-swap-{line}"), "status": "active",
        "startDate": "2026-01-01T00:00:00Z",
        "productOffering": { "@type": "ProductOfferingRef", "id": "load-swap" },
        "productCharacteristic": [
            { "@type": "StringCharacteristic", "name": "msisdn", "value": number_of(line) }],
    })
}

/// Calls of one minute.
fn calls(target: &Target, date: Micros) -> Vec<Template> {
    let path = target.collection("usage");
    let templates = (0..LINES).map(|line| {
        let body = json!({
            "usageDate": date.to_rfc3339(), "usageType": "voice",
            "usageSpecification": { "id": "voice", "name": "voice" },
            "usageCharacteristic": [
                { "name": "source", "value": "load-swap" }, { "name": "recordId", "value": MARK },
                { "name": "callingNumber", "value": number_of(line) },
                { "name": "calledNumber", "value": format!("1000{line:02}123456") },
                { "name": "duration", "value": 60 }, { "name": "direction", "value": "outgoing" }],
        });
        let body = body.to_string();
        let request = request::with_body(target, "POST", &path, JSON, body.as_bytes());
        Template::new(request, MARK)
    });
    templates.collect()
}

/// Replaces the table so many times, evenly.
async fn swap(
    target: &Target,
    table: &mut Template,
    begin: Instant,
    (each, swaps): (Duration, u32),
) -> Result<Swaps, Failure> {
    let mut connection = Connection::new(target.address);
    let mut took = Swaps::new();
    for version in 1..=swaps {
        tokio::time::sleep_until((begin + each * version).into()).await;
        let began = Instant::now();
        load(&mut connection, table, version).await?;
        took.push(began.elapsed());
    }
    Ok(took)
}

/// How many records have which price, once all of an instant are rated.
async fn count(target: &Target, date: Micros) -> Result<BTreeMap<String, u64>, Failure> {
    let mut client = Client::new(target);
    let own = format!("usageDate={}", date.to_rfc3339());
    let deadline = Instant::now() + RATED;
    loop {
        let waiting = client
            .list("usage", &format!("{own}&status=received&limit=1"))
            .await?;
        if waiting.total == 0 {
            break;
        }
        if Instant::now() > deadline {
            let waiting = waiting.total;
            return Err(Failure::new(format!("{waiting} records are not rated")));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let mut priced = BTreeMap::new();
    let mut after = None;
    loop {
        let mut query = format!("{own}&limit={PAGE}");
        if let Some(after) = &after {
            query.push_str(&format!("&after={after}"));
        }
        let page = client.list("usage", &query).await?;
        for usage in &page.items {
            let net = usage.pointer("/ratedProductUsage/0/taxExcludedRatingAmount/value");
            let net = net.map_or_else(|| "none".to_owned(), Value::to_string);
            *priced.entry(net).or_default() += 1;
        }
        after = match page.after {
            Some(after) if !page.items.is_empty() => Some(after),
            _ => return Ok(priced),
        };
    }
}

fn show(args: &Swap, posted: &Measured, swaps: &Swaps, priced: &BTreeMap<String, u64>) {
    let report = Report {
        scenario: "swap",
        api: "v4".to_owned(),
        connections: args.effort.connections,
        measured: posted,
    };
    let micros = swaps.iter().map(|took| u64::try_from(took.as_micros()));
    let micros: Vec<u64> = micros.map(|took| took.unwrap_or(u64::MAX)).collect();
    if args.effort.json {
        let mut shown = report.json();
        if let Some(shown) = shown.as_object_mut() {
            shown.insert("swapMicros".to_owned(), json!(micros));
            shown.insert("recordsByPrice".to_owned(), json!(priced));
        }
        println!("{shown}");
        return;
    }
    println!("{}\n{}", heading(), report.line());
    let texts = micros.iter().map(|micros| millis(*micros));
    let texts: Vec<String> = texts.collect();
    println!("{} rows replaced in ms: {}", args.prefixes, texts.join(" "));
    for (price, count) in priced {
        println!("{count} records at {price}");
    }
}

/// Each record has the price of one of the versions, and none is missing.
fn check(args: &Swap, posted: &Measured, priced: &BTreeMap<String, u64>) -> Result<(), Failure> {
    super::without_errors(posted.error_count())?;
    let versions: Vec<String> = (0..=args.swaps).map(price).collect();
    if let Some((other, count)) = priced.iter().find(|(net, _)| !versions.contains(net)) {
        let why = format!("{count} records have a price of no version: {other}");
        return Err(Failure::new(why));
    }
    let (found, sent) = (priced.values().sum::<u64>(), posted.latencies.count());
    if found < sent {
        return Err(Failure::new(format!("{found} records of {sent} are there")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PRICE, price};

    #[test]
    fn prices_fit_into_their_gaps() {
        for version in [0, 1, 898, 899, 10_000] {
            assert_eq!(price(version).len(), PRICE.len());
        }
        assert_ne!(price(0), price(1));
    }
}
