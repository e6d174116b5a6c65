//! A statement whose sums do not agree becomes no document.

use rust_decimal::Decimal;

use super::fault::Fault;
use super::statement::{Line, Mark, Span, Statement};

/// Checks what every form relies on.
///
/// # Errors
/// The first thing that does not hold.
pub fn check(statement: &Statement) -> Result<(), Fault> {
    let digits = digits(statement)?;
    if statement.number.is_none() != (statement.mark == Mark::Trial) {
        return Err(Fault::Number);
    }
    periods(statement)?;
    lines(statement)?;
    totals(statement)?;
    carried(statement)?;
    payable(statement, digits)?;
    charts(statement)
}

/// Digits behind the point of the statement's currency.
pub fn digits(statement: &Statement) -> Result<u32, Fault> {
    let currency = statement.currency;
    currency.digits.ok_or(Fault::Currency(currency.code))
}

/// The exact sum.
pub fn sum(amounts: impl Iterator<Item = Decimal>) -> Result<Decimal, Fault> {
    amounts
        .into_iter()
        .try_fold(Decimal::ZERO, Decimal::checked_add)
        .ok_or(Fault::Overflow)
}

/// What a line costs with its taxes.
pub fn gross(line: &Line) -> Result<Decimal, Fault> {
    let taxes = line.taxes.iter().map(|tax| tax.amount);
    sum(std::iter::once(line.net).chain(taxes))
}

fn all_lines(statement: &Statement) -> impl Iterator<Item = &Line> {
    statement.groups.iter().flat_map(|group| &group.lines)
}

fn periods(statement: &Statement) -> Result<(), Fault> {
    let of_lines = all_lines(statement).filter_map(|line| line.period);
    let backwards = |span: Span| span.last < span.first;
    match statement.period.into_iter().chain(of_lines).any(backwards) {
        true => Err(Fault::Period),
        false => Ok(()),
    }
}

/// The lines make up the net total and each of the tax items.
fn lines(statement: &Statement) -> Result<(), Fault> {
    let mut found = vec![Decimal::ZERO; statement.taxes.len()];
    for line in all_lines(statement) {
        for tax in &line.taxes {
            let item = found.get_mut(tax.item).ok_or_else(|| Fault::TaxItem {
                line: line.id.clone(),
                item: tax.item,
            })?;
            *item = item.checked_add(tax.amount).ok_or(Fault::Overflow)?;
        }
    }
    for (tax, found) in statement.taxes.iter().zip(found) {
        same(
            || format!("tax {} {}", tax.name, tax.rate),
            tax.amount,
            found,
        )?;
    }
    let net = sum(all_lines(statement).map(|line| line.net))?;
    same(|| "the net total".into(), statement.totals.net, net)
}

fn totals(statement: &Statement) -> Result<(), Fault> {
    let totals = &statement.totals;
    let tax = sum(statement.taxes.iter().map(|tax| tax.amount))?;
    same(|| "the tax total".into(), totals.tax, tax)?;
    let gross = sum([totals.net, totals.tax].into_iter())?;
    same(|| "the total with tax".into(), totals.gross, gross)?;
    let parts = [
        totals.gross,
        -totals.paid,
        -totals.credited,
        totals.rounding,
    ];
    same(
        || "the amount due".into(),
        totals.due,
        sum(parts.into_iter())?,
    )
}

fn carried(statement: &Statement) -> Result<(), Fault> {
    let Some(carried) = &statement.carried else {
        return Ok(());
    };
    let moved = carried.movements.iter().map(|movement| movement.amount);
    let ends = [carried.previous, statement.totals.due];
    let balance = sum(ends.into_iter().chain(moved))?;
    same(
        || "the balance of the account".into(),
        carried.balance,
        balance,
    )
}

/// Totals can be paid: they have no digit below the smallest unit.
fn payable(statement: &Statement, digits: u32) -> Result<(), Fault> {
    let totals = &statement.totals;
    let sums = [
        ("the net total", totals.net),
        ("the total with tax", totals.gross),
        ("what was paid", totals.paid),
        ("what was credited", totals.credited),
        ("the amount due", totals.due),
    ];
    sums.into_iter()
        .try_for_each(|(what, amount)| within(what, amount, digits))
}

/// The amount has no more digits than that.
///
/// # Errors
/// [`Fault::Digits`].
pub fn within(what: &str, amount: Decimal, digits: u32) -> Result<(), Fault> {
    if amount.normalize().scale() <= digits {
        return Ok(());
    }
    Err(Fault::Digits {
        what: what.to_owned(),
        amount,
    })
}

fn charts(statement: &Statement) -> Result<(), Fault> {
    let below = |value: &Decimal| *value < Decimal::ZERO;
    let mut charts = statement.charts.iter();
    match charts.find(|chart| chart.bars.iter().any(|bar| below(&bar.value))) {
        Some(chart) => Err(Fault::Chart(chart.title.clone())),
        None => Ok(()),
    }
}

fn same(what: impl FnOnce() -> String, given: Decimal, found: Decimal) -> Result<(), Fault> {
    if given == found {
        return Ok(());
    }
    Err(Fault::Sum {
        what: what(),
        given,
        found,
    })
}
