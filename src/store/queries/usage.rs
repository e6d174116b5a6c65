//! Usage and what belongs to it.

use std::collections::HashMap;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Text};

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::domain::usage_facts::NEVER;
use crate::domain::usage_status::UsageStatus;
use crate::store::error::{DbError, DbResult};
use crate::store::plan::{Condition, Plan};
use crate::store::rows::ResourceRow;
use crate::store::schema::{identifier, usage_count, usage_record, usage_shape, usage_sum_log};
use crate::store::usage::{
    self, Began, CountRow, IdentifierRow, SumLogRow, UsageRow, UsageWrite, known_shape,
    remember_shape,
};

/// Sequence numbers that differ in these bits alone are a group: see the index `usage_product`.
const GROUP_BITS: u32 = 18;
/// Groups that are looked at for what came last, one step after the other.
const NEWEST_GROUPS: [usize; 3] = [8, 64, usize::MAX];
/// Products of one question.
const PRODUCTS_AT_ONCE: usize = 500;

/// Columns without the trace, which only one question is about.
const COLUMNS: &str = "u.seq, u.tenant, u.id, u.identity, u.revision, u.state, u.reason, u.created_at, \
     u.updated_at, u.start_at, u.product, u.shape, u.leaves, u.trace_shape, u.trace";

/// Writes everything.
///
/// # Errors
/// `Outdated` for a record that is there, or a row that has moved on.
pub(super) fn write(conn: &mut Conn, write: &UsageWrite) -> DbResult<()> {
    write_all(conn, write).map_err(|error| match error {
        DbError::Stale(text) => DbError::Outdated(text),
        other => other,
    })
}

fn write_all(conn: &mut Conn, write: &UsageWrite) -> DbResult<()> {
    for (shape, text) in &write.shapes {
        add_shape(conn, *shape, text)?;
    }
    dialect::insert_usage(conn, &write.records)?;
    let done = dialect::update_usage(conn, &write.updates)?;
    expect(done, write.updates.len(), "usage")?;
    let done = dialect::write_states(conn, &write.states)?;
    expect(done, write.states.len(), "charging states")?;
    dialect::add_counts(conn, &write.counts)?;
    Ok(())
}

fn expect(done: usize, rows: usize, what: &str) -> DbResult<()> {
    if done == rows {
        return Ok(());
    }
    let moved = rows.saturating_sub(done);
    Err(DbError::Stale(format!(
        "{moved} of {rows} {what} have moved on"
    )))
}

/// Adds a shape unless it is there.
pub(super) fn add_shape(conn: &mut Conn, shape: i64, text: &str) -> DbResult<()> {
    diesel::insert_into(usage_shape::table)
        .values((usage_shape::shape.eq(shape), usage_shape::text.eq(text)))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

/// Resources of the engine that are usage.
pub(super) fn insert_resources(conn: &mut Conn, rows: &[&ResourceRow]) -> DbResult<()> {
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let (record, shape) = usage::row_of(row)?;
        add_shape(conn, shape.number, &shape.text)?;
        records.push(record);
    }
    Ok(dialect::insert_usage(conn, &records)?)
}

/// New states of usage that the engine has changed. The trace stays as long as the status does: it is
/// about the price.
pub(super) fn update_resources(conn: &mut Conn, rows: &[&ResourceRow]) -> DbResult<usize> {
    let seqs: Vec<i64> = rows.iter().map(|row| row.seq).collect();
    let stored = by_seqs(conn, &seqs)?.into_iter();
    let mut stored: HashMap<i64, UsageRow> = stored.map(|row| (row.seq, row)).collect();
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let (mut record, shape) = usage::row_of(row)?;
        add_shape(conn, shape.number, &shape.text)?;
        if let Some(before) = stored.remove(&record.seq)
            && before.state == record.state
        {
            record.trace_shape = before.trace_shape;
            record.trace = before.trace;
        }
        records.push(record);
    }
    Ok(dialect::update_usage(conn, &records)?)
}

