//! What a worked example is billed with, read from YAML (tests/golden/billing/README.md).

use std::str::FromStr;
use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde_yaml_ng::Value;

use crate::billing::account::{Account, Level, Rules, TaxPoint};
use crate::billing::commitment::{Bound, Commitment};
use crate::billing::line::{Line, LineKind};
use crate::billing::mark::Mark;
use crate::billing::pending::{Pending, PendingTaxes};
use crate::billing::product::*;
use crate::billing::tally::{Measured, Tally};
use crate::billing::{AccountPeriod, Basis, Bill, Proration, Share, Span};
use crate::domain::bill_calendar::{Calendar, Offsets};
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::exact::Mode;
use crate::domain::money::{Amount, Currency};
use crate::domain::tax::{Exemption, TaxMode, TaxRate, TaxRow, TaxTable};
use crate::domain::value::Period;

/// A part of an example, in the time zone and currency of the example.
#[derive(Clone, Copy)]
pub struct Read<'v> {
    pub value: &'v Value,
    pub zone: Tz,
    pub currency: &'static Currency,
}

pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        other => panic!("not a scalar: {other:?}"),
    }
}

pub fn amount(text: &str) -> Amount {
    let value = Decimal::from_str(text).unwrap_or_else(|_| panic!("not an amount: {text}"));
    Amount::of(value).unwrap()
}

/// `2026-03-01` is midnight, `2026-03-01T10:00` a time, both local.
pub fn instant(text: &str, zone: Tz) -> Micros {
    let full = match text.len() {
        10 => format!("{text}T00:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    let local = NaiveDateTime::from_str(&full).unwrap_or_else(|_| panic!("not a time: {text}"));
    let time = zone.from_local_datetime(&local).earliest();
    Micros(
        time.unwrap_or_else(|| panic!("no such time: {text}"))
            .timestamp_micros(),
    )
}

fn shown(at: Micros, zone: Tz) -> String {
    let time = chrono::DateTime::from_timestamp_micros(at.0).unwrap();
    let local = time.with_timezone(&zone).naive_local();
    let text = local.format("%Y-%m-%dT%H:%M:%S").to_string();
    let text = text.strip_suffix(":00").unwrap_or(&text).to_owned();
    text.strip_suffix("T00:00").unwrap_or(&text).to_owned()
}

impl<'v> Read<'v> {
    pub fn get(&self, name: &str) -> Option<Read<'v>> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(Read { value, ..*self })
    }

    pub fn list(&self, name: &str) -> Vec<Read<'v>> {
        let list = self.get(name).map(|own| own.items());
        list.unwrap_or_default()
    }

    pub fn items(&self) -> Vec<Read<'v>> {
        let list = self
            .value
            .as_sequence()
            .unwrap_or_else(|| panic!("not a list: {:?}", self.value));
        list.iter().map(|value| Read { value, ..*self }).collect()
    }

    pub fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|own| text(own.value))
    }

    fn text_or(&self, name: &str, default: &str) -> Box<str> {
        self.text(name).unwrap_or_else(|| default.to_owned()).into()
    }

    fn flag(&self, name: &str) -> bool {
        self.text(name).as_deref() == Some("true")
    }

    pub fn amount(&self, name: &str) -> Option<Amount> {
        self.text(name).map(|own| amount(&own))
    }

    pub fn instant(&self, name: &str) -> Option<Micros> {
        self.text(name).map(|own| instant(&own, self.zone))
    }

    fn whole(&self, name: &str) -> Option<u32> {
        self.text(name).map(|own| own.parse().unwrap())
    }

    /// `2026-01-01..2026-02-01`, either side may be open.
    fn period(&self, name: &str) -> Period {
        let Some(text) = self.text(name) else {
            return Period::ALWAYS;
        };
        let (from, to) = text
            .split_once("..")
            .unwrap_or_else(|| panic!("no period: {text}"));
        let end = |text: &str| (!text.is_empty()).then(|| instant(text, self.zone));
        Period {
            start: end(from),
            end: end(to),
        }
    }

    fn span(&self, name: &str) -> Option<Span> {
        self.get(name)?;
        let period = self.period(name);
        Span::new(period.start.unwrap(), period.end.unwrap())
    }

    fn currency(&self) -> &'static Currency {
        let own = self.text("currency");
        own.map_or(self.currency, |code| Currency::of(&code).unwrap())
    }

    fn mode(&self) -> TaxMode {
        match self.text("mode").as_deref() {
            Some("gross") => TaxMode::Gross,
            _ => TaxMode::Net,
        }
    }

    /// `tax: VAT`, `tax: [state, city]`, `tax: none`; VAT without it.
    fn taxes(&self) -> Box<[TaxCategory]> {
        let names: Vec<String> = match self.get("tax") {
            None => vec!["VAT".to_owned()],
            Some(own) if own.value.is_sequence() => {
                own.items().iter().map(|own| text(own.value)).collect()
            }
            Some(own) => match text(own.value).as_str() {
                "none" => Vec::new(),
                name => vec![name.to_owned()],
            },
        };
        let default = self.text("taxRate").map(|own| rate(&own));
        names
            .into_iter()
            .map(|name| TaxCategory {
                category: name.into(),
                default,
            })
            .collect()
    }
}

