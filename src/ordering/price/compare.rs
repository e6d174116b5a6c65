//! What a client believes that an order costs and which terms it counts on, against the catalog.

use serde_json::Value;

use super::charge::Charge;
use super::json::rounded;
use crate::domain::billing_cycle::Cycle;
use crate::domain::money::Money;
use crate::ordering::catalog::{Catalog, PriceKind};
use crate::ordering::order::{Item, Order};
use crate::ordering::plan::validate::{Policy, Refusal, Settings, Verdict, code};

/// Adds refusals or warnings, by the policies.
pub(in crate::ordering) fn compare(
    order: &Order,
    catalog: &Catalog,
    settings: &Settings,
    verdict: &mut Verdict,
) {
    if settings.terms != Policy::Ignore {
        let differences = order.items.iter().enumerate();
        let differences: Vec<Refusal> = differences
            .flat_map(|(index, item)| terms(index, item, catalog, verdict))
            .collect();
        report(differences, settings.terms, verdict);
    }
    let has_prices = order.items.iter().any(|item| !item.prices.is_empty());
    if settings.prices != Policy::Ignore && has_prices {
        let differences = prices(order, catalog, verdict);
        report(differences, settings.prices, verdict);
    }
}

fn report(differences: Vec<Refusal>, policy: Policy, verdict: &mut Verdict) {
    match policy {
        Policy::Ignore => {}
        Policy::Warn => verdict.warnings.extend(differences),
        Policy::Refuse => verdict.refusals.extend(differences),
    }
}

/// Terms that the offering does not have, or not for so long.
fn terms(index: usize, item: &Item, catalog: &Catalog, verdict: &Verdict) -> Vec<Refusal> {
    let placed = verdict.placed.get(index);
    let offering = placed.and_then(|placed| catalog.offerings.get(placed.offering.as_ref()?));
    let Some(offering) = offering else {
        return Vec::new();
    };
    let is_offered = |term: &Value| {
        let name = term.get("name").and_then(Value::as_str);
        let duration = term.get("duration").filter(|duration| !duration.is_null());
        offering.terms.iter().any(|own| {
            let same_name = name.is_none() || own.name.as_deref() == name;
            same_name && duration.is_none_or(|duration| own.lasts(duration))
        })
    };
    let strange = item.terms.iter().enumerate();
    let strange = strange.filter(|(_, term)| !is_offered(term));
    strange
        .map(|(place, term)| {
            let name = term.get("name").and_then(Value::as_str).unwrap_or("term");
            Refusal {
                item: item.id.clone(),
                pointer: format!("{}/itemTerm/{place}", item.pointer),
                code: code::TERM_DIFFERS.to_owned(),
                message: format!("'{}' is not offered with '{name}'", offering.shown()),
            }
        })
        .collect()
}

fn prices(order: &Order, catalog: &Catalog, verdict: &Verdict) -> Vec<Refusal> {
    let placed = &verdict.placed;
    let (charges, mut differences) = super::charges(order, placed, catalog);
    for (index, item) in order.items.iter().enumerate() {
        let own: Vec<&Charge<'_>> = charges
            .iter()
            .filter(|charge| super::ordered(placed, charge.placed) == Some(index))
            .collect();
        for (place, expected) in item.prices.iter().enumerate() {
            let Some(message) = difference(&own, expected) else {
                continue;
            };
            differences.push(Refusal {
                item: item.id.clone(),
                pointer: format!("{}/itemPrice/{place}", item.pointer),
                code: code::PRICE_DIFFERS.to_owned(),
                message,
            });
        }
    }
    differences
}

/// What is different about a price that a client expects; nothing where it is one of the charges,
/// as listed or with its alterations.
fn difference(charges: &[&Charge<'_>], expected: &Value) -> Option<String> {
    let meant: Vec<&&Charge<'_>> = charges
        .iter()
        .filter(|charge| is_meant(charge, expected))
        .collect();
    let Some(first) = meant.first() else {
        return Some("there is no such price for this item".to_owned());
    };
    if meant.iter().any(|charge| is_expected(charge, expected)) {
        return None;
    }
    let money = |value| Money {
        value,
        currency: first.currency,
    };
    let (list, net) = (money(first.list), money(first.net));
    Some(match first.altered.is_empty() {
        true => format!("the price is {list} before tax"),
        false => format!("the price is {list} before tax, {net} with discounts"),
    })
}

/// By reference, or else by type and period.
fn is_meant(charge: &Charge<'_>, expected: &Value) -> bool {
    let text = |name: &str| expected.get(name).and_then(Value::as_str);
    let reference = expected
        .get("productOfferingPrice")
        .and_then(|reference| reference.get("id"))
        .and_then(Value::as_str);
    if let Some(id) = reference {
        return charge.price.id == id;
    }
    let same_kind = text("priceType").is_none_or(|word| match PriceKind::parse(word) {
        PriceKind::Other => word == charge.price.word,
        kind => kind == charge.price.kind,
    });
    let own = charge.price.charge_period.as_deref();
    let same_period = text("recurringChargePeriod").is_none_or(|period| {
        own.is_some_and(|own| own == period || Cycle::parse(own) == Cycle::parse(period))
    });
    same_kind && same_period
}

fn is_expected(charge: &Charge<'_>, expected: &Value) -> bool {
    let Some(price) = expected.get("price") else {
        return true;
    };
    let given = |name: &str| price.get(name).filter(|amount| !amount.is_null());
    let is = |money: &Value, value| {
        Money::read(money).is_ok_and(|money| {
            let currency = charge.currency;
            money == Money { value, currency }
        })
    };
    [charge.list, charge.net].into_iter().any(|amount| {
        let gross = charge.taxed(amount, 1).flatten();
        let gross = gross.map(|gross| rounded(gross, charge.digits()));
        given("dutyFreeAmount").is_none_or(|money| is(money, amount))
            && given("taxIncludedAmount")
                .is_none_or(|money| gross.is_none_or(|gross| is(money, gross)))
    })
}
