//! The one HTTP client for calls to others: callbacks of subscribers and URLs of jobs.
//!
//! These URLs come from clients, so without a guard a client could make this server call machines
//! that only the server can reach (server-side request forgery). The guard stands in three places:
//!
//! - [`check_url`] looks at the text: scheme, credentials, literal addresses, names of this machine;
//! - the resolver of the client looks at every address that a name resolves to, at each connection,
//!   so a name that changes its address between check and use gains nothing;
//! - redirects are not followed, and proxies of the environment are not used, since either would
//!   connect to addresses nobody has checked.

mod address;
mod body;
mod client;
mod policy;
mod resolve;

#[cfg(test)]
mod tests;

pub use address::{Reach, reach};
pub use body::{BlockingBody, LimitedBody};
pub use client::{Failure, Lost, Outbound, Timeouts};
pub use policy::{Policy, check_url};
