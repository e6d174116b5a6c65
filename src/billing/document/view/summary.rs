//! The sums of a bill: by group or by kind, taxes, total, what is left to pay.

use rust_decimal::Decimal;

use super::Writer;
use crate::billing::document::check::{gross, sum};
use crate::billing::document::fault::Fault;
use crate::billing::document::locale::fill;
use crate::billing::document::statement::{Line, LineKind, Tax};

/// With more groups than these the summary is by kind of charge.
const GROUPS: usize = 10;

/// A label with an amount.
pub struct Row {
    pub label: String,
    pub detail: Option<String>,
    pub amount: String,
    pub weight: Weight,
}

/// How much a row stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// Part of a sum that stands above: "of which".
    Within,
    Plain,
    Sum,
    Total,
}

impl Row {
    pub fn new(label: &str, amount: String) -> Row {
        Row {
            label: label.to_owned(),
            detail: None,
            amount,
            weight: Weight::Plain,
        }
    }

    pub fn weighing(self, weight: Weight) -> Row {
        Row { weight, ..self }
    }
}

impl Writer<'_> {
    pub(super) fn summary(&self) -> Result<Vec<Row>, Fault> {
        let (label, totals) = (&self.locale.label, &self.statement.totals);
        let mut rows = self.parts()?;
        if !self.with_tax() {
            let net = Row::new(&label.net_total, self.total(totals.net));
            rows.push(net.weighing(Weight::Sum));
            rows.extend(self.taxes(&label.tax_on, Weight::Plain));
        }
        let gross = Row::new(&label.gross_total, self.total(totals.gross));
        rows.push(gross.weighing(Weight::Total));
        if self.with_tax() {
            rows.extend(self.taxes(&label.tax_within, Weight::Within));
        }
        rows.extend(self.deductions());
        Ok(rows)
    }

    /// What the whole consists of.
    fn parts(&self) -> Result<Vec<Row>, Fault> {
        let groups = &self.statement.groups;
        if groups.len() > GROUPS || groups.iter().any(|group| group.title.is_empty()) {
            return self.by_kind();
        }
        let rows = groups.iter().map(|group| {
            let amount = self.amount_of(group.lines.iter())?;
            let row = Row::new(&group.title, self.total(amount));
            Ok(Row {
                detail: group.subtitle.clone(),
                ..row
            })
        });
        rows.collect()
    }

    fn by_kind(&self) -> Result<Vec<Row>, Fault> {
        let lines = || self.statement.groups.iter().flat_map(|group| &group.lines);
        let mut kinds: Vec<LineKind> = lines().map(|line| line.kind).collect();
        kinds.sort();
        kinds.dedup();
        let rows = kinds.into_iter().map(|kind| {
            let amount = self.amount_of(lines().filter(|line| line.kind == kind))?;
            Ok(Row::new(self.kind(kind), self.total(amount)))
        });
        rows.collect()
    }

    fn taxes(&self, pattern: &str, weight: Weight) -> Vec<Row> {
        let row = |tax: &Tax| {
            let rate = self.locale.percent(tax.rate);
            let base = self.total(tax.base);
            let values = [
                ("name", tax.name.as_str()),
                ("rate", &rate),
                ("base", &base),
            ];
            Row {
                label: fill(pattern, &values),
                detail: tax.reason.clone(),
                amount: self.total(tax.amount),
                weight,
            }
        };
        self.statement.taxes.iter().map(row).collect()
    }

    /// What has been settled before, and what is left.
    fn deductions(&self) -> Vec<Row> {
        let (label, totals) = (&self.locale.label, &self.statement.totals);
        let parts = [
            (&label.paid, -totals.paid),
            (&label.credited, -totals.credited),
            (&label.rounding, totals.rounding),
        ];
        let mut rows: Vec<Row> = parts
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(label, amount)| Row::new(label, self.total(amount)))
            .collect();
        if !rows.is_empty() {
            let due = Row::new(&label.amount_due, self.total(totals.due));
            rows.push(due.weighing(Weight::Total));
        }
        rows
    }

    fn total(&self, amount: Decimal) -> String {
        self.money(self.shown(amount))
    }

    /// The sum of lines, with tax if lines are shown with it.
    pub(super) fn amount_of<'l>(
        &self,
        mut lines: impl Iterator<Item = &'l Line>,
    ) -> Result<Decimal, Fault> {
        if !self.with_tax() {
            return sum(lines.map(|line| line.net));
        }
        lines.try_fold(Decimal::ZERO, |total, line| {
            total.checked_add(gross(line)?).ok_or(Fault::Overflow)
        })
    }

    pub(super) fn kind(&self, kind: LineKind) -> &str {
        let label = &self.locale.label;
        match kind {
            LineKind::Recurring => &label.recurring,
            LineKind::OneTime => &label.one_time,
            LineKind::Usage => &label.usage,
            LineKind::Discount => &label.discount,
            LineKind::Credit => &label.credit,
            LineKind::Penalty => &label.penalty,
            LineKind::Commitment => &label.commitment,
        }
    }
}
