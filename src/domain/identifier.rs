//! What products are known by in the network, and which product a usage means: numbers, cards, lines.
//!
//! Both sides are read off documents in the stored form and brought to one spelling, so that what a
//! switch writes meets what an order wrote. When a product is known by what is for others to say; here
//! it is only looked at.

use std::net::IpAddr;

use serde_json::Value;

use super::clock::Micros;
use super::usage_said::Said;

/// Characteristics of products that tell one line from all others, in the order in which those of a
/// usage are tried. Compared without case, `_`, `-` and spaces.
pub const NAMES: [&str; 12] = [
    MSISDN,
    "imsi",
    "iccid",
    "imei",
    "sipUri",
    "circuitId",
    "userName",
    "accessId",
    MAC_ADDRESS,
    "ipAddress",
    "lineId",
    "extension",
];
/// A telephone number.
pub const MSISDN: &str = "msisdn";
const MAC_ADDRESS: &str = "macAddress";

/// What a usage may put before the name of an identifier: the party that was served.
const SERVED: &str = "served";
const DIRECTION: &str = "direction";
/// Directions in which the customer was called, without case.
const INCOMING: [&str; 3] = ["incoming", "terminating", "mt"];
const CALLED: &str = "calledNumber";
const CALLING: &str = "callingNumber";

/// Digits of a telephone number in international form (ITU-T E.164), without its prefix.
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// A name of [`NAMES`] and a value in the one spelling of [`normal`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identifier {
    pub name: &'static str,
    pub value: String,
}

/// What a product is known by, and when: from `valid_from` to before `valid_to`, in microseconds since
/// 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row<'r> {
    pub name: &'r str,
    pub value: &'r str,
    pub product: &'r str,
    pub valid_from: i64,
    pub valid_to: i64,
}

/// Which product is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found<'r> {
    One(&'r str),
    /// None was ever known by any of it.
    None,
    /// Some were or will be, none is at the instant.
    Inactive,
    /// Several are.
    Ambiguous,
}

/// What a product is known by.
pub fn of_product(doc: &Value) -> Vec<Identifier> {
    let mut found = Vec::new();
    for (name, value) in characteristics(doc, "productCharacteristic") {
        if let Some(known) = NAMES.into_iter().find(|known| same_name(known, name)) {
            add(&mut found, known, value.into());
        }
    }
    found
}

/// What a usage may be known by, in the order in which it is to be tried: what is named like an
/// identifier, then the number of the party that the direction makes the customer's own.
pub fn of_usage(usage: &Value) -> Vec<Identifier> {
    let all: Vec<(&str, &Value)> = characteristics(usage, "usageCharacteristic").collect();
    let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    Known::by(&names).read(|place| Some(all.get(place)?.1.into()))
}

/// Which characteristics of a usage say what it may be known by. It follows from their names, so that of
/// records that are alike it is found out once.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// A name of [`NAMES`], and the place of a characteristic that is called so.
    named: Vec<(&'static str, usize)>,
    direction: Option<usize>,
    called: Vec<usize>,
    calling: Vec<usize>,
}

impl Known {
    /// For characteristics of these names.
    pub fn by(names: &[&str]) -> Self {
        let places = |is: &dyn Fn(&str) -> bool| -> Vec<usize> {
            let places = names.iter().enumerate().filter(|(_, name)| is(name));
            places.map(|(place, _)| place).collect()
        };
        let of = |known: &'static str| {
            let places = places(&|name| same_name(known, name) || is_served(known, name));
            places.into_iter().map(move |place| (known, place))
        };
        Known {
            named: NAMES.into_iter().flat_map(of).collect(),
            direction: places(&|name| same_name(DIRECTION, name)).first().copied(),
            called: places(&|name| same_name(CALLED, name)),
            calling: places(&|name| same_name(CALLING, name)),
        }
    }

    /// Reads the values at the places.
    pub fn read<'d>(&self, value: impl Fn(usize) -> Option<Said<'d>>) -> Vec<Identifier> {
        let mut found = Vec::new();
        for (name, place) in &self.named {
            if let Some(value) = value(*place) {
                add(&mut found, name, value);
            }
        }
        let direction = self.direction.and_then(&value).and_then(Said::as_text);
        let comes_in = direction.map(str::trim).is_some_and(|word| {
            INCOMING
                .into_iter()
                .any(|known| known.eq_ignore_ascii_case(word))
        });
        let own = if comes_in {
            &self.called
        } else {
            &self.calling
        };
        for value in own.iter().filter_map(|place| value(*place)) {
            add(&mut found, MSISDN, value);
        }
        found
    }
}

