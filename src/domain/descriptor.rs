//! What the server knows of an API: static tables written by the code generator from
//! `openapi/model/`. Routes, validation, filters, adapters, events and the OpenAPI documents all
//! read these same tables, so they cannot disagree.
//!
//! Every table is a `static`; entities refer to each other by address, cycles included.

use std::fmt;

/// The major version of an Open API, as it stands in the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ApiVersion {
    V4,
    V5,
}

impl ApiVersion {
    /// The path segment: `v4` or `v5`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ApiVersion::V4 => "v4",
            ApiVersion::V5 => "v5",
        }
    }

    /// What the documents append to an entity's name for the form a client sends on create.
    pub const fn create_suffix(self) -> &'static str {
        match self {
            ApiVersion::V4 => "_Create",
            ApiVersion::V5 => "_FVO",
        }
    }

    /// What the documents append to an entity's name for the form a client sends on patch.
    pub const fn patch_suffix(self) -> &'static str {
        match self {
            ApiVersion::V4 => "_Update",
            ApiVersion::V5 => "_MVO",
        }
    }

    /// Reads `v4` or `v5`.
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "v4" => Some(ApiVersion::V4),
            "v5" => Some(ApiVersion::V5),
            _ => None,
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One API in one version, for example TMF620 v5.
pub struct Api {
    /// TM Forum number, for example `TMF620`.
    pub id: &'static str,
    pub version: ApiVersion,
    /// The edition that the model was checked against, for example `5.0.0`.
    pub edition: &'static str,
    pub title: &'static str,
    /// What the API is for, in our own words (Markdown).
    pub about: &'static str,
    /// Path prefixes it is served under, without a trailing slash; the first one is used in
    /// `href` and `Location`.
    pub base_paths: &'static [&'static str],
    pub resources: &'static [&'static Resource],
    /// Every entity the document lists, events and their payloads included, sorted by name.
    pub entities: &'static [&'static Entity],
    pub enums: &'static [&'static Enum],
    pub hub: Hub,
    /// Event types a subscriber may be sent, in lower camel case, as the listener paths name them.
    pub listeners: &'static [Listener],
}

impl Api {
    /// The prefix for `href` and `Location`.
    pub fn base_path(&self) -> &'static str {
        self.base_paths.first().copied().unwrap_or("")
    }

    /// The entity of that name.
    pub fn entity(&self, name: &str) -> Option<&'static Entity> {
        self.entities.iter().copied().find(|e| e.name == name)
    }
}

/// The event subscription operations of an API (TMF630 part 1, hub).
pub struct Hub {
    /// What a subscription looks like when read.
    pub entity: &'static Entity,
    /// The entity a subscriber posts (differs from `entity` in v4).
    pub create: &'static Entity,
    pub operations: &'static [Operation],
    /// Status that the documents name for a listener's answer (201 in v4, 204 in v5); any 2xx is
    /// taken as received.
    pub listener_status: u16,
}

/// A callback path of the document, for documentation only: `POST /listener/{path}`.
pub struct Listener {
    /// Lower camel case, for example `productOfferingCreateEvent`.
    pub path: &'static str,
    pub entity: &'static Entity,
}

/// A resource in one API version.
pub struct Resource {
    pub api: &'static str,
    pub version: ApiVersion,
    /// Path segment in this version, and its key in event payloads: `catalog` in v4.
    pub path: &'static str,
    /// Kind in the store, the same for all versions (the newest name): `productCatalog`.
    pub kind: &'static str,
    pub entity: &'static Entity,
    /// Sorted: list, retrieve, create, patch, delete.
    pub operations: &'static [Operation],
    /// Several versions of one id may live at once (TMF630 part 4).
    pub versioned: bool,
    /// Attribute whose change is announced as a state change: `lifecycleStatus`, `state`, `status`.
    pub state: Option<&'static str>,
    /// Attribute the server stamps at creation, for example `creationDate`.
    pub created_stamp: Option<&'static str>,
    /// Attribute the server stamps at every write, for example `lastUpdate`.
    pub updated_stamp: Option<&'static str>,
    /// Attributes with an index in the store. Only the newest version (the stored form) lists them.
    pub indexes: &'static [Index],
    /// Dotted paths whose values text search finds the resource by. Only the newest version lists
    /// them.
    pub search: &'static [&'static str],
    /// Kinds that a document may refer to before, or without, their being here: such references are
    /// not checked when it is written. Only the newest version lists them.
    pub loose: &'static [&'static str],
    pub events: &'static [Event],
}

