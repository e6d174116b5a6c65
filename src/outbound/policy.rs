//! Which URLs and addresses may be called.

use std::net::IpAddr;

use url::{Host, Url};

use super::address::{Reach, reach};
use crate::domain::problem::{Code, Outcome, Problem};

/// Longest URL that is taken: what servers and proxies commonly accept.
const MAX_URL: usize = 2048;

/// What the operator allows beyond public addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// Private, link-local and other addresses of a site.
    pub allow_private: bool,
    /// Addresses of this machine.
    pub allow_loopback: bool,
    /// Hosts allowed wherever they resolve to: exact names or addresses, without a port.
    pub allow_hosts: Vec<String>,
}

impl Policy {
    /// True for a host that the operator named.
    pub fn names(&self, host: &str) -> bool {
        let host = plain(host);
        self.allow_hosts
            .iter()
            .any(|allowed| plain(allowed).eq_ignore_ascii_case(host))
    }

    /// Why an address is refused; `None` when it may be called.
    pub fn refusal(&self, address: IpAddr) -> Option<Reach> {
        let reach = reach(address);
        let allowed = match reach {
            Reach::Public => true,
            Reach::Private => self.allow_private,
            Reach::Loopback => self.allow_loopback,
            Reach::Nobody => false,
        };
        (!allowed).then_some(reach)
    }
}

/// `[::1]` and `example.com.` as they are written elsewhere.
fn plain(host: &str) -> &str {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .trim_end_matches('.')
}

/// Checks the text of a URL that a client gave. A name is not resolved here: that happens at each
/// connection, under the same policy.
///
/// # Errors
/// `UrlRefused` with the reason.
pub fn check_url(policy: &Policy, text: &str) -> Outcome<Url> {
    let refuse = |why: &str| Problem::new(Code::UrlRefused, why);
    if text.len() > MAX_URL {
        return Err(refuse(&format!("it is longer than {MAX_URL} characters")));
    }
    let url = Url::parse(text).map_err(|error| refuse(&format!("it is not a URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse("only http and https are possible"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it must not contain a user name or password"));
    }
    let host = url
        .host()
        .ok_or_else(|| refuse("it does not name a host"))?;
    if let Some(reach) = refused_host(policy, &host) {
        return Err(refuse(&format!("the host is {}", reach.as_str())));
    }
    Ok(url)
}

/// The URL parser has already read the odd forms of IPv4 addresses (`0x7f.1`, `2130706433`).
fn refused_host(policy: &Policy, host: &Host<&str>) -> Option<Reach> {
    if policy.names(&host.to_string()) {
        return None;
    }
    match host {
        Host::Ipv4(address) => policy.refusal(IpAddr::V4(*address)),
        Host::Ipv6(address) => policy.refusal(IpAddr::V6(*address)),
        Host::Domain(name) => {
            (is_this_machine(name) && !policy.allow_loopback).then_some(Reach::Loopback)
        }
    }
}

/// `localhost` and names below it always mean this machine (RFC 6761).
fn is_this_machine(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}
