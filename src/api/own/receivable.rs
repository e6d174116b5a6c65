//! `/aging` and `/journal`: who owes what for how long, and what bookkeeping gets to know.

use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, json, readable};
use crate::api::Gateway;
use crate::behaviour::billing::receivable::report::{aging, journal};
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;

const NAME: &str = "receivable";
/// Entries that one answer has at most.
const MOST: usize = 100_000;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(readable("/aging", || web::route().to(age)))
        .service(readable("/journal", || web::route().to(book)));
}

async fn age(request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::List), async {
        let names = ["at", "billingAccount.id", "timeZone"];
        let [at, account, zone] = parse_plain(request.query_string(), names)?;
        let engine = &gateway.engine;
        let asked = aging::Asked::read(at, account, zone, engine.core.clock.now())?;
        let report = aging::report(&engine.store, Caller::local().tenant, asked).await?;
        Ok(json(&report, &[]))
    })
    .await
}

async fn book(request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::List), async {
        let names = ["from", "to", "billingAccount.id", "format"];
        let [from, to, account, format] = parse_plain(request.query_string(), names)?;
        let format = shape(format.as_deref())?;
        let engine = &gateway.engine;
        let asked = journal::Asked::read(from, to, account, engine.core.clock.now())?;
        let tenant = Caller::local().tenant;
        let written = journal::text(&engine.store, tenant, asked, format, MOST).await?;
        let text = written.ok_or_else(|| {
            let message = format!("has more than {MOST} entries; ask for a shorter time");
            Problem::at(Code::InvalidQuery, "from", message)
        })?;
        Ok(HttpResponse::Ok().content_type(format.media()).body(text))
    })
    .await
}

fn shape(named: Option<&str>) -> Outcome<journal::Format> {
    match named {
        None | Some("ndjson") => Ok(journal::Format::Ndjson),
        Some("csv") => Ok(journal::Format::Csv),
        Some(_) => {
            let message = "must be 'ndjson' or 'csv'";
            Err(Problem::at(Code::InvalidQuery, "format", message))
        }
    }
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    let schema = |name: &str| Some(json!({ "$ref": format!("#/components/schemas/{name}") }));
    let account = Parameter::query("billingAccount.id", "Only this account; all when missing.");
    vec![
        Operation {
            path: "/aging",
            method: "get",
            body: None,
            id: "retrieveAging",
            tag: NAME,
            summary: "What is left to be paid of bills, by the days that it is overdue.",
            parameters: vec![
                Parameter::query(
                    "at",
                    "The instant to count days to; now when missing. Amounts are those of now.",
                ),
                account.clone(),
                Parameter::query(
                    "timeZone",
                    "Where days begin for accounts whose billing cycle does not say so; UTC when missing.",
                ),
            ],
            answer: schema("AgingReport"),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/journal",
            method: "get",
            body: None,
            id: "retrieveJournal",
            tag: NAME,
            summary: "Double entries of bills, credit notes, payments, refunds and write-offs, one in each line \
                      (`application/x-ndjson`), or their postings as CSV.",
            parameters: vec![
                Parameter::query("from", "The first instant; a day before `to` when missing."),
                Parameter::query("to", "Behind the last instant; now when missing."),
                account,
                Parameter::query("format", "`ndjson` (when missing) or `csv`."),
            ],
            answer: schema("JournalEntry"),
            errors: &["400", "500", "503"],
        },
    ]
}

/// The schemas that the operations name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let number = |about: &str| json!({ "type": "number", "description": about });
    let text = |about: &str| json!({ "type": "string", "description": about });
    let sums = json!({
        "billingAccount": { "type": "object", "properties": { "id": text("Id of the account; not in totals.") } },
        "currency": text("Currency of the amounts."),
        "current": number("Not overdue."),
        "1-30": number("Overdue for 1 to 30 days."),
        "31-60": number("Overdue for 31 to 60 days."),
        "61-90": number("Overdue for 61 to 90 days."),
        "90+": number("Overdue for longer."),
        "total": number("All that is left to be paid."),
        "disputed": number("Of that, what is on hold."),
        "onAccount": number("What was paid or credited and pays no bill yet."),
        "bills": { "type": "integer", "description": "Bills of which something is left." },
    });
    let rows = json!({ "type": "array", "items": { "type": "object", "properties": sums } });
    let aging = json!({
        "type": "object",
        "required": ["@type", "at", "total", "account"],
        "properties": {
            "@type": text("`AgingReport`."),
            "at": text("The instant that days are counted to."),
            "total": rows,
            "account": rows,
        },
    });
    let posting = json!({
        "account": text("Account of the general ledger."),
        "debit": number("Amount, when it is on this side."),
        "credit": number("Amount, when it is on that side."),
        "taxCategory": text("Tax category of revenue and tax."),
        "taxRate": number("Rate of a tax, in percent."),
        "periodStart": text("From when on something was sold for."),
        "periodEnd": text("Until when."),
    });
    let entry = json!({
        "type": "object",
        "required": ["id", "date", "kind", "source", "billingAccount", "currency", "posting"],
        "properties": {
            "id": text("The same whenever the journal is made."),
            "date": text("When it happened."),
            "kind": text("`bill`, `creditNote`, `payment`, `refund`, `chargeback`, `writeOff` or `recovery`."),
            "source": text("Id of what is booked."),
            "number": text("Number of the bill or credit note."),
            "billingAccount": text("Id of the account."),
            "currency": text("Currency of the amounts."),
            "posting": { "type": "array", "items": { "type": "object", "properties": posting } },
        },
    });
    vec![("AgingReport", aging), ("JournalEntry", entry)]
}
