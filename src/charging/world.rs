//! What one worker knows of the owners that it rates for: read once, kept while nobody else writes it,
//! written with each batch over the revision that was read.

use std::collections::HashMap;
use std::sync::Arc;

use super::late::Note;
use super::left::Left;
use super::owner::{Owner, Since};
use super::payer::Payer;
use crate::domain::clock::Micros;
use crate::domain::problem::Outcome;
use crate::domain::value::Period;
use crate::rating::allowance::Allowance;
use crate::rating::bucket::{BucketMove, Buckets};
use crate::rating::tariff::Tariff;
use crate::rating::tier::{Scope, Tiers};
use crate::store::{Session, usage::StateWrite};

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
    owners: HashMap<Key, Known>,
    /// Owners that this batch has changed.
    changed: Vec<Key>,
    /// Owners of which this batch is the first to say that usage came late.
    pub(super) notes: Vec<Note>,
}

/// What a usage draws from, and where that belongs.
#[derive(Debug, Default)]
pub struct Reach {
    pub buckets: Buckets,
    pub tiers: Tiers,
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
        if self.owners.len() > KEPT {
            self.owners.clear();
        }
        let mut missing: HashMap<i64, Vec<String>> = HashMap::new();
        for payer in payers {
            let owners = &payer.owners;
            for owner in [&owners.product, &owners.account, &owners.group] {
                let key = (payer.tenant, owner.clone());
                if self.owners.get(&key).is_none_or(|known| known.is_spent) {
                    missing.entry(payer.tenant).or_default().push(key.1.clone());
                    let empty = Known {
                        owner: Owner::default(),
                        revision: 0,
                        is_changed: false,
                        is_spent: false,
                    };
                    self.owners.insert(key, empty);
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
                self.owners.insert((tenant, owner), known);
            }
        }
        Ok(())
    }

    /// The owner of a payer that a scope means.
    pub(super) fn name_of(payer: &Payer, scope: Scope) -> &String {
        match scope {
            Scope::Event | Scope::Product => &payer.owners.product,
            Scope::Account => &payer.owners.account,
            Scope::Group => &payer.owners.group,
        }
    }

    pub(super) fn get(&self, payer: &Payer, name: &str) -> Option<&Owner> {
        let key = (payer.tenant, name.to_owned());
        self.owners.get(&key).map(|known| &known.owner)
    }

    pub(super) fn change(&mut self, payer: &Payer, name: &str) -> Option<&mut Owner> {
        let key = (payer.tenant, name.to_owned());
        let known = self.owners.get_mut(&key)?;
        if !known.is_changed {
            known.is_changed = true;
            self.changed.push(key);
        }
        Some(&mut known.owner)
    }

    /// Grants what is due and gathers what usage that began at an instant can draw from.
    pub fn reach(&mut self, payer: &Payer, tariff: &Tariff, since: &Since, at: Micros) -> Reach {
        let mut buckets = Vec::new();
        for allowance in &tariff.allowances {
            let name = Self::name_of(payer, allowance.scope);
            if self.is_due(payer, name, allowance, at) {
                self.grant(payer, name, allowance, since, at);
            }
            let Some(owner) = self.get(payer, name) else {
                continue;
            };
            let own = owner.buckets.iter();
            let own =
                own.filter(|held| *held.price == *allowance.price && held.valid().contains(at));
            let before = buckets.len();
            buckets.extend(own.map(|held| held.bucket(name, allowance)));
            let mut found = buckets.iter().skip(before);
            if found.all(|own| own.remaining() == 0) {
                self.note_spent(payer, name);
            }
        }
        let mut tiers = Vec::new();
        for card in &tariff.cards.cards {
            let Some(ladder) = card.ladder.as_ref().filter(|own| own.scope != Scope::Event) else {
                continue;
            };
            let period = ladder
                .period
                .and_then(|cycle| since.recurrence(cycle)?.at(at)?.period());
            let name = Self::name_of(payer, ladder.scope);
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
        }
    }

    fn note_spent(&mut self, payer: &Payer, name: &str) {
        let key = (payer.tenant, name.to_owned());
        if let Some(known) = self.owners.get_mut(&key) {
            known.is_spent = true;
        }
    }

    /// Something may have to be granted: the check that most usage ends with.
    fn is_due(&self, payer: &Payer, name: &str, allowance: &Allowance, at: Micros) -> bool {
        let Some(owner) = self.get(payer, name) else {
            return false;
        };
        let is_member =
            allowance.scope != Scope::Group || owner.members.iter().any(|own| **own == *payer.id);
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
        allowance: &Allowance,
        since: &Since,
        at: Micros,
    ) {
        let name = name.to_owned();
        let Some(owner) = self.change(payer, &name) else {
            return;
        };
        let joined = allowance.scope == Scope::Group && owner.join(&payer.id);
        if !owner.grant(allowance, since, at) && joined {
            owner.add_member_grant(allowance, since, at);
        }
    }

    /// Books what a usage has taken. `began` is when it began, whatever its session.
    pub fn book(&mut self, payer: &Payer, reach: &Reach, moves: &[BucketMove], began: Micros) {
        for one in moves {
            let Some(bucket) = reach.buckets.get(one.bucket) else {
                continue;
            };
            let name = Self::name_of(payer, bucket.allowance.scope).clone();
            let Some(owner) = self.change(payer, &name) else {
                continue;
            };
            if let Some(held) = owner
                .place_of(&name, &bucket.id)
                .and_then(|at| owner.buckets.get_mut(at))
            {
                // Rating worked it out from this very bucket, so it fits.
                held.used = held.used.saturating_add_signed(one.taken);
                held.last = held.last.max(Some(began.0));
                if held.left() == 0 {
                    self.note_spent(payer, &name);
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
        let name = Self::name_of(payer, scope).clone();
        let Some(owner) = self.change(payer, &name) else {
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
        self.change(payer, &payer.owners.product.clone())
    }

    /// What is to be written of this batch.
    pub fn writes(&self) -> Vec<StateWrite> {
        let changed = self.changed.iter();
        changed
            .filter_map(|key| {
                let known = self.owners.get(key)?;
                Some(StateWrite {
                    tenant: key.0,
                    owner: key.1.clone(),
                    expected_revision: known.revision,
                    state: known.owner.bytes(),
                })
            })
            .collect()
    }

    /// The batch was committed.
    pub fn committed(&mut self) {
        self.notes.clear();
        for key in std::mem::take(&mut self.changed) {
            if let Some(known) = self.owners.get_mut(&key) {
                known.revision += 1;
                known.is_changed = false;
            }
        }
    }

    /// The batch was not committed, or somebody else may have written: all is read anew.
    pub fn forget(&mut self) {
        self.notes.clear();
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
            let owners = &payer.owners;
            let names = [&owners.product, &owners.account, &owners.group];
            names.into_iter().filter_map(|name| self.get(payer, name))
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
            let owners = &payer.owners;
            for name in [&owners.product, &owners.account, &owners.group] {
                if seen.insert(name.clone())
                    && let Some(owner) = self.change(payer, name)
                {
                    owner.rewind(name, since, left);
                }
            }
        }
    }
}
