//! TMF641 and TMF638, as far as the simulated OSS has them.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Bytes, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use serde_json::{Map, Value, json};

use super::book::{Taken, is_external};
use super::dress::{self, Event, Version};
use super::fate::Reply;
use super::sim::Sim;
use super::trap::Stuck;
use super::work::{tell, undertake, work};

/// Bases of the APIs, before the version.
pub(super) const ORDERING: &str = "/tmf-api/serviceOrdering";
pub(super) const INVENTORY: &str = "/tmf-api/serviceInventory";

/// Largest body.
const BODY_BYTES: usize = 4 << 20;
/// Orders in a list when the client gives no `limit`.
const PAGE: usize = 1000;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .app_data(web::PayloadConfig::new(BODY_BYTES))
        .service(
            web::scope("/tmf-api/serviceOrdering/{version}")
                .service(
                    web::resource("/serviceOrder")
                        .route(web::post().to(place))
                        .route(web::get().to(list_orders)),
                )
                .route("/serviceOrder/{id}", web::get().to(get_order))
                .route("/cancelServiceOrder", web::post().to(cancel))
                .route("/cancelServiceOrder/{id}", web::get().to(get_task))
                .route("/hub", web::post().to(subscribe))
                .route("/hub/{id}", web::delete().to(unsubscribe)),
        )
        .service(
            web::scope("/tmf-api/serviceInventory/{version}")
                .route("/service", web::get().to(list_services))
                .route("/service/{id}", web::get().to(get_service)),
        );
}

/// Why there is no other answer.
struct Refusal(StatusCode, String);

type Answered<T> = Result<T, Refusal>;

impl From<Refusal> for HttpResponse {
    fn from(Refusal(status, message): Refusal) -> Self {
        refuse(status, &message)
    }
}

fn either(answer: Answered<HttpResponse>) -> HttpResponse {
    answer.unwrap_or_else(HttpResponse::from)
}

fn refuse(status: StatusCode, message: &str) -> HttpResponse {
    let reason = status.canonical_reason().unwrap_or("error");
    HttpResponse::build(status).json(dress::error(status.as_u16(), reason, message))
}

const NOTHING: &str = "there is no such thing";

fn missing() -> HttpResponse {
    refuse(StatusCode::NOT_FOUND, NOTHING)
}

/// Checks the token and reads the version.
fn admit(sim: &Sim, request: &HttpRequest) -> Answered<Version> {
    if let Some(token) = &sim.settings.token {
        let shown = request.headers().get(AUTHORIZATION);
        let shown = shown.and_then(|value| value.to_str().ok());
        if shown != Some(&format!("Bearer {token}")) {
            return Err(Refusal(StatusCode::UNAUTHORIZED, "who are you?".to_owned()));
        }
    }
    let version = request.match_info().get("version").unwrap_or_default();
    Version::parse(version).ok_or_else(|| Refusal(StatusCode::NOT_FOUND, NOTHING.to_owned()))
}

fn json_object(body: &Bytes) -> Answered<Map<String, Value>> {
    serde_json::from_slice(body)
        .map_err(|error| Refusal(StatusCode::BAD_REQUEST, format!("no JSON object: {error}")))
}

/// Version and body of a POST.
fn admit_body(
    sim: &Sim,
    request: &HttpRequest,
    body: &Bytes,
) -> Answered<(Version, Map<String, Value>)> {
    Ok((admit(sim, request)?, json_object(body)?))
}

async fn place(sim: Data<Sim>, request: HttpRequest, body: Bytes) -> HttpResponse {
    match admit_body(&sim, &request, &body) {
        Ok((version, body)) => place_order(sim.into_inner(), version, body).await,
        Err(refusal) => refusal.into(),
    }
}

