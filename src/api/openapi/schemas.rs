//! Entities and enums as component schemas.
//!
//! An entity is composed of its parents (`allOf`) where that describes it exactly. Where a form
//! leaves out something that a parent brings, it is written in full.

use serde_json::Value;
use utoipa::openapi::schema::{
    AdditionalProperties, AllOfBuilder, ArrayBuilder, Discriminator, Object, ObjectBuilder,
    OneOfBuilder, RefBuilder, Schema, SchemaFormat, SchemaType, Type,
};
use utoipa::openapi::{Ref, RefOr};

use crate::domain::descriptor::{Api, Attribute, Entity, Enum, Kind, Scalar};

use super::additions;
use super::forms::Form;

/// Every component schema with its name.
pub fn all(api: &Api) -> Vec<(String, RefOr<Schema>)> {
    let mut schemas = Vec::new();
    for entity in api.entities {
        for form in [Form::Read, Form::Create, Form::Patch] {
            if form.exists(entity) {
                let name = form.schema_name(api, entity);
                let mut schema = entity_schema(api, entity, form).into();
                if entity.extension {
                    schema = additions::marked(schema);
                }
                schemas.push((name, schema));
            }
        }
    }
    for values in api.enums {
        let mut schema = Schema::Object(enum_object(values, values.about)).into();
        if values.extension {
            schema = additions::marked(schema);
        }
        schemas.push((values.name.to_owned(), schema));
    }
    schemas
}

/// A reference to a form of an entity.
pub fn reference(api: &Api, entity: &Entity, form: Form) -> Ref {
    Ref::from_schema_name(form.schema_name(api, entity))
}

fn entity_schema(api: &Api, entity: &Entity, form: Form) -> Schema {
    // The standard's name for any JSON value; a descriptor shows it at attributes only.
    if entity.name == "Any" {
        return Schema::Object(any_value(entity.about));
    }
    if let Some(item) = entity.array_of {
        let array = ArrayBuilder::new().items(reference(api, item, form));
        return Schema::Array(array.description(Some(entity.about)).build());
    }
    if entity.union {
        let members = entity.subtypes.iter();
        let union = members.fold(OneOfBuilder::new(), |union, member| {
            union.item(reference(api, member, form))
        });
        let union = union
            .description(Some(entity_about(entity, form)))
            .discriminator(discriminator(api, entity, form));
        return Schema::OneOf(union.build());
    }
    let parents = composing_parents(api, entity, form).unwrap_or_default();
    let own = own_object(api, entity, form, &parents);
    if parents.is_empty() && entity.subtypes.is_empty() {
        return Schema::Object(own.description(Some(entity_about(entity, form))).build());
    }
    let own = own.build();
    let composed = parents.iter().fold(AllOfBuilder::new(), |all, parent| {
        all.item(reference(api, parent, form))
    });
    let adds = !own.properties.is_empty() || !own.required.is_empty() || parents.is_empty();
    let composed = if adds { composed.item(own) } else { composed };
    let composed = composed
        .description(Some(entity_about(entity, form)))
        .discriminator(discriminator(api, entity, form));
    Schema::AllOf(composed.build())
}

fn entity_about(entity: &Entity, form: Form) -> String {
    let note = match form {
        Form::Read => "",
        Form::Create => " As a client sends it on create.",
        Form::Patch => " As a client sends it in a merge patch.",
    };
    format!("{}{note}", entity.about)
}

/// The parents that make up the entity together with its own attributes; `None` where one of them
/// would bring an attribute or a demand that this form of the entity does not have.
fn composing_parents(api: &Api, entity: &Entity, form: Form) -> Option<Vec<&'static Entity>> {
    let mut parents = Vec::new();
    for name in entity.extends {
        let parent = api.entity(name)?;
        let fits = |inherited: &Attribute| {
            let own = entity.attribute(inherited.name);
            own.is_some_and(|own| form.has(own) && (form.demands(own) || !form.demands(inherited)))
        };
        let brings = parent.attributes.iter().filter(|a| form.has(a));
        if !form.exists(parent) || !brings.into_iter().all(fits) {
            return None;
        }
        parents.push(parent);
    }
    Some(parents)
}

