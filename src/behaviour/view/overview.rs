//! Everything that is known of a customer, in one answer.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{CUSTOMER, ENGAGED_PARTY};
use crate::behaviour::account;
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Caller, Core, Engine};
use crate::store::{Attributes, DbResult, IdKey, ResourceRow, Session};

const PARTIES: [&str; 2] = ["individual", "organization"];
/// Roles, and accounts, that an overview shows at most.
const MOST: i64 = 200;

/// What the queries found.
struct Found {
    customer: ResourceRow,
    party: Option<ResourceRow>,
    /// Other roles of the same party.
    roles: Vec<ResourceRow>,
    accounts: Vec<ResourceRow>,
}

/// The overview of a customer (`GET /tollgate/v1/customer/{id}/overview`): the customer, its party,
/// the other roles of that party, and the accounts of the customer with their balances, each in the
/// v5 form. Ten queries at most.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn overview(engine: &Engine, caller: &Caller, id: &str) -> Outcome<Value> {
    let (tenant, wanted) = (caller.tenant, id.to_owned());
    let (store, core) = (engine.store.clone(), Arc::clone(&engine.core));
    let found = engine
        .store
        .scan(move |session| find(session, &core, store.attributes(), (tenant, wanted)))
        .await?;
    let missing = || Problem::new(Code::NotFound, format!("There is no customer '{id}'."));
    show(&engine.core, &found.ok_or_else(missing)?)
}

fn find(
    session: &mut dyn Session,
    core: &Core,
    attributes: &Attributes,
    (tenant, id): (i64, String),
) -> DbResult<Option<Found>> {
    let Some(customer) = one(session, tenant, CUSTOMER, &id)? else {
        return Ok(None);
    };
    let doc: Value = serde_json::from_str(&customer.doc).unwrap_or_default();
    let party_id = doc.pointer("/engagedParty/id").and_then(Value::as_str);
    let mut party = None;
    let mut roles = Vec::new();
    if let Some(party_id) = party_id {
        for kind in kinds_of_party(&doc) {
            party = one(session, tenant, kind, party_id)?;
            if party.is_some() {
                break;
            }
        }
        let by_party = attributes.numbers([CUSTOMER, "partyRole"], ENGAGED_PARTY);
        roles = session.rows_by_index(tenant, &by_party, &[party_id.to_owned()], MOST)?;
        roles.retain(|role| role.seq != customer.seq);
    }
    let holders: Vec<String> = party_id
        .map(str::to_owned)
        .into_iter()
        .chain([id])
        .collect();
    let by_holder = attributes.numbers(account::KINDS, account::PARTIES);
    let mut accounts = session.rows_by_index(tenant, &by_holder, &holders, MOST)?;
    accounts.sort_by(|a, b| a.kind.cmp(&b.kind));
    for of_kind in accounts.chunk_by_mut(|a, b| a.kind == b.kind) {
        core.decorate(session, of_kind)?;
    }
    Ok(Some(Found {
        customer,
        party,
        roles,
        accounts,
    }))
}

/// The kind that the reference names first.
fn kinds_of_party(doc: &Value) -> Vec<&'static str> {
    let named = doc.pointer("/engagedParty/@referredType");
    let mut kinds = PARTIES.to_vec();
    let is_named = |kind: &&str| {
        named
            .and_then(Value::as_str)
            .is_some_and(|class| class.eq_ignore_ascii_case(kind))
    };
    kinds.sort_by_key(|kind| !is_named(kind));
    kinds
}

fn one(
    session: &mut dyn Session,
    tenant: i64,
    kind: &str,
    id: &str,
) -> DbResult<Option<ResourceRow>> {
    let key = IdKey::new(tenant, kind, id);
    Ok(session.versions(&key)?.into_iter().find(|row| row.current))
}

fn show(core: &Core, found: &Found) -> Outcome<Value> {
    let customer = shown(core, &found.customer)?;
    let mut answer = Map::new();
    answer.insert("@type".to_owned(), json!("CustomerOverview"));
    if let Some(default) = customer.pointer("/account/0") {
        answer.insert("defaultAccount".to_owned(), default.clone());
    }
    answer.insert("customer".to_owned(), customer);
    if let Some(party) = &found.party {
        answer.insert("party".to_owned(), shown(core, party)?);
    }
    answer.insert("role".to_owned(), all(core, &found.roles)?);
    answer.insert("account".to_owned(), all(core, &found.accounts)?);
    Ok(Value::Object(answer))
}

fn all(core: &Core, rows: &[ResourceRow]) -> Outcome<Value> {
    let rows = rows.iter().map(|row| shown(core, row));
    Ok(Value::Array(rows.collect::<Outcome<_>>()?))
}

fn shown(core: &Core, row: &ResourceRow) -> Outcome<Value> {
    let resource = core
        .registry
        .in_version(&row.kind, ApiVersion::V5)
        .ok_or_else(|| Problem::internal(format!("no v5 form of {}", row.kind)))?;
    core.value(resource, row, None)
}
