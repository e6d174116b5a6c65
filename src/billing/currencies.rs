//! Accounts that are charged in several currencies: a bill has one, so there is one for each.

use std::collections::BTreeMap;

use super::bill::{AccountPeriod, Bill, bill};
use super::fault::Fault;
use super::product::Product;
use crate::domain::money::Currency;

/// The bills of an account for a period, by [`bill`]: that in the currency of the account first, then one in
/// each other that something is charged in, by their codes. Any of them may be without lines. What has been
/// charged by now, in all currencies, is said by the marks of the last one.
///
/// # Errors
/// As [`bill`]: there are all of them or none.
pub fn bills(given: &AccountPeriod) -> Result<Vec<Bill>, Fault> {
    let others = others(given);
    if others.is_empty() {
        return Ok(vec![bill(given)?]);
    }
    let mut bills: Vec<Bill> = Vec::with_capacity(others.len() + 1);
    for currency in [given.account.currency].into_iter().chain(others) {
        let mut own = only(given, currency);
        own.marks = match bills.last() {
            Some(before) => before.marks.clone(),
            None => given.marks.clone(),
        };
        bills.push(bill(&own)?);
    }
    Ok(bills)
}

/// The currencies besides that of the account.
fn others(given: &AccountPeriod) -> Vec<&'static Currency> {
    let products = given.products.iter();
    let prices = products
        .clone()
        .flat_map(|own| own.prices.iter().map(|price| price.currency));
    let bindings = products.filter_map(|own| Some(own.binding.as_ref()?.currency));
    let usage = given.usage.iter().map(|own| own.currency);
    let pending = given.pending.iter().map(|own| own.currency);
    let bounds = given.commitments.iter().map(|own| own.currency);
    let all = prices
        .chain(bindings)
        .chain(usage)
        .chain(pending)
        .chain(bounds);
    let others = all.filter(|own| own.code != given.account.currency.code);
    let others: BTreeMap<&str, &'static Currency> = others.map(|own| (own.code, own)).collect();
    others.into_values().collect()
}

/// What is charged in one currency, without marks.
fn only(given: &AccountPeriod, currency: &'static Currency) -> AccountPeriod {
    let is_own = |own: &'static Currency| own.code == currency.code;
    let products = given.products.iter().map(|own| Product {
        prices: own
            .prices
            .iter()
            .filter(|price| is_own(price.currency))
            .cloned()
            .collect(),
        binding: own
            .binding
            .clone()
            .filter(|binding| is_own(binding.currency)),
        ..own.clone()
    });
    let mut account = given.account.clone();
    account.currency = currency;
    AccountPeriod {
        account,
        products: products.collect(),
        usage: kept(&given.usage, |own| is_own(own.currency)),
        pending: kept(&given.pending, |own| is_own(own.currency)),
        commitments: kept(&given.commitments, |own| is_own(own.currency)),
        marks: Vec::new(),
        ..*given
    }
}

fn kept<T: Clone>(all: &[T], is_own: impl Fn(&T) -> bool) -> Vec<T> {
    all.iter().filter(|one| is_own(one)).cloned().collect()
}
