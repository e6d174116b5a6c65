//! What allowances cover. The rest is paid for.

use super::select::number;
use super::{Fits, Piece, Run, Segment, Use};
use crate::rating::allowance::Overage;
use crate::rating::bucket::BucketMove;
use crate::rating::policy::Blocked;
use crate::rating::rated::{Code, Detail, LineKey, LineKind, Rejection, Stop, UsageTag};
use crate::rating::session::TakenSoFar;
use crate::rating::trace::Step;

impl<'r> Run<'r, '_> {
    /// Turns segments into pieces that a bucket covers and pieces that are paid for.
    pub(super) fn cover(&mut self) -> Result<(), Rejection> {
        self.find_buckets();
        for place in 0..self.rated.work.segments.len() {
            let Some(segment) = self.rated.work.segments.get(place).copied() else {
                break;
            };
            self.cover_segment(segment)?;
        }
        self.move_buckets()
    }

    /// Buckets that may cover the event, with what they have left.
    fn find_buckets(&mut self) {
        let zone = self.zone();
        for (place, bucket) in self.request.buckets.list().iter().enumerate() {
            let allowance = &bucket.allowance;
            let event = self.request.event.characteristics;
            let is_for = allowance.unit == self.card.unit
                && bucket.valid.contains(self.start)
                && allowance.covers.admits(&self.card.price, zone, event);
            if !is_for {
                continue;
            }
            // What earlier parts of the session took is taken anew.
            let again = u64::try_from(self.taken_before(&bucket.id).taken).unwrap_or(0);
            self.rated.work.uses.push(Use {
                bucket: number(place),
                left: bucket.remaining().saturating_add(again),
                covered: 0,
            });
        }
    }

    fn zone(&self) -> Option<&'r str> {
        self.card.zone(self.row.and_then(|row| row.zone)?)
    }

    /// What earlier parts of the session took from a bucket.
    pub(super) fn taken_before(&self, bucket: &str) -> TakenSoFar {
        let mut taken = self.before.iter().flat_map(|session| &session.taken);
        let found = taken.find(|(id, _)| **id == *bucket);
        found.map(|(_, taken)| *taken).unwrap_or_default()
    }

    fn cover_segment(&mut self, segment: Segment) -> Result<(), Rejection> {
        let label = segment.band.and_then(|band| self.card.band(band));
        let mut need = segment.to - segment.from;
        let mut last: Option<u32> = None;
        for place in 0..self.rated.work.uses.len() {
            let Some(own) = self.rated.work.uses.get_mut(place) else {
                break;
            };
            let bucket = self.request.buckets.get(own.bucket);
            if !bucket.is_some_and(|bucket| bucket.allowance.covers.admits_band(label)) {
                continue;
            }
            last = Some(own.bucket);
            let covered = need.min(own.left - own.covered);
            if covered == 0 {
                continue;
            }
            own.covered += covered;
            need -= covered;
            let bucket = own.bucket;
            self.piece(segment, UsageTag::Included, Some(bucket), covered, false);
        }
        if need == 0 {
            return Ok(());
        }
        let Some(last) = last else {
            self.piece(segment, UsageTag::Usage, None, need, true);
            return Ok(());
        };
        self.beyond(segment, last, need)
    }

    /// What the last of the allowances says of usage beyond them.
    fn beyond(&mut self, segment: Segment, bucket: u32, need: u64) -> Result<(), Rejection> {
        let allowance = self.request.buckets.get(bucket).map(|own| &own.allowance);
        let overage = allowance.map(|own| own.overage).unwrap_or_default();
        if overage == Overage::Block {
            if self.request.policy.blocked == Blocked::Reject {
                return Err(Rejection::new(Code::Blocked, Detail::Blocked(bucket)));
            }
            self.rated.stop = Some(Stop::Blocked);
        }
        let is_paid = overage == Overage::Price;
        if !is_paid {
            self.rated.trace.push(Step::Uncharged {
                bucket,
                quantity: need,
            });
        }
        self.piece(segment, UsageTag::NonIncluded, None, need, is_paid);
        Ok(())
    }

    fn piece(
        &mut self,
        segment: Segment,
        tag: UsageTag,
        bucket: Option<u32>,
        quantity: u64,
        is_paid: bool,
    ) {
        self.rated.work.pieces.push(Piece {
            key: LineKey {
                kind: LineKind::Usage,
                tag,
                zone: self.row.and_then(|row| row.zone),
                band: segment.band,
                bucket,
            },
            quantity,
            price: segment.price,
            charge: 0,
            list: 0,
            is_paid,
        });
    }

    /// Takes from the buckets, each started step of their use whole.
    fn move_buckets(&mut self) -> Result<(), Rejection> {
        for place in 0..self.rated.work.uses.len() {
            let Some(own) = self.rated.work.uses.get(place).copied() else {
                break;
            };
            let Some(bucket) = self.request.buckets.get(own.bucket) else {
                continue;
            };
            let step = bucket.allowance.round_use.max(1);
            let whole = own.covered.div_ceil(step).saturating_mul(step);
            let taken = whole.min(own.left);
            let before = self.taken_before(&bucket.id);
            let signed = |quantity: u64| i64::try_from(quantity).ok().fits();
            if taken > 0 {
                self.rated.trace.push(Step::Bucket {
                    bucket: own.bucket,
                    covered: own.covered,
                    taken,
                });
            }
            let one = BucketMove {
                bucket: own.bucket,
                taken: signed(taken)? - before.taken,
                covered: signed(own.covered)? - before.covered,
            };
            if one.taken != 0 || one.covered != 0 {
                self.rated.buckets.push(one);
            }
        }
        Ok(())
    }
}
