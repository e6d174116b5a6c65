//! The client itself.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{ClientBuilder, Method, RequestBuilder, redirect};

use super::body::LimitedBody;
use super::policy::{Policy, check_url};
use super::resolve::{GuardedResolver, Refused};

/// Connections to one host that are kept open between calls.
const IDLE_CONNECTIONS: usize = 8;

/// How long others may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    pub connect: Duration,
    /// Without a byte from the other side.
    pub read: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Timeouts {
            connect: Duration::from_secs(5),
            read: Duration::from_secs(30),
        }
    }
}

/// Why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The policy forbids the URL or the addresses of its host.
    Refused(String),
    /// No answer: name, connection, TLS or time.
    Unreachable(String),
    /// An answer other than success.
    Status(u16),
    /// More bytes than allowed.
    TooLarge { limit: u64 },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Refused(why) => write!(f, "the URL is refused: {why}"),
            Failure::Unreachable(why) => f.write_str(why),
            Failure::Status(status) => write!(f, "answered with status {status}"),
            Failure::TooLarge { limit } => write!(f, "the answer is larger than {limit} bytes"),
        }
    }
}

impl Error for Failure {}

/// A call that got no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lost {
    /// The other side may have received it, and may have done what it asks for.
    pub sent: bool,
    pub why: Failure,
}

/// Calls others under a policy. Cheap to clone; connections are shared.
#[derive(Clone)]
pub struct Outbound {
    http: reqwest::Client,
    policy: Arc<Policy>,
}

impl Outbound {
    /// Builds the client. A machine without root certificates gets one that cannot speak https.
    ///
    /// # Errors
    /// A sentence when the TLS library cannot be set up.
    pub fn new(policy: Policy, timeouts: Timeouts) -> Result<Self, String> {
        Self::with_connections(policy, timeouts, IDLE_CONNECTIONS)
    }

    /// As [`Outbound::new`], for one busy host: keeps so many connections to it open between calls.
    ///
    /// # Errors
    /// As [`Outbound::new`].
    pub fn with_connections(
        policy: Policy,
        timeouts: Timeouts,
        idle: usize,
    ) -> Result<Self, String> {
        // Fails only when another part of the process was first, which is as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let policy = Arc::new(policy);
        let http = match builder(&policy, timeouts, idle).build() {
            Ok(http) => http,
            Err(error) => {
                tracing::warn!(
                    error = explain(&error),
                    "no root certificates: callbacks and job URLs with https will fail"
                );
                builder(&policy, timeouts, idle)
                    .tls_certs_only([])
                    .build()
                    .map_err(|error| explain(&error))?
            }
        };
        Ok(Outbound { http, policy })
    }

    #[cfg(test)]
    pub(super) fn http_for_tests(&self) -> &reqwest::Client {
        &self.http
    }

    /// What is allowed.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// A request to a URL that passes the policy; the caller adds headers, body, time limit and
    /// sends it with [`Outbound::send`].
    ///
    /// # Errors
    /// `Refused` with the reason.
    pub fn request(&self, method: Method, url: &str) -> Result<RequestBuilder, Failure> {
        let url = check_url(&self.policy, url).map_err(|p| Failure::Refused(p.message))?;
        Ok(self.http.request(method, url))
    }

    /// Sends a request and takes any 2xx for success. The body may have at most `max_bytes`.
    ///
    /// # Errors
    /// What [`Failure`] lists.
    pub async fn send(
        &self,
        request: RequestBuilder,
        max_bytes: u64,
    ) -> Result<LimitedBody, Failure> {
        let response = request.send().await.map_err(failure)?;
        if !response.status().is_success() {
            return Err(Failure::Status(response.status().as_u16()));
        }
        if response.content_length().is_some_and(|n| n > max_bytes) {
            return Err(Failure::TooLarge { limit: max_bytes });
        }
        Ok(LimitedBody::new(response, max_bytes))
    }

    /// Sends a request and hands over the answer whatever its status, for callers who read refusals
    /// too. The body may have at most `max_bytes`.
    ///
    /// # Errors
    /// When there is no answer; whether the request may have been carried out all the same.
    pub async fn exchange(
        &self,
        request: RequestBuilder,
        max_bytes: u64,
    ) -> Result<LimitedBody, Lost> {
        let response = request.send().await.map_err(|error| {
            // Without a connection there was nobody to send it to.
            let connected = !error.is_connect();
            let why = failure(error);
            let sent = connected && !matches!(why, Failure::Refused(_));
            Lost { sent, why }
        })?;
        Ok(LimitedBody::new(response, max_bytes))
    }

    /// Fetches a URL.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub async fn get(&self, url: &str, max_bytes: u64) -> Result<LimitedBody, Failure> {
        self.send(self.request(Method::GET, url)?, max_bytes).await
    }

    /// Posts a JSON text and reads nothing of the answer but its status.
    ///
    /// # Errors
    /// As [`Outbound::send`].
    pub async fn post_json(
        &self,
        url: &str,
        headers: HeaderMap,
        json: String,
        within: Duration,
    ) -> Result<u16, Failure> {
        let request = self
            .request(Method::POST, url)?
            .headers(headers)
            .header(reqwest::header::CONTENT_TYPE, "application/json")
            .timeout(within)
            .body(json);
        let answer = self.send(request, u64::MAX).await?;
        Ok(answer.status())
    }
}

fn builder(policy: &Arc<Policy>, timeouts: Timeouts, idle: usize) -> ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("tollgate/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        // A proxy would resolve names itself, past the guard.
        .no_proxy()
        .dns_resolver(Arc::new(GuardedResolver {
            policy: Arc::clone(policy),
        }))
        .connect_timeout(timeouts.connect)
        .read_timeout(timeouts.read)
        .pool_idle_timeout(Duration::from_secs(30))
        .pool_max_idle_per_host(idle)
}

/// An error without the URL, which may hold a secret in its query.
fn failure(error: reqwest::Error) -> Failure {
    let error = error.without_url();
    let mut source: Option<&dyn Error> = Some(&error);
    while let Some(cause) = source {
        if let Some(refused) = cause.downcast_ref::<Refused>() {
            return Failure::Refused(refused.to_string());
        }
        source = cause.source();
    }
    if error.is_timeout() {
        return Failure::Unreachable("no answer in time".to_owned());
    }
    Failure::Unreachable(explain(&error))
}

/// The last cause says what happened; those around it only where.
pub(super) fn explain(error: &dyn Error) -> String {
    let mut cause = error;
    while let Some(next) = cause.source() {
        cause = next;
    }
    cause.to_string()
}
