//! [`Usages`] for a connection: one line for each operation.

use std::ops::DerefMut;

use super::super::dialect;
use super::{Conn, Connected, sums, usage};
use crate::store::error::DbResult;
use crate::store::rows::ResourceRow;
use crate::store::usage::{
    Began, CountRow, IdentifierKey, IdentifierRow, SumLogRow, UsageRow, UsageSumRow, UsageWrite,
    Usages, Waiting,
};

impl<C: DerefMut<Target = Conn> + Send> Usages for Connected<C> {
    fn write_usage(&mut self, write: &UsageWrite) -> DbResult<()> {
        usage::write(self.conn(), write)
    }

    fn usage_by_identity(
        &mut self,
        tenant: i64,
        identities: &[Vec<u8>],
    ) -> DbResult<Vec<UsageRow>> {
        usage::by_identity(self.conn(), tenant, identities)
    }

    fn usage_documents(&mut self, rows: Vec<UsageRow>) -> DbResult<Vec<ResourceRow>> {
        usage::documents(self.conn(), rows)
    }

    fn usage_record(&mut self, tenant: i64, id: &str) -> DbResult<Option<UsageRow>> {
        Ok(usage::by_ids(self.conn(), tenant, &[id.to_owned()])?.pop())
    }

    fn usage_trace(&mut self, row: &UsageRow) -> DbResult<Option<String>> {
        usage::trace(self.conn(), row)
    }

    fn waiting_usage(&mut self, after: i64, limit: i64) -> DbResult<Vec<Waiting>> {
        let rows = usage::waiting(self.conn(), after, limit)?;
        let resources = usage::documents(self.conn(), rows.clone())?;
        let both = rows.into_iter().zip(resources);
        Ok(both
            .map(|(row, resource)| Waiting { row, resource })
            .collect())
    }

    fn count_waiting_usage(&mut self) -> DbResult<i64> {
        usage::count_waiting(self.conn())
    }

    fn rejected_usage(
        &mut self,
        tenant: i64,
        reason: i64,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>> {
        usage::rejected(self.conn(), tenant, reason, after, limit)
    }

    fn usage_of_products(
        &mut self,
        tenant: i64,
        products: &[i64],
        began: &Began,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>> {
        usage::of_products(self.conn(), tenant, products, began, limit)
    }

    fn recent_usage(
        &mut self,
        tenant: i64,
        products: &[i64],
        limit: usize,
    ) -> DbResult<Vec<ResourceRow>> {
        usage::recent(self.conn(), tenant, products, limit)
    }

    fn charged_usage(
        &mut self,
        tenant: i64,
        began: (i64, i64),
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<UsageRow>> {
        usage::charged(self.conn(), tenant, began, after, limit)
    }

    fn charging_states(
        &mut self,
        tenant: i64,
        owners: &[String],
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
        usage::states_of(self.conn(), tenant, owners)
    }

    fn charging_states_behind(
        &mut self,
        tenant: i64,
        after: &str,
        limit: i64,
    ) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
        usage::states_behind(self.conn(), tenant, after, limit)
    }

    fn insert_usage_sums(&mut self, rows: &[UsageSumRow]) -> DbResult<()> {
        sums::insert(self.conn(), rows)
    }

    fn usage_sums(&mut self, tenant: i64, products: &[String]) -> DbResult<Vec<UsageSumRow>> {
        sums::of_products(self.conn(), tenant, products)
    }

    fn usage_sums_behind(&mut self, after: i64, limit: i64) -> DbResult<Vec<UsageSumRow>> {
        sums::behind(self.conn(), after, limit)
    }

    fn crowded_usage_sums(&mut self, parts: i64, limit: i64) -> DbResult<Vec<(i64, String)>> {
        sums::crowded(self.conn(), parts, limit)
    }

    fn take_usage_sums(&mut self, seqs: &[i64]) -> DbResult<()> {
        sums::take(self.conn(), seqs)
    }

    fn insert_sum_log(&mut self, rows: &[SumLogRow]) -> DbResult<()> {
        usage::insert_sum_log(self.conn(), rows)
    }

    fn sum_log(&mut self, limit: i64) -> DbResult<Vec<SumLogRow>> {
        usage::sum_log(self.conn(), limit)
    }

    fn delete_sum_log(&mut self, seqs: &[i64]) -> DbResult<()> {
        usage::delete_sum_log(self.conn(), seqs)
    }

    fn usage_counts(
        &mut self,
        tenant: i64,
        source: Option<&str>,
        from_hour: i64,
        to_hour: i64,
    ) -> DbResult<Vec<CountRow>> {
        usage::counts(self.conn(), tenant, source, from_hour, to_hour)
    }

    fn identifiers(&mut self, tenant: i64, values: &[String]) -> DbResult<Vec<IdentifierRow>> {
        usage::identifiers(self.conn(), tenant, values)
    }

    fn identifiers_of(&mut self, tenant: i64, product: &str) -> DbResult<Vec<IdentifierRow>> {
        usage::identifiers_of(self.conn(), tenant, product)
    }

    fn write_identifiers(&mut self, rows: &[IdentifierRow]) -> DbResult<()> {
        Ok(dialect::write_identifiers(self.conn(), rows)?)
    }

    fn delete_identifiers(&mut self, keys: &[IdentifierKey]) -> DbResult<()> {
        Ok(dialect::delete_identifiers(self.conn(), keys)?)
    }
}
