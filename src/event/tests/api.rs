//! A small API in two versions: a catalog that changed its name, and an offering.

use crate::domain::descriptor::{
    Api, ApiVersion, Attribute, Change, Entity, Event, Hub, Kind, Listener, Resource, Scalar,
};

const TEXT: Kind = Kind::Scalar(Scalar::String);

const fn text(name: &'static str) -> Attribute {
    Attribute::new(name, TEXT, "")
}

static RESOURCE: &[Attribute] = &[
    text("id"),
    text("href"),
    text("name"),
    text("lifecycleStatus"),
    text("version"),
    text("@type"),
];
static RESOURCE_V4: &[Attribute] = &[
    text("id"),
    text("href"),
    text("title").stored_at("name"),
    text("lifecycleStatus"),
    text("version"),
    text("@type"),
];
static OFFERING: Entity = Entity::new("ProductOffering", "", RESOURCE);
static CATALOG: Entity = Entity::new("ProductCatalog", "", RESOURCE);
static CATALOG_V4: Entity = Entity::new("Catalog", "", RESOURCE_V4);

macro_rules! v4_event {
    ($payload:expr $(, $more:expr)*) => {
        &[
            text("eventId"),
            text("eventTime"),
            text("eventType"),
            text("correlationId"),
            text("domain"),
            text("title"),
            text("description"),
            text("priority"),
            text("timeOcurred"),
            $($more,)*
            Attribute::new("event", Kind::Entity($payload), ""),
        ]
    };
}
macro_rules! v5_event {
    ($payload:expr) => {
        &[
            text("@type"),
            text("@baseType"),
            text("eventId"),
            text("eventTime"),
            text("eventType"),
            text("domain"),
            text("title"),
            text("description"),
            text("timeOccurred"),
            Attribute::new("event", Kind::Entity($payload), ""),
        ]
    };
}

static CATALOG_V4_PAYLOAD: Entity = Entity::new(
    "CatalogPayload",
    "",
    &[Attribute::new("catalog", Kind::Entity(&CATALOG_V4), "")],
);
static OFFERING_PAYLOAD: Entity = Entity::new(
    "ProductOfferingPayload",
    "",
    &[Attribute::new(
        "productOffering",
        Kind::Entity(&OFFERING),
        "",
    )],
);
static CATALOG_PAYLOAD: Entity = Entity::new(
    "ProductCatalogPayload",
    "",
    &[Attribute::new("productCatalog", Kind::Entity(&CATALOG), "")],
);
static CATALOG_CREATE_V4: Entity =
    Entity::new("CatalogCreateEvent", "", v4_event!(&CATALOG_V4_PAYLOAD));
static CATALOG_CHANGE_V4: Entity = Entity::new(
    "CatalogAttributeValueChangeEvent",
    "",
    v4_event!(&CATALOG_V4_PAYLOAD, text("fieldPath")),
);
/// With the resource under the name that TMF666 v4 has for it.
static CATALOG_DELETE_V4: Entity = Entity::new(
    "CatalogDeleteEvent",
    "",
    &[
        text("eventId"),
        text("eventTime"),
        text("eventType"),
        Attribute::new("payload", Kind::Entity(&CATALOG_V4_PAYLOAD), ""),
    ],
);
static CATALOG_CREATE: Entity =
    Entity::new("ProductCatalogCreateEvent", "", v5_event!(&CATALOG_PAYLOAD));
static CATALOG_CHANGE: Entity = Entity::new(
    "ProductCatalogAttributeValueChangeEvent",
    "",
    v5_event!(&CATALOG_PAYLOAD),
);
static CATALOG_DELETE: Entity =
    Entity::new("ProductCatalogDeleteEvent", "", v5_event!(&CATALOG_PAYLOAD));
static OFFERING_CREATE: Entity = Entity::new(
    "ProductOfferingCreateEvent",
    "",
    v5_event!(&OFFERING_PAYLOAD),
);
static OFFERING_STATE: Entity = Entity::new(
    "ProductOfferingStateChangeEvent",
    "",
    v5_event!(&OFFERING_PAYLOAD),
);

