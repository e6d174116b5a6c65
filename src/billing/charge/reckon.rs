//! What is due for a term against what was charged for it: the difference is billed, where it arose.

use super::draft::Slot;
use super::proration::Measure;
use super::rate::exact;
use super::segment::Segment;
use crate::billing::mark::Part;
use crate::billing::tax::Taxes;
use crate::domain::clock::Micros;
use crate::domain::exact::{Mode, Ratio, allotted_into, power_of_ten, settled_into};
use crate::domain::money::Amount;
use crate::domain::span::Span;
use crate::domain::tax::TaxMode;

/// Digits beyond those of the currency by which remainders are told apart.
const FINER: u32 = 9;

/// How charges are rounded.
#[derive(Clone, Copy, Debug)]
pub struct Rounding {
    /// Digits of the currency.
    pub digits: u32,
    pub mode: Mode,
    /// Each line at once, not the sum of lines.
    pub by_line: bool,
}

/// A difference that is to be billed.
#[derive(Clone, Debug)]
pub struct Difference {
    pub coverage: Span,
    pub exact: Ratio,
    /// In smallest units, where lines are rounded.
    pub units: Option<i128>,
    /// Of the charge that is corrected; none for those of the price.
    pub taxes: Option<Taxes>,
    /// The place of what is due at that time; none where nothing is.
    pub segment: Option<usize>,
    /// What was charged for the same time.
    pub charged: Amount,
    /// What share of the term it is; none for all of it.
    pub share: Option<(i128, i128)>,
    /// The place of the part that it belongs to.
    pub part: usize,
}

/// A term after it was reckoned.
#[derive(Clone, Debug, Default)]
pub struct Reckoned {
    /// What was charged before; differences are still to be added.
    pub parts: Vec<Part>,
    pub differences: Vec<Difference>,
}

/// A time between two instants at which something changes.
struct Cell {
    span: Span,
    length: i128,
    segment: Option<usize>,
    share: Option<(i128, i128)>,
    due: Ratio,
    /// What was charged, by the place of the part, in millionths.
    charged: Vec<(usize, i128)>,
}

impl Rounding {
    /// Smallest units of an exact amount.
    pub fn units(&self, value: Ratio) -> Option<i128> {
        value.rounded(self.digits, self.mode)
    }

    /// Smallest units as an amount.
    pub fn amount(&self, units: i128) -> Option<Amount> {
        let factor = power_of_ten(Amount::SCALE.checked_sub(self.digits)?)?;
        let millionths = i64::try_from(units.checked_mul(factor)?).ok()?;
        Some(Amount::from_millionths(millionths))
    }
}

/// A term that was not charged before. Its lines sum to the rounded sum of what is due.
pub fn fresh(segments: &[Segment], mode: TaxMode, to: Rounding) -> Option<Reckoned> {
    let dues: Vec<Ratio> = segments.iter().map(|own| own.exact).collect();
    let units = match to.by_line {
        true => {
            let units = settled_to(&dues, to.units(sum(&dues)?)?, to)?;
            units.into_iter().map(Some).collect()
        }
        false => vec![None; segments.len()],
    };
    let mut reckoned = Reckoned::default();
    for (place, (segment, units)) in segments.iter().zip(units).enumerate() {
        reckoned.parts.push(Part {
            coverage: segment.coverage,
            amount: Amount::ZERO,
            mode,
            taxes: Taxes::default(),
        });
        reckoned.differences.push(Difference {
            coverage: segment.coverage,
            exact: segment.exact,
            units,
            taxes: None,
            segment: Some(place),
            charged: Amount::ZERO,
            share: segment.share,
            part: place,
        });
    }
    Some(reckoned)
}