fn rate(text: &str) -> TaxRate {
    TaxRate::of(Decimal::from_str(text).unwrap()).unwrap()
}

/// The time zone and the currency of an example.
pub fn example(value: &Value) -> Read<'_> {
    let zone = value.get("zone").map_or("Europe/Berlin".to_owned(), text);
    let code = value.get("currency").map_or("EUR".to_owned(), text);
    Read {
        value,
        zone: zone.parse().unwrap(),
        currency: Currency::of(&code).unwrap(),
    }
}

pub fn account(read: &Read<'_>) -> Account {
    let cycle = read.text("cycle").unwrap_or_else(|| "month".to_owned());
    let offset = |name: &str| read.text(name).map(|own| own.parse().unwrap());
    let shift = match read.text("day").as_deref() {
        None => 0,
        Some("last") => 30,
        Some(day) => day.parse::<u32>().unwrap() - 1,
    };
    Account {
        currency: read.currency,
        calendar: Calendar {
            cycle: Cycle::parse(&cycle).unwrap(),
            shift,
            offsets: Offsets {
                charge: offset("chargeDateOffset"),
                ..Offsets::default()
            },
            zone: read.zone,
        },
        place: Some(read.text_or("place", "DE")),
        exemptions: read.list("exempt").iter().map(exemption).collect(),
        taxes: Arc::new(TaxTable::new(tax_rows(read)).unwrap()),
        rules: rules(read),
    }
}

fn exemption(read: &Read<'_>) -> Exemption {
    let categories = read.list("of");
    let names = || {
        categories
            .iter()
            .map(|own| text(own.value).into())
            .collect()
    };
    Exemption {
        valid: read.period("valid"),
        categories: (!categories.is_empty()).then(names),
    }
}

/// `taxes: [{of: VAT, place: DE, rate: 19, valid: ..2026-01-01}]`; 19 per cent without it.
fn tax_rows(read: &Read<'_>) -> Vec<TaxRow> {
    let row = |read: &Read<'_>| TaxRow {
        category: read.text_or("of", "VAT"),
        place: read.text("place").map(Box::from),
        rate: rate(&read.text("rate").unwrap()),
        valid: read.period("valid"),
    };
    match read.get("taxes") {
        Some(rows) => rows.items().iter().map(row).collect(),
        None => vec![TaxRow {
            category: "VAT".into(),
            place: None,
            rate: rate("19"),
            valid: Period::ALWAYS,
        }],
    }
}

fn rules(read: &Read<'_>) -> Rules {
    let level = |name: &str, default: Level| match read.text(name).as_deref() {
        Some("line") => Level::Line,
        Some("bill") => Level::Bill,
        None => default,
        Some(other) => panic!("no level: {other}"),
    };
    Rules {
        charges: level("roundCharges", Level::Line),
        taxes: level("roundTaxes", Level::Bill),
        rounding: match read.text("rounding").as_deref() {
            Some("halfEven") => Mode::HalfEven,
            Some("up") => Mode::Up,
            Some("down") => Mode::Down,
            _ => Mode::HalfUp,
        },
        tax_point: match read.text("taxPoint").as_deref() {
            Some("start") => TaxPoint::CoverageStart,
            Some("bill") => TaxPoint::Bill,
            _ => TaxPoint::CoverageEnd,
        },
    }
}

