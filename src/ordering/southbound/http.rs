//! All targets of the configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use url::Url;

use super::fault::{Fault, FaultKind};
use super::settings::TargetSettings;
use super::target::Target;
use super::{Cancellation, Report, ServiceOrderRequest, Southbound, Subscribed};
use crate::domain::clock::Clock;
use crate::ordering::plan::DEFAULT_TARGET;
use crate::outbound::{Outbound, Policy, Timeouts};

/// Speaks TMF641 over HTTP.
pub struct HttpSouthbound {
    targets: BTreeMap<String, Target>,
}

impl HttpSouthbound {
    /// # Errors
    /// A sentence when an address, a header or the TLS library is unusable.
    pub fn new(settings: Vec<TargetSettings>, clock: &Clock) -> Result<Self, String> {
        let mut targets = BTreeMap::new();
        for settings in settings {
            let outbound = outbound(&settings)?;
            let name = settings.name.clone();
            targets.insert(name, Target::new(settings, outbound, clock.clone())?);
        }
        Ok(HttpSouthbound { targets })
    }

    /// The settings that a target is called by: its own, or those of `default`.
    pub fn settings(&self, target: &str) -> Option<&TargetSettings> {
        self.target(target).ok().map(|target| &target.settings)
    }

    /// Every configured target.
    pub fn targets(&self) -> impl Iterator<Item = &TargetSettings> {
        self.targets.values().map(|target| &target.settings)
    }

    fn target(&self, name: &str) -> Result<&Target, Fault> {
        self.targets
            .get(name)
            .or_else(|| self.targets.get(DEFAULT_TARGET))
            .ok_or_else(|| {
                let message = format!("no OSS is configured for '{name}', nor a default one");
                Fault::new(FaultKind::Business, message)
            })
    }
}

/// The operator named the host, so it is allowed wherever it is, and no other is.
fn outbound(settings: &TargetSettings) -> Result<Outbound, String> {
    let url = Url::parse(&settings.url)
        .map_err(|error| format!("the address of '{}' is no URL: {error}", settings.name))?;
    let policy = Policy {
        allow_hosts: url.host_str().map(str::to_owned).into_iter().collect(),
        ..Policy::default()
    };
    let timeouts = Timeouts {
        connect: settings.timeout.min(Duration::from_secs(5)),
        read: settings.timeout,
    };
    Outbound::with_connections(policy, timeouts, settings.concurrency)
}

impl Southbound for HttpSouthbound {
    fn submit<'a>(
        &'a self,
        target: &'a str,
        request: &'a ServiceOrderRequest,
    ) -> BoxFuture<'a, Result<Report, Fault>> {
        async move { self.target(target)?.submit(request).await }.boxed()
    }

    fn find<'a>(
        &'a self,
        target: &'a str,
        external_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Report>, Fault>> {
        async move { self.target(target)?.find(external_id).await }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        target: &'a str,
        remote_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<Report>, Fault>> {
        async move { self.target(target)?.fetch(remote_id).await }.boxed()
    }

    fn cancel<'a>(
        &'a self,
        target: &'a str,
        remote_id: &'a str,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<Cancellation, Fault>> {
        async move { self.target(target)?.cancel(remote_id, reason).await }.boxed()
    }

    fn subscribe<'a>(
        &'a self,
        target: &'a str,
        callback: &'a str,
    ) -> BoxFuture<'a, Result<Subscribed, Fault>> {
        async move { self.target(target)?.subscribe(callback).await }.boxed()
    }
}
