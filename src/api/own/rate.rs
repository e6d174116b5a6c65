//! `/rate`: what usage would cost.

use actix_web::web::{self, Data, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, json, object, version_of, writable};
use crate::api::Gateway;
use crate::behaviour::rating::quote;
use crate::domain::descriptor::Verb;
use crate::domain::query::parse_plain;
use crate::engine::Caller;

const NAME: &str = "rate";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(writable("/rate", || web::route().to(rate)));
}

async fn rate(request: HttpRequest, payload: Payload, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Create), async {
        let [version] = parse_plain(request.query_string(), ["version"])?;
        let version = version_of(version.as_deref())?;
        let body = object(&request, &gateway, payload).await?;
        let (core, store) = (&gateway.engine.core, &gateway.engine.store);
        let limit = gateway.pool.oldest();
        let caller = Caller::local();
        let answer = quote(core, store, &gateway.book, &caller, version, limit, body).await?;
        Ok(json(&answer, &[]))
    })
    .await
}

pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
        path: "/rate",
        method: "post",
        body: Some(json!({ "$ref": "#/components/schemas/RatingQuestion" })),
        id: "rateUsage",
        tag: NAME,
        summary: "What usage would cost, and why. Nothing is stored and nothing is used up.",
        parameters: vec![Parameter::query(
            "version",
            "Version of TMF620 that prices in the body are in: `v5` (when missing) or `v4`.",
        )],
        answer: Some(json!({ "$ref": "#/components/schemas/RatingAnswer" })),
        errors: &["400", "500", "503"],
    }]
}

pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = |description: &str| json!({ "type": "string", "description": description });
    let list = |description: &str| {
        json!({
            "type": "array", "items": { "type": "object" }, "description": description,
        })
    };
    let question = json!({
        "type": "object",
        "required": ["usage"],
        "properties": {
            "usage": list("Usage in the form of TMF635, v4 or v5; one or several. Each finds what those before have left."),
            "product": { "type": "object", "description": "Reference to a stored product, whose prices apply." },
            "productOfferingPrice": list("Prices in the form of TMF620; one with the id of a stored price of the product takes its place."),
            "tariffTable": list("Tariff tables that the prices name."),
            "calendar": list("Calendars that the prices name."),
            "bucket": list("What is left of allowances: `productOfferingPrice.id` and `remainingValue`. Without it they are full."),
            "tierPosition": list("How far tiers have been used: `productOfferingPrice.id` and `used`, in base units."),
            "at": text("The `ratingDate` of the answer. Now, when missing."),
        },
    });
    let answer = json!({
        "type": "object",
        "required": ["@type", "usage", "bucket", "tierPosition"],
        "properties": {
            "@type": text("`RatingAnswer`."),
            "usage": list("For each usage `ratedProductUsage` and `trace`, or `rejection` with `code` and `detail`."),
            "bucket": list("Allowances after the usage."),
            "tierPosition": list("Tiers after the usage."),
        },
    });
    vec![("RatingQuestion", question), ("RatingAnswer", answer)]
}
