//! Usage: of each day, some of it late; prices that change, and usage that is rated again.

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Value, json};

use super::super::super::Failure;
use super::super::super::simulate::Dice;
use super::Findings;
use super::kinds::{minute, money};
use super::life::{Account, Product};
use super::time::{DAY, at};
use super::world::World;
use crate::charging::{Answer, Order, Sent, rerate};
use crate::domain::clock::Micros;
use crate::domain::descriptor::ApiVersion;
use crate::domain::usage_status::UsageStatus;
use crate::engine::Caller;

/// Records that are handed over together.
const TOGETHER: usize = 1_000;
/// When the day's usage comes, by UTC.
pub const HOUR: i64 = 20;
/// Per cent of days on which a product is used.
const USED: u64 = 15;
/// Per cent of records that come late.
const LATE: u64 = 8;
/// Per cent of accounts whose usage is rated again in a month.
const AGAIN: u64 = 4;

fn call(record: &str, number: &str, start: Micros, seconds: u64) -> Value {
    json!({
        "usageDate": start.to_rfc3339(), "usageType": "voice",
        "usageSpecification": { "id": "voice", "name": "voice" },
        "usageCharacteristic": [
            { "name": "source", "value": "msc-1" },
            { "name": "recordId", "value": record },
            { "name": "callingNumber", "value": number },
            { "name": "calledNumber", "value": "+49228000000" },
            { "name": "duration", "value": seconds }],
    })
}

/// True where a product can be used: not while it is suspended, nor on the day of its end.
fn can_be_used(product: &Product, at: Micros) -> bool {
    let end = product.end.map(|end| Micros(end.0.saturating_sub(DAY)));
    product.start <= at && end.is_none_or(|end| at < end) && !product.was_suspended(at)
}

/// The usage of a day comes in.
///
/// # Errors
/// When it is not taken in.
pub async fn come(
    (world, dice): (&World, Dice),
    accounts: &[Account],
    day: NaiveDate,
    found: &mut Findings,
) -> Result<(), Failure> {
    let now = at(day, HOUR);
    world.move_to(now);
    let mut records = Vec::new();
    for product in accounts.iter().flat_map(|account| &account.products) {
        let name = format!("{} used on {day}", product.id);
        if !dice.percent(&name, USED) {
            continue;
        }
        let roll = dice.roll(&format!("{name} how"));
        let seconds = 1 + roll % 900;
        let ago = i64::try_from((roll >> 16) % 40_000).unwrap_or(0) * 1_000_000;
        let is_late = dice.percent(&format!("{name} late"), LATE);
        let late = i64::try_from(2 + (roll >> 40) % 45).unwrap_or(0) * DAY;
        let ago = if is_late {
            ago.saturating_add(late)
        } else {
            ago
        };
        let start = Micros(now.0.saturating_sub(ago));
        if !can_be_used(product, start) {
            continue;
        }
        found.count("usage", 1);
        if is_late {
            found.count("late usage", 1);
        }
        records.push(Sent::Value(call(&name, &product.id, start, seconds)));
    }
    let mut order = Order::default();
    for some in records.chunks(TOGETHER) {
        let pool = &world.parts()?.pool;
        let place = pool.place(some.len(), &mut order).await?;
        let tenant = Caller::local().tenant;
        let answers = pool.take_part(place, tenant, ApiVersion::V4, some.to_vec());
        for answer in answers.await? {
            match answer {
                Answer::Stored {
                    status: UsageStatus::Rated,
                    ..
                } => {}
                other => found.break_law(format!("usage of {day} was not rated: {other:?}")),
            }
        }
    }
    world.settle().await
}

/// Another price of calls from now on; the usage of some accounts of the last weeks is rated again by it.
///
/// # Errors
/// When it is refused.
pub async fn rate_again(
    (world, dice): (&World, Dice),
    accounts: &[Account],
    day: NaiveDate,
    found: &mut Findings,
) -> Result<(), Failure> {
    let month = u64::from(day.month());
    let patch = json!({ "id": "voice", "price": money(minute(month)) });
    world.change("productOfferingPrice", vec![patch]).await?;
    let from = Micros(at(day, 0).0.saturating_sub(40 * DAY));
    for account in accounts {
        let name = format!("{} rated again on {day}", account.id);
        if !dice.percent(&name, AGAIN) {
            continue;
        }
        let asked = json!({ "billingAccount": { "id": account.id }, "from": from.to_rfc3339() });
        let asked = rerate::Asked::read(&asked)?;
        let pool = &world.parts()?.pool;
        pool.rerate(Caller::local().tenant, asked).await?;
        found.count("accounts rated again", 1);
    }
    Ok(())
}
