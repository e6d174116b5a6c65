//! A small API in two versions with every kind of difference between them.

use crate::domain::descriptor::{Api, ApiVersion, Attribute, Entity, Hub, Kind, Resource, Scalar};

const fn text(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Scalar(Scalar::String), "")
}

const fn number(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Scalar(Scalar::Float), "")
}

const fn any(name: &'static str) -> Attribute {
    Attribute::new(name, Kind::Any, "")
}

const fn one(name: &'static str, entity: &'static Entity) -> Attribute {
    Attribute::new(name, Kind::Entity(entity), "")
}

const fn many(name: &'static str, entity: &'static Entity) -> Attribute {
    one(name, entity).many()
}

const fn v5(name: &'static str, attributes: &'static [Attribute]) -> Entity {
    Entity {
        typed: true,
        ..Entity::new(name, "", attributes)
    }
}

const fn v4(
    name: &'static str,
    canonical: &'static Entity,
    attributes: &'static [Attribute],
) -> Entity {
    Entity {
        canonical: Some(canonical),
        ..Entity::new(name, "", attributes)
    }
}

const fn union(name: &'static str, members: &'static [&'static Entity]) -> Entity {
    Entity {
        union: true,
        subtypes: members,
        ..Entity::new(name, "", &[])
    }
}

// Both versions

static MONEY: Entity = Entity::new("Money", "", &[text("unit"), number("value")]);
static PERIOD: Entity = Entity::new(
    "TimePeriod",
    "",
    &[text("startDateTime"), text("endDateTime")],
);
static TARGET: Entity = Entity {
    typed: true,
    ..Entity::new(
        "TargetProductSchema",
        "",
        &[text("@type"), text("@schemaLocation")],
    )
};
static TARGET_V4: Entity = v4("TargetProductSchema", &TARGET, TARGET.attributes);

// v5

static REF: &[Attribute] = &[
    text("@type"),
    text("id"),
    text("href"),
    text("name"),
    text("version"),
    text("@referredType"),
];
static CATEGORY_REF: Entity = v5("CategoryRef", REF);
static POLICY_REF: Entity = v5("PolicyRef", REF);
static PARTY_REF: Entity = v5("PartyRef", REF);
static PARTY_ROLE_REF: Entity = v5(
    "PartyRoleRef",
    &[
        text("@type"),
        text("id"),
        text("href"),
        text("name"),
        text("@referredType"),
        text("partyId"),
    ],
);
static PARTY_UNION: Entity = union("PartyRefOrPartyRoleRef", &[&PARTY_REF, &PARTY_ROLE_REF]);
static RELATED: Entity = v5(
    "RelatedPartyRefOrPartyRoleRef",
    &[
        text("@type"),
        text("role"),
        one("partyOrPartyRole", &PARTY_UNION),
    ],
);
static ATTACHMENT: Entity = v5(
    "Attachment",
    &[
        text("@type"),
        text("id"),
        text("href"),
        text("name"),
        text("url"),
        text("mimeType"),
    ],
);
static ATTACHMENT_REF: Entity = v5(
    "AttachmentRef",
    &[
        text("@type"),
        text("id"),
        text("href"),
        text("name"),
        text("url"),
        text("@referredType"),
    ],
);
static ATTACHMENT_UNION: Entity = union("AttachmentRefOrValue", &[&ATTACHMENT, &ATTACHMENT_REF]);
static PRICE: Entity = v5(
    "ProductOfferingPrice",
    &[
        text("@type"),
        text("id"),
        text("href"),
        text("name"),
        text("priceType"),
        text("version"),
        text("recurringChargePeriodType"),
        one("price", &MONEY),
        many("policy", &POLICY_REF),
    ],
);
static PRICE_REF: Entity = v5("ProductOfferingPriceRef", REF);
static PRICE_UNION: Entity = union("ProductOfferingPriceRefOrValue", &[&PRICE, &PRICE_REF]);
static STRING_VALUE: Entity = v5(
    "StringCharacteristicValueSpecification",
    &[text("@type"), text("value")],
);
static VALUE: Entity = Entity {
    subtypes: &[&STRING_VALUE],
    ..v5(
        "CharacteristicValueSpecification",
        &[text("@type"), text("valueType"), one("validFor", &PERIOD)],
    )
};
static CHAR_RELATION: Entity = v5(
    "CharacteristicSpecificationRelationship",
    &[
        text("@type"),
        text("parentSpecificationId"),
        text("parentSpecificationHref"),
        text("name"),
    ],
);
static CHARACTERISTIC: Entity = v5(
    "CharacteristicSpecification",
    &[
        text("@type"),
        text("id"),
        text("name"),
        many("charSpecRelationship", &CHAR_RELATION),
        many("characteristicValueSpecification", &VALUE),
    ],
);
static CATALOG: Entity = v5(
    "ProductCatalog",
    &[
        text("@type"),
        text("id").writable(true, false),
        text("href").writable(false, false),
        text("name"),
        many("category", &CATEGORY_REF),
        many("relatedParty", &RELATED),
    ],
);
static CATEGORY: Entity = v5(
    "Category",
    &[
        text("@type"),
        text("name"),
        one("parent", &CATEGORY_REF),
        many("subCategory", &CATEGORY_REF),
        one("validFor", &PERIOD),
    ],
);
static OFFERING: Entity = v5(
    "ProductOffering",
    &[
        text("@type"),
        text("name"),
        many("category", &CATEGORY_REF),
        many("attachment", &ATTACHMENT_UNION),
        many("productOfferingPrice", &PRICE_UNION),
        many("policy", &POLICY_REF),
    ],
);
static SPECIFICATION: Entity = v5(
    "ProductSpecification",
    &[
        text("@type"),
        text("name"),
        many("productSpecCharacteristic", &CHARACTERISTIC),
        many("relatedParty", &RELATED),
        one("targetProductSchema", &TARGET),
        many("attachment", &ATTACHMENT_UNION),
    ],
);

// v4

static REF_V4: &[Attribute] = &[
    text("id"),
    text("href"),
    text("name"),
    text("version"),
    text("@baseType"),
    text("@type"),
    text("@referredType"),
];
static MONEY_V4: Entity = v4("Money", &MONEY, MONEY.attributes);
static PERIOD_V4: Entity = v4("TimePeriod", &PERIOD, PERIOD.attributes);
static CATEGORY_REF_V4: Entity = v4("CategoryRef", &CATEGORY_REF, REF_V4);
static CONSTRAINT_REF: Entity = v4("ConstraintRef", &POLICY_REF, REF_V4);
static RELATED_V4: Entity = v4(
    "RelatedParty",
    &RELATED,
    &[
        text("id").stored_at("partyOrPartyRole.id"),
        text("href").stored_at("partyOrPartyRole.href"),
        text("name").stored_at("partyOrPartyRole.name"),
        text("@referredType").stored_at("partyOrPartyRole.@referredType"),
        text("role"),
        text("@type"),
    ],
);
static ATTACHMENT_V4: Entity = v4(
    "AttachmentRefOrValue",
    &ATTACHMENT_UNION,
    &[
        text("id"),
        text("href"),
        text("name"),
        text("url"),
        text("mimeType"),
        text("@type"),
        text("@referredType"),
    ],
);
static AMOUNTS: Entity = v4(
    "ProductPriceValue",
    &MONEY,
    &[
        number("percentage"),
        number("taxRate"),
        one("dutyFreeAmount", &MONEY_V4).stored_at("."),
        one("taxIncludedAmount", &MONEY_V4),
        text("@type"),
    ],
);
static ALTERATION: Entity =
    Entity::new("POPAlteration", "", &[text("name"), one("price", &AMOUNTS)]);
static PRICE_UNION_V4: Entity = v4(
    "ProductOfferingPriceRefOrValue",
    &PRICE_UNION,
    &[
        text("id"),
        text("href"),
        text("name"),
        text("priceType"),
        text("version"),
        text("recurringChargePeriod").stored_at("recurringChargePeriodType"),
        one("price", &AMOUNTS),
        many("priceAlteration", &ALTERATION),
        many("constraint", &CONSTRAINT_REF).stored_at("policy"),
        text("@type"),
        text("@referredType"),
    ],
);
static PRICE_V4: Entity = v4(
    "ProductOfferingPrice",
    &PRICE,
    &[
        text("name"),
        text("priceType"),
        one("price", &MONEY_V4),
        many("constraint", &CONSTRAINT_REF).stored_at("policy"),
        text("@type"),
    ],
);
static VALUE_V4: Entity = v4(
    "CharacteristicValueSpecification",
    &VALUE,
    &[
        text("valueType"),
        any("value"),
        one("validFor", &PERIOD_V4),
        text("@type"),
    ],
);
static CHAR_RELATION_V4: Entity = v4(
    "ProductSpecificationCharacteristicRelationship",
    &CHAR_RELATION,
    &[
        text("id").stored_at("parentSpecificationId"),
        text("href").stored_at("parentSpecificationHref"),
        text("name"),
        text("@type"),
    ],
);
static CHARACTERISTIC_V4: Entity = v4(
    "ProductSpecificationCharacteristic",
    &CHARACTERISTIC,
    &[
        text("id"),
        text("name"),
        text("@type"),
        many("productSpecCharRelationship", &CHAR_RELATION_V4).stored_at("charSpecRelationship"),
        many("productSpecCharacteristicValue", &VALUE_V4)
            .stored_at("characteristicValueSpecification"),
    ],
);
static CATALOG_V4: Entity = v4(
    "Catalog",
    &CATALOG,
    &[
        text("id").writable(false, false),
        text("href").writable(false, false),
        text("name"),
        text("lastUpdate").writable(true, false),
        many("category", &CATEGORY_REF_V4),
        many("relatedParty", &RELATED_V4),
        text("@type").writable(true, false),
    ],
);
static CATEGORY_V4: Entity = v4(
    "Category",
    &CATEGORY,
    &[
        text("name"),
        text("parentId").stored_at("parent.id"),
        many("subCategory", &CATEGORY_REF_V4),
        one("validFor", &PERIOD_V4),
        text("@type"),
    ],
);
static OFFERING_V4: Entity = v4(
    "ProductOffering",
    &OFFERING,
    &[
        text("name"),
        many("category", &CATEGORY_REF_V4),
        many("attachment", &ATTACHMENT_V4),
        many("productOfferingPrice", &PRICE_UNION_V4),
        text("@type"),
    ],
);
static SPECIFICATION_V4: Entity = v4(
    "ProductSpecification",
    &SPECIFICATION,
    &[
        text("name"),
        many("productSpecCharacteristic", &CHARACTERISTIC_V4),
        many("relatedParty", &RELATED_V4),
        one("targetProductSchema", &TARGET_V4),
        many("attachment", &ATTACHMENT_V4),
        text("@type"),
    ],
);

const fn resource(
    version: ApiVersion,
    path: &'static str,
    kind: &'static str,
    entity: &'static Entity,
) -> Resource {
    Resource {
        api: "TMF620",
        version,
        path,
        kind,
        entity,
        operations: &[],
        versioned: true,
        state: Some("lifecycleStatus"),
        created_stamp: None,
        updated_stamp: Some("lastUpdate"),
        indexes: &[],
        search: &[],
        loose: &[],
        events: &[],
    }
}

use ApiVersion::{V4, V5};

pub static CATALOG_R5: Resource = resource(V5, "productCatalog", "productCatalog", &CATALOG);
pub static CATEGORY_R5: Resource = resource(V5, "category", "category", &CATEGORY);
pub static OFFERING_R5: Resource = resource(V5, "productOffering", "productOffering", &OFFERING);
pub static PRICE_R5: Resource =
    resource(V5, "productOfferingPrice", "productOfferingPrice", &PRICE);
pub static SPECIFICATION_R5: Resource = resource(
    V5,
    "productSpecification",
    "productSpecification",
    &SPECIFICATION,
);

pub static CATALOG_R4: Resource = resource(V4, "catalog", "productCatalog", &CATALOG_V4);
pub static CATEGORY_R4: Resource = resource(V4, "category", "category", &CATEGORY_V4);
pub static OFFERING_R4: Resource = resource(V4, "productOffering", "productOffering", &OFFERING_V4);
pub static PRICE_R4: Resource = resource(
    V4,
    "productOfferingPrice",
    "productOfferingPrice",
    &PRICE_V4,
);
pub static SPECIFICATION_R4: Resource = resource(
    V4,
    "productSpecification",
    "productSpecification",
    &SPECIFICATION_V4,
);
/// Served by v4 only.
pub static OLD_R4: Resource = resource(V4, "old", "old", &CATEGORY_V4);

static HUB: Hub = Hub {
    entity: &MONEY,
    create: &MONEY,
    operations: &[],
    listener_status: 204,
};

const fn api(
    version: ApiVersion,
    base_paths: &'static [&'static str],
    resources: &'static [&'static Resource],
) -> Api {
    Api {
        id: "TMF620",
        version,
        edition: "1",
        title: "",
        about: "",
        base_paths,
        resources,
        entities: &[],
        enums: &[],
        hub: Hub {
            entity: HUB.entity,
            create: HUB.create,
            operations: &[],
            listener_status: 204,
        },
        listeners: &[],
    }
}

pub static API_V5: Api = api(
    V5,
    &["/tmf-api/productCatalogManagement/v5", "/alias/v5"],
    &[
        &CATALOG_R5,
        &CATEGORY_R5,
        &OFFERING_R5,
        &PRICE_R5,
        &SPECIFICATION_R5,
    ],
);
pub static API_V4: Api = api(
    V4,
    &["/tmf-api/productCatalogManagement/v4"],
    &[
        &CATALOG_R4,
        &CATEGORY_R4,
        &OFFERING_R4,
        &PRICE_R4,
        &SPECIFICATION_R4,
        &OLD_R4,
    ],
);
