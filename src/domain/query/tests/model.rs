//! Descriptors small enough to read: an offering in two versions and a polymorphic party.

use crate::domain::descriptor::{ApiVersion, Attribute, Entity, Enum, Kind, Resource, Scalar};

const fn text(name: &'static str) -> Attribute {
    scalar(name, Scalar::String)
}

const fn scalar(name: &'static str, scalar: Scalar) -> Attribute {
    Attribute::new(name, Kind::Scalar(scalar), "")
}

const fn entity(name: &'static str, entity: &'static Entity) -> Attribute {
    Attribute::new(name, Kind::Entity(entity), "")
}

static PERIOD: Entity = Entity::new(
    "TimePeriod",
    "",
    &[
        scalar("startDateTime", Scalar::DateTime),
        scalar("endDateTime", Scalar::DateTime),
    ],
);

static CATEGORY_REF: Entity = Entity::new(
    "CategoryRef",
    "",
    &[
        text("@type"),
        text("id"),
        scalar("href", Scalar::Uri),
        text("name"),
    ],
);

static NOTE: Entity = Entity::new(
    "Note",
    "",
    &[
        text("author"),
        text("text"),
        scalar("date", Scalar::DateTime),
    ],
);

static PARTY_REF: Entity = Entity::new("PartyRef", "", &[text("id"), text("name"), text("@type")]);

static RELATED_PARTY: Entity = Entity::new(
    "RelatedPartyOrPartyRole",
    "",
    &[text("role"), entity("partyOrPartyRole", &PARTY_REF)],
);

/// Refers to itself, as the standard's `characteristicRelationship` chains do.
static CHARACTERISTIC: Entity = Entity {
    subtypes: &[&STRING_CHARACTERISTIC, &INTEGER_CHARACTERISTIC],
    ..Entity::new(
        "Characteristic",
        "",
        &[text("name"), entity("related", &CHARACTERISTIC).many()],
    )
};
static STRING_CHARACTERISTIC: Entity = Entity::new(
    "StringCharacteristic",
    "",
    &[text("name"), text("value"), text("valueType")],
);
static INTEGER_CHARACTERISTIC: Entity = Entity::new(
    "IntegerCharacteristic",
    "",
    &[
        text("name"),
        scalar("value", Scalar::Integer),
        text("valueType"),
    ],
);

static STATUS: Enum = Enum {
    name: "LifecycleStatus",
    about: "",
    values: &["Active", "Retired"],
    stored: &[],
    extension: false,
};

static PRODUCT_OFFERING: Entity = Entity {
    typed: true,
    ..Entity::new(
        "ProductOffering",
        "",
        &[
            text("@type"),
            text("id"),
            scalar("href", Scalar::Uri),
            text("name"),
            text("description"),
            text("version"),
            text("statusReason"),
            scalar("isBundle", Scalar::Boolean),
            scalar("isSellable", Scalar::Boolean),
            scalar("lastUpdate", Scalar::DateTime),
            scalar("limit", Scalar::Int32),
            text("in"),
            scalar("weight", Scalar::Float),
            text("tag").many(),
            Attribute::new("lifecycleStatus", Kind::Enum(&STATUS), ""),
            entity("validFor", &PERIOD),
            entity("category", &CATEGORY_REF).many(),
            entity("note", &NOTE).many(),
            entity("relatedParty", &RELATED_PARTY).many(),
            entity("characteristic", &CHARACTERISTIC).many(),
            Attribute::new("extra", Kind::Any, ""),
            Attribute::new("labels", Kind::Map, ""),
        ],
    )
};

static RELATED_PARTY_V4: Entity = Entity {
    canonical: Some(&RELATED_PARTY),
    ..Entity::new(
        "RelatedParty",
        "",
        &[
            text("role"),
            text("id").stored_at("partyOrPartyRole.id"),
            text("name").stored_at("partyOrPartyRole.name"),
        ],
    )
};

static PRODUCT_OFFERING_V4: Entity = Entity {
    canonical: Some(&PRODUCT_OFFERING),
    ..Entity::new(
        "ProductOffering",
        "",
        &[
            text("id"),
            text("name"),
            text("status").stored_at("lifecycleStatus"),
            entity("party", &RELATED_PARTY_V4)
                .many()
                .stored_at("relatedParty"),
            entity("validFor", &PERIOD),
        ],
    )
};

static INDIVIDUAL: Entity = Entity::new(
    "Individual",
    "",
    &[text("id"), text("@type"), text("givenName")],
);
static ORGANIZATION: Entity = Entity::new(
    "Organization",
    "",
    &[text("id"), text("@type"), text("tradingName")],
);
static PARTY: Entity = Entity {
    union: true,
    subtypes: &[&INDIVIDUAL, &ORGANIZATION],
    ..Entity::new("Party", "", &[])
};

const fn resource(version: ApiVersion, kind: &'static str, entity: &'static Entity) -> Resource {
    Resource {
        api: "TMF620",
        version,
        path: kind,
        kind,
        entity,
        operations: &[],
        versioned: matches!(version, ApiVersion::V5),
        state: None,
        created_stamp: None,
        updated_stamp: None,
        indexes: &[],
        search: &[],
        loose: &[],
        events: &[],
    }
}

pub static OFFERING: Resource = resource(ApiVersion::V5, "productOffering", &PRODUCT_OFFERING);
pub static OFFERING_V4: Resource =
    resource(ApiVersion::V4, "productOffering", &PRODUCT_OFFERING_V4);
pub static PARTIES: Resource = resource(ApiVersion::V5, "party", &PARTY);

static EVENT_PAYLOAD: Entity = Entity::new(
    "ProductOfferingCreateEventPayload",
    "",
    &[entity("productOffering", &PRODUCT_OFFERING)],
);
pub static EVENT: Entity = Entity::new(
    "ProductOfferingCreateEvent",
    "",
    &[
        text("eventId"),
        text("eventType"),
        scalar("eventTime", Scalar::DateTime),
        entity("event", &EVENT_PAYLOAD),
    ],
);
