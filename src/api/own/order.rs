//! `/productOrder/...`, `/fallout/retry`: what operators see of orders and do to them; `/oss/{target}/listener`: what the
//! systems that activate services tell us.

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Path, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{answer, json, readable, writable};
use crate::api::{Gateway, body};
use crate::behaviour::order::{Bulk, Shape, Shown, read_act, read_completion};
use crate::domain::descriptor::{ApiVersion, Verb};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::parse_plain;
use crate::engine::Caller;

const NAME: &str = "productOrder";
const FALLOUT: &str = "fallout";
const OSS: &str = "oss";
const TASK: &str = "task";

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(writable("/productOrder/plan", || web::route().to(dry_run)))
        .service(readable("/productOrder/{id}/plan", || {
            web::route().to(show_plan)
        }))
        .service(readable("/productOrder/{id}/log", || {
            web::route().to(show_log)
        }))
        .service(writable("/productOrder/{id}/action", || {
            web::route().to(act)
        }))
        .service(writable("/fallout/retry", || {
            web::route().to(retry_fallouts)
        }))
        .service(writable("/task/{id}/complete", || {
            web::route().to(complete_task)
        }))
        .service(writable("/oss/{target}/listener", || {
            web::route().to(listen)
        }))
        .service(writable("/oss/{target}/listener/{event}", || {
            web::route().to(listen)
        }));
}

/// The JSON object that a request carries.
async fn object(request: &HttpRequest, gateway: &Gateway, payload: Payload) -> Outcome<Value> {
    let limits = &gateway.settings.body;
    body::media_type(request, &["application/json"])?;
    let bytes = body::read(request, payload, limits.body_bytes).await?;
    match body::parse(&bytes, limits)? {
        body::Body::One(value) => Ok(value),
        body::Body::Many(_) => Err(Problem::at(Code::InvalidBody, "", "must be a JSON object")),
    }
}

fn shape(format: Option<&str>) -> Outcome<Shape> {
    let Some(format) = format else {
        return Ok(Shape::Json);
    };
    Shape::parse(format).ok_or_else(|| {
        Problem::at(
            Code::InvalidQuery,
            "format",
            "must be json, tree, dot or mermaid",
        )
    })
}

fn shown(shown: Shown) -> HttpResponse {
    match shown {
        Shown::Json(value) => json(&value, &[]),
        Shown::Text(text) => HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body(text),
    }
}

async fn dry_run(request: HttpRequest, payload: Payload, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Create), async {
        let [version, format] = parse_plain(request.query_string(), ["version", "format"])?;
        let version = match version.as_deref() {
            None | Some("v5") => ApiVersion::V5,
            Some("v4") => ApiVersion::V4,
            Some(_) => {
                return Err(Problem::at(
                    Code::InvalidQuery,
                    "version",
                    "must be v4 or v5",
                ));
            }
        };
        let order = object(&request, &gateway, payload).await?;
        let fulfilment = &gateway.fulfilment;
        let shape = shape(format.as_deref())?;
        Ok(shown(
            fulfilment
                .dry_run(&Caller::local(), version, order, shape)
                .await?,
        ))
    })
    .await
}

async fn show_plan(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Retrieve), async {
        let [format] = parse_plain(request.query_string(), ["format"])?;
        let shape = shape(format.as_deref())?;
        Ok(shown(
            gateway
                .fulfilment
                .show_plan(&Caller::local(), &id, shape)
                .await?,
        ))
    })
    .await
}

async fn show_log(request: HttpRequest, id: Path<String>, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Retrieve), async {
        Ok(json(
            &gateway.fulfilment.log(&Caller::local(), &id).await?,
            &[],
        ))
    })
    .await
}

async fn act(
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Patch), async {
        let wanted = object(&request, &gateway, payload).await?;
        let (wanted, note) = read_act(&wanted)?;
        let (fulfilment, caller) = (&gateway.fulfilment, Caller::local());
        fulfilment.act(&caller, &id, wanted, note).await?;
        match fulfilment.show_plan(&caller, &id, Shape::Json).await {
            // It was rejected, or ended before it had one.
            Err(problem) if problem.code == Code::NotFound => {
                let none = json!({ "@type": "ProductOrderPlan", "outcome": "none" });
                Ok(shown(Shown::Json(none)))
            }
            plan => plan.map(shown),
        }
    })
    .await
}

