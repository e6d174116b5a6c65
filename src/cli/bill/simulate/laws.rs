//! What must hold. Each law that does not is a sentence that names account and bill.

use std::collections::HashMap;

use super::super::super::Failure;
use super::Findings;
use super::books::Books;
use super::charges::{Bill, Charge};
use super::journal;
use super::life::Account;
use super::oracle::{self, Billed};
use super::world::World;
use crate::behaviour::billing::receivable;
use crate::behaviour::document;
use crate::charging::waiting::Waiting;
use crate::domain::money::{Amount, Money};
use crate::domain::problem::Problem;
use crate::engine::Caller;
use crate::store::{DbError, DbResult, Session};
use serde_json::Value;

/// Rows that are read at once.
const PAGE: i64 = 5_000;
/// Half a cent, in millionths.
const HALF_CENT: i64 = 5_000;
const ACCOUNT: &str = "billingAccount";

/// A bill is the sum of its charges, and says so in each of its sums.
pub fn of_bill(bill: &Bill, found: &mut Findings) {
    let at = format!("account {}, bill {}", bill.account, bill.id);
    let mut broken = |what: String| found.break_law(format!("{at}: {what}"));
    if bill.charges.is_empty() {
        broken("it has no charges".to_owned());
    }
    let sum = |of: fn(&Charge) -> i64| bill.charges.iter().map(of).sum::<i64>();
    let (net, gross) = (sum(|own| own.net), sum(|own| own.gross));
    if (net, gross) != (bill.net, bill.gross) {
        broken(format!(
            "its charges sum to {net} and {gross}, it says {} and {}",
            bill.net, bill.gross
        ));
    }
    let mut taxes: HashMap<(&str, &str), (i64, i64)> = HashMap::new();
    for charge in &bill.charges {
        let own: i64 = charge.taxes.iter().map(|(_, _, amount)| amount).sum();
        if charge.net + own != charge.gross {
            broken(format!(
                "charge {} is not its net amount and taxes",
                charge.id
            ));
        }
        if !charge.is_billed || charge.bill != bill.id {
            broken(format!("charge {} is not billed by it", charge.id));
        }
        for (category, rate, amount) in &charge.taxes {
            let (sum, base) = taxes.entry((category, rate)).or_default();
            *sum += amount;
            *base += charge.net;
        }
        // A credit note takes a part off what a charge was.
        if let Some(exact) = charge.usage.filter(|_| !bill.is_credit_note())
            && (charge.net - exact).abs() > HALF_CENT
        {
            broken(format!(
                "usage of {exact} is charged with {} by {}",
                charge.net, charge.id
            ));
        }
    }
    let mut said: HashMap<(&str, &str), (i64, i64)> = HashMap::new();
    for (category, rate, amount, base) in &bill.taxes {
        let sums = said.entry((category, rate)).or_default();
        *sums = (sums.0 + amount, sums.1 + base);
    }
    // Notes name no base of their taxes.
    let is_same = match bill.is_credit_note() {
        true => taxes
            .iter()
            .all(|(tax, (sum, _))| said.get(tax).map_or(*sum == 0, |own| own.0 == *sum)),
        false => taxes == said,
    };
    if !is_same {
        broken(format!(
            "its taxes are {said:?}, those of its charges {taxes:?}"
        ));
    }
}

/// Without usage, what was charged is what products should have cost up to a day of bills.
pub fn of_lives(accounts: &[&Account], billed: Billed, books: &Books, found: &mut Findings) {
    for account in accounts {
        let own = books.accounts.get(&account.id);
        for product in &account.products {
            let due = oracle::due(product, billed) * 10_000;
            let charged = own.and_then(|own| own.charged.get(&product.id)).copied();
            let charged = i128::from(charged.unwrap_or(0));
            if due != charged {
                found.break_law(format!(
                    "account {}, product {}: charged with {charged} up to {}, should be {due}; {product:?}",
                    account.id, product.id, billed.day
                ));
            }
        }
        let boundary = billed.cycle.midnight(billed.day);
        let has_bill = own.and_then(|own| own.through) == Some(boundary);
        let must_have = account.products.iter().any(|product| {
            let next = billed.cycle.midnight(billed.cycle.next(billed.day));
            product.start < boundary
                && product.end.is_none_or(|end| end >= next)
                && product.states.len() == 1
                && product.entries().iter().any(|entry| {
                    let kind = entry.terms();
                    kind.id == "plan" && billed.cycle.day.is_some()
                })
        });
        if must_have && !has_bill {
            found.break_law(format!(
                "account {}: billed through {:?}, should be {boundary:?}",
                account.id,
                own.and_then(|own| own.through)
            ));
        }
    }
}

/// Numbers of bills and of credit notes are without gaps.
pub fn of_numbers(books: &Books, found: &mut Findings) {
    for (series, numbers) in &books.numbers {
        let count = numbers.len() as u64;
        if numbers.first() != Some(&1) || numbers.last() != Some(&count) {
            found.break_law(format!(
                "{count} {series} have numbers from {:?} to {:?}",
                numbers.first(),
                numbers.last()
            ));
        }
    }
}

