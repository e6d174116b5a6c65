//! [`Session`] for a connection: one line for each operation, the work is in the sibling modules.

use std::ops::DerefMut;

use diesel::RunQueryDsl;
use diesel::connection::{AnsiTransactionManager as Transactions, TransactionManager};

use super::super::dialect;
use super::{
    Conn, Connected, ROWS_AT_ONCE, balances, book, catalogue, events, jobs, orders, resources,
    routed, words,
};
use crate::store::error::DbResult;
use crate::store::plan::Plan;
use crate::store::rows::{
    BalanceRow, BookRow, ClaimRow, DeliveryRow, DocumentHead, EventRow, Head, IdempotencyRow,
    IndexRow, JobRow, OrderInputRow, OrderLogRow, ResourceRow, RevisionRow, RunRow,
    SubscriptionRow,
};
use crate::store::schema;
use crate::store::session::{
    Addition, AnyOf, Backlog, BookEntry, DeleteRow, Due, Hold, IdKey, NewRows, NumberUse, Removed,
    RunMove, Session, Stamp, UpdateRow,
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
        routed::versions(self.conn(), key)
    }

    fn versions_of(
        &mut self,
        tenant: i64,
        kind: &str,
        ids: &[String],
    ) -> DbResult<Vec<ResourceRow>> {
        routed::versions_of(self.conn(), tenant, kind, ids)
    }

    fn current_revisions(&mut self, seqs: &[i64]) -> DbResult<Vec<Stamp>> {
        routed::current_revisions(self.conn(), seqs)
    }

    fn heads(&mut self, tenant: i64, kind: &str, ids: &[&str]) -> DbResult<Vec<Head>> {
        routed::heads(self.conn(), tenant, kind, ids)
    }

    fn peek(&mut self, tenant: i64, kind: &str, ids: &[String]) -> DbResult<Vec<Head>> {
        routed::peek(self.conn(), tenant, kind, ids)
    }

    fn resources_behind(&mut self, seq: i64, limit: i64) -> DbResult<Vec<ResourceRow>> {
        resources::behind(self.conn(), seq, limit)
    }

    fn hold(&mut self, key: &IdKey, hold: Hold) -> DbResult<Vec<ResourceRow>> {
        routed::hold(self.conn(), key, hold)
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
        routed::list(self.conn(), plan)
    }

    fn count(&mut self, plan: &Plan) -> DbResult<i64> {
        routed::count(self.conn(), plan)
    }

    fn rows_by_seq(&mut self, seqs: &[i64]) -> DbResult<Vec<ResourceRow>> {
        routed::rows_by_seq(self.conn(), seqs)
    }

    fn document_at(
        &mut self,
        key: &IdKey,
        version: &str,
        revision: i64,
    ) -> DbResult<Option<String>> {
        routed::document_at(self.conn(), key, version, revision)
    }

    fn update_resources(&mut self, rows: &[UpdateRow]) -> DbResult<()> {
        routed::update(self.conn(), rows)
    }

    fn delete_resources(&mut self, rows: &[DeleteRow]) -> DbResult<()> {
        routed::delete(self.conn(), rows)
    }

    fn insert(&mut self, rows: &NewRows) -> DbResult<()> {
        routed::insert(self.conn(), rows)
    }

    fn delete_index(&mut self, rows: &[IndexRow]) -> DbResult<()> {
        Ok(dialect::delete_index(self.conn(), rows)?)
    }

    fn insert_revisions(&mut self, rows: &[RevisionRow]) -> DbResult<()> {
        dialect::insert_revisions(self.conn(), rows)?;
        Ok(())
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
        at: (i64, i64),
        until: i64,
        limit: i64,
    ) -> DbResult<Vec<JobRow>> {
        jobs::claim(self.conn(), owner, at, until, limit)
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

    fn balances_of_type(&mut self, tenant: i64, balance_type: &str) -> DbResult<Vec<BalanceRow>> {
        balances::of_type(self.conn(), tenant, balance_type)
    }

    fn add_to_balances(&mut self, additions: &[Addition]) -> DbResult<()> {
        balances::add(self.conn(), additions)
    }

    fn delete_balances(&mut self, accounts: &[IdKey]) -> DbResult<()> {
        balances::delete(self.conn(), accounts)
    }

    fn insert_runs(&mut self, rows: &[RunRow]) -> DbResult<()> {
        Ok(dialect::insert_runs(self.conn(), rows)?)
    }

    fn update_runs(&mut self, moves: &[RunMove]) -> DbResult<()> {
        orders::update_runs(self.conn(), moves)
    }

    fn run(&mut self, tenant: i64, order: &str) -> DbResult<Option<RunRow>> {
        orders::run(self.conn(), tenant, order)
    }

    fn delete_run(&mut self, tenant: i64, order: &str) -> DbResult<()> {
        orders::delete_run(self.conn(), tenant, order)
    }

    fn due_runs(&mut self, at: i64, limit: i64) -> DbResult<Vec<(Due, bool)>> {
        orders::due(self.conn(), at, limit)
    }

    fn orders_with_input(&mut self, before: i64, limit: i64) -> DbResult<Vec<Due>> {
        orders::with_input(self.conn(), before, limit)
    }

    fn order_inputs(&mut self, tenant: i64, order: &str) -> DbResult<Vec<OrderInputRow>> {
        orders::inputs(self.conn(), tenant, order)
    }

    fn insert_order_inputs(&mut self, rows: &[OrderInputRow]) -> DbResult<()> {
        orders::insert_inputs(self.conn(), rows)
    }

    fn delete_order_inputs(&mut self, rows: &[OrderInputRow]) -> DbResult<()> {
        orders::delete_inputs(self.conn(), rows)
    }

    fn put_off_input(&mut self, row: &OrderInputRow, at: i64) -> DbResult<()> {
        orders::put_off(self.conn(), row, at)
    }

    fn postpone_order(&mut self, tenant: i64, order: &str, until: i64) -> DbResult<()> {
        orders::postpone(self.conn(), tenant, order, until)
    }

    fn insert_order_log(&mut self, rows: &[OrderLogRow]) -> DbResult<()> {
        Ok(dialect::insert_order_log(self.conn(), rows)?)
    }

    fn order_log(
        &mut self,
        tenant: i64,
        order: &str,
        after: &str,
        limit: i64,
    ) -> DbResult<Vec<OrderLogRow>> {
        orders::log(self.conn(), tenant, order, after, limit)
    }

    fn claim_products(&mut self, rows: &[ClaimRow]) -> DbResult<()> {
        orders::claim(self.conn(), rows)
    }

    fn claims(&mut self, tenant: i64, products: &[String]) -> DbResult<Vec<ClaimRow>> {
        orders::claims(self.conn(), tenant, products)
    }

    fn claims_of(&mut self, tenant: i64, order: &str) -> DbResult<Vec<ClaimRow>> {
        orders::claims_of(self.conn(), tenant, order)
    }

    fn release_claims(&mut self, tenant: i64, order: &str) -> DbResult<()> {
        orders::release_claims(self.conn(), tenant, order)
    }

    fn take_number(&mut self, to: &NumberUse<'_>, now: i64) -> DbResult<Option<String>> {
        orders::take_number(self.conn(), to, now)
    }

    fn take_this_number(&mut self, to: &NumberUse<'_>, number: &str, now: i64) -> DbResult<bool> {
        orders::take_this_number(self.conn(), to, number, now)
    }

    fn release_number(&mut self, tenant: i64, order: &str, node: &str, now: i64) -> DbResult<()> {
        orders::release_number(self.conn(), tenant, order, node, now)
    }

    fn free_number(&mut self, tenant: i64, pool: &str, number: &str, now: i64) -> DbResult<()> {
        orders::free_number(self.conn(), tenant, pool, number, now)
    }

    fn add_numbers(&mut self, tenant: i64, pool: &str, numbers: &[String]) -> DbResult<()> {
        orders::add_numbers(self.conn(), tenant, pool, numbers)
    }

    fn count_numbers(&mut self, tenant: i64, pool: &str) -> DbResult<i64> {
        orders::count_numbers(self.conn(), tenant, pool)
    }

    fn all_numbers(&mut self, tenant: i64) -> DbResult<Vec<(String, Option<String>)>> {
        orders::all_numbers(self.conn(), tenant)
    }

    fn books(&mut self) -> DbResult<Vec<BookRow>> {
        book::books(self.conn())
    }

    fn count_in_book(&mut self, tenant: i64, entry: BookEntry) -> DbResult<bool> {
        book::count(self.conn(), tenant, entry)
    }

    fn documents(&mut self, tenant: i64) -> DbResult<Vec<DocumentHead>> {
        book::documents(self.conn(), tenant)
    }

    fn document_versions(&mut self, key: &IdKey) -> DbResult<Vec<DocumentHead>> {
        book::versions(self.conn(), key)
    }

    fn document_content(&mut self, key: &IdKey, number: i64) -> DbResult<Option<Vec<u8>>> {
        book::content(self.conn(), key, number)
    }

    fn insert_document(&mut self, head: &DocumentHead, content: &[u8]) -> DbResult<()> {
        book::insert(self.conn(), head, content)
    }

    fn retire_document(&mut self, key: &IdKey) -> DbResult<()> {
        book::retire(self.conn(), key)
    }

    fn rows_with_text(
        &mut self,
        tenant: i64,
        kind: &str,
        text: &str,
    ) -> DbResult<Vec<ResourceRow>> {
        book::rows_with_text(self.conn(), tenant, kind, text)
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
