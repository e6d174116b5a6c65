//! Addresses, and the small print about the issuer.

use super::Writer;
use crate::billing::document::statement::{Address, Party};

impl Writer<'_> {
    /// The issuer in one line.
    pub(super) fn sender(&self) -> String {
        let party = &self.statement.issuer.party;
        let mut parts = vec![party.name.clone()];
        parts.extend(address_lines(&party.address));
        parts.join(" · ")
    }

    /// The recipient as on an envelope; the country only when it is another one.
    pub(super) fn recipient(&self) -> Vec<String> {
        let party = &self.statement.recipient;
        let mut lines = vec![party.name.clone()];
        lines.extend(address_lines(&party.address));
        if party.address.country != self.statement.issuer.party.address.country {
            lines.extend(country(&party.address));
        }
        if let Some(number) = &party.vat_number {
            lines.push(format!("{}: {number}", self.locale.label.vat_number));
        }
        lines
    }

    /// Columns: address, contact, bank, numbers. Those without content are left out.
    pub(super) fn footer(&self) -> Vec<Vec<String>> {
        let issuer = &self.statement.issuer;
        let party = &issuer.party;
        let mut address = vec![party.name.clone()];
        address.extend(address_lines(&party.address));
        address.extend(country(&party.address));
        let columns = [
            address,
            self.contact(party),
            self.bank(),
            self.numbers(party),
        ];
        columns
            .into_iter()
            .filter(|column| !column.is_empty())
            .collect()
    }

    fn contact(&self, party: &Party) -> Vec<String> {
        let label = &self.locale.label;
        let phone = party.phone.as_ref();
        let phone = phone.map(|phone| format!("{}: {phone}", label.phone));
        let rest = [party.email.clone(), party.web.clone()];
        phone
            .into_iter()
            .chain(rest.into_iter().flatten())
            .collect()
    }

    fn bank(&self) -> Vec<String> {
        let Some(bank) = &self.statement.issuer.bank else {
            return Vec::new();
        };
        let bic = bank.bic.as_ref();
        let bic = bic.map(|bic| format!("{}: {bic}", self.locale.label.bic));
        let name = bank.name.clone().into_iter();
        name.chain([spaced(&bank.account)]).chain(bic).collect()
    }

    fn numbers(&self, party: &Party) -> Vec<String> {
        let label = &self.locale.label;
        let numbers = [
            (&label.vat_number, &party.vat_number),
            (&label.tax_number, &party.tax_number),
            (&label.register_number, &party.register_number),
        ];
        let known = numbers.into_iter().filter_map(|(label, number)| {
            let number = number.as_ref()?;
            Some(format!("{label}: {number}"))
        });
        known.collect()
    }
}

/// An IBAN in groups of four as it is printed; other account numbers as they are.
pub fn spaced(account: &str) -> String {
    let bytes = account.as_bytes();
    let is_iban = bytes.len() > 14
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit)
        && bytes.iter().all(u8::is_ascii_alphanumeric);
    if !is_iban {
        return account.to_owned();
    }
    let mut spaced = String::with_capacity(account.len() + account.len() / 4);
    for (at, character) in account.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            spaced.push('\u{a0}');
        }
        spaced.push(character);
    }
    spaced
}

fn country(address: &Address) -> Option<String> {
    let name = address.country_name.as_ref().unwrap_or(&address.country);
    Some(name.clone()).filter(|name| !name.is_empty())
}

/// Street and city, in the order of the address's country.
fn address_lines(address: &Address) -> Vec<String> {
    let mut lines = address.lines.clone();
    let city = address.city.as_str();
    let code = address.post_code.as_deref().unwrap_or_default();
    let region = address.region.as_deref().unwrap_or_default();
    match address.country.as_str() {
        "GB" | "IE" => lines.extend([city, region, code].map(str::to_owned)),
        "US" => {
            let comma = if region.is_empty() { "" } else { "," };
            lines.push(joined(&[&format!("{city}{comma}"), region, code]));
        }
        "CA" | "AU" => lines.push(joined(&[city, region, code])),
        "IN" | "NZ" | "SG" | "TH" | "ID" | "PK" | "BD" => {
            lines.push(joined(&[city, code]));
            lines.push(region.to_owned());
        }
        _ => lines.push(joined(&[code, city, region])),
    }
    lines.retain(|line| !line.trim().is_empty());
    lines
}

fn joined(parts: &[&str]) -> String {
    let given: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    given.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{address_lines, spaced};
    use crate::billing::document::statement::Address;

    #[test]
    fn accounts_are_printed_in_groups() {
        assert_eq!(
            spaced("DE89370400440532013000"),
            "DE89\u{a0}3704\u{a0}0044\u{a0}0532\u{a0}0130\u{a0}00"
        );
        assert_eq!(spaced("12-3456 78"), "12-3456 78");
        assert_eq!(spaced(""), "");
    }

    #[test]
    fn cities_are_written_as_in_their_country() {
        let address = |country: &str| Address {
            lines: vec!["1 Main St".into()],
            city: "Town".into(),
            post_code: Some("12345".into()),
            region: Some("CA".into()),
            country: country.into(),
            country_name: None,
        };
        let last = |country| address_lines(&address(country)).pop().unwrap();
        assert_eq!(last("US"), "Town, CA 12345");
        assert_eq!(last("AU"), "Town CA 12345");
        assert_eq!(last("IT"), "12345 Town CA");
        assert_eq!(last("GB"), "12345");
    }
}
