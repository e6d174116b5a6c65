//! What all that works on orders shares.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

use super::carry;
use super::desk::Desks;
use super::rulebook::RuleBook;
use super::snapshot::Shelf;
use super::stage::Context;
use super::worker::{Calls, Item};
use crate::behaviour::rating::Book;
use crate::domain::mode::Mode;
use crate::engine::{Core, Wake};
use crate::ordering::plan::validate;
use crate::ordering::run::{Delivery, Policy, RetryPolicy};
use crate::ordering::settings::Settings;
use crate::ordering::southbound::{OwnRetry, ServiceOrderRequest, Southbound};
use crate::store::Store;

/// The fulfilment of orders in one process.
pub struct Fulfilment {
    pub core: Arc<Core>,
    pub store: Store,
    pub settings: Settings,
    pub southbound: Arc<dyn Southbound>,
    /// Told after each step that wrote events or jobs.
    pub wake: Wake,
    pub(super) policy: Policy,
    pub(super) validation: validate::Settings,
    pub(super) shelf: Shelf,
    pub(super) rules: RuleBook,
    pub(super) desks: Desks<Item>,
    pub(super) calls: Calls,
    pub(super) woken: Notify,
    /// True when it is about to end: what cannot be written now is left to others.
    pub(super) closing: watch::Sender<bool>,
    /// True when it is to end as if its process had been killed.
    pub(super) abandoned: watch::Sender<bool>,
}

/// What a fulfilment is made of.
pub struct Parts {
    pub core: Arc<Core>,
    pub store: Store,
    pub settings: Settings,
    pub southbound: Arc<dyn Southbound>,
    pub wake: Wake,
    pub rules: RuleBook,
    /// Which names are about usage.
    pub book: Arc<Book>,
}

impl Fulfilment {
    pub fn new(parts: Parts) -> Arc<Self> {
        let Parts {
            core,
            store,
            settings,
            southbound,
            wake,
            rules,
            book,
        } = parts;
        let millis =
            |duration: std::time::Duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        let polls = settings.targets.iter().map(|target| target.poll).min();
        let retry = |own: &OwnRetry| RetryPolicy {
            attempts: own.attempts.unwrap_or(settings.retry.attempts),
            first: millis(own.first.unwrap_or(settings.retry.first)),
            max: millis(own.max.unwrap_or(settings.retry.max)),
        };
        let differs = settings
            .targets
            .iter()
            .any(|target| target.retry != OwnRetry::default());
        // Kept with every order, so only where it says something.
        let targets = settings.targets.iter().filter(|_| differs);
        let policy = Policy {
            retry: retry(&OwnRetry::default()),
            retry_by_target: targets
                .map(|target| (target.name.clone(), retry(&target.retry)))
                .collect(),
            takeover: millis(settings.patience()),
            poll_first: polls.map_or(Policy::default().poll_first, millis),
            ..Policy::default()
        };
        let about_prices = match settings.client_prices {
            Mode::Off => validate::Policy::Ignore,
            Mode::Warn => validate::Policy::Warn,
            Mode::Strict => validate::Policy::Refuse,
        };
        let validation = validate::Settings {
            prices: about_prices,
            terms: about_prices,
        };
        Arc::new(Fulfilment {
            core,
            store,
            settings,
            southbound,
            wake,
            policy,
            validation,
            shelf: Shelf::new(book),
            rules,
            desks: Desks::default(),
            calls: Calls::default(),
            woken: Notify::new(),
            closing: watch::Sender::new(false),
            abandoned: watch::Sender::new(false),
        })
    }

    /// Drops everything under way where it stands, as the end of the process would: steps that are not
    /// written, calls whose answers have not come. It does nothing any more after that. For
    /// simulations of crashes.
    pub fn abandon(&self) {
        self.abandoned.send_replace(true);
    }

    /// Does something in the background, unless everything is abandoned first.
    pub(super) fn spawn(self: &Arc<Self>, work: impl Future<Output = ()> + Send + 'static) {
        let mut abandoned = self.abandoned.subscribe();
        tokio::spawn(async move {
            tokio::select! {
                biased;
                _ = abandoned.wait_for(|abandoned| *abandoned) => {}
                () = work => {}
            }
        });
    }

    /// Something may be due: an order was placed, or left a message.
    pub fn wake(&self) {
        self.woken.notify_one();
    }

    /// The request that a delivery makes.
    pub(super) fn request(&self, delivery: &Delivery, context: &Context) -> ServiceOrderRequest {
        carry::request(delivery, context, self.core.clock.now())
    }
}
