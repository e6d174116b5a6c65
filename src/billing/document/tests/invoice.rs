//! Invoices in XML: the arithmetic of EN 16931, computed again from what is in the file.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use rust_decimal::Decimal;

use super::super::{
    Fault, Kind, LineKind, Means, Payment, Prices, Statement, Tax, TaxCategory, ubl,
};
use super::world::{self, decimal, line, settle};

/// An element with its text and children.
#[derive(Default, Debug)]
struct Element {
    name: String,
    attributes: BTreeMap<String, String>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn all<'a>(&'a self, path: &str) -> Vec<&'a Element> {
        path.split('/').fold(vec![self], |found, name| {
            let children = found.into_iter().flat_map(|element| &element.children);
            children.filter(|child| child.name == name).collect()
        })
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.all(path).first().map(|element| element.text.as_str())
    }

    fn amount(&self, path: &str) -> Decimal {
        self.text(path).map_or(Decimal::ZERO, decimal)
    }

    fn sum(&self, path: &str) -> Decimal {
        self.all(path)
            .iter()
            .map(|element| decimal(&element.text))
            .sum()
    }
}

fn parsed(statement: &Statement) -> Element {
    let xml = ubl(statement).unwrap();
    let mut reader = Reader::from_str(&xml);
    let mut open = vec![Element::default()];
    loop {
        match reader.read_event().unwrap() {
            Event::Eof => break,
            Event::Start(start) => {
                let attributes = start.attributes().map(|attribute| {
                    let attribute = attribute.unwrap();
                    let name = String::from_utf8(attribute.key.local_name().as_ref().to_vec());
                    (
                        name.unwrap(),
                        String::from_utf8(attribute.value.to_vec()).unwrap(),
                    )
                });
                open.push(Element {
                    attributes: attributes.collect(),
                    name: String::from_utf8(start.local_name().as_ref().to_vec()).unwrap(),
                    ..Element::default()
                });
            }
            Event::Text(text) => open
                .last_mut()
                .unwrap()
                .text
                .push_str(&text.decode().unwrap()),
            Event::GeneralRef(entity) => {
                let character = match entity.decode().unwrap().as_ref() {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    other => panic!("{other}"),
                };
                open.last_mut().unwrap().text.push(character);
            }
            Event::End(_) => {
                let done = open.pop().unwrap();
                open.last_mut().unwrap().children.push(done);
            }
            _ => {}
        }
    }
    open.pop().unwrap().children.pop().unwrap()
}

/// The rules of totals and of the VAT breakdown, by their names in the standard.
fn check_arithmetic(statement: &Statement) {
    let invoice = parsed(statement);
    let (lines, quantity) = match statement.kind {
        Kind::Bill => ("InvoiceLine", "InvoicedQuantity"),
        Kind::CreditNote => ("CreditNoteLine", "CreditedQuantity"),
    };
    let totals = invoice.all("LegalMonetaryTotal")[0];
    let net = totals.amount("LineExtensionAmount");
    let with_tax = totals.amount("TaxInclusiveAmount");
    let tax = invoice.amount("TaxTotal/TaxAmount");
    assert_eq!(
        net,
        invoice.sum(&format!("{lines}/LineExtensionAmount")),
        "BR-CO-10"
    );
    assert_eq!(totals.amount("TaxExclusiveAmount"), net, "BR-CO-13");
    assert_eq!(
        tax,
        invoice.sum("TaxTotal/TaxSubtotal/TaxAmount"),
        "BR-CO-14"
    );
    assert_eq!(with_tax, net + tax, "BR-CO-15");
    let due = with_tax - totals.amount("PrepaidAmount") + totals.amount("PayableRoundingAmount");
    assert_eq!(totals.amount("PayableAmount"), due, "BR-CO-16");
    for subtotal in invoice.all("TaxTotal/TaxSubtotal") {
        let of = |element: &Element, path: &str| {
            let category = element.all(path)[0];
            (
                category.text("ID").unwrap().to_owned(),
                category.text("Percent").map(str::to_owned),
            )
        };
        let category = of(subtotal, "TaxCategory");
        let of_category = invoice.all(lines);
        let of_category = of_category
            .iter()
            .filter(|line| of(line, "Item/ClassifiedTaxCategory") == category);
        let base: Decimal = of_category
            .map(|line| line.amount("LineExtensionAmount"))
            .sum();
        assert_eq!(subtotal.amount("TaxableAmount"), base, "BR-S-08");
        let rate = category.1.map_or(Decimal::ZERO, |rate| decimal(&rate));
        let exact = base * rate / Decimal::ONE_HUNDRED;
        let difference = (exact - subtotal.amount("TaxAmount")).abs();
        assert!(difference < Decimal::ONE, "BR-CO-17: {difference}");
    }
    for line in invoice.all(lines) {
        let price = line.amount("Price/PriceAmount");
        assert!(price >= Decimal::ZERO, "BR-27");
        let product = line.amount(quantity) * price;
        assert_eq!(
            product,
            line.amount("LineExtensionAmount"),
            "quantity times price"
        );
        let unit = line.all(quantity)[0].attributes.get("unitCode");
        assert!(unit.is_some(), "BR-23");
    }
    check_digits(&invoice, statement);
}