/// A term that was charged before. `measure` measures it.
pub fn again(
    segments: &[Segment],
    parts: &[Part],
    measure: impl FnOnce() -> Option<Measure>,
    to: Rounding,
) -> Option<Reckoned> {
    let unchanged = || Reckoned {
        parts: parts.to_vec(),
        differences: Vec::new(),
    };
    if is_same(segments, parts, to)? {
        return Some(unchanged());
    }
    let cells = cells(segments, parts, &measure()?)?;
    let mut differences = Vec::with_capacity(cells.len());
    for cell in &cells {
        differences.push(cell.due.minus(millionths(cell.charged())?)?);
    }
    let dues: Vec<Ratio> = segments.iter().map(|own| own.exact).collect();
    let charged: i128 = parts
        .iter()
        .map(|part| i128::from(part.amount.millionths()))
        .sum();
    let charged = millionths(charged)?;
    let total = to.units(sum(&dues)?)?.checked_sub(to.units(charged)?)?;
    let live = live(&cells, &differences, total, to)?;
    if live.is_empty() {
        return Some(unchanged());
    }
    let chosen: Vec<Ratio> = live
        .iter()
        .filter_map(|at| differences.get(*at).copied())
        .collect();
    let units = match to.by_line {
        true => {
            let units = settled_to(&chosen, total, to)?;
            units.into_iter().map(Some).collect()
        }
        false => vec![None; chosen.len()],
    };
    let mut open: Vec<Option<(Ratio, Option<i128>)>> = vec![None; cells.len()];
    for ((at, exact), units) in live.into_iter().zip(chosen).zip(units) {
        if units != Some(0) && !exact.is_zero() || units.is_some_and(|units| units != 0) {
            *open.get_mut(at)? = Some((exact, units));
        }
    }
    if open.iter().all(Option::is_none) {
        return Some(unchanged());
    }
    booked(&cells, &open, parts, to)
}

/// True for the usual case: all that is due was charged, by the same parts.
fn is_same(segments: &[Segment], parts: &[Part], to: Rounding) -> Option<bool> {
    if segments.len() != parts.len() {
        return Some(false);
    }
    let unit = Ratio::new(1, power_of_ten(to.digits)?)?;
    for (segment, part) in segments.iter().zip(parts) {
        let difference = segment.exact.minus(exact(part.amount)?)?;
        if segment.coverage != part.coverage || !is_below(difference, unit)? {
            return Some(false);
        }
    }
    let dues: Vec<Ratio> = segments.iter().map(|own| own.exact).collect();
    let charged: i128 = parts
        .iter()
        .map(|part| i128::from(part.amount.millionths()))
        .sum();
    let due = to.units(sum(&dues)?)?;
    Some(!to.by_line || due == to.units(millionths(charged)?)?)
}

/// True where an amount of either sign is less than another one.
fn is_below(value: Ratio, other: Ratio) -> Option<bool> {
    let size = match value.is_negative() {
        true => Ratio::ZERO.minus(value)?,
        false => value,
    };
    Some(size.compare(other)?.is_lt())
}

/// The cells that really differ: not only by what rounding has left.
fn live(cells: &[Cell], differences: &[Ratio], total: i128, to: Rounding) -> Option<Vec<usize>> {
    let unit = Ratio::new(1, power_of_ten(to.digits)?)?;
    let mut live = Vec::new();
    for (place, (cell, difference)) in cells.iter().zip(differences).enumerate() {
        let is_charged = cell.segment.is_some() && !cell.charged.is_empty();
        let is_rounding = is_charged && is_below(*difference, unit)?;
        if !is_rounding && !difference.is_zero() {
            live.push(place);
        }
    }
    if live.is_empty() && total != 0 {
        live.extend(0..cells.len());
    }
    Some(live)
}

