//! What the catalog says of whole offerings: the most and the least that usage costs in a period, and what
//! leaving early costs.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::catalog::taxes;
use crate::behaviour::rating::Snapshot;
use crate::behaviour::rating::prices::{OFFERING, current, of_offering};
use crate::billing::Span;
use crate::billing::commitment::{Bound, Commitment};
use crate::billing::product::{Binding, Counted, Penalty, Product, TaxCategory};
use crate::domain::bill_calendar::{BillPeriod, Calendar};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Money};
use crate::domain::problem::Outcome;
use crate::domain::recurrence::local_day;
use crate::domain::tax::TaxMode;
use crate::domain::value::is_spelled;
use crate::rating::period::{self, Kind, covered_by, is_commitment};
use crate::rating::tier::Scope;
use crate::store::Session;

/// Offerings that are remembered; beyond that all are read anew.
const REMEMBERED: usize = 10_000;
const PENALTY: &str = "penalty";

/// What an offering says.
#[derive(Debug, Default)]
pub struct Offered {
    commitments: Vec<(period::Commitment, Box<str>)>,
    penalty: Option<Leaving>,
}

/// What leaving early costs, whoever leaves.
#[derive(Debug)]
struct Leaving {
    id: Box<str>,
    name: Box<str>,
    money: Money,
    amount: Amount,
    monthly: bool,
    counted: Counted,
    mode: TaxMode,
    taxes: Box<[TaxCategory]>,
}

/// Offerings that were read, with how new the catalog was.
#[derive(Default)]
pub struct Offerings(Mutex<HashMap<(i64, String), Seen>>);

/// What an offering says, and how new the catalog was that said it.
type Seen = (u64, Arc<Offered>);

impl Offerings {
    /// What an offering says; nothing where it is not in the catalog any more.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn of(
        &self,
        session: &mut dyn Session,
        seen: &Snapshot,
        tenant: i64,
        offering: &str,
    ) -> Outcome<Arc<Offered>> {
        let key = (tenant, offering.to_owned());
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((revision, offered)) = known.get(&key)
                && *revision == seen.revision
            {
                return Ok(Arc::clone(offered));
            }
        }
        let offered = match current(session, tenant, OFFERING, offering)? {
            Some(doc) => Offered::read(&of_offering(session, tenant, &doc)?),
            None => Offered::default(),
        };
        let offered = Arc::new(offered);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(key, (seen.revision, Arc::clone(&offered)));
        Ok(offered)
    }
}

impl Offered {
    fn read(prices: &[(String, Value)]) -> Self {
        let mut offered = Offered::default();
        for (id, doc) in prices {
            let name = doc.get("name").and_then(Value::as_str).unwrap_or(id);
            if is_commitment(doc) {
                // What cannot be compiled the catalog has refused.
                let Ok(mut own) = period::compile(id, doc) else {
                    continue;
                };
                let mut covers = own.covers.to_vec();
                let by = prices
                    .iter()
                    .filter(|(_, other)| covered_by(other).any(|of| *of == **id));
                covers.extend(by.map(|(other, _)| Box::from(other.as_str())));
                covers.sort_unstable();
                covers.dedup();
                own.covers = covers.into();
                offered.commitments.push((own, name.into()));
            }
            if offered.penalty.is_none() {
                offered.penalty = Leaving::read(id, doc);
            }
        }
        offered
    }

    /// How a product is bound.
    pub fn binding(&self, product: &Product, doc: &Value) -> Option<Binding> {
        let leaving = self.penalty.as_ref()?;
        Some(Binding {
            id: leaving.id.clone(),
            name: leaving.name.clone(),
            from: product.start,
            months: months(doc)?,
            penalty: match leaving.monthly {
                true => Penalty::Month {
                    amount: leaving.amount,
                    counted: leaving.counted,
                },
                false => Penalty::Fixed(leaving.amount),
            },
            currency: leaving.money.currency,
            mode: leaving.mode,
            taxes: leaving.taxes.clone(),
        })
    }