pub(super) fn delete(conn: &mut Conn, seq: i64, revision: i64) -> DbResult<usize> {
    let row = usage_record::table
        .filter(usage_record::seq.eq(seq))
        .filter(usage_record::revision.eq(revision));
    Ok(diesel::delete(row).execute(conn)?)
}

/// Rows as the engine knows them.
pub(super) fn documents(conn: &mut Conn, rows: Vec<UsageRow>) -> DbResult<Vec<ResourceRow>> {
    let mut texts: HashMap<i64, Arc<str>> = HashMap::new();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        let text = match texts.get(&row.shape) {
            Some(text) => Arc::clone(text),
            None => {
                let text = shape(conn, row.shape)?;
                texts.insert(row.shape, Arc::clone(&text));
                text
            }
        };
        found.push(usage::resource_of(row, &text)?);
    }
    Ok(found)
}

pub(super) fn shape(conn: &mut Conn, number: i64) -> DbResult<Arc<str>> {
    if let Some(text) = known_shape(number) {
        return Ok(text);
    }
    let text: Option<String> = usage_shape::table
        .filter(usage_shape::shape.eq(number))
        .select(usage_shape::text)
        .first(conn)
        .optional()?;
    let text =
        text.ok_or_else(|| DbError::Fault(format!("there is no shape of usage {number}")))?;
    let text = Arc::from(text);
    remember_shape(number, &text);
    Ok(text)
}

/// Usage by ids, in no order.
pub(super) fn by_ids(conn: &mut Conn, tenant: i64, ids: &[String]) -> DbResult<Vec<UsageRow>> {
    let numbers: Vec<i64> = ids.iter().filter_map(|id| usage::seq_of(id)).collect();
    let mut rows = Vec::new();
    if !numbers.is_empty() {
        let mut sql = select();
        sql.push(" WHERE u.tenant = ").int(tenant);
        // A row with an id of its own is not known by its number.
        sql.push(" AND u.id IS NULL AND u.seq ").any_int(&numbers);
        rows.extend(sql.load::<UsageRow>(conn)?);
    }
    if rows.len() < ids.len() {
        let mut sql = select();
        sql.push(" WHERE u.tenant = ").int(tenant);
        sql.push(" AND u.id IS NOT NULL AND u.id ").any_text(ids);
        rows.extend(sql.load::<UsageRow>(conn)?);
    }
    Ok(rows)
}

pub(super) fn by_seqs(conn: &mut Conn, seqs: &[i64]) -> DbResult<Vec<UsageRow>> {
    let mut sql = select();
    sql.push(" WHERE u.seq ").any_int(seqs);
    Ok(sql.load(conn)?)
}

pub(super) fn waiting(conn: &mut Conn, after: i64, limit: i64) -> DbResult<Vec<UsageRow>> {
    let mut sql = select();
    sql.push(" WHERE u.state IN (0, 2, 3) AND u.seq > ")
        .int(after);
    sql.push(" ORDER BY u.seq LIMIT ").int(limit);
    Ok(sql.load(conn)?)
}

pub(super) fn count_waiting(conn: &mut Conn) -> DbResult<i64> {
    let mut sql = Sql::new("SELECT count(*) AS n FROM usage_record u WHERE u.state IN (0, 2, 3)");
    sql.push("");
    Ok(sql.get_result::<Number>(conn)?.n)
}

pub(super) fn rejected(
    conn: &mut Conn,
    tenant: i64,
    reason: i64,
    after: i64,
    limit: i64,
) -> DbResult<Vec<UsageRow>> {
    let mut sql = select();
    sql.push(" WHERE u.state = 1 AND u.tenant = ").int(tenant);
    if reason != 0 {
        sql.push(" AND u.reason = ").int(reason);
    }
    sql.push(" AND u.seq > ").int(after);
    sql.push(" ORDER BY u.seq LIMIT ").int(limit);
    Ok(sql.load(conn)?)
}

