//! Bills and their lines as resources (TMF678, stored form).

use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

use super::account::Billed;
use super::product::{base, shown};
use crate::behaviour::billing::documents;
use crate::billing::line::{Line, Step};
use crate::billing::{Bill, Span};
use crate::domain::adapt::href::reference;
use crate::domain::bill_calendar::BillPeriod;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, number_of};

/// What a bill says besides its amounts.
pub struct Heading<'h> {
    pub date: Micros,
    pub due: Option<Micros>,
    pub next: Option<Micros>,
    /// `normal`, `interim`, `last`, `trial` and so on.
    pub category: &'h str,
    /// `onCycle` or `offCycle`.
    pub run_type: &'h str,
    pub state: &'h str,
    /// Id of the run of the cycle.
    pub cycle: Option<&'h str>,
    /// Why it waits for review.
    pub held: Option<&'h str>,
}

fn instant(at: Micros) -> Value {
    Value::from(at.to_rfc3339())
}

fn period(span: Span) -> Value {
    json!({ "startDateTime": instant(span.from), "endDateTime": instant(span.to) })
}

fn money(amount: Amount, currency: &'static Currency) -> Value {
    amount.in_currency(currency).to_json()
}

fn number(value: Decimal) -> Value {
    Value::Number(number_of(value))
}

/// A bill, and where its documents are found. The id is needed for those.
pub fn customer_bill(
    id: &str,
    billed: &Billed,
    bill: &Bill,
    covers: &BillPeriod,
    heading: &Heading<'_>,
) -> Value {
    let currency = bill.currency;
    let mut doc = Map::new();
    let mut put = |name: &str, value: Value| drop(doc.insert(name.to_owned(), value));
    put("@type", json!("CustomerBill"));
    put("billDate", instant(heading.date));
    put("billingPeriod", period(covers.span));
    put("billingAccount", billed.reference());
    put("category", json!(heading.category));
    put("runType", json!(heading.run_type));
    for (name, at) in [
        ("nextBillDate", heading.next),
        ("paymentDueDate", heading.due),
    ] {
        if let Some(at) = at {
            put(name, instant(at));
        }
    }
    if let Some(cycle) = heading.cycle {
        put(
            "billCycle",
            reference("BillCycleRef", "billCycle", "BillCycle", cycle),
        );
    }
    if let Some(account) = billed.doc.get("financialAccount") {
        put("financialAccount", account.clone());
    }
    put("relatedParty", billed.parties());
    put("taxExcludedAmount", money(bill.totals.net, currency));
    put("taxIncludedAmount", money(bill.totals.gross, currency));
    put("amountDue", money(bill.totals.gross, currency));
    put("remainingAmount", money(bill.totals.gross, currency));
    let items = bill.tax_items.iter().map(|item| {
        json!({
            "@type": "TaxItem",
            "taxCategory": item.category,
            "taxRate": number(item.rate),
            "taxAmount": money(item.amount, currency),
            "taxableAmount": money(item.base, currency),
        })
    });
    put("taxItem", items.collect());
    put("billDocument", documents(id));
    put("state", json!(heading.state));
    if let Some(why) = heading.held {
        put("holdReason", json!(why));
    }
    Value::Object(doc)
}

/// The own content of a line; what all lines of the bill have in common is kept with their sheet.
pub fn rate(line: &Line, currency: &'static Currency, date: Micros) -> Value {
    let mut doc = Map::new();
    let mut put = |name: &str, value: Value| drop(doc.insert(name.to_owned(), value));
    put("@type", json!("AppliedCustomerBillingRate"));
    put("name", json!(line.name));
    put("date", instant(date));
    put("appliedBillingRateType", json!(line.kind.rate_type()));
    put("chargeType", json!(line.kind.name()));
    put("periodCoverage", period(line.coverage));
    put("taxExcludedAmount", money(line.net, currency));
    put("taxIncludedAmount", money(line.gross, currency));
    let taxes = line
        .taxes
        .0
        .iter()
        .zip(&line.tax_amounts)
        .map(|(tax, amount)| {
            json!({
                "@type": "AppliedBillingTaxRate",
                "taxCategory": tax.category,
                "taxRate": number(tax.due().percent),
                "taxAmount": money(*amount, currency),
            })
        });
    put("appliedTax", taxes.collect());
    if let Some(product) = &line.product {
        put(
            "product",
            reference("ProductRef", "product", "Product", product),
        );
    }
    put(
        "characteristic",
        Value::Array(characteristics(line, currency)),
    );
    Value::Object(doc)
}