/// Amounts have the digits of their currency, except prices (BR-DEC).
fn check_digits(element: &Element, statement: &Statement) {
    if let Some(currency) = element.attributes.get("currencyID") {
        assert_eq!(currency, statement.currency.code);
        let digits = element
            .text
            .split_once('.')
            .map_or(0, |(_, part)| part.len());
        let wanted = usize::try_from(statement.currency.digits.unwrap()).unwrap();
        let exact = element.name != "PriceAmount";
        assert!(digits == wanted || !exact && digits > wanted, "{element:?}");
    }
    element
        .children
        .iter()
        .for_each(|child| check_digits(child, statement));
}

#[test]
fn sums_of_the_samples() {
    check_arithmetic(&world::mobile());
    check_arithmetic(&world::consumer());
    check_arithmetic(&world::business(60));
    check_arithmetic(&world::credit_note());
    let mut paid = world::mobile();
    paid.totals.paid = decimal("20.00");
    paid.totals.credited = decimal("3.17");
    settle(&mut paid);
    check_arithmetic(&paid);
    assert_eq!(
        parsed(&paid).amount("LegalMonetaryTotal/PrepaidAmount"),
        decimal("23.17")
    );
}

#[test]
fn quantities_and_prices_of_lines() {
    let invoice = parsed(&world::mobile());
    let lines = invoice.all("InvoiceLine");
    let of = |at: usize| {
        let line: &Element = lines[at];
        let quantity = line.all("InvoicedQuantity")[0];
        let unit = quantity.attributes["unitCode"].clone();
        (
            quantity.text.clone(),
            unit,
            line.text("Price/PriceAmount").unwrap().to_owned(),
        )
    };
    let tuple = |q: &str, u: &str, p: &str| (q.to_owned(), u.to_owned(), p.to_owned());
    assert_eq!(of(0), tuple("1", "C62", "29.40"));
    assert_eq!(
        of(2),
        tuple("1", "C62", "1.44"),
        "usage that has no one price"
    );
    assert_eq!(of(5), tuple("-1", "C62", "4.20"), "a credit on a bill");
    assert_eq!(of(8), tuple("2", "C62", "4.16"));
    assert_eq!(
        of(9),
        tuple("1", "C62", "1.28"),
        "17 times 0.075 is not 1.28"
    );
    let calls = lines[2];
    let properties = calls.all("Item/AdditionalItemProperty");
    let properties: Vec<_> = properties
        .iter()
        .map(|property| {
            (
                property.text("Name").unwrap(),
                property.text("Value").unwrap(),
            )
        })
        .collect();
    let expected = [
        ("zone", "Germany, fixed and mobile"),
        ("quantity", "8060"),
        ("unit", "SEC"),
        ("included", "7200"),
        ("count", "42"),
    ];
    assert_eq!(properties, expected);
}

#[test]
fn a_credit_note_is_about_a_bill() {
    let note = parsed(&world::credit_note());
    assert_eq!(note.name, "CreditNote");
    assert_eq!(note.text("CreditNoteTypeCode"), Some("381"));
    assert_eq!(
        note.text("BillingReference/InvoiceDocumentReference/ID"),
        Some("2026-004711")
    );
    assert_eq!(
        note.amount("LegalMonetaryTotal/PayableAmount"),
        decimal("4.33")
    );
    assert_eq!(note.text("CreditNoteLine/CreditedQuantity"), Some("1"));
}

#[test]
fn ways_to_pay() {
    let code = |statement: &Statement| {
        parsed(statement)
            .text("PaymentMeans/PaymentMeansCode")
            .map(str::to_owned)
    };
    assert_eq!(code(&world::mobile()).as_deref(), Some("58"));
    assert_eq!(code(&world::consumer()).as_deref(), Some("59"));
    assert_eq!(code(&world::business(1)).as_deref(), Some("30"));
    let mut card = world::mobile();
    let payment = |masked: &str| Payment {
        means: Means::Card {
            masked: masked.into(),
            on: None,
        },
        reference: None,
        terms: None,
    };
    card.payment = Some(payment("•••• •••• •••• 4242"));
    let account = "PaymentMeans/CardAccount/PrimaryAccountNumberID";
    assert_eq!(parsed(&card).text(account), Some("4242"));
    card.payment = Some(payment("Visa"));
    assert_eq!(broken(&card), "BR-51");
    card.payment = None;
    card.due = None;
    assert_eq!(broken(&card), "BR-CO-25");
}

