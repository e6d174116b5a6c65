//! From exact charges to rounded lines, tax items and totals.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::account::Rules;
use super::charge::{Draft, Rounding, settled_to, sum};
use super::line::Line;
use super::mark::{Mark, Part};
use super::tax::{self, Taxes};
use crate::domain::exact::Ratio;
use crate::domain::money::Amount;
use crate::domain::tax::TaxMode;

/// One tax of the bill (TMF678 `TaxItem`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaxItem {
    pub category: Box<str>,
    /// In per cent; nothing for who is exempt.
    pub rate: Decimal,
    pub exempt: bool,
    /// The net amounts of its lines.
    pub base: Amount,
    /// The sum of what its lines have of it.
    pub amount: Amount,
}

/// The sums of a bill.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// `taxExcludedAmount`
    pub net: Amount,
    pub tax: Amount,
    /// `taxIncludedAmount`
    pub gross: Amount,
}

/// Rounds what is not rounded yet: each line, or the sum of those with the same taxes.
pub fn round(drafts: &mut [Draft], rounding: Rounding) -> Option<()> {
    if rounding.by_line {
        for draft in drafts.iter_mut().filter(|draft| draft.units.is_none()) {
            draft.units = Some(rounding.units(draft.exact)?);
        }
        return Some(());
    }
    let mut groups: Vec<(TaxMode, Taxes, Vec<usize>)> = Vec::new();
    for (place, draft) in drafts.iter().enumerate() {
        if draft.units.is_some() {
            continue;
        }
        let is_own = |(mode, taxes, _): &&mut (TaxMode, Taxes, Vec<usize>)| {
            *mode == draft.mode && *taxes == draft.taxes
        };
        match groups.iter_mut().find(is_own) {
            Some((_, _, places)) => places.push(place),
            None => groups.push((draft.mode, draft.taxes.clone(), vec![place])),
        }
    }
    for (_, _, places) in groups {
        let exact: Option<Vec<Ratio>> = places
            .iter()
            .map(|place| drafts.get(*place).map(|draft| draft.exact))
            .collect();
        let exact = exact?;
        let total = rounding.units(sum(&exact)?)?;
        let units = settled_to(&exact, total, rounding)?;
        for (place, units) in places.into_iter().zip(units) {
            drafts.get_mut(place)?.units = Some(units);
        }
    }
    Some(())
}

/// Notes what is charged. Parts of which nothing is left are forgotten, those that agree in all but the
/// amount become one.
pub fn note(drafts: &[Draft], marks: &mut [Mark], rounding: Rounding) -> Option<()> {
    for draft in drafts {
        for slot in &draft.slots {
            let term = marks.get_mut(slot.mark)?.terms.get_mut(slot.term)?;
            let part = term.parts.get_mut(slot.part)?;
            let units = slot.units.or(draft.units)?;
            part.amount = part.amount.plus(rounding.amount(units)?)?;
        }
    }
    for term in marks.iter_mut().flat_map(|mark| &mut mark.terms) {
        if term.parts.len() > 1 {
            term.parts = together(std::mem::take(&mut term.parts))?;
        }
        term.parts.retain(|part| !part.amount.is_zero());
    }
    Some(())
}

fn together(parts: Vec<Part>) -> Option<Vec<Part>> {
    let mut together: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        let known = together.iter_mut().find(|known| {
            (known.coverage, known.mode) == (part.coverage, part.mode) && known.taxes == part.taxes
        });
        match known {
            Some(known) => known.amount = known.amount.plus(part.amount)?,
            None => together.push(part),
        }
    }
    Some(together)
}

/// Lines with their taxes.
pub fn lines(drafts: Vec<Draft>, rules: &Rules, rounding: Rounding) -> Option<Vec<Line>> {
    let untaxed: Option<Vec<tax::Untaxed<'_>>> = drafts
        .iter()
        .map(|draft| Some((draft.units?, draft.mode, &draft.taxes)))
        .collect();
    let taxed = tax::apply(&untaxed?, rules)?;
    let mut lines = Vec::with_capacity(drafts.len());
    for (draft, taxed) in drafts.into_iter().zip(taxed) {
        let mut gross = taxed.net;
        let mut tax_amounts = Vec::with_capacity(taxed.taxes.len());
        for tax in taxed.taxes {
            gross = gross.checked_add(tax)?;
            tax_amounts.push(rounding.amount(tax)?);
        }
        lines.push(Line {
            kind: draft.kind,
            name: draft.name,
            product: draft.product,
            price: draft.price,
            label: draft.label,
            coverage: draft.coverage,
            net: rounding.amount(taxed.net)?,
            gross: rounding.amount(gross)?,
            mode: draft.mode,
            taxes: draft.taxes,
            tax_amounts: tax_amounts.into(),
            measured: draft.measured,
            late: draft.late,
            exact: draft.exact,
            steps: draft.steps,
            pending: draft.pending,
        });
    }
    Some(lines)
}

/// What lines sum to.
pub fn totals(lines: &[Line]) -> Option<(Vec<TaxItem>, Totals)> {
    let mut items: BTreeMap<(&str, Decimal, bool), (Amount, Amount)> = BTreeMap::new();
    let mut totals = Totals::default();
    for line in lines {
        totals.net = totals.net.plus(line.net)?;
        totals.gross = totals.gross.plus(line.gross)?;
        for (tax, amount) in line.taxes.0.iter().zip(&line.tax_amounts) {
            let key = (&*tax.category, tax.due().percent, tax.exempt);
            let (base, sum) = items.entry(key).or_default();
            *base = base.plus(line.net)?;
            *sum = sum.plus(*amount)?;
            totals.tax = totals.tax.plus(*amount)?;
        }
    }
    let items = items
        .into_iter()
        .map(|((category, rate, exempt), (base, amount))| TaxItem {
            category: category.into(),
            rate,
            exempt,
            base,
            amount,
        });
    Some((items.collect(), totals))
}
