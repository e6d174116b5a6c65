//! What a request to price usage says: the body of `POST /tollgate/v1/rate`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use super::names;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem, Violation};
use crate::domain::value::Period;
use crate::rating::allowance::Allowance;
use crate::rating::bucket::{Bucket, Buckets};
use crate::rating::calendar::Calendar;
use crate::rating::datum::Datum;
use crate::rating::fault::Fault;
use crate::rating::table::{self, Table};
use crate::rating::tier::{TierPosition, Tiers};
use crate::rating::unit::Unit;

const KNOWN: [&str; 8] = [
    "usage",
    "product",
    "productOfferingPrice",
    "tariffTable",
    "calendar",
    "bucket",
    "tierPosition",
    "at",
];

/// The parts of the body, none of them read yet.
pub struct Asked {
    body: Value,
}

impl Asked {
    /// Takes a body.
    ///
    /// # Errors
    /// `InvalidBody` for attributes that nobody knows, and without usage.
    pub fn new(body: Value) -> Outcome<Self> {
        let object = body
            .as_object()
            .ok_or_else(|| Problem::at(Code::InvalidBody, "", "must be a JSON object"))?;
        let unknown = object.keys().filter(|name| !KNOWN.contains(&name.as_str()));
        let unknown: Vec<Violation> = unknown
            .map(|name| Violation {
                path: format!("/{name}"),
                message: format!("is not known here; known are {}", KNOWN.join(", ")),
            })
            .collect();
        if !unknown.is_empty() {
            return Err(Problem::many(Code::InvalidBody, unknown));
        }
        Ok(Asked { body })
    }

    /// The usages, each with its pointer.
    ///
    /// # Errors
    /// `InvalidBody` without any.
    pub fn usages(&self) -> Outcome<Vec<(String, &Value)>> {
        let usages = self.each("usage");
        if usages.is_empty() {
            return Err(Problem::at(
                Code::InvalidBody,
                "/usage",
                "is needed: one usage or several",
            ));
        }
        Ok(usages)
    }

    /// Names of the characteristics that the usages have.
    ///
    /// # Errors
    /// As [`Asked::usages`].
    pub fn names_of_usage(&self) -> Outcome<HashSet<Box<str>>> {
        let usages = self.usages()?.into_iter();
        let names = usages.flat_map(|(_, usage)| names::of_usage(usage));
        Ok(names.map(Box::from).collect())
    }

    /// Prices that are asked about, each with its pointer.
    pub fn prices(&self) -> Vec<(String, &Value)> {
        self.each("productOfferingPrice")
    }

    /// Id of the stored product that is asked about.
    ///
    /// # Errors
    /// `InvalidBody` for a product without an id.
    pub fn product(&self) -> Outcome<Option<&str>> {
        let Some(product) = self.body.get("product") else {
            return Ok(None);
        };
        let id = product.get("id").and_then(Value::as_str);
        id.map(Some)
            .ok_or_else(|| Problem::at(Code::InvalidBody, "/product/id", "is needed"))
    }

    /// When the question is answered: the `ratingDate` of the answer.
    ///
    /// # Errors
    /// `InvalidBody` for what is no instant.
    pub fn at(&self, now: Micros) -> Outcome<Micros> {
        let Some(at) = self.body.get("at") else {
            return Ok(now);
        };
        at.as_str().and_then(Micros::parse).ok_or_else(|| {
            let message = "must be a date and time with its offset";
            Problem::at(Code::InvalidBody, "/at", message)
        })
    }

    /// Tariff tables that stand in the body, by id.
    ///
    /// # Errors
    /// `InvalidBody` with everything that is wrong with them.
    pub fn tables(&self) -> Outcome<HashMap<Box<str>, Arc<Table>>> {
        let mut tables = HashMap::new();
        for (pointer, document) in self.each("tariffTable") {
            let source = table::read(document).map_err(|faults| refused(&pointer, faults))?;
            let compiled = Table::compile(&source).map_err(|faults| refused(&pointer, faults))?;
            tables.insert(source.id.clone(), Arc::new(compiled));
        }
        Ok(tables)
    }

    /// Calendars that stand in the body, by id.
    ///
    /// # Errors
    /// `InvalidBody` with everything that is wrong with them.
    pub fn calendars(&self) -> Outcome<HashMap<Box<str>, Arc<Calendar>>> {
        let mut calendars = HashMap::new();
        for (pointer, document) in self.each("calendar") {
            let id = document.get("id").and_then(Value::as_str).ok_or_else(|| {
                Problem::at(Code::InvalidBody, format!("{pointer}/id"), "is needed")
            })?;
            let compiled =
                Calendar::compile(document).map_err(|faults| refused(&pointer, faults))?;
            calendars.insert(id.into(), Arc::new(compiled));
        }
        Ok(calendars)
    }

