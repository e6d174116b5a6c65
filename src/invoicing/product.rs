//! Reads products (TMF637) as billing charges for them.
//!
//! A product has the prices that its order gave it (`productPrice`), and those that it had before each
//! change (`priceHistory`). The same entry before and after a change is one price that goes on.

use std::collections::HashMap;
use std::sync::Arc;

use rust_decimal::Decimal;
use serde_json::Value;

use super::catalog::{Terms, UNNAMED};
use crate::behaviour::billing::history::{HISTORY, UNTIL};
use crate::billing::product::{
    Alteration, Change, Kind, Price, Product, Quantity, Recurring, State, TaxCategory,
};
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, Money, decimal_of};
use crate::domain::tax::{TaxMode, TaxRate};
use crate::domain::value::{Period, is_spelled};

/// A time in which a product was as a document says.
struct Segment<'d> {
    from: Micros,
    until: Option<Micros>,
    doc: &'d Value,
}

/// Ids of the prices of the catalog that a product has or had.
pub fn price_ids(doc: &Value) -> impl Iterator<Item = &str> {
    let past = doc.get(HISTORY).and_then(Value::as_array);
    let all = past.into_iter().flatten().chain([doc]);
    all.flat_map(entries)
        .filter_map(|entry| entry.pointer("/productOfferingPrice/id")?.as_str())
}

fn entries(doc: &Value) -> impl Iterator<Item = &Value> {
    let list = doc.get("productPrice").and_then(Value::as_array);
    list.into_iter().flatten()
}

/// Reads a product; none for one that is not charged for yet.
///
/// # Errors
/// In words, where a price cannot be read. No bill is better than one that leaves something out.
pub fn read(
    id: &str,
    doc: &Value,
    terms: &HashMap<String, Arc<Terms>>,
) -> Result<Option<Product>, String> {
    let instant = |pointer: &str| doc.pointer(pointer)?.as_str().and_then(Micros::parse);
    let start = instant("/chargedPeriod/startDateTime").or_else(|| instant("/startDate"));
    let Some(start) = start.filter(|_| has_begun(doc)) else {
        return Ok(None);
    };
    let end = instant("/chargedPeriod/endDateTime").or_else(|| instant("/terminationDate"));
    let segments = segments(doc, start);
    let name = ["/productOffering/name", "/name"];
    let mut name = name.iter().filter_map(|own| doc.pointer(own)?.as_str());
    Ok(Some(Product {
        id: id.into(),
        name: name.next().unwrap_or(id).into(),
        start,
        end,
        states: states(&segments),
        quantities: quantities(&segments),
        prices: prices(id, &segments, terms)?,
        binding: None,
    }))
}

/// A product that was ordered and is not there yet has no `chargedPeriod`; one that was made by hand never
/// has one.
fn has_begun(doc: &Value) -> bool {
    let status = doc
        .get("status")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let waits = ["created", "pendingActive", "cancelled", "aborted"];
    !waits.contains(&status.trim()) || doc.get("chargedPeriod").is_some()
}

fn segments(doc: &Value, start: Micros) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    let mut from = start;
    let past = doc.get(HISTORY).and_then(Value::as_array);
    for entry in past.into_iter().flatten() {
        let until = entry.get(UNTIL).and_then(Value::as_str);
        let Some(until) = until.and_then(Micros::parse).filter(|until| *until > from) else {
            continue;
        };
        segments.push(Segment {
            from,
            until: Some(until),
            doc: entry,
        });
        from = until;
    }
    segments.push(Segment {
        from,
        until: None,
        doc,
    });
    segments
}