fn text(name: &str, value: &str) -> Value {
    json!({ "@type": "StringCharacteristic", "name": name, "valueType": "string", "value": value })
}

fn amount(name: &str, value: Decimal) -> Value {
    json!({ "@type": "NumberCharacteristic", "name": name, "valueType": "number", "value": number(value) })
}

/// How the amount came about.
fn characteristics(line: &Line, currency: &'static Currency) -> Vec<Value> {
    let mut all = Vec::new();
    if let Some(price) = &line.price {
        all.push(text("productOfferingPrice", base(price)));
    }
    if !line.label.is_empty() {
        all.push(text("label", &line.label));
    }
    if let Some(measured) = &line.measured {
        all.push(amount("quantity", measured.quantity));
        all.push(text("unit", &measured.unit));
        all.push(amount("count", measured.count.into()));
        if !measured.included.is_zero() {
            all.push(amount("includedQuantity", measured.included));
        }
    }
    if line.late {
        all.push(text("late", "true"));
    }
    let steps = line.steps.iter().map(|step| said(step, currency));
    let steps: Vec<String> = steps.collect();
    if !steps.is_empty() {
        all.push(text("arithmetic", &steps.join("; ")));
    }
    all
}

/// A step of the arithmetic in words.
fn said(step: &Step, currency: &'static Currency) -> String {
    let money = |amount: &Amount| amount.in_currency(currency).to_string();
    match step {
        Step::Price(amount) => format!("price {}", money(amount)),
        Step::Times(quantity) => format!("times {}", shown(*quantity)),
        Step::Percentage { name, percent } => format!("{name} {} %", shown(*percent)),
        Step::Plus { name, amount } => format!("{name} {}", money(amount)),
        Step::Share { part, whole, .. } => format!("share {part}/{whole}"),
        Step::Terms(terms) => format!("{terms} terms"),
        Step::Less { charged } => format!("less {} charged before", money(charged)),
        Step::Sum(amount) => format!("sum {}", money(amount)),
        Step::Remaining { months, days, of } => match days {
            0 => format!("{months} months remain"),
            days => format!("{months} months and {days} of {of} days remain"),
        },
        Step::Bounded { charged, bound } => {
            format!("{} charged, bound {}", money(charged), money(bound))
        }
    }
}

/// The run of a cycle (TMF678 v5 `billCycle`).
pub fn bill_cycle(name: &str, covers: &BillPeriod, specification: Option<&str>) -> Value {
    let dates = covers.dates;
    let mut doc = json!({
        "@type": "BillCycle",
        "name": name,
        "billingDate": instant(dates.billing),
        "chargeDate": instant(dates.charge),
        "creditDate": instant(dates.credit),
        "mailingDate": instant(dates.mailing),
        "validFor": period(covers.span),
    });
    if let Some(object) = doc.as_object_mut() {
        if let Some(due) = dates.payment_due {
            object.insert("paymentDueDate".to_owned(), instant(due));
        }
        if let Some(id) = specification {
            let class = "BillingCycleSpecification";
            let reference = reference(
                "BillCycleSpecificationRef",
                "billingCycleSpecification",
                class,
                id,
            );
            object.insert("BillCycleSpecification".to_owned(), reference);
        }
    }
    doc
}