    /// The buckets that usage may draw from: those that the body names, else all allowances, full. Each
    /// allowance has the id that its full bucket gets.
    ///
    /// # Errors
    /// `InvalidBody` for a bucket of an allowance that is not there, and for what is no quantity.
    pub fn buckets(&self, allowances: &[(Box<str>, Arc<Allowance>)]) -> Outcome<Buckets> {
        if self.body.get("bucket").is_none() {
            let full = allowances.iter().map(|(id, allowance)| Bucket {
                id: id.clone(),
                granted: allowance.grant,
                used: 0,
                valid: allowance.valid,
                carried: 0,
                allowance: Arc::clone(allowance),
            });
            return Ok(Buckets::new(full.collect()));
        }
        let named = self.each("bucket");
        let read = named
            .into_iter()
            .map(|(pointer, document)| bucket(&pointer, document, allowances));
        Ok(Buckets::new(read.collect::<Outcome<_>>()?))
    }

    /// How far tiers have been used.
    ///
    /// # Errors
    /// `InvalidBody` for a position without a price, or one that is no quantity.
    pub fn tiers(&self) -> Outcome<Tiers> {
        let named = self.each("tierPosition").into_iter();
        let read = named.map(|(pointer, document)| {
            Ok(TierPosition {
                price: price_of(&pointer, document)?.into(),
                period: period_of(document),
                used: units(&pointer, document, "used", None)?,
            })
        });
        Ok(Tiers(read.collect::<Outcome<_>>()?))
    }

    /// The elements of an attribute that may be one or a list.
    fn each(&self, name: &str) -> Vec<(String, &Value)> {
        match self.body.get(name) {
            None => Vec::new(),
            Some(Value::Array(list)) => {
                let numbered = list.iter().enumerate();
                numbered
                    .map(|(place, one)| (format!("/{name}/{place}"), one))
                    .collect()
            }
            Some(one) => vec![(format!("/{name}"), one)],
        }
    }
}

/// Faults of a document that stands at a place of the body.
pub fn refused(pointer: &str, faults: Vec<Fault>) -> Problem {
    let violations = faults.into_iter().map(|fault| Violation {
        path: format!("{pointer}{}", fault.pointer),
        message: fault.message,
    });
    Problem::many(Code::InvalidBody, violations.collect())
}

fn bucket(
    pointer: &str,
    document: &Value,
    allowances: &[(Box<str>, Arc<Allowance>)],
) -> Outcome<Bucket> {
    let price = price_of(pointer, document)?;
    let allowance = allowances
        .iter()
        .map(|(_, allowance)| allowance)
        .find(|allowance| *allowance.price == *price)
        .ok_or_else(|| {
            Problem::at(
                Code::InvalidBody,
                format!("{pointer}/productOfferingPrice/id"),
                "is not an allowance among the prices",
            )
        })?;
    let unit = Some(allowance.unit);
    let left = units(pointer, document, "remainingValue", unit)?;
    let id = document.get("id").and_then(Value::as_str).unwrap_or(price);
    Ok(Bucket {
        id: id.into(),
        granted: left.max(allowance.grant),
        used: left.max(allowance.grant) - left,
        valid: match document.get("validFor") {
            Some(_) => period_of(document),
            None => allowance.valid,
        },
        carried: 0,
        allowance: Arc::clone(allowance),
    })
}

fn price_of<'d>(pointer: &str, document: &'d Value) -> Outcome<&'d str> {
    let id = document.pointer("/productOfferingPrice/id");
    id.and_then(Value::as_str).ok_or_else(|| {
        let at = format!("{pointer}/productOfferingPrice/id");
        Problem::at(Code::InvalidBody, at, "is needed")
    })
}

fn period_of(document: &Value) -> Period {
    let valid = document.get("validFor").and_then(Value::as_object);
    valid.map_or(Period::ALWAYS, Period::of)
}

/// A whole number of base units, or `{"amount", "units"}`.
fn units(pointer: &str, document: &Value, name: &str, unit: Option<Unit>) -> Outcome<u64> {
    let value = document.get(name);
    let (number, factor) = match value.and_then(Value::as_object) {
        Some(quantity) => {
            let named = quantity.get("units").and_then(Value::as_str);
            let known = named.and_then(Unit::parse);
            let known = known.filter(|(base, _)| unit.is_none_or(|unit| unit == *base));
            let factor = known.map(|(_, factor)| factor);
            (quantity.get("amount"), factor)
        }
        None => (value, Some(1)),
    };
    let number = number.and_then(Datum::read).and_then(|read| read.number());
    let product = number
        .zip(factor)
        .and_then(|(number, factor)| number.checked_mul(factor.into()))
        .filter(rust_decimal::Decimal::is_integer);
    product
        .and_then(|product| u64::try_from(product).ok())
        .ok_or_else(|| {
            let message = match unit {
                Some(unit) => format!("must be a quantity in whole {}s", unit.name()),
                None => "must be a whole number of base units".to_owned(),
            };
            Problem::at(Code::InvalidBody, format!("{pointer}/{name}"), message)
        })
}