async fn place_order(sim: Arc<Sim>, version: Version, body: Map<String, Value>) -> HttpResponse {
    let stuck = sim.trap.catches(&format!("place {}", name_of(&body)));
    if stuck == Stuck::Before {
        sim.trap.stick().await;
        return broken();
    }
    let (taken, shown, reply) = {
        let now = sim.now();
        let mut book = sim.book();
        let taken = book.place(version, body, now);
        let id = match &taken {
            Taken::New(id) | Taken::Known(id) => id.as_str(),
            _ => "",
        };
        let reply = book.order(id).map(|order| order.fate.reply);
        let shown = book.shown(id, version);
        (taken, shown, reply)
    };
    let (status, id) = match taken {
        Taken::New(id) => (StatusCode::CREATED, id),
        Taken::Known(_) => return ok(StatusCode::OK, shown),
        Taken::Conflict(id) => {
            let message = format!("the order is there already: {id}");
            return refuse(StatusCode::CONFLICT, &message);
        }
        Taken::Refused { status, message } => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
            return refuse(status, &message);
        }
        Taken::Unavailable => {
            return unavailable(&sim);
        }
        Taken::Shut => return broken(),
    };
    if reply == Some(Reply::Late) && stuck == Stuck::Never {
        let _busy = sim.activity.begin();
        work(&sim, id).await;
        return ok(status, shown);
    }
    undertake(&sim, id);
    if stuck == Stuck::After {
        sim.trap.stick().await;
        return broken();
    }
    match reply {
        Some(Reply::Lost) => broken(),
        Some(Reply::Error) => refuse(StatusCode::INTERNAL_SERVER_ERROR, "something broke"),
        Some(Reply::None) => {
            sim.until_stopped().await;
            broken()
        }
        _ => ok(status, shown),
    }
}

fn unavailable(sim: &Sim) -> HttpResponse {
    let mut answer = refuse(StatusCode::SERVICE_UNAVAILABLE, "come back later");
    let wait = actix_web::http::header::HeaderValue::from(sim.settings.retry_after);
    answer
        .headers_mut()
        .insert(actix_web::http::header::RETRY_AFTER, wait);
    answer
}

/// The external id in a body, wherever its version has it.
fn name_of(body: &Map<String, Value>) -> String {
    let named = body
        .get("externalId")
        .or_else(|| body.get("externalReference"));
    named.map(Value::to_string).unwrap_or_default()
}

fn ok(status: StatusCode, shown: Option<Value>) -> HttpResponse {
    let Some(shown) = shown else {
        return missing();
    };
    let mut answer = HttpResponse::build(status);
    if status == StatusCode::CREATED
        && let Some(href) = shown.get("href").and_then(Value::as_str)
    {
        answer.insert_header(("location", href));
    }
    answer.json(shown)
}

/// An answer that cannot be finished: the server closes the connection.
fn broken() -> HttpResponse {
    let error = std::io::Error::other("closed on purpose");
    HttpResponse::Created().streaming(stream::once(async move { Err::<Bytes, _>(error) }))
}

async fn list_orders(sim: Data<Sim>, request: HttpRequest) -> HttpResponse {
    let version = match admit(&sim, &request) {
        Ok(version) => version,
        Err(refusal) => return refusal.into(),
    };
    let filters = query(&request);
    let mut book = sim.book();
    let by_name = filters.iter().find(|(name, _)| is_external(name));
    if let Some((_, name)) = by_name
        && book.is_deaf(name)
    {
        return unavailable(&sim);
    }
    let ids = book.matching(&filters);
    let (offset, limit) = (
        number(&filters, "offset", 0),
        number(&filters, "limit", PAGE),
    );
    let page = ids.iter().skip(offset).take(limit);
    let orders: Vec<Value> = page.filter_map(|id| book.shown(id, version)).collect();
    list(ids.len(), orders)
}

async fn get_order(
    sim: Data<Sim>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let shown = |version| {
        let mut book = sim.book();
        if book.is_deaf(&path.1) {
            return unavailable(&sim);
        }
        ok(StatusCode::OK, book.shown(&path.1, version))
    };
    either(admit(&sim, &request).map(shown))
}

