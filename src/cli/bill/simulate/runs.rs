//! Bill runs: cut off here and there, each asked for twice, and looked at after each.

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::super::super::Failure;
use super::super::super::simulate::Dice;
use super::super::run::count;
use super::Findings;
use super::books::Books;
use super::charges::Bill;
use super::time::{Cycle, at};
use super::world::World;
use crate::behaviour::billing::{BILL_RUN, receivable};
use crate::engine::Caller;
use crate::store::Plan;

/// When runs begin, by UTC: the day has begun in all zones.
pub const HOUR: i64 = 6;
/// Per cent of runs that are cut off.
const CUT_OFF: u64 = 40;
/// How often at most.
const CUTS_MAX: u64 = 3;

/// A run of a cycle on its day. Answers the bills.
///
/// # Errors
/// When it does not end.
pub async fn bill(
    (world, cuts): (&mut World, Dice),
    (cycle, day): (Cycle, NaiveDate),
    books: &mut Books,
    found: &mut Findings,
) -> Result<Vec<Bill>, Failure> {
    let run = ask(world, cycle, day).await?;
    let name = format!("{} {day}", cycle.id);
    if cuts.percent(&format!("{name} cut off"), CUT_OFF) {
        for cut in 0..=cuts.roll(&format!("{name} cuts")) % CUTS_MAX {
            world.die(cuts.roll(&format!("{name} cut {cut}"))).await?;
            found.count("cuts", 1);
        }
    }
    let done = end(world, &run, &name, found).await?;
    world.bury().await;
    found.count("runs", 1);
    found.count("held bills", count(&done, "heldCount"));
    again(world, (cycle, day), books, found).await?;
    release(world, books).await?;
    let bills = books.fresh(world).await?;
    books
        .take(&bills)
        .into_iter()
        .for_each(|wrong| found.break_law(wrong));
    bills
        .iter()
        .for_each(|bill| super::laws::of_bill(bill, found));
    Ok(bills)
}

async fn ask(world: &World, cycle: Cycle, day: NaiveDate) -> Result<String, Failure> {
    let run = json!({
        "@type": "BillRun", "billingDate": at(day, HOUR).to_rfc3339(),
        "billingCycleSpecification": { "@type": "BillingCycleSpecificationRef", "id": cycle.id },
    });
    let made = world.make(BILL_RUN, vec![run]).await?;
    let id = made.into_iter().next();
    id.ok_or_else(|| Failure::new("a run was not made"))
}

async fn end(world: &World, run: &str, name: &str, found: &mut Findings) -> Result<Value, Failure> {
    world.settle().await?;
    let done = world.document(BILL_RUN, run).await?;
    if done.get("state") != Some(&json!("done")) || count(&done, "failedCount") > 0 {
        found.break_law(format!("the run {name} did not end well: {done}"));
    }
    Ok(done)
}

/// The same run again: it must find nothing to do.
async fn again(
    world: &World,
    (cycle, day): (Cycle, NaiveDate),
    books: &Books,
    found: &mut Findings,
) -> Result<(), Failure> {
    let before = print(world, books).await?;
    let run = ask(world, cycle, day).await?;
    let done = end(world, &run, cycle.id, found).await?;
    let after = print(world, books).await?;
    if count(&done, "billCount") > 0 || before != after {
        found.break_law(format!(
            "the run {} {day} changed something when it was repeated: {before:?}, {after:?}, {done}",
            cycle.id
        ));
    }
    Ok(())
}

/// How many bills there are, and every letter of those that are new.
async fn print(world: &World, books: &Books) -> Result<(i64, u128), Failure> {
    let plan = Plan::all(Caller::local().tenant, receivable::BILL);
    let count = world.read(move |session| session.count(&plan)).await?;
    let fresh = books.fresh(world).await?;
    let print = fresh
        .iter()
        .fold(0_u128, |sum, bill| sum.wrapping_add(bill.print()));
    Ok((count, print))
}

/// Bills that wait for review are found right.
///
/// # Errors
/// When that is refused.
pub async fn release(world: &World, books: &Books) -> Result<(), Failure> {
    let fresh = books.fresh(world).await?;
    let held = fresh
        .iter()
        .filter(|bill| bill.held && bill.number.is_none());
    let patches = held.map(|bill| json!({ "id": bill.id, "state": "validated" }));
    world.change(receivable::BILL, patches.collect()).await
}
