//! What one worker knows of the owners that it rates for: read once, kept while nobody else writes it,
//! written with each batch over the revision that was read.

use std::collections::HashMap;
use std::sync::Arc;

use super::alert::Alert;
use super::late::Note;
use super::left::Left;
use super::owner::{Owner, Since};
use super::payer::{Owners, Payer};
use super::tally::Sums;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::domain::value::Period;
use crate::rating::allowance::Allowance;
use crate::rating::bucket::{Bucket, BucketMove, Buckets};
use crate::rating::tariff::Tariff;
use crate::rating::tier::{Scope, Tiers};
use crate::store::Session;
use crate::store::usage::{StateWrite, SumLogRow};

/// Owners that a worker keeps; beyond that it begins anew.
const KEPT: usize = 200_000;

type Key = (i64, String);

/// An owner in memory.
#[derive(Debug)]
struct Known {
    owner: Owner,
    /// In the database; 0 where there is no state yet.
    revision: i64,
    is_changed: bool,
    /// Some allowance is used up: usage then writes nothing by which it would be noticed that somebody
    /// else has added to it, so it is read anew.
    is_spent: bool,
}

/// The owners of a worker.
#[derive(Default)]
pub struct World {
    /// By tenant and name: names are looked up far more often than they are kept.
    owners: HashMap<i64, HashMap<String, Known>>,
    /// Owners that this batch has changed.
    changed: Vec<Key>,
    /// Owners of which this batch is the first to say that usage came late.
    pub(super) notes: Vec<Note>,
    /// What this batch adds to what waits to be billed.
    pub(super) sums: Sums,
}

/// What is written of a batch besides its usage.
#[derive(Debug, Default)]
pub struct Writes {
    pub states: Vec<StateWrite>,
    pub sums: Vec<SumLogRow>,
}

/// What a usage draws from, and where that belongs.
#[derive(Debug, Default)]
pub struct Reach {
    pub buckets: Buckets,
    pub tiers: Tiers,
    /// Owners of the buckets of options, by their ids. All others are the payer's own.
    of_options: Vec<(Box<str>, String)>,
}

/// Who is granted allowances: the product that pays, or an option of it.
#[derive(Clone, Copy)]
struct Granted<'p> {
    id: &'p str,
    owners: &'p Owners,
    since: Since,
}

impl Reach {
    /// The owner of a bucket.
    pub(super) fn owner_of<'r>(&'r self, payer: &'r Payer, bucket: &Bucket) -> &'r String {
        let mut options = self.of_options.iter();
        let option = options.find(|(id, _)| *id == bucket.id);
        option.map_or_else(
            || payer.owners.name_of(bucket.allowance.scope),
            |(_, name)| name,
        )
    }
}