const fn resource(
    version: ApiVersion,
    path: &'static str,
    kind: &'static str,
    entity: &'static Entity,
    events: &'static [Event],
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
        updated_stamp: None,
        indexes: &[],
        search: &[],
        loose: &[],
        events,
    }
}

const fn event(change: Change, event_type: &'static str) -> Event {
    Event { change, event_type }
}

static CATALOG_RESOURCE_V4: Resource = resource(
    ApiVersion::V4,
    "catalog",
    "productCatalog",
    &CATALOG_V4,
    &[
        event(Change::Create, "CatalogCreateEvent"),
        event(
            Change::AttributeValueChange,
            "CatalogAttributeValueChangeEvent",
        ),
        event(Change::Delete, "CatalogDeleteEvent"),
    ],
);
static CATALOG_RESOURCE: Resource = resource(
    ApiVersion::V5,
    "productCatalog",
    "productCatalog",
    &CATALOG,
    &[
        event(Change::Create, "ProductCatalogCreateEvent"),
        event(
            Change::AttributeValueChange,
            "ProductCatalogAttributeValueChangeEvent",
        ),
        event(Change::Delete, "ProductCatalogDeleteEvent"),
    ],
);
static OFFERING_RESOURCE: Resource = resource(
    ApiVersion::V5,
    "productOffering",
    "productOffering",
    &OFFERING,
    &[
        event(Change::Create, "ProductOfferingCreateEvent"),
        event(Change::StateChange, "ProductOfferingStateChangeEvent"),
    ],
);

static HUB_V4: Entity = Entity::new(
    "EventSubscription",
    "",
    &[text("id"), text("callback"), text("query")],
);
static HUB_CREATE_V4: Entity = Entity::new(
    "EventSubscriptionInput",
    "",
    &[text("callback").required(true, true, false), text("query")],
);
static HUB_V5: Entity = Entity::new(
    "Hub",
    "",
    &[
        text("@type").required(true, true, false),
        text("href"),
        text("id"),
        text("callback").required(true, true, false),
        text("query"),
    ],
);

pub static V4: Api = Api {
    id: "TMF620",
    version: ApiVersion::V4,
    edition: "4.1.0",
    title: "Product Catalog Management",
    about: "",
    base_paths: &["/tmf-api/productCatalogManagement/v4"],
    resources: &[&CATALOG_RESOURCE_V4],
    entities: &[&CATALOG_CREATE_V4, &CATALOG_CHANGE_V4, &CATALOG_DELETE_V4],
    enums: &[],
    hub: Hub {
        entity: &HUB_V4,
        create: &HUB_CREATE_V4,
        operations: &[],
        listener_status: 201,
    },
    listeners: &[
        Listener {
            path: "catalogCreateEvent",
            entity: &CATALOG_CREATE_V4,
        },
        Listener {
            path: "catalogAttributeValueChangeEvent",
            entity: &CATALOG_CHANGE_V4,
        },
    ],
};

pub static V5: Api = Api {
    id: "TMF620",
    version: ApiVersion::V5,
    edition: "5.0.0",
    title: "Product Catalog Management",
    about: "",
    base_paths: &["/tmf-api/productCatalogManagement/v5"],
    resources: &[&CATALOG_RESOURCE, &OFFERING_RESOURCE],
    entities: &[
        &CATALOG_CREATE,
        &CATALOG_CHANGE,
        &CATALOG_DELETE,
        &OFFERING_CREATE,
        &OFFERING_STATE,
    ],
    enums: &[],
    hub: Hub {
        entity: &HUB_V5,
        create: &HUB_V5,
        operations: &[],
        listener_status: 204,
    },
    listeners: &[
        Listener {
            path: "productCatalogCreateEvent",
            entity: &CATALOG_CREATE,
        },
        Listener {
            path: "productOfferingCreateEvent",
            entity: &OFFERING_CREATE,
        },
        Listener {
            path: "productOfferingStateChangeEvent",
            entity: &OFFERING_STATE,
        },
    ],
};

pub static APIS: &[&Api] = &[&V4, &V5];
