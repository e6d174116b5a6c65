//! Invoice lines (BG-25).

use rust_decimal::Decimal;

use super::Invoice;
use super::tax::{of_line, written};
use super::xml::{Xml, padded};
use crate::billing::document::fault::Fault;
use crate::billing::document::statement::{Group, Kind, Line, Prices, Quantity};
use crate::billing::document::unit::Unit;

/// Type of a reference that identifies what a line is about (UN/CEFACT 1001).
const OBJECT: &str = "130";

pub fn lines(invoice: &Invoice, xml: &mut Xml) -> Result<(), Fault> {
    let groups = invoice.statement.groups.iter();
    let lines = groups.flat_map(|group| group.lines.iter().map(move |line| (group, line)));
    for (number, (group, line)) in (1_u64..).zip(lines) {
        let name = match invoice.statement.kind {
            Kind::Bill => "cac:InvoiceLine",
            Kind::CreditNote => "cac:CreditNoteLine",
        };
        xml.within(name, |xml| content(invoice, number, group, line, xml))?;
    }
    Ok(())
}

fn content(
    invoice: &Invoice,
    number: u64,
    group: &Group,
    line: &Line,
    xml: &mut Xml,
) -> Result<(), Fault> {
    let quantity_name = match invoice.statement.kind {
        Kind::Bill => "cbc:InvoicedQuantity",
        Kind::CreditNote => "cbc:CreditedQuantity",
    };
    let priced = Priced::of(invoice, line);
    xml.text("cbc:ID", &number.to_string())?;
    xml.optional("cbc:Note", heading(group).as_deref())?;
    let quantity = padded(priced.quantity, 0);
    xml.text_with(quantity_name, ("unitCode", priced.unit), &quantity)?;
    xml.amount("cbc:LineExtensionAmount", invoice.shown(line.net))?;
    if let Some(period) = line.period {
        xml.period(period)?;
    }
    if !line.id.is_empty() {
        xml.within("cac:DocumentReference", |xml| {
            xml.text("cbc:ID", &line.id)?;
            xml.text("cbc:DocumentTypeCode", OBJECT)
        })?;
    }
    item(invoice, line, xml)?;
    xml.within("cac:Price", |xml| {
        xml.amount("cbc:PriceAmount", priced.price)
    })
}

fn heading(group: &Group) -> Option<String> {
    let parts = [Some(&group.title), group.subtitle.as_ref()];
    let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
    let parts: Vec<&str> = parts.map(String::as_str).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn item(invoice: &Invoice, line: &Line, xml: &mut Xml) -> Result<(), Fault> {
    let tax = of_line(invoice.statement, line)?;
    let text = line.details.iter().chain(&line.corrects);
    let text: Vec<&str> = text.map(String::as_str).collect();
    xml.within("cac:Item", |xml| {
        xml.optional("cbc:Description", Some(&text.join("; ")))?;
        xml.text("cbc:Name", &line.name)?;
        written(
            "cac:ClassifiedTaxCategory",
            tax.category,
            tax.rate,
            None,
            xml,
        )?;
        for (name, value) in properties(line) {
            xml.within("cac:AdditionalItemProperty", |xml| {
                xml.text("cbc:Name", name)?;
                xml.text("cbc:Value", &value)
            })?;
        }
        Ok(())
    })
}

/// What was used, exact and in words that programs know.
fn properties(line: &Line) -> Vec<(&'static str, String)> {
    let quantity = line.quantity.as_ref();
    let known = [
        ("zone", line.zone.clone()),
        ("quantity", quantity.map(|q| padded(q.value, 0))),
        ("unit", quantity.map(unit_name)),
        ("included", line.included.map(|value| padded(value, 0))),
        ("count", line.count.map(|count| count.to_string())),
    ];
    let known = known.into_iter();
    known
        .filter_map(|(name, value)| Some((name, value?)))
        .collect()
}

fn unit_name(quantity: &Quantity) -> String {
    match &quantity.unit {
        Unit::Other(name) => name.clone(),
        unit => unit.code().to_owned(),
    }
}

/// Quantity and price of a line. The price is never below zero (BR-27), the quantity has the sign.
struct Priced {
    quantity: Decimal,
    unit: &'static str,
    price: Decimal,
}

impl Priced {
    fn of(invoice: &Invoice, line: &Line) -> Priced {
        let net = invoice.shown(line.net);
        let sign = if net < Decimal::ZERO {
            -Decimal::ONE
        } else {
            Decimal::ONE
        };
        let exact = Self::exact(invoice, line);
        let one = (Decimal::ONE, Unit::Piece.code(), net.abs());
        let (quantity, unit, price) = exact.unwrap_or(one);
        Priced {
            quantity: quantity * sign,
            unit,
            price,
        }
    }

    /// Quantity times price, where that is exactly the net amount.
    fn exact(invoice: &Invoice, line: &Line) -> Option<(Decimal, &'static str, Decimal)> {
        let (quantity, price) = (line.quantity.as_ref()?, line.price?);
        let product = quantity.value.checked_mul(price)?;
        let holds = invoice.statement.prices == Prices::Net && product == line.net;
        let (value, price) = (quantity.value.abs(), price.abs());
        let usable = holds && !value.is_zero();
        usable.then(|| (value, quantity.unit.code(), price))
    }
}
