//! ISO 8601 durations of fixed length, such as `PT30M`, `P2DT12H` or `P1W`.

/// The seconds of a duration. None for what is no duration, for months and years, which have no
/// fixed length, and for a duration of nothing.
pub fn seconds_of(text: &str) -> Option<u64> {
    let rest = text.strip_prefix('P')?;
    let (days, times) = match rest.split_once('T') {
        Some((_, "")) => return None,
        Some((days, times)) => (days, times),
        None => (rest, ""),
    };
    let days = parts(days, &[('W', 7 * 86_400), ('D', 86_400)])?;
    let times = parts(times, &[('H', 3_600), ('M', 60), ('S', 1)])?;
    days.checked_add(times).filter(|seconds| *seconds > 0)
}

/// Numbers with units, each unit once and in this order.
fn parts(text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut rest = text;
    let mut total = 0_u64;
    for (unit, seconds) in units {
        let Some((number, further)) = rest.split_once(*unit) else {
            continue;
        };
        if !number.bytes().all(|c| c.is_ascii_digit()) {
            return None;
        }
        let length = number.parse::<u64>().ok()?.checked_mul(*seconds)?;
        total = total.checked_add(length)?;
        rest = further;
    }
    rest.is_empty().then_some(total)
}

#[cfg(test)]
mod tests {
    use super::seconds_of;

    #[test]
    fn durations() {
        for (text, expected) in [
            ("PT30M", Some(1_800)),
            ("P1D", Some(86_400)),
            ("P2DT12H", Some(216_000)),
            ("P1W", Some(604_800)),
            ("PT1H30M5S", Some(5_405)),
            ("P", None),
            ("PT", None),
            ("P1M", None),
            ("P1Y", None),
            ("PT0S", None),
            ("PT5M1H", None),
            ("PT1.5H", None),
            ("30M", None),
            ("PT99999999999999999999H", None),
        ] {
            assert_eq!(seconds_of(text), expected, "{text}");
        }
    }
}
