//! What a connection does with usage.

use super::rows::{
    Began, CountRow, IdentifierKey, IdentifierRow, SumLogRow, UsageRow, UsageSumRow, UsageWrite,
};
use crate::store::error::DbResult;
use crate::store::rows::ResourceRow;

/// Usage that waits to be rated.
#[derive(Clone, Debug)]
pub struct Waiting {
    pub row: UsageRow,
    /// The same as the engine knows it.
    pub resource: ResourceRow,
}

/// The operations on usage and what belongs to it.
pub trait Usages {
    /// Writes it all, or fails: `Outdated` when a record is there already, or a row that is updated has
    /// moved on.
    fn write_usage(&mut self, write: &UsageWrite) -> DbResult<()>;
    /// Usage with these identities.
    fn usage_by_identity(&mut self, tenant: i64, identities: &[Vec<u8>])
    -> DbResult<Vec<UsageRow>>;
    /// Rows as the engine knows them.
    fn usage_documents(&mut self, rows: Vec<UsageRow>) -> DbResult<Vec<ResourceRow>>;
    /// Usage by its id, with its trace.
    fn usage_record(&mut self, tenant: i64, id: &str) -> DbResult<Option<UsageRow>>;
    /// The trace of a row as JSON text.
    fn usage_trace(&mut self, row: &UsageRow) -> DbResult<Option<String>>;
    /// Usage that waits to be rated, of all tenants, in the order in which it came.
    fn waiting_usage(&mut self, after: i64, limit: i64) -> DbResult<Vec<Waiting>>;
    /// How much waits.
    fn count_waiting_usage(&mut self) -> DbResult<i64>;
    /// Rejected usage behind a number, by reason (0 for all).
    fn rejected_usage(
        &mut self,
        tenant: i64,
        reason: i64,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>>;
    /// Usage of products ([`crate::domain::usage_facts::key_of`] their ids), so many at most, in the order of
    /// time.
    fn usage_of_products(
        &mut self,
        tenant: i64,
        products: &[i64],
        began: &Began,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>>;
    /// The usage of products that came last, so many at most, the last one first.
    fn recent_usage(
        &mut self,
        tenant: i64,
        products: &[i64],
        limit: usize,
    ) -> DbResult<Vec<ResourceRow>>;
    /// Usage that has a price and began from one instant to before another, behind a number, in the order in
    /// which it came. Reads all usage in between.
    fn charged_usage(
        &mut self,
        tenant: i64,
        began: (i64, i64),
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>>;
    /// States of owners with their revisions.
    fn charging_states(
        &mut self,
        tenant: i64,
        owners: &[String],
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>>;
    /// All owners of a tenant with their states, by owner, behind one.
    fn charging_states_behind(
        &mut self,
        tenant: i64,
        after: &str,
        limit: i64,
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>>;
    /// Adds to what usage of products has come to.
    fn insert_usage_sums(&mut self, rows: &[UsageSumRow]) -> DbResult<()>;
    /// What usage of products has come to, in parts.
    fn usage_sums(&mut self, tenant: i64, products: &[String]) -> DbResult<Vec<UsageSumRow>>;
    /// All of it behind a number, of all tenants.
    fn usage_sums_behind(&mut self, after: i64, limit: i64) -> DbResult<Vec<UsageSumRow>>;
    /// Products, by tenant, of which there are so many parts or more.
    fn crowded_usage_sums(&mut self, parts: i64, limit: i64) -> DbResult<Vec<(i64, String)>>;
    /// Takes parts away; `Outdated` when one is gone.
    fn take_usage_sums(&mut self, seqs: &[i64]) -> DbResult<()>;
    /// Adds what a batch adds to what waits to be billed.
    fn insert_sum_log(&mut self, rows: &[SumLogRow]) -> DbResult<()>;
    /// What was added and is not added up yet, the oldest first, of all tenants.
    fn sum_log(&mut self, limit: i64) -> DbResult<Vec<SumLogRow>>;
    /// Forgets what was added up.
    fn delete_sum_log(&mut self, seqs: &[i64]) -> DbResult<()>;
    /// Counts of the hours between two, of one source or all.
    fn usage_counts(
        &mut self,
        tenant: i64,
        source: Option<&str>,
        from_hour: i64,
        to_hour: i64,
    ) -> DbResult<Vec<CountRow>>;
    /// Who is, or was, known by these.
    fn identifiers(&mut self, tenant: i64, values: &[String]) -> DbResult<Vec<IdentifierRow>>;
    /// What a product is, or was, known by.
    fn identifiers_of(&mut self, tenant: i64, product: &str) -> DbResult<Vec<IdentifierRow>>;
    /// Writes what products are known by; rows that are there end when these do.
    fn write_identifiers(&mut self, rows: &[IdentifierRow]) -> DbResult<()>;
    fn delete_identifiers(&mut self, keys: &[IdentifierKey]) -> DbResult<()>;
}
