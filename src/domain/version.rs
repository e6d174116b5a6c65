//! Order of version texts such as `1.0`, `2.10`, `v3`: numbers compare as numbers, so 2.10 comes
//! after 2.9, and a resource without a version comes first.

use std::cmp::Ordering;

/// Compares two version texts.
pub fn compare(left: &str, right: &str) -> Ordering {
    let mut left_parts = parts(left);
    let mut right_parts = parts(right);
    loop {
        match (left_parts.next(), right_parts.next()) {
            (None, None) => return left.cmp(right),
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match compare_part(a, b) {
                Ordering::Equal => {}
                different => return different,
            },
        }
    }
}

/// Runs of digits and runs of letters; separators only separate.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|c: char| !c.is_alphanumeric());
        let first = rest.chars().next()?;
        let digits = first.is_ascii_digit();
        let end = rest
            .find(|c: char| !c.is_alphanumeric() || c.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        rest = tail;
        Some(part)
    })
}

fn compare_part(a: &str, b: &str) -> Ordering {
    let number = |s: &str| s.bytes().all(|c| c.is_ascii_digit());
    match (number(a), number(b)) {
        (true, true) => {
            let (a, b) = (a.trim_start_matches('0'), b.trim_start_matches('0'));
            a.len().cmp(&b.len()).then_with(|| a.cmp(b))
        }
        // "1.0rc" comes before "1.0.1": letters sort below numbers.
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::cmp::Ordering::{Equal, Greater, Less};

    #[test]
    fn numbers_compare_as_numbers() {
        for (a, b, expected) in [
            ("1.0", "1.0", Equal),
            ("2.9", "2.10", Less),
            ("", "1", Less),
            ("v2", "v10", Less),
            ("1.0.1", "1.0", Greater),
            ("1.0rc", "1.0.1", Less),
            ("01", "1", Less),
        ] {
            assert_eq!(compare(a, b), expected, "{a} against {b}");
        }
    }
}
