//! Taxes of the lines of a bill, such that lines sum to the tax items and these to the tax of the bill.
//!
//! By default a tax is computed once, on the sum of its lines, and shared among these by largest
//! remainder. Of prices that hold the tax, the sum of what is without it is computed once for each
//! combination of taxes; the tax of a line is the rest, so that its gross amount stays as it was given.

use super::{Tax, Taxes};
use crate::billing::account::{Level, Rules};
use crate::domain::exact::{Mode, Ratio, allotted_into, divided, settled_into};
use crate::domain::tax::TaxMode;

/// The amounts of a line, in the smallest units of the currency.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taxed {
    pub net: i128,
    /// Of each tax of the line, in order.
    pub taxes: Vec<i128>,
}

/// A line before tax: its amount in its mode, in the smallest units.
pub type Untaxed<'l> = (i128, TaxMode, &'l Taxes);

/// The amounts of lines with their taxes; `None` where a number does not fit.
pub fn apply(lines: &[Untaxed<'_>], rules: &Rules) -> Option<Vec<Taxed>> {
    let mut taxed: Vec<Taxed> = lines
        .iter()
        .map(|(units, _, taxes)| Taxed {
            net: *units,
            taxes: vec![0; taxes.0.len()],
        })
        .collect();
    for (_, places) in groups(lines, TaxMode::Gross) {
        take_out(lines, &places, &mut taxed, rules)?;
    }
    for (tax, places) in items(lines) {
        add(lines, tax, &places, &mut taxed, rules)?;
    }
    Some(taxed)
}

/// Lines of one mode by their combination of taxes.
fn groups<'l>(lines: &[Untaxed<'l>], mode: TaxMode) -> Vec<(&'l Taxes, Vec<usize>)> {
    let mut groups: Vec<(&Taxes, Vec<usize>)> = Vec::new();
    for (place, (_, own, taxes)) in lines.iter().enumerate() {
        if *own != mode || taxes.0.is_empty() {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| known == taxes) {
            Some((_, places)) => places.push(place),
            None => groups.push((taxes, vec![place])),
        }
    }
    groups
}

/// Lines of net prices by each of their taxes, with its place among those of the line.
fn items<'l>(lines: &[Untaxed<'l>]) -> Vec<(&'l Tax, Vec<(usize, usize)>)> {
    let mut items: Vec<(&Tax, Vec<(usize, usize)>)> = Vec::new();
    for (place, (_, mode, taxes)) in lines.iter().enumerate() {
        if *mode != TaxMode::Net {
            continue;
        }
        for (at, tax) in taxes.0.iter().enumerate() {
            match items.iter_mut().find(|(known, _)| *known == tax) {
                Some((_, places)) => places.push((place, at)),
                None => items.push((tax, vec![(place, at)])),
            }
        }
    }
    items
}

/// Takes the taxes out of lines of gross prices with one combination of taxes.
fn take_out(
    lines: &[Untaxed<'_>],
    places: &[usize],
    taxed: &mut [Taxed],
    rules: &Rules,
) -> Option<()> {
    let (_, _, taxes) = lines.get(*places.first()?)?;
    let factor = taxes.factor()?;
    let mut nets = Vec::with_capacity(places.len());
    let mut sum = 0_i128;
    for place in places {
        let units = lines.get(*place)?.0;
        sum = sum.checked_add(units)?;
        nets.push(units.checked_mul(factor.denominator())?);
    }
    match rules.taxes {
        Level::Line => round_each(&mut nets, factor.numerator(), rules.rounding),
        Level::Bill => {
            let all = sum.checked_mul(factor.denominator())?;
            let total = divided(all, factor.numerator(), rules.rounding);
            settled_into(total, &mut nets, factor.numerator());
        }
    }
    let shares = shares(taxes)?;
    for (place, net) in places.iter().zip(nets) {
        let line = taxed.get_mut(*place)?;
        let tax = line.net.checked_sub(net)?;
        line.net = net;
        let mut parts = shares.clone();
        if allotted_into(tax, &mut parts).is_none() {
            parts.fill(0);
        }
        for ((part, own), due) in parts.into_iter().zip(&mut line.taxes).zip(taxes.0.iter()) {
            *own = if due.exempt { 0 } else { part };
        }
    }
    Some(())
}

/// The rates of taxes as whole numbers in their proportion.
fn shares(taxes: &Taxes) -> Option<Vec<i128>> {
    let shares: Option<Vec<Ratio>> = taxes.0.iter().map(|tax| tax.rate.share()).collect();
    let shares = shares?;
    let common = shares.iter().try_fold(1, |common, share| {
        crate::domain::exact::least_common_multiple(common, share.denominator())
    })?;
    shares
        .iter()
        .map(|share| share.numerator().checked_mul(common / share.denominator()))
        .collect()
}

/// Adds a tax to lines of net prices.
fn add(
    lines: &[Untaxed<'_>],
    tax: &Tax,
    places: &[(usize, usize)],
    taxed: &mut [Taxed],
    rules: &Rules,
) -> Option<()> {
    let share = tax.due().share()?;
    if share.is_zero() {
        return Some(());
    }
    let mut taxes = Vec::with_capacity(places.len());
    let mut base = 0_i128;
    for (place, _) in places {
        let units = lines.get(*place)?.0;
        base = base.checked_add(units)?;
        taxes.push(units.checked_mul(share.numerator())?);
    }
    match rules.taxes {
        Level::Line => round_each(&mut taxes, share.denominator(), rules.rounding),
        Level::Bill => {
            let all = base.checked_mul(share.numerator())?;
            let total = divided(all, share.denominator(), rules.rounding);
            settled_into(total, &mut taxes, share.denominator());
        }
    }
    for ((place, at), amount) in places.iter().zip(taxes) {
        *taxed.get_mut(*place)?.taxes.get_mut(*at)? = amount;
    }
    Some(())
}

fn round_each(numerators: &mut [i128], denominator: i128, mode: Mode) {
    for numerator in numerators {
        *numerator = divided(*numerator, denominator, mode);
    }
}
