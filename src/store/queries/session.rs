//! [`Session`] for a connection: one line for each operation, the work is in the sibling modules.

use std::ops::DerefMut;

use diesel::RunQueryDsl;
use diesel::connection::{AnsiTransactionManager as Transactions, TransactionManager};

use super::super::dialect;
use super::{
    Conn, Connected, ROWS_AT_ONCE, balances, catalogue, events, jobs, list, resources, words,
};
use crate::store::error::DbResult;
use crate::store::plan::Plan;
use crate::store::rows::{
    BalanceRow, DeliveryRow, EventRow, Head, IdempotencyRow, IndexRow, JobRow, ResourceRow,
    RevisionRow, SubscriptionRow,
};
use crate::store::schema;
use crate::store::session::{
    Addition, AnyOf, Backlog, DeleteRow, Hold, IdKey, NewRows, Removed, Session, UpdateRow,
};

impl<C: DerefMut<Target = Conn> + Send> Session for Connected<C> {
    fn begin_write(&mut self) -> DbResult<()> {
        Ok(Transactions::begin_transaction_sql(
            self.conn(),
            dialect::BEGIN,
        )?)
    }

    fn begin_read(&mut self) -> DbResult<()> {
        Ok(Transactions::begin_transaction_sql(
            self.conn(),
            dialect::BEGIN_READ,
        )?)
    }

    fn commit(&mut self) -> DbResult<()> {
        Ok(Transactions::commit_transaction(self.conn())?)
    }

    fn rollback(&mut self) -> DbResult<()> {
        // An open savepoint goes first.
        loop {
            let state = Transactions::transaction_manager_status_mut(self.conn());
            if state.transaction_depth()?.is_none() {
                return Ok(());
            }
            Transactions::rollback_transaction(self.conn())?;
        }
    }

    fn savepoint(&mut self) -> DbResult<()> {
        Ok(Transactions::begin_transaction(self.conn())?)
    }

    fn release_savepoint(&mut self) -> DbResult<()> {
        Ok(Transactions::commit_transaction(self.conn())?)
    }

    fn rollback_to_savepoint(&mut self) -> DbResult<()> {
        Ok(Transactions::rollback_transaction(self.conn())?)
    }

    fn lock(&mut self, name: &str) -> DbResult<()> {
        Ok(dialect::lock(self.conn(), name)?)
    }

    fn allocate(&mut self, n: usize) -> DbResult<Vec<i64>> {
        Ok(dialect::allocate(self.conn(), n)?)
    }

    fn versions(&mut self, key: &IdKey) -> DbResult<Vec<ResourceRow>> {
        resources::versions(self.conn(), key)
    }

    fn versions_of(
        &mut self,
        tenant: i64,
        kind: &str,
        ids: &[String],
    ) -> DbResult<Vec<ResourceRow>> {
        Ok(dialect::versions_of(self.conn(), tenant, kind, ids)?)
    }

    fn heads(&mut self, tenant: i64, kind: &str, ids: &[&str]) -> DbResult<Vec<Head>> {
        Ok(dialect::heads(self.conn(), tenant, kind, ids)?)
    }

    fn peek(&mut self, tenant: i64, kind: &str, ids: &[String]) -> DbResult<Vec<Head>> {
        resources::peek(self.conn(), tenant, kind, ids)
    }

    fn resources_behind(&mut self, seq: i64, limit: i64) -> DbResult<Vec<ResourceRow>> {
        resources::behind(self.conn(), seq, limit)
    }

    fn hold(&mut self, key: &IdKey, hold: Hold) -> DbResult<Vec<ResourceRow>> {
        Ok(dialect::hold(self.conn(), key, hold)?)
    }

    fn heads_by_index(
        &mut self,
        tenant: i64,
        attributes: &[i64],
        value: &str,
        after: i64,
        limit: i64,
    ) -> DbResult<Vec<Head>> {
        resources::heads_by_index(self.conn(), tenant, attributes, value, after, limit)
    }

    fn delete_words(&mut self, seqs: &[i64]) -> DbResult<()> {
        words::delete(self.conn(), seqs)
    }

    fn find_words(&mut self, tenant: i64, words: &[AnyOf], limit: i64) -> DbResult<Vec<Head>> {
        words::find(self.conn(), tenant, words, limit)
    }

