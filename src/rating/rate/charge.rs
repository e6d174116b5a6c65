//! What the quantity costs: price by method and tier.

use super::{Fits, Piece, Run};
use crate::domain::money::Amount;
use crate::rating::card::{Level, Method};
use crate::rating::exact::{Ratio, divided};
use crate::rating::ladder::{Ladder, Tier, TierMode};
use crate::rating::rated::{Code, Detail, Rejection};
use crate::rating::tier::Scope;
use crate::rating::trace::Step;

impl<'r> Run<'r, '_> {
    /// Charges the pieces in order, and values what is included.
    pub(super) fn charge(&mut self) -> Result<(), Rejection> {
        let Some(ladder) = &self.card.ladder else {
            return self.by_method();
        };
        let start = self.position(ladder);
        let paid = self.paid()?;
        match ladder.mode {
            TierMode::Graduated => self.graduated(ladder, start)?,
            TierMode::Volume | TierMode::Stairstep => self.by_total(ladder, start, paid)?,
        }
        if ladder.scope != Scope::Event {
            let before = self.before.map_or(0, |session| session.tier);
            let moved = i64::try_from(paid)
                .ok()
                .and_then(|paid| paid.checked_sub(before));
            self.rated.tier = moved.fits()?;
        }
        Ok(())
    }

    /// Where the event begins in the tiers. What earlier parts of the session moved counts anew.
    fn position(&self, ladder: &Ladder) -> u64 {
        if ladder.scope == Scope::Event {
            return 0;
        }
        let used = self.request.tiers.used(&self.card.price, self.start);
        let again = self.before.map_or(0, |session| session.tier);
        used.saturating_add_signed(again.saturating_neg())
    }

    /// Base units that are paid for.
    fn paid(&self) -> Result<u64, Rejection> {
        let mut sum = 0_u64;
        for piece in self.rated.work.pieces.iter().filter(|piece| piece.is_paid) {
            sum = sum.checked_add(piece.quantity).fits()?;
        }
        Ok(sum)
    }

    fn by_method(&mut self) -> Result<(), Rejection> {
        let mut is_first = true;
        for place in 0..self.rated.work.pieces.len() {
            let Some(piece) = self.rated.work.pieces.get(place).copied() else {
                break;
            };
            let value = self.valued(&piece, is_first)?;
            is_first &= !piece.is_paid;
            self.book(place, &piece, value);
        }
        Ok(())
    }

    /// What a piece would cost. Prices of the whole event are those of its first paid piece.
    fn valued(&mut self, piece: &Piece, is_first: bool) -> Result<i128, Rejection> {
        let scale = self.card.scale;
        let units = |quantity: u64| {
            let price = piece.price.checked_mul(scale.tier)?;
            price.checked_mul(i128::from(quantity))
        };
        let per = self.card.per;
        let value = match self.card.method {
            Method::PerUnit => units(piece.quantity).fits()?,
            Method::Package => {
                let packages = piece.quantity.div_ceil(per.max(1));
                packages.checked_mul(per).and_then(units).fits()?
            }
            Method::Flat if is_first => units(per).fits()?,
            Method::Percentage {
                parts,
                whole,
                least,
                most,
            } if is_first => {
                let share = self.share(parts, whole)?;
                let share = least.map_or(share, |least| share.max(least));
                most.map_or(share, |most| share.min(most))
            }
            Method::Flat | Method::Percentage { .. } => 0,
        };
        let value = self.rounded_part(value);
        if piece.is_paid {
            self.note(Step::Charge {
                quantity: piece.quantity,
                charge: self.ratio(value),
            });
        }
        Ok(value)
    }

    /// A share of what the event is worth.
    fn share(&self, parts: i128, whole: i128) -> Result<i128, Rejection> {
        let missing = || Rejection::new(Code::BadCharacteristic, Detail::Missing("value"));
        let (value, currency) = self.request.event.value.ok_or_else(missing)?;
        if currency != self.card.currency {
            return Err(self.reject(Code::Currency, Detail::Currency));
        }
        let millionths = Amount::of(value).map_err(|_| missing())?.millionths();
        let unit = whole.checked_mul(1_000_000).fits()?;
        let factor = self.card.scale.whole.checked_div(unit).fits()?;
        let share = i128::from(millionths).checked_mul(parts);
        share.and_then(|share| share.checked_mul(factor)).fits()
    }

    fn graduated(&mut self, ladder: &'r Ladder, start: u64) -> Result<(), Rejection> {
        let mut position = start;
        for place in 0..self.rated.work.pieces.len() {
            let Some(piece) = self.rated.work.pieces.get(place).copied() else {
                break;
            };
            let end = position.checked_add(piece.quantity).fits()?;
            let value = self.climbed(ladder, &piece, position, end)?;
            if piece.is_paid {
                position = end;
            }
            self.book(place, &piece, value);
        }
        Ok(())
    }

    /// What a piece costs between two positions, each tier by itself.
    fn climbed(
        &mut self,
        ladder: &'r Ladder,
        piece: &Piece,
        from: u64,
        to: u64,
    ) -> Result<i128, Rejection> {
        let mut value = 0_i128;
        for (place, tier) in ladder.tiers.iter().enumerate() {
            let (low, high) = (ladder.start(place), ladder.end(place));
            let quantity = to.min(high).saturating_sub(from.max(low));
            if quantity == 0 {
                continue;
            }
            let part = self.tier_part(tier, piece, quantity)?;
            let number = u16::try_from(place).unwrap_or(u16::MAX);
            if piece.is_paid {
                self.note(Step::Tier {
                    tier: number,
                    position: from.max(low),
                    quantity,
                    charge: self.ratio(part),
                });
            }
            value = value.checked_add(part).fits()?;
            // Whoever enters a tier pays its amount.
            if from <= low && tier.flat != 0 && piece.is_paid {
                value = value.checked_add(tier.flat).fits()?;
                self.note(Step::TierFlat {
                    tier: number,
                    charge: self.ratio(tier.flat),
                });
            }
            if high >= to {
                return Ok(value);
            }
        }
        if to > from && ladder.tier(to).is_none() && piece.is_paid {
            return Err(self.reject(Code::NoPrice, Detail::BeyondTiers));
        }
        Ok(value)
    }

    fn tier_part(&self, tier: &Tier, piece: &Piece, quantity: u64) -> Result<i128, Rejection> {
        let price = tier.rate.apply(piece.price, self.card.scale.tier);
        let part = price.and_then(|price| price.checked_mul(i128::from(quantity)));
        Ok(self.rounded_part(part.fits()?))
    }

    /// The whole quantity by the tier in which it ends. What was used before has been charged as if
    /// it had ended there.
    fn by_total(&mut self, ladder: &'r Ladder, start: u64, paid: u64) -> Result<(), Rejection> {
        let end = start.checked_add(paid).fits()?;
        let mut before = start;
        let mut is_first = true;
        for place in 0..self.rated.work.pieces.len() {
            let Some(piece) = self.rated.work.pieces.get(place).copied() else {
                break;
            };
            let value = match (piece.is_paid, is_first) {
                // Beside other pieces there is no position: the event counts by itself.
                (true, true) if start > 0 => {
                    let now = self.total(ladder, &piece, end, end)?;
                    let earlier = self.total(ladder, &piece, before, before)?;
                    now.checked_sub(earlier).fits()?
                }
                (true, true) => self.total(ladder, &piece, end, piece.quantity)?,
                (true, false) => self.linear(ladder, &piece, end, piece.quantity)?,
                (false, _) => self.linear(ladder, &piece, end.max(1), piece.quantity)?,
            };
            if piece.is_paid {
                is_first = false;
                before = end;
                let tier = ladder.tier(end).and_then(|tier| u16::try_from(tier).ok());
                self.note(Step::Tier {
                    tier: tier.unwrap_or(u16::MAX),
                    position: start,
                    quantity: piece.quantity,
                    charge: self.ratio(value),
                });
            }
            self.book(place, &piece, value);
        }
        Ok(())
    }

    /// What a quantity costs where everything ends at a position, with the amount of the tier.
    fn total(
        &self,
        ladder: &Ladder,
        piece: &Piece,
        end: u64,
        quantity: u64,
    ) -> Result<i128, Rejection> {
        if end == 0 {
            return Ok(0);
        }
        let tier = ladder.tier(end).and_then(|tier| ladder.tiers.get(tier));
        let tier = tier.ok_or_else(|| self.reject(Code::NoPrice, Detail::BeyondTiers))?;
        let linear = self.linear(ladder, piece, end, quantity)?;
        linear.checked_add(tier.flat).fits()
    }

    /// The same without the amount of the tier.
    fn linear(
        &self,
        ladder: &Ladder,
        piece: &Piece,
        end: u64,
        quantity: u64,
    ) -> Result<i128, Rejection> {
        if ladder.mode == TierMode::Stairstep {
            return Ok(0);
        }
        let tier = ladder.tier(end).and_then(|tier| ladder.tiers.get(tier));
        let tier = tier.ok_or_else(|| self.reject(Code::NoPrice, Detail::BeyondTiers))?;
        self.tier_part(tier, piece, quantity)
    }

    fn book(&mut self, place: usize, piece: &Piece, value: i128) {
        if let Some(own) = self.rated.work.pieces.get_mut(place) {
            match piece.is_paid {
                true => own.charge = value,
                // Only what a bucket covers has a value; what is slowed down has none.
                false if piece.key.bucket.is_some() => own.list = value,
                false => {}
            }
        }
    }

    /// A part of the charge; rounded where the price says that parts are.
    fn rounded_part(&self, value: i128) -> i128 {
        if self.card.rounding.level != Level::Tier {
            return value;
        }
        let unit = self.card.rounding_unit();
        divided(value, unit, self.card.rounding.to.mode) * unit
    }

    /// An amount in parts of the card's whole, as a fraction.
    pub(super) fn ratio(&self, value: i128) -> Ratio {
        Ratio::new(value, self.card.scale.whole).unwrap_or_default()
    }

    pub(super) fn note(&mut self, step: Step) {
        self.rated.trace.push(step);
    }
}
