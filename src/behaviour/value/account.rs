//! Accounts: one currency, a credit limit that can be one, a tax place that can be found.
//!
//! `currency`, `creditClass` and `taxPlace` are attributes of our own, which the standard's accounts
//! may carry as any extension; docs/accounts.md describes them.

use serde_json::Value;

use super::period::Period;
use super::{Object, Report, items, number, text};
use crate::behaviour::account::relation::Relation;
use crate::behaviour::trail::Trail;
use crate::domain::country;
use crate::domain::money::{Currency, MoneyError};

/// The values of one account.
pub fn check(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check_currency(object, trail, out);
    check_words(object, "creditClass", trail, out);
    if let Some(place) = given(object, "taxPlace") {
        check_place(place, &trail.member("taxPlace"), out);
    }
    check_parents(object, trail, out);
}

/// An attribute that is there; some clients send `null` for what they do not know.
fn given<'o>(object: &'o Object, name: &str) -> Option<&'o Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// The currency is one of ISO 4217, and the credit limit is in it.
fn check_currency(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let currency = given(object, "currency");
    let code = currency.and_then(Value::as_str);
    if currency.is_some() && code.and_then(Currency::of).is_none() {
        let message = format!("{}, such as 'EUR'", MoneyError::UnknownCurrency);
        out.push(trail.member("currency").violation(message));
    }
    let Some(limit) = object.get("creditLimit").and_then(Value::as_object) else {
        return;
    };
    let at = trail.member("creditLimit");
    if let (Some(code), Some(unit)) = (code, text(limit, "unit"))
        && code != unit
    {
        let message = format!("must be '{code}', the currency of the account");
        out.push(at.member("unit").violation(message));
    }
    if number::of(limit, "value").is_some_and(|value| number::below(&value, 0)) {
        let message = "a credit limit is not negative; leave it out where there is none";
        out.push(at.member("value").violation(message));
    }
}

/// A free text says something.
fn check_words(object: &Object, name: &'static str, trail: &Trail<'_>, out: &mut Report) {
    let Some(value) = given(object, name) else {
        return;
    };
    if value.as_str().is_none_or(|text| text.trim().is_empty()) {
        out.push(trail.member(name).violation("must be a text"));
    }
}

/// Where the account is taxed: a code, or a reference to a place.
fn check_place(place: &Value, at: &Trail<'_>, out: &mut Report) {
    match place {
        Value::String(code) if country::is_place(code) => {}
        Value::String(_) => out.push(at.violation(
            "must be a country of ISO 3166 in capital letters, such as 'DE', or a part of one, \
             such as 'US-CA'",
        )),
        Value::Object(reference) => {
            if text(reference, "id").is_none() {
                out.push(
                    at.member("id")
                        .violation("a reference to a place has an id"),
                );
            }
        }
        _ => out.push(at.violation("must be a country code or a reference to a place")),
    }
}

/// At any time there is one parent at most: charges appear on one consolidated bill.
fn check_parents(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    let mut known: Vec<Period> = Vec::new();
    let at = trail.member("accountRelationship");
    for (index, item) in items(object, "accountRelationship").iter().enumerate() {
        let Some(relationship) = item.as_object() else {
            continue;
        };
        let relation = text(relationship, "relationshipType").and_then(Relation::parse);
        if relation != Some(Relation::Parent) {
            continue;
        }
        let period = relationship.get("validFor").and_then(Value::as_object);
        let period = period.map_or(Period::ALWAYS, Period::of);
        if known.iter().any(|other| other.overlaps(&period)) {
            let message = "an account has one parent at a time";
            out.push(at.item(index).member("relationshipType").violation(message));
        }
        known.push(period);
    }
}

/// A certificate names who issued it.
pub fn check_exemption(object: &Object, trail: &Trail<'_>, out: &mut Report) {
    check_words(object, "issuingJurisdiction", trail, out);
}
