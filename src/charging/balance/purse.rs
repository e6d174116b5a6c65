//! Owners of buckets as they are now: what is stored of them, and the grants that are due but that no
//! usage has asked for yet.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::behaviour::rating::Book;
use crate::charging::owner::{Held, Owner, Since};
use crate::charging::payer::{PRODUCT, Payer, Payers};
use crate::domain::clock::Micros;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::Source;
use crate::rating::allowance::Allowance;
use crate::store::{Attributes, Session};

/// Products of one account, or of one party, that are looked at.
const PRODUCTS: i64 = 10_000;
/// States of products that are granted nothing any more.
const ENDED: [&str; 3] = ["terminated", "cancelled", "aborted"];
const SUSPENDED: &str = "suspended";

/// Reads owners.
pub struct Purses {
    payers: Payers,
    book: Arc<Book>,
    zone: chrono_tz::Tz,
}

/// Where owners are read from.
pub struct Reading<'s> {
    pub session: &'s mut dyn Session,
    pub tenant: i64,
    pub now: Micros,
    by: By,
}

/// Numbers of indexed attributes by which products are found.
#[derive(Clone, Copy)]
pub struct By {
    account: Option<i64>,
    party: Option<i64>,
}

impl By {
    pub fn new(attributes: &Attributes) -> Self {
        By {
            account: attributes.number(PRODUCT, "billingAccount.id"),
            party: attributes.number(PRODUCT, "relatedParty.partyOrPartyRole.id"),
        }
    }
}

impl<'s> Reading<'s> {
    pub fn new(session: &'s mut dyn Session, tenant: i64, now: Micros, by: By) -> Self {
        Reading {
            session,
            tenant,
            now,
            by,
        }
    }

    /// The same from where derived resources are read.
    pub fn of<'a>(source: &'a mut Source<'_>) -> Reading<'a> {
        Reading {
            by: By::new(source.attributes),
            session: &mut *source.session,
            tenant: source.tenant,
            now: source.now,
        }
    }

    /// Ids of the products of accounts.
    pub fn products_of_accounts(&mut self, accounts: &[String]) -> Outcome<Vec<String>> {
        self.products_by(self.by.account, accounts)
    }

    /// Ids of the products of parties.
    pub fn products_of_parties(&mut self, parties: &[String]) -> Outcome<Vec<String>> {
        self.products_by(self.by.party, parties)
    }

    fn products_by(&mut self, attribute: Option<i64>, values: &[String]) -> Outcome<Vec<String>> {
        let Some(attribute) = attribute.filter(|_| !values.is_empty()) else {
            return Ok(Vec::new());
        };
        let rows = self
            .session
            .rows_by_index(self.tenant, &[attribute], values, PRODUCTS)?;
        Ok(rows.into_iter().map(|row| row.id).collect())
    }
}

/// An owner with its buckets.
pub struct Purse {
    /// The name under which its state is stored: `p:` a product, `a:` an account, `g:` a group.
    pub name: String,
    /// Of the stored state; 0 where there is none.
    pub revision: i64,
    pub owner: Owner,
    /// Products that draw from it, as far as they are known.
    pub payers: Vec<Arc<Payer>>,
    /// No product that draws from it is in use.
    pub is_suspended: bool,
    pub is_changed: bool,
}

impl Purse {
    /// Ids of the products that draw from its buckets, or from those of one price.
    pub fn products(&self, price: Option<&str>) -> Vec<&str> {
        let named = self.name.strip_prefix("p:");
        let mut all: Vec<&str> = named.into_iter().collect();
        for (payer, allowance) in self.granted() {
            let is_meant = price.is_none_or(|price| *allowance.price == *price);
            if is_meant && !all.contains(&payer.id.as_str()) {
                all.push(&payer.id);
            }
        }
        all
    }

