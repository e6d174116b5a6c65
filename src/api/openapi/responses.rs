//! Answers: bodies, headers, and one component for each error status.

use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder};

use crate::domain::descriptor::{Answer, Api, Entity, Resource, Success, Verb};

use super::additions;
use super::forms::Form;
use super::schemas::reference;

const JSON: &str = "application/json";

/// Headers that answers carry, as components.
pub fn headers() -> Vec<(&'static str, Header)> {
    let text = |kind: Type, about: &str| {
        let schema = ObjectBuilder::new().schema_type(kind);
        HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(about))
            .build()
    };
    vec![
        (
            "X-Total-Count",
            text(
                Type::Integer,
                "How many entries match, on all pages together.",
            ),
        ),
        (
            "X-Result-Count",
            text(Type::Integer, "How many entries this answer holds."),
        ),
        (
            "Link",
            text(
                Type::String,
                "Addresses of this, the first, the next, the previous and the last page (RFC 8288).",
            ),
        ),
        (
            "Location",
            text(
                Type::String,
                "Address of the new resource, the same as its `href`.",
            ),
        ),
        (
            "ETag",
            text(
                Type::String,
                "Revision of the resource, for `If-Match` and `If-None-Match`.",
            ),
        ),
    ]
}

/// The error answers that operations of this API refer to, as components.
pub fn components(api: &Api) -> Vec<(String, Response)> {
    let own = api.resources.iter().flat_map(|r| r.operations);
    let mut statuses: Vec<&str> = own
        .chain(api.hub.operations)
        .flat_map(|o| o.errors.iter().copied())
        .collect();
    statuses.push("default");
    statuses.sort_unstable();
    statuses.dedup();
    let declared = statuses.iter().map(|s| (error_name(s), error(s).build()));
    let added = [Verb::Retrieve, Verb::Create, Verb::Patch]
        .into_iter()
        .flat_map(additions::statuses)
        .filter(|s| !statuses.contains(*s))
        .map(|s| (error_name(s), additions::response(s)));
    declared.chain(added).collect()
}

/// A reference to the component of an error status.
pub fn error_reference(status: &str) -> Ref {
    Ref::from_response_name(error_name(status))
}

/// The answer of an error status.
pub fn error(status: &str) -> ResponseBuilder {
    ResponseBuilder::new()
        .description(error_about(status))
        .content(JSON, json(Ref::from_schema_name("Error")))
}

fn error_name(status: &str) -> String {
    match status {
        "default" => "Failed".to_owned(),
        _ => format!("Status{status}"),
    }
}

fn error_about(status: &str) -> &'static str {
    match status {
        "400" => {
            "The request is malformed or breaks a rule of the schema. `violation` lists the places."
        }
        "401" => "The request carries no valid credentials.",
        "403" => "The caller may not do this.",
        "404" => "There is no such resource.",
        "405" => "The resource does not support this method. `Allow` lists those it does.",
        "406" => "None of the media types asked for can be produced.",
        "409" => {
            "The request conflicts with the state of the resource or of one that refers to it."
        }
        "412" => "The resource has changed since the revision that `If-Match` names.",
        "415" => "The media type of the body is not understood.",
        "422" => "The `Idempotency-Key` was used before with another body.",
        "500" => "The server failed. The request may be repeated.",
        "501" => "The server does not implement this.",
        "503" => "The server is overloaded or starting. `Retry-After` says when to try again.",
        _ => "The request failed.",
    }
}

/// A body of one entity.
pub fn json(schema: impl Into<RefOr<Schema>>) -> Content {
    Content::new(Some(schema))
}

/// The answer of a resource operation that succeeded.
pub fn success(api: &Api, resource: &Resource, verb: Verb, success: &Success) -> Response {
    let described = ResponseBuilder::new().description(success_about(verb, success.status));
    body(described, api, resource.entity, verb, success).build()
}

/// The answer of a hub operation that succeeded.
pub fn hub_success(api: &Api, verb: Verb, success: &Success) -> Response {
    let about = match verb {
        Verb::Create => "The subscription stands. Events follow.",
        Verb::Delete => "The subscription has ended.",
        _ => "The subscription.",
    };
    let described = ResponseBuilder::new().description(about);
    // Subscriptions have no revision, so no `ETag`.
    match success.body {
        Answer::One => {
            let described = match verb {
                Verb::Create => described.header_ref("Location", header("Location")),
                _ => described,
            };
            described
                .content(JSON, json(reference(api, api.hub.entity, Form::Read)))
                .build()
        }
        _ => body(described, api, api.hub.entity, verb, success).build(),
    }
}

/// A part of a list: the client asked for a page (TMF630 part 1, 4.5).
pub fn part_of_list(api: &Api, resource: &Resource) -> Response {
    let part = ResponseBuilder::new()
        .description("A part of the entries that match: the client asked for a page.")
        .extensions(Some(additions::mark()));
    let many = Success {
        status: 206,
        body: Answer::Many,
    };
    body(part, api, resource.entity, Verb::List, &many).build()
}

fn body(
    response: ResponseBuilder,
    api: &Api,
    entity: &Entity,
    verb: Verb,
    success: &Success,
) -> ResponseBuilder {
    match success.body {
        Answer::Empty => response,
        Answer::One => {
            let response = match verb {
                Verb::Create => response.header_ref("Location", header("Location")),
                _ => response,
            };
            response
                .header_ref("ETag", header("ETag"))
                .content(JSON, json(reference(api, entity, Form::Read)))
        }
        Answer::Many => {
            let list = ArrayBuilder::new().items(reference(api, entity, Form::Read));
            let list = RefOr::T(Schema::Array(list.build()));
            let response = ["X-Total-Count", "X-Result-Count", "Link"]
                .into_iter()
                .fold(response, |r, name| r.header_ref(name, header(name)));
            response.content(JSON, json(list))
        }
    }
}

fn header(name: &str) -> Ref {
    Ref::new(format!("#/components/headers/{name}"))
}

fn success_about(verb: Verb, status: u16) -> &'static str {
    match (verb, status) {
        (_, 202) => "The request was accepted and will be carried out later.",
        (Verb::List, _) => "The entries that match.",
        (Verb::Retrieve, _) => "The resource.",
        (Verb::Create, 200) => "The task is done; its result.",
        (Verb::Create, _) => "The resource was created. It is stored durably.",
        (Verb::Patch, _) => "The whole resource after the change.",
        (Verb::Delete, _) => "The resource was deleted.",
    }
}
