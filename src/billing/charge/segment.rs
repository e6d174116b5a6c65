//! What should be charged for a term: its parts between changes, each with its share.

use rust_decimal::Decimal;

use super::proration::{Measure, Proration, Share};
use super::rate::{Window, rate};
use crate::billing::product::{Price, Product, Recurring};
use crate::domain::clock::Micros;
use crate::domain::exact::Ratio;
use crate::domain::span::Span;
use chrono_tz::Tz;

/// When a price holds for a product.
#[derive(Clone, Copy, Debug)]
pub struct Life {
    /// What is charged begins here: at the beginning of the day, where days are charged.
    pub from: Micros,
    /// And ends here; none while it goes on.
    pub to: Option<Micros>,
    /// It begins with the product, not with a change.
    pub starts: bool,
    /// It ends with the product, not with a change.
    pub ends: bool,
}

/// A part of a term in which nothing changes.
#[derive(Clone, Debug)]
pub struct Segment {
    pub coverage: Span,
    /// What is due for it.
    pub exact: Ratio,
    pub quantity: Decimal,
    /// An instant at which the alterations of the part apply.
    pub at: Micros,
    /// Its share of the term; none for all of it.
    pub share: Option<(i128, i128)>,
}

/// A price with all that cuts its terms.
pub struct Cuts<'c> {
    pub product: &'c Product,
    pub price: &'c Price,
    pub recurring: &'c Recurring,
    pub windows: Vec<Window<'c>>,
    pub life: Life,
    pub zone: Tz,
}

/// A part that is being cut: its ends as they are shown and as they are measured.
#[derive(Clone, Copy)]
struct Piece {
    coverage: Span,
    measured: (i128, i128),
    quantity: Decimal,
    suspended: bool,
}

