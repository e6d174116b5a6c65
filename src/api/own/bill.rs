//! `/customerBill/{id}/document`: a bill as people, and their bookkeeping, read it.
//! `/appliedCustomerBillingRate/{id}/usage`: what a line of a bill is the sum of;
//! `/usage/{id}/appliedCustomerBillingRate`: the lines that a record of usage is in.

use std::sync::Arc;

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, count, in_time, json, readable, whole};
use crate::api::Gateway;
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;
use crate::invoicing::Form;

const NAME: &str = "customerBill";
const LINE: &str = "appliedCustomerBillingRate";
const USAGE: &str = "usage";
/// Records of an answer at most.
const PAGE: usize = 1000;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(readable("/customerBill/{id}/document", || {
            web::route().to(show)
        }))
        .service(readable("/appliedCustomerBillingRate/{id}/usage", || {
            web::route().to(behind)
        }))
        .service(readable("/usage/{id}/appliedCustomerBillingRate", || {
            web::route().to(lines)
        }));
}

async fn show(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    let response = in_time(&request, &gateway, async {
        let [form, copy] = parse_plain(request.query_string(), ["form", "copy"])?;
        let form = Form::named(form.as_deref().unwrap_or("pdf"));
        let form = form.ok_or_else(|| {
            let message = "must be 'pdf', 'html' or 'xml'";
            Problem::at(Code::InvalidQuery, "form", message)
        })?;
        let is_copy = match copy.as_deref() {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                let message = "must be 'true' or 'false'";
                return Err(Problem::at(Code::InvalidQuery, "copy", message));
            }
        };
        let bytes = made(&gateway, id.into_inner(), form, is_copy).await?;
        let mut response = HttpResponse::Ok();
        response.content_type(form.media());
        // A document is about one customer: it is kept by nobody on its way.
        response.insert_header(("Cache-Control", "private, no-store"));
        Ok(response.body(bytes))
    })
    .await;
    count(
        (super::ID, super::VERSION, NAME),
        Verb::Retrieve,
        response.status(),
    );
    response
}

async fn behind(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (LINE, Verb::List), async {
        let [offset, limit] = parse_plain(request.query_string(), ["offset", "limit"])?;
        let window = (
            whole("offset", offset.as_deref())?.unwrap_or(0),
            whole("limit", limit.as_deref())?.unwrap_or(PAGE).min(PAGE),
        );
        let invoicing = Arc::clone(&gateway.invoicing);
        let (tenant, id) = (Caller::local().tenant, id.into_inner());
        let found = web::block(move || invoicing.usage_behind(tenant, &id, window)).await;
        let found = found.map_err(|_| Problem::internal("a search was not finished"))??;
        let counts = [
            ("X-Total-Count", found.total.to_string()),
            ("X-Result-Count", found.items.len().to_string()),
        ];
        Ok(json(&Value::from(found.items), &counts))
    })
    .await
}

async fn lines(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (USAGE, Verb::List), async {
        let invoicing = Arc::clone(&gateway.invoicing);
        let (tenant, id) = (Caller::local().tenant, id.into_inner());
        let found = web::block(move || invoicing.lines_with(tenant, &id)).await;
        let found = found.map_err(|_| Problem::internal("a search was not finished"))??;
        Ok(json(&Value::from(found), &[]))
    })
    .await
}

async fn made(gateway: &Gateway, id: String, form: Form, is_copy: bool) -> Outcome<Vec<u8>> {
    let invoicing = Arc::clone(&gateway.invoicing);
    let tenant = Caller::local().tenant;
    let made = web::block(move || match is_copy {
        true => invoicing.copy(tenant, &id, form),
        false => invoicing.document(tenant, &id, form),
    });
    let made = made.await;
    made.map_err(|_| Problem::internal("a document was not finished"))?
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            path: "/customerBill/{id}/document",
            method: "get",
            body: None,
            id: "retrieveBillDocument",
            tag: NAME,
            summary: "A bill or credit note as PDF, as a page of HTML, or as an electronic invoice by EN 16931 (UBL 2.1). It \
                  says what the bill said when it was made.",
            parameters: vec![
                Parameter::path("id", "Id of the bill."),
                Parameter::query("form", "`pdf` (when missing), `html` or `xml`."),
                Parameter::query("copy", "`true` for a copy that says that it is one."),
            ],
            answer: None,
            errors: &["400", "404", "409", "500", "503"],
        },
        Operation {
            path: "/appliedCustomerBillingRate/{id}/usage",
            method: "get",
            body: None,
            id: "listBilledUsage",
            tag: LINE,
            summary: "The records of usage that a line of a bill is the sum of, in the order of time, each with what it \
                  added.",
            parameters: vec![
                Parameter::path("id", "Id of the line."),
                Parameter::query("offset", "How many records are left out."),
                Parameter::query(
                    "limit",
                    "How many are answered at most: 1000 when missing, and not more.",
                ),
            ],
            answer: Some(
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/BilledUsage" } }),
            ),
            errors: &["400", "404", "409", "500", "503"],
        },
        Operation {
            path: "/usage/{id}/appliedCustomerBillingRate",
            method: "get",
            body: None,
            id: "listLinesOfUsage",
            tag: USAGE,
            summary: "The lines of bills that a record of usage is in, each with its bill; none while it waits to be billed.",
            parameters: vec![Parameter::path("id", "Id of the usage.")],
            answer: Some(
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/LineOfUsage" } }),
            ),
            errors: &["400", "404", "500", "503"],
        },
    ]
}

/// The schemas that the operations name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let number = |about: &str| json!({ "type": "integer", "description": about });
    let money = |about: &str| json!({ "type": "object", "description": about });
    let usage = json!({
        "type": "object",
        "properties": {
            "@type": text("`BilledUsage`."),
            "usage": { "type": "object", "description": "Reference to the usage (TMF635)." },
            "usageDate": text("When it began."),
            "quantity": number("What it added to the quantity of the line, in `unit`."),
            "includedQuantity": number("How much of that an allowance covered."),
            "unit": text("The base unit."),
            "taxExcludedAmount": money("What it added, exact, before the line is rounded."),
            "taxIncludedAmount": money("The same with taxes."),
        },
    });
    let line = json!({
        "type": "object",
        "properties": {
            "@type": text("`AppliedCustomerBillingRateRef`."),
            "id": text("Id of the line."),
            "href": text("Where it is."),
            "name": text("What it is called on the bill."),
            "bill": { "type": "object", "description": "Reference to the bill (TMF678)." },
        },
    });
    vec![("BilledUsage", usage), ("LineOfUsage", line)]
}
