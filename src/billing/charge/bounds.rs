//! Maximum spend and minimum commitment, when all else is charged and rounded.

use super::draft::Draft;
use super::rate::exact;
use super::reckon::{Rounding, settled_to};
use crate::billing::bill::AccountPeriod;
use crate::billing::commitment::{Bound, Commitment};
use crate::billing::fault::Fault;
use crate::billing::line::{LineKind, Step};
use crate::billing::tax::{Taxes, tax_point};
use crate::domain::exact::{Ratio, power_of_ten};
use crate::domain::tax::TaxMode;

const LARGE: Fault = Fault::large("what bounds a period");

/// Applies all maxima, then all minima, each in the order given; each sees what those before it have
/// changed.
///
/// A maximum takes off in proportion to the charges, one credit for each product and combination of
/// taxes; a minimum adds one charge, with the last bill of the period.
///
/// # Errors
/// Another currency, an unknown tax, a number that does not fit.
pub fn bound(
    given: &AccountPeriod,
    rounding: Rounding,
    drafts: &mut Vec<Draft>,
) -> Result<(), Fault> {
    for kind in [Bound::Maximum, Bound::Minimum] {
        for own in given.commitments.iter().filter(|own| own.bound == kind) {
            if own.currency.code != given.account.currency.code {
                return Err(Fault::Currency {
                    what: own.id.clone(),
                    found: own.currency.code,
                    expected: given.account.currency.code,
                });
            }
            match kind {
                Bound::Maximum => lower(own, rounding, drafts).ok_or(LARGE)?,
                Bound::Minimum if given.closes => raise(own, given, rounding, drafts)?,
                Bound::Minimum => {}
            }
        }
    }
    Ok(())
}

/// Charges that are credited together.
struct Group {
    product: Option<Box<str>>,
    mode: TaxMode,
    taxes: Taxes,
    /// In smallest units of its own mode.
    units: i128,
}

fn lower(own: &Commitment, rounding: Rounding, drafts: &mut Vec<Draft>) -> Option<()> {
    let (groups, charged) = counted(own, rounding, drafts)?;
    let bound = bound_of(own)?;
    let excess = charged.plus(exact(own.before)?)?.minus(bound)?;
    if excess.is_negative() || excess.is_zero() || charged.is_negative() || charged.is_zero() {
        return Some(());
    }
    // No more than there is on this bill.
    let excess = match excess.compare(charged)?.is_gt() {
        true => charged,
        false => excess,
    };
    let share = excess.times(Ratio::new(charged.denominator(), charged.numerator())?)?;
    let mut credits = Vec::with_capacity(groups.len());
    let mut total = Ratio::ZERO;
    for group in &groups {
        let units = Ratio::new(group.units, power_of_ten(rounding.digits)?)?;
        let credit = units.times(share)?;
        total = total.plus(credit)?;
        credits.push(credit);
    }
    let units = settled_to(&credits, rounding.units(total)?, rounding)?;
    let steps = vec![Step::Bounded {
        charged: rounding.amount(rounding.units(charged)?)?,
        bound: rounding.amount(rounding.units(bound)?)?,
    }];
    for ((group, credit), units) in groups.into_iter().zip(credits).zip(units) {
        if units == 0 {
            continue;
        }
        drafts.push(Draft {
            kind: LineKind::Credit,
            name: own.name.clone(),
            product: group.product,
            price: Some(own.id.clone()),
            label: Box::default(),
            coverage: own.coverage,
            mode: group.mode,
            taxes: group.taxes,
            exact: Ratio::ZERO.minus(credit)?,
            units: Some(-units),
            measured: None,
            late: false,
            joins: false,
            steps: steps.clone(),
            pending: None,
            slots: Vec::new(),
        });
    }
    Some(())
}

fn raise(
    own: &Commitment,
    given: &AccountPeriod,
    rounding: Rounding,
    drafts: &mut Vec<Draft>,
) -> Result<(), Fault> {
    let missing = || {
        let (_, charged) = counted(own, rounding, drafts)?;
        let charged = charged.plus(exact(own.before)?)?;
        Some((charged, bound_of(own)?.minus(charged)?))
    };
    let (charged, missing) = missing().ok_or(LARGE)?;
    let units = rounding.units(missing).ok_or(LARGE)?;
    if units <= 0 {
        return Ok(());
    }
    let rule = given.account.rules.tax_point;
    let at = tax_point(rule, &own.coverage, &given.period);
    let taxes = Taxes::of(&own.taxes, at, &given.account)?;
    let amount = |value| rounding.amount(rounding.units(value)?);
    drafts.push(Draft {
        kind: LineKind::UsageCharge,
        name: own.name.clone(),
        product: own.product.clone(),
        price: Some(own.id.clone()),
        label: Box::default(),
        coverage: own.coverage,
        mode: own.mode,
        taxes,
        exact: missing,
        units: Some(units),
        measured: None,
        late: false,
        joins: false,
        steps: vec![Step::Bounded {
            charged: amount(charged).ok_or(LARGE)?,
            bound: bound_of(own).and_then(amount).ok_or(LARGE)?,
        }],
        pending: None,
        slots: Vec::new(),
    });
    Ok(())
}

/// The charges that count, by product and taxes, and their sum in the mode of the commitment.
fn counted(own: &Commitment, rounding: Rounding, drafts: &[Draft]) -> Option<(Vec<Group>, Ratio)> {
    let mut groups: Vec<Group> = Vec::new();
    let mut sum = Ratio::ZERO;
    for draft in drafts {
        if !counts(own, draft) {
            continue;
        }
        let units = draft.units?;
        let amount = Ratio::new(units, power_of_ten(rounding.digits)?)?;
        let charged = draft.taxes.converted(amount, draft.mode, own.mode)?;
        sum = sum.plus(charged)?;
        let known = groups.iter_mut().find(|group| {
            group.product == draft.product && group.mode == draft.mode && group.taxes == draft.taxes
        });
        match known {
            Some(group) => {
                group.units = group.units.checked_add(units)?;
            }
            None => groups.push(Group {
                product: draft.product.clone(),
                mode: draft.mode,
                taxes: draft.taxes.clone(),
                units,
            }),
        }
    }
    Some((groups, sum))
}

/// Usage of the period counts, and what other bounds made of it.
fn counts(own: &Commitment, draft: &Draft) -> bool {
    let is_bound = matches!(draft.steps.first(), Some(Step::Bounded { .. }));
    let is_usage = draft.measured.is_some() || is_bound;
    is_usage && !draft.late && own.counts(draft.product.as_deref(), draft.price.as_deref())
}

/// The amount for the part of the period for which it holds.
fn bound_of(own: &Commitment) -> Option<Ratio> {
    let (part, whole) = own.days;
    exact(own.amount)?.times(Ratio::new(i128::from(part), i128::from(whole))?)
}
