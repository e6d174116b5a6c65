//! Going forward again, part by part, after owners were taken back to an instant: what the usage behind a
//! part has left behind is put back, so that owners stand as all usage together says after each part.

use std::collections::HashMap;
use std::sync::Arc;

use super::left::Left;
use super::owner::{Held, Late, Owner, Used};
use super::payer::Payer;
use super::world::World;
use crate::domain::clock::Micros;

/// Owners by name.
pub type Owners = HashMap<String, Owner>;

/// How far usage has been rated again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// What began before this instant.
    Until(Micros),
    /// All that has to be; what began at this instant or later stays as it is.
    All(Micros),
}

impl Done {
    const fn at(self) -> i64 {
        match self {
            Done::Until(at) | Done::All(at) => at.0,
        }
    }
}

impl World {
    /// The owners of payers as they are now.
    pub fn owners_of(&self, payers: &[Arc<Payer>]) -> Owners {
        let mut owners = Owners::new();
        for payer in payers {
            for name in payer.owner_names() {
                if let Some(owner) = self.get(payer, name)
                    && !owners.contains_key(name)
                {
                    owners.insert(name.clone(), owner.clone());
                }
            }
        }
        owners
    }

    /// Puts back what usage behind a part has left behind. `full` are the owners before they were taken back.
    pub fn put_back(&mut self, payers: &[Arc<Payer>], full: &Owners, rest: &Left, done: Done) {
        let mut seen = std::collections::HashSet::new();
        for payer in payers {
            if let Some(taken) = rest.tallied(payer.key) {
                self.sums.add_all(payer, taken, 1);
            }
            for name in payer.owner_names() {
                if seen.insert(name.clone())
                    && let Some(before) = full.get(name)
                    && let Some(owner) = self.change(payer, name)
                {
                    owner.put_back(name, before, rest, done);
                }
            }
        }
    }
}

impl Owner {
    fn put_back(&mut self, name: &str, full: &Owner, rest: &Left, done: Done) {
        // Whoever came last behind the part came last.
        let behind = |last: Option<i64>| last.filter(|last| *last >= done.at());
        for held in &full.buckets {
            let id = held.id(name);
            let place = self.place_of(name, &id);
            if let Some(own) = place.and_then(|place| self.buckets.get_mut(place)) {
                own.used = own.used.saturating_add(rest.taken(&id));
                own.last = own.last.max(behind(held.last));
            }
        }
        for tier in &full.tiers {
            let period = tier.position().period;
            let moved = rest.moved(name, &tier.price, period);
            if moved == 0 {
                continue;
            }
            let place = self.tier(&tier.price, period);
            if let Some(own) = self.tiers.get_mut(place) {
                own.used = own.used.saturating_add(moved);
                own.last = own.last.max(behind(tier.last));
                own.turned = own.turned.max(behind(tier.turned));
            }
        }
        self.put_back_spent(name, rest.spent());
        for session in full.sessions.iter().filter(|own| own.start >= done.at()) {
            if self.session(&session.name).is_none() {
                self.sessions.push(session.clone());
            }
        }
        // All that came late behind the part still waits; so does what is rated while the parts are.
        if let Done::Until(at) = done
            && self.late.is_none()
        {
            self.late = full.late.map(|late| Late {
                from: at.0,
                until: i64::MAX,
                ..late
            });
        }
    }

    /// Tiers are used behind an instant: how far tells only what came before.
    pub fn counts_on(&self, from: Micros) -> bool {
        let mut used = self.tiers.iter().filter(|own| own.used > 0);
        used.any(|own| own.to.is_none_or(|to| to > from.0))
    }

    /// When the last usage began that drew from buckets which are used up, or that a tier before the present
    /// one priced, of periods that have begun.
    fn turned(&self, begun: i64) -> Option<i64> {
        let began = |start: Option<i64>| start.is_none_or(|start| start <= begun);
        // Of usage that was rated before this was noted nobody knows.
        let noted = |last: Option<i64>, used: u64| last.or((used > 0).then_some(i64::MAX));
        let buckets = self.buckets.iter();
        let buckets = buckets.filter(|own| own.left() == 0 && began(own.from));
        let buckets = buckets.filter_map(|own| noted(own.last, own.used));
        let tiers = self.tiers.iter().filter(|own| began(own.from));
        let tiers = tiers.filter_map(|own| match own.last {
            Some(_) => own.turned,
            None => noted(None, own.used),
        });
        buckets.chain(tiers).max()
    }
}

/// Up to when usage may cost something else because some came late, from an instant on: behind that whatever
/// is used up stays used up, and no tier is entered. [`is_settled`] says whether that has come true.
pub fn reach(owners: &Owners, from: Micros) -> Micros {
    let late = owners.values().filter_map(|owner| owner.late);
    let late = late.map(|late| late.until).max();
    let mut reach = late.map_or(from.0, |late| late.max(from.0));
    loop {
        let turned = owners.values().filter_map(|owner| owner.turned(reach));
        match turned.max() {
            Some(further) if further > reach => reach = further,
            _ => return Micros(reach),
        }
    }
}

/// True where usage behind an instant costs what it did. `before` is an owner before any usage was rated
/// again, `there` as it stands at the instant, and `after` with all usage.
pub fn is_settled(name: &str, before: &Owner, there: &Owner, after: &Owner) -> bool {
    let settled_bucket = |after: &Held| {
        let id = after.id(name);
        let find = |owner: &'_ Owner| {
            let place = owner.place_of(name, &id)?;
            owner.buckets.get(place).cloned()
        };
        let (before, there) = (find(before), find(there));
        let Some(there) = there else { return false };
        let rest = after.used.saturating_sub(there.used);
        match before {
            Some(before) if before.left() == 0 => {
                there.used == before.used.saturating_sub(rest) && (rest > 0 || there.left() == 0)
            }
            _ => after.left() > 0,
        }
    };
    let used = |owner: &Owner, tier: &Used| {
        let mut same = owner.tiers.iter();
        let found = same.find(|own| own.price == tier.price && own.from == tier.from);
        found.map_or(0, |own| own.used)
    };
    let settled_tier = |tier: &Used| used(before, tier) == used(after, tier);
    after.buckets.iter().all(settled_bucket)
        && after.tiers.iter().all(settled_tier)
        && before.tiers.iter().all(settled_tier)
}

/// True where an owner stands at an instant where it stood before: nobody else has given it something, or
/// rated usage before the instant.
pub fn is_same(name: &str, one: &Owner, other: &Owner) -> bool {
    let buckets = |owner: &Owner| {
        let used = owner.buckets.iter().filter(|own| own.used > 0);
        let mut all: Vec<(String, u64, u64, u64)> = used
            .map(|own| (own.id(name), own.granted, own.moved, own.used))
            .collect();
        all.sort();
        all
    };
    let tiers = |owner: &Owner| {
        let used = owner.tiers.iter().filter(|own| own.used > 0);
        let mut all: Vec<(Box<str>, Option<i64>, u64)> = used
            .map(|own| (own.price.clone(), own.from, own.used))
            .collect();
        all.sort();
        all
    };
    buckets(one) == buckets(other) && tiers(one) == tiers(other)
}
