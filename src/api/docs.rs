//! The OpenAPI documents and the page to try them.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use utoipa_swagger_ui::{Config, SwaggerUi, Url};

use super::handlers::unknown_path;
use super::{Gateway, error, openapi, own};
use crate::api::generated::APIS;
use crate::domain::descriptor::{Api, ApiVersion};
use crate::domain::problem::Problem;

pub(super) fn configure(config: &mut ServiceConfig) {
    let urls: Vec<Url<'static>> = PAGES
        .iter()
        .map(|(name, url)| Url::new(name, url))
        .collect();
    config
        .app_data(Data::new(Documents::default()))
        .route(
            "/api-docs/{api}/{version}/openapi.json",
            web::get().to(document),
        )
        .route("/swagger-ui", web::get().to(to_page))
        .service(SwaggerUi::new("/swagger-ui/{_:.*}").config(Config::new(urls).use_base_layout()));
}

/// Name and URL of each document, for the page's list.
static PAGES: LazyLock<Vec<(String, String)>> = LazyLock::new(|| {
    let page = |id: &str, version: &str| {
        let url = format!("/api-docs/{id}/{version}/openapi.json");
        (format!("{id} {version}"), url)
    };
    // Tollgate's own resources share a document with its other operations.
    APIS.iter()
        .filter(|api| api.id != own::MODEL)
        .map(|api| page(api.id, api.version.as_str()))
        .chain([page(own::ID, own::VERSION)])
        .collect()
});

/// Documents made so far: each is assembled when it is first asked for, so that starting stays
/// quick however many APIs there are.
#[derive(Default)]
struct Documents(Mutex<HashMap<(&'static str, ApiVersion), Bytes>>);

impl Documents {
    fn get(&self, api: &'static Api) -> Result<Bytes, serde_json::Error> {
        let mut made = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = made.get(&(api.id, api.version)) {
            return Ok(text.clone());
        }
        let text = Bytes::from(openapi::text(api)?);
        made.insert((api.id, api.version), text.clone());
        Ok(text)
    }
}

async fn document(
    request: HttpRequest,
    at: Path<(String, String)>,
    gateway: Data<Gateway>,
    documents: Data<Documents>,
) -> HttpResponse {
    let (id, version) = at.into_inner();
    if (id.as_str(), version.as_str()) == (own::ID, own::VERSION) {
        return match own_document() {
            Ok(document) => written(Bytes::from(document.to_string())),
            Err(problem) => error::respond(&Problem::internal(problem)),
        };
    }
    let api = ApiVersion::parse(&version).and_then(|version| {
        gateway
            .engine
            .core
            .registry
            .api(&id.to_ascii_uppercase(), version)
    });
    let Some(api) = api else {
        return error::respond(&unknown_path(request.path()));
    };
    match documents.get(api) {
        Ok(text) => written(text),
        Err(problem) => error::respond(&Problem::internal(problem)),
    }
}

fn own_document() -> Result<serde_json::Value, serde_json::Error> {
    let api = APIS.iter().find(|api| api.id == own::MODEL);
    let resources = match api {
        Some(api) => serde_json::from_str(&openapi::text(api)?)?,
        None => serde_json::Value::Null,
    };
    Ok(own::document(&resources))
}

fn written(document: Bytes) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "application/json"))
        .body(document)
}

async fn to_page() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header(("Location", "/swagger-ui/"))
        .finish()
}
