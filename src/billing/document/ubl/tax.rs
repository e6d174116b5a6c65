//! VAT: the breakdown (BG-23) by category and rate, from the lines.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::Invoice;
use super::xml::{Xml, padded};
use crate::billing::document::fault::Fault;
use crate::billing::document::statement::{Line, Statement, Tax, TaxCategory};

/// One category at one rate.
pub struct Subtotal {
    pub category: TaxCategory,
    pub rate: Decimal,
    pub base: Decimal,
    pub amount: Decimal,
    pub reason: Option<String>,
}

impl TaxCategory {
    /// Its code of UN/CEFACT list 5305; none for what is no VAT.
    pub fn code(self) -> Option<&'static str> {
        match self {
            TaxCategory::Standard => Some("S"),
            TaxCategory::Zero => Some("Z"),
            TaxCategory::Exempt => Some("E"),
            TaxCategory::ReverseCharge => Some("AE"),
            TaxCategory::IntraCommunity => Some("K"),
            TaxCategory::Export => Some("G"),
            TaxCategory::OutOfScope => Some("O"),
            TaxCategory::Canary => Some("L"),
            TaxCategory::CeutaMelilla => Some("M"),
            TaxCategory::Other => None,
        }
    }
}

/// The tax of a line: exactly one, which is VAT.
pub fn of_line<'s>(statement: &'s Statement, line: &Line) -> Result<&'s Tax, Fault> {
    let tax = match line.taxes.as_slice() {
        [one] => statement.taxes.get(one.item),
        _ => None,
    };
    let tax = tax.filter(|tax| tax.category.code().is_some());
    tax.ok_or_else(|| Fault::Invoice {
        rule: "BR-CO-4",
        message: format!("line {} has not exactly one category of VAT", line.id),
    })
}

/// Sums of the lines by category and rate. Tax items that say the same become one.
pub fn breakdown(statement: &Statement) -> Result<Vec<Subtotal>, Fault> {
    let mut found: BTreeMap<(TaxCategory, Decimal), Subtotal> = BTreeMap::new();
    let lines = statement.groups.iter().flat_map(|group| &group.lines);
    for line in lines {
        let tax = of_line(statement, line)?;
        let rate = tax.rate.normalize();
        let subtotal = found
            .entry((tax.category, rate))
            .or_insert_with(|| Subtotal {
                category: tax.category,
                rate,
                base: Decimal::ZERO,
                amount: Decimal::ZERO,
                reason: tax.reason.clone(),
            });
        let amount = line.taxes.first().map_or(Decimal::ZERO, |tax| tax.amount);
        let add = |to: Decimal, what| to.checked_add(what).ok_or(Fault::Overflow);
        subtotal.base = add(subtotal.base, line.net)?;
        subtotal.amount = add(subtotal.amount, amount)?;
    }
    Ok(found.into_values().collect())
}

pub fn total(invoice: &Invoice, xml: &mut Xml) -> Result<(), Fault> {
    xml.within("cac:TaxTotal", |xml| {
        xml.amount("cbc:TaxAmount", invoice.shown(invoice.statement.totals.tax))?;
        for subtotal in &invoice.taxes {
            xml.within("cac:TaxSubtotal", |xml| {
                xml.amount("cbc:TaxableAmount", invoice.shown(subtotal.base))?;
                xml.amount("cbc:TaxAmount", invoice.shown(subtotal.amount))?;
                let reason = subtotal.reason.as_deref();
                let (category, rate) = (subtotal.category, subtotal.rate);
                written("cac:TaxCategory", category, rate, reason, xml)
            })?;
        }
        Ok(())
    })
}

/// The category with its rate, which there is none of out of scope.
pub fn written(
    name: &str,
    category: TaxCategory,
    rate: Decimal,
    reason: Option<&str>,
    xml: &mut Xml,
) -> Result<(), Fault> {
    xml.within(name, |xml| {
        xml.text("cbc:ID", category.code().unwrap_or_default())?;
        if category != TaxCategory::OutOfScope {
            xml.text("cbc:Percent", &padded(rate, 0))?;
        }
        xml.optional("cbc:TaxExemptionReason", reason)?;
        xml.within("cac:TaxScheme", |xml| xml.text("cbc:ID", "VAT"))
    })
}

/// Supply within the European Union says where to (BR-IC-12).
pub fn delivery(invoice: &Invoice, xml: &mut Xml) -> Result<(), Fault> {
    let within_union = |tax: &Subtotal| tax.category == TaxCategory::IntraCommunity;
    if !invoice.taxes.iter().any(within_union) {
        return Ok(());
    }
    let country = &invoice.statement.recipient.address.country;
    xml.within("cac:Delivery", |xml| {
        xml.within("cac:DeliveryLocation", |xml| {
            xml.within("cac:Address", |xml| {
                xml.within("cac:Country", |xml| {
                    xml.text("cbc:IdentificationCode", country)
                })
            })
        })
    })
}
