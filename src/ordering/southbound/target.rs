//! One OSS: its connection, its turns, its circuit.

use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use tokio::sync::Semaphore;
use url::Url;

use super::circuit::{Circuit, Pass};
use super::fault::{Fault, FaultKind};
use super::settings::{Credentials, TargetSettings};
use super::{Cancellation, Report, ServiceOrderRequest, Subscribed, Version};
use super::{payload, read};
use crate::domain::clock::Clock;
use crate::domain::masked::masked;
use crate::outbound::{LimitedBody, Lost, Outbound};

/// Longest answer that is read.
const ANSWER_BYTES: u64 = 4 << 20;
/// Longest wait that an OSS may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(86_400);

/// An answer that was read.
struct Answer {
    status: u16,
    location: Option<String>,
    /// `X-Total-Count` of lists.
    total: Option<usize>,
    /// Null when there was none.
    body: Value,
}

/// Calls to one OSS.
pub(super) struct Target {
    pub settings: TargetSettings,
    base: Url,
    headers: HeaderMap,
    outbound: Outbound,
    turns: Semaphore,
    circuit: Circuit,
    clock: Clock,
}

impl Target {
    /// # Errors
    /// A sentence when the address or a header is unusable.
    pub fn new(settings: TargetSettings, outbound: Outbound, clock: Clock) -> Result<Self, String> {
        let base = Url::parse(settings.url.trim_end_matches('/'))
            .map_err(|error| format!("the address of '{}' is no URL: {error}", settings.name))?;
        if !matches!(base.scheme(), "http" | "https") {
            let name = &settings.name;
            return Err(format!("the address of '{name}' is not http or https"));
        }
        Ok(Target {
            headers: headers(&settings)?,
            base,
            outbound,
            turns: Semaphore::new(settings.concurrency.clamp(1, Semaphore::MAX_PERMITS)),
            circuit: Circuit::new(settings.circuit),
            clock,
            settings,
        })
    }

    pub async fn submit(&self, request: &ServiceOrderRequest) -> Result<Report, Fault> {
        let body = payload::order(self.settings.version, request);
        let url = self.url(&["serviceOrder"])?;
        let answer = match self.post("submit", url, &body).await {
            Ok(answer) => answer,
            Err(fault) if fault.status == Some(409) => {
                return self.duplicate(&request.external_id, fault).await;
            }
            Err(fault) => return Err(fault),
        };
        let mut report = read::order(&answer.body);
        // v5 may answer 202 without a body.
        report.remote_id = report.remote_id.or(answer.location);
        report.external_id = Some(request.external_id.clone());
        Ok(report)
    }

    /// A conflict is most often our own order, whose answer was lost. Where that cannot be seen, the
    /// outcome stays unknown.
    async fn duplicate(&self, external_id: &str, conflict: Fault) -> Result<Report, Fault> {
        match self.find(external_id).await {
            Ok(Some(report)) => Ok(report),
            Ok(None) => Err(conflict),
            Err(fault) => Err(Fault {
                kind: FaultKind::Unknown,
                ..fault
            }),
        }
    }

    pub async fn find(&self, external_id: &str) -> Result<Option<Report>, Fault> {
        let mut url = self.url(&["serviceOrder"])?;
        let name = match self.settings.version {
            Version::V4 => "externalId",
            Version::V5 => "externalReference.id",
        };
        url.query_pairs_mut().append_pair(name, external_id);
        let answer = self.get("find", url).await?;
        let Some(orders) = answer.body.as_array() else {
            return Err(Fault::new(FaultKind::Transient, "the answer is no list"));
        };
        let ours = |order: &&Value| read::external_id(order).as_deref() == Some(external_id);
        if let Some(order) = orders.iter().find(ours) {
            return Ok(Some(read::order(order)));
        }
        // Orders that were not asked for: the filter was passed over, and ours may be on another
        // page. Taking that for "there is none" would order twice.
        let more = answer.status == 206 || answer.total.is_some_and(|total| total > orders.len());
        if !orders.is_empty() && more {
            let message = format!("the OSS does not find orders by `{name}`");
            return Err(Fault::new(FaultKind::Business, message));
        }
        Ok(None)
    }