pub(super) fn charged(
    conn: &mut Conn,
    tenant: i64,
    (from, to): (i64, i64),
    after: i64,
    limit: i64,
) -> DbResult<Vec<UsageRow>> {
    let states: Vec<i64> = UsageStatus::ALL
        .into_iter()
        .filter(|status| status.is_charged())
        .map(UsageStatus::number)
        .collect();
    let mut sql = select();
    sql.push(" WHERE u.tenant = ").int(tenant);
    sql.push(" AND u.state ").any_int(&states);
    sql.push(" AND u.start_at >= ").int(from);
    sql.push(" AND u.start_at < ").int(to);
    sql.push(" AND u.seq > ").int(after);
    sql.push(" ORDER BY u.seq LIMIT ").int(limit);
    Ok(sql.load(conn)?)
}

/// One question for all products and all groups, each pair of them answered by the index.
pub(super) fn of_products(
    conn: &mut Conn,
    tenant: i64,
    products: &[i64],
    began: &Began,
    limit: i64,
) -> DbResult<Vec<UsageRow>> {
    let groups = groups(conn, began.behind)?;
    let mut rows: Vec<UsageRow> = Vec::new();
    for some in products.chunks(PRODUCTS_AT_ONCE) {
        let room = limit.saturating_sub(i64::try_from(rows.len()).unwrap_or(i64::MAX));
        if groups.is_empty() || room <= 0 {
            break;
        }
        let mut sql = select();
        sql.push(" WHERE (u.seq >> 18) ").any_int(&groups);
        sql.push(" AND u.product ").any_int(some);
        sql.push(" AND u.tenant = ").int(tenant);
        sql.push(" AND u.seq > ").int(began.behind);
        sql.push(" AND u.start_at >= ").int(began.from);
        sql.push(" AND u.start_at < ").int(began.to);
        sql.push(" LIMIT ").int(room);
        rows.extend(sql.load::<UsageRow>(conn)?);
    }
    rows.sort_by_key(|row: &UsageRow| (row.start_at, row.seq));
    Ok(rows)
}

/// The usage of products that came last. The newest groups are looked at first, then more, then all others: three
/// questions at most.
pub(super) fn recent(
    conn: &mut Conn,
    tenant: i64,
    products: &[i64],
    limit: usize,
) -> DbResult<Vec<ResourceRow>> {
    let mut groups = groups(conn, i64::MIN)?;
    let mut rows: Vec<UsageRow> = Vec::new();
    for newest in NEWEST_GROUPS {
        let room = limit.saturating_sub(rows.len());
        let some = groups.split_off(groups.len().saturating_sub(newest));
        if some.is_empty() || products.is_empty() || room == 0 {
            break;
        }
        let mut sql = select();
        sql.push(" WHERE (u.seq >> 18) ").any_int(&some);
        sql.push(" AND u.product ").any_int(products);
        sql.push(" AND u.tenant = ").int(tenant);
        sql.push(" ORDER BY u.seq DESC LIMIT ")
            .int(i64::try_from(room).unwrap_or(i64::MAX));
        rows.extend(sql.load::<UsageRow>(conn)?);
    }
    documents(conn, rows)
}

/// The groups that there are, from that of a number on. Both ends are asked for by themselves: of the two at
/// once SQLite reads the whole table.
fn groups(conn: &mut Conn, behind: i64) -> DbResult<Vec<i64>> {
    let sql = Sql::new(
        "SELECT coalesce((SELECT min(u.seq) FROM usage_record u), 1) AS first, \
         coalesce((SELECT max(u.seq) FROM usage_record u), 0) AS last",
    );
    let ends: Ends = sql.get_result(conn)?;
    let first = ends.first.max(behind);
    Ok(((first >> GROUP_BITS)..=(ends.last >> GROUP_BITS)).collect())
}

