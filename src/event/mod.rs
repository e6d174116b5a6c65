//! Events: from the outbox to the subscribers.
//!
//! A change and its event row are written in one transaction (`store::Tx::announce`). From there:
//!
//! 1. [`Dispatcher`] fans pending events out: for each subscription whose API version announces
//!    the change and whose query selects the event it makes a delivery.
//! 2. It sends what is due, each subscriber by itself: at least once, in order for each resource,
//!    with a retry schedule and a circuit that stops calling a subscriber who keeps failing.
//! 3. [`Maintenance`] removes what is older than the retention.
//!
//! [`Hub`] keeps the subscriptions; [`payload`] builds what a subscriber is sent, and `privacy` takes
//! out the personal attributes that it did not ask for. A delivery refers
//! to the event and is rendered when it is sent, so a queue of any length costs little space.
//!
//! Left for later, with a place to go: signatures belong into `post::headers`; deliveries that were
//! given up stay in the table with `dead` set and the last error, for a list and a replay.

mod circuit;
mod courier;
mod dispatcher;
mod fanout;
mod feed;
mod hub;
mod lease;
mod maintenance;
mod name;
pub mod payload;
mod post;
mod privacy;
mod settings;

#[cfg(test)]
pub(crate) mod tests;

pub use dispatcher::{Dispatcher, Drained, Parts, Waker};
pub use hub::{Hub, Subscriber, Subscription};
pub use maintenance::{Maintenance, Retention};
pub use payload::Render;
pub use settings::Settings;
