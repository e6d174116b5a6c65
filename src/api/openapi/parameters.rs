//! Query parameters of the standard (TMF630 part 1, 4.3 to 4.7) and the path parameter.

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, Ref, Required};

use crate::domain::descriptor::Api;

use super::additions;

pub const SORT: &str = "Attributes to sort by, the most important first, separated by commas. \
    A leading `-` sorts downwards, `+` or nothing upwards.";
pub const FILTER: &str = "A JSONPath condition. Conditions on an array hold together within one of \
    its elements, for example `$[?(@.productOfferingTerm[?(@.name=='24 months')])]`.";
pub const BEFORE: &str = "Cursor from a `Link` header: the page that ends just before it. Pages \
    stay stable while others write.";
pub const AFTER: &str = "Cursor from a `Link` header: the page that starts just after it. Pages \
    stay stable while others write.";

const FIELDS: &str = "Attributes wanted in the answer, separated by commas, nested ones with dots. \
    `none` leaves only identifier and address; these and `@type` always come.";
const OFFSET: &str = "How many entries to skip.";
const LIMIT: &str = "How many entries to answer with at most.";
const ID: &str = "Identifier of the resource.";

/// The components that operations of this API refer to.
pub fn components(api: &Api) -> Vec<(String, Parameter)> {
    let mut names: Vec<&str> = Vec::new();
    for operation in api.resources.iter().flat_map(|r| r.operations) {
        for name in operation.query {
            if !names.contains(name) {
                names.push(name);
            }
        }
    }
    let standard = names.into_iter().map(|n| (component_name(n), standard(n)));
    let added = additions::all().map(|a| (a.component.to_owned(), a.parameter()));
    let id = parameter("id", ParameterIn::Path, Type::String, ID).required(Required::True);
    let id = [("Id".to_owned(), id.build())];
    id.into_iter().chain(standard).chain(added).collect()
}

/// A reference to a query parameter of the standard.
pub fn query(name: &str) -> Ref {
    component(&component_name(name))
}

/// A reference to the path parameter `id`.
pub fn id() -> Ref {
    component("Id")
}

/// A reference to a parameter component.
pub fn component(name: &str) -> Ref {
    Ref::new(format!("#/components/parameters/{name}"))
}

/// An optional parameter.
pub fn parameter(name: &str, place: ParameterIn, kind: Type, about: &str) -> ParameterBuilder {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(place)
        .required(Required::False)
        .description(Some(about))
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
}

fn component_name(name: &str) -> String {
    let mut letters = name.chars();
    match letters.next() {
        Some(first) => format!("{}{}", first.to_ascii_uppercase(), letters.as_str()),
        None => String::new(),
    }
}

fn standard(name: &str) -> Parameter {
    let (kind, about) = match name {
        "fields" => (Type::String, FIELDS),
        "offset" => (Type::Integer, OFFSET),
        "limit" => (Type::Integer, LIMIT),
        "sort" => (Type::String, SORT),
        "filter" => (Type::String, FILTER),
        "before" => (Type::String, BEFORE),
        "after" => (Type::String, AFTER),
        _ => (
            Type::String,
            "Only entries whose attribute of this name has this value.",
        ),
    };
    parameter(name, ParameterIn::Query, kind, about).build()
}