#[derive(QueryableByName)]
struct Ends {
    #[diesel(sql_type = BigInt)]
    first: i64,
    #[diesel(sql_type = BigInt)]
    last: i64,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// What the engine's list of usage asks for. Conditions are those of attributes that have a column;
/// `paths` tells which.
pub(super) fn list(
    conn: &mut Conn,
    plan: &Plan,
    paths: &HashMap<i64, String>,
) -> DbResult<Vec<ResourceRow>> {
    let mut sql = select();
    restrict(&mut sql, plan, paths);
    if let Some(after) = &plan.after {
        let op = if plan.descending { " < " } else { " > " };
        sql.push(" AND u.seq").push(op).int(after.seq);
    }
    sql.push(" ORDER BY u.seq");
    if plan.descending {
        sql.push(" DESC");
    }
    let limit = i64::try_from(plan.limit).unwrap_or(i64::MAX);
    let offset = i64::try_from(plan.offset).unwrap_or(i64::MAX);
    sql.push(" LIMIT ").int(limit).push(" OFFSET ").int(offset);
    let rows = sql.load(conn)?;
    documents(conn, rows)
}

pub(super) fn count(conn: &mut Conn, plan: &Plan, paths: &HashMap<i64, String>) -> DbResult<i64> {
    let mut sql = Sql::new("SELECT count(*) AS n FROM usage_record u");
    restrict(&mut sql, plan, paths);
    Ok(sql.get_result::<Number>(conn)?.n)
}

fn restrict(sql: &mut Sql, plan: &Plan, paths: &HashMap<i64, String>) {
    sql.push(" WHERE u.tenant = ").int(plan.tenant);
    if let Some(ids) = &plan.ids {
        let numbers: Vec<i64> = ids.iter().filter_map(|id| usage::seq_of(id)).collect();
        sql.push(" AND ((u.id IS NULL AND u.seq ").any_int(&numbers);
        sql.push(") OR (u.id IS NOT NULL AND u.id ").any_text(ids);
        sql.push("))");
    }
    for Condition { attribute, test } in &plan.conditions {
        let path = paths.get(attribute).map_or("", String::as_str);
        match usage::column::condition(path, test) {
            Some(condition) => condition_sql(sql, &condition),
            // The planner only asks for what has a column.
            None => {
                sql.push(" AND 1 = 0");
            }
        }
    }
}

fn condition_sql(sql: &mut Sql, condition: &usage::column::Test) {
    sql.push(" AND u.").push(condition.column);
    match &condition.test {
        usage::column::Is::OneOf(numbers) => sql.push(" ").any_int(numbers),
        usage::column::Is::Beyond(op, bound) => {
            sql.push(" ").push(op.sql()).push(" ").int(*bound);
            // What has no value is neither below nor above.
            sql.push(" AND u.")
                .push(condition.column)
                .push(" > ")
                .int(NEVER)
        }
    };
}

fn select() -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM usage_record u");
    sql
}

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = BigInt)]
    revision: i64,
    #[diesel(sql_type = Binary)]
    state: Vec<u8>,
}

fn states(rows: Vec<State>) -> Vec<(String, i64, Vec<u8>)> {
    let rows = rows.into_iter();
    rows.map(|row| (row.owner, row.revision, row.state))
        .collect()
}

pub(super) fn states_of(
    conn: &mut Conn,
    tenant: i64,
    owners: &[String],
) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
    let mut sql =
        Sql::new("SELECT s.owner, s.revision, s.state FROM charging_state s WHERE s.tenant = ");
    sql.int(tenant).push(" AND s.owner ").any_text(owners);
    Ok(states(sql.load(conn)?))
}

pub(super) fn states_behind(
    conn: &mut Conn,
    tenant: i64,
    after: &str,
    limit: i64,
) -> DbResult<Vec<(String, i64, Vec<u8>)>> {
    let mut sql =
        Sql::new("SELECT s.owner, s.revision, s.state FROM charging_state s WHERE s.tenant = ");
    sql.int(tenant).push(" AND s.owner > ").text(after);
    sql.push(" ORDER BY s.owner LIMIT ").int(limit);
    Ok(states(sql.load(conn)?))
}

