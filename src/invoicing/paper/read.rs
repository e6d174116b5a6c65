//! Reads a stored bill as a statement.

use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde_json::Value;

use super::lines::{Books, groups};
use super::party::recipient;
use crate::behaviour::document;
use crate::billing::document::{
    Account, Bar, Chart, Corrected, Kind, Mark, Means, Party, Payment, Span, Statement, Tax,
    TaxCategory, Totals,
};
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money, decimal_of};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::invoicing::gather::ACCOUNT;
use crate::invoicing::settings::Settings;
use crate::invoicing::write::BILL;
use crate::store::{IdKey, Session};

/// Bars of a chart at most.
const BARS: usize = 12;

/// What a bill says.
///
/// # Errors
/// `NotFound` without the bill; a fault of ours where it cannot be read.
pub fn statement(
    session: &mut dyn Session,
    tenant: i64,
    id: &str,
    settings: &Settings,
) -> Outcome<Statement> {
    let rows = session.versions(&IdKey::new(tenant, BILL, id))?;
    let row = rows.into_iter().find(|row| row.current);
    let missing = || Problem::new(Code::NotFound, format!("There is no customerBill '{id}'."));
    let bill = document(&row.ok_or_else(missing)?)?;
    let account_id = text(&bill, "/billingAccount/id").unwrap_or_default();
    let rows = session.versions(&IdKey::new(tenant, ACCOUNT, account_id))?;
    let account = rows.iter().find(|row| row.current).map(document);
    let account = account.transpose()?.unwrap_or_default();
    let sheets = session.sheets_of_bills(tenant, &[id.to_owned()])?;
    let lines = session.sheet_documents(&sheets)?;
    let lines = lines
        .into_iter()
        .map(|row| Ok((row.id.clone(), document(&row)?)));
    let lines = lines.collect::<Outcome<Vec<(String, Value)>>>()?;
    let (gross, currency) = money(&bill, "taxIncludedAmount")?;
    let (net, _) = money(&bill, "taxExcludedAmount")?;
    let due = money(&bill, "amountDue").map_or(gross, |(due, _)| due);
    let zone = settings.zone;
    let taxes = taxes(&bill, &lines)?;
    let books = Books::read(session, tenant, &lines)?;
    let category = text(&bill, "/category").unwrap_or_default();
    let groups = groups(&lines, &taxes, &books, zone)?;
    Ok(Statement {
        kind: match category {
            "creditNote" => Kind::CreditNote,
            _ => Kind::Bill,
        },
        mark: match category {
            "trial" => Mark::Trial,
            "duplicate" => Mark::Duplicate,
            _ => Mark::Original,
        },
        locale: text(&account, "/locale")
            .map_or_else(|| settings.house.locale.clone(), str::to_owned),
        currency,
        prices: settings.house.prices,
        number: text(&bill, "/billNo").map(str::to_owned),
        reference: text(&account, "/buyerReference").map(str::to_owned),
        account: Account {
            number: account_id.to_owned(),
            name: text(&account, "/name").map(str::to_owned),
        },
        issued: day(&bill, "/billDate", zone).unwrap_or_default(),
        due: day(&bill, "/paymentDueDate", zone),
        period: span(bill.get("billingPeriod"), zone),
        issuer: settings.house.issuer.clone(),
        recipient: at_home(recipient(session, tenant, &account)?, settings),
        charts: charts(&groups),
        groups,
        totals: Totals {
            net,
            tax: gross - net,
            gross,
            paid: gross - due,
            due,
            ..Totals::default()
        },
        taxes: taxes.into_iter().map(|own| own.1).collect(),
        carried: None,
        payment: settings.house.issuer.bank.as_ref().map(|_| Payment {
            means: Means::Transfer,
            reference: text(&bill, "/billNo").map(str::to_owned),
            terms: None,
        }),
        corrects: corrected(&bill, zone),
        notes: Vec::new(),
    })
}

/// Who names no country is at home where the issuer is.
fn at_home(mut party: Party, settings: &Settings) -> Party {
    if party.address.country.is_empty() {
        let home = &settings.house.issuer.party.address.country;
        party.address.country.clone_from(home);
    }
    party
}

pub fn text<'d>(doc: &'d Value, pointer: &str) -> Option<&'d str> {
    doc.pointer(pointer).and_then(Value::as_str)
}

