//! Offsets of a time zone as a list, so that finding one is a search among some hundred numbers.

use chrono::{Offset, TimeZone, Utc};
use chrono_tz::Tz;

use super::DAY;

/// 1990-01-01 and 2100-01-01, in seconds. Before and after, the nearest offset holds.
const FIRST: i64 = 631_152_000;
const LAST: i64 = 4_102_444_800;

/// A time zone.
#[derive(Debug)]
pub(super) struct Zone {
    tz: Tz,
    /// From which second on which offset holds, in seconds; ascending.
    offsets: Box<[(i64, i64)]>,
}

impl Zone {
    /// The zone of an IANA name.
    pub fn of(name: &str) -> Option<Self> {
        let tz: Tz = name.parse().ok()?;
        let mut offsets = vec![(i64::MIN, offset(tz, FIRST))];
        let mut known = offset(tz, FIRST);
        let mut second = FIRST;
        while second < LAST {
            let next = second + DAY;
            let then = offset(tz, next);
            if then != known {
                offsets.push((first_with(tz, then, second, next), then));
                known = then;
            }
            second = next;
        }
        Some(Zone {
            tz,
            offsets: offsets.into_boxed_slice(),
        })
    }

    /// The offset at a second since 1970, and the second from which another one holds.
    pub fn offset(&self, second: i64) -> (i64, i64) {
        let next = self.offsets.partition_point(|(from, _)| *from <= second);
        let own = next.checked_sub(1).and_then(|own| self.offsets.get(own));
        let until = self.offsets.get(next).map_or(i64::MAX, |(from, _)| *from);
        (own.map_or(0, |(_, offset)| *offset), until)
    }

    /// The IANA name.
    pub fn name(&self) -> &'static str {
        self.tz.name()
    }
}

/// The first second after one with another offset at which the new one holds.
fn first_with(tz: Tz, then: i64, mut before: i64, mut after: i64) -> i64 {
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if offset(tz, middle) == then {
            after = middle;
        } else {
            before = middle;
        }
    }
    after
}

fn offset(tz: Tz, second: i64) -> i64 {
    let time = chrono::DateTime::<Utc>::from_timestamp(second, 0).unwrap_or_default();
    let offset = tz.offset_from_utc_datetime(&time.naive_utc());
    i64::from(offset.fix().local_minus_utc())
}
