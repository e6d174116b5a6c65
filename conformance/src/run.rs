//! Running the checks against a server.

use std::fmt;
use std::time::Duration;

use serde_json::Value;
use std::collections::BTreeMap;

use crate::clock;
use crate::http::Client;
use crate::listener::Listener;
use crate::profile::{self, Profile};
use crate::report::{ApiReport, Group, Report};
use crate::suite::{
    self,
    session::{Cleanup, Session},
};

/// What to test and how.
#[derive(Debug, Clone)]
pub struct Options {
    /// Server, for example `http://127.0.0.1:8080`; a path is put before the base path.
    pub url: String,
    /// Only this API, for example `TMF620`.
    pub api: Option<String>,
    /// Only this major version, `v4` or `v5`.
    pub version: Option<String>,
    /// Only these resources; empty for all.
    pub resources: Vec<String>,
    /// Base path instead of the profile's.
    pub base_path: Option<String>,
    /// Headers of every request, `Name: value`.
    pub headers: Vec<String>,
    /// Host (with or without port) under which the server reaches this machine, when it is not
    /// the same machine.
    pub callback_host: Option<String>,
    /// Makes the names of created resources; the time of the start unless given.
    pub seed: Option<u64>,
    /// Values of placeholders in profile bodies, overriding the profile's.
    pub variables: BTreeMap<String, Value>,
    /// How long an event may take.
    pub event_timeout: Duration,
    /// How long an answer may take.
    pub request_timeout: Duration,
    /// Profiles to use instead of the embedded ones.
    pub profiles: Vec<Profile>,
}

impl Options {
    /// Everything at its default for one server.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            api: None,
            version: None,
            resources: Vec::new(),
            base_path: None,
            headers: Vec::new(),
            callback_host: None,
            seed: None,
            variables: BTreeMap::new(),
            event_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(30),
            profiles: Vec::new(),
        }
    }
}

/// Why a run could not be made at all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunError {
    /// The server does not answer.
    Unreachable(String),
    /// The options make no sense.
    Usage(String),
}

impl fmt::Display for RunError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(text) => write!(formatter, "the server cannot be reached: {text}"),
            Self::Usage(text) => formatter.write_str(text),
        }
    }
}

impl std::error::Error for RunError {}

/// Tests a server and reports; failed checks are part of the report, not errors.
///
/// Asynchronous; needs a tokio runtime with time and I/O (also a current-thread one). What the
/// run creates on the server, it deletes at its end.
///
/// # Errors
/// [`RunError::Unreachable`] when the server does not answer the first request,
/// [`RunError::Usage`] when the options match no profile or contradict each other.
pub async fn run(options: &Options) -> Result<Report, RunError> {
    let profiles = chosen(options).map_err(RunError::Usage)?;
    let client = Client::new(&options.headers, options.request_timeout).map_err(RunError::Usage)?;
    let seed = options
        .seed
        .unwrap_or_else(|| clock::now().timestamp_millis().unsigned_abs());
    let started = clock::now();
    let mut report = Report {
        tool: concat!("conformance ", env!("CARGO_PKG_VERSION")).to_owned(),
        url: options.url.clone(),
        seed: seed.to_string(),
        started: clock::text(started),
        seconds: String::new(),
        apis: Vec::new(),
    };
    for profile in profiles {
        let prefix = format!("conformance-{seed:x}-{}", profile.version);
        report
            .apis
            .push(one(options, profile, client.clone(), prefix).await?);
    }
    let elapsed = (clock::now() - started).to_std().unwrap_or_default();
    report.seconds = format!("{:.1}", elapsed.as_secs_f64());
    Ok(report)
}

fn chosen(options: &Options) -> Result<Vec<Profile>, String> {
    let mut profiles = if options.profiles.is_empty() {
        profile::embedded(options.api.as_deref(), options.version.as_deref())?
    } else {
        options.profiles.clone()
    };
    if options.base_path.is_some() && profiles.len() != 1 {
        return Err("a base path needs one API version: give --api and --version".to_owned());
    }
    for name in &options.resources {
        let known = |profile: &Profile| profile.resources.iter().any(|known| known.name == *name);
        if !profiles.iter().any(known) {
            return Err(format!("no profile has a resource '{name}'"));
        }
    }
    for profile in &mut profiles {
        profile.variables.extend(options.variables.clone());
    }
    Ok(profiles)
}

async fn one(
    options: &Options,
    profile: Profile,
    client: Client,
    prefix: String,
) -> Result<ApiReport, RunError> {
    let path = options.base_path.as_deref().unwrap_or(&profile.base_path);
    let root = options.url.trim_end_matches('/').to_owned();
    let base = format!("{root}/{}", path.trim_matches('/'));
    let listener = Listener::start(options.callback_host.as_deref())
        .await
        .map_err(RunError::Usage)?;
    let session = Session::new(
        client,
        profile,
        root,
        base,
        listener,
        options.event_timeout,
        prefix,
    );
    let mut report = ApiReport {
        api: session.profile.api.clone(),
        version: session.profile.version.clone(),
        title: session.profile.title.clone(),
        base: session.base.clone(),
        not_served: None,
        groups: Vec::new(),
        cleanup: Cleanup::default(),
    };
    if let Some(because) = not_served(options, &session).await? {
        report.not_served = Some(because);
        return Ok(report);
    }
    groups(options, &session, &mut report).await;
    report.cleanup = session.clean_up().await;
    Ok(report)
}

/// An API version that was not asked for by name need not be there: when none of its resources
/// answers, the report says so and nothing fails.
async fn not_served(options: &Options, session: &Session) -> Result<Option<String>, RunError> {
    let named = options.api.is_some() && options.version.is_some();
    for resource in &session.profile.resources {
        let exchange = session
            .get(&format!("{}?limit=1", session.collection(resource)))
            .await;
        if let Err(error) = &exchange.reply {
            return Err(RunError::Unreachable(error.clone()));
        }
        if named || !exchange.is(&[404]) {
            return Ok(None);
        }
    }
    Ok(Some(format!("nothing at {} answers", session.base)))
}

async fn groups(options: &Options, session: &Session, report: &mut ApiReport) {
    let wanted = |name: &str| {
        options.resources.is_empty() || options.resources.iter().any(|known| known == name)
    };
    let mut add = |name: &str, checks| {
        report.groups.push(Group {
            name: name.to_owned(),
            checks,
        });
    };
    add("api", suite::api(session).await);
    for resource in &session.profile.resources {
        if wanted(&resource.name) {
            add(&resource.name, suite::resource(session, resource).await);
        }
    }
    if session.profile.hub.is_some() {
        add("hub", suite::hub(session).await);
    }
}