impl Resource {
    /// The operation of that verb, when this resource has it.
    pub fn operation(&self, verb: Verb) -> Option<&'static Operation> {
        self.operations.iter().find(|o| o.verb == verb)
    }

    /// The event type announced for a change, when this version has one. A version without a name
    /// for a particular change may have one for changes in general.
    pub fn event(&self, change: Change) -> Option<&'static Event> {
        let of = |change: Change| self.events.iter().find(|e| e.change == change);
        of(change).or_else(|| of(change.wider()?).or_else(|| of(change.wider()?.wider()?)))
    }

    /// True when documents are stored in the form of this version: it is the newest that has the
    /// resource.
    pub const fn is_stored_form(&self) -> bool {
        self.entity.canonical.is_none()
    }
}

/// Media types of a patch that are taken in every version, plain JSON first; v4 declares that one
/// only.
pub const PATCH_MEDIA: [&str; 4] = [
    "application/json",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/json-patch-query+json",
];

/// What a client asks of a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    List,
    Retrieve,
    Create,
    Patch,
    Delete,
}

/// One method on one path.
pub struct Operation {
    pub verb: Verb,
    /// Name in the OpenAPI document, for example `listProductOffering`.
    pub id: &'static str,
    pub summary: &'static str,
    /// Query parameters the standard declares, for example `fields`.
    pub query: &'static [&'static str],
    /// Media types of the request body, the first one preferred; empty without a body.
    pub media: &'static [&'static str],
    pub ok: &'static [Success],
    /// Declared error statuses: `400`, `404`, ... or `default`.
    pub errors: &'static [&'static str],
}

/// A success answer.
pub struct Success {
    pub status: u16,
    pub body: Answer,
}

/// The body of a success answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Empty,
    One,
    Many,
}

/// An attribute that the store indexes.
pub struct Index {
    /// Dotted path in the stored form, arrays passed through: `category.id`.
    pub path: &'static str,
    /// How values compare.
    pub scalar: Scalar,
    /// Counted per value, so that a list filtered by it alone knows its total at once. For few values.
    pub tallied: bool,
    /// Kinds of resources that the indexed id may point at, when the attribute is a reference to ours.
    /// With several kinds, `@referredType` of the reference tells which one it is.
    pub targets: &'static [&'static str],
}

/// A change worth an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Change {
    Create,
    AttributeValueChange,
    StateChange,
    Delete,
    Batch,
    /// Something is needed of the client before the work can go on.
    InformationRequired,
    /// An error that the client should know of was added.
    ErrorMessage,
    /// What was promised is in danger.
    JeopardyAlert,
    /// A step that matters to the client was taken or missed.
    Milestone,
    /// What was promised is in danger, as service orders call it.
    Jeopardy,
    /// Something began to run, or ceased to, which is not a state of its life cycle.
    OperatingStatusChange,
    /// It was given up before it was done, which some APIs announce instead of the change of state.
    Cancel,
    /// It could not be done, which some APIs announce instead of the change of state.
    Failure,
    /// Its state changed, as APIs say it that call the state a status.
    StatusChange,
    /// It was settled, which is a change of its status too.
    Resolved,
    /// Anything changed. For APIs that do not tell changes of the state from others.
    Change,
}

impl Change {
    const ALL: [Change; 16] = [
        Change::Create,
        Change::AttributeValueChange,
        Change::StateChange,
        Change::Delete,
        Change::Batch,
        Change::InformationRequired,
        Change::ErrorMessage,
        Change::JeopardyAlert,
        Change::Milestone,
        Change::Jeopardy,
        Change::OperatingStatusChange,
        Change::Cancel,
        Change::Failure,
        Change::StatusChange,
        Change::Resolved,
        Change::Change,
    ];

