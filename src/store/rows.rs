//! Rows as they stand in the tables, the same types for both databases.

use std::fmt;

use diesel::prelude::*;

use super::schema;
use super::session::IdKey;
use crate::domain::ids;

/// `Debug` of rows that hold what clients sent: the key alone, so that personal data cannot get into
/// a log or a panic by way of a row.
macro_rules! debug_by_key {
    ($($row:ident: $($field:ident),+;)+) => {
        $(impl fmt::Debug for $row {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($row))
                    $(.field(stringify!($field), &self.$field))+
                    .finish_non_exhaustive()
            }
        })+
    };
}

debug_by_key! {
    ResourceRow: seq, tenant, kind, id, version, revision, current;
    Head: seq, kind, id, version, current;
    RevisionRow: tenant, kind, id, version, revision;
    IdempotencyRow: tenant, principal, key;
}

/// A stored resource. `doc` is the stored form without `id` and `href`.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::resource, treat_none_as_default_value = false)]
pub struct ResourceRow {
    pub seq: i64,
    pub tenant: i64,
    pub kind: String,
    pub id: String,
    /// Empty for kinds without versions.
    pub version: String,
    /// Counts the writes, from 1.
    pub revision: i64,
    /// The version that an id without a version means.
    pub current: bool,
    pub label: Option<String>,
    pub state: Option<String>,
    /// Microseconds since 1970.
    pub created_at: i64,
    pub updated_at: i64,
    pub doc: String,
}

impl ResourceRow {
    /// The entity tag of this revision: unique even when an id is deleted and created again.
    pub fn etag(&self) -> String {
        format!("\"{:x}-{}\"", self.created_at, self.revision)
    }
}

/// A resource without its document: enough to check and refresh a reference to it.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, QueryableByName)]
#[diesel(table_name = schema::resource)]
pub struct Head {
    pub seq: i64,
    pub kind: String,
    pub id: String,
    pub version: String,
    pub current: bool,
    pub label: Option<String>,
    pub state: Option<String>,
}

impl From<&ResourceRow> for Head {
    fn from(row: &ResourceRow) -> Self {
        Head {
            seq: row.seq,
            kind: row.kind.clone(),
            id: row.id.clone(),
            version: row.version.clone(),
            current: row.current,
            label: row.label.clone(),
            state: row.state.clone(),
        }
    }
}

/// One value of one indexed attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Insertable)]
#[diesel(table_name = schema::resource_index)]
pub struct IndexRow {
    pub tenant: i64,
    pub attribute: i64,
    pub current: bool,
    pub value: String,
    pub seq: i64,
}

/// The words that text search finds a resource by, separated by spaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WordsRow {
    pub seq: i64,
    pub words: String,
}

/// A change of a count.
#[derive(Clone, Debug, PartialEq, Eq, Insertable)]
#[diesel(table_name = schema::tally)]
pub struct TallyRow {
    pub tenant: i64,
    pub kind: String,
    pub attribute: i64,
    pub value: String,
    pub n: i64,
}

/// What a document was before a later write.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::past)]
pub struct RevisionRow {
    pub tenant: i64,
    pub kind: String,
    pub id: String,
    pub version: String,
    pub revision: i64,
    pub ended_at: i64,
    pub doc: String,
}

/// An event of the outbox; the document is found by its revision.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable, QueryableByName)]
#[diesel(table_name = schema::event, treat_none_as_default_value = false)]
pub struct EventRow {
    pub at: i64,
    pub seq: i64,
    pub tenant: i64,
    pub principal: String,
    pub event_id: String,
    /// [`crate::domain::descriptor::Change`] as text.
    pub change: String,
    pub kind: String,
    pub id: String,
    pub version: String,
    pub revision: i64,
    /// Attributes that differ, comma separated.
    pub changed: Option<String>,
}

/// An event not yet handed to the subscribers' queues.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::event_pending)]
pub struct PendingRow {
    pub seq: i64,
    pub at: i64,
    pub tenant: i64,
}

/// A subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::subscription, treat_none_as_default_value = false)]
pub struct SubscriptionRow {
    pub id: String,
    pub tenant: i64,
    pub principal: String,
    pub api: String,
    pub api_version: String,
    pub callback: String,
    pub query: Option<String>,
    pub created_at: i64,
    /// Failed deliveries in a row.
    pub failures: i64,
    /// Nothing is sent before this instant.
    pub retry_at: i64,
    pub lease_owner: Option<String>,
    pub lease_until: i64,
}

