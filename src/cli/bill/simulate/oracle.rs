//! What products should have cost by a bill: reckoned for each day of their lives by itself, from what happened
//! and not from what was charged before.
//!
//! Every day of a term costs its share of the term's price, by what holds at the end of the day; a day on which
//! there is the product for any time is one of its days. The days of a term are summed exactly and then
//! rounded to cents, halves up. What is due is what terms say that begin (in advance) or end (in arrears) by
//! then.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::kinds::{Entry, Every, Kind};
use super::life::Product;
use super::time::{Cycle, after, first_month, months_after};
use crate::domain::clock::Micros;

/// Days over which no price goes on, so that a mistake ends.
const DAYS_MAX: usize = 5_000;

/// Up to when the account was billed.
#[derive(Clone, Copy, Debug)]
pub struct Billed {
    pub cycle: Cycle,
    /// The day of bills: what is over before it is billed.
    pub day: NaiveDate,
}

/// A price that goes on unchanged, with its first day and the day behind its last.
struct Run {
    entry: Entry,
    /// When it began, if not with the product.
    from: Option<Micros>,
    /// When it was changed for another one.
    to: Option<Micros>,
}

/// What a product should have cost without usage, in cents.
pub fn due(product: &Product, billed: Billed) -> i128 {
    let boundary = billed.cycle.midnight(billed.day);
    if product.start >= boundary {
        return 0;
    }
    runs(product)
        .iter()
        .map(|run| match run.entry.terms().every {
            Every::Once => once(product, run, boundary),
            _ => recurring(product, run, billed),
        })
        .sum()
}

/// Prices that stay the same through a change go on.
fn runs(product: &Product) -> Vec<Run> {
    let mut done: Vec<Run> = Vec::new();
    let mut open: Vec<Run> = Vec::new();
    for (place, (at, entries)) in product.prices.iter().enumerate() {
        let (stay, gone): (Vec<Run>, Vec<Run>) = open
            .into_iter()
            .partition(|run| entries.contains(&run.entry));
        done.extend(gone.into_iter().map(|run| Run {
            to: Some(*at),
            ..run
        }));
        open = stay;
        for entry in entries {
            if !open.iter().any(|run| run.entry == *entry) {
                open.push(Run {
                    entry: *entry,
                    from: (place > 0).then_some(*at),
                    to: None,
                });
            }
        }
    }
    done.extend(open);
    done
}

fn once(product: &Product, run: &Run, boundary: Micros) -> i128 {
    let at = run.from.unwrap_or(product.start);
    let is_over = product.end.is_some_and(|end| end < at);
    match at < boundary && !is_over {
        true => i128::from(run.entry.cents),
        false => 0,
    }
}

/// The day behind the last one of a price.
fn end(product: &Product, run: &Run, cycle: &Cycle) -> Option<NaiveDate> {
    let by_change = run
        .to
        .filter(|to| product.end.is_none_or(|end| *to < end))
        .map(|to| cycle.day_of(to));
    let by_product = product.end.map(|end| {
        let day = cycle.day_of(end);
        match cycle.midnight(day) == end {
            true => day,
            false => after(day),
        }
    });
    by_change.or(by_product)
}

fn recurring(product: &Product, run: &Run, billed: Billed) -> i128 {
    let cycle = billed.cycle;
    let kind = run.entry.terms();
    let own = cycle.day_of(product.start);
    let first = run.from.map_or(own, |from| cycle.day_of(from));
    let last = end(product, run, &cycle);
    let horizon = match kind.arrears {
        true => billed.day,
        false => cycle.next(billed.day),
    };
    // Sums by term, of days that cost cents per cent by days of the term.
    let mut terms: BTreeMap<NaiveDate, (NaiveDate, i128)> = BTreeMap::new();
    let mut day = first;
    for _ in 0..DAYS_MAX {
        if last.is_some_and(|last| day >= last) {
            break;
        }
        let (begin, next) = term(kind, &cycle, own, day);
        let is_open = match kind.arrears {
            // The day of the change or of the end is what ends a term early.
            true => !is_over(product, run, &cycle, next, billed),
            false => begin.max(first) >= horizon,
        };
        if is_open {
            break;
        }
        terms.entry(begin).or_insert((next, 0));
        let number = terms.len();
        let days = match kind.full_start && run.from.is_none() && begin < first && day == first {
            true => first.signed_duration_since(begin).num_days() + 1,
            false => 1,
        };
        let cost = rate(product, &run.entry, &cycle, day, number) * i128::from(days);
        if let Some((_, sum)) = terms.get_mut(&begin) {
            *sum += cost;
        }
        day = after(day);
    }
    let terms = terms.into_iter();
    terms
        .map(|(begin, (next, sum))| {
            let days = next.signed_duration_since(begin).num_days();
            half_up(sum, 100 * i128::from(days))
        })
        .sum()
}

/// What a day costs as a part of a term, in cents per cent: its share is one by the days of the term. Terms
/// are counted from that of the first day, which is 1.
fn rate(product: &Product, entry: &Entry, cycle: &Cycle, day: NaiveDate, term: usize) -> i128 {
    let seen = Micros(cycle.midnight(after(day)).0 - 1);
    if product.was_suspended(seen) && !entry.terms().while_suspended {
        return 0;
    }
    let percent = match entry.discount {
        Some((percent, terms)) if u32::try_from(term).is_ok_and(|term| term <= terms) => {
            100 - percent
        }
        _ => 100,
    };
    i128::from(entry.cents) * i128::from(percent)
}

/// The term in which a day lies: its first day, and that of the next.
fn term(kind: Kind, cycle: &Cycle, own: NaiveDate, day: NaiveDate) -> (NaiveDate, NaiveDate) {
    match (kind.every, cycle.day) {
        (Every::OwnMonth, _) => {
            let mut months = 0;
            while months_after(own, months + 1) <= day {
                months += 1;
            }
            (months_after(own, months), months_after(own, months + 1))
        }
        (Every::Month, Some(_)) | (Every::Week, None) => {
            let begin = cycle.begin(day);
            (begin, cycle.next(begin))
        }
        // Others than those of the cycle: months of the calendar, weeks that begin on Monday.
        (Every::Month | Every::Once, _) => {
            let mut begin = first_month();
            while begin > day {
                begin = begin
                    .checked_sub_months(chrono::Months::new(1))
                    .unwrap_or(day);
            }
            while months_after(begin, 1) <= day {
                begin = months_after(begin, 1);
            }
            (begin, months_after(begin, 1))
        }
        (Every::Week, Some(_)) => {
            let week = day.week(chrono::Weekday::Mon);
            (week.first_day(), after(week.last_day()))
        }
    }
}

/// True for a term in arrears that has ended by the day of bills, be it because the price or the product did.
fn is_over(product: &Product, run: &Run, cycle: &Cycle, next: NaiveDate, billed: Billed) -> bool {
    let (boundary, term_end) = (cycle.midnight(billed.day), cycle.midnight(next));
    let ended = |end: Option<Micros>| end.is_some_and(|end| end <= boundary && end <= term_end);
    next <= billed.day || ended(product.end) || ended(run.to)
}

fn half_up(numerator: i128, denominator: i128) -> i128 {
    (2 * numerator + denominator).div_euclid(2 * denominator)
}
