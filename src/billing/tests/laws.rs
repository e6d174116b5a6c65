//! Laws that hold for every account, whatever it has and whatever happened to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{Days, NaiveDate};
use chrono_tz::Europe::Berlin;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::world::{amount, instant};
use crate::billing::account::{Account, Level, Rules, TaxPoint};
use crate::billing::check::{Limits, check};
use crate::billing::mark::Mark;
use crate::billing::pending::PendingTaxes;
use crate::billing::product::*;
use crate::billing::tally::{Measured, Tally};
use crate::billing::{AccountPeriod, Basis, Bill, Proration, Share, Span, bill, bills};
use crate::domain::bill_calendar::Calendar;
use crate::domain::billing_cycle::Cycle;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};
use crate::domain::tax::{TaxMode, TaxRate, TaxRow, TaxTable};
use crate::domain::value::Period;

/// Hours after 1 January 2026, 00:00 in Berlin: within the year.
const HOURS: u32 = 300 * 24;
/// Months that are billed one after the other.
const MONTHS: u32 = 12;

fn hour(hours: u32) -> Micros {
    let start = instant("2026-01-01", Berlin);
    Micros(start.0 + i64::from(hours) * 3_600_000_000)
}

fn month(number: u32) -> Micros {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let day = first
        .checked_add_months(chrono::Months::new(number))
        .unwrap();
    instant(&day.to_string(), Berlin)
}

fn account(rules: Rules) -> Account {
    let row = |category: &str, percent: &str, start, end| TaxRow {
        category: category.into(),
        place: None,
        rate: TaxRate::of(percent.parse().unwrap()).unwrap(),
        valid: Period { start, end },
    };
    // A rate changes in the middle of the year.
    let rows = vec![
        row("full", "19", None, Some(month(6))),
        row("full", "21", Some(month(6)), None),
        row("low", "7.7", None, None),
    ];
    Account {
        currency: Currency::of("EUR").unwrap(),
        calendar: Calendar::monthly(1, Berlin),
        place: None,
        exemptions: Box::default(),
        taxes: Arc::new(TaxTable::new(rows).unwrap()),
        rules,
    }
}

/// The bill of months `from` to `to`.
fn given(
    rules: Rules,
    products: &[Product],
    from: u32,
    to: u32,
    marks: Vec<Mark>,
) -> AccountPeriod {
    AccountPeriod {
        account: account(rules),
        period: Span::new(month(from), month(to)).unwrap(),
        advance_to: month(to + 1),
        reckon_from: month(0),
        closes: true,
        products: products.to_vec(),
        usage: Vec::new(),
        pending: Vec::new(),
        commitments: Vec::new(),
        marks,
    }
}

fn share() -> impl Strategy<Value = Share> {
    prop_oneof![3 => Just(Share::Proportional), 1 => Just(Share::Full), 1 => Just(Share::Nothing)]
}

fn basis() -> impl Strategy<Value = Basis> {
    prop_oneof![
        Just(Basis::CalendarDays),
        Just(Basis::Month30),
        Just(Basis::Second)
    ]
}

fn proration() -> impl Strategy<Value = Proration> {
    (basis(), share(), share(), share(), share(), any::<bool>()).prop_map(
        |(basis, start, change, end, suspension, exclusive_end)| Proration {
            basis,
            start,
            change,
            end,
            suspension,
            exclusive_end,
        },
    )
}

fn price() -> impl Strategy<Value = Price> {
    let every = prop_oneof![
        4 => Just(Cycle::Months(1)),
        1 => Just(Cycle::Months(3)),
        1 => Just(Cycle::Days(7)),
    ];
    let alignment = prop_oneof![Just(Alignment::Calendar), Just(Alignment::Anniversary)];
    (
        (
            1_i64..20_000,
            every,
            any::<bool>(),
            alignment,
            proration(),
            any::<bool>(),
        ),
        (
            any::<bool>(),
            any::<bool>(),
            proptest::option::of((0_u32..HOURS, 1_u32..4)),
        ),
    )
        .prop_map(
            |((cents, every, advance, alignment, proration, free), (gross, low, discount))| Price {
                id: format!("price-{cents}").into(),
                name: "price".into(),
                kind: Kind::Recurring(Recurring {
                    every,
                    timing: if advance {
                        Timing::Advance
                    } else {
                        Timing::Arrears
                    },
                    alignment,
                    proration,
                    charged_when_suspended: free,
                }),
                amount: Amount::from_millionths(cents * 10_000),
                currency: Currency::of("EUR").unwrap(),
                mode: if gross { TaxMode::Gross } else { TaxMode::Net },
                taxes: Box::new([TaxCategory {
                    category: if low { "low" } else { "full" }.into(),
                    default: None,
                }]),
                valid: Period::ALWAYS,
                by_quantity: true,
                alterations: discount
                    .map(|(from, terms)| Alteration {
                        name: "discount".into(),
                        change: Change::Percentage(Decimal::new(-333, 1)),
                        priority: 0,
                        valid: Period {
                            start: Some(hour(from)),
                            end: None,
                        },
                        terms: Some(terms),
                    })
                    .into_iter()
                    .collect(),
            },
        )
}

