//! Name resolution under the policy: what the client connects to is what was checked.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::address::Reach;
use super::policy::Policy;

/// Looks names up with the system's resolver and drops the addresses that are refused.
pub(super) struct GuardedResolver {
    pub policy: Arc<Policy>,
}

/// A name resolves to nothing that may be called.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    pub reach: Reach,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the host resolves to {}", self.reach.as_str())
    }
}

impl std::error::Error for Refused {}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed = permitted(&policy, &host, found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The addresses that may be called. A name with good and bad addresses keeps the good ones.
pub(super) fn permitted(
    policy: &Policy,
    host: &str,
    found: Vec<SocketAddr>,
) -> Result<Vec<SocketAddr>, Refused> {
    if policy.names(host) {
        return Ok(found);
    }
    let mut refused = None;
    let mut allowed = Vec::with_capacity(found.len());
    for address in found {
        match policy.refusal(address.ip()) {
            Some(reach) => refused = Some(Refused { reach }),
            None => allowed.push(address),
        }
    }
    match refused {
        Some(refused) if allowed.is_empty() => Err(refused),
        _ => Ok(allowed),
    }
}
