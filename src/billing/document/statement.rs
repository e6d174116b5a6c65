//! What a bill says, before it has any form: the input of every document.
//!
//! A statement is plain data, filled from a stored bill. Amounts are exact decimals in units of
//! the currency, and of a **credit note as well as of a bill they say what the customer owes**: a
//! credit is negative, so a credit note has a negative total. Documents of credit notes show the
//! opposite sign, the amount that is credited.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::unit::Unit;
use crate::domain::money::Currency;

/// One bill or credit note, as issued to one billing account.
#[derive(Clone, Debug)]
pub struct Statement {
    pub kind: Kind,
    pub mark: Mark,
    /// Language and region of labels, numbers and dates as a BCP 47 tag, `de-CH`. What is not
    /// known falls back to the language alone, then to English.
    pub locale: String,
    pub currency: &'static Currency,
    pub prices: Prices,
    /// The legal number (`billNo`); only a trial has none.
    pub number: Option<String>,
    /// What the customer wants to read on the bill: an order number or a routing code (EN 16931
    /// BT-10, without which public buyers of some countries refuse an invoice).
    pub reference: Option<String>,
    pub account: Account,
    /// Date of the bill.
    pub issued: NaiveDate,
    pub due: Option<NaiveDate>,
    /// The billing period.
    pub period: Option<Span>,
    pub issuer: Issuer,
    pub recipient: Party,
    /// Lines, by product, subscriber or whatever the operator groups by. Within a group lines of
    /// one [`LineKind`] come together under a heading when the group has several kinds.
    pub groups: Vec<Group>,
    /// One item for each category and rate.
    pub taxes: Vec<Tax>,
    pub totals: Totals,
    /// What was owed before, when the operator shows the state of the account on its bills.
    pub carried: Option<Carried>,
    pub charts: Vec<Chart>,
    pub payment: Option<Payment>,
    /// The bills that a credit note corrects.
    pub corrects: Vec<Corrected>,
    /// Paragraphs at the end.
    pub notes: Vec<String>,
}

/// What the document is in law.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Bill,
    CreditNote,
}

/// Whether this is the document itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    Original,
    /// A preview: no number, nothing is owed. It cannot become an invoice in XML.
    Trial,
    /// A further copy of what was sent before.
    Duplicate,
}

/// Which amount of a line is shown to people. The XML always has net amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prices {
    /// Before tax, as businesses read bills.
    Net,
    /// With tax, as consumers do.
    Gross,
}

/// The billing account.
#[derive(Clone, Debug)]
pub struct Account {
    pub number: String,
    pub name: Option<String>,
}

/// Days from `first` to `last`, both of them included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub first: NaiveDate,
    pub last: NaiveDate,
}

/// Who issues the bill.
#[derive(Clone, Debug)]
pub struct Issuer {
    pub party: Party,
    pub bank: Option<Bank>,
    pub logo: Logo,
}

/// A person or organisation with what tax law wants to know of it.
#[derive(Clone, Debug, Default)]
pub struct Party {
    pub name: String,
    pub address: Address,
    /// VAT number with the prefix of its country (BT-31, BT-48).
    pub vat_number: Option<String>,
    /// A number for tax that is no VAT number (BT-32); of issuers only.
    pub tax_number: Option<String>,
    /// Number in the register of companies (BT-30, BT-47).
    pub register_number: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub web: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Address {
    /// Street with number, building, care of: one line each.
    pub lines: Vec<String>,
    pub city: String,
    pub post_code: Option<String>,
    /// State or province, where addresses have it.
    pub region: Option<String>,
    /// ISO 3166-1, two letters.
    pub country: String,
    /// The country in the words of the bill's language; the code is shown without it.
    pub country_name: Option<String>,
}

/// An account to pay to.
#[derive(Clone, Debug)]
pub struct Bank {
    pub name: Option<String>,
    /// Who holds the account, when it is not the issuer.
    pub holder: Option<String>,
    /// IBAN, or the number of an account in countries without.
    pub account: String,
    pub bic: Option<String>,
}

/// The brand: a word and a colour.
#[derive(Clone, Debug)]
pub struct Logo {
    pub text: String,
    pub colour: Colour,
}

/// Red, green and blue of sRGB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour(pub u8, pub u8, pub u8);

/// Lines that belong together for the reader.
#[derive(Clone, Debug)]
pub struct Group {
    /// May be empty when there is one group only.
    pub title: String,
    /// A telephone number, a subscriber, an address.
    pub subtitle: Option<String>,
    pub lines: Vec<Line>,
}

/// One applied billing rate.
#[derive(Clone, Debug)]
pub struct Line {
    /// Its id among the bill's lines.
    pub id: String,
    pub kind: LineKind,
    pub name: String,
    /// Further text, a paragraph each.
    pub details: Vec<String>,
    /// Days of service; shown where they differ from the bill's. Usage before the bill's period is
    /// called late.
    pub period: Option<Span>,
    /// Zone or band of usage.
    pub zone: Option<String>,
    pub quantity: Option<Quantity>,
    /// Price of one unit of the quantity, in the sense of [`Statement::prices`].
    pub price: Option<Decimal>,
    /// Number of calls, sessions, messages.
    pub count: Option<u64>,
    /// How much of the quantity cost nothing, in its unit.
    pub included: Option<Decimal>,
    pub net: Decimal,
    pub taxes: Vec<LineTax>,
    /// What a credit gives back, in words: the bill and line it points to.
    pub corrects: Option<String>,
}

/// What a line is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LineKind {
    Recurring,
    OneTime,
    Usage,
    Discount,
    Credit,
    Penalty,
    /// The rest of a minimum that was not used.
    Commitment,
}

