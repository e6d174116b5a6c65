//! What actions do to buckets: a top-up gives a bucket of its own beside the one it names, so that it
//! has its own validity and no renewal takes it away; an adjustment corrects what was granted; a
//! transfer takes what is left of a bucket and gives it on, for no longer than it could be used before.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde_json::Value;

use super::action::Deed;
use super::bucket::{Labels, usage_type};
use super::purse::{Purse, Purses, Reading, owners_in};
use super::shown::of_products;
use crate::charging::owner::Held;
use crate::domain::clock::Micros;
use crate::domain::money::decimal_of;
use crate::domain::problem::Outcome;
use crate::domain::value::Period;
use crate::rating::unit::Unit;

/// Why an action failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// For programs.
    pub code: &'static str,
    pub detail: String,
}

fn refuse<T>(code: &'static str, detail: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal {
        code,
        detail: detail.into(),
    })
}

/// Carries an action out on owners as they are read; those that it has changed are to be written.
/// `id` is that of the action.
///
/// # Errors
/// When the database cannot be read; the inner ones say why the action failed.
pub fn book(
    purses: &Purses,
    reading: &mut Reading<'_>,
    (deed, doc, id): (Deed, &Value, &str),
) -> Outcome<Result<Vec<Purse>, Refusal>> {
    let products = products(reading, doc)?;
    let names = names(purses, reading, doc, &products)?;
    let mut found = purses.named(reading, &names, &products)?;
    let mut labels = Labels::default();
    labels.load(reading, &found)?;
    let booking = Booking {
        doc,
        id,
        labels,
        now: reading.now,
    };
    let done = match deed {
        Deed::TopUp => booking.top_up(&mut found),
        Deed::Adjust => booking.adjust(&mut found),
        Deed::Transfer => booking.transfer(&mut found),
    };
    Ok(done.map(|()| found))
}

fn text<'d>(doc: &'d Value, pointer: &str) -> Option<&'d str> {
    doc.pointer(pointer).and_then(Value::as_str)
}

/// Owners that an action may be about.
fn names(
    purses: &Purses,
    reading: &mut Reading<'_>,
    doc: &Value,
    products: &[String],
) -> Outcome<Vec<String>> {
    let ids = ["/bucket/id", "/receiverBucket/id"].into_iter();
    let mut names: Vec<String> = ids
        .filter_map(|pointer| text(doc, pointer))
        .flat_map(owners_in)
        .collect();
    names.extend(of_products(purses, reading, products)?);
    Ok(names)
}

/// Products that it names, or whose account it names.
fn products(reading: &mut Reading<'_>, doc: &Value) -> Outcome<Vec<String>> {
    let listed = doc.get("product").and_then(Value::as_array);
    let listed = listed.into_iter().flatten();
    let listed = listed.filter_map(|own| own.get("id")?.as_str());
    let receiver = text(doc, "/receiverProduct/id");
    let mut ids: Vec<String> = listed.chain(receiver).map(str::to_owned).collect();
    if ids.is_empty()
        && let Some(account) = text(doc, "/partyAccount/id")
    {
        ids = reading.products_of_accounts(&[account.to_owned()])?;
    }
    Ok(ids)
}

struct Booking<'d> {
    doc: &'d Value,
    id: &'d str,
    labels: Labels,
    now: Micros,
}

/// A bucket, or the price of an allowance of which an owner may have some.
struct Target {
    purse: usize,
    bucket: Option<usize>,
    price: Box<str>,
    unit: Unit,
}

