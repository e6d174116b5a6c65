//! The bill as an electronic invoice: UBL 2.1 (`Invoice`, `CreditNote`) with the content and rules
//! of EN 16931-1.
//!
//! Lines are those of the bill, before tax. A line whose net amount is exactly quantity times
//! price says so; every other one is a quantity of one at its net amount, and what was used is
//! said in properties of the item. Credits on a bill are negative quantities. What the standard
//! has no place for is refused with the name of the rule: taxes other than VAT, a line with
//! several taxes, a trial.
//!
//! Not covered: the further rules of networks and countries (Peppol, XRechnung). Amounts have
//! the digits of their currency, so those in currencies with three are beyond the standard's two.

mod line;
mod party;
mod payment;
mod rules;
mod tax;
mod xml;

use super::check::{check, digits};
use super::fault::Fault;
use super::locale::Locale;
use super::statement::{Kind, Statement};
use rust_decimal::Decimal;
use xml::Xml;

/// Names the specification that the content follows (BT-24).
const SPECIFICATION: &str = "urn:cen.eu:en16931:2017";

/// The statement as XML.
///
/// # Errors
/// [`Fault::Invoice`] for what EN 16931 cannot say, others for a statement that contradicts
/// itself.
pub fn ubl(statement: &Statement) -> Result<String, Fault> {
    check(statement)?;
    let invoice = Invoice {
        statement,
        digits: digits(statement)?,
        taxes: tax::breakdown(statement)?,
    };
    rules::check(&invoice)?;
    let mut xml = Xml::new(statement.currency.code, invoice.digits);
    let (root, space) = match statement.kind {
        Kind::Bill => (
            "Invoice",
            "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
        ),
        Kind::CreditNote => (
            "CreditNote",
            "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
        ),
    };
    xml.root(root, space, |xml| invoice.content(xml))?;
    xml.finish()
}

/// A statement on its way to XML.
struct Invoice<'a> {
    statement: &'a Statement,
    digits: u32,
    taxes: Vec<tax::Subtotal>,
}

impl Invoice<'_> {
    fn content(&self, xml: &mut Xml) -> Result<(), Fault> {
        let locale = Locale::of(&self.statement.locale)?;
        self.head(xml)?;
        self.references(xml)?;
        party::seller(self.statement, xml)?;
        party::buyer(self.statement, xml)?;
        tax::delivery(self, xml)?;
        payment::payment(self.statement, locale, xml)?;
        tax::total(self, xml)?;
        self.totals(xml)?;
        line::lines(self, xml)
    }

    fn head(&self, xml: &mut Xml) -> Result<(), Fault> {
        let statement = self.statement;
        xml.text("cbc:CustomizationID", SPECIFICATION)?;
        xml.text("cbc:ID", statement.number.as_deref().unwrap_or_default())?;
        xml.date("cbc:IssueDate", statement.issued)?;
        match statement.kind {
            Kind::Bill => {
                xml.optional_date("cbc:DueDate", statement.due)?;
                xml.text("cbc:InvoiceTypeCode", "380")?;
            }
            Kind::CreditNote => xml.text("cbc:CreditNoteTypeCode", "381")?,
        }
        for note in &statement.notes {
            xml.text("cbc:Note", note)?;
        }
        xml.text("cbc:DocumentCurrencyCode", statement.currency.code)
    }

    fn references(&self, xml: &mut Xml) -> Result<(), Fault> {
        let statement = self.statement;
        xml.optional("cbc:BuyerReference", statement.reference.as_deref())?;
        if let Some(period) = statement.period {
            xml.period(period)?;
        }
        for corrected in &statement.corrects {
            xml.within("cac:BillingReference", |xml| {
                xml.within("cac:InvoiceDocumentReference", |xml| {
                    xml.text("cbc:ID", &corrected.number)?;
                    xml.optional_date("cbc:IssueDate", corrected.issued)
                })
            })?;
        }
        Ok(())
    }

    fn totals(&self, xml: &mut Xml) -> Result<(), Fault> {
        let totals = &self.statement.totals;
        let settled = totals.paid.checked_add(totals.credited);
        let settled = settled.ok_or(Fault::Overflow)?;
        xml.within("cac:LegalMonetaryTotal", |xml| {
            xml.amount("cbc:LineExtensionAmount", self.shown(totals.net))?;
            xml.amount("cbc:TaxExclusiveAmount", self.shown(totals.net))?;
            xml.amount("cbc:TaxInclusiveAmount", self.shown(totals.gross))?;
            if !settled.is_zero() {
                xml.amount("cbc:PrepaidAmount", self.shown(settled))?;
            }
            if !totals.rounding.is_zero() {
                xml.amount("cbc:PayableRoundingAmount", self.shown(totals.rounding))?;
            }
            xml.amount("cbc:PayableAmount", self.shown(totals.due))
        })
    }

    /// Credit notes say what is credited.
    fn shown(&self, amount: Decimal) -> Decimal {
        match self.statement.kind {
            Kind::Bill => amount,
            Kind::CreditNote => -amount,
        }
    }
}
