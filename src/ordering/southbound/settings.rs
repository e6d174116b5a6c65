//! How a target is reached.

use std::fmt;
use std::time::Duration;

/// The version of TMF641 that a target speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Version {
    V4,
    V5,
}

/// A text that is not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself, to be sent and nothing else.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares with what somebody sent, in a time that depends on the lengths alone.
    pub fn matches(&self, sent: &str) -> bool {
        let (own, sent) = (self.0.as_bytes(), sent.as_bytes());
        let mut difference = u8::from(own.len() != sent.len());
        for (at, byte) in sent.iter().enumerate() {
            difference |= byte ^ own.get(at).copied().unwrap_or(!byte);
        }
        difference == 0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// How we say who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    None,
    Bearer(Secret),
    Basic { user: String, password: Secret },
}

/// When a failing target is left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CircuitSettings {
    /// Failures in a row that open the circuit.
    pub failures: u32,
    /// The first pause; it doubles with each failed trial.
    pub pause: Duration,
    pub pause_max: Duration,
}

impl Default for CircuitSettings {
    fn default() -> Self {
        CircuitSettings {
            failures: 5,
            pause: Duration::from_secs(5),
            pause_max: Duration::from_secs(300),
        }
    }
}

/// How often and when calls to one target are tried again, where that differs from what holds for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnRetry {
    /// Attempts altogether, the first one counted.
    pub attempts: Option<u32>,
    /// Wait before the second attempt; each further one is twice as long.
    pub first: Option<Duration>,
    pub max: Option<Duration>,
}

/// One OSS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetSettings {
    /// What rules and plans call it; `default` serves those that have no entry of their own.
    pub name: String,
    /// Base of the API, such as `https://oss.example.com/tmf-api/serviceOrdering/v4`.
    pub url: String,
    pub version: Version,
    pub credentials: Credentials,
    /// Further headers of every request; their values are not shown either.
    pub headers: Vec<(String, Secret)>,
    /// How long an answer may take.
    pub timeout: Duration,
    /// Calls under way at once; further ones wait for their turn.
    pub concurrency: usize,
    pub circuit: CircuitSettings,
    pub retry: OwnRetry,
    /// What the OSS must show when it calls back, as a bearer token.
    pub callback_token: Option<Secret>,
    /// How often open orders are asked for, for callbacks that never come.
    pub poll: Duration,
}

impl TargetSettings {
    /// With defaults for all but name, address and version.
    pub fn new(name: impl Into<String>, url: impl Into<String>, version: Version) -> Self {
        TargetSettings {
            name: name.into(),
            url: url.into(),
            version,
            credentials: Credentials::None,
            headers: Vec::new(),
            timeout: Duration::from_secs(10),
            concurrency: 16,
            circuit: CircuitSettings::default(),
            retry: OwnRetry::default(),
            callback_token: None,
            poll: Duration::from_secs(60),
        }
    }
}
