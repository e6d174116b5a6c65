//! `/usage`: streams of usage, why usage costs what it costs, what became of records, and usage that was
//! rejected sent through rating again.

use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, json, object, readable, version_of, writable};
use crate::api::Gateway;
use crate::api::stream::Stream;
use crate::charging::{assurance, recycle, rerate, trace};
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;

const NAME: &str = "usage";

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(writable("/usage", || web::route().to(stream)))
        .service(readable("/usage/assurance", || web::route().to(assure)))
        .service(writable("/usage/recycle", || web::route().to(again)))
        .service(writable("/usage/rerate", || web::route().to(again_rated)))
        .service(readable("/usage/{id}/ratingTrace", || {
            web::route().to(explain)
        }));
}

/// Not held to the time of a request: a stream is as long as it is.
async fn stream(request: HttpRequest, payload: Payload, gateway: Data<Gateway>) -> HttpResponse {
    let work = async {
        let [version, listed] = parse_plain(request.query_string(), ["version", "answer"])?;
        let version = version_of(version.as_deref())?;
        let all = match listed.as_deref() {
            None | Some("exceptions") => false,
            Some("all") => true,
            Some(_) => {
                let message = "must be 'all' or 'exceptions'";
                return Err(Problem::at(Code::InvalidQuery, "answer", message));
            }
        };
        let stream = Stream::open(&request, &gateway, version, all)?;
        Ok(json(&stream.take(payload).await?, &[]))
    };
    match work.await {
        Ok(response) => response,
        Err(problem) => crate::api::error::respond(&problem),
    }
}

async fn explain(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Retrieve), async {
        let tenant = Caller::local().tenant;
        let trace = trace::trace(&gateway.engine.store, tenant, &id).await?;
        Ok(json(&trace, &[]))
    })
    .await
}

async fn assure(request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::List), async {
        let [from, to, source] = parse_plain(request.query_string(), ["from", "to", "source"])?;
        let core = &gateway.engine.core;
        let asked = assurance::Asked::read(from, to, source, core.clock.now())?;
        let report =
            assurance::report(&gateway.engine.store, Caller::local().tenant, asked).await?;
        Ok(json(&report, &[]))
    })
    .await
}

async fn again(request: HttpRequest, payload: Payload, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Create), async {
        let body = object(&request, &gateway, payload).await?;
        let asked = recycle::Asked::read(&body)?;
        let tenant = Caller::local().tenant;
        let count = gateway.pool.recycle(tenant, asked).await?;
        gateway.engine.wake();
        Ok(json(
            &json!({ "@type": "UsageRecycling", "count": count }),
            &[],
        ))
    })
    .await
}

async fn again_rated(
    request: HttpRequest,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Create), async {
        let body = object(&request, &gateway, payload).await?;
        let asked = rerate::Asked::read(&body)?;
        let report = gateway.pool.rerate(Caller::local().tenant, asked).await?;
        gateway.engine.wake();
        Ok(json(&report, &[]))
    })
    .await
}