async fn retry_fallouts(
    request: HttpRequest,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (FALLOUT, Verb::Patch), async {
        let bulk = Bulk::read(&object(&request, &gateway, payload).await?)?;
        let caller = Caller::local();
        let tried = gateway.fulfilment.retry_fallouts(&caller, bulk).await?;
        Ok(json(&tried, &[]))
    })
    .await
}

async fn complete_task(
    request: HttpRequest,
    id: Path<String>,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (TASK, Verb::Patch), async {
        let (results, note) = read_completion(&object(&request, &gateway, payload).await?)?;
        let caller = Caller::local();
        let fulfilment = &gateway.fulfilment;
        fulfilment
            .complete_task(&caller, &id, results, note)
            .await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

async fn listen(request: HttpRequest, payload: Payload, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (OSS, Verb::Create), async {
        let target = request
            .match_info()
            .get("target")
            .unwrap_or_default()
            .to_owned();
        let event = object(&request, &gateway, payload).await?;
        let caller = Caller::local();
        gateway
            .fulfilment
            .hear(caller.tenant, &target, token(&request), &event)
            .await?;
        Ok(HttpResponse::NoContent().finish())
    })
    .await
}

/// The token of `Authorization: Bearer`.
fn token(request: &HttpRequest) -> Option<&str> {
    let header = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then_some(token.trim())
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    let plan = json!({ "$ref": "#/components/schemas/ProductOrderPlan" });
    let format = Parameter::query(
        "format",
        "`json` (when missing), `tree`, `dot` or `mermaid`.",
    );
    let id = Parameter::path("id", "Identifier of the order.");
    vec![
        Operation {
            path: "/productOrder/plan",
            method: "post",
            body: Some(
                json!({ "type": "object", "description": "A product order as TMF622 has it." }),
            ),
            id: "planProductOrder",
            tag: NAME,
            summary: "The plan that an order would get, or why it would be rejected. Nothing is stored.",
            parameters: vec![
                Parameter::query(
                    "version",
                    "Version of TMF622 that the body is in: `v5` (when missing) or `v4`.",
                ),
                format.clone(),
            ],
            answer: Some(plan.clone()),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/productOrder/{id}/plan",
            method: "get",
            body: None,
            id: "retrieveProductOrderPlan",
            tag: NAME,
            summary: "The plan of an order and how far each of its nodes is.",
            parameters: vec![id.clone(), format],
            answer: Some(plan.clone()),
            errors: &["404", "500", "503"],
        },
        Operation {
            path: "/productOrder/{id}/log",
            method: "get",
            body: None,
            id: "retrieveProductOrderLog",
            tag: NAME,
            summary: "What happened to an order, step by step, with who wanted it and why.",
            parameters: vec![id.clone()],
            answer: Some(json!({ "type": "array", "items": { "type": "object" } })),
            errors: &["404", "500", "503"],
        },
        Operation {
            path: "/productOrder/{id}/action",
            method: "post",
            body: Some(json!({ "$ref": "#/components/schemas/ProductOrderAction" })),
            id: "actOnProductOrder",
            tag: NAME,
            summary: "What an operator decides: suspend, resume, abort; for a node retry, complete, skip, \
                      giveUp; cancel with force, decide on a cancel. A retry without node takes a step again that \
                      failed as a whole. Answers with the plan.",
            parameters: vec![id],
            answer: Some(plan),
            errors: &["400", "404", "409", "500", "503"],
        },
        Operation {
            path: "/fallout/retry",
            method: "post",
            body: Some(json!({ "$ref": "#/components/schemas/FalloutRetryRequest" })),
            id: "retryFallouts",
            tag: FALLOUT,
            summary: "Tries again what is in fallout, by cause or by ids. Answers for each fallout; `more` says \
                      that there are further ones.",
            parameters: Vec::new(),
            answer: Some(json!({ "$ref": "#/components/schemas/FalloutRetry" })),
            errors: &["400", "500", "503"],
        },
        Operation {
            path: "/task/{id}/complete",
            method: "post",
            body: Some(json!({ "$ref": "#/components/schemas/TaskCompletion" })),
            id: "completeTask",
            tag: TASK,
            summary: "Somebody has done a task: the order goes on.",
            parameters: vec![Parameter::path("id", "Identifier of the task.")],
            answer: None,
            errors: &["400", "404", "409", "500", "503"],
        },
        Operation {
            path: "/oss/{target}/listener",
            method: "post",
            body: Some(json!({ "type": "object", "description": "A TMF641 event, v4 or v5." })),
            id: "listenToOss",
            tag: OSS,
            summary: "Callback of a system that activates services. Also with the name of the event behind it.",
            parameters: vec![Parameter::path(
                "target",
                "Name of the system in the configuration.",
            )],
            answer: None,
            errors: &["400", "401", "404", "500", "503"],
        },
    ]
}

/// The schemas that the operations name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let flag = |about: &str| json!({ "type": "boolean", "description": about });
    let pairs = |about: &str| {
        json!({
            "type": "array",
            "description": about,
            "items": {
                "type": "object",
                "required": ["name", "value"],
                "properties": { "name": { "type": "string" }, "value": {} },
            },
        })
    };
    let plan = json!({
        "type": "object",
        "required": ["@type", "outcome"],
        "properties": {
            "@type": text("`ProductOrderPlan`."),
            "outcome": text("`planned`, `informationRequired`, `rejected`, or `none` when an action left no plan."),
            "stage": text("`placed`, `incomplete`, `queued`, `running`, `amending` or `ended`."),
            "state": text("State of the order."),
            "suspended": flag("Nothing new is begun."),
            "waiting": flag("Nothing new is begun until an amendment can be followed that waits for another order."),
            "progress": { "type": "object", "description": "Nodes by where they stand." },
            "node": { "type": "array", "items": { "type": "object" }, "description": "How far each node is." },
            "plan": { "type": "object", "description": "Items and nodes, with what made each of them." },
            "missing": { "type": "array", "items": { "type": "object" } },
            "refusal": { "type": "array", "items": { "type": "object" } },
        },
    });
    let action = json!({
        "type": "object",
        "required": ["action"],
        "properties": {
            "action": text("suspend, resume, abort, retry, complete, skip, giveUp, cancel or decide."),
            "node": text("Key of the node. For retry may be missing: a step that failed as a whole is taken again."),
            "setting": pairs("For retry: other settings for the node."),
            "result": pairs("For complete: what came of it."),
            "fallout": text("For retry: the fallout that is meant."),
            "item": text("For cancel: the item, where it is not the whole order."),
            "task": text("For decide: the request to cancel."),
            "consent": flag("For decide."),
            "force": flag("For skip and cancel: also beyond a soft point of no return."),
            "keep": flag("For giveUp: what is done remains."),
            "dependants": flag("For cancel: also the items that rely on the one."),
            "note": text("Why."),
        },
    });
    let completion = json!({
        "type": "object",
        "properties": {
            "result": pairs("What came of it."),
            "note": text("For the log of the order."),
        },
    });
    let request = json!({
        "type": "object",
        "properties": {
            "cause": text("All open fallouts of this cause, such as `transientExhausted`."),
            "ids": { "type": "array", "items": { "type": "string" }, "description": "Ids of fallouts." },
            "note": text("Why."),
        },
    });
    let one = json!({
        "type": "object",
        "required": ["id", "retried"],
        "properties": {
            "id": text("Id of the fallout."),
            "productOrder": text("Id of the order."),
            "node": text("Key of the node."),
            "retried": flag("It is tried again."),
            "message": text("Why it is not."),
        },
    });
    let retry = json!({
        "type": "object",
        "required": ["@type", "fallout", "more"],
        "properties": {
            "@type": text("`FalloutRetry`."),
            "fallout": { "type": "array", "items": one },
            "more": flag("There are further ones, for a next request."),
        },
    });
    vec![
        ("ProductOrderPlan", plan),
        ("ProductOrderAction", action),
        ("TaskCompletion", completion),
        ("FalloutRetryRequest", request),
        ("FalloutRetry", retry),
    ]
}
