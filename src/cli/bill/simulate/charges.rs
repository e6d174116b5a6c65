//! Bills and the charges on them, as they were stored.

use serde_json::{Value, json};

use crate::behaviour::document;
use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::domain::money::{Amount, Money, decimal_of_digits};
use crate::domain::problem::{Outcome, Problem};
use crate::store::ResourceRow;

/// A bill with its charges.
#[derive(Clone, Debug)]
pub struct Bill {
    pub seq: i64,
    pub id: String,
    pub account: String,
    pub category: String,
    pub number: Option<String>,
    pub net: i64,
    pub gross: i64,
    pub held: bool,
    /// The end of what it covers.
    pub to: Option<Micros>,
    /// Category, rate, amount and base of its taxes.
    pub taxes: Vec<(String, String, i64, i64)>,
    pub charges: Vec<Charge>,
    /// What it says besides its own number, id and times.
    text: String,
    /// As it is stored.
    raw: String,
}

/// A charge.
#[derive(Clone, Debug)]
pub struct Charge {
    pub id: String,
    pub bill: String,
    pub product: Option<String>,
    pub net: i64,
    pub gross: i64,
    pub is_billed: bool,
    /// Before rounding, for usage.
    pub usage: Option<i64>,
    /// Category, rate and amount.
    pub taxes: Vec<(String, String, i64)>,
    text: String,
    raw: String,
}

/// What is the same whenever the same is billed.
const OF_BILL: [&str; 9] = [
    "category",
    "runType",
    "billDate",
    "billingPeriod",
    "nextBillDate",
    "paymentDueDate",
    "taxExcludedAmount",
    "taxIncludedAmount",
    "taxItem",
];
const OF_CHARGE: [&str; 9] = [
    "name",
    "date",
    "appliedBillingRateType",
    "chargeType",
    "periodCoverage",
    "taxExcludedAmount",
    "taxIncludedAmount",
    "appliedTax",
    "characteristic",
];

fn parts(doc: &Value, names: &[&str]) -> Value {
    names
        .iter()
        .map(|name| doc.get(*name).cloned().unwrap_or(Value::Null))
        .collect()
}

fn text(doc: &Value, pointer: &str) -> Option<String> {
    doc.pointer(pointer)
        .and_then(Value::as_str)
        .map(str::to_owned)
}

/// An amount in millionths.
fn amount(doc: &Value, name: &str) -> Outcome<i64> {
    let broken = || Problem::internal(format!("no amount {name} in {doc}"));
    let money = doc.get(name).ok_or_else(broken)?;
    let money = Money::read(money).map_err(|_| broken())?;
    let amount = Amount::of(money.value).map_err(|_| broken())?;
    Ok(amount.millionths())
}

fn rate(tax: &Value) -> String {
    tax.get("taxRate").map(Value::to_string).unwrap_or_default()
}

impl Bill {
    /// Reads a bill, without its charges.
    ///
    /// # Errors
    /// When it has no amounts.
    pub fn read(row: ResourceRow) -> Outcome<Self> {
        let doc = document(&row)?;
        let account = text(&doc, "/billingAccount/id").unwrap_or_default();
        let items = doc.get("taxItem").and_then(Value::as_array);
        let taxes = items.into_iter().flatten().map(|item| {
            let category = text(item, "/taxCategory").unwrap_or_default();
            let base = amount(item, "taxableAmount").unwrap_or(0);
            Ok((category, rate(item), amount(item, "taxAmount")?, base))
        });
        Ok(Bill {
            seq: row.seq,
            category: text(&doc, "/category").unwrap_or_default(),
            number: text(&doc, "/billNo"),
            net: amount(&doc, "taxExcludedAmount")?,
            gross: amount(&doc, "taxIncludedAmount")?,
            held: text(&doc, "/state").as_deref() == Some("onHold"),
            to: text(&doc, "/billingPeriod/endDateTime").and_then(|at| Micros::parse(&at)),
            taxes: taxes.collect::<Outcome<_>>()?,
            charges: Vec::new(),
            text: json!([account, parts(&doc, &OF_BILL)]).to_string(),
            account,
            id: row.id,
            raw: row.doc,
        })
    }

    /// A number that follows from what the bill says and from nothing else.
    pub fn digest(&self) -> u128 {
        let mut all = self.text.clone();
        for charge in &self.charges {
            all.push_str(&charge.text);
        }
        number(&all)
    }

    /// A number that follows from every letter that is stored.
    pub fn print(&self) -> u128 {
        let mut all = format!("{} {}", self.id, self.raw);
        for charge in &self.charges {
            all.push_str(&charge.id);
            all.push_str(&charge.raw);
        }
        number(&all)
    }

    pub fn is_credit_note(&self) -> bool {
        self.category == "creditNote"
    }
}

fn number(text: &str) -> u128 {
    u128::from_str_radix(&ids::digest(text.as_bytes()), 16).unwrap_or_default()
}

impl Charge {
    /// Reads a charge.
    ///
    /// # Errors
    /// When it has no amounts, or usage does not say how it was summed.
    pub fn read(row: ResourceRow) -> Outcome<Self> {
        let doc = document(&row)?;
        let product = text(&doc, "/product/id");
        let all = doc.get("characteristic").and_then(Value::as_array);
        let named = |name: &str| {
            let mut all = all.into_iter().flatten();
            all.find(|one| one.get("name").and_then(Value::as_str) == Some(name))
        };
        let usage = named("count").map(|_| {
            let said = named("arithmetic").and_then(|own| own.get("value")?.as_str());
            let sum = said.and_then(|said| said.strip_prefix("sum ")?.split(' ').next());
            let sum = sum.and_then(decimal_of_digits);
            let sum = sum.and_then(|sum| Amount::of(sum).ok());
            let unsaid = || Problem::internal(format!("usage does not say its sum: {doc}"));
            sum.map(Amount::millionths).ok_or_else(unsaid)
        });
        let taxes = doc.get("appliedTax").and_then(Value::as_array);
        let taxes = taxes.into_iter().flatten().map(|tax| {
            let category = text(tax, "/taxCategory").unwrap_or_default();
            Ok((category, rate(tax), amount(tax, "taxAmount")?))
        });
        Ok(Charge {
            bill: text(&doc, "/bill/id").unwrap_or_default(),
            net: amount(&doc, "taxExcludedAmount")?,
            gross: amount(&doc, "taxIncludedAmount")?,
            is_billed: doc.get("isBilled") == Some(&Value::Bool(true)),
            usage: usage.transpose()?,
            taxes: taxes.collect::<Outcome<_>>()?,
            text: json!([product, parts(&doc, &OF_CHARGE)]).to_string(),
            product,
            id: row.id,
            raw: row.doc,
        })
    }
}