    /// The account that it belongs to.
    pub fn account(&self) -> Option<&str> {
        let of_product = || {
            let payer = self
                .payers
                .first()
                .filter(|_| self.name.starts_with("p:"))?;
            payer.owners.account.strip_prefix("a:")
        };
        self.name.strip_prefix("a:").or_else(of_product)
    }

    /// Several products use it.
    pub fn is_shared(&self) -> bool {
        !self.name.starts_with("p:")
    }

    /// The place of a bucket.
    pub fn place_of(&self, id: &str) -> Option<usize> {
        self.owner.place_of(&self.name, id)
    }

    /// The allowance of a price, as one of its products has it.
    pub fn allowance(&self, price: &str) -> Option<&Arc<Allowance>> {
        self.granted()
            .map(|(_, allowance)| allowance)
            .find(|own| *own.price == *price)
    }

    /// The bucket of a price that holds at an instant and was not given by hand, the latest first.
    pub fn current(&self, price: &str, at: Micros) -> Option<&Held> {
        let own = self.owner.buckets.iter();
        let own = own.filter(|held| *held.price == *price && held.valid().contains(at));
        own.max_by_key(|held| (held.gift.is_none(), held.from))
    }

    /// Allowances that are granted to this owner, with the product through which they are.
    fn granted(&self) -> impl Iterator<Item = (&Arc<Payer>, &Arc<Allowance>)> {
        self.payers.iter().flat_map(|payer| {
            let terms = payer.terms.as_ref().ok().into_iter();
            let all = terms.flat_map(|terms| terms.priced.tariff.allowances.iter());
            let own = all.filter(|own| *payer.owners.name_of(own.scope) == self.name);
            own.map(move |allowance| (payer, allowance))
        })
    }
}

impl Purses {
    pub fn new(book: Arc<Book>, zone: chrono_tz::Tz) -> Self {
        Purses {
            payers: Payers::default(),
            book,
            zone,
        }
    }

    /// How products pay; those that are not there are left out.
    pub fn payers(
        &self,
        reading: &mut Reading<'_>,
        products: &[String],
    ) -> Outcome<Vec<Arc<Payer>>> {
        let found = self
            .payers
            .of(reading.session, &self.book, reading.tenant, products)?;
        let found = products.iter().filter_map(|id| found.get(id)).cloned();
        Ok(found.collect())
    }

    /// Owners by their names, also where nothing is stored of them. `products` are those of which it is
    /// known that they draw from them.
    pub fn named(
        &self,
        reading: &mut Reading<'_>,
        names: &[String],
        products: &[String],
    ) -> Outcome<Vec<Purse>> {
        let mut states = reading.session.charging_states(reading.tenant, names)?;
        let known: HashSet<String> = states.iter().map(|own| own.0.clone()).collect();
        let missing: HashSet<&String> =
            names.iter().filter(|name| !known.contains(*name)).collect();
        states.extend(
            missing
                .into_iter()
                .map(|name| (name.clone(), 0, Vec::new())),
        );
        self.read(reading, states, products)
    }

    /// Owners of stored states.
    pub fn read(
        &self,
        reading: &mut Reading<'_>,
        states: Vec<(String, i64, Vec<u8>)>,
        products: &[String],
    ) -> Outcome<Vec<Purse>> {
        let mut purses = Vec::with_capacity(states.len());
        for (name, revision, state) in states {
            let owner = Owner::read(&state).map_err(|error| {
                Problem::internal(format!("a charging state cannot be read: {error}"))
            })?;
            purses.push(Purse {
                name,
                revision,
                owner,
                payers: Vec::new(),
                is_suspended: false,
                is_changed: false,
            });
        }
        self.add_payers(reading, &mut purses, products)?;
        for purse in &mut purses {
            self.grant_due(purse, reading.now);
        }
        Ok(purses)
    }