impl Cuts<'_> {
    /// The parts of a term, of which `clip` is reckoned. Parts that cost nothing are left out. `None`
    /// where a number does not fit.
    pub fn segments(&self, term: &Span, clip: &Span) -> Option<Vec<Segment>> {
        let Some((held, cut)) = self.held(clip) else {
            return Some(Vec::new());
        };
        let changes = self.changes(&held)?;
        if !cut && changes.is_empty() && clip == term {
            return self.whole(clip);
        }
        let proration = &self.recurring.proration;
        let measure = Measure::of(*term, self.recurring.every, proration.basis, self.zone)?;
        let Some((held, measured)) = self.measured(&measure, clip, held)? else {
            return Some(Vec::new());
        };
        let mut pieces = self.pieces(&measure, &changes, held, measured)?;
        self.suspend(&mut pieces);
        self.level(&mut pieces);
        self.segments_of(&pieces, measure.whole()?)
    }

    /// What of a clip the price holds for, and whether that is less than all.
    fn held(&self, clip: &Span) -> Option<(Span, bool)> {
        let held = Span {
            from: self.life.from,
            to: self.life.to.unwrap_or(clip.to),
        };
        let common = held.common(clip)?;
        Some((common, common != *clip))
    }

    /// A term in which nothing happens, unless on its first day: that has the new state, and so has the term.
    fn whole(&self, clip: &Span) -> Option<Vec<Segment>> {
        let (product, recurring) = (self.product, self.recurring);
        let may_change =
            product.states.len() > 1 || product.quantities.len() > 1 || !self.windows.is_empty();
        let at = match may_change {
            true => self.seen(clip.from, clip.to)?,
            false => clip.from,
        };
        let quantity = product.quantity(at);
        let free = product.is_suspended(at) && !recurring.charged_when_suspended;
        if free || (self.price.by_quantity && quantity.is_zero()) {
            return Some(Vec::new());
        }
        let exact = rate(self.price, &self.windows, quantity, at)?;
        Some(vec![Segment {
            coverage: *clip,
            exact,
            quantity,
            at,
            share: None,
        }])
    }

    /// Instants within a span from which something else holds.
    fn changes(&self, held: &Span) -> Option<Vec<Micros>> {
        let mut changes = Vec::new();
        let basis = self.recurring.proration.basis;
        let mut add = |at: Micros| {
            if !held.contains(at) {
                return Some(());
            }
            let at = basis.beginning(at, self.zone)?;
            if held.from < at {
                changes.push(at);
            }
            Some(())
        };
        if self.price.by_quantity {
            for own in &self.product.quantities {
                add(own.from)?;
            }
        }
        if !self.recurring.charged_when_suspended {
            for own in &self.product.states {
                add(own.from)?;
            }
        }
        for (_, valid) in &self.windows {
            for at in [valid.start, valid.end].into_iter().flatten() {
                add(at)?;
            }
        }
        changes.sort_unstable();
        changes.dedup();
        Some(changes)
    }

    /// Where what is held begins and ends in the measure of the term, by the rules for the first and
    /// the last term. The inner `None` where nothing of it is charged.
    #[allow(clippy::type_complexity, reason = "a span in both of its forms")]
    fn measured(
        &self,
        measure: &Measure,
        clip: &Span,
        mut held: Span,
    ) -> Option<Option<(Span, (i128, i128))>> {
        let Proration {
            start, change, end, ..
        } = self.recurring.proration;
        let (first, last) = (measure.position(clip.from)?, measure.position(clip.to)?);
        let mut from = measure.position(held.from)?;
        let mut to = measure.position(held.to)?;
        if from > first {
            match if self.life.starts { start } else { change } {
                Share::Proportional => {}
                Share::Full => from = first,
                Share::Nothing => return Some(None),
            }
        }
        if to < last {
            match if self.life.ends { end } else { change } {
                Share::Proportional => {}
                Share::Full => (to, held.to) = (last, clip.to),
                Share::Nothing => return Some(None),
            }
        }
        Some((from < to).then_some((held, (from, to))))
    }

    fn pieces(
        &self,
        measure: &Measure,
        changes: &[Micros],
        held: Span,
        (from, to): (i128, i128),
    ) -> Option<Vec<Piece>> {
        let mut pieces = Vec::with_capacity(changes.len() + 1);
        let (mut at, mut position) = (held.from, from);
        for next in changes.iter().copied().chain([held.to]) {
            let end = match next == held.to {
                true => to,
                false => measure.position(next)?,
            };
            if position < end {
                // Several changes within a day: what holds at its end is charged.
                let seen = self.seen(at, next)?;
                pieces.push(Piece {
                    coverage: Span { from: at, to: next },
                    measured: (position, end),
                    quantity: self.product.quantity(seen),
                    suspended: self.product.is_suspended(seen)
                        && !self.recurring.charged_when_suspended,
                });
            }
            (at, position) = (next, end);
        }
        Some(pieces)
    }

    /// The instant at which the state of a part is looked up: the end of its first day, where days are
    /// charged, but within the part.
    fn seen(&self, from: Micros, to: Micros) -> Option<Micros> {
        let day = self
            .recurring
            .proration
            .basis
            .ending(Micros(from.0 + 1), self.zone)?;
        Some(Micros(day.min(to).0 - 1).max(from))
    }

    fn suspend(&self, pieces: &mut [Piece]) {
        let any = pieces.iter().any(|piece| piece.suspended);
        let active = pieces.iter().any(|piece| !piece.suspended);
        let all = match self.recurring.proration.suspension {
            Share::Full if any && active => false,
            Share::Nothing if any => true,
            _ => return,
        };
        for piece in pieces {
            piece.suspended = all;
        }
    }

    fn level(&self, pieces: &mut [Piece]) {
        let charged = || pieces.iter().filter(|own| !own.suspended);
        let quantities = charged().map(|own| own.quantity);
        let quantity = match self.recurring.proration.change {
            Share::Proportional => return,
            Share::Full => quantities.max(),
            Share::Nothing => quantities.min(),
        };
        let Some(quantity) = quantity else { return };
        for piece in pieces {
            piece.quantity = quantity;
        }
    }

    fn segments_of(&self, pieces: &[Piece], whole: i128) -> Option<Vec<Segment>> {
        let mut segments: Vec<Segment> = Vec::with_capacity(pieces.len());
        let mut last: Option<(Ratio, i128)> = None;
        for piece in pieces {
            let free = self.price.by_quantity && piece.quantity.is_zero();
            if piece.suspended || free {
                last = None;
                continue;
            }
            let at = self.seen(piece.coverage.from, piece.coverage.to)?;
            let full = rate(self.price, &self.windows, piece.quantity, at)?;
            let (from, to) = piece.measured;
            let same = |before: &(Ratio, i128)| {
                before.1 == from && before.0.compare(full) == Some(std::cmp::Ordering::Equal)
            };
            if last.as_ref().is_some_and(same)
                && let Some(own) = segments.last_mut()
                && let Some((part, _)) = own.share
                && own.quantity == piece.quantity
            {
                // Nothing changed after all.
                own.coverage.to = piece.coverage.to;
                own.share = Some((part + to - from, whole));
                own.exact = full.times(Ratio::new(part + to - from, whole)?)?;
            } else {
                segments.push(Segment {
                    coverage: piece.coverage,
                    exact: full.times(Ratio::new(to - from, whole)?)?,
                    quantity: piece.quantity,
                    at,
                    share: Some((to - from, whole)),
                });
            }
            last = Some((full, to));
        }
        segments.retain(|own| !own.exact.is_zero());
        Some(segments)
    }
}