/// Whether the product was suspended. What ends does not say so any more: on its last day it costs what it
/// did before.
fn states(segments: &[Segment<'_>]) -> Box<[State]> {
    let mut states: Vec<State> = Vec::with_capacity(segments.len());
    for own in segments {
        let before = states.last().is_some_and(|before| before.suspended);
        let status = own.doc.get("status").and_then(Value::as_str);
        states.push(State {
            from: own.from,
            suspended: match status.unwrap_or_default().trim() {
                "suspended" => true,
                "pendingTerminate" | "terminated" => before,
                _ => false,
            },
        });
    }
    states.dedup_by_key(|own| own.suspended);
    states.into()
}

fn quantities(segments: &[Segment<'_>]) -> Box<[Quantity]> {
    let quantities = segments.iter().filter_map(|own| {
        let quantity = own.doc.get("quantity")?;
        let number = quantity
            .as_number()
            .or_else(|| quantity.get("amount")?.as_number());
        Some(Quantity {
            from: own.from,
            value: decimal_of(number?)?,
        })
    });
    let mut quantities: Vec<Quantity> = quantities.collect();
    quantities.dedup_by_key(|own| own.value);
    quantities.into()
}

fn prices(
    product: &str,
    segments: &[Segment<'_>],
    terms: &HashMap<String, Arc<Terms>>,
) -> Result<Box<[Arc<Price>]>, String> {
    // Each entry with the time in which it stood there.
    let mut runs: Vec<(&Value, Micros, Option<Micros>)> = Vec::new();
    for segment in segments {
        for entry in entries(segment.doc) {
            let going_on = runs
                .iter_mut()
                .find(|(own, _, until)| *own == entry && *until == Some(segment.from));
            match going_on {
                Some((_, _, until)) => *until = segment.until,
                None => runs.push((entry, segment.from, segment.until)),
            }
        }
    }
    let mut prices: Vec<Arc<Price>> = Vec::with_capacity(runs.len());
    for (entry, from, until) in runs {
        let valid = Period {
            start: Some(from),
            end: until,
        };
        let read = price(entry, valid, terms);
        let read = read.map_err(|why| format!("product '{product}': {why}"))?;
        if let Some(mut price) = read {
            // What was charged is noted by the id. The same price with another content is another one,
            // whether it stands beside the first or follows it.
            let id = price.id.clone();
            let others = prices.iter().filter(|own| base(&own.id) == &*id).count();
            if others > 0 {
                price.id = format!("{id}{AGAIN}{}", others + 1).into();
            }
            prices.push(Arc::new(price));
        }
    }
    Ok(prices.into())
}

/// Between the id of a price and which of several it is.
const AGAIN: char = '~';

/// The id of a price of the catalog, whichever of several it is.
pub fn base(id: &str) -> &str {
    id.split(AGAIN).next().unwrap_or(id)
}

/// Reads an entry of `productPrice`; none for one that is not charged by itself.
fn price(
    entry: &Value,
    valid: Period,
    terms: &HashMap<String, Arc<Terms>>,
) -> Result<Option<Price>, String> {
    let text = |pointer: &str| entry.pointer(pointer).and_then(Value::as_str);
    let id = text("/productOfferingPrice/id");
    let called = text("/name").or(id).unwrap_or("a price without a name");
    let written = text("/priceType").unwrap_or_default();
    let is = |words: &[&str]| words.iter().any(|word| is_spelled(written, word));
    let is_recurring = is(&["recurring", "recurringcharge", "recurringfee"]);
    if !is_recurring && !is(&["onetime", "onetimecharge", "nonrecurring"]) {
        return Ok(None);
    }
    let Some((money, mode)) = amount(entry).map_err(|why| format!("price '{called}' {why}"))?
    else {
        return Ok(None);
    };
    let unknown = Terms::default();
    let own = id.and_then(|id| terms.get(id));
    let terms = own.map_or(&unknown, |own| own);
    let kind = match is_recurring {
        false => Kind::OneTime,
        true => {
            let period = text("/recurringChargePeriod").unwrap_or("month");
            let every = Cycle::parse(period);
            let every = every.filter(|every| *every != Cycle::Once);
            Kind::Recurring(Recurring {
                every: every.ok_or_else(|| {
                    format!("price '{called}' is charged every '{period}', which is no period")
                })?,
                timing: terms.timing,
                alignment: terms.alignment,
                proration: terms.proration,
                charged_when_suspended: terms.charged_when_suspended,
            })
        }
    };
    Ok(Some(Price {
        id: id.unwrap_or(called).into(),
        name: text("/name").map_or_else(|| terms.name.clone(), Box::from),
        kind,
        amount: booked(&money, called)?,
        currency: money.currency,
        mode,
        taxes: taxes(entry, terms),
        valid,
        by_quantity: true,
        alterations: alterations(entry, called, money.currency)?,
    }))
}

fn booked(money: &Money, called: &str) -> Result<Amount, String> {
    let amount = Amount::of(money.value);
    amount.map_err(|why| format!("the amount of price '{called}' {why}"))
}

/// The amount of a price and whether it holds the tax; none where there is only a share of others.
fn amount(entry: &Value) -> Result<Option<(Money, TaxMode)>, String> {
    let Some(price) = entry.get("price") else {
        return Err("has no amount".to_owned());
    };
    for (name, mode) in [
        ("dutyFreeAmount", TaxMode::Net),
        ("taxIncludedAmount", TaxMode::Gross),
    ] {
        if let Some(money) = price.get(name).filter(|own| !own.is_null()) {
            let money = Money::read(money).map_err(|why| format!("has an amount that {why}"))?;
            return Ok(Some((money, mode)));
        }
    }
    match price.get("percentage") {
        Some(_) => Ok(None),
        None => Err("has no amount".to_owned()),
    }
}

/// The taxes that the catalog names; else the rate that the product was sold with.
fn taxes(entry: &Value, terms: &Terms) -> Box<[TaxCategory]> {
    let rate = entry.pointer("/price/taxRate").and_then(Value::as_number);
    let rate = rate.and_then(decimal_of).and_then(TaxRate::of);
    if let [only] = &*terms.taxes {
        return Box::new([TaxCategory {
            category: only.category.clone(),
            default: rate.or(only.default),
        }]);
    }
    if !terms.taxes.is_empty() {
        return terms.taxes.clone();
    }
    let unnamed = rate.map(|rate| TaxCategory {
        category: UNNAMED.into(),
        default: Some(rate),
    });
    unnamed.into_iter().collect()
}

fn alterations(
    entry: &Value,
    called: &str,
    currency: &Currency,
) -> Result<Box<[Alteration]>, String> {
    let list = entry.get("priceAlteration").and_then(Value::as_array);
    let mut read = Vec::new();
    for own in list.into_iter().flatten() {
        let price = own.get("price");
        let percentage = price.and_then(|price| price.get("percentage"));
        let percentage = percentage.and_then(Value::as_number).and_then(decimal_of);
        let change = match percentage {
            Some(percentage) => Change::Percentage(percentage),
            None => {
                let amount = amount(own).map_err(|why| format!("what alters '{called}' {why}"))?;
                let Some((money, _)) = amount else { continue };
                if money.currency.code != currency.code {
                    let (own, other) = (money.currency.code, currency.code);
                    return Err(format!(
                        "what alters '{called}' is in {own}, not in {other}"
                    ));
                }
                Change::Amount(booked(&money, called)?)
            }
        };
        let whole = |name: &str| {
            let number = own.get(name).and_then(Value::as_u64)?;
            u32::try_from(number).ok()
        };
        read.push(Alteration {
            name: own
                .get("name")
                .and_then(Value::as_str)
                .unwrap_or(called)
                .into(),
            change,
            priority: whole("priority").unwrap_or(u32::MAX),
            valid: own
                .get("validFor")
                .and_then(Value::as_object)
                .map_or(Period::ALWAYS, Period::of),
            terms: whole("applicationDuration"),
        });
    }
    Ok(read.into())
}

/// A quantity as it is shown: no more digits than it has.
pub fn shown(value: Decimal) -> String {
    value.normalize().to_string()
}
