//! What is looked at before a bill is made valid.

use super::bill::Bill;
use super::line::{Line, LineKind};
use crate::domain::exact::{Ratio, power_of_ten};
use crate::domain::money::Amount;

/// What bills are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// A bill is held for review that is so many per cent of the mean of those before it, or more. 0
    /// holds none.
    pub percent: u32,
    /// A bill of less than this is never held.
    pub least: Amount,
    /// How many bills before it there must be for a mean.
    pub bills: usize,
}

impl Default for Limits {
    /// Three times the mean of three bills or more.
    fn default() -> Self {
        Limits {
            percent: 300,
            least: Amount::ZERO,
            bills: 3,
        }
    }
}

/// Something that a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// The lines do not sum to the total.
    Sum { lines: Amount, total: Amount },
    /// The lines do not sum to a tax item, or tax items to the tax of the bill.
    Tax {
        category: Box<str>,
        lines: Amount,
        item: Amount,
    },
    /// A line of so many (its place) is below nothing and no credit, or a credit above nothing.
    Sign { line: usize },
    /// Net and tax of a line (its place) are not its gross amount.
    Line { line: usize },
    /// Much more than the bills before it.
    Outlier { amount: Amount, mean: Amount },
    /// A sum does not fit.
    TooLarge,
}

impl Finding {
    /// True for what somebody is to look at; false for what must not be, so that the bill is not made.
    pub const fn is_for_review(&self) -> bool {
        matches!(self, Finding::Outlier { .. })
    }
}

/// Looks at a bill. `history` are the gross amounts of bills before it, in its currency.
pub fn check(bill: &Bill, history: &[Amount], limits: &Limits) -> Vec<Finding> {
    let mut findings = Vec::new();
    if sums(bill, &mut findings).is_none() {
        findings.push(Finding::TooLarge);
    }
    for (place, line) in bill.lines.iter().enumerate() {
        if !has_its_sign(line) {
            findings.push(Finding::Sign { line: place });
        }
        let tax = total(line.tax_amounts.iter());
        if tax.and_then(|tax| line.net.plus(tax)) != Some(line.gross) {
            findings.push(Finding::Line { line: place });
        }
    }
    findings.extend(outlier(bill.totals.gross, history, limits));
    findings
}

fn sums(bill: &Bill, findings: &mut Vec<Finding>) -> Option<()> {
    let totals = &bill.totals;
    for (lines, sum) in [
        (total(bill.lines.iter().map(|line| &line.net))?, totals.net),
        (
            total(bill.lines.iter().map(|line| &line.gross))?,
            totals.gross,
        ),
        (totals.net.plus(totals.tax)?, totals.gross),
    ] {
        if lines != sum {
            findings.push(Finding::Sum { lines, total: sum });
        }
    }
    let mut all = Amount::ZERO;
    for item in &bill.tax_items {
        let own = bill.lines.iter().flat_map(|line| {
            let taxes = line.taxes.0.iter().zip(&line.tax_amounts);
            let of_item = taxes.filter(|(tax, _)| {
                (&tax.category, tax.due().percent, tax.exempt)
                    == (&item.category, item.rate, item.exempt)
            });
            of_item.map(|(_, amount)| amount)
        });
        let lines = total(own)?;
        if lines != item.amount {
            findings.push(Finding::Tax {
                category: item.category.clone(),
                lines,
                item: item.amount,
            });
        }
        all = all.plus(item.amount)?;
    }
    if all != totals.tax {
        findings.push(Finding::Tax {
            category: "".into(),
            lines: all,
            item: totals.tax,
        });
    }
    Some(())
}

fn has_its_sign(line: &Line) -> bool {
    match line.kind {
        LineKind::Credit => line.net <= Amount::ZERO && line.gross <= Amount::ZERO,
        _ => line.net >= Amount::ZERO && line.gross >= Amount::ZERO,
    }
}

