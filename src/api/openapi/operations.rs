//! Operations: of resources, of the hub, and those that a listener implements.

use utoipa::openapi::path::{HttpMethod, Operation, OperationBuilder};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::{Content, RefOr, Required, ResponseBuilder, Schema};

use crate::domain::descriptor::{self, Api, Entity, Listener, Resource, Verb};

use super::forms::Form;
use super::{additions, parameters, responses, schemas};

/// Method and path of a verb on a resource path.
pub fn place(path: &str, verb: Verb) -> (HttpMethod, String) {
    let method = match verb {
        Verb::List | Verb::Retrieve => HttpMethod::Get,
        Verb::Create => HttpMethod::Post,
        Verb::Patch => HttpMethod::Patch,
        Verb::Delete => HttpMethod::Delete,
    };
    match verb {
        Verb::List | Verb::Create => (method, format!("/{path}")),
        _ => (method, format!("/{path}/{{id}}")),
    }
}

/// An operation of a resource.
pub fn of_resource(api: &Api, resource: &Resource, operation: &descriptor::Operation) -> Operation {
    let verb = operation.verb;
    let mut made = start(operation, resource.path);
    if verb == Verb::List {
        made = made.description(Some(additions::ATTRIBUTE_FILTERS));
    }
    for name in operation.query {
        made = made.parameter_ref(parameters::query(name));
    }
    for addition in additions::of_operation(resource, verb, operation.query) {
        made = made.parameter_ref(parameters::component(addition.component));
    }
    made = made.request_body(request_body(api, operation, resource.entity));
    for success in operation.ok {
        let response = responses::success(api, resource, verb, success);
        made = made.response(success.status.to_string(), response);
    }
    for status in additions::statuses(verb) {
        made = match *status {
            "206" => made.response(*status, responses::part_of_list(api, resource)),
            _ if operation.errors.contains(status) => made,
            _ => made.response(*status, responses::error_reference(status)),
        };
    }
    with_errors(made, operation).build()
}

/// An operation of the hub.
pub fn of_hub(api: &Api, operation: &descriptor::Operation, tag: &str) -> Operation {
    let mut made = start(operation, tag);
    for name in operation.query {
        made = made.parameter_ref(parameters::query(name));
    }
    made = made.request_body(request_body(api, operation, api.hub.create));
    for success in operation.ok {
        let response = responses::hub_success(api, operation.verb, success);
        made = made.response(success.status.to_string(), response);
    }
    with_errors(made, operation).build()
}

/// What a subscriber implements to receive one type of event.
pub fn of_listener(api: &Api, listener: &Listener, tag: &str) -> Operation {
    let event = schemas::reference(api, listener.entity, Form::Read);
    let body = RequestBodyBuilder::new()
        .description(Some("The event."))
        .content("application/json", responses::json(event))
        .required(Some(Required::True));
    let received = ResponseBuilder::new()
        .description("The event was received. Any other 2xx status says so too; after all else the event is sent again.");
    OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(format!("listenTo{}", listener.entity.name)))
        .summary(Some(listener.entity.about))
        .request_body(Some(body.build()))
        .response(api.hub.listener_status.to_string(), received)
        .response("default", responses::error_reference("default"))
        .build()
}

fn start(operation: &descriptor::Operation, tag: &str) -> OperationBuilder {
    let made = OperationBuilder::new()
        .tag(tag)
        .operation_id(Some(operation.id))
        .summary(Some(operation.summary));
    match operation.verb {
        Verb::List | Verb::Create => made,
        _ => made.parameter_ref(parameters::id()),
    }
}

fn with_errors(made: OperationBuilder, operation: &descriptor::Operation) -> OperationBuilder {
    operation.errors.iter().fold(made, |made, status| {
        made.response(*status, responses::error_reference(status))
    })
}

fn request_body(
    api: &Api,
    operation: &descriptor::Operation,
    entity: &Entity,
) -> Option<RequestBody> {
    let (form, about) = match operation.verb {
        Verb::Create => (Form::Create, "What is to be created."),
        Verb::Patch => (
            Form::Patch,
            "What is to be changed. A merge patch replaces arrays as a whole; `null` removes.",
        ),
        _ => return None,
    };
    let body = operation
        .media
        .iter()
        .fold(RequestBodyBuilder::new(), |body, media| {
            body.content(*media, content(api, entity, form, media))
        });
    let body = additional_media(operation).fold(body, |body, media| {
        body.content(media, added(api, entity, form, media))
    });
    let body = body.description(Some(about)).required(Some(Required::True));
    Some(body.build())
}

/// Media types that the engine takes although the version does not declare them.
fn additional_media(operation: &descriptor::Operation) -> impl Iterator<Item = &'static str> {
    let declared = operation.media;
    descriptor::PATCH_MEDIA
        .into_iter()
        .filter(move |media| operation.verb == Verb::Patch && !declared.contains(media))
}

/// Content of such a media type; a JSON Patch is any array where the version has no entity for it.
fn added(api: &Api, entity: &Entity, form: Form, media: &str) -> Content {
    let mut content = if media.contains("json-patch") && api.entity("JsonPatchOperations").is_none()
    {
        Content::new(None::<RefOr<Schema>>)
    } else {
        content(api, entity, form, media)
    };
    content.extensions = Some(additions::mark());
    content
}

/// JSON Patch documents have a schema of their own; all other media types carry the entity.
fn content(api: &Api, entity: &Entity, form: Form, media: &str) -> Content {
    let steps = api.entity("JsonPatchOperations");
    match steps.filter(|_| media.contains("json-patch")) {
        Some(steps) => responses::json(schemas::reference(api, steps, Form::Read)),
        None => responses::json(schemas::reference(api, entity, form)),
    }
}
