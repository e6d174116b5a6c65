//! Usage that comes late, where others already have what it would have had: noted with its owner in the
//! transaction that rates it, and rated again soon, together with all that hangs together with it.
//!
//! That a record began before others that are rated changes nothing while an allowance has something left,
//! or all are in one tier. It is late only where
//! - it began before usage that drew from the same allowance, and that is used up; or
//! - it began before usage that moved the same tiers, and enters another tier, or began before usage of a
//!   tier before the present one.
//!
//! Whatever began behind the last that drew, or that was in an earlier tier, costs what it would have cost
//! in order. So sources that differ by seconds matter only for the seconds in which an allowance ends or a
//! tier does.

use crate::domain::clock::Micros;
use crate::domain::ids;
use crate::rating::Request;
use crate::rating::ladder::Ladder;
use crate::rating::rated::Rated;
use crate::store::{IdKey, JobRow};

use super::charge::Rater;
use super::owner::{Late, Used};
use super::payer::Payer;
use super::world::{Reach, World};

/// Task of the jobs that rate again.
pub const TASK: &str = "lateUsage";
/// What the subject of such a job is: an owner.
pub const OWNER: &str = "chargingState";
/// Who rates.
const PRINCIPAL: &str = "@rating";
/// A note that nobody has cared for so long is made again: its job failed.
const GIVEN_UP: i64 = 3_600_000_000;

/// That usage of an owner came late, where nothing said so yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    tenant: i64,
    owner: String,
    /// A product that uses it.
    product: String,
}

impl Note {
    /// The job that rates again, so many microseconds from now.
    fn job(&self, now: Micros, wait: i64) -> JobRow {
        let subject = IdKey::new(self.tenant, OWNER, &self.owner);
        JobRow {
            id: ids::new_id(),
            payload: serde_json::json!({ "product": self.product }).to_string(),
            ..JobRow::new(TASK, subject, PRINCIPAL, now.0.saturating_add(wait))
        }
    }
}

impl Rater {
    /// What is to be done about usage of the batch that came late.
    pub fn late_jobs(&self, now: Micros) -> Vec<JobRow> {
        let notes = self.world.notes.iter();
        notes
            .map(|note| note.job(now, self.late.unwrap_or(0)))
            .collect()
    }
}

/// When something happened.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    /// When the usage began, whatever its session.
    pub began: Micros,
    /// When it, or its session, began: whose buckets and tiers it uses.
    pub start: Micros,
    pub now: Micros,
    /// How long a note waits, in microseconds; none where late usage is left as it is.
    pub wait: Option<i64>,
}

impl World {
    /// Notes where a usage that was just booked came too late.
    pub fn note_order(
        &mut self,
        payer: &Payer,
        reach: &Reach,
        request: &Request<'_>,
        rated: &Rated,
        times: Times,
    ) {
        let mut late = match times.wait {
            Some(_) => self.late_for_buckets(payer, reach, rated, times),
            None => Vec::new(),
        };
        if rated.tier != 0 {
            late.extend(self.late_for_tiers(payer, request, rated, times));
        }
        let Some(wait) = times.wait else { return };
        for owner in late {
            self.note_late(payer, owner, times, wait);
        }
    }

    /// Owners of buckets that are used up by usage that began later.
    fn late_for_buckets(
        &self,
        payer: &Payer,
        reach: &Reach,
        rated: &Rated,
        times: Times,
    ) -> Vec<String> {
        let mut late = Vec::new();
        for place in rated.reached() {
            let Some(bucket) = reach.buckets.get(place) else {
                continue;
            };
            let own = rated.buckets.iter().find(|own| own.bucket == place);
            let taken = own.map_or(0, |own| own.taken);
            // It has something left: for all that came so far there was enough.
            if i64::try_from(bucket.remaining()).is_ok_and(|before| before > taken) {
                continue;
            }
            let name = reach.owner_of(payer, bucket);
            let last = self.get(payer, name).and_then(|owner| {
                let place = owner.place_of(name, &bucket.id)?;
                owner.buckets.get(place)?.last
            });
            if last.is_some_and(|last| times.began.0 < last) {
                late.push(name.clone());
            }
        }
        late
    }

