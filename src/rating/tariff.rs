//! All prices of an offering at once: cards, their discounts, allowances, commitments.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::allowance::{self, Allowance};
use super::card::{self, CardSet};
use super::discount::{Discount, is_discount, reducing};
use super::fault::Fault;
use super::library::Library;
use super::period::{self, Commitment};

/// What an offering charges for usage and what it includes. Other prices, such as monthly fees, are
/// not about usage and are passed over.
#[derive(Clone, Debug, Default)]
pub struct Tariff {
    pub cards: CardSet,
    pub allowances: Vec<Arc<Allowance>>,
    /// By id.
    pub commitments: Vec<Arc<Commitment>>,
}

/// A fault in one of several documents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFault {
    /// Id of the price.
    pub price: Box<str>,
    pub fault: Fault,
}

impl Tariff {
    /// Compiles stored prices, each with its id. Several versions of a price may be among them.
    ///
    /// A usage price that is a part of a bundle among them is not charged by itself. A discount
    /// reduces the usage prices that it names and those that name it.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn compile(prices: &[(&str, &Value)], library: &Library) -> Result<Self, Vec<PriceFault>> {
        let mut faults = Vec::new();
        let parts: HashSet<&str> = prices.iter().flat_map(|(_, own)| parts(own)).collect();
        let mut cards = Vec::new();
        let mut discounts = Vec::new();
        let mut allowances = Vec::new();
        let mut commitments = Vec::new();
        for (id, document) in prices {
            let mut fail = |found: Vec<Fault>| {
                faults.extend(found.into_iter().map(|fault| PriceFault {
                    price: (*id).into(),
                    fault,
                }));
            };
            if card::is_usage(document) && !parts.contains(id) {
                match card::compile(id, document, library) {
                    Ok(card) => cards.push(Arc::new(card)),
                    Err(found) => fail(found),
                }
            } else if allowance::is_allowance(document) {
                match allowance::compile(id, document, library) {
                    Ok(allowance) => allowances.push(Arc::new(allowance)),
                    Err(found) => fail(found),
                }
            } else if is_discount(document) {
                match discount(id, document, prices, library) {
                    Ok(discount) => discounts.extend(discount.map(Arc::new)),
                    Err(found) => fail(found),
                }
            } else if period::is_commitment(document) {
                match commitment(id, document, prices) {
                    Ok(commitment) => commitments.push(Arc::new(commitment)),
                    Err(found) => fail(found),
                }
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        commitments.sort_by(|a: &Arc<Commitment>, b| a.price.cmp(&b.price));
        Ok(Tariff {
            cards: CardSet::new(cards, discounts),
            allowances,
            commitments,
        })
    }
}

/// True for a price that this module reads, or that one of those may consist of: what changes in it may
/// change what usage costs.
pub fn is_about_usage(document: &Value) -> bool {
    let word = document.get("priceType").and_then(Value::as_str);
    card::is_usage(document)
        || allowance::is_allowance(document)
        || is_discount(document)
        || period::is_commitment(document)
        || matches!(word, Some("setupFee" | "minimumCharge" | "maximumCharge"))
}

/// Ids of the parts of a bundle.
fn parts(document: &Value) -> impl Iterator<Item = &str> {
    let parts = document
        .get("bundledPopRelationship")
        .and_then(Value::as_array);
    let parts = parts.into_iter().flatten();
    parts.filter_map(|part| part.get("id")?.as_str())
}

/// A commitment is about the prices that it names and those that name it; about all where there are
/// none.
fn commitment(
    id: &str,
    document: &Value,
    prices: &[(&str, &Value)],
) -> Result<Commitment, Vec<Fault>> {
    let mut commitment = period::compile(id, document)?;
    let mut covers: Vec<Box<str>> = commitment.covers.into_vec();
    for (price, own) in prices {
        let names = period::covered_by(own).any(|named| named == id);
        if names && *price != id && !covers.iter().any(|known| **known == **price) {
            covers.push((*price).into());
        }
    }
    commitment.covers = covers.into_boxed_slice();
    Ok(commitment)
}

/// A discount on one of the usage prices; none for one on other prices.
fn discount(
    id: &str,
    document: &Value,
    prices: &[(&str, &Value)],
    library: &Library,
) -> Result<Option<Discount>, Vec<Fault>> {
    let usage = || prices.iter().filter(|(_, own)| card::is_usage(own));
    let named = super::discount::reduced(document);
    let named = named.filter(|named| usage().any(|(own, _)| own == named));
    let mut reduces: Vec<Box<str>> = named.map(Box::from).collect();
    for (price, own) in usage() {
        let names = reducing(own).chain(parts(own)).any(|named| named == id);
        if names && !reduces.iter().any(|known| **known == **price) {
            reduces.push((*price).into());
        }
    }
    if reduces.is_empty() {
        return Ok(None);
    }
    let mut discount = Discount::compile(id, document, library)?;
    discount.reduces = reduces;
    Ok(Some(discount))
}