pub(super) fn operations() -> Vec<Operation> {
    let schema = |name: &str| Some(json!({ "$ref": format!("#/components/schemas/{name}") }));
    let version = Parameter::query(
        "version",
        "Version of TMF635 that the records are in: `v5` (when missing) or `v4`.",
    );
    vec![
        Operation {
            path: "/usage",
            method: "post",
            body: Some(
                json!({ "type": "object", "description": "Usage of TMF635, one in each line (`application/x-ndjson`), packed with gzip or not." }),
            ),
            id: "streamUsage",
            tag: NAME,
            summary: "Takes in any number of records, rates them, where this process does, and answers when all are stored.",
            parameters: vec![
                version,
                Parameter::query(
                    "answer",
                    "`exceptions` (when missing) lists records that were not rated, `all` every record.",
                ),
            ],
            answer: schema("UsageIntake"),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/usage/assurance",
            method: "get",
            body: None,
            id: "usageAssurance",
            tag: NAME,
            summary: "What became of records, by source and hour of arrival.",
            parameters: vec![
                Parameter::query("from", "The first hour; a day before `to` when missing."),
                Parameter::query("to", "Behind the last hour; now when missing."),
                Parameter::query("source", "Only this source."),
            ],
            answer: schema("UsageAssurance"),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/usage/recycle",
            method: "post",
            body: schema("UsageRecyclingQuestion"),
            id: "recycleUsage",
            tag: NAME,
            summary: "Sends rejected usage through rating again.",
            parameters: Vec::new(),
            answer: Some(
                json!({ "type": "object", "properties": { "count": { "type": "integer" } } }),
            ),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/usage/rerate",
            method: "post",
            body: schema("UsageReratingQuestion"),
            id: "rerateUsage",
            tag: NAME,
            summary: "Rates usage again that has a price, with all that shares allowances or tiers with it.",
            parameters: Vec::new(),
            answer: schema("UsageRerating"),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/usage/{id}/ratingTrace",
            method: "get",
            body: None,
            id: "usageRatingTrace",
            tag: NAME,
            summary: "Why a usage costs what it costs.",
            parameters: vec![Parameter::path("id", "Id of the usage.")],
            answer: Some(
                json!({ "type": "object", "description": "Price, card, steps and amounts before rounding." }),
            ),
            errors: &["404", "500", "503"],
        },
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let number = |description: &str| json!({ "type": "integer", "description": description });
    let counts = json!({
        "received": number("Records that came."),
        "rated": number("Of these, rated."),
        "rejected": number("Stored, but without a price."),
        "duplicate": number("Already there."),
    });
    let mut intake = counts.clone();
    if let Some(intake) = intake.as_object_mut() {
        intake.insert(
            "waiting".to_owned(),
            number("Stored, to be rated by another process."),
        );
        intake.insert(
            "refused".to_owned(),
            number("Not stored: no usage, or another with its name."),
        );
        intake.insert(
            "record".to_owned(),
            json!({ "type": "array", "items": { "type": "object" } }),
        );
    }
    let question = json!({
        "reason": { "type": "string", "description": "Only usage that was rejected for this." },
        "source": { "type": "string", "description": "Only usage of this source." },
        "from": { "type": "string", "format": "date-time", "description": "Only usage that began then or later." },
        "to": { "type": "string", "format": "date-time", "description": "Only usage that began before." },
        "limit": { "type": "integer", "description": "At most so much." },
    });
    let object = |properties: Value| json!({ "type": "object", "properties": properties });
    vec![
        ("UsageIntake", object(intake)),
        (
            "UsageAssurance",
            object(json!({ "hour": { "type": "array", "items": object(counts) } })),
        ),
        ("UsageRecyclingQuestion", object(question)),
        (
            "UsageReratingQuestion",
            object(json!({
                "product": { "type": "object", "description": "Reference to a product; or one of the next two; none for all products." },
                "billingAccount": { "type": "object", "description": "Reference to an account: all its products." },
                "productOffering": { "type": "object", "description": "Reference to an offering: all products of it." },
                "productOfferingPrice": { "type": "object", "description": "Only usage that was rated by this price: `id`, and a `version` or any." },
                "tariffTable": { "type": "object", "description": "Only usage that was rated by this table: `id`, and a `version` or any." },
                "zone": { "type": "string", "description": "Only usage of this zone." },
                "cardHash": { "type": "string", "description": "Only usage that was rated by this compiled price." },
                "from": { "type": "string", "format": "date-time", "description": "Usage that began then or later; what hangs together with it begins earlier." },
                "to": { "type": "string", "format": "date-time", "description": "Only usage that began before." },
                "dryRun": { "type": "boolean", "description": "Says what would change, and changes nothing." },
            })),
        ),
        (
            "UsageRerating",
            object(json!({
                "usage": number("Usage that was rated again."),
                "changed": number("Of these, with another price."),
                "billed": number("Of these, on a bill, which stays as it is."),
                "failed": number("Without a price now; nothing that hangs together with them is changed."),
                "delta": { "type": "array", "items": { "type": "object" }, "description": "What the change sums up to, by currency." },
                "change": { "type": "array", "items": { "type": "object" }, "description": "Price before and after." },
            })),
        ),
    ]
}
