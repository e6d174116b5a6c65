//! `/customerBill/{id}/document`: a bill as people, and their bookkeeping, read it.

use std::sync::Arc;

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};

use super::document::{Operation, Parameter};
use super::{count, in_time, readable};
use crate::api::Gateway;
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;
use crate::invoicing::Form;

const NAME: &str = "customerBill";

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(readable("/customerBill/{id}/document", || {
        web::route().to(show)
    }));
}

async fn show(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    let response = in_time(&request, &gateway, async {
        let [form] = parse_plain(request.query_string(), ["form"])?;
        let form = Form::named(form.as_deref().unwrap_or("pdf"));
        let form = form.ok_or_else(|| {
            let message = "must be 'pdf', 'html' or 'xml'";
            Problem::at(Code::InvalidQuery, "form", message)
        })?;
        let bytes = made(&gateway, id.into_inner(), form).await?;
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

async fn made(gateway: &Gateway, id: String, form: Form) -> Outcome<Vec<u8>> {
    let invoicing = Arc::clone(&gateway.invoicing);
    let tenant = Caller::local().tenant;
    let made = web::block(move || invoicing.document(tenant, &id, form)).await;
    made.map_err(|_| Problem::internal("a document was not finished"))?
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![Operation {
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
        ],
        answer: None,
        errors: &["400", "404", "409", "500", "503"],
    }]
}