    /// The name that the event log keeps.
    pub const fn as_str(self) -> &'static str {
        match self {
            Change::Create => "create",
            Change::AttributeValueChange => "attributeValueChange",
            Change::StateChange => "stateChange",
            Change::Delete => "delete",
            Change::Batch => "batch",
            Change::InformationRequired => "informationRequired",
            Change::ErrorMessage => "errorMessage",
            Change::JeopardyAlert => "jeopardyAlert",
            Change::Milestone => "milestone",
            Change::Jeopardy => "jeopardy",
            Change::OperatingStatusChange => "operatingStatusChange",
            Change::Cancel => "cancel",
            Change::Failure => "failure",
            Change::StatusChange => "statusChange",
            Change::Resolved => "resolved",
            Change::Change => "change",
        }
    }

    /// The attribute that the change is about, for changes of one attribute that is not the state.
    pub const fn attribute(self) -> Option<&'static str> {
        match self {
            Change::OperatingStatusChange => Some("operatingStatus"),
            _ => None,
        }
    }

    /// The change that a move into a state is, where an API announces it by a name of its own.
    pub fn into_state(state: &str) -> Option<Change> {
        match state {
            "cancelled" => Some(Change::Cancel),
            "failed" => Some(Change::Failure),
            _ => None,
        }
    }

    /// What an API version calls the change that has no name for it.
    const fn wider(self) -> Option<Change> {
        match self {
            Change::OperatingStatusChange => Some(Change::AttributeValueChange),
            Change::StateChange => Some(Change::StatusChange),
            Change::AttributeValueChange | Change::StatusChange => Some(Change::Change),
            _ => None,
        }
    }

    /// Reads a name written by [`Change::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.as_str() == text)
    }
}

/// How a change is announced in one API version.
pub struct Event {
    pub change: Change,
    /// For example `ProductOfferingCreateEvent`.
    pub event_type: &'static str,
}

/// A closed set of values.
pub struct Enum {
    /// Empty when the values stand inline at the attribute.
    pub name: &'static str,
    pub about: &'static str,
    pub values: &'static [&'static str],
    /// Values that the stored form spells differently: the value here, the stored value.
    pub stored: &'static [(&'static str, &'static str)],
    /// The standard does not have it.
    pub extension: bool,
}

impl Enum {
    /// The other spelling of a value: the stored one of a value here, and the one here of a stored
    /// value. The two are exchanged, so that going there and back is the identity for any text.
    pub fn exchanged(&self, value: &str) -> Option<&'static str> {
        self.stored.iter().find_map(|(here, there)| match value {
            _ if value == *here => Some(*there),
            _ if value == *there => Some(*here),
            _ => None,
        })
    }
}

/// An entity: a resource, a part of one, a reference, an event.
pub struct Entity {
    pub name: &'static str,
    /// Our own description.
    pub about: &'static str,
    /// Direct parents, for documentation; `attributes` is already complete.
    pub extends: &'static [&'static str],
    /// All attributes, inherited ones first.
    pub attributes: &'static [Attribute],
    /// Concrete entities that `@type` may name here, itself included; empty when it is not polymorphic.
    pub subtypes: &'static [&'static Entity],
    /// Names of those subtypes that the standard's own discriminator forgets: accepted and
    /// validated like the others, but not in the published mapping.
    pub unmapped_subtypes: &'static [&'static str],
    /// True for a pure union (`oneOf`) that has no attributes of its own.
    pub union: bool,
    /// `@type` values are expected on its objects (false for plain value types such as Money and for v4).
    pub typed: bool,
    /// The stored form's entity for the same thing; v4 entities name the v5 one.
    pub canonical: Option<&'static Entity>,
    /// An array type (JSON Patch documents): the items.
    pub array_of: Option<&'static Entity>,
    /// The writable forms exist as entities of their own in the document (`_FVO`/`_Create`).
    pub has_create_form: bool,
    pub has_patch_form: bool,
    /// The standard does not have it.
    pub extension: bool,
}

impl Entity {
    /// A plain entity; the generated tables override what differs.
    pub const fn new(
        name: &'static str,
        about: &'static str,
        attributes: &'static [Attribute],
    ) -> Self {
        Entity {
            name,
            about,
            extends: &[],
            attributes,
            subtypes: &[],
            unmapped_subtypes: &[],
            union: false,
            typed: false,
            canonical: None,
            array_of: None,
            has_create_form: false,
            has_patch_form: false,
            extension: false,
        }
    }

