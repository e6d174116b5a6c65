//! One database connection as the rest of the store sees it. The body is written once
//! (`queries/`) and compiled for both databases.

use super::error::DbResult;
use super::plan::Plan;
use super::rates::Rates;
use super::rows::{
    BalanceRow, BookRow, ClaimRow, DeliveryRow, DocumentHead, EventRow, Head, IdempotencyRow,
    IndexRow, JobRow, OrderInputRow, OrderLogRow, PendingRow, ResourceRow, RevisionRow, RunRow,
    SubscriptionRow, TallyRow, WordsRow,
};
use super::usage::Usages;

/// An id of one kind, all versions.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdKey {
    pub tenant: i64,
    pub kind: String,
    pub id: String,
}

impl IdKey {
    pub fn new(tenant: i64, kind: &str, id: &str) -> Self {
        IdKey {
            tenant,
            kind: kind.to_owned(),
            id: id.to_owned(),
        }
    }
}

/// A new state of a resource row; applies only to the revision before it.
#[derive(Clone, Debug)]
pub struct UpdateRow {
    pub row: ResourceRow,
    pub expected_revision: i64,
}

/// How new a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, diesel::QueryableByName)]
pub struct Stamp {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub seq: i64,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    pub revision: i64,
}

/// A row to delete; applies only to that revision.
#[derive(Clone, Debug)]
pub struct DeleteRow {
    pub seq: i64,
    pub revision: i64,
}

/// How a row is held until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Nobody changes or deletes it; others may hold it so too.
    Shared,
    /// Nobody else holds it at all.
    Alone,
}

/// One balance of one account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BalanceKey {
    pub tenant: i64,
    /// Kind of the account.
    pub kind: String,
    pub account: String,
    pub balance_type: String,
    pub currency: String,
}

/// What is added to a balance.
#[derive(Clone, Debug)]
pub struct Addition {
    pub key: BalanceKey,
    /// Millionths; wide enough for the sum of many, which must fit 64 bits in the end.
    pub amount: i128,
    /// When the balance holds, where that is new.
    pub valid_from: Option<i64>,
    pub valid_to: Option<i64>,
    pub at: i64,
}

/// Words of which one must be there.
pub type AnyOf = Vec<Word>;

/// A word that is looked for: letters and digits only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    pub text: String,
    /// Longer words that begin so count too.
    pub prefix: bool,
}

/// The lowest priority of an order's run; 0 is the highest.
pub const PRIORITY_LOWEST: i64 = 4;

/// An order that is to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Due {
    pub tenant: i64,
    pub order: String,
}

/// The next state of a run.
#[derive(Clone, Debug)]
pub struct RunMove {
    /// With the revision counted up.
    pub row: RunRow,
    /// Whether what is to be done has changed as well.
    pub with_work: bool,
}

/// What a number is taken for, and from where.
#[derive(Clone, Copy, Debug)]
pub struct NumberUse<'a> {
    pub tenant: i64,
    pub pool: &'a str,
    pub order: &'a str,
    pub node: &'a str,
}

/// A change of what prices are compiled from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BookEntry {
    /// Of a document or the names of a usage specification.
    Library,
    /// Of a price. It was compiled with the library that had changed so often, where it had to be.
    Price { seen: Option<i64> },
}

/// Rows to insert together.
#[derive(Debug, Default)]
pub struct NewRows {
    pub resources: Vec<ResourceRow>,
    pub index: Vec<IndexRow>,
    pub events: Vec<EventRow>,
    pub pending: Vec<PendingRow>,
    pub tallies: Vec<TallyRow>,
    pub words: Vec<WordsRow>,
}

impl NewRows {
    /// Whether there is nothing to insert.
    pub fn is_empty(&self) -> bool {
        self.resources.is_empty()
            && self.index.is_empty()
            && self.events.is_empty()
            && self.pending.is_empty()
            && self.tallies.is_empty()
            && self.words.is_empty()
    }
}

/// How many rows there are of what a database must not grow without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Backlog {
    pub pending_events: i64,
    pub deliveries: i64,
    pub dead_deliveries: i64,
    pub waiting_jobs: i64,
}

/// Rows a retention run removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Removed {
    pub events: usize,
    pub revisions: usize,
    pub answers: usize,
    /// Events nobody handed on in time.
    pub pending: usize,
    /// Deliveries, dead or open, of events that went.
    pub deliveries: usize,
    /// Finished jobs.
    pub jobs: usize,
}

impl Removed {
    /// The largest of the numbers: below the limit of a run, nothing is left to remove.
    pub fn most(&self) -> usize {
        [
            self.events,
            self.revisions,
            self.answers,
            self.pending,
            self.deliveries,
            self.jobs,
        ]
        .into_iter()
        .max()
        .unwrap_or_default()
    }

