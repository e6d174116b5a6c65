//! Southbound: service orders to the systems that activate services (TMF641, v4 and v5).
//!
//! [`Southbound`] is what the running of plans needs of them; [`HttpSouthbound`] speaks HTTP, tests and
//! simulations put something else in its place. A call is made once: whether and when it is made
//! again is decided by the run, from the [`Fault`]. What an OSS says of an order, in its answers or
//! in a callback, becomes a [`Report`].
//!
//! - `request`, `payload`: what is ordered, and its body in each version;
//! - `report`, `read`: what an OSS says, and how it is read;
//! - `fault`: why a call failed, and what that means for the order;
//! - `settings`, `circuit`, `target`, `http`: the client, one target behind the other.

mod circuit;
mod fault;
mod http;
mod payload;
mod read;
mod report;
mod request;
mod settings;
mod target;

#[cfg(test)]
mod tests;

use futures_util::future::BoxFuture;

pub use fault::{Fault, FaultKind};
pub use http::HttpSouthbound;
pub use report::{
    Alert, Cancellation, Mark, RemoteState, Report, ReportedService, Subject, Subscribed, TaskState,
};
pub use request::ServiceOrderRequest;
pub use settings::{CircuitSettings, Credentials, OwnRetry, Secret, TargetSettings, Version};

/// The systems that activate services, each known by the name of its target.
///
/// Every call is made at most once on the network, apart from the look-up that follows a refused
/// duplicate. All of them may be dropped while they wait.
pub trait Southbound: Send + Sync {
    /// Places a service order.
    ///
    /// An OSS that knows the external id already is asked for that order, which is then the answer.
    ///
    /// # Errors
    /// See [`FaultKind`]. After `Unknown` the order may be there or not: [`Southbound::find`] tells.
    fn submit<'a>(
        &'a self,
        target: &'a str,
        request: &'a ServiceOrderRequest,
    ) -> BoxFuture<'a, Result<Report, Fault>>;

    /// The order with our external id; `None` when the OSS has none.
    ///
    /// # Errors
    /// Never `Unknown`: nothing is changed by looking.
    fn find<'a>(
        &'a self,
        target: &'a str,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Report>, Fault>>;

    /// The order with the id that the OSS gave it; `None` when the OSS has none.
    ///
    /// # Errors
    /// As [`Southbound::find`].
    fn fetch<'a>(
        &'a self,
        target: &'a str,
        remote_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Report>, Fault>>;

    /// Asks the OSS to cancel an order. That it took the request does not mean that the order is
    /// cancelled: its state says so.
    ///
    /// # Errors
    /// See [`FaultKind`]; `Business` when the OSS will not cancel it.
    fn cancel<'a>(
        &'a self,
        target: &'a str,
        remote_id: &'a str,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<Cancellation, Fault>>;

    /// Registers our callback at the OSS. Doing it again is no fault.
    ///
    /// # Errors
    /// See [`FaultKind`].
    fn subscribe<'a>(
        &'a self,
        target: &'a str,
        callback: &'a str,
    ) -> BoxFuture<'a, Result<Subscribed, Fault>>;
}