/// What can change in a product while it is billed.
#[derive(Clone, Debug)]
struct History {
    start: u32,
    end: Option<u32>,
    states: Vec<(u32, bool)>,
    quantities: Vec<(u32, u32)>,
}

fn history() -> impl Strategy<Value = History> {
    (
        0..HOURS / 2,
        proptest::option::of(0..HOURS),
        proptest::collection::vec((0..HOURS, any::<bool>()), 0..4),
        proptest::collection::vec((0..HOURS, 0_u32..5), 0..4),
    )
        .prop_map(|(start, length, mut states, mut quantities)| {
            states.sort_by_key(|own| own.0);
            quantities.sort_by_key(|own| own.0);
            History {
                start,
                end: length.map(|length| start + length),
                states,
                quantities,
            }
        })
}

fn product(id: &str, price: &Price, history: &History) -> Product {
    Product {
        id: id.into(),
        name: id.into(),
        start: hour(history.start),
        end: history.end.map(hour),
        states: history
            .states
            .iter()
            .map(|(from, suspended)| State {
                from: hour(*from),
                suspended: *suspended,
            })
            .collect(),
        quantities: history
            .quantities
            .iter()
            .map(|(from, value)| Quantity {
                from: hour(*from),
                value: Decimal::from(*value),
            })
            .collect(),
        prices: Box::new([Arc::new(price.clone())]),
        binding: None,
    }
}

fn usage() -> impl Strategy<Value = Vec<Tally>> {
    let one = (
        0_u32..3,
        0_u32..3,
        any::<bool>(),
        any::<bool>(),
        0_i64..90_000_000,
    );
    proptest::collection::vec(one, 0..8).prop_map(|tallies| {
        let tally = |(product, label, low, gross, millionths): (u32, u32, bool, bool, i64)| Tally {
            product: product.to_string().into(),
            price: "calls".into(),
            name: "calls".into(),
            label: label.to_string().into(),
            taxes: PendingTaxes::Categories(Box::new([TaxCategory {
                category: if low { "low" } else { "full" }.into(),
                default: None,
            }])),
            coverage: Span::new(month(0), month(1)).unwrap(),
            amount: Amount::from_millionths(millionths),
            currency: Currency::of("EUR").unwrap(),
            mode: if gross { TaxMode::Gross } else { TaxMode::Net },
            measured: Measured::default(),
            late: false,
        };
        tallies.into_iter().map(tally).collect()
    })
}

fn rules() -> impl Strategy<Value = Rules> {
    let level = || prop_oneof![Just(Level::Line), Just(Level::Bill)];
    (level(), level()).prop_map(|(charges, taxes)| Rules {
        charges,
        taxes,
        ..Rules::default()
    })
}

/// What a bill charges by product, in the mode of its prices.
fn sums(bill: &Bill, into: &mut BTreeMap<Box<str>, i64>) {
    for line in &bill.lines {
        let own = match line.mode {
            TaxMode::Net => line.net,
            TaxMode::Gross => line.gross,
        };
        let product = line.product.clone().unwrap();
        *into.entry(product).or_default() += own.millionths();
    }
    into.retain(|_, sum| *sum != 0);
}

