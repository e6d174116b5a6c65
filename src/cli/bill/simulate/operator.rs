//! Who has what at first, and what new products are like.

use super::super::super::simulate::Dice;
use super::kinds::{Entry, KINDS, SETUP};
use super::life::{Account, Product};
use super::time::{CYCLES, DAY, HOUR, at, first_day};
use crate::domain::clock::Micros;

/// All accounts as they are when the year begins.
pub fn accounts(dice: Dice, subscribers: usize) -> Vec<Account> {
    let mut accounts: Vec<Account> = Vec::new();
    let mut left = subscribers;
    while left > 0 {
        let number = accounts.len();
        let name = format!("account {number}");
        let cycle = of(dice.roll(&format!("{name} cycle")), CYCLES.len());
        let mut account = Account::new(number, cycle, dice.percent(&format!("{name} exempt"), 10));
        let products = left.min(1 + of(dice.roll(&format!("{name} products")), 3));
        left -= products;
        for _ in 0..products {
            let name = format!("{name} product {}", account.products.len());
            let back = dice.roll(&format!("{name} start")) % (15 * 24);
            let back = i64::try_from(back).unwrap_or(0).saturating_mul(HOUR);
            let start = Micros(at(first_day(), 0).0.saturating_sub(back));
            let product = product(dice, &name, (number, account.products.len()), start);
            account.products.push(product);
        }
        accounts.push(account);
    }
    accounts
}

/// A product that begins at an instant.
pub fn product(dice: Dice, name: &str, (account, place): (usize, usize), start: Micros) -> Product {
    let bundled = dice.percent(&format!("{name} bundle"), 30);
    Product {
        id: format!("49{account:07}{place:03}"),
        offering: if bundled { "bundle" } else { "plain" },
        start,
        end: None,
        prices: vec![(start, entries(dice, name))],
        states: vec![(start, false)],
    }
}

/// Prices of a product: one to three that recur, and sometimes one that does not.
pub fn entries(dice: Dice, name: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    let count = 1 + dice.roll(&format!("{name} prices")) % 3;
    for number in 0..count {
        let name = format!("{name} price {number}");
        let Some(kind) = dice.pick(&name, &KINDS) else {
            continue;
        };
        if entries.iter().any(|own| own.kind == kind.id) {
            continue;
        }
        let discounted = kind.id != SETUP.id && dice.percent(&format!("{name} discounted"), 30);
        let roll = dice.roll(&format!("{name} discount"));
        let percent = 5 + i64::try_from(roll % 60).unwrap_or(0);
        let terms = 1 + u32::try_from((roll >> 8) % 6).unwrap_or(0);
        entries.push(Entry {
            kind: kind.id,
            cents: amount(dice, &name),
            discount: discounted.then_some((percent, terms)),
        });
    }
    entries
}

/// An amount in cents.
pub fn amount(dice: Dice, name: &str) -> i64 {
    let roll = dice.roll(&format!("{name} amount")) % 5_000;
    199 + i64::try_from(roll).unwrap_or(0)
}

/// A number below a count.
pub fn of(roll: u64, count: usize) -> usize {
    let count = u64::try_from(count).unwrap_or(1).max(1);
    usize::try_from(roll % count).unwrap_or(0)
}

/// So many days later.
pub fn days(at: Micros, days: i64) -> Micros {
    Micros(at.0.saturating_add(days.saturating_mul(DAY)))
}