/// The product that the first identifier means which anyone is known by at the instant: by the same name,
/// or else by any, since one network's access is another's number. `rows` may hold more than is asked for.
pub fn resolve<'r>(identifiers: &[Identifier], rows: &[Row<'r>], at: Micros) -> Found<'r> {
    let mut was_known = false;
    for identifier in identifiers {
        let mut named = Seen::Nobody;
        let mut any = Seen::Nobody;
        for row in rows.iter().filter(|row| row.value == identifier.value) {
            was_known = true;
            if at.0 < row.valid_from || at.0 >= row.valid_to {
                continue;
            }
            any = any.and(row.product);
            if row.name == identifier.name {
                named = named.and(row.product);
            }
        }
        match (named, any) {
            (Seen::One(product), _) | (Seen::Nobody, Seen::One(product)) => {
                return Found::One(product);
            }
            (Seen::Several, _) | (Seen::Nobody, Seen::Several) => return Found::Ambiguous,
            (Seen::Nobody, Seen::Nobody) => {}
        }
    }
    if was_known {
        Found::Inactive
    } else {
        Found::None
    }
}

#[derive(Clone, Copy)]
enum Seen<'r> {
    Nobody,
    One(&'r str),
    Several,
}

impl<'r> Seen<'r> {
    fn and(self, product: &'r str) -> Self {
        match self {
            Seen::Nobody => Seen::One(product),
            Seen::One(known) if known == product => self,
            Seen::One(_) | Seen::Several => Seen::Several,
        }
    }
}

/// A value in the one spelling of its kind: hexadecimal digits for MAC addresses, the usual text for IP
/// addresses, digits for what is written like a telephone number, lower case for anything else. What is
/// in that spelling stays as it is.
pub fn normal(name: &str, value: &str) -> String {
    let value = value.trim();
    if name == MAC_ADDRESS
        && let Some(address) = mac_address(value)
    {
        return address;
    }
    if let Ok(address) = value.parse::<IpAddr>() {
        return address.to_string();
    }
    digits(name, value).unwrap_or_else(|| value.to_lowercase())
}

fn mac_address(value: &str) -> Option<String> {
    let separates = |c: &char| matches!(c, ':' | '-' | '.');
    let digits: String = value.chars().filter(|c| !separates(c)).collect();
    let is_whole = digits.len() == 12 && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_whole.then(|| digits.to_ascii_lowercase())
}

/// The digits of what is written like a telephone number. `00` at the front is the way to dial abroad,
/// where enough follows for that; elsewhere zeros mean something.
fn digits(name: &str, value: &str) -> Option<String> {
    let is_written = |c: &char| !c.is_whitespace() && !matches!(c, '+' | '-' | '.' | '(' | ')');
    let digits: String = value.chars().filter(is_written).collect();
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut rest = digits.as_str();
    while let Some(number) = rest.strip_prefix("00")
        && is_number(name, number)
    {
        rest = number;
    }
    Some(rest.to_owned())
}

/// Whether what follows `00` is a number that can be dialled: a card's number, though digits, cannot.
fn is_number(name: &str, rest: &str) -> bool {
    let is_cards = ["imsi", "iccid", "imei"].contains(&name);
    !is_cards && NUMBER_DIGITS.contains(&rest.len())
}

fn add(found: &mut Vec<Identifier>, name: &'static str, value: Said<'_>) {
    let text = match value {
        Said::Text(text) | Said::Number(text) => text,
        Said::Other(Value::Array(items)) => {
            return items.iter().for_each(|item| add_one(found, name, item));
        }
        Said::Truth(_) | Said::Other(_) => return,
    };
    let value = normal(name, text);
    let new = Identifier { name, value };
    if !new.value.is_empty() && !found.contains(&new) {
        found.push(new);
    }
}

