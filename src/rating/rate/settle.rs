//! Fees and bounds of the event, discounts, rounding, tax, and the lines that come of it.

use super::select::{holds, number};
use super::{Fits, Piece, Run};
use crate::domain::money::Amount;
use crate::rating::card::{Level, Then, ZeroDuration};
use crate::rating::discount::Off;
use crate::rating::exact::{Ratio, allotted_into, divided, settled_into};
use crate::rating::rated::{Code, Detail, Line, LineKey, LineKind, Rejection, Stop, UsageTag};
use crate::rating::tax::{Rounded, TaxMode, TaxRate};
use crate::rating::tier::Scope;
use crate::rating::trace::Step;

impl Run<'_, '_> {
    /// Setup fee and least amount, where something is charged; the attempt fee where nothing was
    /// used.
    pub(super) fn add_fees(&mut self, measured: u64) -> Result<(), Rejection> {
        let fees = self.card.fees;
        if measured == 0 {
            return self.fees_of_nothing();
        }
        let is_paid = self.rated.work.pieces.iter().any(|piece| piece.is_paid);
        if is_paid || fees.setup_when_included {
            self.fee(LineKind::SetupFee, self.setup_fee()?);
        }
        if !is_paid || fees.minimum == 0 {
            return Ok(());
        }
        let sum = self.sum()?;
        if sum < fees.minimum {
            self.note(Step::Minimum {
                from: self.ratio(sum),
                to: self.ratio(fees.minimum),
            });
            let missing = fees.minimum.checked_sub(sum).fits()?;
            self.fee(LineKind::MinimumCharge, missing);
        }
        Ok(())
    }

    fn fees_of_nothing(&mut self) -> Result<(), Rejection> {
        let fees = self.card.fees;
        self.fee(LineKind::AttemptFee, fees.attempt);
        if fees.zero == ZeroDuration::SetupOnly {
            self.fee(LineKind::SetupFee, self.setup_fee()?);
        }
        let ladder = self.card.ladder.as_ref();
        let ladder = ladder.filter(|own| own.flat_at_zero && own.scope == Scope::Event);
        if let Some(tier) = ladder.and_then(|ladder| ladder.tiers.first()) {
            self.note(Step::TierFlat {
                tier: 0,
                charge: self.ratio(tier.flat),
            });
            self.fee(LineKind::Usage, tier.flat);
        }
        Ok(())
    }

    /// That of the row, else that of the card.
    fn setup_fee(&self) -> Result<i128, Rejection> {
        let of_row = self.row.and_then(|row| row.setup);
        match of_row.zip(self.card.base.table.as_ref()) {
            Some((fee, used)) => i128::from(fee).checked_mul(used.fee_factor).fits(),
            None => Ok(self.card.fees.setup),
        }
    }

    fn fee(&mut self, kind: LineKind, charge: i128) {
        if charge == 0 {
            return;
        }
        match kind {
            LineKind::SetupFee => self.note(Step::SetupFee {
                charge: self.ratio(charge),
            }),
            LineKind::AttemptFee => self.note(Step::AttemptFee {
                charge: self.ratio(charge),
            }),
            LineKind::Usage | LineKind::MinimumCharge => {}
        }
        self.rated.work.pieces.push(Piece {
            key: LineKey {
                kind,
                tag: UsageTag::Usage,
                zone: self.row.and_then(|row| row.zone),
                band: None,
                bucket: None,
            },
            quantity: 0,
            price: 0,
            charge,
            list: 0,
            is_paid: true,
        });
    }

    fn sum(&self) -> Result<i128, Rejection> {
        let mut sum = 0_i128;
        for piece in &self.rated.work.pieces {
            sum = sum.checked_add(piece.charge).fits()?;
        }
        Ok(sum)
    }

    /// Makes the lines.
    pub(super) fn settle(&mut self) -> Result<(), Rejection> {
        self.merge()?;
        if self.card.rounding.level == Level::Line {
            self.round_pieces();
        }
        let sum = self.sum()?;
        let capped = self.cap(sum);
        let exact = self.discounted(self.ratio(capped))?;
        self.rated.exact = exact;
        let to = self.card.rounding.to;
        let unit = self.card.rounding_unit();
        let total = match exact.denominator() == self.card.scale.whole {
            true => divided(exact.numerator(), unit, to.mode),
            false => exact.rounded(to.scale, to.mode).fits()?,
        };
        // Parts of a sum that was changed are in proportion to it; others are what they are.
        let is_changed = exact.denominator() != self.card.scale.whole || exact.numerator() != sum;
        self.split_total(total, is_changed && sum != 0, unit)?;
        self.note(Step::Rounded {
            exact,
            to: amount(total, to)?,
        });
        self.add_lines()
    }

    /// Pieces with the same key become one.
    fn merge(&mut self) -> Result<(), Rejection> {
        let pieces = &mut self.rated.work.pieces;
        let mut kept = 0;
        for place in 0..pieces.len() {
            let Some(piece) = pieces.get(place).copied() else {
                break;
            };
            let same = pieces
                .iter_mut()
                .take(kept)
                .find(|own| own.key == piece.key);
            if let Some(same) = same {
                same.quantity = same.quantity.checked_add(piece.quantity).fits()?;
                same.charge = same.charge.checked_add(piece.charge).fits()?;
                same.list = same.list.checked_add(piece.list).fits()?;
                continue;
            }
            pieces.swap(kept, place);
            kept += 1;
        }
        pieces.truncate(kept);
        Ok(())
    }

