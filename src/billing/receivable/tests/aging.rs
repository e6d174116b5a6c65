//! How old debts are.

use chrono_tz::Tz;

use super::{at, cents, eur};
use crate::billing::receivable::aging::{Aging, Bucket, Item, overdue};
use crate::domain::money::Currency;

fn item(account: &str, remaining: i64, due: Option<&str>) -> Item {
    Item {
        account: account.to_owned(),
        currency: eur(),
        remaining: cents(remaining),
        due: due.map(at),
        zone: Tz::Europe__Berlin,
        held: false,
    }
}

#[test]
fn buckets_are_days_of_the_calendar() {
    let names = |days: &[i64]| -> Vec<&str> {
        days.iter().map(|days| Bucket::of(*days).as_str()).collect()
    };
    assert_eq!(names(&[-40, 0]), ["current", "current"]);
    assert_eq!(names(&[1, 30]), ["1-30", "1-30"]);
    assert_eq!(names(&[31, 60]), ["31-60", "31-60"]);
    assert_eq!(names(&[61, 90]), ["61-90", "61-90"]);
    assert_eq!(names(&[91, 4000]), ["90+", "90+"]);
}

#[test]
fn a_day_begins_at_midnight_at_the_account() {
    let due = at("2026-03-28T23:30:00Z");
    // 29 March 00:30 in Berlin; in London it is still the 28th.
    let now = at("2026-03-29T21:59:00Z");
    assert_eq!(overdue(due, now, Tz::Europe__Berlin), 0);
    assert_eq!(overdue(due, now, Tz::Europe__London), 1);
    // The day on which the clocks go forward has 23 hours.
    assert_eq!(
        overdue(due, at("2026-03-29T22:00:00Z"), Tz::Europe__Berlin),
        1
    );
    assert_eq!(overdue(at("2026-05-31T12:00:00Z"), now, Tz::UTC), -63);
}

#[test]
fn items_are_added_up_by_account_and_currency() {
    let mut aging = Aging::at(at("2026-06-30T12:00:00Z"));
    aging.add(&item("b", 100, Some("2026-06-30T10:00:00Z")));
    aging.add(&item("b", 200, Some("2026-06-29T10:00:00Z")));
    aging.add(&item("b", 0, Some("2026-01-01T10:00:00Z")));
    aging.add(&item("a", 400, Some("2026-03-31T10:00:00Z")));
    aging.add(&item("a", 800, None));
    let mut disputed = item("b", 1600, Some("2026-05-30T10:00:00Z"));
    disputed.held = true;
    aging.add(&disputed);
    let francs = Currency::of("CHF").unwrap();
    aging.add_on_account("b", francs, cents(50));
    aging.add_on_account("b", eur(), cents(70));
    let rows: Vec<(&str, &str, [i64; 5], u64)> = aging
        .rows()
        .map(|(account, currency, row)| {
            let shown = Bucket::ALL
                .map(|bucket| row.bucket(bucket).amount().unwrap().millionths() / 10_000);
            (account, currency, shown, row.bills)
        })
        .collect();
    assert_eq!(
        rows,
        [
            ("a", "EUR", [800, 0, 0, 0, 400], 2),
            ("b", "CHF", [0; 5], 0),
            ("b", "EUR", [100, 200, 1600, 0, 0], 3),
        ]
    );
    let totals = aging.totals();
    assert_eq!(totals["EUR"].total.amount(), Some(cents(3100)));
    assert_eq!(totals["EUR"].disputed.amount(), Some(cents(1600)));
    assert_eq!(totals["EUR"].on_account.amount(), Some(cents(70)));
    assert_eq!(totals["CHF"].on_account.amount(), Some(cents(50)));
    assert_eq!(totals["EUR"].bills, 5);
}
