//! What usage has left behind with an owner: a product, an account or a group. Allowances that were
//! granted, how far tiers have been used, what periods have come to, sessions under way.

use serde::{Deserialize, Serialize};

use crate::domain::clock::Micros;
use crate::domain::usage_facts::NEVER;
use crate::domain::value::Period;
use crate::rating::allowance::{Allowance, Sharing};
use crate::rating::bucket::Bucket;
use crate::rating::recurrence::Recurrence;
use crate::rating::tier::TierPosition;

use super::left::Left;
use super::part::StoredSession;
use super::spend::Spent;

/// Sessions that are kept with an owner once they are closed, to tell parts that come again.
const CLOSED_KEPT: usize = 64;
/// Periods that are gone through at most to find out what is carried over.
const RENEWALS_MAX: usize = 800;
/// Buckets that are kept after their period, for usage that comes late.
const ENDED_KEPT: usize = 24;

/// A bucket as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Id of the allowance's price.
    pub price: Box<str>,
    /// Base units.
    pub granted: u64,
    pub used: u64,
    /// Base units that went on into the next period.
    #[serde(default)]
    pub moved: u64,
    /// Microseconds since 1970.
    pub from: Option<i64>,
    pub to: Option<i64>,
    /// How often it has been carried over.
    #[serde(default)]
    pub carried: u32,
    /// Given by hand: a top-up, a transfer, an adjustment. Tells it from grants of the same period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gift: Option<Box<str>>,
    /// When the last usage began that drew from it, in the order of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<i64>,
    /// The highest share of the grant, in per cent, that the customer was told of.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub told: u8,
}

const fn is_nothing(share: &u8) -> bool {
    *share == 0
}

impl Held {
    /// Its period.
    pub fn valid(&self) -> Period {
        Period {
            start: self.from.map(Micros),
            end: self.to.map(Micros),
        }
    }

    /// Base units that are neither used nor carried over.
    pub const fn left(&self) -> u64 {
        self.granted
            .saturating_sub(self.used)
            .saturating_sub(self.moved)
    }

    /// Its id among all buckets: owner, price, period.
    pub fn id(&self, owner: &str) -> String {
        let from = self.from.unwrap_or_default() / 1_000_000;
        let mut id = format!("{owner}~{}~{from}", self.price);
        if self.carried > 0 {
            id.push_str(&format!("~{}", self.carried));
        }
        if let Some(gift) = &self.gift {
            id.push_str(&format!("~{gift}"));
        }
        id.replace(':', ".")
    }

    /// As rating draws from it.
    pub fn bucket(&self, owner: &str, allowance: &std::sync::Arc<Allowance>) -> Bucket {
        Bucket {
            id: self.id(owner).into(),
            allowance: std::sync::Arc::clone(allowance),
            granted: self.granted.saturating_sub(self.moved),
            used: self.used,
            valid: self.valid(),
            carried: self.carried,
        }
    }
}

/// How far the tiers of a price are used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Used {
    pub price: Box<str>,
    pub from: Option<i64>,
    pub to: Option<i64>,
    pub used: u64,
    /// When the last usage began that moved it, in the order of time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<i64>,
    /// When the last usage began that a tier before the present one priced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub turned: Option<i64>,
}

impl Used {
    /// As rating asks for it.
    pub fn position(&self) -> TierPosition {
        TierPosition {
            price: self.price.clone(),
            period: Period {
                start: self.from.map(Micros),
                end: self.to.map(Micros),
            },
            used: self.used,
        }
    }
}

/// The state of one owner.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buckets: Vec<Held>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Used>,
    /// What periods of maximum spends have come to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub spent: Vec<Spent>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<StoredSession>,
    /// Products of a group, as far as they have used something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Box<str>>,
    /// Some usage came too late for what was rated before it: all of it waits to be rated again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late: Option<Late>,
}

/// That usage came late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Late {
    /// When the first of it began.
    pub from: i64,
    /// When the last of it began; the end of time where nobody knows.
    #[serde(default = "end_of_time")]
    pub until: i64,
    /// When it was noted.
    pub noted: i64,
}

const fn end_of_time() -> i64 {
    i64::MAX
}

/// When the periods of an owner begin.
#[derive(Clone, Copy, Debug)]
pub struct Since {
    /// When the product began; none when nobody knows.
    pub start: Option<Micros>,
    pub zone: chrono_tz::Tz,
}

