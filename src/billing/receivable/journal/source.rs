//! What each thing that happened books.

use rust_decimal::Decimal;

use super::chart::Chart;
use super::entry::{Collected, Entry, Key};
use crate::billing::receivable::Refusal;
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency};

/// A time for which something is sold; the end is not part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    pub start: Option<Micros>,
    pub end: Option<Micros>,
}

/// A bill or a credit note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    Bill,
    CreditNote,
}

impl DocumentKind {
    const fn as_str(self) -> &'static str {
        match self {
            DocumentKind::Bill => "bill",
            DocumentKind::CreditNote => "creditNote",
        }
    }
}

/// A tax on a line.
#[derive(Clone, Debug)]
pub struct PostedTax {
    pub category: String,
    /// Percent.
    pub rate: Decimal,
    pub amount: Amount,
}

/// A line of a document. What the customer gets is negative: all lines of a credit note are, but for
/// corrected discounts.
#[derive(Clone, Debug)]
pub struct PostedLine {
    /// The revenue account, where what is sold names one.
    pub code: Option<String>,
    pub net: Amount,
    pub taxes: Vec<PostedTax>,
    pub period: Option<Span>,
}

/// A document that the customer was sent.
#[derive(Clone, Debug)]
pub struct Document {
    pub kind: DocumentKind,
    pub id: String,
    pub number: Option<String>,
    /// Its date.
    pub at: Micros,
    pub account: String,
    pub currency: &'static Currency,
    pub lines: Vec<PostedLine>,
}

impl Document {
    /// Its entry. The receivable is the sum of the lines.
    ///
    /// # Errors
    /// When a sum is larger than can be booked.
    pub fn entry(&self, chart: &Chart) -> Result<Entry, Refusal> {
        let mut collected = Collected::default();
        for line in &self.lines {
            book_line(&mut collected, line, chart);
        }
        Ok(Entry {
            id: format!("{}-{}", self.kind.as_str(), self.id),
            at: self.at,
            kind: self.kind.as_str(),
            source: self.id.clone(),
            number: self.number.clone(),
            account: self.account.clone(),
            currency: self.currency,
            postings: collected.postings()?,
        })
    }
}

fn book_line(collected: &mut Collected, line: &PostedLine, chart: &Chart) {
    // Of several taxes on one line, the first says what kind of revenue it is.
    let category = line.taxes.first().map(|tax| tax.category.clone());
    let revenue = Key {
        rank: 1,
        account: line.code.clone().unwrap_or_else(|| chart.revenue.clone()),
        tax_category: category,
        tax_rate: None,
        period: line.period,
    };
    let net = i128::from(line.net.millionths());
    collected.debit(revenue, -net);
    collected.debit(plain(0, &chart.receivable), net);
    for tax in &line.taxes {
        let amount = i128::from(tax.amount.millionths());
        let payable = Key {
            tax_category: Some(tax.category.clone()),
            // 19 and 19.0 are one rate.
            tax_rate: Some(tax.rate.normalize()),
            ..plain(2, &chart.tax_payable)
        };
        collected.debit(payable, -amount);
        collected.debit(plain(0, &chart.receivable), amount);
    }
}

fn plain(rank: u8, account: &str) -> Key {
    Key {
        rank,
        account: account.to_owned(),
        tax_category: None,
        tax_rate: None,
        period: None,
    }
}

/// Something that changes a receivable without lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MovementKind {
    /// Money came in.
    Payment,
    /// Money was given back.
    Refund,
    /// The bank took a payment back.
    Chargeback,
    /// A debt was given up.
    WriteOff,
    /// A debt that was given up is one again.
    Recovery,
}

impl MovementKind {
    const fn as_str(self) -> &'static str {
        match self {
            MovementKind::Payment => "payment",
            MovementKind::Refund => "refund",
            MovementKind::Chargeback => "chargeback",
            MovementKind::WriteOff => "writeOff",
            MovementKind::Recovery => "recovery",
        }
    }
}

/// A payment, refund, chargeback, write-off or the end of one.
#[derive(Clone, Debug)]
pub struct Movement {
    pub kind: MovementKind,
    /// Of the payment or refund.
    pub id: String,
    pub at: Micros,
    pub account: String,
    pub currency: &'static Currency,
    /// More than nothing.
    pub amount: Amount,
}

impl Movement {
    /// Its entry.
    ///
    /// # Errors
    /// When its amount is not more than nothing.
    pub fn entry(&self, chart: &Chart) -> Result<Entry, Refusal> {
        if self.amount <= Amount::ZERO {
            return Err(Refusal::NotPositive);
        }
        let (debit, credit) = match self.kind {
            MovementKind::Payment => (&chart.cash, &chart.receivable),
            MovementKind::Refund | MovementKind::Chargeback => (&chart.receivable, &chart.cash),
            MovementKind::WriteOff => (&chart.bad_debt, &chart.receivable),
            MovementKind::Recovery => (&chart.receivable, &chart.bad_debt),
        };
        let amount = i128::from(self.amount.millionths());
        let mut collected = Collected::default();
        collected.debit(plain(0, debit), amount);
        collected.debit(plain(1, credit), -amount);
        Ok(Entry {
            id: format!("{}-{}", self.kind.as_str(), self.id),
            at: self.at,
            kind: self.kind.as_str(),
            source: self.id.clone(),
            number: None,
            account: self.account.clone(),
            currency: self.currency,
            postings: collected.postings()?,
        })
    }
}