pub fn product(read: &Read<'_>) -> Product {
    let id = read.text_or("id", "p");
    let dated = |own: &Read<'_>| {
        let pair = own.items();
        (
            instant(&text(pair[0].value), read.zone),
            text(pair[1].value),
        )
    };
    Product {
        name: id.clone(),
        id,
        start: read
            .instant("start")
            .unwrap_or(instant("2020-01-01", read.zone)),
        end: read.instant("end"),
        states: read
            .list("states")
            .iter()
            .map(|own| {
                let (from, word) = dated(own);
                State {
                    from,
                    suspended: word == "suspended",
                }
            })
            .collect(),
        quantities: read
            .list("quantity")
            .iter()
            .map(|own| {
                let (from, value) = dated(own);
                Quantity {
                    from,
                    value: value.parse().unwrap(),
                }
            })
            .collect(),
        prices: read
            .list("prices")
            .iter()
            .map(|own| Arc::new(price(own)))
            .collect(),
        binding: read.get("binding").map(|own| binding(&own)),
    }
}

fn price(read: &Read<'_>) -> Price {
    let kind = match read.text("every") {
        None => Kind::OneTime,
        Some(every) => Kind::Recurring(Recurring {
            every: Cycle::parse(&every).unwrap_or_else(|| panic!("no term: {every}")),
            timing: match read.text("timing").as_deref() {
                Some("arrears") => Timing::Arrears,
                _ => Timing::Advance,
            },
            alignment: match read.text("aligned").as_deref() {
                None => Alignment::Calendar,
                Some("anniversary") => Alignment::Anniversary,
                Some(day) => Alignment::Day(NaiveDate::from_str(day).unwrap()),
            },
            proration: proration(read),
            charged_when_suspended: read.flag("chargedWhenSuspended"),
        }),
    };
    let id = read.text_or("id", "fee");
    Price {
        name: id.clone(),
        id,
        kind,
        amount: read.amount("amount").unwrap(),
        currency: read.currency(),
        mode: read.mode(),
        taxes: read.taxes(),
        valid: read.period("valid"),
        by_quantity: !read.flag("flat"),
        alterations: read.list("alterations").iter().map(alteration).collect(),
    }
}

fn proration(read: &Read<'_>) -> Proration {
    let share = |name: &str| match read.text(name).as_deref() {
        Some("full") => Share::Full,
        Some("nothing") => Share::Nothing,
        None => Share::Proportional,
        Some(other) => panic!("no share: {other}"),
    };
    Proration {
        basis: match read.text("basis").as_deref() {
            Some("month30") => Basis::Month30,
            Some("second") => Basis::Second,
            None => Basis::CalendarDays,
            Some(other) => panic!("no basis: {other}"),
        },
        start: share("atStart"),
        change: share("atChange"),
        end: share("atEnd"),
        suspension: share("atSuspension"),
        exclusive_end: read.flag("exclusiveEnd"),
    }
}

fn alteration(read: &Read<'_>) -> Alteration {
    Alteration {
        name: read.text_or("id", "discount"),
        change: match read.text("percent") {
            Some(percent) => Change::Percentage(percent.parse().unwrap()),
            None => Change::Amount(read.amount("amount").unwrap()),
        },
        priority: read.whole("priority").unwrap_or(0),
        valid: read.period("valid"),
        terms: read.whole("terms"),
    }
}

fn binding(read: &Read<'_>) -> Binding {
    let counted = match read.text("counted").as_deref() {
        Some("whole") => Counted::Whole,
        Some("days") => Counted::Days,
        _ => Counted::Started,
    };
    Binding {
        id: read.text_or("id", "binding"),
        name: "binding".into(),
        from: read.instant("from").unwrap(),
        months: read.whole("months").unwrap(),
        penalty: match read.amount("fixed") {
            Some(amount) => Penalty::Fixed(amount),
            None => Penalty::Month {
                amount: read.amount("perMonth").unwrap(),
                counted,
            },
        },
        currency: read.currency(),
        mode: read.mode(),
        taxes: read.taxes(),
    }
}

pub fn tally(read: &Read<'_>, period: &Span) -> Tally {
    let number = |name: &str| {
        read.text(name)
            .map_or(Decimal::ZERO, |own| own.parse().unwrap())
    };
    Tally {
        product: read.text_or("product", "p"),
        price: read.text_or("id", "calls"),
        name: "calls".into(),
        label: read.text_or("label", ""),
        taxes: PendingTaxes::Categories(read.taxes()),
        coverage: read.span("coverage").unwrap_or(*period),
        amount: read.amount("amount").unwrap(),
        currency: read.currency(),
        mode: read.mode(),
        measured: Measured {
            quantity: number("quantity"),
            unit: read.text_or("unit", "s"),
            count: read.text("count").map_or(1, |own| own.parse().unwrap()),
            included: number("included"),
            included_value: Amount::ZERO,
        },
        late: read.flag("late"),
    }
}

