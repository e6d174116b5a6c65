//! Lists. The page is found on the index alone, documents are read for that page only.

use diesel::QueryableByName;
use diesel::RunQueryDsl;
use diesel::sql_types::BigInt;

use super::super::dialect;
use super::Conn;
use super::sql::Sql;
use crate::store::error::DbResult;
use crate::store::plan::{Condition, Match, Order, Plan};
use crate::store::rows::ResourceRow;

const COLUMNS: &str = "r.seq, r.tenant, r.kind, r.id, r.version, r.revision, r.current, r.label, \
                       r.state, r.created_at, r.updated_at, r.doc";

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Resources of a page, in order.
pub(super) fn list(conn: &mut Conn, plan: &Plan) -> DbResult<Vec<ResourceRow>> {
    let sql = if reads_the_table(plan) {
        documents_in_order(plan)
    } else if plan.contains.is_empty() {
        page_then_documents(plan)
    } else {
        documents_sieved(plan)
    };
    Ok(sql.load::<ResourceRow>(conn)?)
}

/// How many resources the conditions select, whatever the window.
pub(super) fn count(conn: &mut Conn, plan: &Plan) -> DbResult<i64> {
    let mut sql = Sql::new("SELECT count(*) AS n FROM (");
    source(&mut sql, plan, Order::Created);
    sql.push(") s");
    Ok(sql.get_result::<Count>(conn)?.n)
}

/// Whether no index row is involved: then documents are read as the key goes. A join of the table
/// with itself would let PostgreSQL sort the whole of it for each part of a scan.
fn reads_the_table(plan: &Plan) -> bool {
    plan.conditions.is_empty() && plan.order == Order::Created && !plan.contains.is_empty()
}

fn documents_in_order(plan: &Plan) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM resource r WHERE ");
    of_kind(&mut sql, plan, "r");
    if let Some(after) = &plan.after {
        let op = if plan.descending { " < " } else { " > " };
        sql.push(" AND r.seq").push(op).int(after.seq);
    }
    sieve(&mut sql, plan);
    order_by(&mut sql, plan, "r.");
    window(&mut sql, plan);
    sql
}

fn page_then_documents(plan: &Plan) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM (");
    source(&mut sql, plan, plan.order);
    position(&mut sql, plan);
    order_by(&mut sql, plan, "s.");
    window(&mut sql, plan);
    sql.push(") p ")
        .push(dialect::ORDERED_JOIN)
        .push(" resource r ON r.seq = p.seq");
    order_by(&mut sql, plan, "p.");
    sql
}

/// For scans: the sieve looks into documents, so they are joined before the window.
fn documents_sieved(plan: &Plan) -> Sql {
    let mut sql = Sql::new("SELECT ");
    sql.push(COLUMNS).push(" FROM (");
    source(&mut sql, plan, plan.order);
    position(&mut sql, plan);
    sql.push(") p ")
        .push(dialect::ORDERED_JOIN)
        .push(" resource r ON r.seq = p.seq WHERE 1 = 1");
    sieve(&mut sql, plan);
    order_by(&mut sql, plan, "p.");
    window(&mut sql, plan);
    sql
}

/// Documents that hold none of what is looked for need not be parsed.
fn sieve(sql: &mut Sql, plan: &Plan) {
    for text in &plan.contains {
        sql.push(" AND ")
            .push(dialect::CONTAINS)
            .push("(r.doc, ")
            .text(text)
            .push(") > 0");
    }
}

/// `SELECT * FROM (driver) s WHERE TRUE`: the sequence numbers the conditions select, with the
/// value they are ordered by. The caller adds position, order and window.
fn source(sql: &mut Sql, plan: &Plan, order: Order) {
    let driver = match order {
        Order::Attribute(attribute) => Driver::Ordered(attribute),
        Order::Created => plan
            .conditions
            .iter()
            .position(|c| {
                matches!(c.test, Match::Equals(_)) && plan.current_only && plan.ids.is_none()
            })
            .map_or(Driver::Table, Driver::Condition),
    };
    sql.push("SELECT s.* FROM (");
    match driver {
        Driver::Table => {
            sql.push("SELECT d.seq FROM resource d WHERE ");
            of_kind(sql, plan, "d");
        }
        Driver::Condition(at) => {
            sql.push("SELECT d.seq FROM resource_index d WHERE ");
            if let Some(condition) = plan.conditions.get(at) {
                index_row(sql, plan, "d", condition.attribute);
                test(sql, "d", &condition.test);
            }
        }
        Driver::Ordered(attribute) => {
            sql.push("SELECT d.seq, d.value FROM resource_index d WHERE ");
            index_row(sql, plan, "d", attribute);
        }
    }
    let mut sets = 0;
    for (at, condition) in plan.conditions.iter().enumerate() {
        if !matches!(driver, Driver::Condition(driving) if driving == at) {
            restrict(sql, plan, condition, driver, &mut sets);
        }
    }
    sql.push(") s WHERE 1 = 1");
}

