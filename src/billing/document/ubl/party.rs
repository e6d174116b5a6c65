//! Seller (BG-4) and buyer (BG-7).

use super::xml::Xml;
use crate::billing::document::fault::Fault;
use crate::billing::document::statement::{Address, Means, Party, Statement};

pub fn seller(statement: &Statement, xml: &mut Xml) -> Result<(), Fault> {
    let party = &statement.issuer.party;
    let creditor = statement
        .payment
        .as_ref()
        .and_then(|payment| match &payment.means {
            Means::DirectDebit { creditor, .. } => creditor.as_deref(),
            _ => None,
        });
    xml.within("cac:AccountingSupplierParty", |xml| {
        xml.within("cac:Party", |xml| {
            if let Some(creditor) = creditor {
                xml.within("cac:PartyIdentification", |xml| {
                    xml.text_with("cbc:ID", ("schemeID", "SEPA"), creditor)
                })?;
            }
            described(party, xml)
        })
    })
}

/// The buyer is identified by the billing account (BT-46).
pub fn buyer(statement: &Statement, xml: &mut Xml) -> Result<(), Fault> {
    xml.within("cac:AccountingCustomerParty", |xml| {
        xml.within("cac:Party", |xml| {
            xml.within("cac:PartyIdentification", |xml| {
                xml.text("cbc:ID", &statement.account.number)
            })?;
            described(&statement.recipient, xml)
        })
    })
}

fn described(party: &Party, xml: &mut Xml) -> Result<(), Fault> {
    address(&party.address, xml)?;
    let numbers = [(&party.vat_number, "VAT"), (&party.tax_number, "TAX")];
    for (number, scheme) in numbers {
        let Some(number) = number else { continue };
        xml.within("cac:PartyTaxScheme", |xml| {
            xml.text("cbc:CompanyID", number)?;
            xml.within("cac:TaxScheme", |xml| xml.text("cbc:ID", scheme))
        })?;
    }
    xml.within("cac:PartyLegalEntity", |xml| {
        xml.text("cbc:RegistrationName", &party.name)?;
        xml.optional("cbc:CompanyID", party.register_number.as_deref())
    })?;
    if party.phone.is_none() && party.email.is_none() {
        return Ok(());
    }
    xml.within("cac:Contact", |xml| {
        xml.optional("cbc:Telephone", party.phone.as_deref())?;
        xml.optional("cbc:ElectronicMail", party.email.as_deref())
    })
}

/// The standard has three lines for the street: what is more goes into the last one.
fn address(address: &Address, xml: &mut Xml) -> Result<(), Fault> {
    let mut lines = address.lines.iter().map(String::as_str);
    let (first, second) = (lines.next(), lines.next());
    let rest = lines.collect::<Vec<_>>().join(", ");
    xml.within("cac:PostalAddress", |xml| {
        xml.optional("cbc:StreetName", first)?;
        xml.optional("cbc:AdditionalStreetName", second)?;
        xml.optional("cbc:CityName", Some(&address.city))?;
        xml.optional("cbc:PostalZone", address.post_code.as_deref())?;
        xml.optional("cbc:CountrySubentity", address.region.as_deref())?;
        if !rest.is_empty() {
            xml.within("cac:AddressLine", |xml| xml.text("cbc:Line", &rest))?;
        }
        xml.within("cac:Country", |xml| {
            xml.text("cbc:IdentificationCode", &address.country)
        })
    })
}
