//! Prices of the sample operator, in euro a minute: invented, and in groups as real ones are.

use crate::plan::{Kind, Label};

/// A group of countries: what calls to fixed and to mobile numbers cost.
#[derive(Clone, Copy, Debug)]
struct Group {
    fixed: &'static str,
    mobile: &'static str,
}

const fn group(fixed: &'static str, mobile: &'static str) -> Group {
    Group { fixed, mobile }
}

const EUROPEAN_UNION: Group = group("0.03", "0.08");
const NORTH_AMERICA: Group = group("0.04", "0.04");
const NEIGHBOURS: Group = group("0.05", "0.18");
const EUROPE: Group = group("0.17", "0.29");
const ASIA_PACIFIC: Group = group("0.19", "0.29");
const AMERICAS: Group = group("0.24", "0.34");
const AFRICA_AND_NEAR_EAST: Group = group("0.39", "0.54");
const REMOTE: Group = group("1.49", "1.69");

/// The European Union and the others of its single market.
const UNION: [&str; 31] = [
    "AT", "AX", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE",
    "IS", "IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK",
];
const NEAR: [&str; 9] = ["AD", "CH", "GB", "GG", "IM", "JE", "MC", "SM", "VA"];
/// Islands and places that are reached by satellite or by one cable.
const FAR: [&str; 16] = [
    "AC", "CK", "FK", "KI", "NF", "NR", "NU", "PW", "SB", "SH", "TA", "TK", "TO", "TV", "WF", "WS",
];

/// The group of a country.
fn of(code: u16, country: &str) -> Group {
    if UNION.contains(&country) {
        return EUROPEAN_UNION;
    }
    if NEAR.contains(&country) {
        return NEIGHBOURS;
    }
    if FAR.contains(&country) || code == 672 {
        return REMOTE;
    }
    match (code.to_string().as_bytes().first(), country) {
        (_, "US" | "CA") => NORTH_AMERICA,
        (_, "FO" | "GL") => EUROPE,
        (_, "AW") => AMERICAS,
        (_, "AU" | "NZ" | "JP" | "KR" | "SG" | "HK" | "CN" | "MY" | "TW" | "TH") => ASIA_PACIFIC,
        (Some(b'1' | b'5'), _) => AMERICAS,
        (Some(b'2'), _) => AFRICA_AND_NEAR_EAST,
        (Some(b'3' | b'4' | b'7'), _) => EUROPE,
        (Some(b'6' | b'8'), _) => ASIA_PACIFIC,
        _ => AFRICA_AND_NEAR_EAST,
    }
}

/// What a minute costs.
pub fn price(code: u16, label: &Label) -> &'static str {
    let group = of(code, &label.country);
    match (code, label.kind) {
        (800, _) | (_, Kind::TollFree) => "0",
        (808, _) => "0.25",
        (870 | 881..=883, _) => "5.9",
        (878 | 888, _) => "2.5",
        (979, _) | (_, Kind::Premium) => "2.99",
        (_, Kind::Personal) => "0.69",
        (_, Kind::Mobile | Kind::Pager) => group.mobile,
        (_, Kind::Fixed | Kind::Any | Kind::SharedCost | Kind::Voip | Kind::Company) => group.fixed,
    }
}
