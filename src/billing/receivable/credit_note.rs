//! Credit notes: what is taken off lines of a bill.
//!
//! The taxes of a line go with it in proportion, as they were billed. The last credit of a line takes
//! what is left of each, so that a bill and the credit notes of all of it are nothing, to the last
//! digit, in however many parts it was credited.

use rust_decimal::Decimal;

use super::Refusal;
use super::share::{is_payable, share, split};
use super::total::Total;
use crate::domain::money::{Amount, Currency};

/// A tax that was billed on a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineTax {
    pub category: String,
    /// Percent, as billed.
    pub rate: Decimal,
    pub amount: Amount,
}

/// A line of a bill, or what is left of it, or what is credited of it. Discounts are negative.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub id: String,
    pub net: Amount,
    /// In the order of the bill.
    pub taxes: Vec<LineTax>,
}

impl Line {
    /// Net and taxes.
    pub fn gross(&self) -> Total {
        let mut gross: Total = self.taxes.iter().map(|tax| tax.amount).collect();
        gross.add(self.net);
        gross
    }

    /// True when nothing is left of it.
    pub fn is_used_up(&self) -> bool {
        self.net.is_zero() && self.taxes.iter().all(|tax| tax.amount.is_zero())
    }

    /// What is left of a line once a part of it is credited.
    ///
    /// # Errors
    /// When the part is larger.
    pub fn less(&self, credited: &Line) -> Result<Line, Refusal> {
        let mut left = self.clone();
        left.net = rest(self, self.net, credited.net)?;
        for (at, tax) in left.taxes.iter_mut().enumerate() {
            if let Some(part) = credited.taxes.get(at) {
                tax.amount = rest(self, tax.amount, part.amount)?;
            }
        }
        Ok(left)
    }

    /// The part of it that has so much net, with its share of the taxes.
    fn part_of_net(&self, net: Amount, currency: &Currency) -> Line {
        let taxes = self.taxes.iter().map(|tax| LineTax {
            amount: share(tax.amount, net, self.net, currency),
            ..tax.clone()
        });
        Line {
            id: self.id.clone(),
            net,
            taxes: taxes.collect(),
        }
    }

    /// The part of it that has so much net and tax together.
    fn part_of_gross(&self, gross: Amount, whole: Amount, currency: &Currency) -> Line {
        let net = share(self.net, gross, whole, currency);
        let tax = Amount::from_millionths(gross.millionths().saturating_sub(net.millionths()));
        let wholes: Vec<Amount> = self.taxes.iter().map(|tax| tax.amount).collect();
        let amounts = split(tax, &wholes, currency);
        let taxes = self.taxes.iter().zip(amounts);
        Line {
            id: self.id.clone(),
            net,
            taxes: taxes
                .map(|(tax, amount)| LineTax {
                    amount,
                    ..tax.clone()
                })
                .collect(),
        }
    }
}

/// `from - part`, which must not change the sign.
fn rest(line: &Line, from: Amount, part: Amount) -> Result<Amount, Refusal> {
    let left = from.millionths().checked_sub(part.millionths());
    let is_less = |left: &i64| {
        left.unsigned_abs() <= from.millionths().unsigned_abs()
            && left.signum() * from.millionths().signum() >= 0
    };
    left.filter(is_less)
        .map(Amount::from_millionths)
        .ok_or_else(|| Refusal::LineUsedUp {
            line: line.id.clone(),
            left: from.decimal(0).to_string(),
        })
}

/// How much of a line is credited. Amounts have the sign of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Portion {
    /// All that is left.
    Rest,
    /// Without taxes.
    Net(Amount),
    /// With taxes.
    Gross(Amount),
}

/// A line that is to be credited.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub portion: Portion,
}

/// Taxes of a document of one category and rate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxSum {
    pub category: String,
    pub rate: Decimal,
    /// What is taxed.
    pub base: Amount,
    pub amount: Amount,
}

/// What is credited, with the signs of the bill: the note itself takes it off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditNote {
    /// In the order in which they were asked for.
    pub lines: Vec<Line>,
    pub net: Amount,
    pub taxes: Vec<TaxSum>,
    pub gross: Amount,
}

/// Credits parts of lines; `left` is what is left of the lines of the bill. Lines of which nothing is
/// left are passed over when all that is left of them is asked for.
///
/// # Errors
/// For a line that the bill does not have, an amount that cannot be paid, has another sign than the line
/// or is larger than what is left of it.
pub fn credit(currency: &Currency, left: &[Line], asked: &[Asked]) -> Result<CreditNote, Refusal> {
    let mut left: Vec<Line> = left.to_vec();
    let mut lines = Vec::with_capacity(asked.len());
    for one in asked {
        let line = left.iter_mut().find(|line| line.id == one.line);
        let line = line.ok_or_else(|| Refusal::UnknownLine {
            line: one.line.clone(),
        })?;
        let part = part(line, one.portion, currency)?;
        *line = line.less(&part)?;
        if !part.is_used_up() {
            lines.push(part);
        }
    }
    note(lines)
}

/// A part of a line.
fn part(line: &Line, portion: Portion, currency: &Currency) -> Result<Line, Refusal> {
    let gross = line.gross().amount().ok_or(Refusal::TooLarge)?;
    let (asked, whole) = match portion {
        Portion::Rest => return Ok(line.clone()),
        Portion::Net(net) => (net, line.net),
        Portion::Gross(amount) => (amount, gross),
    };
    if asked.is_zero() {
        return Err(Refusal::NotPositive);
    }
    if asked == whole {
        return Ok(line.clone());
    }
    if !is_payable(asked, currency) {
        return Err(Refusal::TooFine);
    }
    if !whole.is_zero() && asked.millionths().signum() != whole.millionths().signum() {
        let line = line.id.clone();
        return Err(Refusal::OtherSign { line });
    }
    rest(line, whole, asked)?;
    Ok(match portion {
        Portion::Gross(_) => line.part_of_gross(asked, whole, currency),
        _ => line.part_of_net(asked, currency),
    })
}

/// The sums of lines.
fn note(lines: Vec<Line>) -> Result<CreditNote, Refusal> {
    let net: Total = lines.iter().map(|line| line.net).collect();
    let mut gross = net;
    let mut taxes: Vec<TaxSum> = Vec::new();
    for (line, tax) in lines
        .iter()
        .flat_map(|line| line.taxes.iter().map(move |tax| (line, tax)))
    {
        gross.add(tax.amount);
        let same = |sum: &&mut TaxSum| sum.category == tax.category && sum.rate == tax.rate;
        match taxes.iter_mut().find(same) {
            Some(sum) => {
                sum.base = sum.base.plus(line.net).ok_or(Refusal::TooLarge)?;
                sum.amount = sum.amount.plus(tax.amount).ok_or(Refusal::TooLarge)?;
            }
            None => taxes.push(TaxSum {
                category: tax.category.clone(),
                rate: tax.rate,
                base: line.net,
                amount: tax.amount,
            }),
        }
    }
    Ok(CreditNote {
        net: net.amount().ok_or(Refusal::TooLarge)?,
        gross: gross.amount().ok_or(Refusal::TooLarge)?,
        taxes,
        lines,
    })
}
