//! `/customer/search` and `/customer/{id}/overview`: for people who have a customer on the telephone.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, json, readable, whole};
use crate::api::Gateway;
use crate::behaviour::view::{Search, overview, search};
use crate::domain::descriptor::{ApiVersion, Verb};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;

const NAME: &str = "customer";

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(readable("/customer/search", || web::route().to(find)))
        .service(readable("/customer/{id}/overview", || {
            web::route().to(show)
        }));
}

async fn find(request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::List), async {
        let asked = read(request.query_string())?;
        let rows = search(&gateway.engine, &Caller::local(), asked).await?;
        let core = &gateway.engine.core;
        let resource = core
            .registry
            .in_version(NAME, ApiVersion::V5)
            .ok_or_else(|| Problem::internal("no v5 form of customer"))?;
        let customers: Vec<Value> = rows
            .iter()
            .map(|row| core.value(resource, row, None))
            .collect::<Outcome<_>>()?;
        let count = [("X-Result-Count", customers.len().to_string())];
        Ok(json(&Value::Array(customers), &count))
    })
    .await
}

fn read(raw_query: &str) -> Outcome<Search> {
    let [q, limit] = parse_plain(raw_query, ["q", "limit"])?;
    let bad = |name: &str, message: &str| Problem::at(Code::InvalidQuery, name, message);
    let limit = whole("limit", limit.as_deref())?;
    let q = q.ok_or_else(|| bad("q", "is required: what to look for"))?;
    Search::new(&q, limit)
}

async fn show(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Retrieve), async {
        let shown = overview(&gateway.engine, &gateway.machines, &Caller::local(), &id).await?;
        Ok(json(&shown, &[]))
    })
    .await
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    let overview = json!({ "$ref": "#/components/schemas/CustomerOverview" });
    vec![
        Operation {
            path: "/customer/search",
            method: "get",
            body: None,
            id: "searchCustomer",
            tag: NAME,
            summary: "Customers by name, telephone number, e-mail address, external identifier, \
                      MSISDN, ICCID and the like. All words must be found; each may be the \
                      beginning of a word. Numbers are found with and without country code.",
            parameters: vec![
                Parameter::query(
                    "q",
                    "What to look for, for example `ada horn` or `0171 3912345`.",
                ),
                Parameter::query("limit", "Customers at most: 20 when missing, 100 at most."),
            ],
            answer: Some(json!({
                "type": "array",
                "items": { "type": "object", "description": "A customer as TMF629 v5 has it." },
            })),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/customer/{id}/overview",
            method: "get",
            body: None,
            id: "retrieveCustomerOverview",
            tag: NAME,
            summary: "A customer with its party, the other roles of that party, its accounts, products, open orders, newest bills \
                      and last usage.",
            parameters: vec![Parameter::path("id", "Identifier of the customer.")],
            answer: Some(overview),
            errors: &["404", "500", "503"],
        },
    ]
}

/// The schemas that the operations name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let of = |api: &str, about: &str| json!({ "type": "object", "description": format!("{about} ({api} v5).") });
    let many = |api: &str, about: &str| json!({ "type": "array", "items": of(api, about) });
    let overview = json!({
        "type": "object",
        "required": ["@type", "customer", "role", "account", "product", "productOrder", "customerBill", "usage"],
        "properties": {
            "@type": { "type": "string", "description": "`CustomerOverview`." },
            "defaultAccount": of("TMF629", "Reference to the account that is used when none is named"),
            "customer": of("TMF629", "The customer"),
            "party": of("TMF632", "The person or organization that is the customer"),
            "role": many("TMF669 and TMF629", "Another role of the same party"),
            "account": many("TMF666", "An account of the customer"),
            "product": many("TMF637", "A product that the customer has; the newest first"),
            "productOrder": many("TMF622", "An order of the customer that has not ended; the newest first"),
            "customerBill": many("TMF678", "A bill of one of its accounts; the newest first, twelve at most"),
            "usage": many("TMF635", "A record of usage of one of its products; the last one first, twenty at most"),
        },
    });
    vec![("CustomerOverview", overview)]
}
