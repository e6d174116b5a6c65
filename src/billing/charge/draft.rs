//! A charge on its way to a line.

use crate::billing::line::{LineKind, Step};
use crate::billing::tally::Measured;
use crate::billing::tax::Taxes;
use crate::domain::exact::Ratio;
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// A line without tax.
#[derive(Clone, Debug)]
pub struct Draft {
    pub kind: LineKind,
    pub name: Box<str>,
    pub product: Option<Box<str>>,
    pub price: Option<Box<str>>,
    pub label: Box<str>,
    pub coverage: Span,
    pub mode: TaxMode,
    pub taxes: Taxes,
    /// In `mode`.
    pub exact: Ratio,
    /// The same in smallest units of the currency, once it is rounded.
    pub units: Option<i128>,
    pub measured: Option<Measured>,
    pub late: bool,
    /// A whole short term, which stands in one line with those that follow it.
    pub joins: bool,
    pub steps: Vec<Step>,
    pub pending: Option<Box<str>>,
    /// Where it is to be noted that it was charged.
    pub slots: Vec<Slot>,
}

/// A part of a mark ([`crate::billing::mark::Part`]), by its places.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    pub mark: usize,
    pub term: usize,
    pub part: usize,
    /// What of the line it is; all of it without.
    pub units: Option<i128>,
}

impl Draft {
    /// What lines are told apart and put in order by.
    pub fn key(&self) -> impl Ord + '_ {
        (
            self.product.as_deref(),
            self.kind,
            self.price.as_deref(),
            &*self.label,
            self.coverage,
            (&self.taxes.0, &*self.name, self.pending.as_deref()),
        )
    }

    /// True where it is worth a line: an amount, usage be it free, or what somebody has booked.
    pub fn is_shown(&self) -> bool {
        self.units != Some(0) || self.measured.is_some() || self.pending.is_some()
    }

    /// True where another one follows at once and costs the same.
    pub fn continues(&self, next: &Draft) -> bool {
        let same_units = || {
            let last = self.slots.last().and_then(|slot| slot.units);
            last.is_some() && last == next.units
        };
        self.joins
            && next.joins
            && self.coverage.to == next.coverage.from
            && (&self.product, &self.price, self.kind) == (&next.product, &next.price, next.kind)
            && (self.mode, &self.taxes) == (next.mode, &next.taxes)
            && self.arithmetic() == next.arithmetic()
            && same_units()
    }

    /// Takes in one that follows.
    pub fn append(&mut self, next: Draft) -> Option<()> {
        self.exact = self.exact.plus(next.exact)?;
        self.units = Some(self.units?.checked_add(next.units?)?);
        self.coverage.to = next.coverage.to;
        self.slots.extend(next.slots);
        let terms = u32::try_from(self.slots.len()).ok()?;
        self.steps.truncate(self.arithmetic().len());
        self.steps.push(Step::Terms(terms));
        Some(())
    }

    /// The steps of one term.
    fn arithmetic(&self) -> &[Step] {
        match self.steps.split_last() {
            Some((Step::Terms(_), steps)) => steps,
            _ => &self.steps,
        }
    }
}