impl Booking<'_> {
    fn top_up(&self, purses: &mut [Purse]) -> Result<(), Refusal> {
        let target = self.target(purses, "/bucket/id", "/usageType", "/product/0/id")?;
        let units = self.positive(&target)?;
        let valid = self.validity(purses, &target)?;
        self.give(purses, &target, units, valid)
    }

    fn adjust(&self, purses: &mut [Purse]) -> Result<(), Refusal> {
        let target = self.target(purses, "/bucket/id", "/usageType", "/product/0/id")?;
        let amount = self.amount(target.unit)?;
        let held = change(purses, &target)?;
        let units = amount.unsigned_abs();
        if amount < 0 {
            take(held, units)?;
            held.granted -= units;
            return Ok(());
        }
        match held.granted.checked_add(units) {
            Some(granted) => held.granted = granted,
            None => return refuse("BAD_AMOUNT", "it is more than a bucket can hold"),
        }
        Ok(())
    }

    fn transfer(&self, purses: &mut [Purse]) -> Result<(), Refusal> {
        let from = self.target(purses, "/bucket/id", "/usageType", "/product/0/id")?;
        let to = self.target(
            purses,
            "/receiverBucket/id",
            "/receiverBucketUsageType",
            "/receiverProduct/id",
        )?;
        if from.unit != to.unit {
            return refuse("WRONG_UNIT", "the buckets do not hold the same");
        }
        let units = self.positive(&from)?;
        let now = self.now;
        let held = change(purses, &from)?;
        if !held.valid().contains(now) {
            return refuse("EXPIRED", "the bucket cannot be used now");
        }
        take(held, units)?;
        held.moved += units;
        let valid = held.valid();
        self.give(purses, &to, units, valid)
    }

    /// The bucket with an id; else, for a price's id, what the product has of that allowance.
    fn target(
        &self,
        purses: &[Purse],
        id: &str,
        usage: &str,
        product: &str,
    ) -> Result<Target, Refusal> {
        let id = text(self.doc, id).unwrap_or_default();
        let by_id = purses.iter().enumerate().find_map(|(purse, own)| {
            let bucket = own.place_of(id)?;
            let held = own.owner.buckets.get(bucket)?;
            let unit = own.allowance(&held.price).map(|allowance| allowance.unit);
            Some(Target {
                purse,
                bucket: Some(bucket),
                price: held.price.clone(),
                unit: unit.unwrap_or_else(|| self.labels.of(&held.price).unit),
            })
        });
        let target = by_id.or_else(|| by_price(purses, id, text(self.doc, product), self.now));
        let Some(target) = target else {
            return refuse("UNKNOWN_BUCKET", format!("there is no bucket '{id}'"));
        };
        let held = usage_type(target.unit);
        match text(self.doc, usage) {
            Some(asked) if asked != held => refuse(
                "WRONG_TYPE",
                format!("the bucket '{id}' holds '{held}', not '{asked}'"),
            ),
            _ => Ok(target),
        }
    }

    fn positive(&self, target: &Target) -> Result<u64, Refusal> {
        let amount = self.amount(target.unit)?;
        match u64::try_from(amount) {
            Ok(units) if units > 0 => Ok(units),
            _ => refuse("BAD_AMOUNT", "the amount must be more than nothing"),
        }
    }

    /// Base units.
    fn amount(&self, unit: Unit) -> Result<i64, Refusal> {
        let amount = self.doc.get("amount");
        let named = amount.and_then(|own| own.get("units")?.as_str());
        let named = named.unwrap_or(unit.name());
        let Some((_, size)) = Unit::parse(named).filter(|(own, _)| *own == unit) else {
            return refuse(
                "WRONG_UNIT",
                format!(
                    "the bucket is counted in '{}', not in '{named}'",
                    unit.name()
                ),
            );
        };
        let number = amount.and_then(|own| own.get("amount"));
        let number = number.and_then(Value::as_number).and_then(decimal_of);
        let units = number.and_then(|own| own.checked_mul(Decimal::from(size)));
        let whole = units.filter(|own| own.fract().is_zero());
        match whole.and_then(|own| own.to_i64()).filter(|own| *own != 0) {
            Some(units) => Ok(units),
            None => refuse(
                "BAD_AMOUNT",
                format!("the amount must be a whole number of '{}'", unit.name()),
            ),
        }
    }

    /// How long a top-up can be used: as it says, else as long as the bucket that it names.
    fn validity(&self, purses: &[Purse], target: &Target) -> Result<Period, Refusal> {
        let at = |name: &str| text(self.doc, &format!("/validFor/{name}")).and_then(Micros::parse);
        let (start, end) = (at("startDateTime"), at("endDateTime"));
        if start.is_some() || end.is_some() {
            let start = start.unwrap_or(Micros(self.now.0 - self.now.0.rem_euclid(1_000_000)));
            return match end {
                Some(end) if end <= start || end <= self.now => {
                    refuse("EXPIRED", "the validity is over")
                }
                _ => Ok(Period {
                    start: Some(start),
                    end,
                }),
            };
        }
        let purse = purses.get(target.purse);
        let named = target
            .bucket
            .and_then(|place| purse?.owner.buckets.get(place))
            .filter(|held| held.valid().contains(self.now));
        let current = || purse?.current(&target.price, self.now);
        match named.or_else(current) {
            Some(held) => Ok(held.valid()),
            None => refuse(
                "EXPIRED",
                "the bucket cannot be used now, and the top-up does not say how long it shall be",
            ),
        }
    }

    fn give(
        &self,
        purses: &mut [Purse],
        target: &Target,
        units: u64,
        valid: Period,
    ) -> Result<(), Refusal> {
        let Some(purse) = purses.get_mut(target.purse) else {
            return refuse("UNKNOWN_BUCKET", "the owner is gone");
        };
        purse.is_changed = true;
        if purse
            .owner
            .give(&target.price, units, valid, self.id, self.now)
        {
            return Ok(());
        }
        refuse("BAD_AMOUNT", "it is more than a bucket can hold")
    }
}

/// What the product named, or the only owner there is, has of an allowance.
fn by_price(purses: &[Purse], price: &str, product: Option<&str>, now: Micros) -> Option<Target> {
    let uses =
        |own: &Purse| product.is_none_or(|product| own.products(Some(price)).contains(&product));
    let mut granted = purses.iter().enumerate().filter_map(|(purse, own)| {
        let allowance = own.allowance(price).filter(|_| uses(own))?;
        let current = own.current(price, now).map(|held| held.id(&own.name));
        Some(Target {
            purse,
            bucket: current.and_then(|id| own.place_of(&id)),
            price: price.into(),
            unit: allowance.unit,
        })
    });
    let found = granted.next()?;
    // Whose it would be has to be clear.
    granted.next().is_none().then_some(found)
}

/// The bucket that is meant, which has to be there.
fn change<'p>(purses: &'p mut [Purse], target: &Target) -> Result<&'p mut Held, Refusal> {
    let purse = purses.get_mut(target.purse);
    let held = purse.and_then(|purse| {
        purse.is_changed = true;
        purse.owner.buckets.get_mut(target.bucket?)
    });
    match held {
        Some(held) => Ok(held),
        None => refuse("UNKNOWN_BUCKET", "there is no bucket of it now"),
    }
}

fn take(held: &Held, units: u64) -> Result<(), Refusal> {
    match held.left() {
        left if left < units => refuse(
            "INSUFFICIENT",
            format!("{units} are asked for, {left} are left"),
        ),
        _ => Ok(()),
    }
}
