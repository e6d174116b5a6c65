//! What is charged, grouped by product.

use std::collections::HashMap;

use rust_decimal::Decimal;
use serde_json::Value;

use super::read::{Named, money, span, text};
use crate::behaviour::attributes;
use crate::billing::document::{Group, Line, LineKind, LineTax, Quantity, Unit};
use crate::domain::identifier::of_product;
use crate::domain::money::decimal_of;
use crate::domain::problem::Outcome;
use crate::store::Session;

const PRODUCT: &str = "product";
const OF_PRODUCT: [&str; 3] = ["name", "productOffering", "productCharacteristic"];

/// What products are called, and known by.
pub struct Books(HashMap<String, (String, Option<String>)>);

impl Books {
    /// Reads the products of lines.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(
        session: &mut dyn Session,
        tenant: i64,
        lines: &[(String, Value)],
    ) -> Outcome<Self> {
        let ids = lines
            .iter()
            .filter_map(|(_, line)| text(line, "/product/id"));
        let mut ids: Vec<String> = ids.map(str::to_owned).collect();
        ids.sort_unstable();
        ids.dedup();
        let mut books = HashMap::new();
        if ids.is_empty() {
            return Ok(Books(books));
        }
        let rows = session.versions_of(tenant, PRODUCT, &ids)?.into_iter();
        for row in rows.filter(|row| row.current) {
            let doc = attributes(&row, &OF_PRODUCT)?;
            let title = text(&doc, "/productOffering/name").or_else(|| text(&doc, "/name"));
            let title = title.unwrap_or(&row.id).to_owned();
            let known = of_product(&doc).into_iter().next().map(|own| own.value);
            books.insert(row.id, (title, known));
        }
        Ok(Books(books))
    }
}

/// The lines of a bill by product; what belongs to none comes last.
///
/// # Errors
/// A fault of ours where a line cannot be read.
pub fn groups(
    lines: &[(String, Value)],
    taxes: &[Named],
    books: &Books,
    zone: chrono_tz::Tz,
) -> Outcome<Vec<Group>> {
    let mut groups: Vec<(Option<&str>, Group)> = Vec::new();
    for (id, doc) in lines {
        let product = text(doc, "/product/id");
        let place = groups.iter().position(|(own, _)| *own == product);
        let place = place.unwrap_or_else(|| {
            let known = product.and_then(|id| books.0.get(id));
            groups.push((
                product,
                Group {
                    title: known.map(|own| own.0.clone()).unwrap_or_default(),
                    subtitle: known.and_then(|own| own.1.clone()),
                    lines: Vec::new(),
                },
            ));
            groups.len() - 1
        });
        if let Some((_, group)) = groups.get_mut(place) {
            group.lines.push(line(id, doc, taxes, zone)?);
        }
    }
    groups.sort_by_key(|(product, _)| product.is_none());
    Ok(groups.into_iter().map(|(_, group)| group).collect())
}

fn line(id: &str, doc: &Value, taxes: &[Named], zone: chrono_tz::Tz) -> Outcome<Line> {
    let said = |name: &str| characteristic(doc, name);
    let number = |name: &str| said(name)?.as_number().and_then(decimal_of);
    let unit = said("unit")
        .and_then(Value::as_str)
        .filter(|own| !own.is_empty());
    let quantity = number("quantity").map(|value| Quantity {
        value,
        unit: unit.map_or(Unit::Piece, Unit::of),
    });
    let mut own = Vec::new();
    let applied = doc.get("appliedTax").and_then(Value::as_array);
    for tax in applied.into_iter().flatten() {
        let rate = tax
            .get("taxRate")
            .and_then(Value::as_number)
            .and_then(decimal_of);
        let rate = rate.unwrap_or_default();
        let category = text(tax, "/taxCategory").unwrap_or_default();
        let item = taxes
            .iter()
            .position(|(name, tax)| name == category && tax.rate == rate);
        if let Some(item) = item {
            let amount = money(tax, "taxAmount")?.0;
            own.push(LineTax { item, amount });
        }
    }
    Ok(Line {
        id: id.to_owned(),
        kind: kind(doc),
        name: text(doc, "/name").unwrap_or_default().to_owned(),
        details: text(doc, "/description")
            .map(str::to_owned)
            .into_iter()
            .collect(),
        period: span(doc.get("periodCoverage"), zone),
        zone: said("label").and_then(Value::as_str).map(str::to_owned),
        quantity,
        price: None,
        count: number("count").and_then(|own| u64::try_from(own).ok()),
        included: number("includedQuantity").filter(|own| *own != Decimal::ZERO),
        net: money(doc, "taxExcludedAmount")?.0,
        taxes: own,
        corrects: text(doc, "/correctedRate/id").map(str::to_owned),
    })
}

fn kind(doc: &Value) -> LineKind {
    match text(doc, "/chargeType").or_else(|| text(doc, "/appliedBillingRateType")) {
        Some("recurringCharge") => LineKind::Recurring,
        Some("oneTimeCharge") => LineKind::OneTime,
        Some("usageCharge") => LineKind::Usage,
        Some("penalty" | "appliedPenaltyCharge") => LineKind::Penalty,
        Some("credit" | "appliedBillingCredit") => LineKind::Credit,
        _ => LineKind::OneTime,
    }
}

fn characteristic<'d>(doc: &'d Value, name: &str) -> Option<&'d Value> {
    let list = doc.get("characteristic")?.as_array()?;
    let mut named = list.iter();
    let own = named.find(|own| own.get("name").and_then(Value::as_str) == Some(name))?;
    own.get("value")
}
