//! Everything that is known of a customer, in one answer.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{CUSTOMER, ENGAGED_PARTY};
use crate::behaviour::account;
use crate::behaviour::billing::receivable::BILL;
use crate::behaviour::order;
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::state_machine::Machines;
use crate::domain::usage_facts::key_of;
use crate::engine::{Caller, Core, Engine};
use crate::store::{Attributes, Condition, DbResult, IdKey, Match, Plan, ResourceRow, Session};

const PARTIES: [&str; 2] = ["individual", "organization"];
/// Roles, and accounts, that an overview shows at most.
const MOST: i64 = 200;
/// Products, and open orders, that it shows at most: the newest ones.
const NEWEST: u64 = 200;
const PRODUCT: &str = "product";
/// Bills of its accounts, the newest ones: a year of months.
const BILLS: u64 = 12;
/// Records of usage of its products, those that came last.
const RECORDS: usize = 20;
const BILLED_TO: &str = "billingAccount.id";
/// Where orders and products name the customer.
const RELATED: &str = "relatedParty.partyOrPartyRole.id";

/// What the queries found.
struct Found {
    customer: ResourceRow,
    party: Option<ResourceRow>,
    /// Other roles of the same party.
    roles: Vec<ResourceRow>,
    accounts: Vec<ResourceRow>,
    products: Vec<ResourceRow>,
    orders: Vec<ResourceRow>,
    bills: Vec<ResourceRow>,
    usage: Vec<ResourceRow>,
}

/// The states of what is not over yet, of one kind.
struct Live {
    kind: &'static str,
    attribute: &'static str,
    states: Vec<String>,
}

impl Live {
    fn of(kind: &'static str, attribute: &'static str, machines: &Machines) -> Self {
        let states = machines
            .of(kind)
            .map_or(&[][..], |machine| machine.states());
        let live = states.iter().filter(|state| !state.is_ended());
        Live {
            kind,
            attribute,
            states: live.map(|state| state.name().to_owned()).collect(),
        }
    }

    /// What a customer has of it, the newest first.
    fn find(
        &self,
        session: &mut dyn Session,
        attributes: &Attributes,
        (tenant, customer): (i64, &str),
    ) -> DbResult<Vec<ResourceRow>> {
        let Some(related) = attributes.number(self.kind, RELATED) else {
            return Ok(Vec::new());
        };
        let mut conditions = vec![Condition {
            attribute: related,
            test: Match::Equals(customer.to_owned()),
        }];
        let state = attributes.number(self.kind, self.attribute);
        if let (Some(state), false) = (state, self.states.is_empty()) {
            conditions.push(Condition {
                attribute: state,
                test: Match::AnyOf(self.states.clone()),
            });
        }
        session.list(&Plan {
            conditions,
            descending: true,
            limit: NEWEST,
            ..Plan::all(tenant, self.kind)
        })
    }
}

/// The overview of a customer (`GET /tollgate/v1/customer/{id}/overview`): the customer, its party,
/// the other roles of that party, the accounts of the customer with their balances, its products, its open
/// orders, its newest bills and its last usage, each in the v5 form. Seventeen queries at most, whatever the
/// customer has.
///
/// # Errors
/// `NotFound` when there is no such customer.
pub async fn overview(
    engine: &Engine,
    machines: &Machines,
    caller: &Caller,
    id: &str,
) -> Outcome<Value> {
    let live = [
        Live::of(PRODUCT, "status", machines),
        Live::of(order::KIND, "state", machines),
    ];
    let (tenant, wanted) = (caller.tenant, id.to_owned());
    let (store, core) = (engine.store.clone(), Arc::clone(&engine.core));
    let found = engine
        .store
        .scan(move |session| find(session, &core, store.attributes(), &live, (tenant, wanted)))
        .await?;
    let missing = || Problem::new(Code::NotFound, format!("There is no customer '{id}'."));
    show(&engine.core, &found.ok_or_else(missing)?)
}

fn find(
    session: &mut dyn Session,
    core: &Core,
    attributes: &Attributes,
    [products, orders]: &[Live; 2],
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
    let products = products.find(session, attributes, (tenant, &id))?;
    let orders = orders.find(session, attributes, (tenant, &id))?;
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
    let bills = bills(session, attributes, tenant, &accounts)?;
    let keys: Vec<i64> = products.iter().map(|row| key_of(&row.id)).collect();
    let usage = session.recent_usage(tenant, &keys, RECORDS)?;
    Ok(Some(Found {
        customer,
        party,
        roles,
        accounts,
        products,
        orders,
        bills,
        usage,
    }))
}

/// The newest bills of accounts.
fn bills(
    session: &mut dyn Session,
    attributes: &Attributes,
    tenant: i64,
    accounts: &[ResourceRow],
) -> DbResult<Vec<ResourceRow>> {
    let ids: Vec<String> = accounts.iter().map(|row| row.id.clone()).collect();
    let Some(attribute) = attributes
        .number(BILL, BILLED_TO)
        .filter(|_| !ids.is_empty())
    else {
        return Ok(Vec::new());
    };
    session.list(&Plan {
        descending: true,
        limit: BILLS,
        ..Plan::having(tenant, BILL, attribute, Match::AnyOf(ids))
    })
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
    answer.insert("product".to_owned(), all(core, &found.products)?);
    answer.insert("productOrder".to_owned(), all(core, &found.orders)?);
    answer.insert("customerBill".to_owned(), all(core, &found.bills)?);
    answer.insert("usage".to_owned(), all(core, &found.usage)?);
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