    fn add_payers(
        &self,
        reading: &mut Reading<'_>,
        purses: &mut [Purse],
        products: &[String],
    ) -> Outcome<()> {
        let of = |sign: &str| -> Vec<String> {
            let names = purses.iter().filter_map(|own| own.name.strip_prefix(sign));
            names.map(str::to_owned).collect()
        };
        let accounts = of("a:");
        let mut ids: HashSet<String> = of("p:").into_iter().collect();
        ids.extend(products.iter().cloned());
        let members = purses.iter().flat_map(|own| own.owner.members.iter());
        ids.extend(members.map(|own| own.to_string()));
        ids.extend(reading.products_of_accounts(&accounts)?);
        let mut ids: Vec<String> = ids.into_iter().collect();
        ids.sort_unstable();
        let heads = reading.session.peek(reading.tenant, PRODUCT, &ids)?;
        let states: HashMap<&str, Option<&str>> = heads
            .iter()
            .filter(|head| head.current)
            .map(|head| (head.id.as_str(), head.state.as_deref()))
            .collect();
        ids.retain(|id| {
            let state = states.get(id.as_str()).copied();
            state.is_some_and(|state| !state.is_some_and(|state| ENDED.contains(&state)))
        });
        let mut by_owner: HashMap<String, Vec<Arc<Payer>>> = HashMap::new();
        for payer in self.payers(reading, &ids)? {
            let owners = &payer.owners;
            let names = [&owners.product, &owners.account, &owners.group];
            for name in names.into_iter().collect::<HashSet<_>>() {
                by_owner
                    .entry(name.clone())
                    .or_default()
                    .push(Arc::clone(&payer));
            }
        }
        for purse in purses {
            purse.payers = by_owner.get(&purse.name).cloned().unwrap_or_default();
            let mut all = purse.payers.iter();
            purse.is_suspended = !purse.payers.is_empty()
                && all.all(|own| states.get(own.id.as_str()).copied().flatten() == Some(SUSPENDED));
        }
        Ok(())
    }

    /// What the next usage would be granted. It is written only together with another change.
    fn grant_due(&self, purse: &mut Purse, now: Micros) {
        let due: Vec<(Option<Micros>, Arc<Allowance>)> = purse
            .granted()
            .map(|(payer, allowance)| (payer.start, Arc::clone(allowance)))
            .collect();
        for (start, allowance) in due {
            if start.is_some_and(|start| now < start) {
                continue;
            }
            let zone = self.zone;
            purse.owner.grant(&allowance, &Since { start, zone }, now);
        }
    }

    /// The owner that a bucket with this id would have, and the bucket's place.
    pub fn find(&self, reading: &mut Reading<'_>, id: &str) -> Outcome<Option<(Purse, usize)>> {
        let names = owners_in(id);
        if names.is_empty() {
            return Ok(None);
        }
        let purses = self.named(reading, &names, &[])?;
        Ok(purses.into_iter().find_map(|own| {
            let place = own.place_of(id)?;
            Some((own, place))
        }))
    }
}

/// Names of owners that may stand in front of an id. More than one, for an id of a product may have the
/// sign behind which the rest follows.
pub fn owners_in(id: &str) -> Vec<String> {
    let ends = id.match_indices('~').map(|(at, _)| at);
    let heads = ends.filter_map(|at| id.get(..at));
    heads
        .filter_map(|head| {
            let (sign, rest) = head.split_once('.')?;
            matches!(sign, "p" | "a" | "g").then(|| format!("{sign}:{rest}"))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::owners_in;

    #[test]
    fn an_id_tells_whose_bucket_it_is() {
        assert_eq!(
            owners_in("p.4711~data~1772323200"),
            ["p:4711", "p:4711~data"]
        );
        assert_eq!(owners_in("a.a~b~x"), ["a:a", "a:a~b"]);
        assert!(owners_in("x.4711~data").is_empty());
        assert!(owners_in("p.4711").is_empty());
        assert!(owners_in("").is_empty());
    }
}
