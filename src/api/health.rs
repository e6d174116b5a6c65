//! For operators: is the process alive, can it serve, what does it count.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, ServiceConfig};
use serde_json::json;

use super::{Gateway, error};
use crate::domain::problem::Problem;

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .route("/health/live", web::get().to(live))
        .route("/health/ready", web::get().to(ready))
        .route("/metrics", web::get().to(metrics));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({ "status": "live" }))
}

/// Ready means: not stopping, and the database answers.
async fn ready(gateway: Data<Gateway>) -> HttpResponse {
    if !gateway.is_ready() {
        return error::respond(&Problem::busy(5));
    }
    match gateway.engine.ping().await {
        Ok(()) => HttpResponse::Ok().json(json!({ "status": "ready" })),
        Err(problem) => error::respond(&problem),
    }
}

async fn metrics(gateway: Data<Gateway>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(gateway.metrics.render())
}
