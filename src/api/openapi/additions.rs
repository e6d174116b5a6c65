//! What the engine offers beyond the standard. Everything here is marked
//! `x-tollgate-extension`, so that readers, and the comparison with the standard, can tell it apart.

use utoipa::openapi::extensions::Extensions;
use utoipa::openapi::path::{Parameter, ParameterIn};
use utoipa::openapi::schema::{AllOfBuilder, RefBuilder, Schema, Type};
use utoipa::openapi::{RefOr, Response, ResponseBuilder};

use crate::domain::descriptor::{Resource, Verb};

use super::parameters;
use super::responses;

/// The mark.
pub fn mark() -> Extensions {
    Extensions::from_iter([("x-tollgate-extension", true)])
}

/// A schema with the mark. Nothing can stand beside a reference but a description, so a reference
/// gets an object around it.
pub fn marked(schema: RefOr<Schema>) -> RefOr<Schema> {
    let mut schema = match schema {
        RefOr::T(schema) => schema,
        RefOr::Ref(reference) => {
            let about = Some(reference.description).filter(|text| !text.is_empty());
            let plain = RefBuilder::new().ref_location(reference.ref_location);
            let around = AllOfBuilder::new().item(plain);
            Schema::AllOf(around.description(about).build())
        }
    };
    let extensions = match &mut schema {
        Schema::Array(array) => &mut array.extensions,
        Schema::Object(object) => &mut object.extensions,
        Schema::OneOf(union) => &mut union.extensions,
        Schema::AllOf(all) => &mut all.extensions,
        _ => return RefOr::T(schema),
    };
    *extensions = Some(mark());
    RefOr::T(schema)
}

/// A parameter that the engine understands on operations of a verb.
pub struct Addition {
    pub component: &'static str,
    pub name: &'static str,
    place: ParameterIn,
    about: &'static str,
    verbs: &'static [Verb],
    /// Only on resources of which several versions may live at once.
    versioned: bool,
}

/// All of them. `sort`, `filter`, `before` and `after` are standard in newer APIs; there the
/// standard's declaration takes their place.
static ADDITIONS: &[Addition] = &[
    Addition {
        component: "SortAddition",
        name: "sort",
        place: ParameterIn::Query,
        about: parameters::SORT,
        verbs: &[Verb::List],
        versioned: false,
    },
    Addition {
        component: "FilterAddition",
        name: "filter",
        place: ParameterIn::Query,
        about: parameters::FILTER,
        verbs: &[Verb::List],
        versioned: false,
    },
    Addition {
        component: "BeforeAddition",
        name: "before",
        place: ParameterIn::Query,
        about: parameters::BEFORE,
        verbs: &[Verb::List],
        versioned: false,
    },
    Addition {
        component: "AfterAddition",
        name: "after",
        place: ParameterIn::Query,
        about: parameters::AFTER,
        verbs: &[Verb::List],
        versioned: false,
    },
    Addition {
        component: "VersionAddition",
        name: "version",
        place: ParameterIn::Query,
        about: "The version meant, where several versions of one id exist. Without it the latest \
                active one is meant. `id:(version=2.0)` in the path says the same.",
        verbs: &[Verb::Retrieve, Verb::Patch, Verb::Delete],
        versioned: true,
    },
    Addition {
        component: "IfNoneMatch",
        name: "If-None-Match",
        place: ParameterIn::Header,
        about: "An `ETag` received before. The answer is 304 without a body while it still holds.",
        verbs: &[Verb::Retrieve],
        versioned: false,
    },
    Addition {
        component: "IfMatch",
        name: "If-Match",
        place: ParameterIn::Header,
        about: "An `ETag` received before. The request fails with 412 if the resource has changed since.",
        verbs: &[Verb::Patch, Verb::Delete],
        versioned: false,
    },
    Addition {
        component: "IdempotencyKey",
        name: "Idempotency-Key",
        place: ParameterIn::Header,
        about: "A key that makes the request repeatable. The same key with the same body is answered \
                as the first time, with another body by 422.",
        verbs: &[Verb::Create],
        versioned: false,
    },
    Addition {
        component: "AllOrNothing",
        name: "X-All-Or-Nothing",
        place: ParameterIn::Header,
        about: "For a body that is an array of resources: `true` creates all of them or none. \
                Otherwise each element succeeds or fails by itself; the answer has an entry with \
                `status` and `resource` or `error` for each, in order.",
        verbs: &[Verb::Create],
        versioned: false,
    },
];

impl Addition {
    /// The parameter as a component of the document.
    pub fn parameter(&self) -> Parameter {
        parameters::parameter(self.name, self.place.clone(), Type::String, self.about)
            .extensions(Some(mark()))
            .build()
    }
}

/// All parameters that the engine adds.
pub fn all() -> impl Iterator<Item = &'static Addition> {
    ADDITIONS.iter()
}

/// Those of one operation, without what it declares itself.
pub fn of_operation(
    resource: &Resource,
    verb: Verb,
    declared: &[&str],
) -> impl Iterator<Item = &'static Addition> {
    let versioned = resource.versioned;
    ADDITIONS
        .iter()
        .filter(move |a| a.verbs.contains(&verb) && (versioned || !a.versioned))
        .filter(|a| !declared.contains(&a.name))
}

/// Statuses that the engine adds to a verb.
pub fn statuses(verb: Verb) -> &'static [&'static str] {
    match verb {
        Verb::List => &["206"],
        Verb::Retrieve => &["304"],
        Verb::Create => &["422"],
        Verb::Patch | Verb::Delete => &["412"],
    }
}

/// The answer for a status that the engine adds, apart from 206, whose body depends on the
/// resource.
pub fn response(status: &str) -> Response {
    if status == "304" {
        let unchanged =
            ResponseBuilder::new().description("The resource has not changed since that `ETag`.");
        return unchanged.extensions(Some(mark())).build();
    }
    responses::error(status).extensions(Some(mark())).build()
}

/// How any attribute can be searched for. OpenAPI cannot list these parameters one by one.
pub const ATTRIBUTE_FILTERS: &str = "\
Every attribute of the resource is a query parameter too: `lifecycleStatus=Active`. Dots lead into \
nested objects and arrays (`category.id=42`), several values separated by commas are alternatives, and \
a suffix names another comparison than equality (`lastUpdate.gte=2026-01-01T00:00:00Z`).";
