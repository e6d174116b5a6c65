//! Prepay balances (TMF654) and what was consumed (TMF677), over the buckets that rating draws from.
//!
//! - `purse` reads owners with what is due to them and finds buckets;
//! - `bucket` says what a bucket holds, in the words of both APIs; `shown` lists them;
//! - `action` tops up, adjusts and transfers, by the rules in `booking`; `history` shows what was done;
//! - `report` answers queries of usage consumption.
//!
//! Nothing is kept twice: a bucket is read from the state of its owner, and what changes it is written
//! over the revision that was read, as rating does. A rating thread whose revision is outdated reads anew.

mod action;
mod booking;
mod bucket;
mod history;
mod purse;
mod report;
mod shown;

use std::sync::Arc;

use crate::behaviour::Ruled;
use crate::behaviour::rating::Book;
use crate::engine::Behaviour;

use action::{Actions, Deed};
use history::History;
use purse::Purses;
use report::{Queries, Reports};
use shown::{Accumulated, Buckets, Derive};

/// Puts the rules of balances around those that every kind has. `zone` is whose midnight begins a
/// period.
pub fn with_balances(
    rules: Vec<(&'static str, Box<dyn Behaviour>)>,
    book: &Arc<Book>,
    zone: chrono_tz::Tz,
) -> Vec<(&'static str, Box<dyn Behaviour>)> {
    let purses = Arc::new(Purses::new(Arc::clone(book), zone));
    let rules = rules.into_iter();
    rules
        .map(|(kind, general)| (kind, around(kind, general, &purses)))
        .collect()
}

fn around(
    kind: &'static str,
    general: Box<dyn Behaviour>,
    purses: &Arc<Purses>,
) -> Box<dyn Behaviour> {
    let purses = || Arc::clone(purses);
    if let Some(deed) = Deed::of_kind(kind) {
        let own = Actions {
            purses: purses(),
            deed,
        };
        return Box::new(Ruled { general, own });
    }
    match kind {
        bucket::KIND => Box::new(Ruled {
            general,
            own: Derive(Buckets(purses())),
        }),
        shown::ACCUMULATED => Box::new(Ruled {
            general,
            own: Derive(Accumulated(purses())),
        }),
        history::KIND => Box::new(Ruled {
            general,
            own: Derive(History),
        }),
        report::QUERY => Box::new(Ruled {
            general,
            own: Queries(purses()),
        }),
        report::REPORT => Box::new(Ruled {
            general,
            own: Reports(purses()),
        }),
        _ => general,
    }
}