/// Lines and marks of the cells that differ.
fn booked(
    cells: &[Cell],
    open: &[Option<(Ratio, Option<i128>)>],
    parts: &[Part],
    to: Rounding,
) -> Option<Reckoned> {
    let mut reckoned = Reckoned::default();
    let mut sources = Vec::with_capacity(cells.len());
    for (cell, open) in cells.iter().zip(open) {
        let first = reckoned.parts.len();
        for (place, charged) in &cell.charged {
            let part = parts.get(*place)?;
            reckoned.parts.push(Part {
                coverage: cell.span,
                amount: Amount::from_millionths(i64::try_from(*charged).ok()?),
                ..part.clone()
            });
            sources.push(open.is_none().then_some(*place));
        }
        let Some((exact, units)) = *open else {
            continue;
        };
        let mut difference = Difference {
            coverage: cell.span,
            exact,
            units,
            taxes: None,
            segment: cell.segment,
            charged: Amount::from_millionths(i64::try_from(cell.charged()).ok()?),
            share: cell.share,
            part: reckoned.parts.len(),
        };
        let is_credit = units.map_or(exact.is_negative(), i128::is_negative);
        if !is_credit || cell.charged.is_empty() {
            let mode = parts.first().map_or(TaxMode::Net, |part| part.mode);
            reckoned.parts.push(Part {
                coverage: cell.span,
                amount: Amount::ZERO,
                mode,
                taxes: Taxes::default(),
            });
            sources.push(None);
            reckoned.differences.push(difference);
            continue;
        }
        // What was charged last is credited first, each with its own taxes.
        let mut left = (exact, units);
        for place in (first..first + cell.charged.len()).rev() {
            let part = reckoned.parts.get(place)?;
            let taken = match place == first {
                true => left,
                false => taken(left, part.amount, to)?,
            };
            if taken.0.is_zero() && taken.1.is_none_or(|units| units == 0) {
                continue;
            }
            difference.part = place;
            difference.taxes = Some(part.taxes.clone());
            (difference.exact, difference.units) = taken;
            reckoned.differences.push(difference.clone());
            left.0 = left.0.minus(taken.0)?;
            left.1 = match (left.1, taken.1) {
                (Some(all), Some(taken)) => Some(all - taken),
                _ => None,
            };
        }
    }
    joined(reckoned, &sources)
}

/// What of a credit is taken from a part: no more than was charged for it.
fn taken(
    left: (Ratio, Option<i128>),
    charged: Amount,
    to: Rounding,
) -> Option<(Ratio, Option<i128>)> {
    let most = Ratio::ZERO.minus(exact(charged)?)?;
    let exact = match left.0.compare(most)?.is_lt() {
        true => most,
        false => left.0,
    };
    let units = match left.1 {
        Some(units) => Some(units.max(to.units(most)?)),
        None => None,
    };
    Some((exact, units))
}

/// What was cut although nothing of it changed becomes one part again. `sources` says of which part of
/// before each is a piece; nothing where it has changed.
fn joined(reckoned: Reckoned, sources: &[Option<usize>]) -> Option<Reckoned> {
    let mut joined = Reckoned::default();
    let mut known: Vec<Option<usize>> = Vec::with_capacity(sources.len());
    let mut places = Vec::with_capacity(sources.len());
    for (part, source) in reckoned.parts.into_iter().zip(sources) {
        let before = match source {
            Some(_) => known.iter().rposition(|own| own == source),
            None => None,
        };
        match before.and_then(|place| joined.parts.get_mut(place).zip(Some(place))) {
            Some((own, place)) if own.coverage.to == part.coverage.from => {
                own.coverage.to = part.coverage.to;
                own.amount = own.amount.plus(part.amount)?;
                places.push(place);
            }
            _ => {
                places.push(joined.parts.len());
                joined.parts.push(part);
                known.push(*source);
            }
        }
    }
    joined.differences = reckoned.differences;
    for difference in &mut joined.differences {
        difference.part = *places.get(difference.part)?;
    }
    Some(joined)
}

impl Cell {
    fn charged(&self) -> i128 {
        self.charged.iter().map(|(_, charged)| charged).sum()
    }
}