    /// The attribute of that name.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// The subtype that `@type` names, or this entity.
    pub fn concrete(&'static self, type_name: Option<&str>) -> &'static Entity {
        let Some(name) = type_name else { return self };
        self.subtypes
            .iter()
            .copied()
            .find(|e| e.name == name)
            .unwrap_or(self)
    }
}

/// An attribute of an entity.
#[derive(Clone, Copy)]
pub struct Attribute {
    pub name: &'static str,
    /// Our own description; empty where the name says it all.
    pub about: &'static str,
    pub kind: Kind,
    pub many: bool,
    /// Always present when read.
    pub required: bool,
    /// Must be sent on create / patch (where its object is sent at all).
    pub required_on_create: bool,
    pub required_on_patch: bool,
    /// May be sent by a client on create / patch.
    pub settable: bool,
    pub patchable: bool,
    /// The document requires it of clients, but the server supplies it when they leave it out.
    pub server_supplied: bool,
    /// The document lets clients send it, but the server alone decides its value: what a client
    /// sends is dropped (`status` and `errorLog` of a job).
    pub server_owned: bool,
    /// JSON text of the default value.
    pub default: Option<&'static str>,
    /// Where it stands in the stored form, relative to its object: `policy`, `partyOrPartyRole.id`.
    /// `None` when it is the same name. `.` when what it holds stands in the object itself there.
    pub canonical: Option<&'static str>,
    /// Personal data: left out of events unless a subscriber names it ([`super::personal`]).
    pub personal: bool,
    /// The standard does not have it; the documents say so.
    pub extension: bool,
}

impl Attribute {
    /// An optional single attribute that clients may set and change. The methods below make the
    /// variations; they are `const` so that the generated tables are plain statics.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Attribute {
            name,
            about,
            kind,
            many: false,
            required: false,
            required_on_create: false,
            required_on_patch: false,
            settable: true,
            patchable: true,
            server_supplied: false,
            server_owned: false,
            default: None,
            canonical: None,
            personal: false,
            extension: false,
        }
    }

    /// An array of the kind.
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// Required when read, on create, on patch.
    pub const fn required(mut self, read: bool, create: bool, patch: bool) -> Self {
        self.required = read;
        self.required_on_create = create;
        self.required_on_patch = patch;
        self
    }

    /// Whether clients may send it on create and on patch.
    pub const fn writable(mut self, settable: bool, patchable: bool) -> Self {
        self.settable = settable;
        self.patchable = patchable;
        self
    }

    /// Supplied by the server when a client leaves it out.
    pub const fn supplied(mut self) -> Self {
        self.server_supplied = true;
        self
    }

    /// Decided by the server alone.
    pub const fn owned(mut self) -> Self {
        self.server_owned = true;
        self
    }

    /// With a default value, as JSON text.
    pub const fn or(mut self, json: &'static str) -> Self {
        self.default = Some(json);
        self
    }

    /// True when what it holds stands in the object itself in the stored form: v4's
    /// `characteristic` of a contact medium.
    pub fn is_lifted(&self) -> bool {
        self.canonical == Some(".")
    }

    /// Found elsewhere in the stored form.
    pub const fn stored_at(mut self, path: &'static str) -> Self {
        self.canonical = Some(path);
        self
    }

    /// Personal data.
    pub const fn personal(mut self) -> Self {
        self.personal = true;
        self
    }

    /// Not in the standard.
    pub const fn extension(mut self) -> Self {
        self.extension = true;
        self
    }
}

/// The type of an attribute.
#[derive(Clone, Copy)]
pub enum Kind {
    Scalar(Scalar),
    Enum(&'static Enum),
    Entity(&'static Entity),
    /// Any JSON value.
    Any,
    /// Any JSON object.
    Object,
    /// A JSON object whose keys are the client's (`additionalProperties` in the documents).
    Map,
}

/// Scalar types and how they compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    String,
    DateTime,
    Date,
    Uri,
    Base64,
    Integer,
    /// An integer that the documents declare as `int32`.
    Int32,
    /// Exact decimal that the documents declare as `number`.
    Number,
    /// Exact decimal that the documents declare as `number(float)`: money and rates.
    Float,
    Boolean,
}

impl Scalar {
    /// Compares as a number: integers and exact decimals alike.
    pub const fn is_numeric(self) -> bool {
        matches!(
            self,
            Scalar::Integer | Scalar::Int32 | Scalar::Number | Scalar::Float
        )
    }
}
