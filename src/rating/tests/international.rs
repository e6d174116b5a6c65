//! The sample operator's tariff table: well-known numbers of the real numbering plan are in the zones that they
//! must be in.

use serde_json::Value;

use crate::domain::clock::Micros;
use crate::rating::table::{Table, read};
use crate::sample::INTERNATIONAL_TARIFF;

/// Numbers as examples and directories have them, and their zones.
const NUMBERS: &[(&str, &str)] = &[
    // One calling code, many countries: told apart by the area code.
    ("+12125550123", "US"),
    ("+13105550100", "US"),
    ("+19075550123", "US"),
    ("+14165550123", "CA"),
    ("+15145550123", "CA"),
    ("+18765550123", "JM-mobile"),
    ("+18769770123", "JM-fixed"),
    ("+18095550123", "DO"),
    ("+12465550123", "BB-fixed"),
    ("+17875550123", "PR"),
    ("+18005550123", "US-tollFree"),
    ("+19005550123", "US-premium"),
    ("+74951234567", "RU-fixed"),
    ("+79161234567", "RU-mobile"),
    ("+77172123456", "KZ-fixed"),
    ("+77012345678", "KZ-mobile"),
    ("+442079460123", "GB-fixed"),
    ("+447400123456", "GB-mobile"),
    ("+447700900123", "GB-mobile"),
    ("+441481720014", "GG-fixed"),
    ("+447781123456", "GG-mobile"),
    ("+441534123456", "JE-fixed"),
    ("+447797712345", "JE-mobile"),
    ("+441624756789", "IM-fixed"),
    ("+447624312345", "IM-mobile"),
    ("+448081570123", "GB-tollFree"),
    ("+390612345678", "IT-fixed"),
    ("+390212345678", "IT-fixed"),
    ("+390669812345", "VA-fixed"),
    ("+393331234567", "IT-mobile"),
    ("+39899123456", "IT-premium"),
    ("+4721234567", "NO-fixed"),
    ("+4740612345", "NO-mobile"),
    ("+4779123456", "SJ-fixed"),
    ("+61212345678", "AU-fixed"),
    ("+61412345678", "AU-mobile"),
    ("+61891641234", "CX-fixed"),
    // Europe.
    ("+493012345678", "DE-fixed"),
    ("+498912345678", "DE-fixed"),
    ("+4915112345678", "DE-mobile"),
    ("+4917012345678", "DE-mobile"),
    ("+498001234567", "DE-tollFree"),
    ("+499001234567", "DE-premium"),
    ("+49180123456", "DE-sharedCost"),
    ("+33142345678", "FR-fixed"),
    ("+33612345678", "FR-mobile"),
    ("+34911234567", "ES-fixed"),
    ("+34612345678", "ES-mobile"),
    ("+351912345678", "PT-mobile"),
    ("+31201234567", "NL-fixed"),
    ("+31612345678", "NL-mobile"),
    ("+32470123456", "BE-mobile"),
    ("+41441234567", "CH-fixed"),
    ("+41781234567", "CH-mobile"),
    ("+43151234567", "AT-fixed"),
    ("+436641234567", "AT-mobile"),
    ("+420601123456", "CZ-mobile"),
    ("+48221234567", "PL-fixed"),
    ("+353850123456", "IE-mobile"),
    ("+306912345678", "GR-mobile"),
    ("+358412345678", "FI-mobile"),
    ("+380501234567", "UA-mobile"),
    // America, Asia, Africa.
    ("+525512345678", "MX"),
    ("+541123456789", "AR-fixed"),
    ("+5491123456789", "AR-mobile"),
    ("+551123456789", "BR-fixed"),
    ("+5511961234567", "BR-mobile"),
    ("+573211234567", "CO-mobile"),
    ("+861012345678", "CN-fixed"),
    ("+8613123456789", "CN-mobile"),
    ("+85251234567", "HK-mobile"),
    ("+81312345678", "JP-fixed"),
    ("+819012345678", "JP-mobile"),
    ("+821012345678", "KR-mobile"),
    ("+6581234567", "SG-mobile"),
    ("+911123456789", "IN-fixed"),
    ("+919876543210", "IN-mobile"),
    ("+27111234567", "ZA-fixed"),
    ("+27711234567", "ZA-mobile"),
    ("+201001234567", "EG-mobile"),
    ("+2348021234567", "NG-mobile"),
    ("+254712123456", "KE-mobile"),
    ("+905012345678", "TR-mobile"),
    ("+972502345678", "IL-mobile"),
    ("+971501234567", "AE-mobile"),
    // Of no country.
    ("+870773123456", "satellite-870"),
    ("+8816312345678", "satellite-881"),
    ("+88213123456", "networks-882"),
    ("+883510012345", "networks-883"),
    ("+80012345678", "international-tollFree"),
    ("+979123456789", "international-premium"),
];

fn table() -> Table {
    let document: Value = serde_json::from_str(INTERNATIONAL_TARIFF).expect("JSON");
    let source = read(&document).expect("a table");
    Table::compile(&source).expect("a table that compiles")
}

fn zone<'t>(table: &'t Table, number: &str) -> Option<&'t str> {
    let row = table.lookup(&[number], Micros(0))?;
    table.zone(table.row(row)?.zone?)
}

#[test]
fn well_known_numbers_are_in_their_zones() {
    let table = table();
    let wrong: Vec<_> = NUMBERS
        .iter()
        .filter(|(number, expected)| zone(&table, number) != Some(*expected))
        .map(|(number, expected)| (*number, *expected, zone(&table, number)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_no_country_has_no_price() {
    let table = table();
    // Calling codes that are not assigned, and what is no number.
    for number in ["+999660123456", "+2101234567", "+0", "local 112", "*98", ""] {
        assert_eq!(zone(&table, number), None, "{number}");
    }
}

#[test]
fn each_row_has_a_zone_and_a_price() {
    let table = table();
    assert!(table.rows().len() > 5_000);
    assert!(
        table
            .rows()
            .iter()
            .all(|row| row.zone.is_some() && row.price.is_some())
    );
    assert_eq!(table.currency.map(|currency| currency.code), Some("EUR"));
}
