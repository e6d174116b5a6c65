//! The prices of a stored product: those of its offering, with all that they refer to.

use std::collections::HashSet;

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::store::{IdKey, Session};

const PRODUCT: &str = "product";
const OFFERING: &str = "productOffering";
const PRICE: &str = "productOfferingPrice";
/// Chains of prices are shorter, unless they go in circles.
const ROUNDS: usize = 16;

/// A product and the prices of what was ordered.
pub struct Sold {
    pub id: String,
    pub product: Value,
    /// With their ids.
    pub prices: Vec<(String, Value)>,
}

/// Reads a product and its prices.
///
/// # Errors
/// `InvalidBody` for a product that is not there, or that has no offering.
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
    let mut wanted: Vec<String> = named(&offering, "productOfferingPrice").collect();
    let (mut asked, mut prices) = (HashSet::new(), Vec::new());
    for _ in 0..ROUNDS {
        wanted.retain(|id| asked.insert(id.clone()));
        if wanted.is_empty() {
            break;
        }
        let rows = session.versions_of(tenant, PRICE, &wanted)?;
        wanted = Vec::new();
        for row in rows {
            let price = document(&row)?;
            wanted.extend(named(&price, "bundledPopRelationship"));
            wanted.extend(named(&price, "popRelationship"));
            prices.push((row.id, price));
        }
    }
    Ok(Sold {
        id: id.to_owned(),
        product,
        prices,
    })
}

fn current(session: &mut dyn Session, tenant: i64, kind: &str, id: &str) -> Outcome<Option<Value>> {
    let rows = session.versions(&IdKey::new(tenant, kind, id))?;
    let row = rows.into_iter().find(|row| row.current);
    row.as_ref().map(document).transpose()
}

/// Ids that a list of references names.
fn named<'d>(document: &'d Value, list: &str) -> impl Iterator<Item = String> + 'd {
    let list = document.get(list).and_then(Value::as_array);
    let list = list.into_iter().flatten();
    list.filter_map(|one| Some(one.get("id")?.as_str()?.to_owned()))
}