    /// The owner of the tiers that a usage has moved, where it came too late for them. Also notes how far
    /// they have come.
    fn late_for_tiers(
        &mut self,
        payer: &Payer,
        request: &Request<'_>,
        rated: &Rated,
        times: Times,
    ) -> Option<String> {
        let card = request.card(rated.card)?;
        let ladder = card.ladder.as_ref()?;
        let place = request.tiers.find(&card.price, times.start)?;
        let period = request.tiers.0.get(place)?.period;
        let name = payer.owners.name_of(ladder.scope).clone();
        let owner = self.change(payer, &name)?;
        let place = owner.tier(&card.price, period);
        let own = owner.tiers.get_mut(place)?;
        // A session is priced anew as a whole, so all of it has moved.
        let moved = rated.session.as_ref().map_or(rated.tier, |all| all.tier);
        let is_late = moved_late(own, ladder, moved, times.began.0);
        is_late.then_some(name)
    }

    fn note_late(&mut self, payer: &Payer, owner: String, times: Times, wait: i64) {
        let Some(state) = self.change(payer, &owner) else {
            return;
        };
        let (began, now) = (times.began.0, times.now.0);
        let given_up = |late: &Late| late.noted.saturating_add(wait).saturating_add(GIVEN_UP) < now;
        let known = state.late.as_ref();
        let is_cared_for = known.is_some_and(|late| !given_up(late));
        state.late = Some(Late {
            from: known.map_or(began, |late| late.from.min(began)),
            until: known.map_or(began, |late| late.until.max(began)),
            noted: known.map_or(now, |late| if is_cared_for { late.noted } else { now }),
        });
        if !is_cared_for {
            self.notes.push(Note {
                tenant: payer.tenant,
                owner,
                product: payer.id.clone(),
            });
        }
    }
}

/// Whether usage that has moved tiers by so much came too late for them; notes how far they have come.
fn moved_late(own: &mut Used, ladder: &Ladder, moved: i64, began: i64) -> bool {
    let before = own.used.saturating_add_signed(moved.saturating_neg());
    let enters = enters_tier(ladder, before.min(own.used), before.max(own.used));
    let is_behind = own.last.is_some_and(|last| began < last);
    let is_late = is_behind && (enters || own.turned.is_some_and(|turned| began < turned));
    own.last = own.last.max(Some(began));
    if enters {
        own.turned = own.last;
    }
    is_late
}

/// Whether a tier begins between two positions. The first one does so only where entering it costs
/// something.
fn enters_tier(ladder: &Ladder, from: u64, to: u64) -> bool {
    let tiers = ladder.tiers.iter().enumerate();
    let mut starts = tiers
        .filter(|(place, tier)| *place > 0 || tier.flat != 0)
        .map(|(place, _)| ladder.start(place));
    starts.any(|start| (from..to).contains(&start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rating::ladder::{Adjust, Beyond, Tier, TierMode};
    use crate::rating::tier::Scope;

    fn ladder(flat: i128) -> Ladder {
        let tier = |to, flat| Tier {
            to,
            rate: Adjust::Keep,
            flat,
        };
        Ladder {
            mode: TierMode::Graduated,
            scope: Scope::Product,
            period: None,
            tiers: [tier(Some(100), flat), tier(None, 0)].into(),
            beyond: Beyond::Reject,
            flat_at_zero: false,
        }
    }

    /// Whether each of several usages, at an instant and of a quantity, came too late.
    fn late(ladder: &Ladder, usages: &[(i64, u64)]) -> Vec<bool> {
        let mut own = Used {
            price: "p".into(),
            from: None,
            to: None,
            used: 0,
            last: None,
            turned: None,
        };
        let each = usages.iter().map(|(at, quantity)| {
            own.used += quantity;
            moved_late(
                &mut own,
                ladder,
                i64::try_from(*quantity).expect("small"),
                *at,
            )
        });
        each.collect()
    }

    #[test]
    fn within_one_tier_no_usage_is_late() {
        let usages = [(10, 40), (5, 30), (7, 30)];
        assert_eq!(late(&ladder(0), &usages), [false; 3]);
        // Who comes first pays for entering.
        assert_eq!(late(&ladder(1), &usages), [false, true, true]);
    }

    #[test]
    fn usage_is_late_where_a_tier_would_have_been_entered_by_another() {
        // The one at 8 enters the second tier, which the one at 10 would have.
        assert_eq!(late(&ladder(0), &[(10, 90), (8, 20)]), [false, true]);
        // The tier is entered at 20: before is late, behind is not.
        let usages = [(10, 90), (20, 20), (30, 5), (19, 5), (21, 5)];
        let expected = [false, false, false, true, false];
        assert_eq!(late(&ladder(0), &usages), expected);
    }
}