/// One event for one subscriber.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::delivery, treat_none_as_default_value = false)]
pub struct DeliveryRow {
    pub tenant: i64,
    pub subscription: String,
    pub event_seq: i64,
    pub event_at: i64,
    /// `kind/id`: order is kept within.
    pub lane: String,
    pub attempts: i64,
    pub due_at: i64,
    /// Given up, kept for replay.
    pub dead: bool,
    pub last_error: Option<String>,
}

/// Durable work.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::job, treat_none_as_default_value = false)]
pub struct JobRow {
    pub id: String,
    pub tenant: i64,
    pub principal: String,
    /// What to do: `import`, `export`, `versionSwitch`.
    pub task: String,
    pub subject_kind: String,
    pub subject_id: String,
    /// JSON the worker was given.
    pub payload: String,
    /// JSON the worker keeps, to go on where it was.
    pub progress: String,
    /// `waiting`, `done` or `failed`.
    pub state: String,
    pub run_at: i64,
    pub attempts: i64,
    pub lease_owner: Option<String>,
    pub lease_until: i64,
    pub created_at: i64,
    pub last_error: Option<String>,
}

impl JobRow {
    /// A job about a resource, to be done at once. Whoever makes it adds what differs.
    pub fn new(task: &str, subject: IdKey, principal: &str, now: i64) -> Self {
        JobRow {
            id: ids::new_id(),
            tenant: subject.tenant,
            principal: principal.to_owned(),
            task: task.to_owned(),
            subject_kind: subject.kind,
            subject_id: subject.id,
            payload: "{}".to_owned(),
            progress: "{}".to_owned(),
            state: "waiting".to_owned(),
            run_at: now,
            attempts: 0,
            lease_owner: None,
            lease_until: 0,
            created_at: now,
            last_error: None,
        }
    }
}

/// The answer to a request that carried an Idempotency-Key.
#[derive(Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::idempotency)]
pub struct IdempotencyRow {
    pub tenant: i64,
    pub principal: String,
    pub key: String,
    pub fingerprint: String,
    /// JSON of what was answered.
    pub answer: String,
    pub created_at: i64,
}

/// A balance of an account.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
#[diesel(table_name = schema::balance)]
pub struct BalanceRow {
    pub tenant: i64,
    /// Kind of the account.
    pub kind: String,
    pub account: String,
    pub balance_type: String,
    pub currency: String,
    /// [`crate::domain::money::Amount`], in millionths.
    pub amount: i64,
    /// Microseconds since 1970; open when absent.
    pub valid_from: Option<i64>,
    pub valid_to: Option<i64>,
    pub updated_at: i64,
}

/// An order under way.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::order_run)]
pub struct RunRow {
    pub tenant: i64,
    pub order_id: String,
    /// Counts the writes; a write applies only to the revision before it.
    pub revision: i64,
    /// `open` or `done`.
    pub state: String,
    /// From 0, which goes first, to [`PRIORITY_LOWEST`](super::PRIORITY_LOWEST).
    pub priority: i64,
    /// When something is due, in microseconds since 1970.
    pub wake_at: Option<i64>,
    pub created_at: i64,
    pub updated_at: i64,
    /// JSON of what is to be done; empty until there is a plan.
    pub work: String,
    /// JSON of how far it is.
    pub progress: String,
}

/// Something that an order has yet to be told.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::order_input)]
pub struct OrderInputRow {
    pub tenant: i64,
    pub order_id: String,
    /// Sorts by time.
    pub id: String,
    pub at: i64,
    /// JSON.
    pub input: String,
}

/// Something that happened to an order.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::order_log)]
pub struct OrderLogRow {
    pub tenant: i64,
    pub order_id: String,
    /// Sorts by time.
    pub id: String,
    pub at: i64,
    /// JSON.
    pub entry: String,
}

/// An order that changes a product, or waits to.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = schema::product_claim)]
pub struct ClaimRow {
    pub tenant: i64,
    pub product: String,
    pub order_id: String,
    pub at: i64,
}

/// A version of a document that prices refer to, without its content.
#[derive(Clone, Debug, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = schema::rating_document)]
pub struct DocumentHead {
    pub tenant: i64,
    /// `tariffTable`, `calendar` or `taxTable`.
    pub kind: String,
    pub id: String,
    /// Counts the versions of an id.
    pub number: i64,
    /// What clients call it.
    pub version: String,
    /// The version that prices mean; of an id that was deleted there is none.
    pub current: bool,
    /// Of everything that matters to prices.
    pub hash: String,
    /// JSON of the document without its rows.
    pub head: String,
    /// How many rows there are.
    pub records: i64,
    pub loaded_at: i64,
}

/// How often what prices are compiled from has changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = schema::rating_book)]
pub struct BookRow {
    pub tenant: i64,
    /// Changes of documents, and of the names in usage specifications.
    pub library: i64,
    /// Changes of prices.
    pub catalog: i64,
}