/// The term cut wherever what is due or what was charged begins or ends.
fn cells(segments: &[Segment], parts: &[Part], measure: &Measure) -> Option<Vec<Cell>> {
    let spans = segments.iter().map(|own| own.coverage);
    let spans = spans.chain(parts.iter().map(|own| own.coverage));
    let mut ends: Vec<Micros> = spans.flat_map(|span| [span.from, span.to]).collect();
    ends.sort_unstable();
    ends.dedup();
    let whole = measure.whole()?;
    let mut cells = Vec::with_capacity(ends.len());
    for (from, to) in ends.iter().zip(ends.iter().skip(1)) {
        let span = Span {
            from: *from,
            to: *to,
        };
        let segment = segments.iter().position(|own| own.coverage.covers(&span));
        let charged = parts.iter().enumerate();
        let charged = charged.filter(|(_, own)| own.coverage.covers(&span));
        let charged: Vec<(usize, i128)> = charged.map(|(place, _)| (place, 0)).collect();
        if segment.is_none() && charged.is_empty() {
            continue;
        }
        let length = measure.position(*to)? - measure.position(*from)?;
        cells.push(Cell {
            span,
            length,
            segment,
            share: match segments.get(segment.unwrap_or(usize::MAX)) {
                Some(own) if own.coverage == span => own.share,
                _ => Some((length, whole)),
            },
            due: Ratio::ZERO,
            charged,
        });
    }
    for (place, segment) in segments.iter().enumerate() {
        spread_due(&mut cells, place, segment.exact)?;
    }
    for (place, part) in parts.iter().enumerate() {
        spread_charged(&mut cells, place, i128::from(part.amount.millionths()))?;
    }
    Some(cells)
}

/// What is due for a part of the term, spread evenly over its cells.
fn spread_due(cells: &mut [Cell], place: usize, due: Ratio) -> Option<()> {
    let is_own = |cell: &&mut Cell| cell.segment == Some(place);
    let whole: i128 = cells
        .iter_mut()
        .filter(is_own)
        .map(|cell| cell.length)
        .sum();
    if whole == 0 {
        if let Some(cell) = cells.iter_mut().find(is_own) {
            cell.due = due;
        }
        return Some(());
    }
    for cell in cells.iter_mut().filter(is_own) {
        cell.due = due.times(Ratio::new(cell.length, whole)?)?;
    }
    Some(())
}

/// What was charged for a part, spread evenly over its cells.
fn spread_charged(cells: &mut [Cell], place: usize, amount: i128) -> Option<()> {
    let own = |cell: &Cell| cell.charged.iter().position(|(own, _)| *own == place);
    let mut shares: Vec<i128> = cells
        .iter()
        .filter(|cell| own(cell).is_some())
        .map(|cell| cell.length)
        .collect();
    if allotted_into(amount, &mut shares).is_none() {
        shares.fill(0);
        *shares.first_mut()? = amount;
    }
    let mut shares = shares.into_iter();
    for cell in cells {
        if let Some(at) = own(cell) {
            cell.charged.get_mut(at)?.1 = shares.next()?;
        }
    }
    Some(())
}

/// Fractions rounded such that they sum to a total, by largest remainder.
pub fn settled_to(values: &[Ratio], total: i128, to: Rounding) -> Option<Vec<i128>> {
    if let [_] = values {
        return Some(vec![total]);
    }
    let mut parts: Vec<i128> = Vec::with_capacity(values.len());
    for value in values {
        parts.push(value.rounded(to.digits + FINER, Mode::HalfEven)?);
    }
    settled_into(total, &mut parts, power_of_ten(FINER)?);
    Some(parts)
}

/// The exact sum.
pub fn sum(values: &[Ratio]) -> Option<Ratio> {
    values
        .iter()
        .try_fold(Ratio::ZERO, |sum, own| sum.plus(*own))
}

fn millionths(amount: i128) -> Option<Ratio> {
    Ratio::new(amount, power_of_ten(Amount::SCALE)?)
}

/// A slot of a difference in a mark.
pub fn slot(mark: usize, term: usize, difference: &Difference) -> Slot {
    Slot {
        mark,
        term,
        part: difference.part,
        units: difference.units,
    }
}
