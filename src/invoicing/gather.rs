//! Reads all that bills of some accounts are made of, in a few queries for all of them.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::account::{Billed, billed};
use super::bound::Offered;
use super::catalog::Terms;
use super::product;
use super::settings::Invoicing;
use super::state::State;
use super::usage::{self, Left};
use crate::behaviour::attributes;
use crate::behaviour::rating::Accounts;
use crate::billing::product::Product;
use crate::billing::{AccountPeriod, Span};
use crate::domain::bill_calendar::{BillPeriod, Dates};
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::store::{ResourceRow, Session};

pub const ACCOUNT: &str = "billingAccount";
/// Products, bills and their lines by their account: the path of the index.
pub const BILLED_TO: &str = "billingAccount.id";
pub const PRODUCT: &str = "product";
/// Products of one account at most.
const PRODUCTS_MAX: i64 = 1_000_000;
/// What matters of a product.
const OF_PRODUCT: [&str; 11] = [
    "status",
    "name",
    "productPrice",
    "priceHistory",
    "chargedPeriod",
    "startDate",
    "terminationDate",
    "productOffering",
    "quantity",
    "billingAccount",
    "productTerm",
];
/// What matters of an account, for its bills.
const OF_ACCOUNT: [&str; 9] = [
    "name",
    "state",
    "currency",
    "billStructure",
    "financialAccount",
    "relatedParty",
    "billedThrough",
    "contact",
    "accountRelationship",
];

/// Which time is billed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Covers {
    /// The last period of the cycle whose bill is due at an instant.
    Due(Micros),
    /// What has come up to an instant, besides the cycle.
    UpTo(Micros),
}

/// All that the bill of an account is made of.
pub struct Gathered {
    pub billed: Billed,
    pub period: BillPeriod,
    pub next: Option<Micros>,
    pub state: State,
    /// Of the state; 0 where there was none.
    pub revision: i64,
    pub given: AccountPeriod,
    pub usage: Vec<Left>,
}

/// What was found of an account.
pub enum Found {
    Due(Box<Gathered>),
    /// It was billed for that time already.
    Billed,
    Failed(String),
}

/// A product as it was read.
struct Read {
    id: String,
    doc: Value,
}

impl Invoicing {
    /// Looks at accounts, in the order given.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn gather(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        accounts: &[String],
        covers: Covers,
    ) -> Outcome<Vec<(String, Found)>> {
        let rows = session.versions_of(tenant, ACCOUNT, accounts)?.into_iter();
        let mut rows: HashMap<String, ResourceRow> = rows
            .filter(|row| row.current)
            .map(|row| (row.id.clone(), row))
            .collect();
        let ids = accounts.iter().map(String::as_str);
        let payers = Accounts::of_ids(session, tenant, ids)?;
        let mut products = self.products(session, tenant, accounts)?;
        let ids: Vec<String> = products
            .values()
            .flatten()
            .map(|own| own.id.clone())
            .collect();
        let mut left = usage::of_products(session, tenant, &ids)?;
        let terms = self.terms(session, tenant, &products, &left)?;
        let states = session.billing_states(tenant, accounts)?.into_iter();
        let mut states: HashMap<String, (i64, Vec<u8>)> = states
            .map(|(account, revision, state)| (account, (revision, state)))
            .collect();
        let library = self.book.library(tenant);
        let mut offered: HashMap<String, Arc<Offered>> = HashMap::new();
        for own in products.values().flatten() {
            let Some(id) = offering(&own.doc) else {
                continue;
            };
            if !offered.contains_key(id) {
                let said = self.offerings.of(session, &library, tenant, id)?;
                offered.insert(id.to_owned(), said);
            }
        }
        let mut all = Vec::with_capacity(accounts.len());
        for id in accounts {
            let Some(row) = rows.remove(id) else {
                all.push((id.clone(), Found::Failed("the account is gone".to_owned())));
                continue;
            };
            let doc = attributes(&row, &OF_ACCOUNT)?;
            let payer = payers.get(id);
            let own = match billed(id, doc, &payer, &library, &self.settings) {
                Ok(own) => own,
                Err(why) => {
                    all.push((id.clone(), Found::Failed(why)));
                    continue;
                }
            };
            let (revision, state) = states.remove(id).unwrap_or_default();
            let of_account = Parts {
                state,
                revision,
                products: products.remove(id).unwrap_or_default(),
                left: &mut left,
                terms: &terms,
                offered: &offered,
            };
            // What is wrong with one account keeps no other from its bill.
            let found = self.put_together(own, covers, of_account);
            let found = found.unwrap_or_else(|problem| {
                let why = problem.logged();
                tracing::error!(account = id, problem = %why, "an account cannot be billed");
                Found::Failed(
                    "what is kept of the account makes no sense; the log says more".to_owned(),
                )
            });
            all.push((id.clone(), found));
        }
        Ok(all)
    }

    fn products(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        accounts: &[String],
    ) -> Outcome<HashMap<String, Vec<Read>>> {
        let by_account = self.indexed(PRODUCT, BILLED_TO)?;
        let rows = session.rows_by_index(tenant, &[by_account], accounts, PRODUCTS_MAX)?;
        let mut products: HashMap<String, Vec<Read>> = HashMap::with_capacity(accounts.len());
        for row in rows {
            let doc = attributes(&row, &OF_PRODUCT)?;
            let account = doc.pointer("/billingAccount/id").and_then(Value::as_str);
            if let Some(account) = account.map(str::to_owned) {
                let own = products.entry(account).or_default();
                own.push(Read { id: row.id, doc });
            }
        }
        Ok(products)
    }

    /// What the catalog says of all prices that there are.
    fn terms(
        &self,
        session: &mut dyn Session,
        tenant: i64,
        products: &HashMap<String, Vec<Read>>,
        left: &HashMap<String, Left>,
    ) -> Outcome<HashMap<String, Arc<Terms>>> {
        let of_products = products.values().flatten();
        let of_products = of_products.flat_map(|own| product::price_ids(&own.doc));
        let of_usage = left.values().flat_map(Left::price_ids);
        let ids: BTreeSet<&str> = of_products.chain(of_usage).collect();
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        self.catalog.of(session, tenant, &ids)
    }

    fn put_together(&self, billed: Billed, covers: Covers, parts: Parts<'_>) -> Outcome<Found> {
        let Parts {
            state,
            revision,
            products,
            left,
            terms,
            offered,
        } = parts;
        let state = State::read(&state)?;
        let Some((period, advance_to)) = period(&billed, &state, covers) else {
            return Ok(Found::Failed("its billing cycle has no periods".to_owned()));
        };
        let through = through(&billed, &state);
        if through.is_some_and(|through| through >= period.span.to) {
            return Ok(Found::Billed);
        }
        let mut read: Vec<Product> = Vec::with_capacity(products.len());
        let mut usage = Vec::new();
        let mut bounds = Vec::new();
        let mut tallies = Vec::new();
        for own in &products {
            match product::read(&own.id, &own.doc, terms) {
                Ok(Some(mut product)) => {
                    if let Some(said) = offering(&own.doc).and_then(|id| offered.get(id)) {
                        product.binding = said.binding(&product, &own.doc);
                        let calendar = &billed.account.calendar;
                        if let Err(why) = said.bounds(&product, calendar, &period, &mut bounds) {
                            return Ok(Found::Failed(why));
                        }
                    }
                    read.push(product);
                }
                Ok(None) => {}
                Err(why) => return Ok(Found::Failed(why)),
            }
            if let Some(left) = left.remove(&own.id) {
                tallies.extend(left.tallies(period.span, terms)?);
                usage.push(left);
            }
        }
        let given_from = self.reckon_from(&state, through, &period);
        let given = AccountPeriod {
            account: billed.account.clone(),
            period: period.span,
            advance_to,
            reckon_from: given_from,
            closes: matches!(covers, Covers::Due(_)),
            products: read,
            usage: tallies,
            pending: Vec::new(),
            commitments: bounds,
            marks: state.marks()?,
        };
        let next = billed.account.calendar.next(&period);
        Ok(Found::Due(Box::new(Gathered {
            next: next.map(|next| next.dates.billing),
            billed,
            period,
            state,
            revision,
            given,
            usage,
        })))
    }
}

