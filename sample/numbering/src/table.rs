//! The table as it is posted to `tariffTable`: a row in each line.

use std::fmt::Write;

use crate::plan::plans;
use crate::price::price;
use crate::tree::prefixes;

/// The version of the metadata, which the version of its package names.
const VERSION: &str = "9.0.33";

/// The text of the table.
///
/// # Errors
/// When the metadata has something unexpected.
pub fn text() -> Result<String, String> {
    let mut rows = Vec::new();
    for mut plan in plans()? {
        for (prefix, label) in prefixes(&mut plan)? {
            let price = price(plan.code, &label);
            rows.push((format!("{}{prefix}", plan.code), label.zone(), price));
        }
    }
    rows.sort();
    let mut text = format!(
        "{{\"id\": \"international\", \"name\": \"International calls\", \"version\": \"{VERSION}\", \
         \"currency\": \"EUR\", \"key\": [\"destination\"], \"row\": [\n"
    );
    for (place, (prefix, zone, price)) in rows.iter().enumerate() {
        let end = match place + 1 == rows.len() {
            true => "",
            false => ",",
        };
        let row =
            format!("{{\"destination\":\"{prefix}\",\"zone\":\"{zone}\",\"price\":{price}}}{end}");
        writeln!(text, "{row}").map_err(|error| error.to_string())?;
    }
    text.push_str("]}\n");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use phonenumber::metadata::{DATABASE, Descriptor, Metadata};

    use super::{VERSION, text};

    /// Zones by prefix, of the table that is written now.
    fn zones() -> BTreeMap<String, String> {
        let text = text().unwrap();
        let rows = text
            .lines()
            .filter_map(|line| line.strip_prefix("{\"destination\":\""));
        let rows = rows.map(|row| {
            let (prefix, rest) = row.split_once("\",\"zone\":\"").unwrap();
            let (zone, _) = rest.split_once('"').unwrap();
            (prefix.to_owned(), zone.to_owned())
        });
        rows.collect()
    }

    fn zone<'z>(zones: &'z BTreeMap<String, String>, number: &str) -> &'z str {
        let prefixes = (1..=number.len())
            .rev()
            .filter_map(|length| number.get(..length));
        let mut found = prefixes.filter_map(|prefix| zones.get(prefix));
        found.next().map_or("", String::as_str)
    }

    /// The ranges of a country, by the word for them in zones.
    fn ranges(country: &Metadata) -> [(&'static str, Option<&Descriptor>); 9] {
        let all = country.descriptors();
        [
            ("fixed", all.fixed_line()),
            ("mobile", all.mobile()),
            ("tollFree", all.toll_free()),
            ("sharedCost", all.shared_cost()),
            ("premium", all.premium_rate()),
            ("personal", all.personal_number()),
            ("voip", all.voip()),
            ("pager", all.pager()),
            ("company", all.uan()),
        ]
    }

    /// The metadata has an example for each range of each country.
    #[test]
    fn examples_are_in_the_zone_of_their_range() {
        let zones = zones();
        let (mut right, mut wrong) = (0, Vec::new());
        for country in DATABASE.iter().filter(|country| country.id() != "001") {
            let code = country.country_code();
            let sharing = DATABASE.by_code(&code).unwrap();
            let main = sharing
                .iter()
                .find(|other| other.is_main_country_for_code());
            for (kind, range) in ranges(country) {
                let Some(example) = range.and_then(Descriptor::example) else {
                    continue;
                };
                let found = zone(&zones, &format!("{code}{example}"));
                let (of, as_kind) = found.split_once('-').unwrap_or((found, "fixed or mobile"));
                // What several countries share counts as the main one's.
                let is_there = of == country.id() || main.is_some_and(|main| main.id() == of);
                match is_there && as_kind.contains(kind) {
                    true => right += 1,
                    false => {
                        wrong.push(format!("{} {kind} +{code}{example}: {found}", country.id()))
                    }
                }
            }
        }
        assert!(right > 1_000);
        // Ranges that overlap in the metadata, or differ in their length only: no prefix tells them apart.
        let known = [
            "CL fixed +56600123456: CL-sharedCost",
            "BL fixed +590590271234: MF-fixed",
            "VU tollFree +67881123: VU-mobile",
            "UY company +59821123: UY-fixed",
        ];
        assert_eq!(wrong, known, "{right} right");
    }

    #[test]
    fn the_version_is_that_of_the_metadata() {
        let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
        let lock = std::fs::read_to_string(lock).unwrap();
        let (_, rest) = lock
            .split_once("name = \"phonenumber\"\nversion = \"")
            .unwrap();
        let version = rest.lines().next().unwrap_or_default();
        assert!(version.ends_with(&format!("+{VERSION}\"")), "{version}");
    }
}
