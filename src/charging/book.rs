//! What a usage that has a price moves: buckets, sums, tiers, its session; and whether it came too late.

use super::alert::Alert;
use super::basis::Basis;
use super::late::Times;
use super::part::StoredSession;
use super::payer::Payer;
use super::spend::{Added, Charge};
use super::tally::Noted;
use super::world::World;
use crate::domain::clock::Micros;
use crate::rating::Request;
use crate::rating::card::Card;
use crate::rating::rated::Rated;

/// A usage that has a price.
#[derive(Clone, Copy)]
pub struct Own<'a> {
    pub payer: &'a Payer,
    pub basis: &'a Basis,
    pub request: &'a Request<'a>,
    pub card: &'a Card,
    pub rated: &'a Rated,
    /// The session that it is a part of.
    pub session: Option<&'a str>,
    /// It is on a bill, so it counts to sums already.
    pub is_billed: bool,
    pub now: Micros,
    /// How long usage that comes late waits; none where it is left as it is.
    pub wait: Option<i64>,
}

/// What was booked, for the trace and for customers.
pub struct Booked<'a> {
    pub alerts: Vec<Alert>,
    pub added: Vec<Added<'a>>,
    pub tallied: Option<Noted<'a>>,
}

impl World {
    /// Books what a usage moves.
    pub fn book_all<'a>(&mut self, own: &Own<'a>) -> Booked<'a> {
        let Own {
            payer,
            basis,
            rated,
            card,
            ..
        } = *own;
        let (start, began) = (basis.start, own.request.event.start);
        let tariff = &basis.terms.priced.tariff;
        let mut alerts = Vec::new();
        self.book(payer, &basis.reach, &rated.buckets, began, &mut alerts);
        let charge = Charge {
            tariff,
            since: &basis.since,
            at: start,
            price: &card.price,
            rated,
        };
        let added = match own.is_billed {
            true => Vec::new(),
            false => self.spend(payer, &charge, &mut alerts),
        };
        let tallied = self.tally(payer, (card, rated), basis.since.zone, start);
        if rated.tier != 0 {
            let reach = &basis.reach;
            self.move_tier(payer, tariff, reach, &card.price, start, rated.tier);
        }
        let times = Times {
            began,
            start,
            now: own.now,
            wait: own.wait,
        };
        self.note_order(payer, &basis.reach, own.request, rated, times);
        if let (Some(session), Some(name)) = (&rated.session, own.session)
            && let Some(owner) = self.product_mut(payer)
        {
            owner.note(StoredSession::of(name, basis.terms.priced.id, session));
        }
        Booked {
            alerts,
            added,
            tallied,
        }
    }
}
