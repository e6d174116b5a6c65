//! Rules of EN 16931 that a statement can break. Those that hold for every statement that has
//! passed the check of sums, and those of the form, are kept by how the XML is written.

use rust_decimal::Decimal;

use super::Invoice;
use super::tax::Subtotal;
use crate::billing::document::check::within;
use crate::billing::document::fault::Fault;
use crate::billing::document::statement::{Kind, Means, Party, TaxCategory};

/// # Errors
/// [`Fault::Invoice`] with the first rule that is broken.
pub fn check(invoice: &Invoice) -> Result<(), Fault> {
    document(invoice)?;
    parties(invoice)?;
    amounts(invoice)?;
    invoice
        .taxes
        .iter()
        .try_for_each(|tax| category(invoice, tax))
}

fn hold(holds: bool, rule: &'static str, message: &str) -> Result<(), Fault> {
    if holds {
        return Ok(());
    }
    Err(Fault::Invoice {
        rule,
        message: message.to_owned(),
    })
}

fn document(invoice: &Invoice) -> Result<(), Fault> {
    let statement = invoice.statement;
    hold(statement.number.is_some(), "BR-02", "a trial is no invoice")?;
    let lines = statement.groups.iter().any(|group| !group.lines.is_empty());
    hold(lines, "BR-16", "there is no line")?;
    let terms = statement
        .payment
        .as_ref()
        .and_then(|payment| payment.terms.as_ref());
    let settled = statement.totals.due <= Decimal::ZERO || statement.kind == Kind::CreditNote;
    let says_when = settled || statement.due.is_some() || terms.is_some();
    hold(
        says_when,
        "BR-CO-25",
        "neither due date nor terms of payment",
    )?;
    let Some(Means::Card { masked, .. }) = statement.payment.as_ref().map(|p| &p.means) else {
        return Ok(());
    };
    let digits = masked.chars().filter(char::is_ascii_digit).count();
    hold(
        digits >= 4,
        "BR-51",
        "the last four digits of the card are missing",
    )
}

fn parties(invoice: &Invoice) -> Result<(), Fault> {
    let (seller, buyer) = (
        &invoice.statement.issuer.party,
        &invoice.statement.recipient,
    );
    hold(!seller.name.is_empty(), "BR-06", "the issuer has no name")?;
    hold(!buyer.name.is_empty(), "BR-07", "the recipient has no name")?;
    hold(
        has_country(seller),
        "BR-09",
        "the issuer's country is not known",
    )?;
    hold(
        has_country(buyer),
        "BR-11",
        "the recipient's country is not known",
    )?;
    let known = seller.vat_number.is_some() || seller.register_number.is_some();
    hold(
        known,
        "BR-CO-26",
        "the issuer has neither VAT nor company number",
    )?;
    let numbers = [&seller.vat_number, &buyer.vat_number]
        .into_iter()
        .flatten();
    let mut prefixes = numbers.map(|n| n.bytes().take(2).filter(u8::is_ascii_uppercase).count());
    hold(
        prefixes.all(|letters| letters == 2),
        "BR-CO-9",
        "a VAT number has no country",
    )
}

fn has_country(party: &Party) -> bool {
    party.address.country.len() == 2
}

fn amounts(invoice: &Invoice) -> Result<(), Fault> {
    let lines = invoice
        .statement
        .groups
        .iter()
        .flat_map(|group| &group.lines);
    for line in lines {
        within(&format!("line {}", line.id), line.net, invoice.digits)?;
    }
    let taxes = invoice.taxes.iter();
    taxes
        .clone()
        .try_for_each(|tax| within("a tax", tax.amount, invoice.digits))?;
    let out_of_scope = |tax: &Subtotal| tax.category == TaxCategory::OutOfScope;
    let mixed = invoice.taxes.len() > 1 && taxes.clone().any(out_of_scope);
    hold(
        !mixed,
        "BR-O-11",
        "what is out of scope of VAT cannot stand beside other categories",
    )
}

fn category(invoice: &Invoice, tax: &Subtotal) -> Result<(), Fault> {
    let (seller, buyer) = (
        &invoice.statement.issuer.party,
        &invoice.statement.recipient,
    );
    let taxed = seller.vat_number.is_some() || seller.tax_number.is_some();
    let both = seller.vat_number.is_some() && buyer.vat_number.is_some();
    let named = buyer.vat_number.is_some() || buyer.register_number.is_some();
    let reason = tax.reason.is_some();
    match tax.category {
        TaxCategory::Standard => {
            hold(
                tax.rate > Decimal::ZERO,
                "BR-S-05",
                "a standard rate is above zero",
            )?;
            hold(taxed, "BR-S-02", "the issuer has no tax number")?;
            hold(!reason, "BR-S-10", "a standard rate has no reason")?;
        }
        TaxCategory::Zero => {
            hold(taxed, "BR-Z-02", "the issuer has no tax number")?;
            hold(!reason, "BR-Z-10", "a zero rate has no reason")?;
        }
        TaxCategory::Exempt => {
            hold(taxed, "BR-E-02", "the issuer has no tax number")?;
            hold(reason, "BR-E-10", "the reason of the exemption is missing")?;
        }
        TaxCategory::ReverseCharge => {
            hold(taxed && named, "BR-AE-02", "a party has no tax number")?;
            hold(reason, "BR-AE-10", "the reason is missing")?;
        }
        TaxCategory::IntraCommunity => {
            hold(both, "BR-IC-02", "a party has no VAT number")?;
            hold(reason, "BR-IC-10", "the reason is missing")?;
            let dated = invoice.statement.period.is_some();
            hold(dated, "BR-IC-11", "the period is missing")?;
        }
        TaxCategory::Export => {
            hold(taxed, "BR-G-02", "the issuer has no tax number")?;
            hold(reason, "BR-G-10", "the reason is missing")?;
        }
        TaxCategory::OutOfScope => {
            let none = seller.vat_number.is_none() && buyer.vat_number.is_none();
            hold(
                none,
                "BR-O-02",
                "out of scope of VAT there are no VAT numbers",
            )?;
            hold(reason, "BR-O-10", "the reason is missing")?;
        }
        TaxCategory::Canary => hold(taxed, "BR-AF-02", "the issuer has no tax number")?,
        TaxCategory::CeutaMelilla => hold(taxed, "BR-AG-02", "the issuer has no tax number")?,
        TaxCategory::Other => hold(false, "BR-CO-4", "not a value added tax")?,
    }
    rate(tax)
}

/// The tax is the rate of its base (BR-CO-17). The standard lets it differ by less than one unit
/// of the currency, for taxes that are rounded line by line.
fn rate(tax: &Subtotal) -> Result<(), Fault> {
    let rated = matches!(
        tax.category,
        TaxCategory::Standard | TaxCategory::Canary | TaxCategory::CeutaMelilla
    );
    let free = rated || (tax.rate.is_zero() && tax.amount.is_zero());
    hold(
        free,
        "BR-48",
        "a category without tax has a rate or an amount",
    )?;
    let exact = tax.base.checked_mul(tax.rate).ok_or(Fault::Overflow)?;
    let exact = exact / Decimal::ONE_HUNDRED;
    let difference = exact.checked_sub(tax.amount).ok_or(Fault::Overflow)?;
    hold(
        difference.abs() < Decimal::ONE,
        "BR-CO-17",
        "the tax is not the rate of its base",
    )
}