/// What the parents do not say already.
fn own_object(
    api: &Api,
    entity: &Entity,
    form: Form,
    parents: &[&'static Entity],
) -> ObjectBuilder {
    let mut object = ObjectBuilder::new().schema_type(Type::Object);
    for attribute in entity.attributes.iter().filter(|a| form.has(a)) {
        let inherited = || {
            let all = parents.iter().filter_map(|p| p.attribute(attribute.name));
            all.filter(|a| form.has(a))
        };
        if !inherited().any(|a| alike(a, attribute)) {
            object = object.property(attribute.name, property(api, attribute, form));
        }
        if form.demands(attribute) && !inherited().any(|a| form.demands(a)) {
            object = object.required(attribute.name);
        }
    }
    object
}

/// Whether two attributes have the same schema.
fn alike(a: &Attribute, b: &Attribute) -> bool {
    kind_key(&a.kind) == kind_key(&b.kind)
        && (a.many, a.default, a.about) == (b.many, b.default, b.about)
        && (a.server_owned, a.server_supplied) == (b.server_owned, b.server_supplied)
}

fn kind_key(kind: &Kind) -> String {
    match kind {
        Kind::Scalar(scalar) => format!("{scalar:?}"),
        Kind::Enum(values) => format!("enum {} {:?}", values.name, values.values),
        Kind::Entity(entity) => format!("entity {}", entity.name),
        Kind::Any => "any".to_owned(),
        Kind::Object => "object".to_owned(),
        Kind::Map => "map".to_owned(),
    }
}

/// Says which schema `@type` picks. Subtypes that the standard forgets stay out.
fn discriminator(api: &Api, entity: &Entity, form: Form) -> Option<Discriminator> {
    if entity.subtypes.is_empty() {
        return None;
    }
    let mapped = entity
        .subtypes
        .iter()
        .filter(|s| !entity.unmapped_subtypes.contains(&s.name));
    let mapping = mapped.map(|s| (s.name, reference(api, s, form).ref_location));
    Some(Discriminator::with_mapping("@type", mapping))
}

fn property(api: &Api, attribute: &Attribute, form: Form) -> RefOr<Schema> {
    let schema = plain_property(api, attribute, form);
    match attribute.extension {
        true => additions::marked(schema),
        false => schema,
    }
}

fn plain_property(api: &Api, attribute: &Attribute, form: Form) -> RefOr<Schema> {
    let about = about(attribute, form);
    if attribute.many {
        let items = item(api, attribute, form, "");
        let array = ArrayBuilder::new()
            .items(items)
            .description(describe(&about));
        return RefOr::T(Schema::Array(array.build()));
    }
    item(api, attribute, form, &about)
}

/// The description, with what the server does to a value that a client sends.
fn about(attribute: &Attribute, form: Form) -> String {
    let note = match form {
        Form::Read => None,
        _ if attribute.server_owned => Some("The server decides it and ignores what is sent."),
        Form::Create if attribute.server_supplied => {
            Some("The server supplies it when it is left out.")
        }
        _ => None,
    };
    match (attribute.about, note) {
        (about, None) => about.to_owned(),
        ("", Some(note)) => note.to_owned(),
        (about, Some(note)) => format!("{about} {note}"),
    }
}

fn describe(about: &str) -> Option<&str> {
    (!about.is_empty()).then_some(about)
}

fn item(api: &Api, attribute: &Attribute, form: Form, about: &str) -> RefOr<Schema> {
    match &attribute.kind {
        Kind::Scalar(scalar) => scalar_object(*scalar, attribute, about).into(),
        Kind::Enum(values) if values.name.is_empty() => {
            Schema::Object(enum_object(values, about)).into()
        }
        Kind::Enum(values) => {
            let named = Ref::from_schema_name(values.name);
            match default_of(attribute) {
                Some(default) => with_default(named, default, about),
                None => described(named, about),
            }
        }
        Kind::Entity(entity) => described(reference(api, entity, form), about),
        // Where the standard's document has an entity for it, ours refers to it too.
        Kind::Any => match api.entity("Any") {
            Some(any) => described(reference(api, any, Form::Read), about),
            None => Schema::Object(any_value(about)).into(),
        },
        Kind::Object => ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(describe(about))
            .into(),
        Kind::Map => ObjectBuilder::new()
            .schema_type(Type::Object)
            .description(describe(about))
            .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(true)))
            .into(),
    }
}

fn described(reference: Ref, about: &str) -> RefOr<Schema> {
    let reference = RefBuilder::new()
        .ref_location(reference.ref_location)
        .description(describe(about));
    RefOr::Ref(reference.build())
}

/// Nothing can stand beside a reference but a description, so a default needs an object around it.
fn with_default(reference: Ref, default: Value, about: &str) -> RefOr<Schema> {
    AllOfBuilder::new()
        .item(reference)
        .default(Some(default))
        .description(describe(about))
        .into()
}

fn default_of(attribute: &Attribute) -> Option<Value> {
    serde_json::from_str(attribute.default?).ok()
}

fn any_value(about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(SchemaType::AnyValue)
        .description(describe(about))
        .build()
}

fn enum_object(values: &Enum, about: &str) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(describe(about))
        .enum_values(Some(values.values.iter().copied()))
        .build()
}

fn scalar_object(scalar: Scalar, attribute: &Attribute, about: &str) -> ObjectBuilder {
    let (schema_type, format) = match scalar {
        Scalar::String => (Type::String, None),
        Scalar::DateTime => (Type::String, Some("date-time")),
        Scalar::Date => (Type::String, Some("date")),
        Scalar::Uri => (Type::String, Some("uri")),
        Scalar::Base64 => (Type::String, Some("base64")),
        Scalar::Integer => (Type::Integer, None),
        Scalar::Int32 => (Type::Integer, Some("int32")),
        Scalar::Number => (Type::Number, None),
        Scalar::Float => (Type::Number, Some("float")),
        Scalar::Boolean => (Type::Boolean, None),
    };
    ObjectBuilder::new()
        .schema_type(schema_type)
        .format(format.map(|f| SchemaFormat::Custom(f.to_owned())))
        .description(describe(about))
        .default(default_of(attribute))
}