/// What accounts owe is what they were billed less what they paid.
///
/// # Errors
/// When balances cannot be read.
pub async fn of_balances(
    accounts: &[Account],
    world: &World,
    books: &Books,
    found: &mut Findings,
) -> Result<(), Failure> {
    for some in accounts.chunks(500) {
        let ids: Vec<String> = some.iter().map(|own| own.id.clone()).collect();
        let tenant = Caller::local().tenant;
        let rows = world
            .read(move |session| session.balances(tenant, ACCOUNT, &ids))
            .await?;
        let mut sums: HashMap<String, i64> = HashMap::new();
        for row in rows {
            let is_own = [receivable::RECEIVABLE, receivable::ON_ACCOUNT]
                .contains(&row.balance_type.as_str());
            if is_own {
                *sums.entry(row.account).or_default() += row.amount;
            }
        }
        for account in some {
            let balance = sums.get(&account.id).copied().unwrap_or(0);
            let own = books.accounts.get(&account.id);
            let (owed, paid) = own.map_or((0, 0), |own| (own.owed, own.paid));
            if balance != owed - paid {
                found.break_law(format!(
                    "account {}: its balance is {balance}, it was billed {owed} and has paid {paid}",
                    account.id
                ));
            }
        }
    }
    Ok(())
}

/// Debits equal credits, and come to what was billed and paid.
///
/// # Errors
/// When the journal cannot be read.
pub async fn of_journal(world: &World, books: &Books, found: &mut Findings) -> Result<(), Failure> {
    let sums = journal::sums(world).await?;
    let paid: i128 = books
        .accounts
        .values()
        .map(|own| i128::from(own.paid))
        .sum();
    if !sums.is_balanced {
        found.break_law(format!("debits are not credits: {:?}", sums.unbalanced));
    }
    if (sums.billed, sums.paid) != (books.gross, paid) {
        found.break_law(format!(
            "the journal books {} of bills and {} of payments, there are {} and {paid}",
            sums.billed, sums.paid, books.gross
        ));
    }
    Ok(())
}

/// Usage without tax: what it has cost, and what waits, by product.
#[derive(Default)]
struct Usage {
    cost: HashMap<String, i64>,
    waits: HashMap<String, i64>,
    count: u64,
}

/// All usage that has a price is on a bill or waits for one, to the last digit.
///
/// Lines are rounded to cents; what they were rounded from is said in their arithmetic, and that is summed
/// here. That rounding was by half a cent at most is a law of its own ([`of_bill`]).
///
/// # Errors
/// When usage cannot be read.
pub async fn of_usage(
    accounts: &[Account],
    world: &World,
    books: &Books,
    found: &mut Findings,
) -> Result<(), Failure> {
    world.add_up().await?;
    let usage = world
        .read(|session| {
            let mut usage = Usage::default();
            add_cost(session, &mut usage)?;
            add_waiting(session, &mut usage)?;
            Ok(usage)
        })
        .await?;
    for account in accounts {
        let used = books.accounts.get(&account.id).map(|own| &own.used);
        for product in &account.products {
            let of = |sums: &HashMap<String, i64>| sums.get(&product.id).copied().unwrap_or(0);
            let (cost, waits) = (of(&usage.cost), of(&usage.waits));
            let billed = used.map_or(0, of);
            if cost != billed + waits {
                found.break_law(format!(
                    "account {}, product {}: usage costs {cost}, {billed} is billed and {waits} waits",
                    account.id, product.id
                ));
            }
        }
    }
    let known = found.deeds.get("usage").copied().unwrap_or(0);
    if usage.count != known {
        found.break_law(format!(
            "{known} usages were taken in, {} have a price",
            usage.count
        ));
    }
    Ok(())
}

fn add_cost(session: &mut dyn Session, usage: &mut Usage) -> DbResult<()> {
    let tenant = Caller::local().tenant;
    let mut after = i64::MIN;
    loop {
        let rows = session.charged_usage(tenant, (i64::MIN, i64::MAX), after, PAGE)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.seq;
        for row in session.usage_documents(rows)? {
            let doc = document(&row).map_err(fault)?;
            let product = doc.pointer("/product/id").and_then(Value::as_str);
            let product = product.unwrap_or_default().to_owned();
            *usage.cost.entry(product).or_default() += cost(&doc).unwrap_or(0);
            usage.count += 1;
        }
    }
}

/// What a usage costs in all.
fn cost(doc: &Value) -> Option<i64> {
    let prices = doc.get("usageProductPrice")?.as_array()?;
    let is_total =
        |own: &&Value| own.get("ratingAmountType").and_then(Value::as_str) == Some("Total");
    let total = prices.iter().find(is_total)?;
    let money = Money::read(total.pointer("/price/dutyFreeAmount")?).ok()?;
    Some(Amount::of(money.value).ok()?.millionths())
}

fn add_waiting(session: &mut dyn Session, usage: &mut Usage) -> DbResult<()> {
    let mut after = i64::MIN;
    loop {
        let rows = session.usage_sums_behind(after, PAGE)?;
        let Some(last) = rows.last() else {
            return Ok(());
        };
        after = last.seq;
        for row in &rows {
            let mut waiting = Waiting::default();
            waiting.add(&row.body).map_err(fault)?;
            let waits: i64 = waiting.0.values().map(|sum| sum.net).sum();
            *usage.waits.entry(row.product.clone()).or_default() += waits;
        }
    }
}

fn fault(problem: Problem) -> DbError {
    DbError::Fault(problem.logged().to_string())
}

/// No charge says that it is billed without a bill that there is.
///
/// # Errors
/// When charges cannot be read.
pub async fn of_open_charges(
    accounts: &[Account],
    world: &World,
    found: &mut Findings,
) -> Result<(), Failure> {
    for some in accounts.chunks(500) {
        let ids: Vec<String> = some.iter().map(|own| own.id.clone()).collect();
        let tenant = Caller::local().tenant;
        let sheets = world
            .read(move |session| session.open_sheets(tenant, &ids))
            .await?;
        for sheet in sheets {
            found.break_law(format!(
                "account {}: {} charges are on no bill",
                sheet.account, sheet.lines
            ));
        }
    }
    Ok(())
}