    fn round_pieces(&mut self) {
        let unit = self.card.rounding_unit();
        let mode = self.card.rounding.to.mode;
        for piece in &mut self.rated.work.pieces {
            piece.charge = divided(piece.charge, unit, mode) * unit;
        }
    }

    fn cap(&mut self, sum: i128) -> i128 {
        let Some(cap) = self.card.fees.cap.filter(|cap| sum >= cap.amount) else {
            return sum;
        };
        if cap.then == Then::StopAuthorising {
            self.rated.stop = Some(Stop::Cap);
        }
        if sum > cap.amount {
            self.note(Step::Cap {
                from: self.ratio(sum),
                to: self.ratio(cap.amount),
            });
        }
        cap.amount
    }

    /// Applies the discounts that are for the price, in order. They leave nothing at most.
    fn discounted(&mut self, charge: Ratio) -> Result<Ratio, Rejection> {
        let mut left = charge;
        let request = self.request;
        for (place, discount) in request.cards.discounts.iter().enumerate() {
            let is_due = discount.valid.contains(self.start)
                && discount.is_for(&self.card.price)
                && holds(&discount.conditions, request.event, request.product);
            if !is_due || left.is_zero() {
                continue;
            }
            let from = left;
            left = match discount.off {
                Off::Percentage { remains } => left.times(remains).fits()?,
                Off::Amount { currency, .. } if currency != self.card.currency => {
                    return Err(self.reject(Code::Currency, Detail::Currency));
                }
                Off::Amount { .. } if left.is_negative() => continue,
                Off::Amount { amount, .. } => {
                    let rest = left.minus(amount).fits()?;
                    if rest.is_negative() {
                        Ratio::ZERO
                    } else {
                        rest
                    }
                }
            };
            self.note(Step::Discount {
                discount: number(place),
                from,
                to: left,
            });
        }
        Ok(left)
    }

    /// Splits the rounded total over the pieces; their charges become whole rounded units.
    fn split_total(&mut self, total: i128, is_changed: bool, unit: i128) -> Result<(), Rejection> {
        let work = &mut self.rated.work;
        if let [only] = work.pieces.as_mut_slice() {
            only.charge = total;
            return Ok(());
        }
        work.numerators.clear();
        work.numerators
            .extend(work.pieces.iter().map(|piece| piece.charge));
        match is_changed {
            true => allotted_into(total, &mut work.numerators).fits()?,
            false => settled_into(total, &mut work.numerators, unit),
        }
        for (piece, part) in work.pieces.iter_mut().zip(&work.numerators) {
            piece.charge = *part;
        }
        Ok(())
    }

    fn add_lines(&mut self) -> Result<(), Rejection> {
        let to = self.card.rounding.to;
        let unit = self.card.rounding_unit();
        let tax = self.tax_rate()?;
        let category = self.card.tax.category.as_deref();
        let exempt = self.request.product.is_exempt(category, self.start);
        self.rated.exempt = exempt;
        let (mut net, mut gross) = (Amount::ZERO, Amount::ZERO);
        for place in 0..self.rated.work.pieces.len() {
            let Some(piece) = self.rated.work.pieces.get(place) else {
                break;
            };
            let charge = amount(piece.charge, to)?;
            let line_net = match self.card.tax.mode {
                TaxMode::Net => charge,
                TaxMode::Gross => tax.net(charge, to).fits()?,
            };
            let line_gross = match (exempt, self.card.tax.mode) {
                (true, _) => line_net,
                (false, TaxMode::Net) => tax.gross(charge, to).fits()?,
                (false, TaxMode::Gross) => charge,
            };
            let line = Line {
                key: piece.key,
                quantity: i64::try_from(piece.quantity).ok().fits()?,
                net: line_net,
                gross: line_gross,
                tax: if exempt { TaxRate::NONE } else { tax },
                exempt,
                list: amount(divided(piece.list, unit, to.mode), to)?,
            };
            net = net.plus(line_net).fits()?;
            gross = gross.plus(line_gross).fits()?;
            self.rated.lines.push(line);
        }
        self.rated.net = net;
        self.rated.gross = gross;
        Ok(())
    }

    /// Who is exempt pays what is left without the tax, so the rate must be known for them too.
    fn tax_rate(&self) -> Result<TaxRate, Rejection> {
        let place = self.request.product.place.as_deref();
        let tax = &self.card.tax;
        tax.rate(&self.request.policy.taxes, place, self.start)
            .ok_or_else(|| self.reject(Code::NoPrice, Detail::NoTax))
    }
}

/// Whole rounded units as an amount.
fn amount(units: i128, to: Rounded) -> Result<Amount, Rejection> {
    let factor = Amount::SCALE.checked_sub(to.scale);
    let factor = factor.and_then(crate::rating::exact::power_of_ten).fits()?;
    let millionths = units.checked_mul(factor).fits()?;
    let millionths = i64::try_from(millionths).ok().fits()?;
    Ok(Amount::from_millionths(millionths))
}