    /// The bounds of a period that come with a product. Those that are for all of an account are in `known`
    /// once.
    ///
    /// # Errors
    /// In words, where a bound cannot be billed with the period.
    pub fn bounds(
        &self,
        product: &Product,
        calendar: &Calendar,
        covers: &BillPeriod,
        known: &mut Vec<Commitment>,
    ) -> Result<(), String> {
        for (own, name) in &self.commitments {
            let last = Micros(covers.span.to.0 - 1);
            let is_newer = |(other, _): &(period::Commitment, Box<str>)| {
                other.price == own.price
                    && other.valid.contains(last)
                    && other.valid.start > own.valid.start
            };
            let holds = own.valid.contains(last) && !self.commitments.iter().any(is_newer);
            if own.notify_only || !holds || product.end.is_some_and(|end| end <= covers.span.from) {
                continue;
            }
            if own.period.is_some_and(|cycle| cycle != calendar.cycle) {
                return Err(format!("'{name}' is for another period than the bill"));
            }
            let of_product = own.scope == Scope::Product;
            let is_known = |other: &Commitment| other.product.is_none() && other.id == own.price;
            if !of_product && known.iter().any(is_known) {
                continue;
            }
            known.push(Commitment {
                id: own.price.clone(),
                name: name.clone(),
                bound: match own.kind {
                    Kind::MaximumSpend => Bound::Maximum,
                    Kind::MinimumCommitment => Bound::Minimum,
                },
                product: of_product.then(|| product.id.clone()),
                covers: own.covers.clone(),
                coverage: match of_product {
                    true => there(product, covers.span),
                    false => covers.span,
                },
                amount: own.amount,
                currency: own.currency,
                mode: own.tax.mode,
                taxes: own
                    .tax
                    .category
                    .iter()
                    .map(|category| TaxCategory {
                        category: category.clone(),
                        default: own.tax.rate,
                    })
                    .collect(),
                days: match of_product {
                    true => days(product, calendar, covers),
                    false => (1, 1),
                },
                before: Amount::ZERO,
            });
        }
        Ok(())
    }
}

/// The days of a period on which there was a product, and all of them.
fn days(product: &Product, calendar: &Calendar, covers: &BillPeriod) -> (u32, u32) {
    let day = |at: Micros| local_day(calendar.zone, at);
    let all = covers.next.signed_duration_since(covers.first).num_days();
    let first = day(product.start).map_or(covers.first, |first| first.max(covers.first));
    let last = product
        .end
        .and_then(day)
        .map_or(covers.next, |last| last.min(covers.next));
    let there = last.signed_duration_since(first).num_days();
    let days = |n: i64| u32::try_from(n.max(0)).unwrap_or(0);
    (days(there), days(all).max(1))
}

/// The part of a period in which there was a product.
fn there(product: &Product, period: Span) -> Span {
    let from = product.start.max(period.from);
    let to = product.end.map_or(period.to, |end| end.min(period.to));
    Span {
        from,
        to: to.max(from),
    }
}

impl Leaving {
    fn read(id: &str, doc: &Value) -> Option<Self> {
        let text = |pointer: &str| doc.pointer(pointer).and_then(Value::as_str);
        if !is_spelled(text("/priceType")?, PENALTY) {
            return None;
        }
        let money = Money::read(doc.get("price")?).ok()?;
        Some(Leaving {
            id: id.into(),
            name: text("/name").unwrap_or(id).into(),
            amount: Amount::of(money.value).ok()?,
            money,
            monthly: text("/recurringChargePeriodType").is_some(),
            counted: match text("/remainingMonths") {
                Some("whole") => Counted::Whole,
                Some("days") => Counted::Days,
                _ => Counted::Started,
            },
            mode: match text("/taxMode") {
                Some("gross") => TaxMode::Gross,
                _ => TaxMode::Net,
            },
            taxes: taxes(doc),
        })
    }
}

/// Months for which the terms of a product bind.
fn months(doc: &Value) -> Option<u32> {
    let terms = doc.get("productTerm").and_then(Value::as_array)?;
    let months = terms.iter().filter_map(|term| {
        let amount = term.pointer("/duration/amount")?.as_u64()?;
        let units = term
            .pointer("/duration/units")?
            .as_str()?
            .to_ascii_lowercase();
        let each = match units.trim_end_matches('s') {
            "month" => 1,
            "year" => 12,
            _ => return None,
        };
        u32::try_from(amount.checked_mul(each)?).ok()
    });
    months.max().filter(|months| *months > 0)
}