/// Rows of the kind in the table of resources.
fn of_kind(sql: &mut Sql, plan: &Plan, alias: &str) {
    sql.push(alias).push(".tenant = ").int(plan.tenant);
    sql.push(" AND ")
        .push(alias)
        .push(".kind = ")
        .text(plan.kind);
    if plan.current_only {
        sql.push(" AND ").push(alias).push(".current = ").bool(true);
    }
    if let Some(ids) = &plan.ids {
        sql.push(" AND ").push(alias).push(".id ").any_text(ids);
    }
}

/// What a list is read along.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// All resources of the kind.
    Table,
    /// The index rows of the condition at that place.
    Condition(usize),
    /// The index rows of the attribute that gives the order.
    Ordered(i64),
}

/// `sets` counts the conditions so far that are sets.
fn restrict(sql: &mut Sql, plan: &Plan, condition: &Condition, driver: Driver, sets: &mut usize) {
    if driver == Driver::Ordered(condition.attribute) {
        return test(sql, "d", &condition.test);
    }
    match &condition.test {
        // One probe of the primary key for each candidate.
        Match::Equals(_) => {
            sql.push(" AND EXISTS (SELECT 1 FROM resource_index i WHERE ");
            index_row(sql, plan, "i", condition.attribute);
            test(sql, "i", &condition.test);
            sql.push(" AND i.seq = d.seq)");
        }
        // A set made once. The first may be what the list is read along, the others are looked into.
        Match::AnyOf(_) | Match::Range { .. } => {
            let member = match *sets {
                0 => "d.seq",
                _ => dialect::LOOKED_UP,
            };
            *sets += 1;
            sql.push(" AND ")
                .push(member)
                .push(" IN (SELECT i.seq FROM resource_index i WHERE ");
            index_row(sql, plan, "i", condition.attribute);
            test(sql, "i", &condition.test);
            sql.push(")");
        }
    }
}

fn index_row(sql: &mut Sql, plan: &Plan, alias: &str, attribute: i64) {
    sql.push(alias).push(".tenant = ").int(plan.tenant);
    sql.push(" AND ")
        .push(alias)
        .push(".attribute = ")
        .int(attribute);
    if plan.current_only {
        sql.push(" AND ").push(alias).push(".current = ").bool(true);
    }
}

fn test(sql: &mut Sql, alias: &str, test: &Match) {
    sql.push(" AND ").push(alias).push(".value ");
    match test {
        Match::Equals(value) => sql.push("= ").text(value),
        Match::AnyOf(values) => sql.any_text(values),
        Match::Range { op, bound } => sql.push(op.sql()).push(" ").text(bound),
    };
}

fn position(sql: &mut Sql, plan: &Plan) {
    let Some(after) = &plan.after else { return };
    let op = if plan.descending { " < " } else { " > " };
    match (plan.order, &after.value) {
        (Order::Attribute(_), Some(value)) => {
            sql.push(" AND (s.value, s.seq)")
                .push(op)
                .push("(")
                .text(value);
            sql.push(", ").int(after.seq).push(")");
        }
        _ => {
            sql.push(" AND s.seq").push(op).int(after.seq);
        }
    }
}

fn order_by(sql: &mut Sql, plan: &Plan, alias: &str) {
    let direction = if plan.descending { " DESC" } else { "" };
    sql.push(" ORDER BY ");
    if matches!(plan.order, Order::Attribute(_)) {
        sql.push(alias).push("value").push(direction).push(", ");
    }
    sql.push(alias).push("seq").push(direction);
}

fn window(sql: &mut Sql, plan: &Plan) {
    let limit = i64::try_from(plan.limit).unwrap_or(i64::MAX);
    let offset = i64::try_from(plan.offset).unwrap_or(i64::MAX);
    sql.push(" LIMIT ").int(limit).push(" OFFSET ").int(offset);
}