impl World {
    /// Reads the owners of payers that are not known, as far as their tariffs need them.
    ///
    /// # Errors
    /// When the database cannot be read, or a state cannot.
    pub fn load<'p>(
        &mut self,
        session: &mut dyn Session,
        payers: impl Iterator<Item = &'p Arc<Payer>>,
    ) -> Outcome<()> {
        if self.owners.values().map(HashMap::len).sum::<usize>() > KEPT {
            self.owners.clear();
        }
        let mut missing: HashMap<i64, Vec<String>> = HashMap::new();
        for payer in payers {
            for owner in payer.owner_names() {
                let known = self.known(payer, owner);
                if known.is_none_or(|known| known.is_spent) {
                    missing.entry(payer.tenant).or_default().push(owner.clone());
                    let empty = Known {
                        owner: Owner::default(),
                        revision: 0,
                        is_changed: false,
                        is_spent: false,
                    };
                    let own = self.owners.entry(payer.tenant).or_default();
                    own.insert(owner.clone(), empty);
                }
            }
        }
        for (tenant, owners) in missing {
            for (owner, revision, state) in session.charging_states(tenant, &owners)? {
                let read = Owner::read(&state).map_err(|error| {
                    crate::domain::problem::Problem::internal(format!(
                        "a charging state cannot be read: {error}"
                    ))
                })?;
                let known = Known {
                    owner: read,
                    revision,
                    is_changed: false,
                    is_spent: false,
                };
                self.owners.entry(tenant).or_default().insert(owner, known);
            }
        }
        Ok(())
    }

    fn known(&self, payer: &Payer, name: &str) -> Option<&Known> {
        self.owners.get(&payer.tenant)?.get(name)
    }

    fn known_mut(&mut self, payer: &Payer, name: &str) -> Option<&mut Known> {
        self.owners.get_mut(&payer.tenant)?.get_mut(name)
    }

    pub(super) fn get(&self, payer: &Payer, name: &str) -> Option<&Owner> {
        self.known(payer, name).map(|known| &known.owner)
    }

    pub(super) fn change(&mut self, payer: &Payer, name: &str) -> Option<&mut Owner> {
        let known = self.owners.get_mut(&payer.tenant)?.get_mut(name)?;
        if !known.is_changed {
            known.is_changed = true;
            self.changed.push((payer.tenant, name.to_owned()));
        }
        Some(&mut known.owner)
    }

    /// Grants what is due and gathers what usage that began at an instant can draw from.
    pub fn reach(&mut self, payer: &Payer, tariff: &Tariff, since: &Since, at: Micros) -> Reach {
        let mut buckets = Vec::new();
        let own = Granted {
            id: &payer.id,
            owners: &payer.owners,
            since: *since,
        };
        self.draw(payer, own, &tariff.allowances, at, &mut buckets);
        let mut of_options = Vec::new();
        for option in payer.options.iter().filter(|own| own.active.contains(at)) {
            let granted = Granted {
                id: &option.id,
                owners: &option.owners,
                since: Since {
                    start: option.active.start,
                    zone: since.zone,
                },
            };
            let before = buckets.len();
            self.draw(payer, granted, &option.allowances, at, &mut buckets);
            of_options.extend(buckets.iter().skip(before).map(|bucket| {
                let name = option.owners.name_of(bucket.allowance.scope);
                (bucket.id.clone(), name.clone())
            }));
        }
        let mut tiers = Vec::new();
        for card in &tariff.cards.cards {
            let Some(ladder) = card.ladder.as_ref().filter(|own| own.scope != Scope::Event) else {
                continue;
            };
            let period = ladder
                .period
                .and_then(|cycle| since.recurrence(cycle)?.at(at)?.period());
            let name = payer.owners.name_of(ladder.scope);
            let Some(owner) = self.get(payer, name) else {
                continue;
            };
            let period = period.unwrap_or(Period::ALWAYS);
            let (from, to) = (period.start.map(|at| at.0), period.end.map(|at| at.0));
            let used = owner
                .tiers
                .iter()
                .find(|own| *own.price == *card.price && own.from == from && own.to == to);
            tiers.push(crate::rating::tier::TierPosition {
                price: card.price.clone(),
                period,
                used: used.map_or(0, |own| own.used),
            });
        }
        Reach {
            buckets: Buckets::new(buckets),
            tiers: Tiers(tiers),
            of_options,
        }
    }

    /// Grants what is due of allowances and adds what can be drawn from. What an owner has of a price is
    /// there once, however many bring it.
    fn draw(
        &mut self,
        payer: &Payer,
        granted: Granted<'_>,
        allowances: &[Arc<Allowance>],
        at: Micros,
        buckets: &mut Vec<Bucket>,
    ) {
        for allowance in allowances {
            let name = granted.owners.name_of(allowance.scope);
            if self.is_due(payer, name, granted, allowance, at) {
                self.grant(payer, name, granted, allowance, at);
            }
            let Some(owner) = self.get(payer, name) else {
                continue;
            };
            let own = owner.buckets.iter();
            let own =
                own.filter(|held| *held.price == *allowance.price && held.valid().contains(at));
            let before = buckets.len();
            for bucket in own.map(|held| held.bucket(name, allowance)) {
                let (others, _) = buckets.split_at(before);
                if others.iter().all(|other| other.id != bucket.id) {
                    buckets.push(bucket);
                }
            }
            let mut found = buckets.iter().skip(before);
            if found.all(|own| own.remaining() == 0) {
                self.note_spent(payer, name);
            }
        }
    }

    fn note_spent(&mut self, payer: &Payer, name: &str) {
        if let Some(known) = self.known_mut(payer, name) {
            known.is_spent = true;
        }
    }

    /// Something may have to be granted: the check that most usage ends with.
    fn is_due(
        &self,
        payer: &Payer,
        name: &str,
        granted: Granted<'_>,
        allowance: &Allowance,
        at: Micros,
    ) -> bool {
        let Some(owner) = self.get(payer, name) else {
            return false;
        };
        let is_member =
            allowance.scope != Scope::Group || owner.members.iter().any(|own| **own == *granted.id);
        !is_member
            || !owner.buckets.iter().any(|held| {
                *held.price == *allowance.price
                    && held.gift.is_none()
                    && held.carried == 0
                    && held.valid().contains(at)
            })
    }

    fn grant(
        &mut self,
        payer: &Payer,
        name: &str,
        granted: Granted<'_>,
        allowance: &Allowance,
        at: Micros,
    ) {
        let Some(owner) = self.change(payer, name) else {
            return;
        };
        let joined = allowance.scope == Scope::Group && owner.join(granted.id);
        if !owner.grant(allowance, &granted.since, at) && joined {
            owner.add_member_grant(allowance, &granted.since, at);
        }
    }

    /// Books what a usage has moved, and raises the shares of buckets that it reaches.
    /// `began` is when it began, whatever its session.
    pub fn book(
        &mut self,
        payer: &Payer,
        reach: &Reach,
        moves: &[BucketMove],
        began: Micros,
        alerts: &mut Vec<Alert>,
    ) {
        for one in moves {
            let Some(bucket) = reach.buckets.get(one.bucket) else {
                continue;
            };
            let name = reach.owner_of(payer, bucket);
            let Some(owner) = self.change(payer, name) else {
                continue;
            };
            if let Some(held) = owner.held_mut(name, bucket) {
                // Rating worked it out from this very bucket, so it fits.
                held.used = held.used.saturating_add_signed(one.taken);
                held.last = held.last.max(Some(began.0));
                if one.taken > 0 {
                    for share in bucket.shares_due(held.told, held.used) {
                        held.told = share;
                        alerts.push(Alert::share(payer, name, bucket, held, share));
                    }
                }
                if held.left() == 0 {
                    self.note_spent(payer, name);
                }
            }
        }
    }

    /// Moves the tiers of a price.
    pub fn move_tier(
        &mut self,
        payer: &Payer,
        tariff: &Tariff,
        reach: &Reach,
        price: &str,
        at: Micros,
        by: i64,
    ) {
        let ladders = tariff.cards.cards.iter();
        let ladder = ladders
            .filter(|card| *card.price == *price)
            .find_map(|card| card.ladder.as_ref());
        let Some(scope) = ladder.map(|ladder| ladder.scope) else {
            return;
        };
        let Some(period) = reach
            .tiers
            .find(price, at)
            .and_then(|place| reach.tiers.0.get(place))
            .map(|position| position.period)
        else {
            return;
        };
        let name = payer.owners.name_of(scope);
        let Some(owner) = self.change(payer, name) else {
            return;
        };
        let place = owner.tier(price, period);
        if let Some(own) = owner.tiers.get_mut(place) {
            own.used = own.used.saturating_add_signed(by);
        }
    }

    /// The state of a product, where sessions are noted.
    pub fn product(&self, payer: &Payer) -> Option<&Owner> {
        self.get(payer, &payer.owners.product)
    }

    /// The same, to be changed.
    pub fn product_mut(&mut self, payer: &Payer) -> Option<&mut Owner> {
        self.change(payer, &payer.owners.product)
    }

    /// What is to be written of this batch.
    pub fn writes(&self) -> Writes {
        Writes {
            states: self.states(),
            sums: self.sums.rows(),
        }
    }

    fn states(&self) -> Vec<StateWrite> {
        let changed = self.changed.iter();
        changed
            .filter_map(|(tenant, name)| {
                let known = self.owners.get(tenant)?.get(name)?;
                Some(StateWrite {
                    tenant: *tenant,
                    owner: name.clone(),
                    expected_revision: known.revision,
                    state: known.owner.bytes(),
                })
            })
            .collect()
    }

    /// The batch was committed.
    pub fn committed(&mut self) {
        self.notes.clear();
        self.sums.clear();
        for (tenant, name) in std::mem::take(&mut self.changed) {
            let own = self.owners.get_mut(&tenant);
            if let Some(known) = own.and_then(|own| own.get_mut(&name)) {
                known.revision += 1;
                known.is_changed = false;
            }
        }
    }

    /// Somebody else has written an owner: it is read anew.
    pub fn forget_owner(&mut self, tenant: i64, name: &str) {
        if let Some(own) = self.owners.get_mut(&tenant) {
            own.remove(name);
        }
    }

    /// The batch was not committed, or somebody else may have written: all is read anew.
    pub fn forget(&mut self) {
        self.notes.clear();
        self.sums.clear();
        self.changed.clear();
        self.owners.clear();
    }
}

