//! `/hub`: subscriptions to the events of an API (TMF630 part 1, hub).

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_TYPE, LOCATION};
use actix_web::web::Payload;

use super::body::{self, Body};
use super::handlers::{Call, JSON};
use crate::domain::descriptor::Api;
use crate::domain::problem::{Code, Outcome, Problem};

pub(super) async fn create(
    call: &Call<'_>,
    api: &'static Api,
    payload: Payload,
) -> Outcome<HttpResponse> {
    let limits = &call.gateway.settings.body;
    let (_, bytes) = call.body(payload, limits.body_bytes).await?;
    let Body::One(body) = body::parse(&bytes, limits)? else {
        return Err(Problem::at(Code::InvalidBody, "", "must be a JSON object"));
    };
    let made = call
        .gateway
        .engine
        .subscribe(api, &body, call.caller())
        .await?;
    Ok(HttpResponse::Created()
        .insert_header((CONTENT_TYPE, JSON))
        .insert_header((LOCATION, made.location))
        .body(made.document.to_string()))
}

pub(super) async fn retrieve(call: &Call<'_>, api: &'static Api) -> Outcome<HttpResponse> {
    let found = call
        .gateway
        .engine
        .subscription(api, &call.id, &call.caller())
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, JSON))
        .body(found.document.to_string()))
}

pub(super) async fn delete(call: &Call<'_>, api: &'static Api) -> Outcome<HttpResponse> {
    call.gateway
        .engine
        .unsubscribe(api, &call.id, &call.caller())
        .await?;
    Ok(HttpResponse::NoContent().finish())
}