pub(super) fn insert_sum_log(conn: &mut Conn, rows: &[SumLogRow]) -> DbResult<()> {
    for row in rows {
        diesel::insert_into(usage_sum_log::table)
            .values(row)
            .execute(conn)?;
    }
    Ok(())
}

pub(super) fn sum_log(conn: &mut Conn, limit: i64) -> DbResult<Vec<SumLogRow>> {
    Ok(usage_sum_log::table
        .order(usage_sum_log::seq)
        .limit(limit)
        .select(SumLogRow::as_select())
        .load(conn)?)
}

pub(super) fn delete_sum_log(conn: &mut Conn, seqs: &[i64]) -> DbResult<()> {
    for seq in seqs {
        diesel::delete(usage_sum_log::table.find(seq)).execute(conn)?;
    }
    Ok(())
}

/// Added up over those who counted.
pub(super) fn counts(
    conn: &mut Conn,
    tenant: i64,
    source: Option<&str>,
    from_hour: i64,
    to_hour: i64,
) -> DbResult<Vec<CountRow>> {
    let mut query = usage_count::table
        .filter(usage_count::tenant.eq(tenant))
        .filter(usage_count::hour.ge(from_hour))
        .filter(usage_count::hour.lt(to_hour))
        .order((usage_count::source, usage_count::hour, usage_count::outcome))
        .select(CountRow::as_select())
        .into_boxed();
    if let Some(source) = source {
        query = query.filter(usage_count::source.eq(source.to_owned()));
    }
    let mut added: Vec<CountRow> = Vec::new();
    for row in query.load::<CountRow>(conn)? {
        match added.last_mut() {
            Some(last)
                if (&last.source, last.hour, &last.outcome)
                    == (&row.source, row.hour, &row.outcome) =>
            {
                last.n = last.n.saturating_add(row.n);
            }
            _ => added.push(CountRow { writer: 0, ..row }),
        }
    }
    Ok(added)
}

pub(super) fn identifiers(
    conn: &mut Conn,
    tenant: i64,
    values: &[String],
) -> DbResult<Vec<IdentifierRow>> {
    let mut sql = Sql::new("SELECT i.* FROM identifier i WHERE i.tenant = ");
    sql.int(tenant).push(" AND i.value ").any_text(values);
    Ok(sql.load(conn)?)
}

pub(super) fn identifiers_of(
    conn: &mut Conn,
    tenant: i64,
    product: &str,
) -> DbResult<Vec<IdentifierRow>> {
    Ok(identifier::table
        .filter(identifier::tenant.eq(tenant))
        .filter(identifier::product.eq(product))
        .order((identifier::name, identifier::valid_from))
        .select(IdentifierRow::as_select())
        .load(conn)?)
}

/// Usage with one of these identities, each looked up by the index.
pub(super) fn by_identity(
    conn: &mut Conn,
    tenant: i64,
    identities: &[Vec<u8>],
) -> DbResult<Vec<UsageRow>> {
    let mut rows = Vec::new();
    for some in identities.chunks(super::ROWS_AT_ONCE) {
        rows.extend(
            usage_record::table
                .filter(usage_record::tenant.eq(tenant))
                .filter(usage_record::identity.is_not_null())
                .filter(usage_record::identity.eq_any(some))
                .select(UsageRow::as_select())
                .load(conn)?,
        );
    }
    Ok(rows)
}

/// The trace of a row as JSON text.
pub(super) fn trace(conn: &mut Conn, row: &UsageRow) -> DbResult<Option<String>> {
    if row.trace_shape == 0 {
        return Ok(None);
    }
    let shape = shape(conn, row.trace_shape)?;
    let text = crate::domain::packed::unpack(&shape, &row.trace);
    text.map(Some)
        .ok_or_else(|| DbError::Fault("a trace does not fit its shape".into()))
}
