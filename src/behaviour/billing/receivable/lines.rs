//! The charges on bills: read to be credited and booked, written for credit notes.

use serde_json::{Map, Value, json};

use super::{id_in, money_json, negative, stored_money};
use crate::behaviour::stored::document;
use crate::billing::receivable::credit_note::{Line, LineTax};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, decimal_of};
use crate::domain::packed::Packed;
use crate::domain::problem::Outcome;
use crate::store::rates::{self, SheetRow, own_content, pack_line};
use crate::store::{DbResult, ResourceRow, Session, Tx};

/// The kind of charges.
pub const RATE: &str = rates::KIND;
/// Attribute of ours: the charge that a credit takes something off.
pub const CORRECTED: &str = "correctedRate";

/// Characteristic of a charge that names its revenue account.
const CODE: &str = "accountCode";

/// A charge as it is stored.
pub struct Charge {
    pub id: String,
    pub bill: String,
    pub doc: Value,
}

/// The charges on bills, in their order.
///
/// # Errors
/// A fault of the store.
pub fn of_bills(
    session: &mut dyn Session,
    tenant: i64,
    bills: &[String],
) -> DbResult<Vec<ResourceRow>> {
    let sheets = session.sheets_of_bills(tenant, bills)?;
    session.sheet_documents(&sheets)
}

/// [`of_bills`] in a transaction, read.
///
/// # Errors
/// A fault of the store.
pub fn charges(tx: &mut Tx<'_>, tenant: i64, bills: &[String]) -> Outcome<Vec<Charge>> {
    let rows = tx.direct(|session| of_bills(session, tenant, bills))?;
    rows.into_iter().map(charge).collect()
}

/// Reads a charge.
///
/// # Errors
/// A fault of ours when it does not parse.
pub fn charge(row: ResourceRow) -> Outcome<Charge> {
    let doc = document(&row)?;
    Ok(Charge {
        bill: id_in(&doc, "bill").unwrap_or_default().to_owned(),
        id: row.id,
        doc,
    })
}

/// The amounts of a charge. What has none is over nothing.
pub fn line(charge: &Charge) -> Line {
    let net = stored_money(&charge.doc, "taxExcludedAmount");
    let taxes = charge.doc.get("appliedTax").and_then(Value::as_array);
    let taxes = taxes.into_iter().flatten();
    Line {
        id: charge.id.clone(),
        net: net.map_or(Amount::ZERO, |(amount, _)| amount),
        taxes: taxes.map(tax).collect(),
    }
}

fn tax(tax: &Value) -> LineTax {
    let category = tax.get("taxCategory").and_then(Value::as_str);
    let rate = tax.get("taxRate").and_then(Value::as_number);
    let amount = stored_money(tax, "taxAmount");
    LineTax {
        category: category.unwrap_or_default().to_owned(),
        rate: rate.and_then(decimal_of).unwrap_or_default(),
        amount: amount.map_or(Amount::ZERO, |(amount, _)| amount),
    }
}

/// The id of the charge that a credit corrects.
pub fn corrected(charge: &Charge) -> Option<&str> {
    id_in(&charge.doc, CORRECTED)
}

/// The revenue account of a charge, where what is sold names one.
pub fn account_code(charge: &Value) -> Option<String> {
    match characteristics(charge).find(is_code)?.get("value")? {
        Value::String(code) => Some(code.clone()),
        Value::Number(code) => Some(code.to_string()),
        _ => None,
    }
}

fn characteristics(charge: &Value) -> impl Iterator<Item = &Value> {
    let all = charge.get("characteristic").and_then(Value::as_array);
    all.into_iter().flatten()
}

fn is_code(characteristic: &&Value) -> bool {
    characteristic.get("name").and_then(Value::as_str) == Some(CODE)
}

/// A credit that takes a part off a charge: named like it, for the same product and period.
pub fn credit(charge: &Value, part: &Line, currency: &'static Currency, now: Micros) -> Value {
    let mut doc = Map::new();
    doc.insert("@type".to_owned(), json!("AppliedCustomerBillingRate"));
    for name in [
        "name",
        "description",
        "chargeType",
        "product",
        "periodCoverage",
    ] {
        if let Some(value) = charge.get(name) {
            doc.insert(name.to_owned(), value.clone());
        }
    }
    if let Some(code) = characteristics(charge).find(is_code) {
        doc.insert("characteristic".to_owned(), json!([code]));
    }
    doc.insert("date".to_owned(), json!(now.to_rfc3339()));
    doc.insert(
        "appliedBillingRateType".to_owned(),
        json!("appliedBillingCredit"),
    );
    let of_charge = charge.get("appliedTax").and_then(Value::as_array);
    let of_charge = of_charge.into_iter().flatten();
    let mut gross = part.net;
    let mut taxes = Vec::new();
    for (tax, part) in of_charge.zip(&part.taxes) {
        gross = gross.plus(part.amount).unwrap_or(gross);
        let mut tax = tax.clone();
        if let Some(tax) = tax.as_object_mut() {
            let amount = money_json(negative(part.amount), currency);
            tax.insert("taxAmount".to_owned(), amount);
        }
        taxes.push(tax);
    }
    doc.insert(
        "taxExcludedAmount".to_owned(),
        money_json(negative(part.net), currency),
    );
    doc.insert(
        "taxIncludedAmount".to_owned(),
        money_json(negative(gross), currency),
    );
    if !taxes.is_empty() {
        doc.insert("appliedTax".to_owned(), Value::Array(taxes));
    }
    let original = json!({
        "@type": "AppliedCustomerBillingRateRef",
        "id": part.id,
        "@referredType": "AppliedCustomerBillingRate",
    });
    doc.insert(CORRECTED.to_owned(), original);
    Value::Object(doc)
}

/// Whose charges are written.
pub struct Sheet<'s> {
    pub tenant: i64,
    pub account: &'s str,
    pub bill: &'s str,
    pub now: Micros,
}

/// Writes charges of a bill.
///
/// # Errors
/// A fault of the store.
pub fn add(tx: &mut Tx<'_>, sheet: &Sheet<'_>, docs: Vec<Value>) -> Outcome<()> {
    let (mut packed, mut body, mut shapes) = (Packed::default(), Vec::new(), Vec::new());
    let count = docs.len();
    for doc in docs {
        let shape = pack_line(&own_content(doc), &mut packed, &mut body);
        shapes.push((shape.number, shape.text.to_string()));
    }
    tx.direct(|session| {
        let Some(first) = session.allocate(count)?.first().copied() else {
            return Ok(());
        };
        let row = SheetRow {
            seq: first,
            tenant: sheet.tenant,
            account: sheet.account.to_owned(),
            bill: Some(sheet.bill.to_owned()),
            revision: 1,
            created_at: sheet.now.0,
            updated_at: sheet.now.0,
            lines: i64::try_from(count).unwrap_or(i64::MAX),
            body,
        };
        session.insert_sheets(&[row], &shapes)
    })
}
