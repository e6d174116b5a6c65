//! `/tariffTable`, `/calendar`, `/taxTable`: what prices refer to, and `/.../lint`: what is hardly meant
//! in them and in prices.

mod described;

use actix_web::http::header::LOCATION;
use actix_web::http::{Method, StatusCode};
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::Value;

use super::{BASE, answer, json, readable};
use crate::api::handlers::{JSON, method_not_here};
use crate::api::{Gateway, body};
use crate::behaviour::rating::{
    Beside, DocumentKind, Form, Sent, Shelf, Wanted, lint_offering, lint_price, lint_table,
};
use crate::domain::clock::Micros;
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;

pub(super) use described::{operations, schemas};

const KINDS: [DocumentKind; 3] = [
    DocumentKind::Table,
    DocumentKind::Calendar,
    DocumentKind::Taxes,
];
const LINT: &str = "lint";
const CSV: &str = "text/csv";
const NDJSON: &str = "application/x-ndjson";

pub(super) fn configure(config: &mut ServiceConfig) {
    for kind in KINDS {
        let name = kind.as_str();
        let list = move || {
            web::route()
                .to(move |request, gateway| async move { list(kind, request, gateway).await })
        };
        config
            .service(readable(&format!("/{name}"), list))
            .service(document(kind));
    }
    config
        .service(readable("/tariffTable/{id}/row", || web::route().to(row)))
        .service(readable("/tariffTable/{id}/lint", || {
            web::route().to(table_lint)
        }))
        .service(readable("/productOfferingPrice/{id}/lint", || {
            web::route().to(price_lint)
        }))
        .service(readable("/productOffering/{id}/lint", || {
            web::route().to(offering_lint)
        }));
}

/// The paths of one document.
fn document(kind: DocumentKind) -> actix_web::Resource {
    let get = move || {
        web::route()
            .to(move |request, id, gateway| async move { show(kind, request, id, gateway).await })
    };
    let put = web::put().to(move |request, payload, id, gateway| async move {
        load(kind, request, payload, id, gateway).await
    });
    let delete = web::delete()
        .to(move |request, id, gateway| async move { delete(kind, request, id, gateway).await });
    web::resource(format!("{BASE}/{}/{{id}}", kind.as_str()))
        .route(get().method(Method::GET))
        .route(get().method(Method::HEAD))
        .route(put)
        .route(delete)
        .default_service(web::to(async |request: HttpRequest| {
            method_not_here(&request, "GET, HEAD, PUT, DELETE, OPTIONS".to_owned())
        }))
}

fn shelf(gateway: &Gateway, kind: DocumentKind) -> Shelf {
    Shelf {
        engine: gateway.engine.clone(),
        book: std::sync::Arc::clone(&gateway.book),
        machines: std::sync::Arc::clone(&gateway.machines),
        kind,
        caller: Caller::local(),
    }
}

async fn list(kind: DocumentKind, request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (kind.as_str(), Verb::List), async {
        let [] = parse_plain(request.query_string(), [])?;
        let found = shelf(&gateway, kind).list().await?;
        let count = found.len().to_string();
        let counts = [("X-Total-Count", count.clone()), ("X-Result-Count", count)];
        Ok(json(&Value::Array(found), &counts))
    })
    .await
}

async fn show(
    kind: DocumentKind,
    request: HttpRequest,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (kind.as_str(), Verb::Retrieve), async {
        let [version] = parse_plain(request.query_string(), ["version"])?;
        let text = shelf(&gateway, kind).get(&id, version.as_deref()).await?;
        Ok(HttpResponse::Ok().content_type(JSON).body(text))
    })
    .await
}

async fn load(
    kind: DocumentKind,
    request: HttpRequest,
    payload: Payload,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (kind.as_str(), Verb::Create), async {
        let names = ["version", "name", "currency", "key"];
        let [version, name, currency, key] = parse_plain(request.query_string(), names)?;
        let media = body::media_type(&request, &["application/json", NDJSON, CSV])?;
        let limits = &gateway.settings.body;
        let bytes = body::read(&request, payload, limits.table_bytes).await?;
        let sent = Sent {
            form: match media.as_str() {
                CSV => Form::Csv,
                NDJSON => Form::Lines,
                _ => Form::Json,
            },
            beside: Beside {
                version,
                name,
                currency,
                key,
            },
            body: bytes.into(),
            limits: limits.json.clone(),
        };
        let loaded = shelf(&gateway, kind).load(&id, sent).await?;
        let mut response = HttpResponse::build(match loaded.is_new {
            true => StatusCode::CREATED,
            false => StatusCode::OK,
        });
        if let Some(address) = loaded.document.get("href").and_then(Value::as_str) {
            response.insert_header((LOCATION, address));
        }
        Ok(response
            .content_type(JSON)
            .body(loaded.document.to_string()))
    })
    .await
}

async fn delete(
    kind: DocumentKind,
    request: HttpRequest,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (kind.as_str(), Verb::Delete), async {
        let [] = parse_plain(request.query_string(), [])?;
        shelf(&gateway, kind).delete(&id).await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

async fn row(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    let name = DocumentKind::Table.as_str();
    answer(&request, &gateway, (name, Verb::Retrieve), async {
        let keys = ["destination", "origin", "servingNetwork"];
        let [key, keyed, keyed_too] = keys;
        let names = [key, keyed, keyed_too, "at", "version"];
        let [first, second, third, at, version] = parse_plain(request.query_string(), names)?;
        let values = keys.into_iter().zip([first, second, third]);
        let wanted = Wanted {
            values: values
                .filter_map(|(key, value)| Some((key, value?)))
                .collect(),
            at: at.as_deref().map(instant).transpose()?,
        };
        let shelf = shelf(&gateway, DocumentKind::Table);
        let found = shelf.row(&id, version.as_deref(), wanted).await?;
        Ok(json(&found, &[]))
    })
    .await
}

fn instant(text: &str) -> Outcome<Micros> {
    Micros::parse(text).ok_or_else(|| {
        let message = "must be a date and time with its offset";
        Problem::at(Code::InvalidQuery, "at", message)
    })
}

async fn table_lint(
    request: HttpRequest,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (LINT, Verb::Retrieve), async {
        let [version] = parse_plain(request.query_string(), ["version"])?;
        let shelf = shelf(&gateway, DocumentKind::Table);
        let found = lint_table(&shelf, &id, version.as_deref()).await?;
        Ok(json(&found, &[]))
    })
    .await
}

async fn price_lint(
    request: HttpRequest,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (LINT, Verb::Retrieve), async {
        let (store, book) = (&gateway.engine.store, &gateway.book);
        let found = lint_price(store, book, &Caller::local(), &id).await?;
        Ok(json(&found, &[]))
    })
    .await
}

async fn offering_lint(
    request: HttpRequest,
    id: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (LINT, Verb::Retrieve), async {
        let (store, book) = (&gateway.engine.store, &gateway.book);
        let found = lint_offering(store, book, &Caller::local(), &id).await?;
        Ok(json(&found, &[]))
    })
    .await
}