fn outlier(amount: Amount, history: &[Amount], limits: &Limits) -> Option<Finding> {
    let is_known = limits.percent > 0 && !history.is_empty() && history.len() >= limits.bills;
    if !is_known || amount < limits.least {
        return None;
    }
    let sum: i128 = history.iter().map(|own| i128::from(own.millionths())).sum();
    let bills = i128::try_from(history.len()).ok()?;
    let bound = sum.checked_mul(i128::from(limits.percent))?;
    let own = i128::from(amount.millionths())
        .checked_mul(bills)?
        .checked_mul(100)?;
    if sum <= 0 || own < bound {
        return None;
    }
    let mean = Ratio::new(sum, bills.checked_mul(power_of_ten(Amount::SCALE)?)?)?;
    let mean = mean.rounded(Amount::SCALE, crate::domain::exact::Mode::HalfUp)?;
    Some(Finding::Outlier {
        amount,
        mean: Amount::from_millionths(i64::try_from(mean).ok()?),
    })
}

fn total<'a>(mut amounts: impl Iterator<Item = &'a Amount>) -> Option<Amount> {
    amounts.try_fold(Amount::ZERO, |sum, own| sum.plus(*own))
}

#[cfg(test)]
mod tests {
    use super::{Finding, Limits, check};
    use crate::billing::tests::sample;
    use crate::domain::money::Amount;

    fn euros(amount: i64) -> Amount {
        Amount::from_millionths(amount * 1_000_000)
    }

    #[test]
    fn a_bill_that_is_right_has_no_findings() {
        assert_eq!(check(&sample(), &[], &Limits::default()), Vec::new());
    }

    #[test]
    fn a_total_that_is_not_the_sum_is_found() {
        let mut bill = sample();
        bill.totals.net = bill.totals.net.plus(euros(1)).unwrap();
        let findings = check(&bill, &[], &Limits::default());
        assert_eq!(findings.len(), 2, "{findings:?}");
        assert!(
            findings
                .iter()
                .all(|own| matches!(own, Finding::Sum { .. }))
        );
        assert!(findings.iter().all(|own| !own.is_for_review()));
    }

    #[test]
    fn a_tax_item_that_is_not_the_sum_is_found() {
        let mut bill = sample();
        bill.tax_items[0].amount = euros(1);
        let findings = check(&bill, &[], &Limits::default());
        assert!(
            findings
                .iter()
                .all(|own| matches!(own, Finding::Tax { .. }))
        );
        assert_eq!(findings.len(), 2, "{findings:?}");
    }

    #[test]
    fn a_line_that_contradicts_itself_is_found() {
        let mut bill = sample();
        bill.lines[0].net = euros(-30);
        let findings = check(&bill, &[], &Limits::default());
        assert!(findings.contains(&Finding::Sign { line: 0 }));
        assert!(findings.contains(&Finding::Line { line: 0 }));
    }

    #[test]
    fn what_is_far_above_the_mean_is_held() {
        // 30.00 and 5.70; the mean of 10, 11 and 12 is 11, three times that 33.
        let bill = sample();
        let history = [euros(10), euros(11), euros(12)];
        let held = |history: &[Amount], limits: Limits| {
            let findings = check(&bill, history, &limits);
            findings.iter().any(Finding::is_for_review)
        };
        let limits = Limits::default();
        let found = check(&bill, &history, &limits);
        let expected = Finding::Outlier {
            amount: Amount::from_millionths(35_700_000),
            mean: euros(11),
        };
        assert_eq!(found, vec![expected]);
        assert!(!held(&history[..2], limits));
        assert!(!held(&[euros(12), euros(12), euros(12)], limits));
        assert!(!held(
            &history,
            Limits {
                least: euros(36),
                ..limits
            }
        ));
        assert!(!held(
            &history,
            Limits {
                percent: 0,
                ..limits
            }
        ));
        assert!(!held(&[], Limits { bills: 0, ..limits }));
        assert!(!held(&[euros(0); 3], limits));
    }
}
