//! By what a usage is rated, besides what it says itself: the session that it goes on with, the prices of its
//! payer at its time, and what it can draw from.

use std::sync::Arc;

use super::charge::{Rater, Reason, Task};
use super::owner::Since;
use super::part::StoredSession;
use super::payer::{Payer, Terms};
use super::world::Reach;
use crate::domain::clock::Micros;
use crate::rating::Request;
use crate::rating::event::Event;
use crate::rating::policy::{Policy, oldest};
use crate::rating::rated::Code;
use crate::rating::session::Session;

/// By what a usage is rated.
pub struct Basis {
    /// When it, or its session, began: whose prices, buckets and tiers it uses.
    pub start: Micros,
    pub terms: Terms,
    pub since: Since,
    pub reach: Reach,
    session: Option<Session>,
    policy: Policy,
}

impl Basis {
    /// The question what the usage costs.
    pub fn request<'r>(&'r self, event: &'r Event<'r>) -> Request<'r> {
        Request {
            event,
            product: &self.terms.product,
            cards: &self.terms.priced.tariff.cards,
            buckets: &self.reach.buckets,
            tiers: &self.reach.tiers,
            session: self.session.as_ref(),
            policy: &self.policy,
        }
    }
}

impl Rater {
    /// Finds by what a usage is rated, and grants what is due. `session` is the name of the session that it is
    /// a part of.
    pub(super) fn basis(
        &mut self,
        payer: &Payer,
        task: &Task,
        (event, session): (&Event<'_>, Option<&str>),
        now: Micros,
    ) -> Result<Basis, Reason> {
        let before = session.and_then(|name| {
            let owner = self.world.product(payer)?;
            owner.session(name).cloned()
        });
        let start = before.as_ref().map_or(event.start, |own| Micros(own.start));
        let terms = payer.terms_at(start);
        let terms = terms.map_err(|why| Reason::new(Code::NoPrice, why.clone()))?;
        // The prices of the first part hold for all of the session.
        let old = before.as_ref().filter(|own| own.tariff != terms.priced.id);
        let old = old.and_then(|own| self.tariffs.tariff(own.tariff));
        let terms = Terms {
            product: Arc::clone(&terms.product),
            priced: old.unwrap_or_else(|| Arc::clone(&terms.priced)),
        };
        let since = Since {
            start: payer.start,
            zone: self.zone,
        };
        let reach = self.world.reach(payer, &terms.priced.tariff, &since, start);
        Ok(Basis {
            start,
            policy: self.policy(&terms, task, now),
            terms,
            since,
            reach,
            session: before.as_ref().and_then(StoredSession::session),
        })
    }

    /// A price is for ever: only usage that comes can be too old, or be refused because its product had ended. Where
    /// an end is said afterwards, what was used until then was used.
    fn policy(&self, terms: &Terms, task: &Task, now: Micros) -> Policy {
        let stored = task.stored.as_ref();
        let came = stored.map_or(now, |row| Micros(row.created_at));
        let limit = self.oldest.filter(|_| !task.was_rated());
        Policy {
            oldest: oldest(limit, came),
            inactive: task.was_rated(),
            ..terms.priced.policy.clone()
        }
    }
}