    pub async fn fetch(&self, remote_id: &str) -> Result<Option<Report>, Fault> {
        let url = self.url(&["serviceOrder", remote_id])?;
        match self.get("fetch", url).await {
            Ok(answer) if answer.body.is_object() => Ok(Some(read::order(&answer.body))),
            Ok(_) => Err(Fault::new(FaultKind::Transient, "the answer is no order")),
            Err(fault) if fault.status == Some(404) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    pub async fn cancel(&self, remote_id: &str, reason: &str) -> Result<Cancellation, Fault> {
        let body = payload::cancel(self.settings.version, remote_id, reason);
        let url = self.url(&["cancelServiceOrder"])?;
        let answer = self.post("cancel", url, &body).await?;
        let mut cancellation = read::cancellation(&answer.body);
        cancellation.task = cancellation.task.or(answer.location);
        if cancellation.state.is_refusal() {
            let why = cancellation.message.as_deref().unwrap_or("no reason given");
            let message = format!("the OSS refused to cancel the order: {why}");
            return Err(Fault::new(FaultKind::Business, message));
        }
        Ok(cancellation)
    }

    pub async fn subscribe(&self, callback: &str) -> Result<Subscribed, Fault> {
        let body = payload::hub(self.settings.version, callback);
        match self.post("subscribe", self.url(&["hub"])?, &body).await {
            Ok(answer) => {
                let id = answer.body.get("id").and_then(Value::as_str);
                Ok(Subscribed::New(id.map(str::to_owned).or(answer.location)))
            }
            Err(fault) if fault.status == Some(409) => Ok(Subscribed::Already),
            Err(fault) => Err(fault),
        }
    }

    fn url(&self, path: &[&str]) -> Result<Url, Fault> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| Fault::new(FaultKind::Business, "the address of the OSS has no path"))?
            .extend(path);
        Ok(url)
    }

    async fn get(&self, operation: &'static str, url: Url) -> Result<Answer, Fault> {
        let request = self.request(Method::GET, &url)?;
        self.call(operation, request, false).await
    }

    async fn post(&self, operation: &'static str, url: Url, body: &Value) -> Result<Answer, Fault> {
        let request = self
            .request(Method::POST, &url)?
            .header(CONTENT_TYPE, "application/json")
            .body(body.to_string());
        self.call(operation, request, true).await
    }

    fn request(&self, method: Method, url: &Url) -> Result<RequestBuilder, Fault> {
        let request = self
            .outbound
            .request(method, url.as_str())
            .map_err(|failure| Fault::new(FaultKind::Business, failure.to_string()))?;
        Ok(request
            .headers(self.headers.clone())
            .timeout(self.settings.timeout))
    }

    /// Waits for a turn, passes the circuit, makes the call and judges its end. `changes` says that
    /// the call does something at the OSS, so that an end in the dark matters.
    async fn call(
        &self,
        operation: &'static str,
        request: RequestBuilder,
        changes: bool,
    ) -> Result<Answer, Fault> {
        let _turn = self
            .turns
            .acquire()
            .await
            .map_err(|_| Fault::new(FaultKind::Transient, "the client is shut down"))?;
        let pass = self.circuit.enter(self.clock.now()).map_err(|wait| {
            self.count(operation, FaultKind::CircuitOpen.as_str());
            Fault {
                retry_after: Some(wait),
                ..Fault::new(
                    FaultKind::CircuitOpen,
                    "the OSS has been failing and is left alone for a while",
                )
            }
        })?;
        let begun = Instant::now();
        let result = self.exchange(request, changes).await;
        metrics::histogram!(
            "tollgate_oss_call_seconds",
            "target" => self.settings.name.clone(), "operation" => operation
        )
        .record(begun.elapsed().as_secs_f64());
        let label = result.as_ref().map_or_else(|f| f.kind.as_str(), |_| "ok");
        self.count(operation, label);
        self.judge(pass, operation, &result);
        result
    }

    fn count(&self, operation: &'static str, result: &'static str) {
        metrics::counter!(
            "tollgate_oss_calls_total",
            "target" => self.settings.name.clone(), "operation" => operation, "result" => result
        )
        .increment(1);
    }

    /// Whoever answers works, even with a refusal; whoever asks for patience works too.
    fn judge(&self, pass: Pass<'_>, operation: &str, result: &Result<Answer, Fault>) {
        let target = self.settings.name.as_str();
        match result {
            Err(fault) if fault.status == Some(429) => drop(pass),
            Err(fault) if fault.kind != FaultKind::Business => {
                let error = masked(&fault.message);
                tracing::info!(
                    target_name = target,
                    operation,
                    error,
                    "a call to an OSS failed"
                );
                if let Some(pause) = pass.failed(self.clock.now()) {
                    let seconds = pause.as_secs();
                    tracing::warn!(
                        target_name = target,
                        seconds,
                        "an OSS keeps failing and is left alone for a while"
                    );
                    self.circuit_gauge(1.0);
                }
            }
            _ => {
                if pass.succeeded() {
                    tracing::info!(target_name = target, "an OSS works again");
                    self.circuit_gauge(0.0);
                }
            }
        }
    }