    fn rows_by_index(
        &mut self,
        tenant: i64,
        attributes: &[i64],
        values: &[String],
        limit: i64,
    ) -> DbResult<Vec<ResourceRow>> {
        resources::rows_by_index(self.conn(), tenant, attributes, values, limit)
    }

    fn list(&mut self, plan: &Plan) -> DbResult<Vec<ResourceRow>> {
        list::list(self.conn(), plan)
    }

    fn count(&mut self, plan: &Plan) -> DbResult<i64> {
        list::count(self.conn(), plan)
    }

    fn rows_by_seq(&mut self, seqs: &[i64]) -> DbResult<Vec<ResourceRow>> {
        resources::rows_by_seq(self.conn(), seqs)
    }

    fn document_at(
        &mut self,
        key: &IdKey,
        version: &str,
        revision: i64,
    ) -> DbResult<Option<String>> {
        resources::document_at(self.conn(), key, version, revision)
    }

    fn update_resources(&mut self, rows: &[UpdateRow]) -> DbResult<()> {
        resources::update(self.conn(), rows)
    }

    fn delete_resources(&mut self, rows: &[DeleteRow]) -> DbResult<()> {
        resources::delete(self.conn(), rows)
    }

    fn insert(&mut self, rows: &NewRows) -> DbResult<()> {
        Ok(dialect::insert(self.conn(), rows)?)
    }

    fn delete_index(&mut self, rows: &[IndexRow]) -> DbResult<()> {
        Ok(dialect::delete_index(self.conn(), rows)?)
    }

    fn insert_revisions(&mut self, rows: &[RevisionRow]) -> DbResult<()> {
        resources::insert_revisions(self.conn(), rows)
    }

    fn tally(
        &mut self,
        tenant: i64,
        kind: &str,
        attribute: i64,
        values: &[String],
    ) -> DbResult<i64> {
        catalogue::tally(self.conn(), tenant, kind, attribute, values)
    }

    fn fold_tallies(&mut self) -> DbResult<()> {
        catalogue::fold(self.conn())
    }

    fn attributes(&mut self) -> DbResult<Vec<(i64, String, String)>> {
        catalogue::attributes(self.conn())
    }

    fn add_attribute(&mut self, kind: &str, path: &str) -> DbResult<()> {
        catalogue::add_attribute(self.conn(), kind, path)
    }

    fn pending(&mut self, limit: i64) -> DbResult<Vec<EventRow>> {
        Ok(dialect::pending(self.conn(), limit)?)
    }

    fn forget_pending(&mut self, seqs: &[i64]) -> DbResult<Vec<i64>> {
        events::forget_pending(self.conn(), seqs)
    }

    fn event(&mut self, at: i64, seq: i64) -> DbResult<Option<EventRow>> {
        events::event(self.conn(), at, seq)
    }

    fn insert_deliveries(&mut self, rows: &[DeliveryRow]) -> DbResult<()> {
        for slice in rows.chunks(ROWS_AT_ONCE) {
            diesel::insert_into(schema::delivery::table)
                .values(slice)
                .on_conflict_do_nothing()
                .execute(self.conn())?;
        }
        Ok(())
    }

    fn due_deliveries(
        &mut self,
        subscription: &str,
        now: i64,
        limit: i64,
    ) -> DbResult<Vec<DeliveryRow>> {
        events::due(self.conn(), subscription, now, limit)
    }

    fn finish_deliveries(&mut self, subscription: &str, event_seqs: &[i64]) -> DbResult<()> {
        events::finish(self.conn(), subscription, event_seqs)
    }

    fn postpone_delivery(&mut self, row: &DeliveryRow) -> DbResult<()> {
        events::postpone(self.conn(), row)
    }

    fn insert_subscription(&mut self, row: &SubscriptionRow) -> DbResult<()> {
        diesel::insert_into(schema::subscription::table)
            .values(row)
            .execute(self.conn())?;
        Ok(())
    }

    fn subscription(&mut self, tenant: i64, id: &str) -> DbResult<Option<SubscriptionRow>> {
        events::subscriber(self.conn(), tenant, id)
    }

    fn subscriptions(&mut self) -> DbResult<Vec<SubscriptionRow>> {
        events::subscribers(self.conn())
    }