async fn cancel(sim: Data<Sim>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (version, body) = match admit_body(&sim, &request, &body) {
        Ok(both) => both,
        Err(refusal) => return refusal.into(),
    };
    let order = body.get("serviceOrder").and_then(|order| order.get("id"));
    let Some(id) = order.and_then(Value::as_str) else {
        return refuse(StatusCode::BAD_REQUEST, "/serviceOrder/id is missing");
    };
    let sim = sim.into_inner();
    let stuck = sim.trap.catches(&format!("cancel {id}"));
    if stuck == Stuck::Before {
        sim.trap.stick().await;
        return broken();
    }
    let (shown, fate, calls, deaf) = {
        let now = sim.now();
        let mut book = sim.book();
        let deaf = book.is_deaf(&format!("cancel {id}"));
        if deaf && !book.is_deaf(&format!("lost {id}")) {
            return unavailable(&sim);
        }
        let Some((task, refusal)) = book.cancel(id, now) else {
            return refuse(StatusCode::BAD_REQUEST, "there is no such order");
        };
        let shown = book.task(&task, version);
        let fate = book.order(id).map(|order| order.fate.clone());
        let mut calls = Vec::new();
        if fate.as_ref().is_some_and(|fate| fate.calls) {
            if refusal.is_none() {
                calls.extend(book.announce(Event::StateChange, id, now, |_| {}));
            }
            calls.extend(book.announce_task(&task, now));
        }
        (shown, fate, calls, deaf)
    };
    sim.moved.notify_waiters();
    if let Some(fate) = fate {
        tell(&sim, id, &fate, calls);
    }
    match (stuck, deaf) {
        (Stuck::After, _) => {
            sim.trap.stick().await;
            broken()
        }
        (_, true) => broken(),
        (_, false) => ok(StatusCode::CREATED, shown),
    }
}

async fn get_task(
    sim: Data<Sim>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let shown = |version| ok(StatusCode::OK, sim.book().task(&path.1, version));
    either(admit(&sim, &request).map(shown))
}

async fn subscribe(sim: Data<Sim>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let (version, body) = match admit_body(&sim, &request, &body) {
        Ok(both) => both,
        Err(refusal) => return refusal.into(),
    };
    let callback = body.get("callback").and_then(Value::as_str);
    let Some(callback) = callback.filter(|url| url::Url::parse(url).is_ok()) else {
        return refuse(StatusCode::BAD_REQUEST, "/callback is missing or no URL");
    };
    let query = body.get("query").and_then(Value::as_str).unwrap_or("");
    let types: Vec<String> = match (query, query.strip_prefix("eventType=")) {
        ("", _) => Vec::new(),
        (_, Some(types)) => types.split(',').map(str::to_owned).collect(),
        _ => return refuse(StatusCode::BAD_REQUEST, "/query knows eventType=... only"),
    };
    let Some(hub) = sim.book().subscribe(version, callback, types) else {
        return refuse(StatusCode::CONFLICT, "this callback is registered");
    };
    let mut shown = json!({ "id": hub.id, "callback": callback, "query": query });
    if version == Version::V5 {
        dress::put(&mut shown, "@type", "Hub".into());
    }
    HttpResponse::Created().json(shown)
}

async fn unsubscribe(
    sim: Data<Sim>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    if let Err(refusal) = admit(&sim, &request) {
        return refusal.into();
    }
    match sim.book().unsubscribe(&path.1) {
        true => HttpResponse::NoContent().finish(),
        false => missing(),
    }
}

async fn list_services(sim: Data<Sim>, request: HttpRequest) -> HttpResponse {
    let version = match admit(&sim, &request) {
        Ok(version) => version,
        Err(refusal) => return refusal.into(),
    };
    let filters = query(&request);
    let state = filters.iter().find(|(name, _)| name == "state");
    let all = sim
        .book()
        .inventory(version, state.map(|(_, s)| s.as_str()));
    let (offset, limit) = (
        number(&filters, "offset", 0),
        number(&filters, "limit", usize::MAX),
    );
    let total = all.len();
    list(total, all.into_iter().skip(offset).take(limit).collect())
}

async fn get_service(
    sim: Data<Sim>,
    request: HttpRequest,
    path: Path<(String, String)>,
) -> HttpResponse {
    let shown = |version| ok(StatusCode::OK, sim.book().service(&path.1, version));
    either(admit(&sim, &request).map(shown))
}

fn list(total: usize, page: Vec<Value>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header(("X-Total-Count", total))
        .insert_header(("X-Result-Count", page.len()))
        .json(page)
}

fn query(request: &HttpRequest) -> Vec<(String, String)> {
    url::form_urlencoded::parse(request.query_string().as_bytes())
        .into_owned()
        .collect()
}

fn number(filters: &[(String, String)], name: &str, default: usize) -> usize {
    filters
        .iter()
        .find(|(n, _)| n == name)
        .and_then(|(_, value)| value.parse().ok())
        .unwrap_or(default)
}