fn shown(bill: &Bill) -> Vec<String> {
    let line = |own: &crate::billing::line::Line| super::world::line(own, Berlin);
    bill.lines.iter().map(line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Lines sum to tax items, these to the tax, all to the totals; credits are below nothing, others
    /// are not; and the order in which things are given does not matter.
    #[test]
    fn lines_and_taxes_are_totals(
        rules in rules(),
        things in proptest::collection::vec((price(), history()), 1..5),
        usage in usage(),
        months in 1..MONTHS,
    ) {
        let mut products: Vec<Product> = things
            .iter()
            .enumerate()
            .map(|(number, (price, history))| product(&number.to_string(), price, history))
            .collect();
        let mut own = given(rules, &products, 0, months, Vec::new());
        own.usage = usage;
        let first = bill(&own).unwrap();
        prop_assert_eq!(check(&first, &[], &Limits::default()), Vec::new());
        products.reverse();
        own.products = products;
        own.usage.reverse();
        let second = bill(&own).unwrap();
        prop_assert_eq!(shown(&first), shown(&second));
        prop_assert_eq!(first.totals, second.totals);
        own.usage.clear();
        own.marks = second.marks;
        prop_assert_eq!(shown(&bill(&own).unwrap()), Vec::<String>::new());
    }

    /// What is charged in another currency has a bill of its own, the same as if there were nothing else.
    #[test]
    fn each_currency_has_its_bill(
        rules in rules(),
        things in proptest::collection::vec((price(), price(), history()), 1..4),
        usage in usage(),
        months in 1..MONTHS,
    ) {
        let dollars = Currency::of("USD").unwrap();
        let (mut both, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        for (number, (own, other, history)) in things.iter().enumerate() {
            let id = number.to_string();
            let other = Price { id: format!("{}-other", other.id).into(), currency: dollars, ..other.clone() };
            ours.push(product(&id, own, history));
            theirs.push(product(&id, &other, history));
            both.push(Product {
                prices: Box::new([Arc::new(other), Arc::new(own.clone())]),
                ..product(&id, own, history)
            });
        }
        let asked = |products: &[Product], usage: Vec<Tally>, marks| AccountPeriod {
            usage,
            ..given(rules, products, 0, months, marks)
        };
        let made = bills(&asked(&both, usage.clone(), Vec::new())).unwrap();
        prop_assert_eq!(made.len(), 2);
        prop_assert_eq!(shown(&made[0]), shown(&bill(&asked(&ours, usage, Vec::new())).unwrap()));
        let mut alone = asked(&theirs, Vec::new(), Vec::new());
        alone.account.currency = dollars;
        prop_assert_eq!(shown(&made[1]), shown(&bill(&alone).unwrap()));
        prop_assert_eq!(made[1].currency.code, "USD");
        let marks = made[1].marks.clone();
        for again in bills(&asked(&both, Vec::new(), marks.clone())).unwrap() {
            prop_assert_eq!(shown(&again), Vec::<String>::new());
            prop_assert_eq!(again.marks.len(), marks.len());
        }
    }

    /// Bills month by month charge what one bill over all of them does, also when history becomes known
    /// only while they are made, when one is left out, and when one is made again.
    #[test]
    fn everything_is_charged_once(
        price in price(),
        histories in proptest::collection::vec(history(), 1..4),
        order in proptest::collection::vec(0..MONTHS, 1..6),
    ) {
        let mut histories = histories;
        if let Kind::Recurring(Recurring { alignment: Alignment::Anniversary, .. }) = price.kind {
            // Terms that were charged stay as they were, also when others would begin on another day.
            let start = histories[0].start;
            histories.iter_mut().for_each(|own| own.start = start);
        }
        let rules = Rules {
            tax_point: TaxPoint::Bill,
            ..Rules::default()
        };
        let mut marks = Vec::new();
        let mut charged = BTreeMap::new();
        for (number, month) in order.iter().chain([&MONTHS]).enumerate() {
            let history = &histories[number.min(histories.len() - 1)];
            let history = if *month == MONTHS { histories.last().unwrap() } else { history };
            let products = [product("p", &price, history)];
            let own = given(rules, &products, *month, *month + 1, marks);
            let made = bill(&own).unwrap();
            prop_assert_eq!(check(&made, &[], &Limits::default()), Vec::new());
            sums(&made, &mut charged);
            let again = bill(&AccountPeriod { marks: made.marks.clone(), ..own }).unwrap();
            prop_assert_eq!(shown(&again), Vec::<String>::new());
            prop_assert_eq!(&again.marks, &made.marks);
            marks = made.marks;
        }
        let products = [product("p", &price, histories.last().unwrap())];
        let mut once = BTreeMap::new();
        sums(&bill(&given(Rules::default(), &products, 0, MONTHS + 1, Vec::new())).unwrap(), &mut once);
        prop_assert_eq!(charged, once);
    }

    /// What is charged in advance, less what goes back at the end, is what would have been charged in
    /// arrears.
    #[test]
    fn advance_less_credit_is_use(price in price(), history in history()) {
        let with = |timing: Timing| {
            let mut own = price.clone();
            if let Kind::Recurring(recurring) = &mut own.kind {
                recurring.timing = timing;
            }
            own
        };
        let ended = History { end: Some(history.end.unwrap_or(HOURS)), ..history.clone() };
        let mut sum = BTreeMap::new();
        let mut marks = Vec::new();
        for number in 0..MONTHS + 12 {
            // The end is known only after it.
            let is_known = ended.end.is_some_and(|end| hour(end) <= month(number + 1));
            let known = History { end: ended.end.filter(|_| is_known), ..ended.clone() };
            let products = [product("p", &with(Timing::Advance), &known)];
            let made = bill(&given(Rules::default(), &products, number, number + 1, marks)).unwrap();
            sums(&made, &mut sum);
            marks = made.marks;
        }
        let products = [product("p", &with(Timing::Arrears), &ended)];
        let mut arrears = BTreeMap::new();
        sums(&bill(&given(Rules::default(), &products, 0, MONTHS + 12, Vec::new())).unwrap(), &mut arrears);
        prop_assert_eq!(sum, arrears);
    }

    /// A month that is cut at any instant, measured by the second, costs what it costs uncut: to the cent
    /// within a product, to one cent over two.
    #[test]
    fn a_cut_conserves_the_amount(cents in 1_i64..50_000, at in 1_u32..743) {
        let price = |valid: Period| Price {
            id: format!("{:?}", valid.start).into(),
            name: "price".into(),
            kind: Kind::Recurring(Recurring {
                every: Cycle::Months(1),
                timing: Timing::Arrears,
                alignment: Alignment::Calendar,
                proration: Proration { basis: Basis::Second, ..Proration::default() },
                charged_when_suspended: false,
            }),
            amount: Amount::from_millionths(cents * 10_000),
            currency: Currency::of("EUR").unwrap(),
            mode: TaxMode::Net,
            taxes: Box::default(),
            valid,
            by_quantity: true,
            alterations: Box::default(),
        };
        let whole = History { start: 0, end: None, states: Vec::new(), quantities: Vec::new() };
        let mut one = product("p", &price(Period::ALWAYS), &whole);
        one.quantities = Box::new([(0, 2), (at, 3)].map(|(from, value)| Quantity {
            from: hour(from),
            value: Decimal::from(value),
        }));
        let made = bill(&given(Rules::default(), &[one], 0, 1, Vec::new())).unwrap();
        let hours = 744 * 2 + (744 - i128::from(at));
        let exact = i128::from(cents) * hours;
        prop_assert_eq!(i128::from(made.totals.net.millionths()) / 10_000, (exact * 2 + 744) / 1488);

        let before = History { end: Some(at), ..whole.clone() };
        let after = History { start: at, ..whole };
        let two = [
            product("a", &price(Period::ALWAYS), &before),
            product("b", &price(Period::ALWAYS), &after),
        ];
        let made = bill(&given(Rules::default(), &two, 0, 1, Vec::new())).unwrap();
        let difference = made.totals.net.millionths() / 10_000 - cents;
        prop_assert!(difference.abs() <= 1, "{difference}");
    }

    /// Parts of a month by days sum to it: 30 or 28 or 31, by the calendar or by thirtieths.
    #[test]
    fn days_sum_to_the_month(day in 1_u64..31, number in 0_u32..12, thirtieths: bool) {
        let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let first = first.checked_add_months(chrono::Months::new(number)).unwrap();
        let cut = instant(&first.checked_add_days(Days::new(day - 1)).unwrap().to_string(), Berlin);
        prop_assume!(cut < month(number + 1));
        let basis = if thirtieths { Basis::Month30 } else { Basis::CalendarDays };
        let mut own = Product {
            id: "p".into(),
            name: "p".into(),
            start: month(0),
            end: None,
            states: Box::new([State { from: cut, suspended: true }]),
            quantities: Box::default(),
            prices: Box::default(),
            binding: None,
        };
        let price = Price {
            id: "price".into(),
            name: "price".into(),
            kind: Kind::Recurring(Recurring {
                every: Cycle::Months(1),
                timing: Timing::Arrears,
                alignment: Alignment::Calendar,
                proration: Proration { basis, ..Proration::default() },
                charged_when_suspended: false,
            }),
            amount: amount("868.00"),
            currency: Currency::of("EUR").unwrap(),
            mode: TaxMode::Net,
            taxes: Box::default(),
            valid: Period::ALWAYS,
            by_quantity: true,
            alterations: Box::default(),
        };
        own.prices = Box::new([Arc::new(price)]);
        let charge = |own: &Product| {
            let mut asked = given(Rules::default(), std::slice::from_ref(own), number, number + 1, Vec::new());
            asked.reckon_from = month(number);
            bill(&asked).unwrap().totals.net.millionths() / 10_000
        };
        let active = charge(&own);
        own.states = Box::new([
            State { from: month(0), suspended: true },
            State { from: cut, suspended: false },
        ]);
        let difference = active + charge(&own) - 86_800;
        prop_assert!(difference.abs() <= 1, "{difference}");
    }
}
