//! `/stateMachine`: the states of each kind of resource, as this server keeps them. Clients read
//! here which moves an operator allows instead of trying them.

use actix_web::web::{self, Data, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::document::{Operation, Parameter};
use super::{BASE, answer, json, readable};
use crate::api::Gateway;
use crate::domain::descriptor::Verb;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::{State, StateMachine};

const NAME: &str = "stateMachine";

pub(super) fn configure(config: &mut ServiceConfig) {
    config
        .service(readable("/stateMachine", || web::route().to(list)))
        .service(readable("/stateMachine/{kind}", || {
            web::route().to(retrieve)
        }));
}

async fn list(request: HttpRequest, gateway: Data<Gateway>) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::List), async {
        let machines = gateway.machines.iter();
        let count = machines.len().to_string();
        let shown: Value = machines.map(|machine| shown(&gateway, machine)).collect();
        let counts = [("X-Total-Count", count.clone()), ("X-Result-Count", count)];
        Ok(json(&shown, &counts))
    })
    .await
}

async fn retrieve(
    request: HttpRequest,
    kind: Path<String>,
    gateway: Data<Gateway>,
) -> HttpResponse {
    answer(&request, &gateway, (NAME, Verb::Retrieve), async {
        Ok(json(&shown(&gateway, find(&gateway, &kind)?), &[]))
    })
    .await
}

fn find<'g>(gateway: &'g Gateway, kind: &str) -> Outcome<&'g StateMachine> {
    let machine = gateway.machines.of(kind).map(AsRef::as_ref);
    machine.ok_or_else(|| {
        Problem::new(
            Code::NotFound,
            format!("There is no {NAME} '{kind}'; GET {BASE}/{NAME} lists those there are."),
        )
    })
}

fn shown(gateway: &Gateway, machine: &StateMachine) -> Value {
    let kind = machine.kind();
    let base = gateway.engine.core.links.base_url();
    let states = machine.states().iter();
    let initial = states.clone().filter(|state| state.is_initial());
    json!({
        "@type": "StateMachine",
        "id": kind,
        "href": format!("{base}{BASE}/{NAME}/{kind}"),
        "name": machine.name(),
        "kind": kind,
        "attribute": machine.attribute(),
        "mode": machine.mode().as_str(),
        "isServerOwned": machine.is_server_owned(),
        "default": machine.default_state(),
        "initial": initial.map(State::name).collect::<Vec<_>>(),
        "state": states.map(|state| shown_state(machine, state)).collect::<Vec<_>>(),
    })
}

fn shown_state(machine: &StateMachine, state: &State) -> Value {
    json!({
        "name": state.name(),
        "isInitial": state.is_initial(),
        "isActive": state.is_active(),
        "isEnded": state.is_ended(),
        "isFinal": state.is_final(),
        "next": machine.next(state).collect::<Vec<_>>(),
        "nextByClient": machine.next_by_clients(state).collect::<Vec<_>>(),
    })
}

/// What the document says of these operations.
pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation {
            path: "/stateMachine",
            method: "get",
            body: None,
            id: "listStateMachine",
            tag: NAME,
            summary: "The states of all kinds of resources that have some.",
            parameters: Vec::new(),
            answer: Some(
                json!({ "type": "array", "items": { "$ref": "#/components/schemas/StateMachine" } }),
            ),
            errors: &["500"],
        },
        Operation {
            path: "/stateMachine/{kind}",
            method: "get",
            body: None,
            id: "retrieveStateMachine",
            tag: NAME,
            summary: "The states of one kind of resource.",
            parameters: vec![Parameter::path(
                "kind",
                "The kind, for example `productOffering`.",
            )],
            answer: Some(json!({ "$ref": "#/components/schemas/StateMachine" })),
            errors: &["404", "500"],
        },
    ]
}

/// The schemas that the operations name.
pub(super) fn schemas() -> Vec<(&'static str, Value)> {
    let text = |about: &str| json!({ "type": "string", "description": about });
    let flag = |about: &str| json!({ "type": "boolean", "description": about });
    let texts = |about: &str| json!({ "type": "array", "items": { "type": "string" }, "description": about });
    let machine = json!({
        "@type": text("`StateMachine`."),
        "id": text("The kind again."),
        "href": text("Address of this state machine."),
        "name": text("What the states are called, for people."),
        "kind": text("The kind of resource that has the states."),
        "attribute": text("Attribute of the resource that holds the state."),
        "mode": {
            "type": "string",
            "enum": ["strict", "warn", "off"],
            "description": "What happens to other states and moves: refused, logged and kept, not looked at.",
        },
        "isServerOwned": flag("The server alone moves the state."),
        "default": text("The state of a resource that is created without one."),
        "initial": texts("States that a resource may be created in."),
        "state": {
            "type": "array",
            "items": { "$ref": "#/components/schemas/State" },
            "description": "All states.",
        },
    });
    let state = json!({
        "name": text("The state, as the server writes it; letter case does not matter in requests."),
        "isInitial": flag("A resource may be created in it."),
        "isActive": flag("What is in it is in use."),
        "isEnded": flag("What is in it is history: it may refer to what is gone and keeps nothing from being deleted."),
        "isFinal": flag("Nothing follows it."),
        "next": texts("The states that may follow it."),
        "nextByClient": texts("Of those, the states that a client may choose; the server alone moves it to the others."),
    });
    vec![("StateMachine", object(machine)), ("State", object(state))]
}

/// A schema whose properties are always there.
fn object(properties: Value) -> Value {
    let names: Vec<String> = properties
        .as_object()
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default();
    json!({ "type": "object", "required": names, "properties": properties })
}
