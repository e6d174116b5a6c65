//! What kinds do beyond being stored: their rules, hung on the engine by its trait.
//!
//! - `rules` puts the rules of a kind together, in the order in which they are asked;
//! - `account` has what only accounts do: balances, parents, the default of a customer;
//! - `lifecycle` says where a resource starts, how its state moves and what the state means;
//! - `plan` works out from the descriptors where references and checked values stand, `survey`
//!   walks a document along it, `trail` knows where the walk is;
//! - `value` has the rules about the values of one object: prices, characteristics, bundle options;
//! - `reference` checks and refreshes references, `referrers` keeps what is referred to, `names` is
//!   the job that carries a changed name to all that refer to it;
//! - `audit` finds references of a whole database that point at nothing;
//! - `tree` and `bundle` refuse circles, which `cycle` finds;
//! - `embed` creates the parties that are sent inside other resources, `engaged` has the rules about
//!   who plays a role;
//! - `own` puts what one kind does beside what every kind does around the general rules;
//! - `order` runs product orders: what `ordering` plans is written, sent and followed;
//! - `rating` keeps what prices refer to, and says what usage would cost;
//! - `identifiers` keeps what products are known by in the network, with the products;
//! - `customer` is the flow of suspending, resuming and terminating customers;
//! - `decomposition` refuses decomposition rules and number pools that cannot work;
//! - `usage` says what clients may do to usage, which belongs to its rating;
//! - `payment` has the rules of payments and refunds, `ticket` those of trouble tickets;
//! - `billing` keeps what products cost before, makes bills, and says what becomes of them: payments,
//!   refunds, disputes, credit notes;
//! - `transfer` is the work of import and export jobs;
//! - `wording` puts refusals in the words of the API version that a client speaks.
//!
//! Rules refuse what contradicts itself or the rest of the catalog, never what is merely missing.

pub(crate) mod account;
pub mod arrival;
pub mod audit;
pub mod billing;
mod bundle;
mod classes;
mod copy;
mod customer;
mod cycle;
mod decomposition;
mod durable;
mod embed;
mod engaged;
mod identifiers;
mod lifecycle;
mod mark;
mod names;
pub mod order;
mod own;
mod payment;
mod plan;
pub mod rating;
mod reference;
mod referrers;
mod rules;
mod stored;
mod survey;
#[cfg(test)]
pub(crate) mod tests;
mod ticket;
mod trail;
pub mod transfer;
mod tree;
pub mod usage;
mod value;
pub mod view;
mod wording;

use std::sync::Arc;

use billing::Numbering;
use billing::receivable;
use customer::{CustomerRules, Known, StatusJobs};
use mark::Mark;
use names::NameRefresh;
use order::{CancelRules, OrderMark, OrderRules};
use plan::Plan;
use rating::{Book, guard};
use rules::KindRules;

use crate::domain::money::Currency;
use crate::domain::state_machine::Machines;
use crate::engine::{Behaviour, Core, Registry};
use crate::job::Handler;

pub use crate::domain::mode::Mode;
pub use account::{Posting, holders, post};
pub use durable::caller;
pub use own::{Own, Ruled};
pub use stored::{attributes, document};
pub use wording::in_words_of;

/// How workers hear that there may be something to do for them.
#[derive(Clone, Default)]
pub struct Marks {
    /// Of what orders are to be told.
    pub orders: OrderMark,
    /// Of usage that waits to be rated.
    pub usage: Mark,
}

/// The rules of all kinds but jobs, which bring their own, for [`crate::engine::Core::new`].
/// `references` says what happens to references that point at nothing; with `Off`, names and
/// addresses in references are not refreshed either, and nothing is kept from being deleted.
/// `currency` is that of accounts that name none; `book` is what prices are compiled with; `numbering` says
/// whose numbers bills have.
pub fn all(
    references: Mode,
    machines: &Arc<Machines>,
    registry: &Registry,
    currency: &'static Currency,
    marks: &Marks,
    book: &Arc<Book>,
    numbering: &Numbering,
) -> Vec<(&'static str, Box<dyn Behaviour>)> {
    let plan = Arc::new(Plan::new(registry));
    let ruled = registry
        .kinds()
        .filter(|kind| !transfer::KINDS.contains(kind));
    ruled
        .map(|kind| {
            let rules = KindRules::new(kind, Arc::clone(&plan), Arc::clone(machines), references);
            let rules = rules.with_accounts(currency);
            (
                kind,
                with_own(kind, rules, &plan, machines, (marks, book, numbering)),
            )
        })
        .collect()
}

/// The rules of a kind that has some of its own besides those that every kind has.
fn with_own(
    kind: &'static str,
    rules: KindRules,
    plan: &Arc<Plan>,
    machines: &Arc<Machines>,
    (
        Marks {
            orders,
            usage: mark,
        },
        book,
        numbering,
    ): (&Marks, &Arc<Book>, &Numbering),
) -> Box<dyn Behaviour> {
    fn ruled(general: impl Behaviour + 'static, own: impl Own + 'static) -> Box<dyn Behaviour> {
        Box::new(Ruled {
            general: Box::new(general),
            own,
        })
    }
    match kind {
        customer::KIND => ruled(rules, CustomerRules::new(Known::new(plan, machines))),
        order::KIND => ruled(rules, OrderRules::new(machines, orders.clone())),
        order::CANCEL => ruled(rules, CancelRules::new(orders.clone())),
        decomposition::RULE => ruled(rules, decomposition::RuleRules::new(orders.clone())),
        usage::KIND => ruled(rules, usage::UsageRules::new(machines, mark.clone())),
        billing::BILL_RUN => ruled(
            rules,
            billing::AskedRules {
                task: billing::RUN_TASK,
            },
        ),
        billing::ON_DEMAND => ruled(
            rules,
            billing::AskedRules {
                task: billing::ON_DEMAND_TASK,
            },
        ),
        identifiers::KIND => ruled(rules, identifiers::ProductRules::new(machines)),
        guard::PRICE => ruled(rules, guard::PriceRules::new(book, machines)),
        guard::OFFERING => ruled(rules, guard::OfferingRules),
        guard::SPECIFICATION => ruled(rules, guard::SpecificationRules),
        payment::PAYMENT => {
            let rules = Ruled {
                general: Box::new(rules),
                own: payment::PaymentRules,
            };
            ruled(rules, receivable::PaymentRules::new(machines))
        }
        payment::REFUND => {
            let rules = Ruled {
                general: Box::new(rules),
                own: payment::PaymentRules,
            };
            ruled(rules, receivable::RefundRules::new(machines))
        }
        ticket::KIND => {
            let rules = Ruled {
                general: Box::new(rules),
                own: ticket::TicketRules,
            };
            ruled(rules, receivable::TicketRules::new(machines))
        }
        receivable::BILL => ruled(rules, receivable::BillRules::new(machines, numbering)),
        decomposition::POOL => ruled(rules, decomposition::PoolRules),
        _ => Box::new(rules),
    }
}

/// The work that rules leave behind, for the worker. Imports and exports bring their own.
pub fn handlers(core: &Arc<Core>, machines: &Arc<Machines>) -> Vec<Arc<dyn Handler>> {
    let known = Known::new(&Arc::new(Plan::new(&core.registry)), machines);
    vec![
        Arc::new(NameRefresh {
            core: Arc::clone(core),
        }),
        Arc::new(StatusJobs::new(Arc::clone(core), known)),
    ]
}
