//! The steps of the demo about usage: the line that was ordered calls, texts and uses data, and each record
//! says what it costs and why.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Failure;
use super::super::usage::{Import, import};
use super::partner::{Call, Partner, attributes, nothing};
use super::show::{note, step};
use super::tour::ensure;
use crate::charging::Pool;
use crate::domain::clock::Micros;

const INVENTORY: &str = "/tmf-api/productInventory/v5";
const USAGE: &str = "/tmf-api/usageManagement/v4/usage";
const STREAM: &str = "/tollgate/v1/usage?version=v4&answer=all";
const NDJSON: &[(&str, &str)] = &[("Content-Type", "application/x-ndjson")];

/// A number within the country.
const HOME: &str = "+99912000417";
/// One elsewhere, in a mobile network.
const ELSEWHERE: &str = "+4915112345678";
/// The network that serves abroad.
const VISITED: &str = "26201";

/// A partner that sends usage, and the pool that rates it.
pub struct Usages<'t> {
    pub partner: &'t Partner,
    pub pool: &'t Arc<Pool>,
    pub folder: &'t Path,
}

/// The line whose usage it is.
struct Line {
    product: String,
    number: String,
    start: Micros,
}

impl Usages<'_> {
    /// All steps, for the mobile line of a customer.
    ///
    /// # Errors
    /// Says which step gave what it should not.
    pub async fn run(&self, customer: &str) -> Result<(), Failure> {
        let line = self.line(customer).await?;
        self.single(&line).await?;
        self.stream(&line).await?;
        self.file(&line).await?;
        self.assurance().await
    }

    async fn line(&self, customer: &str) -> Result<Line, Failure> {
        let path = format!(
            "{INVENTORY}/product?relatedParty.partyOrPartyRole.id={customer}&productOffering.id=mobile-m&status=active"
        );
        let found = self.partner.quiet(Call::get(&path)).await?;
        let characteristics = found.body.pointer("/0/productCharacteristic");
        let list = characteristics
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let named = |one: &&Value| one.get("name").and_then(Value::as_str) == Some("msisdn");
        let number = list
            .filter(named)
            .find_map(|one| one.get("value")?.as_str());
        let number = number.ok_or_else(|| Failure::new("the mobile line has no number"))?;
        let start = Micros::parse(found.text("/0/startDate")?);
        Ok(Line {
            product: found.text("/0/id")?.to_owned(),
            number: number.to_owned(),
            start: start.ok_or_else(|| Failure::new("the mobile line has no start"))?,
        })
    }

    async fn single(&self, line: &Line) -> Result<(), Failure> {
        step(
            17,
            "The new line makes a call",
            "A switch posts the record (TMF635); the number finds the product, its offering the price.",
        );
        let called = line.usage(
            1,
            "voice",
            &[("calledNumber", json!(HOME)), ("duration", json!(130))],
        );
        let shown = attributes(&["id", "status"]);
        let made = self.partner.call(Call::post(USAGE, called), shown).await?;
        self.pool.drain().await?;
        self.explain(made.text("/id")?).await
    }

    async fn stream(&self, line: &Line) -> Result<(), Failure> {
        step(
            18,
            "Six more in one request",
            "As gateways send them: a record in each line, rated before the answer.",
        );
        let number = json!(line.number);
        let abroad = ("servingNetwork", json!(VISITED));
        let records = vec![
            line.usage(
                2,
                "voice",
                &[("calledNumber", json!(ELSEWHERE)), ("duration", json!(90))],
            ),
            line.usage(
                3,
                "sms",
                &[("calledNumber", json!(HOME)), ("messages", json!(2))],
            ),
            line.usage(4, "data", &[("octets", json!(12_500_000_000_u64))]),
            line.usage(5, "data", &[("octets", json!(10_000_000_000_u64))]),
            line.usage(
                6,
                "voice",
                &[
                    ("calledNumber", json!(HOME)),
                    ("duration", json!(100)),
                    ("roaming", json!(true)),
                    abroad.clone(),
                ],
            ),
            line.usage(
                7,
                "voice",
                &[
                    ("callingNumber", json!(HOME)),
                    ("calledNumber", number),
                    ("direction", json!("incoming")),
                    ("duration", json!(60)),
                    ("roaming", json!(true)),
                    abroad,
                ],
            ),
        ];
        let count = records.len();
        let call = Call::post(STREAM, Value::from(records))
            .with(NDJSON)
            .expecting(200);
        let shown = attributes(&["received", "rated", "rejected", "duplicate", "refused"]);
        let taken = self.partner.call(call, shown).await?;
        let entries = taken.body.get("record").and_then(Value::as_array);
        let ids = entries
            .into_iter()
            .flatten()
            .filter_map(|entry| entry.get("id")?.as_str());
        let ids: Vec<&str> = ids.collect();
        ensure(
            taken.body.get("rated") == Some(&json!(count)) && ids.len() == count,
            "usage of which every record is rated",
        )?;
        for id in ids {
            self.explain(id).await?;
        }
        Ok(())
    }

    async fn file(&self, line: &Line) -> Result<(), Failure> {
        step(
            19,
            "A file of a telephone exchange",
            "Two calls as Asterisk writes them, and one that nobody answered; then the same file again.",
        );
        let path = self.folder.join("Master.csv");
        let rows: String = (8..11).map(|number| line.asterisk(number)).collect();
        std::fs::write(&path, rows)?;
        let args = Import {
            files: vec![path],
            mapping: "asterisk-csv".to_owned(),
            source: None,
            settings: Vec::new(),
            report: None,
        };
        println!("\n   > tollgate usage import Master.csv --mapping asterisk-csv");
        for expected in ["2 rated", "2 duplicate"] {
            let done = import::import(self.pool, &args).await?;
            for told in &done.told {
                note(&format!("< {told}"));
            }
            let counts = done.told.last().map(String::as_str).unwrap_or_default();
            ensure(done.is_sound && counts.contains(expected), expected)?;
        }
        Ok(())
    }

    async fn assurance(&self) -> Result<(), Failure> {
        step(
            20,
            "Where every record went",
            "What came in was rated, rejected, or there already; nothing else.",
        );
        let shown = |body: &Value| body.get("hour").cloned();
        let path = "/tollgate/v1/usage/assurance";
        let report = self.partner.call(Call::get(path), shown).await?;
        ensure(
            report.body.get("isBalanced") == Some(&Value::Bool(true)),
            "hours that add up",
        )?;
        self.partner
            .call(Call::get(&format!("{USAGE}?status=rejected")), nothing)
            .await?;
        Ok(())
    }

    /// What a usage costs, and why, in a line; and where to read it.
    async fn explain(&self, id: &str) -> Result<(), Failure> {
        let usage = format!("{USAGE}/{id}");
        let trace = format!("/tollgate/v1/usage/{id}/ratingTrace");
        let rated = self.partner.quiet(Call::get(&usage)).await?;
        ensure(rated.text("/status")? == "rated", "a usage that is rated")?;
        let why = self.partner.quiet(Call::get(&trace)).await?;
        println!();
        note(&explained(&rated.body, &why.body));
        note(&format!("  {}", self.partner.url(&usage)));
        note(&format!("  {}", self.partner.url(&trace)));
        Ok(())
    }
}

