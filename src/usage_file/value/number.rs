//! Telephone numbers as they are dialled or signalled, made international (E.164, with `+`).

use std::borrow::Cow;

/// Digits that a number needs to be more than a short code such as 112, unless it says that it is
/// international.
const DIGITS_MIN: usize = 7;
/// Digits that E.164 numbers have at most.
const DIGITS_MAX: usize = 15;

/// What numbers are without any prefix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bare {
    /// Something local: they stay as they are.
    #[default]
    Local,
    National,
    International,
}

impl Bare {
    pub const NAMES: [(&'static str, Bare); 3] = [
        ("local", Bare::Local),
        ("national", Bare::National),
        ("international", Bare::International),
    ];
}

/// How numbers are dialled where the switch stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Country calling code; without one national numbers stay as they are.
    pub country: Option<String>,
    /// What goes before national numbers: `0`.
    pub national: Vec<String>,
    /// What goes before country codes besides `+`: `00`.
    pub international: Vec<String>,
    pub bare: Bare,
    /// What is put before numbers that stay local: without it 112 looks as if it were in the country 1.
    pub local: Option<String>,
}

impl Numbers {
    /// The international form. What is no telephone number stays as it is: names, short codes, local
    /// numbers.
    pub fn international<'r>(&self, text: Cow<'r, str>) -> Cow<'r, str> {
        let Some(digits) = digits(&text) else {
            return text;
        };
        let plus = text.starts_with('+');
        if plus && matches!(digits, Cow::Borrowed(_)) {
            return text;
        }
        match self.form(&digits, plus) {
            Some(number) => Cow::Owned(number),
            None => match &self.local {
                Some(local) => Cow::Owned(format!("{local}{digits}")),
                None => text,
            },
        }
    }

    /// The international form of digits, if they have one.
    fn form(&self, digits: &str, plus: bool) -> Option<String> {
        if plus {
            return Some(format!("+{digits}"));
        }
        let behind = |prefixes: &[String]| {
            let mut found = prefixes
                .iter()
                .filter_map(|prefix| digits.strip_prefix(prefix.as_str()));
            found.next().map(str::to_owned)
        };
        if let Some(rest) = behind(&self.international).filter(|rest| is_whole(rest)) {
            return Some(format!("+{rest}"));
        }
        if digits.len() < DIGITS_MIN {
            return None;
        }
        let country = self.country.as_ref();
        if let (Some(rest), Some(country)) = (behind(&self.national), country) {
            return Some(format!("+{country}{rest}"));
        }
        match (self.bare, country) {
            (Bare::International, _) => is_whole(digits).then(|| format!("+{digits}")),
            (Bare::National, Some(country)) => Some(format!("+{country}{digits}")),
            _ => None,
        }
    }
}

/// No country calling code begins with 0.
fn is_whole(digits: &str) -> bool {
    (DIGITS_MIN..=DIGITS_MAX).contains(&digits.len()) && !digits.starts_with('0')
}

/// The digits of a text that has nothing else but a leading plus and what separates digits.
fn digits(text: &str) -> Option<Cow<'_, str>> {
    let rest = text.strip_prefix('+').unwrap_or(text);
    let bytes = rest.as_bytes();
    if bytes.iter().all(u8::is_ascii_digit) {
        return (!rest.is_empty()).then_some(Cow::Borrowed(rest));
    }
    let separates = |byte: &u8| b" -./()".contains(byte);
    if !bytes
        .iter()
        .all(|byte| byte.is_ascii_digit() || separates(byte))
    {
        return None;
    }
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    (!digits.is_empty()).then_some(Cow::Owned(digits))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::{Bare, Numbers};

    fn numbers(country: &str, national: &str, international: &str, bare: Bare) -> Numbers {
        let list = |text: &str| match text {
            "" => Vec::new(),
            _ => vec![text.to_owned()],
        };
        Numbers {
            country: (!country.is_empty()).then(|| country.to_owned()),
            national: list(national),
            international: list(international),
            bare,
            local: None,
        }
    }

    #[test]
    fn numbers_become_international() {
        let german = numbers("49", "0", "00", Bare::Local);
        let american = numbers("1", "1", "011", Bare::National);
        let italian = numbers("39", "", "00", Bare::National);
        let carrier = numbers("", "", "", Bare::International);
        for (numbers, dialled, expected) in [
            (&german, "+49 30 123-4567", "+49301234567"),
            (&german, "0301234567", "+49301234567"),
            (&german, "0043 1 5123456", "+4315123456"),
            (&german, "(030) 1234567", "+49301234567"),
            (&german, "1234567", "1234567"),
            (&german, "112", "112"),
            (&german, "0800", "0800"),
            (&german, "alice", "alice"),
            (&german, "*98", "*98"),
            (&german, "000", "000"),
            (&american, "16505551234", "+16505551234"),
            (&american, "6505551234", "+16505551234"),
            (&american, "01149301234567", "+49301234567"),
            (&american, "911", "911"),
            (&italian, "0612345678", "+390612345678"),
            (&italian, "3331234567", "+393331234567"),
            (&carrier, "4917012345678", "+4917012345678"),
            (&carrier, "0049301234567", "0049301234567"),
            (&carrier, "911", "911"),
        ] {
            assert_eq!(
                numbers.international(Cow::Borrowed(dialled)),
                expected,
                "{dialled}"
            );
        }
    }

    #[test]
    fn local_numbers_can_be_told_from_international_ones() {
        let german = Numbers {
            local: Some("local ".to_owned()),
            ..numbers("49", "0", "00", Bare::Local)
        };
        for (dialled, expected) in [
            ("112", "local 112"),
            ("030 1234567", "+49301234567"),
            ("alice", "alice"),
        ] {
            assert_eq!(german.international(Cow::Borrowed(dialled)), expected);
        }
    }
}