/// Money of a document.
///
/// # Errors
/// A fault of ours: stored amounts can be read.
pub fn money(doc: &Value, name: &str) -> Outcome<(Decimal, &'static Currency)> {
    let broken = || Problem::internal(format!("a bill whose {name} cannot be read"));
    let money = Money::read(doc.get(name).ok_or_else(broken)?).map_err(|_| broken())?;
    Ok((money.value, money.currency))
}

fn day(doc: &Value, pointer: &str, zone: chrono_tz::Tz) -> Option<NaiveDate> {
    local(Micros::parse(text(doc, pointer)?)?, zone)
}

fn local(at: Micros, zone: chrono_tz::Tz) -> Option<NaiveDate> {
    let at = chrono::DateTime::from_timestamp_micros(at.0)?;
    Some(at.with_timezone(&zone).date_naive())
}

/// The days of a period, whose end is not part of it.
pub fn span(period: Option<&Value>, zone: chrono_tz::Tz) -> Option<Span> {
    let period = period?;
    let first = Micros::parse(text(period, "/startDateTime")?)?;
    let end = Micros::parse(text(period, "/endDateTime")?)?;
    let last = Micros(end.0.saturating_sub(1)).max(first);
    Some(Span {
        first: local(first, zone)?,
        last: local(last, zone)?,
    })
}

/// Taxes of a bill, each with its category as lines name it.
pub type Named = (String, Tax);

fn taxes(bill: &Value, lines: &[(String, Value)]) -> Outcome<Vec<Named>> {
    let items = bill.get("taxItem").and_then(Value::as_array);
    let mut taxes = Vec::new();
    for item in items.into_iter().flatten() {
        let category = text(item, "/taxCategory").unwrap_or_default().to_owned();
        let rate = item
            .get("taxRate")
            .and_then(Value::as_number)
            .and_then(decimal_of);
        let rate = rate.unwrap_or_default();
        let is_exempt = item.get("isTaxExempt") == Some(&Value::Bool(true));
        let mut base = Decimal::ZERO;
        for (_, line) in lines.iter().filter(|(_, line)| has(line, &category, rate)) {
            base += money(line, "taxExcludedAmount")?.0;
        }
        let tax = Tax {
            category: match (is_exempt, rate.is_zero()) {
                (true, _) => TaxCategory::Exempt,
                (false, true) => TaxCategory::Zero,
                (false, false) => TaxCategory::Standard,
            },
            name: category.clone(),
            rate,
            base,
            amount: money(item, "taxAmount")?.0,
            reason: is_exempt.then(|| "Exempt by certificate".to_owned()),
        };
        taxes.push((category, tax));
    }
    Ok(taxes)
}

fn has(line: &Value, category: &str, rate: Decimal) -> bool {
    let taxes = line.get("appliedTax").and_then(Value::as_array);
    taxes.into_iter().flatten().any(|tax| {
        let own = tax
            .get("taxRate")
            .and_then(Value::as_number)
            .and_then(decimal_of);
        text(tax, "/taxCategory") == Some(category) && own.unwrap_or_default() == rate
    })
}

fn corrected(bill: &Value, zone: chrono_tz::Tz) -> Vec<Corrected> {
    let own = bill.get("correctedBill").and_then(|own| {
        Some(Corrected {
            number: text(own, "/name").or_else(|| text(own, "/id"))?.to_owned(),
            issued: day(own, "/billDate", zone),
        })
    });
    own.into_iter().collect()
}

/// Usage by zone and band, where there are some to compare.
fn charts(groups: &[crate::billing::document::Group]) -> Vec<Chart> {
    let mut charts: Vec<Chart> = Vec::new();
    for line in groups.iter().flat_map(|group| &group.lines) {
        let (Some(quantity), Some(zone)) = (&line.quantity, &line.zone) else {
            continue;
        };
        let unit = format!("{:?}", quantity.unit).to_lowercase();
        let place = charts.iter().position(|own| own.unit == unit);
        let place = place.unwrap_or_else(|| {
            charts.push(Chart {
                title: line.name.clone(),
                unit,
                bars: Vec::new(),
            });
            charts.len() - 1
        });
        let Some(chart) = charts.get_mut(place) else {
            continue;
        };
        let value = quantity.value.max(Decimal::ZERO);
        match chart.bars.iter_mut().find(|bar| bar.label == *zone) {
            Some(bar) => bar.value += value,
            None => chart.bars.push(Bar {
                label: zone.clone(),
                value,
            }),
        }
    }
    charts.retain(|chart| (2..=BARS).contains(&chart.bars.len()));
    charts
}