    fn circuit_gauge(&self, open: f64) {
        metrics::gauge!("tollgate_oss_circuit_open", "target" => self.settings.name.clone())
            .set(open);
    }

    async fn exchange(&self, request: RequestBuilder, changes: bool) -> Result<Answer, Fault> {
        let in_the_dark = |sent: bool, why: String| match sent && changes {
            true => Fault::new(FaultKind::Unknown, why),
            false => Fault::new(FaultKind::Transient, why),
        };
        let response = self
            .outbound
            .exchange(request, ANSWER_BYTES)
            .await
            .map_err(|Lost { sent, why }| in_the_dark(sent, why.to_string()))?;
        let status = response.status();
        let location = response.header("location").and_then(last_segment);
        let total = response
            .header("x-total-count")
            .and_then(|n| n.parse().ok());
        let retry_after = self.retry_after(&response);
        let bytes = response.bytes().await;
        if !(200..300).contains(&status) {
            let body = bytes.unwrap_or_default();
            return Err(refusal(status, retry_after, &body, changes));
        }
        let bytes = bytes.map_err(|why| in_the_dark(true, why.to_string()))?;
        let body = match bytes.is_empty() {
            true => Value::Null,
            false => serde_json::from_slice(&bytes).map_err(|error| {
                let why = format!("answered {status} with a body that is no JSON: {error}");
                in_the_dark(true, why)
            })?,
        };
        Ok(Answer {
            status,
            location,
            total,
            body,
        })
    }

    /// Seconds, or a date (RFC 9110, 10.2.3).
    fn retry_after(&self, response: &LimitedBody) -> Option<Duration> {
        let text = response.header("retry-after")?.trim();
        let wait = match text.parse() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let at = chrono::DateTime::parse_from_rfc2822(text).ok()?;
                let micros = at.timestamp_micros().saturating_sub(self.clock.now().0);
                Duration::from_micros(u64::try_from(micros).unwrap_or_default())
            }
        };
        Some(wait.min(RETRY_AFTER_MAX))
    }
}

/// What an answer other than success means.
fn refusal(status: u16, retry_after: Option<Duration>, body: &[u8], changes: bool) -> Fault {
    let kind = match status {
        // Turned away at the door.
        429 | 503 => FaultKind::Transient,
        // Something went wrong behind it, before or after the work was done.
        408 | 500 | 502 | 504..=599 if changes => FaultKind::Unknown,
        408 | 500 | 502 | 504..=599 => FaultKind::Transient,
        _ => FaultKind::Business,
    };
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let (code, words) = read::error(&body);
    Fault {
        kind,
        message: words.unwrap_or_else(|| format!("answered with status {status}")),
        status: Some(status),
        code,
        retry_after: (kind == FaultKind::Transient)
            .then_some(retry_after)
            .flatten(),
    }
}

fn last_segment(location: &str) -> Option<String> {
    let last = location.trim_end_matches('/').rsplit('/').next()?;
    (!last.is_empty()).then(|| last.to_owned())
}

fn headers(settings: &TargetSettings) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    let secret = |text: &str| {
        let mut value = HeaderValue::from_str(text)
            .map_err(|_| format!("a header of '{}' has letters it must not", settings.name))?;
        value.set_sensitive(true);
        Ok::<_, String>(value)
    };
    for (name, value) in &settings.headers {
        let header = HeaderName::try_from(name.as_str())
            .map_err(|_| format!("'{name}' of '{}' is no name of a header", settings.name))?;
        headers.insert(header, secret(value.reveal())?);
    }
    match &settings.credentials {
        Credentials::None => {}
        Credentials::Bearer(token) => {
            headers.insert(
                AUTHORIZATION,
                secret(&format!("Bearer {}", token.reveal()))?,
            );
        }
        Credentials::Basic { user, password } => {
            use base64::Engine as _;
            let pair = format!("{user}:{}", password.reveal());
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            headers.insert(AUTHORIZATION, secret(&format!("Basic {encoded}"))?);
        }
    }
    Ok(headers)
}
