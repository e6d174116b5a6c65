//! Prices of the catalog with all that they refer to: those of a product's offering, or any others.

use std::collections::HashSet;

use serde_json::Value;

use super::account::{Account, Accounts};
use super::options::Options;
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::value::Period;
use crate::store::{IdKey, Session};

const PRODUCT: &str = "product";
/// The kind of offerings in the store.
pub const OFFERING: &str = "productOffering";
/// The kind of prices in the store.
pub const PRICE: &str = "productOfferingPrice";
/// Chains of prices are shorter, unless they go in circles.
const ROUNDS: usize = 16;

/// A product and the prices of what was ordered.
pub struct Sold {
    pub id: String,
    pub product: Value,
    pub account: Account,
    /// With their ids.
    pub prices: Vec<(String, Value)>,
    pub options: Vec<SoldOption>,
}

/// An option of a product, and the prices of what was ordered as it.
pub struct SoldOption {
    pub id: String,
    pub active: Period,
    /// Ids of the prices that the offering names.
    pub named: HashSet<String>,
    /// These, and those that they refer to, with their ids.
    pub prices: Vec<(String, Value)>,
}

/// Reads a product and its prices.
///
/// # Errors
/// `InvalidBody` for a product that is not there, or where it, or an option of it, has no offering.
pub fn sold(session: &mut dyn Session, tenant: i64, id: &str) -> Outcome<Sold> {
    let refuse = |message: &str| Problem::at(Code::InvalidBody, "/product/id", message);
    let product =
        current(session, tenant, PRODUCT, id)?.ok_or_else(|| refuse("is not a stored product"))?;
    let offering = product
        .pointer("/productOffering/id")
        .and_then(Value::as_str);
    let offering = match offering {
        Some(offering) => current(session, tenant, OFFERING, offering)?,
        None => None,
    };
    let offering = offering.ok_or_else(|| refuse("has no offering that could have prices"))?;
    let prices = of_offering(session, tenant, &offering)?;
    let accounts = Accounts::of_all(session, tenant, [&product].into_iter())?;
    let options = sold_options(session, tenant, id, &product)?;
    Ok(Sold {
        id: id.to_owned(),
        account: accounts.of(&product),
        options: options.ok_or_else(|| refuse("has an option without an offering"))?,
        product,
        prices,
    })
}

/// The options of a product in the order of their offerings; none where the offering of one is gone.
fn sold_options(
    session: &mut dyn Session,
    tenant: i64,
    id: &str,
    product: &Value,
) -> Outcome<Option<Vec<SoldOption>>> {
    let chosen = Options::of_all(session, tenant, [product].into_iter())?.of(id, product);
    let mut options = chosen.options;
    options.retain(|option| option.offering().is_some());
    options.sort_by(|a, b| a.offering().cmp(&b.offering()));
    let mut sold = Vec::with_capacity(options.len());
    for option in options {
        let offering = option.offering().unwrap_or_default();
        let Some(offering) = current(session, tenant, OFFERING, offering)? else {
            return Ok(None);
        };
        sold.push(SoldOption {
            id: option.id,
            active: option.active,
            named: named(&offering, "productOfferingPrice").collect(),
            prices: of_offering(session, tenant, &offering)?,
        });
    }
    Ok(Some(sold))
}

/// The prices that an offering names, every version, with all that they refer to.
///
/// # Errors
/// When the database cannot be read.
pub fn of_offering(
    session: &mut dyn Session,
    tenant: i64,
    offering: &Value,
) -> Outcome<Vec<(String, Value)>> {
    let wanted = named(offering, "productOfferingPrice").collect();
    with_related(wanted, |ids| {
        let rows = session.versions_of(tenant, PRICE, ids)?;
        let read = rows.into_iter().map(|row| Ok((document(&row)?, row.id)));
        let read = read.map(|read: Outcome<_>| read.map(|(document, id)| (id, document)));
        read.collect()
    })
}

/// Prices and all that they refer to, each asked for once.
///
/// # Errors
/// Those of `find`.
pub fn with_related(
    mut wanted: Vec<String>,
    mut find: impl FnMut(&[String]) -> Outcome<Vec<(String, Value)>>,
) -> Outcome<Vec<(String, Value)>> {
    let (mut asked, mut prices) = (HashSet::new(), Vec::new());
    for _ in 0..ROUNDS {
        wanted.retain(|id| asked.insert(id.clone()));
        if wanted.is_empty() {
            break;
        }
        let found = find(&wanted)?;
        wanted = found.iter().flat_map(|(_, own)| related(own)).collect();
        prices.extend(found);
    }
    Ok(prices)
}

/// Ids of the prices that a price refers to.
pub fn related(price: &Value) -> impl Iterator<Item = String> {
    named(price, "bundledPopRelationship").chain(named(price, "popRelationship"))
}

/// The current version of a resource.
///
/// # Errors
/// When the database cannot be read.
pub fn current(
    session: &mut dyn Session,
    tenant: i64,
    kind: &str,
    id: &str,
) -> Outcome<Option<Value>> {
    let rows = session.versions(&IdKey::new(tenant, kind, id))?;
    let row = rows.into_iter().find(|row| row.current);
    row.as_ref().map(document).transpose()
}

/// Ids that a list of references names.
pub fn named<'d>(document: &'d Value, list: &str) -> impl Iterator<Item = String> + use<'d> {
    let list = document.get(list).and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|one| Some(one.get("id")?.as_str()?.to_owned()))
}