impl Line {
    /// A record of the switch, some seconds after the line began.
    fn usage(&self, number: i64, kind: &str, said: &[(&str, Value)]) -> Value {
        let characteristic = |name: &str, value: Value| json!({"name": name, "value": value});
        let mut list = vec![
            characteristic("source", json!("switch-1")),
            characteristic("recordId", json!(format!("{}-{number}", self.product))),
        ];
        if !said.iter().any(|(name, _)| *name == "callingNumber") {
            list.push(characteristic("callingNumber", json!(self.number)));
        }
        list.extend(
            said.iter()
                .map(|(name, value)| characteristic(name, value.clone())),
        );
        json!({
            "usageDate": self.after(number).to_rfc3339(),
            "usageType": kind,
            "usageSpecification": {"id": kind, "name": kind},
            "usageCharacteristic": list,
        })
    }

    /// A row of Asterisk's Master.csv; of three in a row, nobody answers the last.
    fn asterisk(&self, number: i64) -> String {
        let at = self.after(number).to_rfc3339().replace('T', " ");
        let at = at.get(..19).unwrap_or_default();
        let (answered, seconds, disposition) = match number % 3 {
            1 => ("", 0, "NO ANSWER"),
            _ => (at, 30, "ANSWERED"),
        };
        format!(
            "\"\",\"{}\",\"{HOME}\",\"out\",\"\",\"SIP/a-{number}\",\"SIP/b-{number}\",\"Dial\",\"\",\
             \"{at}\",\"{answered}\",\"{at}\",\"{seconds}\",\"{seconds}\",\"{disposition}\",\"DOCUMENTATION\",\"{}.{number}\"\n",
            self.number, self.product,
        )
    }

    fn after(&self, seconds: i64) -> Micros {
        Micros(self.start.0 + seconds * 1_000_000)
    }
}

/// The price, zone, quantities and amounts of a rated usage.
fn explained(usage: &Value, trace: &Value) -> String {
    let said = |name: &str| {
        let list = usage.get("usageCharacteristic")?.as_array()?;
        let one = list
            .iter()
            .find(|one| one.get("name").and_then(Value::as_str) == Some(name))?;
        one.get("value")
    };
    let text = |value: &Value, pointer: &str| {
        let found = value.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let steps = trace.get("step").and_then(Value::as_array);
    let steps: Vec<&Value> = steps.into_iter().flatten().collect();
    let of = |rule: &str| {
        let found = steps.iter().filter(move |step| text(step, "/rule") == rule);
        found.copied().collect::<Vec<_>>()
    };
    let unit = text(trace, "/unit");
    let mut parts = vec![format!("price {}", text(trace, "/price/id"))];
    parts.extend(
        of("table")
            .iter()
            .map(|step| format!("zone {}", text(step, "/zone"))),
    );
    for step in of("allowance") {
        let covered = step.get("covered").cloned().unwrap_or_default();
        parts.push(format!(
            "{covered} {unit} included by {}",
            text(step, "/price/id")
        ));
    }
    for step in of("charge") {
        let quantity = step.get("quantity").cloned().unwrap_or_default();
        parts.push(format!("{quantity} {unit} charged"));
    }
    let what = match (
        text(usage, "/usageType").as_str(),
        said("roaming").is_some(),
    ) {
        (kind, true) => format!("{kind} abroad"),
        (kind, false) => kind.to_owned(),
    };
    let other = if said("direction").is_some() {
        "callingNumber"
    } else {
        "calledNumber"
    };
    let other = said(other).and_then(Value::as_str);
    let other = other.map_or(String::new(), |number| format!(" with {number}"));
    let amount = |name: &str| {
        let value = usage.pointer(&format!("/ratedProductUsage/0/{name}/value"));
        value.map(Value::to_string).unwrap_or_default()
    };
    format!(
        "{what}{other}: {}: {} EUR net, {} gross",
        parts.join(", "),
        amount("taxExcludedRatingAmount"),
        amount("taxIncludedRatingAmount")
    )
}
