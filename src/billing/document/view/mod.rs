//! A statement in words: every text of HTML and PDF in its order, in the language and with the
//! numbers of the statement's locale. The two forms only place what is here.

mod account;
mod chart;
mod detail;
mod party;
mod payment;
mod summary;

use rust_decimal::Decimal;

pub use chart::{ChartView, Column};
pub use detail::{Block, Detail, Item, Section};
pub use summary::{Row, Weight};

use super::check::check;
use super::fault::Fault;
use super::locale::{Locale, fill};
use super::statement::{Colour, Kind, Mark, Prices, Statement};

/// A label and what is said under it.
pub type Fact = (String, String);

pub struct View {
    /// Tag of the language that labels are in.
    pub language: String,
    /// Title of the file.
    pub title: String,
    pub issuer: String,
    /// "Bill 2026-000123".
    pub heading: String,
    /// "Duplicate", "Preview"; none on the document itself.
    pub mark: Option<String>,
    pub brand: String,
    pub colour: Colour,
    /// The issuer in one line, above the recipient's address.
    pub sender: String,
    pub recipient: Vec<String>,
    pub facts: Vec<Fact>,
    pub headline: Headline,
    pub summary_title: String,
    pub summary: Vec<Row>,
    /// The account before and after, when it is carried forward.
    pub account: Option<Passage<Vec<Row>>>,
    pub payment: Option<Passage<Vec<Fact>>>,
    pub charts: Vec<ChartView>,
    pub detail: Detail,
    pub notes: Vec<String>,
    /// Columns of small print about the issuer.
    pub footer: Vec<Vec<String>>,
    locale: &'static Locale,
}

/// The amount that the reader looks for first.
pub struct Headline {
    pub label: String,
    pub amount: String,
    pub note: Option<String>,
}

/// A heading, sentences, and what follows them.
pub struct Passage<T> {
    pub title: String,
    pub text: Vec<String>,
    pub body: T,
}

impl View {
    /// Checks the statement and puts it into words.
    ///
    /// # Errors
    /// [`Fault`], for a statement that contradicts itself.
    pub fn of(statement: &Statement) -> Result<View, Fault> {
        check(statement)?;
        let locale = Locale::of(&statement.locale)?;
        let writer = Writer { statement, locale };
        let heading = writer.heading();
        let issuer = statement.issuer.party.name.clone();
        Ok(View {
            language: locale.tag.clone(),
            title: format!("{heading} – {issuer}"),
            issuer,
            heading,
            mark: writer.mark().map(str::to_owned),
            brand: statement.issuer.logo.text.clone(),
            colour: statement.issuer.logo.colour,
            sender: writer.sender(),
            recipient: writer.recipient(),
            facts: writer.facts(),
            headline: writer.headline(),
            summary_title: locale.label.summary.clone(),
            summary: writer.summary()?,
            account: writer.account(),
            payment: writer.payment(),
            charts: statement.charts.iter().map(|c| writer.chart(c)).collect(),
            detail: writer.detail()?,
            notes: statement.notes.clone(),
            footer: writer.footer(),
            locale,
        })
    }

    /// "Page 2 of 5".
    pub fn page(&self, page: usize, pages: usize) -> String {
        let numbers = [page, pages].map(|n| n.to_string());
        let values = [
            ("page", numbers[0].as_str()),
            ("pages", numbers[1].as_str()),
        ];
        fill(&self.locale.label.page, &values)
    }
}

/// Writes the parts of a view.
struct Writer<'a> {
    statement: &'a Statement,
    locale: &'static Locale,
}

impl Writer<'_> {
    fn heading(&self) -> String {
        let label = &self.locale.label;
        let kind = match self.statement.kind {
            Kind::Bill => &label.bill,
            Kind::CreditNote => &label.credit_note,
        };
        match &self.statement.number {
            Some(number) => format!("{kind} {number}"),
            None => kind.clone(),
        }
    }

    fn mark(&self) -> Option<&str> {
        match self.statement.mark {
            Mark::Original => None,
            Mark::Trial => Some(&self.locale.label.trial),
            Mark::Duplicate => Some(&self.locale.label.duplicate),
        }
    }

    fn facts(&self) -> Vec<Fact> {
        let (statement, label) = (self.statement, &self.locale.label);
        let mut facts = Vec::new();
        let mut fact = |label: &str, text: String| facts.push((label.to_owned(), text));
        if let Some(number) = &statement.number {
            let of = match statement.kind {
                Kind::Bill => &label.bill_number,
                Kind::CreditNote => &label.credit_note_number,
            };
            fact(of, number.clone());
        }
        fact(&label.date, self.locale.long_date(statement.issued));
        fact(&label.account, self.account_name());
        if let Some(reference) = &statement.reference {
            fact(&label.reference, reference.clone());
        }
        if let Some(period) = statement.period {
            fact(&label.period, self.locale.span(period));
        }
        if let Some(due) = statement.due.filter(|_| self.is_to_be_paid()) {
            fact(&label.due_date, self.locale.long_date(due));
        }
        for corrected in &statement.corrects {
            fact(
                &label.corrects,
                self.corrected(&corrected.number, corrected.issued),
            );
        }
        facts
    }

    fn account_name(&self) -> String {
        let account = &self.statement.account;
        match &account.name {
            Some(name) => format!("{} · {name}", account.number),
            None => account.number.clone(),
        }
    }

    fn corrected(&self, number: &str, issued: Option<chrono::NaiveDate>) -> String {
        let Some(issued) = issued else {
            return number.to_owned();
        };
        let date = self.locale.date(issued);
        let pattern = &self.locale.label.corrected_of;
        fill(pattern, &[("number", number), ("date", &date)])
    }

    fn headline(&self) -> Headline {
        let label = &self.locale.label;
        let owed = self.owed();
        let (name, amount) = match self.statement.kind {
            Kind::CreditNote => (&label.amount_credited, -self.statement.totals.due),
            Kind::Bill if owed < Decimal::ZERO => (&label.in_your_favour, -owed),
            Kind::Bill if self.statement.carried.is_some() => (&label.balance_due, owed),
            Kind::Bill => (&label.amount_due, owed),
        };
        Headline {
            label: name.clone(),
            amount: self.money(amount),
            note: self.headline_note(),
        }
    }

    fn headline_note(&self) -> Option<String> {
        let label = &self.locale.label;
        if self.statement.kind == Kind::CreditNote {
            return Some(label.credit_note_terms.clone());
        }
        if !self.is_to_be_paid() {
            return self.owed().is_zero().then(|| label.nothing_to_pay.clone());
        }
        let (pattern, date) = match self.collected_on() {
            Some(date) => (&label.debited_on, date),
            None => (&label.due_by, self.statement.due?),
        };
        Some(fill(pattern, &[("date", &self.locale.long_date(date))]))
    }

    /// What the customer has to pay in all.
    fn owed(&self) -> Decimal {
        let due = self.statement.totals.due;
        self.statement
            .carried
            .as_ref()
            .map_or(due, |carried| carried.balance)
    }

    fn is_to_be_paid(&self) -> bool {
        self.statement.kind == Kind::Bill && self.owed() > Decimal::ZERO
    }

    /// The amount as the document shows it: of credit notes what is credited.
    fn shown(&self, amount: Decimal) -> Decimal {
        match self.statement.kind {
            Kind::Bill => amount,
            Kind::CreditNote => -amount,
        }
    }

    fn money(&self, amount: Decimal) -> String {
        self.locale.amount(amount, self.statement.currency)
    }

    fn with_tax(&self) -> bool {
        self.statement.prices == Prices::Gross
    }
}
