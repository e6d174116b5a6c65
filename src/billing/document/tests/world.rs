//! Statements of a made-up operator.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use crate::billing::document::*;
use crate::domain::money::Currency;

pub fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

pub fn span(first: NaiveDate, last: NaiveDate) -> Span {
    Span { first, last }
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A line at the first tax item, whose amount is to be set by [`settled`].
pub fn line(kind: LineKind, name: &str, net: &str) -> Line {
    Line {
        id: format!("rate-{name}"),
        kind,
        name: name.to_owned(),
        details: Vec::new(),
        period: None,
        zone: None,
        quantity: None,
        price: None,
        count: None,
        included: None,
        net: decimal(net),
        taxes: vec![LineTax {
            item: 0,
            amount: Decimal::ZERO,
        }],
        corrects: None,
    }
}

pub fn quantity(value: &str, unit: Unit) -> Option<Quantity> {
    Some(Quantity {
        value: decimal(value),
        unit,
    })
}

pub fn vat(rate: &str) -> Tax {
    Tax {
        category: TaxCategory::Standard,
        name: "VAT".into(),
        rate: decimal(rate),
        base: Decimal::ZERO,
        amount: Decimal::ZERO,
        reason: None,
    }
}

fn issuer() -> Issuer {
    Issuer {
        party: Party {
            name: "Norddraht Telekom GmbH".into(),
            address: Address {
                lines: vec!["Speicherstraße 12".into()],
                city: "Hamburg".into(),
                post_code: some("20457"),
                region: None,
                country: "DE".into(),
                country_name: some("Germany"),
            },
            vat_number: some("DE123456789"),
            tax_number: None,
            register_number: some("HRB 98765"),
            email: some("service@norddraht.example"),
            phone: some("+49 40 555 0100"),
            web: some("www.norddraht.example"),
        },
        bank: Some(Bank {
            name: some("Hafenbank"),
            holder: None,
            account: "DE89370400440532013000".into(),
            bic: some("COBADEFFXXX"),
        }),
        logo: Logo {
            text: "norddraht".into(),
            colour: Colour(0, 98, 114),
        },
    }
}

/// A consumer's bill for March 2026: two subscribers, every kind of line, a chart.
pub fn mobile() -> Statement {
    let march = span(date(2026, 3, 1), date(2026, 3, 31));
    let april = span(date(2026, 4, 1), date(2026, 4, 30));
    let mut statement = Statement {
        kind: Kind::Bill,
        mark: Mark::Original,
        locale: "en-GB".into(),
        currency: Currency::of("EUR").unwrap(),
        prices: Prices::Net,
        number: some("2026-004711"),
        reference: None,
        account: Account {
            number: "1000234567".into(),
            name: None,
        },
        issued: date(2026, 4, 2),
        due: Some(date(2026, 4, 16)),
        period: Some(march),
        issuer: issuer(),
        recipient: Party {
            name: "Anna Łukasiewicz".into(),
            address: Address {
                lines: vec!["Große Bergstraße 5".into(), "3rd floor".into()],
                city: "Hamburg".into(),
                post_code: some("22767"),
                region: None,
                country: "DE".into(),
                country_name: None,
            },
            ..Party::default()
        },
        groups: vec![
            Group {
                title: "Mobile L".into(),
                subtitle: some("+49 151 5550 1234 · Anna Łukasiewicz"),
                lines: anna(april),
            },
            Group {
                title: "Mobile S".into(),
                subtitle: some("+49 151 5550 9876 · Tomasz Łukasiewicz"),
                lines: tomasz(april),
            },
        ],
        taxes: vec![vat("19"), vat("7")],
        totals: Totals::default(),
        carried: None,
        charts: vec![data_chart()],
        payment: Some(Payment {
            means: Means::Transfer,
            reference: some("1000234567 2026-004711"),
            terms: None,
        }),
        corrects: Vec::new(),
        notes: vec![
            "Questions about this bill? Call us or write within eight weeks; a list of single connections is kept for so long.".into(),
        ],
    };
    settle(&mut statement);
    statement
}

fn anna(april: Span) -> Vec<Line> {
    let recurring = Line {
        period: Some(april),
        quantity: quantity("1", Unit::Piece),
        price: Some(decimal("29.40")),
        ..line(LineKind::Recurring, "Mobile L, monthly charge", "29.40")
    };
    let option = Line {
        period: Some(span(date(2026, 3, 18), date(2026, 3, 31))),
        details: vec!["14 of 31 days, from the day it was booked".into()],
        ..line(LineKind::Recurring, "Option Roaming World", "4.52")
    };
    let calls = Line {
        zone: some("Germany, fixed and mobile"),
        quantity: quantity("8060", Unit::Second),
        included: Some(decimal("7200")),
        count: Some(42),
        ..line(LineKind::Usage, "National calls", "1.44")
    };
    let data = Line {
        zone: some("European Union"),
        quantity: quantity("13214553211", Unit::Byte),
        included: Some(decimal("13000000000")),
        count: Some(1284),
        ..line(LineKind::Usage, "Mobile data", "2.15")
    };
    let late = Line {
        period: Some(span(date(2026, 2, 20), date(2026, 2, 27))),
        zone: some("Switzerland"),
        quantity: quantity("312", Unit::Second),
        count: Some(3),
        ..line(LineKind::Usage, "Calls while roaming", "3.64")
    };
    let credit = Line {
        corrects: some("bill 2026-003902 of 2 March 2026, Option Sport TV"),
        ..line(
            LineKind::Credit,
            "Refund of an option that did not work",
            "-4.20",
        )
    };
    vec![recurring, option, calls, data, late, credit]
}

fn tomasz(april: Span) -> Vec<Line> {
    let recurring = Line {
        period: Some(april),
        quantity: quantity("1", Unit::Piece),
        price: Some(decimal("8.395")),
        ..line(LineKind::Recurring, "Mobile S, monthly charge", "8.40")
    };
    let sim = Line {
        quantity: quantity("2", Unit::Piece),
        price: Some(decimal("4.16")),
        ..line(LineKind::OneTime, "SIM card, shipped", "8.32")
    };
    let messages = Line {
        quantity: quantity("17", Unit::Message),
        price: Some(decimal("0.075")),
        zone: some("World 1"),
        count: Some(17),
        ..line(LineKind::Usage, "Messages abroad", "1.28")
    };
    let press = Line {
        taxes: vec![LineTax {
            item: 1,
            amount: Decimal::ZERO,
        }],
        ..line(
            LineKind::Recurring,
            "Magazine of the month (e-paper)",
            "2.99",
        )
    };
    vec![recurring, press, sim, messages]
}

/// Data of each day of March.
pub fn data_chart() -> Chart {
    let used = [
        310, 290, 420, 510, 480, 760, 910, 350, 280, 300, 460, 520, 830, 1240, 640, 330, 310, 270,
        390, 580, 1010, 1130, 420, 360, 340, 300, 450, 700, 980, 610, 334,
    ];
    let bar = |(day, megabytes): (usize, &i64)| Bar {
        label: (day + 1).to_string(),
        value: Decimal::new(*megabytes, 3),
    };
    Chart {
        title: "Mobile data by day, March 2026".into(),
        unit: "GB".into(),
        bars: used.iter().enumerate().map(bar).collect(),
    }
}

/// Computes the taxes of lines and everything that is a sum, each tax rounded on its sum and the
/// difference given to its last line.
pub fn settle(statement: &mut Statement) {
    let digits = statement.currency.digits.unwrap();
    let lines = || statement.groups.iter().flat_map(|group| &group.lines);
    let mut taxes = statement.taxes.clone();
    for (item, tax) in taxes.iter_mut().enumerate() {
        let of_item = lines().filter(|line| line.taxes.iter().any(|tax| tax.item == item));
        tax.base = of_item.map(|line| line.net).sum();
        tax.amount = rounded(tax.base * tax.rate / Decimal::ONE_HUNDRED, digits);
    }
    let net: Decimal = lines().map(|line| line.net).sum();
    let mut left: Vec<Decimal> = taxes.iter().map(|tax| tax.amount).collect();
    let lines = statement
        .groups
        .iter_mut()
        .flat_map(|group| &mut group.lines);
    let mut lines: Vec<&mut Line> = lines.collect();
    for line in &mut lines {
        for tax in &mut line.taxes {
            let share = rounded(
                line.net * taxes[tax.item].rate / Decimal::ONE_HUNDRED,
                digits,
            );
            tax.amount = share;
            left[tax.item] -= share;
        }
    }
    for line in lines.iter_mut().rev() {
        for tax in &mut line.taxes {
            tax.amount += std::mem::take(&mut left[tax.item]);
        }
    }
    let tax: Decimal = taxes.iter().map(|tax| tax.amount).sum();
    let totals = &mut statement.totals;
    totals.net = net;
    totals.tax = tax;
    totals.gross = net + tax;
    totals.due = totals.gross - totals.paid - totals.credited + totals.rounding;
    statement.taxes = taxes;
    let Some(carried) = &mut statement.carried else {
        return;
    };
    let moved: Decimal = carried
        .movements
        .iter()
        .map(|movement| movement.amount)
        .sum();
    carried.balance = carried.previous + moved + statement.totals.due;
}

fn rounded(value: Decimal, digits: u32) -> Decimal {
    use rust_decimal::RoundingStrategy::MidpointAwayFromZero;
    value.round_dp_with_strategy(digits, MidpointAwayFromZero)
}

/// The mobile bill as a consumer reads it: in German, amounts with tax, collected by debit, with
/// the account carried forward.
pub fn consumer() -> Statement {
    let mut statement = mobile();
    statement.locale = "de".into();
    statement.prices = Prices::Gross;
    for tax in &mut statement.taxes {
        tax.name = "MwSt.".into();
    }
    statement.payment = Some(Payment {
        means: Means::DirectDebit {
            mandate: "ND-1000234567-1".into(),
            creditor: some("DE98ZZZ09999999999"),
            account: "DE•• •••• •••• 4711".into(),
            on: date(2026, 4, 16),
        },
        reference: some("1000234567"),
        terms: None,
    });
    statement.carried = Some(Carried {
        previous: decimal("61.30"),
        movements: vec![Movement {
            date: date(2026, 3, 16),
            text: "Lastschrift".into(),
            amount: decimal("-61.30"),
        }],
        balance: Decimal::ZERO,
    });
    settle(&mut statement);
    statement
}

/// A Swiss business with so many connections, rounding to five centimes, a further chart.
pub fn business(connections: usize) -> Statement {
    let mut statement = mobile();
    statement.locale = "de-CH".into();
    statement.currency = Currency::of("CHF").unwrap();
    statement.number = some("CH-88-000042");
    statement.reference = some("Kostenstelle 4410 / Bestellung 77-1029");
    statement.issuer.party.address.country = "CH".into();
    statement.issuer.party.address.country_name = some("Schweiz");
    statement.issuer.party.vat_number = some("CHE123456789MWST");
    statement.issuer.logo.colour = Colour(196, 18, 48);
    statement.recipient.name =
        "Sägewerke Oberland AG, Abteilung Informatik und Telekommunikation".into();
    statement.recipient.address.country = "CH".into();
    statement.taxes = vec![Tax {
        name: "MWST".into(),
        ..vat("8.1")
    }];
    statement.groups = (1..=connections).map(connection).collect();
    settle(&mut statement);
    let due = statement.totals.due;
    let twentieth = (due * Decimal::from(20)).round() / Decimal::from(20);
    statement.totals.rounding = twentieth - due;
    settle(&mut statement);
    statement
}

fn connection(number: usize) -> Group {
    let cents = i64::try_from(number % 97).unwrap();
    let monthly = Line {
        quantity: quantity("1", Unit::Piece),
        price: Some(decimal("19.00")),
        ..line(LineKind::Recurring, "Business Mobile, Grundgebühr", "19.00")
    };
    let calls = Line {
        zone: some("Schweiz"),
        quantity: quantity(&(number * 61).to_string(), Unit::Second),
        count: Some(7),
        net: Decimal::new(cents * 7, 2),
        ..line(LineKind::Usage, "Anrufe", "0")
    };
    Group {
        title: format!("Anschluss {number}"),
        subtitle: Some(format!(
            "+41 79 555 {:02} {:02}",
            number / 100 % 100,
            number % 100
        )),
        lines: vec![monthly, calls],
    }
}

/// A credit note for one line of the mobile bill.
pub fn credit_note() -> Statement {
    let mut statement = mobile();
    statement.kind = Kind::CreditNote;
    statement.number = some("CN-2026-000815");
    statement.corrects = vec![Corrected {
        number: "2026-004711".into(),
        issued: Some(date(2026, 4, 2)),
    }];
    statement.issued = date(2026, 4, 20);
    statement.due = None;
    statement.charts.clear();
    statement.taxes.truncate(1);
    statement.groups.truncate(1);
    statement.groups[0].lines = vec![Line {
        corrects: some("bill 2026-004711, Calls while roaming"),
        ..line(LineKind::Credit, "Calls that were not made", "-3.64")
    }];
    settle(&mut statement);
    statement
}

/// A preview of the mobile bill.
pub fn trial() -> Statement {
    Statement {
        mark: Mark::Trial,
        number: None,
        ..mobile()
    }
}

/// Texts and amounts that are too long for their places, in a light colour.
pub fn extreme() -> Statement {
    let mut statement = consumer();
    statement.issuer.logo.colour = Colour(255, 205, 0);
    statement.mark = Mark::Duplicate;
    let name = "Gesellschaft für die Förderung der Fernmeldetechnik im ländlichen Raum ";
    statement.recipient.name = name.repeat(3);
    statement.reference =
        Some("Donaudampfschifffahrtsgesellschaftskapitänsmützenbestellnummer-0001".into());
    statement.groups[0].title = name.repeat(4);
    let first = &mut statement.groups[0].lines[0];
    first.name = name.repeat(6);
    first.net = decimal("1234567890123456.78");
    first.price = Some(decimal("1234.567890123456789"));
    first.quantity = quantity(
        "123456789012.123456",
        Unit::Other("Verrechnungseinheiten".into()),
    );
    statement.charts[0].bars.truncate(7);
    for bar in &mut statement.charts[0].bars {
        bar.label = format!("Woche {} im März", bar.label);
    }
    settle(&mut statement);
    statement
}
