//! Who owes what for how long, as bills stand now.

use std::collections::HashMap;

use chrono_tz::Tz;
use serde_json::{Map, Value, json};

use super::super::bill::Bill;
use super::super::{BILL, ON_ACCOUNT};
use super::{instant, is, pages, read};
use crate::billing::receivable::Total;
use crate::billing::receivable::aging::{Aging, Bucket, Item, Row};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{Attributes, Condition, DbResult, Match, Plan, Session, Store};

const ACCOUNT: &str = "billingAccount";
const CYCLE: &str = "billingCycleSpecification";
/// States of bills of which something may be left.
const OPEN: [&str; 4] = ["validated", "sent", "partiallyPaid", "onHold"];

/// What is asked for.
#[derive(Clone, Debug)]
pub struct Asked {
    at: Micros,
    account: Option<String>,
    /// Where the days of accounts begin whose billing cycle names no time zone.
    zone: Tz,
}

impl Asked {
    /// Reads a question.
    ///
    /// # Errors
    /// `InvalidQuery` for what is no instant or no time zone.
    pub fn read(
        at: Option<String>,
        account: Option<String>,
        zone: Option<String>,
        now: Micros,
    ) -> Outcome<Self> {
        let zone = zone.map(|name| {
            let message = "must be the name of an IANA time zone";
            name.parse()
                .map_err(|_| Problem::at(Code::InvalidQuery, "timeZone", message))
        });
        Ok(Asked {
            at: instant("at", at)?.unwrap_or(now),
            account,
            zone: zone.transpose()?.unwrap_or(Tz::UTC),
        })
    }
}

/// Makes the report.
///
/// # Errors
/// When the database cannot be read.
pub async fn report(store: &Store, tenant: i64, asked: Asked) -> Outcome<Value> {
    let attributes = store.clone();
    let at = asked.at;
    let aging = store
        .scan(move |session| collect(session, attributes.attributes(), tenant, &asked))
        .await?;
    Ok(shown(&aging, at))
}

fn collect(
    session: &mut dyn Session,
    attributes: &Attributes,
    tenant: i64,
    asked: &Asked,
) -> DbResult<Aging> {
    let mut aging = Aging::at(asked.at);
    let mut zones = Zones::new(tenant, asked.zone);
    let mut conditions = Vec::new();
    if let Some(state) = attributes.number(BILL, "state") {
        conditions.push(Condition {
            attribute: state,
            test: Match::AnyOf(OPEN.map(str::to_owned).to_vec()),
        });
    }
    let own = attributes.number(BILL, "billingAccount.id");
    conditions.extend(own.zip(asked.account.as_deref()).map(|(n, id)| is(n, id)));
    let plan = Plan {
        conditions,
        ..Plan::all(tenant, BILL)
    };
    pages(session, plan, &mut |session, rows| {
        let mut bills = Vec::with_capacity(rows.len());
        for row in rows {
            let (id, created) = (row.id.clone(), Micros(row.created_at));
            bills.extend(Bill::of(id, read(&row)?, created));
        }
        zones.load(
            session,
            bills.iter().map(|bill| bill.account.clone()).collect(),
        )?;
        for open in bills.iter().filter_map(|bill| Some((bill, bill.open()?))) {
            let (bill, open) = open;
            aging.add(&Item {
                account: bill.account.clone(),
                currency: open.currency,
                remaining: open.remaining,
                due: open.due,
                zone: zones.of(&bill.account),
                held: open.held,
            });
        }
        Ok(())
    })?;
    let credits = match &asked.account {
        Some(account) => session.balances(tenant, ACCOUNT, std::slice::from_ref(account))?,
        None => session.balances_of_type(tenant, ON_ACCOUNT)?,
    };
    for row in credits.iter().filter(|row| row.balance_type == ON_ACCOUNT) {
        if let Some(currency) = Currency::of(&row.currency) {
            let left = Amount::from_millionths(row.amount.saturating_neg());
            aging.add_on_account(&row.account, currency, left);
        }
    }
    Ok(aging)
}

/// Where the days of accounts begin.
struct Zones {
    tenant: i64,
    otherwise: Tz,
    /// By account, the cycle that it is billed in.
    cycles: HashMap<String, Option<String>>,
    zones: HashMap<String, Tz>,
}

impl Zones {
    fn new(tenant: i64, otherwise: Tz) -> Self {
        Zones {
            tenant,
            otherwise,
            cycles: HashMap::new(),
            zones: HashMap::new(),
        }
    }

    /// Reads the accounts that are not known yet, and their cycles.
    fn load(&mut self, session: &mut dyn Session, mut accounts: Vec<String>) -> DbResult<()> {
        accounts.sort();
        accounts.dedup();
        accounts.retain(|id| !self.cycles.contains_key(id));
        let mut cycles = Vec::new();
        for row in session.versions_of(self.tenant, ACCOUNT, &accounts)? {
            let doc = read(&row)?;
            let cycle = doc.pointer("/billStructure/cycleSpecification/id");
            let cycle = cycle.and_then(Value::as_str).map(str::to_owned);
            cycles.extend(cycle.clone());
            self.cycles.insert(row.id, cycle);
        }
        cycles.sort();
        cycles.dedup();
        cycles.retain(|id| !self.zones.contains_key(id));
        for row in session.versions_of(self.tenant, CYCLE, &cycles)? {
            let doc = read(&row)?;
            let zone = doc.get("timeZone").and_then(Value::as_str);
            let zone = zone.and_then(|name| name.parse().ok());
            self.zones.insert(row.id, zone.unwrap_or(self.otherwise));
        }
        Ok(())
    }

    fn of(&self, account: &str) -> Tz {
        let cycle = self.cycles.get(account).and_then(Option::as_ref);
        let zone = cycle.and_then(|cycle| self.zones.get(cycle));
        zone.copied().unwrap_or(self.otherwise)
    }
}

fn shown(aging: &Aging, at: Micros) -> Value {
    let rows = aging.rows().map(|(account, currency, row)| {
        let mut shown = Map::new();
        shown.insert("billingAccount".to_owned(), json!({ "id": account }));
        sums(row, currency, &mut shown);
        Value::Object(shown)
    });
    let totals = aging.totals().into_iter().map(|(currency, row)| {
        let mut shown = Map::new();
        sums(&row, currency, &mut shown);
        Value::Object(shown)
    });
    json!({
        "@type": "AgingReport",
        "at": at.to_rfc3339(),
        "total": totals.collect::<Value>(),
        "account": rows.collect::<Value>(),
    })
}

fn sums(row: &Row, code: &'static str, into: &mut Map<String, Value>) {
    let currency = Currency::of(code);
    let number = |total: Total| {
        let money = currency.and_then(|currency| total.money(currency));
        money.map_or(Value::Null, |money| {
            Value::Number(crate::domain::money::number_of(money.value))
        })
    };
    into.insert("currency".to_owned(), json!(code));
    for bucket in Bucket::ALL {
        into.insert(bucket.as_str().to_owned(), number(row.bucket(bucket)));
    }
    into.insert("total".to_owned(), number(row.total));
    into.insert("disputed".to_owned(), number(row.disputed));
    into.insert("onAccount".to_owned(), number(row.on_account));
    into.insert("bills".to_owned(), json!(row.bills));
}