    /// Adds what another run removed.
    pub fn add(&mut self, other: Removed) {
        self.events += other.events;
        self.revisions += other.revisions;
        self.answers += other.answers;
        self.pending += other.pending;
        self.deliveries += other.deliveries;
        self.jobs += other.jobs;
    }
}

/// The operations of a connection. Reads see what the transaction under way has written.
pub trait Session: Usages + Rates + Send {
    fn begin_write(&mut self) -> DbResult<()>;
    /// All reads until the end of the transaction see the same state. It writes nothing.
    fn begin_read(&mut self) -> DbResult<()>;
    fn commit(&mut self) -> DbResult<()>;
    fn rollback(&mut self) -> DbResult<()>;
    fn savepoint(&mut self) -> DbResult<()>;
    fn release_savepoint(&mut self) -> DbResult<()>;
    fn rollback_to_savepoint(&mut self) -> DbResult<()>;
    /// Holds a named lock until the transaction ends, against other processes too.
    fn lock(&mut self, name: &str) -> DbResult<()>;
    /// The first of `n` unused sequence numbers that follow each other.
    fn allocate(&mut self, n: usize) -> DbResult<Vec<i64>>;

    // Resources.
    fn versions(&mut self, key: &IdKey) -> DbResult<Vec<ResourceRow>>;
    /// All versions of several ids of a kind.
    fn versions_of(
        &mut self,
        tenant: i64,
        kind: &str,
        ids: &[String],
    ) -> DbResult<Vec<ResourceRow>>;
    /// The revisions of those rows that are the current versions of their ids.
    fn current_revisions(&mut self, seqs: &[i64]) -> DbResult<Vec<Stamp>>;
    /// Heads of all versions of the ids, locked against deletion until the transaction ends.
    fn heads(&mut self, tenant: i64, kind: &str, ids: &[&str]) -> DbResult<Vec<Head>>;
    /// [`Session::heads`] without the lock, for who only looks.
    fn peek(&mut self, tenant: i64, kind: &str, ids: &[String]) -> DbResult<Vec<Head>>;
    /// Resources of all tenants and kinds in the order of their creation, behind a row.
    fn resources_behind(&mut self, seq: i64, limit: i64) -> DbResult<Vec<ResourceRow>>;
    /// All versions of an id as they are once nobody is in the way, held until the transaction
    /// ends.
    fn hold(&mut self, key: &IdKey, hold: Hold) -> DbResult<Vec<ResourceRow>>;
    /// Heads of resources with the value in one of the attributes, in order of `seq`, after one.
    fn heads_by_index(
        &mut self,
        tenant: i64,
        attributes: &[i64],
        value: &str,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<Head>>;
    /// Takes resources out of text search.
    fn delete_words(&mut self, seqs: &[i64]) -> DbResult<()>;
    /// Resources that have all the words, the newest first where the database can tell.
    fn find_words(&mut self, tenant: i64, words: &[AnyOf], limit: i64) -> DbResult<Vec<Head>>;
    /// Current resources with one of the values in one of the attributes, in order of creation.
    fn rows_by_index(
        &mut self,
        tenant: i64,
        attributes: &[i64],
        values: &[String],
        limit: i64,
    ) -> DbResult<Vec<ResourceRow>>;
    fn list(&mut self, plan: &Plan) -> DbResult<Vec<ResourceRow>>;
    fn count(&mut self, plan: &Plan) -> DbResult<i64>;
    fn rows_by_seq(&mut self, seqs: &[i64]) -> DbResult<Vec<ResourceRow>>;
    fn document_at(
        &mut self,
        key: &IdKey,
        version: &str,
        revision: i64,
    ) -> DbResult<Option<String>>;
    fn update_resources(&mut self, rows: &[UpdateRow]) -> DbResult<()>;
    fn delete_resources(&mut self, rows: &[DeleteRow]) -> DbResult<()>;
    /// Inserts rows of several tables, where the database allows it in one round trip.
    fn insert(&mut self, rows: &NewRows) -> DbResult<()>;
    fn delete_index(&mut self, rows: &[IndexRow]) -> DbResult<()>;
    fn insert_revisions(&mut self, rows: &[RevisionRow]) -> DbResult<()>;

    // Counts and attributes.
    fn tally(
        &mut self,
        tenant: i64,
        kind: &str,
        attribute: i64,
        values: &[String],
    ) -> DbResult<i64>;
    /// Folds the rows of `tally` into one for each value.
    fn fold_tallies(&mut self) -> DbResult<()>;
    fn attributes(&mut self) -> DbResult<Vec<(i64, String, String)>>;
    fn add_attribute(&mut self, kind: &str, path: &str) -> DbResult<()>;

    // Events.
    /// The oldest events that no one has handed on, in order.
    fn pending(&mut self, limit: i64) -> DbResult<Vec<EventRow>>;
    /// Takes events off the list of those to hand on, and answers which were still on it: of
    /// several processes that try, one gets each event.
    fn forget_pending(&mut self, seqs: &[i64]) -> DbResult<Vec<i64>>;
    fn event(&mut self, at: i64, seq: i64) -> DbResult<Option<EventRow>>;
    fn insert_deliveries(&mut self, rows: &[DeliveryRow]) -> DbResult<()>;
    /// Deliveries due at `now`, in order, none that has an earlier one open in its lane.
    fn due_deliveries(
        &mut self,
        subscription: &str,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<DeliveryRow>>;
    fn finish_deliveries(&mut self, subscription: &str, event_seqs: &[i64]) -> DbResult<()>;
    fn postpone_delivery(&mut self, row: &DeliveryRow) -> DbResult<()>;

    // Subscriptions.
    fn insert_subscription(&mut self, row: &SubscriptionRow) -> DbResult<()>;
    fn subscription(&mut self, tenant: i64, id: &str) -> DbResult<Option<SubscriptionRow>>;
    fn subscriptions(&mut self) -> DbResult<Vec<SubscriptionRow>>;
    /// Those with a delivery due at `now` and nothing that holds them back.
    fn due_subscriptions(&mut self, now: i64) -> DbResult<Vec<SubscriptionRow>>;
    fn count_subscriptions(&mut self, tenant: i64) -> DbResult<i64>;
    fn delete_subscription(&mut self, tenant: i64, id: &str) -> DbResult<bool>;
    /// Takes or renews the right to deliver to a subscriber; false when another process has it.
    fn lease_subscription(&mut self, id: &str, owner: &str, now: i64, until: i64)
    -> DbResult<bool>;
    fn mark_subscription(&mut self, id: &str, failures: i64, retry_at: i64) -> DbResult<()>;

    // Jobs.
    fn insert_jobs(&mut self, rows: &[JobRow]) -> DbResult<()>;
    /// Claims jobs that were due by the first instant and that nobody has at the second one.
    fn claim_jobs(
        &mut self,
        owner: &str,
        at: (i64, i64),
        until: i64,
        limit: i64,
    ) -> DbResult<Vec<JobRow>>;
    fn update_job(&mut self, row: &JobRow) -> DbResult<bool>;
    /// Holds a job until a later instant; false when it is gone or another process has it.
    fn renew_job(&mut self, id: &str, owner: &str, until: i64) -> DbResult<bool>;
    fn job_of(&mut self, tenant: i64, kind: &str, id: &str) -> DbResult<Option<JobRow>>;
    fn delete_jobs_of(&mut self, tenant: i64, kind: &str, id: &str) -> DbResult<()>;
    /// When the next waiting job may run.
    fn next_job_at(&mut self) -> DbResult<Option<i64>>;

    // Idempotent requests.
    fn answer(
        &mut self,
        tenant: i64,
        principal: &str,
        key: &str,
    ) -> DbResult<Option<IdempotencyRow>>;
    fn insert_answer(&mut self, row: &IdempotencyRow) -> DbResult<()>;

    // Balances.
    /// Balances of several accounts of a kind, in order of account and type.
    fn balances(
        &mut self,
        tenant: i64,
        kind: &str,
        accounts: &[String],
    ) -> DbResult<Vec<BalanceRow>>;
    /// Balances of one type that are not nothing, in order of kind and account.
    fn balances_of_type(&mut self, tenant: i64, balance_type: &str) -> DbResult<Vec<BalanceRow>>;
    /// Adds to balances where they are; `OutOfRange` for a sum beyond 64 bits.
    fn add_to_balances(&mut self, additions: &[Addition]) -> DbResult<()>;
    fn delete_balances(&mut self, accounts: &[IdKey]) -> DbResult<()>;

    // Orders under way.
    fn insert_runs(&mut self, rows: &[RunRow]) -> DbResult<()>;
    /// Writes runs over the revision before; `Retry` when one has moved on.
    fn update_runs(&mut self, moves: &[RunMove]) -> DbResult<()>;
    fn run(&mut self, tenant: i64, order: &str) -> DbResult<Option<RunRow>>;
    /// Forgets the run of an order and its log.
    fn delete_run(&mut self, tenant: i64, order: &str) -> DbResult<()>;
    /// Orders for which something was due at an instant, by priority, the longest due first, and
    /// whether they are new.
    fn due_runs(&mut self, at: i64, limit: i64) -> DbResult<Vec<(Due, bool)>>;
    /// Orders with inputs that came before an instant.
    fn orders_with_input(&mut self, before: i64, limit: i64) -> DbResult<Vec<Due>>;
    /// What an order has yet to be told, in the order in which it came.
    fn order_inputs(&mut self, tenant: i64, order: &str) -> DbResult<Vec<OrderInputRow>>;
    fn insert_order_inputs(&mut self, rows: &[OrderInputRow]) -> DbResult<()>;
    fn delete_order_inputs(&mut self, rows: &[OrderInputRow]) -> DbResult<()>;
    /// Lets an order be told something at another time.
    fn put_off_input(&mut self, row: &OrderInputRow, at: i64) -> DbResult<()>;
    /// Lets an order rest: nothing of it is due before `until`.
    fn postpone_order(&mut self, tenant: i64, order: &str, until: i64) -> DbResult<()>;
    fn insert_order_log(&mut self, rows: &[OrderLogRow]) -> DbResult<()>;
    /// What happened to an order, after an entry.
    fn order_log(
        &mut self,
        tenant: i64,
        order: &str,
        after: &str,
        limit: i64,
    ) -> DbResult<Vec<OrderLogRow>>;
    /// Queues an order for products; a product belongs to the first.
    fn claim_products(&mut self, rows: &[ClaimRow]) -> DbResult<()>;
    /// Claims of products, first come first.
    fn claims(&mut self, tenant: i64, products: &[String]) -> DbResult<Vec<ClaimRow>>;
    fn claims_of(&mut self, tenant: i64, order: &str) -> DbResult<Vec<ClaimRow>>;
    fn release_claims(&mut self, tenant: i64, order: &str) -> DbResult<()>;
    /// Gives a free number of a pool to a node of an order, the same one when it is asked again;
    /// none when there is no free one.
    fn take_number(&mut self, to: &NumberUse<'_>, now: i64) -> DbResult<Option<String>>;
    /// Gives a node a certain number, if that is free or the node's already; true when it has it.
    fn take_this_number(&mut self, to: &NumberUse<'_>, number: &str, now: i64) -> DbResult<bool>;
    fn release_number(&mut self, tenant: i64, order: &str, node: &str, now: i64) -> DbResult<()>;
    /// Gives a number back, whoever took it.
    fn free_number(&mut self, tenant: i64, pool: &str, number: &str, now: i64) -> DbResult<()>;
    fn add_numbers(&mut self, tenant: i64, pool: &str, numbers: &[String]) -> DbResult<()>;
    fn count_numbers(&mut self, tenant: i64, pool: &str) -> DbResult<i64>;
    /// All numbers drawn so far, each with the order that took it.
    fn all_numbers(&mut self, tenant: i64) -> DbResult<Vec<(String, Option<String>)>>;

    // What prices refer to.
    /// How often what prices are compiled from has changed, by tenant.
    fn books(&mut self) -> DbResult<Vec<BookRow>>;
    /// Counts a change; false when `seen` is not what the book has, so that nothing was counted.
    fn count_in_book(&mut self, tenant: i64, entry: BookEntry) -> DbResult<bool>;
    /// The current versions of all documents.
    fn documents(&mut self, tenant: i64) -> DbResult<Vec<DocumentHead>>;
    /// All versions of a document, the newest first.
    fn document_versions(&mut self, key: &IdKey) -> DbResult<Vec<DocumentHead>>;
    /// The compressed content of a version, by its number.
    fn document_content(&mut self, key: &IdKey, number: i64) -> DbResult<Option<Vec<u8>>>;
    /// Adds a version of a document, which becomes the current one.
    fn insert_document(&mut self, head: &DocumentHead, content: &[u8]) -> DbResult<()>;
    /// Leaves a document without a current version.
    fn retire_document(&mut self, key: &IdKey) -> DbResult<()>;
    /// Resources of a kind, all versions, with a text somewhere in their documents, in order of creation.
    fn rows_with_text(&mut self, tenant: i64, kind: &str, text: &str)
    -> DbResult<Vec<ResourceRow>>;

    // Upkeep.
    fn backlog(&mut self) -> DbResult<Backlog>;
    /// Removes what ended before the instants, at most `limit` rows of each. What waits for an
    /// event goes with it; jobs go when they are finished.
    fn remove_old(
        &mut self,
        events_before: i64,
        answers_before: i64,
        limit: i64,
    ) -> DbResult<Removed>;
    /// Makes room for what grows by time around `now` (partitions on PostgreSQL).
    fn prepare_partitions(&mut self, now: i64, events_before: i64) -> DbResult<()>;
    /// How many resources the planner thinks there are, below 0 when it has never looked; nothing
    /// where plans do not depend on it.
    fn planned_rows(&mut self) -> DbResult<Option<i64>>;
    /// Lets the planner look at the tables that grow. All connections then make their plans anew.
    fn refresh_statistics(&mut self) -> DbResult<()>;
    fn ping(&mut self) -> DbResult<()>;
}
