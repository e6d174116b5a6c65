//! Customers: suspending, resuming and terminating one is one flow, whoever asks for it.
//!
//! 1. The status is changed (PATCH). Each [`Blocker`] is asked for reasons against it; with any
//!    reason the change is refused, and the answer has them all.
//! 2. With the change, in the same transaction, a durable job is enqueued: customer, from, to. It
//!    asks each [`Follower`] in turn to draw the consequences.
//!
//! An engine that has a say (open orders, unpaid bills) or something to do (products, bills) adds
//! itself to [`blockers`] or [`followers`]. docs/customers.md says what it may rely on.

mod accounts;
mod blocker;
mod closing;
mod dependents;
mod follower;
mod orders;
mod payer;
mod rules;
mod step;

use std::sync::Arc;

use super::plan::Plan;
use crate::domain::state_machine::Machines;

use blocker::Blocker;
use follower::Follower;

pub use follower::StatusJobs;
pub use rules::CustomerRules;
use step::Step;

/// The kind that this is about.
pub const KIND: &str = "customer";

/// What the parts of the flow look things up in.
#[derive(Clone)]
pub struct Known {
    pub plan: Arc<Plan>,
    pub machines: Arc<Machines>,
}

impl Known {
    pub fn new(plan: &Arc<Plan>, machines: &Arc<Machines>) -> Self {
        Known {
            plan: Arc::clone(plan),
            machines: Arc::clone(machines),
        }
    }
}

/// All that may refuse a change of status.
fn blockers() -> Vec<Box<dyn Blocker>> {
    vec![
        Box::new(payer::PaysForOthers),
        Box::new(dependents::Dependents),
        Box::new(orders::OpenOrders),
    ]
}

/// All that follow a change of status, in the order in which they are asked.
fn followers() -> Vec<Box<dyn Follower>> {
    vec![Box::new(closing::CloseAccounts)]
}
