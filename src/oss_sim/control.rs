//! `/sim`: how a test on the other side of HTTP, or a person with curl, directs the OSS.

use actix_web::web::{self, Bytes, Data, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::script::Script;
use super::sim::Sim;

pub(super) fn configure(config: &mut ServiceConfig) {
    config.service(
        web::scope("/sim")
            .service(
                web::resource("/script")
                    .route(web::post().to(script))
                    .route(web::delete().to(clear)),
            )
            .route("/release", web::post().to(release))
            .route("/order", web::get().to(orders)),
    );
}

/// `{"match": "...", "do": "fail", "times": 1}`, see [`Script`].
async fn script(sim: Data<Sim>, body: Bytes) -> HttpResponse {
    match serde_json::from_slice::<Script>(&body) {
        Ok(script) => {
            sim.book().add_script(script);
            HttpResponse::NoContent().finish()
        }
        Err(error) => HttpResponse::BadRequest().body(format!("no script: {error}\n")),
    }
}

async fn clear(sim: Data<Sim>) -> HttpResponse {
    sim.book().clear_scripts();
    HttpResponse::NoContent().finish()
}

/// `/sim/release?match=...` lets orders go on; without `match` all of them.
async fn release(sim: Data<Sim>, request: HttpRequest) -> HttpResponse {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    let matching = query
        .into_owned()
        .find(|(name, _)| name == "match")
        .map(|(_, value)| value)
        .unwrap_or_default();
    HttpResponse::Ok().json(json!({ "released": sim.release(&matching) }))
}

/// What came, for comparisons: attempts and repetitions included.
async fn orders(sim: Data<Sim>) -> HttpResponse {
    let book = sim.book();
    let shown: Vec<Value> = book
        .orders()
        .into_iter()
        .map(|order| {
            let external_id = order.external_id.unwrap_or_default();
            json!({
                "id": order.id,
                "attempts": book.attempts(&external_id),
                "externalId": external_id,
                "state": order.state.as_str(),
                "actions": order.actions,
                "services": order.services,
                "duplicates": order.duplicates,
            })
        })
        .collect();
    HttpResponse::Ok().json(shown)
}