impl Since {
    /// The periods of an allowance or of tiers, from the day on which the product began.
    pub fn recurrence(&self, cycle: crate::domain::billing_cycle::Cycle) -> Option<Recurrence> {
        let start = self.start.unwrap_or(Micros(0));
        let time = chrono::DateTime::from_timestamp_micros(start.0)?;
        Some(Recurrence {
            cycle,
            anchor: time.with_timezone(&self.zone).date_naive(),
            zone: self.zone,
        })
    }
}

impl Owner {
    /// Reads what was stored. An owner without a state has an empty one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        if bytes.is_empty() {
            return Ok(Owner::default());
        }
        serde_json::from_slice(bytes)
    }

    /// As it is stored.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Something of an allowance or of tiers is used, or could be.
    pub fn has_something(&self) -> bool {
        !self.buckets.is_empty() || !self.tiers.is_empty()
    }

    /// Makes a group know one of its products. True when it is new.
    pub fn join(&mut self, product: &str) -> bool {
        if self.members.iter().any(|own| **own == *product) {
            return false;
        }
        self.members.push(product.into());
        true
    }

    /// Grants what is due to usage that began at an instant. True when something was granted.
    pub fn grant(&mut self, allowance: &Allowance, since: &Since, at: Micros) -> bool {
        let own = |held: &&Held| *held.price == *allowance.price && held.gift.is_none();
        let has = |held: &Held| held.carried == 0 && held.valid().contains(at);
        if self.buckets.iter().filter(own).any(has) {
            return false;
        }
        let Some(cycle) = allowance.period else {
            return self.grant_once(allowance, since, at);
        };
        let Some(recurrence) = since.recurrence(cycle) else {
            return false;
        };
        let latest = self
            .buckets
            .iter()
            .filter(own)
            .filter(|held| held.carried == 0)
            .max_by_key(|held| held.from);
        match latest.map(Held::valid) {
            // It comes late: before all that was granted, so nothing is carried over from it.
            Some(latest) if latest.start.is_some_and(|start| at < start) => {
                self.grant_period(allowance, &recurrence, since, at)
            }
            Some(_) => self.renew_until(allowance, &recurrence, at),
            None => self.begin(allowance, &recurrence, since, at),
        }
    }

    fn members_of(&self, allowance: &Allowance) -> u64 {
        match allowance.sharing {
            Sharing::Pooled => u64::try_from(self.members.len()).unwrap_or(1).max(1),
            Sharing::Shared => 1,
        }
    }

    fn grant_once(&mut self, allowance: &Allowance, since: &Since, at: Micros) -> bool {
        if self
            .buckets
            .iter()
            .any(|held| held.price == allowance.price && held.gift.is_none())
        {
            return false;
        }
        let start = since.start.unwrap_or(at);
        let members = self.members_of(allowance);
        match allowance.first_grant(None, start, members) {
            Some(grant) => self.add(allowance, &grant),
            None => false,
        }
    }

    /// The first grant. What was granted in periods without any usage matters only where it is carried
    /// over.
    fn begin(
        &mut self,
        allowance: &Allowance,
        recurrence: &Recurrence,
        since: &Since,
        at: Micros,
    ) -> bool {
        let carries = allowance.rollover.is_some();
        let start = since.start.filter(|start| *start <= at);
        let Some(start) = start.filter(|start| carries || is_same_period(recurrence, *start, at))
        else {
            return self.grant_period(allowance, recurrence, since, at);
        };
        let members = self.members_of(allowance);
        let Some(grant) = allowance.first_grant(Some(recurrence), start, members) else {
            return self.grant_period(allowance, recurrence, since, at);
        };
        self.add(allowance, &grant);
        self.renew_until(allowance, recurrence, at);
        true
    }

    /// The grant of the period of an instant, whatever was before.
    fn grant_period(
        &mut self,
        allowance: &Allowance,
        recurrence: &Recurrence,
        since: &Since,
        at: Micros,
    ) -> bool {
        let Some(span) = recurrence.at(at) else {
            return false;
        };
        let Some(mut valid) = span.period() else {
            return false;
        };
        let members = self.members_of(allowance);
        // In the first period the product was not there from the beginning.
        if let Some(start) = since.start.filter(|start| valid.contains(*start)) {
            return match allowance.first_grant(Some(recurrence), start, members) {
                Some(grant) => self.add(allowance, &grant),
                None => false,
            };
        }
        if !allowance.valid.contains(valid.start.unwrap_or(at)) {
            if !allowance.valid.contains(at) {
                return false;
            }
            valid.start = allowance.valid.start;
        }
        self.add(
            allowance,
            &crate::rating::allowance::Grant {
                quantity: allowance.grant.saturating_mul(members),
                valid,
                carried: 0,
            },
        )
    }

    /// Ends periods, one after the other, until one has the instant.
    fn renew_until(&mut self, allowance: &Allowance, recurrence: &Recurrence, at: Micros) -> bool {
        let mut renewed = false;
        for _ in 0..RENEWALS_MAX {
            let own = |held: &Held| held.price == allowance.price && held.gift.is_none();
            let end = self
                .buckets
                .iter()
                .filter(|held| own(held))
                .filter_map(|held| held.to)
                .max();
            let Some(end) = end.filter(|end| *end <= at.0) else {
                return renewed;
            };
            let Some(span) = recurrence.at(Micros(end - 1)) else {
                return renewed;
            };
            let allowance_arc = std::sync::Arc::new(allowance.clone());
            let places: Vec<usize> = (0..self.buckets.len())
                .filter(|place| {
                    self.buckets
                        .get(*place)
                        .is_some_and(|held| own(held) && held.to == Some(end))
                })
                .collect();
            let ending: Vec<Bucket> = places
                .iter()
                .filter_map(|place| self.buckets.get(*place))
                .map(|held| held.bucket("", &allowance_arc))
                .collect();
            let ending: Vec<&Bucket> = ending.iter().collect();
            let members = self.members_of(allowance);
            let Some(renewal) = allowance.renew(recurrence, &span, &ending, members) else {
                return renewed;
            };
            for (place, end) in places.iter().zip(&renewal.ends) {
                if let Some(held) = self.buckets.get_mut(*place) {
                    held.moved = held.moved.saturating_add(end.carried);
                }
            }
            if renewal.grants.is_empty() {
                return renewed;
            }
            for grant in &renewal.grants {
                self.add(allowance, grant);
            }
            renewed = true;
        }
        renewed
    }

    fn add(&mut self, allowance: &Allowance, grant: &crate::rating::allowance::Grant) -> bool {
        let micros = |at: Option<Micros>| at.map(|at| at.0);
        self.buckets.push(Held {
            price: allowance.price.clone(),
            granted: grant.quantity,
            used: 0,
            moved: 0,
            from: micros(grant.valid.start),
            to: micros(grant.valid.end),
            carried: grant.carried,
            gift: None,
            last: None,
            told: 0,
        });
        self.forget_oldest(&allowance.price);
        true
    }

    /// Adds what is given by hand. What was given before for the same time is added to; else it is a
    /// bucket of its own, to which `gift` gives the name. False for more than a bucket can hold.
    pub fn give(
        &mut self,
        price: &str,
        units: u64,
        valid: Period,
        gift: &str,
        now: Micros,
    ) -> bool {
        let (from, to) = (valid.start.map(|at| at.0), valid.end.map(|at| at.0));
        let mut gifts = self.buckets.iter_mut().filter(|held| held.gift.is_some());
        let same = gifts.find(|own| *own.price == *price && own.from == from && own.to == to);
        if let Some(held) = same {
            let granted = held.granted.checked_add(units);
            held.granted = granted.unwrap_or(held.granted);
            return granted.is_some();
        }
        self.forget_gifts(price, now);
        self.buckets.push(Held {
            price: price.into(),
            granted: units,
            used: 0,
            moved: 0,
            from,
            to,
            carried: 0,
            gift: Some(gift.into()),
            last: None,
            told: 0,
        });
        true
    }

    /// Of gifts that have ended, the first ones go.
    fn forget_gifts(&mut self, price: &str, now: Micros) {
        let has_ended = |held: &Held| {
            let ended = held.to.is_some_and(|to| to <= now.0);
            ended && *held.price == *price && held.gift.is_some()
        };
        let ended = self.buckets.iter().filter(|held| has_ended(held)).count();
        let mut extra = (ended + 1).saturating_sub(ENDED_KEPT);
        self.buckets.retain(|held| {
            let goes = extra > 0 && has_ended(held);
            extra -= usize::from(goes);
            !goes
        });
    }

    /// What was given by hand may have years to go and stays.
    fn forget_oldest(&mut self, price: &str) {
        let own = |held: &Held| *held.price == *price && held.gift.is_none();
        let count = self.buckets.iter().filter(|held| own(held)).count();
        if count <= ENDED_KEPT {
            return;
        }
        let oldest = (0..self.buckets.len())
            .filter(|place| self.buckets.get(*place).is_some_and(own))
            .min_by_key(|place| {
                self.buckets
                    .get(*place)
                    .map(|held| held.to.unwrap_or(i64::MAX))
            });
        if let Some(oldest) = oldest {
            self.buckets.remove(oldest);
        }
    }

    /// A member that is new adds its grant to the bucket of the period.
    pub fn add_member_grant(&mut self, allowance: &Allowance, since: &Since, at: Micros) {
        if allowance.sharing != Sharing::Pooled || self.members.len() < 2 {
            return;
        }
        let Some(recurrence) = allowance.period.and_then(|cycle| since.recurrence(cycle)) else {
            return;
        };
        let added = allowance
            .joined(&recurrence, since.start.unwrap_or(at))
            .unwrap_or(0);
        let current = self.buckets.iter_mut().find(|held| {
            *held.price == *allowance.price && held.carried == 0 && held.valid().contains(at)
        });
        if let Some(held) = current {
            held.granted = held.granted.saturating_add(added);
        }
    }

    /// The place of the position of a price, which is made where it is not there.
    pub fn tier(&mut self, price: &str, period: Period) -> usize {
        let (from, to) = (period.start.map(|at| at.0), period.end.map(|at| at.0));
        let found = self
            .tiers
            .iter()
            .position(|own| *own.price == *price && own.from == from && own.to == to);
        found.unwrap_or_else(|| {
            self.tiers.push(Used {
                price: price.into(),
                from,
                to,
                used: 0,
                last: None,
                turned: None,
            });
            self.tiers.len() - 1
        })
    }

    /// Notes a session; of those that are closed only the latest are kept.
    pub fn note(&mut self, session: StoredSession) {
        match self
            .sessions
            .iter_mut()
            .find(|own| own.name == session.name)
        {
            Some(own) => *own = session,
            None => self.sessions.push(session),
        }
        let closed = self.sessions.iter().filter(|own| own.closed).count();
        if closed > CLOSED_KEPT
            && let Some(oldest) = self.sessions.iter().position(|own| own.closed)
        {
            self.sessions.remove(oldest);
        }
    }

    /// The session with a name.
    pub fn session(&self, name: &str) -> Option<&StoredSession> {
        self.sessions.iter().find(|own| own.name == name)
    }

    /// Takes back what usage from an instant on has left behind. Buckets stay, with what was given,
    /// carried over and taken away by hand; what usage took from them comes back.
    pub fn rewind(&mut self, owner: &str, since: Micros, left: &Left) {
        let until = |last: Option<i64>| last.map(|last| last.min(since.0));
        for held in &mut self.buckets {
            let back = left.taken(&held.id(owner));
            held.used = held.used.saturating_sub(back);
            held.last = until(held.last);
        }
        self.tiers
            .retain(|own| own.from.is_none_or(|from| from < since.0));
        for own in &mut self.tiers {
            let back = left.moved(owner, &own.price, own.position().period);
            own.used = own.used.saturating_sub(back);
            (own.last, own.turned) = (until(own.last), until(own.turned));
        }
        self.sessions.retain(|own| own.start < since.0);
        self.late = self.late.filter(|late| late.from < since.0);
    }

    /// What rating has seen as a bucket. Mostly its price and period tell which one it is; ids are made only
    /// where something was given by hand for the same time.
    pub fn held_mut(&mut self, owner: &str, bucket: &Bucket) -> Option<&mut Held> {
        let is_alike = |held: &Held| {
            *held.price == *bucket.allowance.price
                && held.carried == bucket.carried
                && held.valid() == bucket.valid
        };
        let mut alike =
            (0..self.buckets.len()).filter(|place| self.buckets.get(*place).is_some_and(is_alike));
        let place = match (alike.next(), alike.next()) {
            (Some(only), None) => only,
            _ => self.place_of(owner, &bucket.id)?,
        };
        self.buckets.get_mut(place)
    }

    /// The bucket with an id.
    pub fn place_of(&self, owner: &str, id: &str) -> Option<usize> {
        self.buckets.iter().position(|held| held.id(owner) == id)
    }
}

fn is_same_period(recurrence: &Recurrence, one: Micros, other: Micros) -> bool {
    match (recurrence.at(one), recurrence.at(other)) {
        (Some(one), Some(other)) => one.first == other.first,
        _ => false,
    }
}

/// When usage began, for rating; the epoch where it does not say so.
pub fn start_of(start_at: i64) -> Micros {
    Micros(if start_at == NEVER { 0 } else { start_at })
}