/// Going back, to rate again what is rated.
impl World {
    /// Since when usage has to be rated again so that what came from an instant on is: since the periods
    /// began in which it lies.
    pub fn since(&self, payers: &[Arc<Payer>], from: Micros) -> Micros {
        let owners = payers.iter().flat_map(|payer| {
            let names = payer.owner_names();
            names.filter_map(|name| self.get(payer, name))
        });
        let periods = owners.flat_map(|owner| {
            let grants = owner.buckets.iter().filter(|held| held.gift.is_none());
            let buckets = grants.map(|held| (held.from, held.to));
            buckets.chain(owner.tiers.iter().map(|own| (own.from, own.to)))
        });
        // What has no end hangs together from the first day on: it is taken back usage by usage.
        let around = periods.filter_map(|(start, end)| Some((start?, end?)));
        let around = around.filter(|(start, end)| (*start..*end).contains(&from.0));
        around.map(|(start, _)| start).min().map_or(from, Micros)
    }

    /// Takes back what usage from an instant on has left behind.
    pub fn rewind(&mut self, payers: &[Arc<Payer>], since: Micros, left: &Left) {
        let mut seen = std::collections::HashSet::new();
        for payer in payers {
            if let Some(added) = left.tallied(payer.key) {
                self.sums.add_all(payer, added, -1);
            }
            for name in payer.owner_names() {
                if seen.insert(name.clone())
                    && let Some(owner) = self.change(payer, name)
                {
                    owner.rewind(name, since, left);
                    owner.take_back_spent(name, left.spent());
                }
            }
        }
    }
}