#[test]
fn texts_are_escaped_and_control_characters_left_out() {
    let mut statement = world::mobile();
    statement.notes = vec!["a < b & \"c\" ]]> \u{1}\u{b}d".into()];
    assert_eq!(parsed(&statement).text("Note"), Some("a < b & \"c\" ]]> d"));
}

fn broken(statement: &Statement) -> &'static str {
    match ubl(statement) {
        Err(Fault::Invoice { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

/// The mobile bill with one line, of that category.
fn of_category(category: TaxCategory, rate: &str, reason: Option<&str>) -> Statement {
    let mut statement = world::mobile();
    statement.groups.truncate(1);
    statement.groups[0].lines = vec![line(LineKind::Recurring, "Transit", "100.00")];
    statement.taxes = vec![Tax {
        category,
        reason: reason.map(str::to_owned),
        ..world::vat(rate)
    }];
    settle(&mut statement);
    statement
}

#[test]
fn categories_of_vat() {
    use TaxCategory as Category;
    let good = [
        (Category::Standard, "19", None, "S"),
        (Category::Zero, "0", None, "Z"),
        (Category::Exempt, "0", Some("Article 135"), "E"),
        (Category::ReverseCharge, "0", Some("Reverse charge"), "AE"),
        (
            Category::IntraCommunity,
            "0",
            Some("Intra-Community supply"),
            "K",
        ),
        (Category::Export, "0", Some("Export"), "G"),
        (Category::Canary, "7", None, "L"),
    ];
    for (category, rate, reason, code) in good {
        let mut statement = of_category(category, rate, reason);
        statement.recipient.vat_number = Some("FR12345678901".into());
        statement.recipient.address.country = "FR".into();
        check_arithmetic(&statement);
        let invoice = parsed(&statement);
        assert_eq!(
            invoice.text("TaxTotal/TaxSubtotal/TaxCategory/ID"),
            Some(code)
        );
        let delivery = invoice.text("Delivery/DeliveryLocation/Address/Country/IdentificationCode");
        assert_eq!(delivery.is_some(), code == "K", "BR-IC-12");
    }
    let mut outside = of_category(Category::OutOfScope, "0", Some("Out of scope"));
    assert_eq!(broken(&outside), "BR-O-02");
    outside.issuer.party.vat_number = None;
    let invoice = parsed(&outside);
    assert_eq!(
        invoice.text("TaxTotal/TaxSubtotal/TaxCategory/Percent"),
        None,
        "BR-O-05"
    );
}

#[test]
fn what_the_standard_cannot_say_is_refused_by_its_rule() {
    use TaxCategory as Category;
    assert_eq!(broken(&world::trial()), "BR-02");
    assert_eq!(
        broken(&of_category(Category::Other, "6.25", None)),
        "BR-CO-4"
    );
    assert_eq!(
        broken(&of_category(Category::Standard, "0", None)),
        "BR-S-05"
    );
    assert_eq!(broken(&of_category(Category::Exempt, "0", None)), "BR-E-10");
    assert_eq!(
        broken(&of_category(Category::ReverseCharge, "0", Some("R"))),
        "BR-AE-02"
    );
    assert_eq!(
        broken(&of_category(Category::IntraCommunity, "0", Some("I"))),
        "BR-IC-02"
    );
    assert_eq!(broken(&of_category(Category::Zero, "5", None)), "BR-48");
    let mut two = world::mobile();
    let tax = two.groups[0].lines[0].taxes[0];
    two.groups[0].lines[0].taxes = vec![tax, super::super::LineTax { item: 1, ..tax }];
    settle(&mut two);
    assert_eq!(broken(&two), "BR-CO-4");
    let mut nameless = world::mobile();
    nameless.recipient.name.clear();
    assert_eq!(broken(&nameless), "BR-07");
    let mut abroad = world::mobile();
    abroad.issuer.party.vat_number = Some("123456".into());
    assert_eq!(broken(&abroad), "BR-CO-9");
    let mut wrong = of_category(Category::Standard, "19", None);
    wrong.groups[0].lines[0].taxes[0].amount += Decimal::TWO;
    wrong.taxes[0].amount += Decimal::TWO;
    wrong.totals.tax += Decimal::TWO;
    wrong.totals.gross += Decimal::TWO;
    wrong.totals.due += Decimal::TWO;
    assert_eq!(broken(&wrong), "BR-CO-17");
}

#[test]
fn prices_with_tax_are_not_taken_for_net_ones() {
    let mut statement = world::mobile();
    statement.prices = Prices::Gross;
    let invoice = parsed(&statement);
    assert_eq!(invoice.text("InvoiceLine/Price/PriceAmount"), Some("29.40"));
    check_arithmetic(&statement);
}