impl Invoicing {
    /// What is over by then is charged and corrected no more: what lies too far back, and, in the first
    /// bill, what another system has billed. Where products begin is their own business: a first term may
    /// cost more than the part of it from there on.
    fn reckon_from(&self, state: &State, through: Option<Micros>, period: &BillPeriod) -> Micros {
        let limit = Micros(period.span.to.0.saturating_sub(self.settings.back_micros));
        match (state.through, through) {
            (None, Some(before)) => before.max(limit),
            _ => limit,
        }
    }
}

/// What belongs to one account.
struct Parts<'p> {
    /// As it is stored.
    state: Vec<u8>,
    revision: i64,
    products: Vec<Read>,
    left: &'p mut HashMap<String, Left>,
    terms: &'p HashMap<String, Arc<Terms>>,
    /// What offerings say, by id.
    offered: &'p HashMap<String, Arc<Offered>>,
}

fn offering(product: &Value) -> Option<&str> {
    product.pointer("/productOffering/id")?.as_str()
}

/// Up to when an account was billed, here or, as it says itself, by the system before.
fn through(billed: &Billed, state: &State) -> Option<Micros> {
    let before = billed.doc.get("billedThrough").and_then(Value::as_str);
    state
        .through
        .map(Micros)
        .or_else(|| before.and_then(Micros::parse))
}

/// The period that is billed, and up to when charges in advance are. Periods that were missed are billed
/// with it.
fn period(billed: &Billed, state: &State, covers: Covers) -> Option<(BillPeriod, Micros)> {
    let calendar = &billed.account.calendar;
    let through = through(billed, state);
    match covers {
        Covers::Due(at) => {
            let mut period = calendar.due(at)?;
            let advance_to = calendar.next(&period)?.span.to;
            if let Some(through) = through
                && through < period.span.to
            {
                period.span.from = through;
            }
            Some((period, advance_to))
        }
        Covers::UpTo(at) => {
            let around = calendar.period_at(at)?;
            let from = through.map_or(around.span.from, |through| through.min(at));
            let period = BillPeriod {
                span: Span { from, to: at },
                dates: Dates {
                    billing: at,
                    charge: at,
                    credit: at,
                    mailing: at,
                    payment_due: None,
                },
                ..around
            };
            Some((period, around.span.to))
        }
    }
}