    fn due_subscriptions(&mut self, now: i64) -> DbResult<Vec<SubscriptionRow>> {
        events::due_subscribers(self.conn(), now)
    }

    fn count_subscriptions(&mut self, tenant: i64) -> DbResult<i64> {
        events::count_subscribers(self.conn(), tenant)
    }

    fn delete_subscription(&mut self, tenant: i64, id: &str) -> DbResult<bool> {
        events::delete_subscriber(self.conn(), tenant, id)
    }

    fn lease_subscription(
        &mut self,
        id: &str,
        owner: &str,
        now: i64,
        until: i64,
    ) -> DbResult<bool> {
        events::lease(self.conn(), id, owner, now, until)
    }

    fn mark_subscription(&mut self, id: &str, failures: i64, retry_at: i64) -> DbResult<()> {
        events::mark_subscriber(self.conn(), id, failures, retry_at)
    }

    fn insert_jobs(&mut self, rows: &[JobRow]) -> DbResult<()> {
        for slice in rows.chunks(ROWS_AT_ONCE) {
            diesel::insert_into(schema::job::table)
                .values(slice)
                .execute(self.conn())?;
        }
        Ok(())
    }

    fn claim_jobs(
        &mut self,
        owner: &str,
        now: i64,
        until: i64,
        limit: i64,
    ) -> DbResult<Vec<JobRow>> {
        jobs::claim(self.conn(), owner, now, until, limit)
    }

    fn update_job(&mut self, row: &JobRow) -> DbResult<bool> {
        jobs::update(self.conn(), row)
    }

    fn renew_job(&mut self, id: &str, owner: &str, until: i64) -> DbResult<bool> {
        jobs::renew(self.conn(), id, owner, until)
    }

    fn job_of(&mut self, tenant: i64, kind: &str, id: &str) -> DbResult<Option<JobRow>> {
        jobs::of_subject(self.conn(), tenant, kind, id)
    }

    fn delete_jobs_of(&mut self, tenant: i64, kind: &str, id: &str) -> DbResult<()> {
        jobs::delete_of_subject(self.conn(), tenant, kind, id)
    }

    fn next_job_at(&mut self) -> DbResult<Option<i64>> {
        jobs::next_at(self.conn())
    }

    fn answer(
        &mut self,
        tenant: i64,
        principal: &str,
        key: &str,
    ) -> DbResult<Option<IdempotencyRow>> {
        jobs::answer(self.conn(), tenant, principal, key)
    }

    fn insert_answer(&mut self, row: &IdempotencyRow) -> DbResult<()> {
        diesel::insert_into(schema::idempotency::table)
            .values(row)
            .execute(self.conn())?;
        Ok(())
    }

    fn balances(
        &mut self,
        tenant: i64,
        kind: &str,
        accounts: &[String],
    ) -> DbResult<Vec<BalanceRow>> {
        balances::of_accounts(self.conn(), tenant, kind, accounts)
    }

    fn add_to_balances(&mut self, additions: &[Addition]) -> DbResult<()> {
        balances::add(self.conn(), additions)
    }

    fn delete_balances(&mut self, accounts: &[IdKey]) -> DbResult<()> {
        balances::delete(self.conn(), accounts)
    }

    fn backlog(&mut self) -> DbResult<Backlog> {
        jobs::backlog(self.conn())
    }

    fn remove_old(
        &mut self,
        events_before: i64,
        answers_before: i64,
        limit: i64,
    ) -> DbResult<Removed> {
        jobs::remove_old(self.conn(), events_before, answers_before, limit)
    }

    fn prepare_partitions(&mut self, now: i64, events_before: i64) -> DbResult<()> {
        Ok(dialect::prepare_partitions(
            self.conn(),
            now,
            events_before,
        )?)
    }

    fn planned_rows(&mut self) -> DbResult<Option<i64>> {
        Ok(dialect::planned_rows(self.conn())?)
    }

    fn refresh_statistics(&mut self) -> DbResult<()> {
        Ok(dialect::refresh_statistics(self.conn())?)
    }

    fn ping(&mut self) -> DbResult<()> {
        diesel::sql_query("SELECT 1").execute(self.conn())?;
        Ok(())
    }
}