pub fn pending(read: &Read<'_>, period: &Span) -> Pending {
    let amount = read.amount("amount").unwrap();
    Pending {
        id: read.text_or("id", "booking"),
        kind: match read.text("kind").as_deref() {
            Some("penalty") => LineKind::Penalty,
            Some("credit") => LineKind::Credit,
            _ if amount < Amount::ZERO => LineKind::Credit,
            _ => LineKind::OneTimeCharge,
        },
        name: "booking".into(),
        product: Some(read.text_or("product", "p")),
        price: Some(read.text_or("id", "booking")),
        label: "".into(),
        amount,
        currency: read.currency(),
        mode: read.mode(),
        taxes: PendingTaxes::Categories(read.taxes()),
        coverage: read.span("coverage").unwrap_or(*period),
    }
}

fn commitment(read: &Read<'_>, period: &Span) -> Commitment {
    let (bound, value) = match read.amount("maximum") {
        Some(value) => (Bound::Maximum, value),
        None => (Bound::Minimum, read.amount("minimum").unwrap()),
    };
    let days = read.list("days");
    let day = |place: usize| {
        days.get(place)
            .map_or(1, |own| text(own.value).parse().unwrap())
    };
    Commitment {
        id: read.text_or("id", "bound"),
        name: "bound".into(),
        bound,
        product: read.text("product").map(Box::from),
        covers: read
            .list("covers")
            .iter()
            .map(|own| text(own.value).into())
            .collect(),
        coverage: *period,
        amount: value,
        currency: read.currency(),
        mode: read.mode(),
        taxes: read.taxes(),
        days: (day(0), day(1)),
        before: read.amount("before").unwrap_or_default(),
    }
}

/// One bill of an example: `bill: 2026-01-15` is the period that holds that day, `period` any other.
pub fn given(read: &Read<'_>, marks: Vec<Mark>) -> AccountPeriod {
    let account = account(read);
    let (period, next) = match read.span("period") {
        Some(period) => (period, period.to),
        None => {
            let at = read.instant("bill").expect("bill or period");
            let period = account.calendar.period_at(at).unwrap();
            (period.span, account.calendar.next(&period).unwrap().span.to)
        }
    };
    AccountPeriod {
        period,
        advance_to: read.instant("advanceTo").unwrap_or(next),
        reckon_from: read
            .instant("reckonFrom")
            .unwrap_or(instant("2000-01-01", read.zone)),
        closes: !read.flag("interim"),
        products: read.list("products").iter().map(product).collect(),
        usage: read
            .list("usage")
            .iter()
            .map(|own| tally(own, &period))
            .collect(),
        pending: read
            .list("pending")
            .iter()
            .map(|own| pending(own, &period))
            .collect(),
        commitments: read
            .list("bounds")
            .iter()
            .map(|own| commitment(own, &period))
            .collect(),
        marks,
        account,
    }
}

/// `recurringCharge p/fee 2026-01-01..2026-02-01 30.00 35.70`
pub fn line(line: &Line, zone: Tz) -> String {
    let Line {
        kind,
        coverage,
        label,
        ..
    } = line;
    let name = |part: &Option<Box<str>>| part.as_deref().unwrap_or("-").to_owned();
    let label = match &**label {
        "" => String::new(),
        label => format!(":{label}"),
    };
    format!(
        "{} {}/{}{label} {}..{} {} {}",
        kind.name(),
        name(&line.product),
        name(&line.price),
        shown(coverage.from, zone),
        shown(coverage.to, zone),
        line.net.decimal(2),
        line.gross.decimal(2),
    )
}

/// `VAT 19 100.00 19.00`
pub fn tax_items(bill: &Bill) -> Vec<String> {
    let items = bill.tax_items.iter().map(|item| {
        let rate = match item.exempt {
            true => "exempt".to_owned(),
            false => item.rate.normalize().to_string(),
        };
        let (base, amount) = (item.base.decimal(2), item.amount.decimal(2));
        format!("{} {rate} {base} {amount}", item.category)
    });
    items.collect()
}

/// `100.00 19.00 119.00`
pub fn totals(bill: &Bill) -> String {
    let totals = &bill.totals;
    [totals.net, totals.tax, totals.gross]
        .map(|own| own.decimal(2).to_string())
        .join(" ")
}