/// The part of a tax item that falls on a line.
#[derive(Clone, Copy, Debug)]
pub struct LineTax {
    /// Index in [`Statement::taxes`].
    pub item: usize,
    pub amount: Decimal,
}

/// An amount of something other than money.
#[derive(Clone, Debug)]
pub struct Quantity {
    pub value: Decimal,
    pub unit: Unit,
}

/// One tax item of the bill.
#[derive(Clone, Debug)]
pub struct Tax {
    pub category: TaxCategory,
    /// What the tax is called: "VAT", "MwSt.", "Federal excise tax".
    pub name: String,
    /// Percent.
    pub rate: Decimal,
    /// What it is computed on.
    pub base: Decimal,
    pub amount: Decimal,
    /// Why there is none, in words. EN 16931 wants it of all categories but standard and zero rate.
    pub reason: Option<String>,
}

/// VAT categories of EN 16931, with their codes of UN/CEFACT list 5305.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaxCategory {
    Standard,
    Zero,
    Exempt,
    ReverseCharge,
    IntraCommunity,
    Export,
    OutOfScope,
    /// IGIC of the Canary Islands.
    Canary,
    /// IPSI of Ceuta and Melilla.
    CeutaMelilla,
    /// Not a value added tax (sales tax, levy). The European invoice has no place for it.
    Other,
}

/// Sums, each with the digits of the currency.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Sum of lines before tax.
    pub net: Decimal,
    pub tax: Decimal,
    /// `net + tax`.
    pub gross: Decimal,
    /// Payments already applied to this bill.
    pub paid: Decimal,
    /// Credits already applied to this bill.
    pub credited: Decimal,
    /// Rounding of what is paid, for instance to 0.05 in Switzerland.
    pub rounding: Decimal,
    /// `gross - paid - credited + rounding`.
    pub due: Decimal,
}

/// The account before and after this bill.
#[derive(Clone, Debug)]
pub struct Carried {
    /// Owed at the bill before.
    pub previous: Decimal,
    pub movements: Vec<Movement>,
    /// `previous + sum of movements + totals.due`: what is to be paid in all.
    pub balance: Decimal,
}

/// A payment (negative), refund or other booking since the bill before.
#[derive(Clone, Debug)]
pub struct Movement {
    pub date: NaiveDate,
    pub text: String,
    pub amount: Decimal,
}

/// A bar chart of usage, a bar for each day, week or label.
#[derive(Clone, Debug)]
pub struct Chart {
    pub title: String,
    /// Shown beside the scale: "GB".
    pub unit: String,
    pub bars: Vec<Bar>,
}

#[derive(Clone, Debug)]
pub struct Bar {
    pub label: String,
    /// Not below zero.
    pub value: Decimal,
}

/// How the amount is settled.
#[derive(Clone, Debug)]
pub struct Payment {
    pub means: Means,
    /// What the payer quotes (BT-83).
    pub reference: Option<String>,
    /// Terms in words (BT-20).
    pub terms: Option<String>,
}

#[derive(Clone, Debug)]
pub enum Means {
    /// The customer pays to the issuer's bank.
    Transfer,
    /// The issuer collects.
    DirectDebit {
        mandate: String,
        creditor: Option<String>,
        /// The account that is debited, masked if so wished.
        account: String,
        on: NaiveDate,
    },
    /// A card on file, by its last digits.
    Card {
        masked: String,
        on: Option<NaiveDate>,
    },
}

/// A bill that a credit note is about.
#[derive(Clone, Debug)]
pub struct Corrected {
    pub number: String,
    pub issued: Option<NaiveDate>,
}