/// A value among several, none of them several again.
fn add_one(found: &mut Vec<Identifier>, name: &'static str, item: &Value) {
    if !item.is_array() {
        add(found, name, item.into());
    }
}

fn characteristics<'d>(doc: &'d Value, list: &str) -> impl Iterator<Item = (&'d str, &'d Value)> {
    let list = doc.get(list).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(|one| {
        let name = one.get("name")?.as_str()?;
        Some((name, one.get("value")?))
    })
}

fn is_served(known: &str, name: &str) -> bool {
    letters(SERVED).chain(letters(known)).eq(letters(name))
}

fn same_name(known: &str, name: &str) -> bool {
    letters(known).eq(letters(name))
}

fn letters(name: &str) -> impl Iterator<Item = char> {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .map(|c| c.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Found, Identifier, NAMES, Row, normal, of_product, of_usage, resolve};
    use crate::domain::clock::Micros;

    fn pairs(found: &[Identifier]) -> Vec<(&str, &str)> {
        let found = found.iter();
        found.map(|one| (one.name, one.value.as_str())).collect()
    }

    fn usage(characteristics: &[(&str, Value)]) -> Value {
        let list = characteristics.iter();
        let list: Vec<Value> = list
            .map(|(name, value)| json!({"name": name, "value": value}))
            .collect();
        json!({"usageCharacteristic": list})
    }

    fn row<'r>(name: &'r str, value: &'r str, product: &'r str, from: i64, to: i64) -> Row<'r> {
        Row {
            name,
            value,
            product,
            valid_from: from,
            valid_to: to,
        }
    }

    fn identifier(name: &'static str, value: &str) -> Identifier {
        Identifier {
            name,
            value: value.to_owned(),
        }
    }

    #[test]
    fn a_product_is_known_by_what_names_a_line() {
        let doc = json!({"productCharacteristic": [
            {"name": "MSISDN", "value": "+49 (171) 123-45.67"}, {"name": "colour", "value": "red"},
            {"name": "IMSI", "value": 1_234_567_890_123_i64}, {"name": "sip_URI", "value": " SIP:Erika@Example.com "},
            {"name": "mac address", "value": "00-1A-2b-3C-4d-5E"}, {"name": "ip-address", "value": "10.0.0.11"},
            {"name": "line id", "value": ["0012", "0012", ["3"], {"id": 1}]}, {"name": "imei", "value": " "},
            {"name": "iccid"}, {"value": "1"}, 7]});
        assert_eq!(
            pairs(&of_product(&doc)),
            [
                ("msisdn", "491711234567"),
                ("imsi", "1234567890123"),
                ("sipUri", "sip:erika@example.com"),
                ("macAddress", "001a2b3c4d5e"),
                ("ipAddress", "10.0.0.11"),
                ("lineId", "0012"),
            ]
        );
        for nothing in [
            json!({}),
            json!(3),
            json!({"productCharacteristic": {"name": "msisdn"}}),
        ] {
            assert!(of_product(&nothing).is_empty());
        }
    }

    #[test]
    fn numbers_are_digits_and_what_is_not_a_number_stays_apart() {
        for number in [
            "+491711234567",
            "00491711234567",
            "0049 171 123-4567",
            "491711234567",
        ] {
            assert_eq!(normal("msisdn", number), "491711234567", "{number}");
            assert_eq!(normal("accessId", number), "491711234567", "{number}");
        }
        for (name, value, expected) in [
            ("imsi", "001010123456789", "001010123456789"),
            ("extension", "0042", "0042"),
            ("msisdn", "INFO24", "info24"),
            ("ipAddress", "2001:DB8::0:1", "2001:db8::1"),
            ("userName", "100.0.1.1", "100.0.1.1"),
            ("macAddress", "001a.2b3c.4d5e", "001a2b3c4d5e"),
            ("circuitId", "DE/0001/X", "de/0001/x"),
        ] {
            assert_eq!(normal(name, value), expected);
        }
    }

    #[test]
    fn a_usage_is_known_by_who_was_served_and_then_by_its_own_number() {
        let all = usage(&[
            ("callingNumber", json!("+491")),
            ("calledNumber", json!("+492")),
            ("servedIMSI", json!("262011234567890")),
            ("served_msisdn", json!("+493")),
            ("direction", json!("outgoing")),
        ]);
        assert_eq!(
            pairs(&of_usage(&all)),
            [
                ("msisdn", "493"),
                ("imsi", "262011234567890"),
                ("msisdn", "491"),
            ]
        );
        for (direction, own) in [
            (Some("incoming"), "492"),
            (Some("Terminating"), "492"),
            (Some("MT"), "492"),
            (Some("mo"), "491"),
            (None, "491"),
        ] {
            let mut list = vec![
                ("calling_number", json!("491")),
                ("CalledNumber", json!("492")),
            ];
            list.extend(direction.map(|word| ("direction", json!(word))));
            assert_eq!(
                pairs(&of_usage(&usage(&list))),
                [("msisdn", own)],
                "{direction:?}"
            );
        }
        assert!(of_usage(&json!({})).is_empty());
    }

    #[test]
    fn the_first_that_is_known_at_the_instant_decides() {
        let at = Micros(50);
        let asked = [identifier("msisdn", "1"), identifier("imsi", "2")];
        let found = |rows: &[Row<'static>]| resolve(&asked, rows, at);
        assert_eq!(found(&[]), Found::None);
        assert_eq!(found(&[row("msisdn", "3", "a", 0, 100)]), Found::None);
        assert_eq!(found(&[row("msisdn", "1", "a", 0, 100)]), Found::One("a"));
        assert_eq!(found(&[row("msisdn", "1", "a", 50, 51)]), Found::One("a"));
        assert_eq!(
            found(&[
                row("msisdn", "1", "a", 0, 50),
                row("imsi", "2", "b", 51, 60)
            ]),
            Found::Inactive
        );
        // One that is not known any more does not stand in the way of the next.
        assert_eq!(
            found(&[
                row("msisdn", "1", "a", 0, 50),
                row("imsi", "2", "b", 0, 100)
            ]),
            Found::One("b")
        );
        let two = [
            row("msisdn", "1", "a", 0, 100),
            row("msisdn", "1", "b", 0, 100),
        ];
        assert_eq!(found(&two), Found::Ambiguous);
        let same = [
            row("msisdn", "1", "a", 0, 100),
            row("lineId", "1", "a", 0, 100),
        ];
        assert_eq!(found(&same), Found::One("a"));
        // The same name comes before others, others before none.
        let others = [
            row("lineId", "1", "b", 0, 100),
            row("msisdn", "1", "a", 0, 100),
        ];
        assert_eq!(found(&others), Found::One("a"));
        assert_eq!(found(&others[..1]), Found::One("b"));
        let others = [
            row("lineId", "1", "b", 0, 100),
            row("extension", "1", "c", 0, 100),
        ];
        assert_eq!(found(&others), Found::Ambiguous);
    }

    proptest! {
        #[test]
        fn what_is_spelled_right_stays(
            name in prop::sample::select(NAMES.to_vec()),
            value in prop_oneof![any::<String>(), "[0+ ().:-]{0,4}[0-9a-fA-F.: +()-]{0,24}"],
        ) {
            let once = normal(name, &value);
            prop_assert_eq!(normal(name, &once), once);
        }

        #[test]
        fn the_order_of_rows_means_nothing(
            rows in prop::collection::vec((0..3_usize, 0..3_u8, 0..3_u8, 0..9_i64, 0..9_i64), 0..9)
                .prop_flat_map(|rows| (Just(rows.clone()), Just(rows).prop_shuffle())),
            asked in prop::collection::vec((0..3_usize, 0..3_u8), 0..4),
            at in 0..9_i64,
        ) {
            let text = |n: u8| ["a", "b", "c"][usize::from(n)];
            let built = |rows: &[(usize, u8, u8, i64, i64)]| -> Vec<Row<'static>> {
                let rows = rows.iter();
                rows.map(|(n, v, p, from, to)| row(NAMES[*n], text(*v), text(*p), *from, *to)).collect()
            };
            let asked = asked.iter();
            let asked: Vec<Identifier> = asked.map(|(n, v)| identifier(NAMES[*n], text(*v))).collect();
            let (one, other) = (built(&rows.0), built(&rows.1));
            prop_assert_eq!(resolve(&asked, &one, Micros(at)), resolve(&asked, &other, Micros(at)));
        }
    }
}
