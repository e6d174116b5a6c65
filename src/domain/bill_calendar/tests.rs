//! Tests of billing cycles.

use chrono_tz::Europe::Berlin;
use chrono_tz::Tz;

use super::{Calendar, Offsets, Terms};
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::recurrence::{Recurrence, local_day};

fn at(text: &str) -> Micros {
    Micros::parse(&format!("{text}T12:00:00Z")).unwrap()
}

fn day(instant: Micros, zone: Tz) -> String {
    local_day(zone, instant).unwrap().to_string()
}

/// First day, and the first day of the next.
fn period(calendar: &Calendar, text: &str) -> (String, String) {
    let period = calendar.period_at(at(text)).unwrap();
    assert_eq!(
        day(period.span.from, calendar.zone),
        period.first.to_string()
    );
    assert_eq!(day(period.span.to, calendar.zone), period.next.to_string());
    (period.first.to_string(), period.next.to_string())
}

#[test]
fn a_period_goes_from_billing_day_to_billing_day() {
    let expected = |first: &str, next: &str| (first.to_owned(), next.to_owned());
    for (cycle_day, asked, first, next) in [
        (1, "2026-01-31", "2026-01-01", "2026-02-01"),
        (15, "2026-01-14", "2025-12-15", "2026-01-15"),
        (15, "2026-01-15", "2026-01-15", "2026-02-15"),
        (29, "2026-02-27", "2026-01-29", "2026-02-28"),
        (29, "2026-02-28", "2026-02-28", "2026-03-29"),
        (29, "2028-02-28", "2028-01-29", "2028-02-29"),
        (31, "2026-02-28", "2026-02-28", "2026-03-31"),
        (31, "2026-04-29", "2026-03-31", "2026-04-30"),
        (31, "2023-12-31", "2023-12-31", "2024-01-31"),
        (31, "1999-03-01", "1999-02-28", "1999-03-31"),
    ] {
        let calendar = Calendar::monthly(cycle_day, Berlin);
        assert_eq!(
            period(&calendar, asked),
            expected(first, next),
            "{cycle_day}, {asked}"
        );
    }
}

#[test]
fn periods_leave_no_gap() {
    for (cycle, shift, charge) in [
        (Cycle::Months(1), 30, None),
        (Cycle::Months(1), 14, Some(10)),
        (Cycle::Months(1), 4, Some(-3)),
        (Cycle::Months(3), 91, None),
        (Cycle::Months(12), 364, None),
        (Cycle::Days(7), 6, None),
        (Cycle::Days(14), 0, Some(20)),
    ] {
        let calendar = Calendar {
            cycle,
            shift,
            offsets: Offsets {
                charge,
                ..Offsets::default()
            },
            zone: Berlin,
        };
        let mut period = calendar.period_at(at("2022-05-17")).unwrap();
        let start = period.span.from;
        for number in 1..=60 {
            let next = calendar.next(&period).unwrap();
            assert_eq!(period.span.to, next.span.from);
            assert_eq!(period.dates.charge, period.span.to);
            for instant in [period.span.from, period.span.last()] {
                assert_eq!(calendar.period_at(instant), Some(period));
            }
            assert_eq!(calendar.due(period.dates.billing), Some(period));
            assert_eq!(calendar.end_of(start, number), Some(period.span.to));
            period = next;
        }
    }
}

#[test]
fn dates_of_a_bill_count_from_the_first_of_the_month() {
    let calendar = Calendar {
        cycle: Cycle::Months(1),
        shift: 4,
        offsets: Offsets {
            charge: Some(2),
            credit: Some(3),
            mailing: Some(6),
            payment_due: Some(34),
        },
        zone: Berlin,
    };
    let period = calendar.period_at(at("2026-02-20")).unwrap();
    assert_eq!(
        (period.first.to_string(), period.next.to_string()),
        ("2026-02-03".to_owned(), "2026-03-03".to_owned())
    );
    let shown = |instant| day(instant, Berlin);
    assert_eq!(shown(period.dates.billing), "2026-03-05");
    assert_eq!(shown(period.dates.credit), "2026-03-04");
    assert_eq!(shown(period.dates.mailing), "2026-03-07");
    assert_eq!(shown(period.dates.payment_due.unwrap()), "2026-04-04");
    // The bill is made two days after what it covers ends.
    assert_eq!(
        calendar.due(at("2026-03-04")).unwrap().next.to_string(),
        "2026-02-03"
    );
    assert_eq!(
        calendar.due(at("2026-03-05")).unwrap().next.to_string(),
        "2026-03-03"
    );
}

#[test]
fn the_first_period_is_cut_short() {
    let calendar = Calendar::monthly(15, Berlin);
    let since = at("2026-01-20");
    let first = calendar.first(since).unwrap();
    assert_eq!(first.span.from, since);
    assert_eq!(first.first.to_string(), "2026-01-20");
    assert_eq!(first.next.to_string(), "2026-02-15");
    assert_eq!(
        calendar.next(&first).unwrap().first.to_string(),
        "2026-02-15"
    );
}

#[test]
fn a_cycle_without_periods_has_none() {
    let once = Calendar {
        cycle: Cycle::Once,
        ..Calendar::monthly(1, Berlin)
    };
    assert_eq!(once.period_at(at("2026-01-01")), None);
    assert_eq!(once.first(at("2026-01-01")), None);
    assert_eq!(
        Calendar::monthly(1, Berlin).period_at(Micros(i64::MAX)),
        None
    );
}

/// Months of rating that are those of the bill begin on the first.
#[test]
fn periods_of_the_first_are_those_of_rating() {
    let months = Recurrence {
        cycle: Cycle::Months(1),
        anchor: "2024-01-01".parse().unwrap(),
        zone: Berlin,
    };
    let calendar = Calendar::monthly(1, Berlin);
    for number in 0..1_000 {
        let instant = Micros(at("2020-01-01").0 + number * 86_400_000_000 * 4);
        let period = calendar.period_at(instant).unwrap().span.period();
        assert_eq!(months.at(instant).unwrap().period(), Some(period));
    }
}

#[test]
fn terms_go_with_the_day_of_the_period() {
    let first = |terms: &Terms, text: &str| {
        let term = terms.at(at(text)).unwrap();
        (day(term.from, Berlin), day(term.to, Berlin))
    };
    let of = |every, calendar: &Calendar| Terms::with_calendar(every, calendar).unwrap();
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let calendar = Calendar::monthly(15, Berlin);
    assert_eq!(
        first(&of(Cycle::Months(1), &calendar), "2026-03-10"),
        pair("2026-02-15", "2026-03-15")
    );
    assert_eq!(
        first(&of(Cycle::Months(12), &calendar), "2026-03-10"),
        pair("2026-01-15", "2027-01-15")
    );
    assert_eq!(
        first(&of(Cycle::Months(3), &calendar), "2026-04-14"),
        pair("2026-01-15", "2026-04-15")
    );
    // Weeks begin on Monday.
    assert_eq!(
        first(&of(Cycle::Days(7), &calendar), "2026-03-12"),
        pair("2026-03-09", "2026-03-16")
    );
    let last = Calendar::monthly(31, Berlin);
    assert_eq!(
        first(&of(Cycle::Months(3), &last), "2026-04-29"),
        pair("2026-01-31", "2026-04-30")
    );
}
