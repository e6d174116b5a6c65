//! What other systems tell us unasked. A callback is written down before it is answered. One whose sender
//! did not prove who it is moves nothing: it makes us ask the system itself, and so does one that says that
//! work failed.

use std::sync::Arc;

use serde_json::Value;

use super::{Fulfilment, carry, service};
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::ordering::plan::DEFAULT_TARGET;
use crate::ordering::run::Input;
use crate::ordering::southbound::{Fault, Report, TargetSettings};
use crate::store::{Due, IdKey};

/// What became of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The order knows.
    Taken,
    /// It is about nothing that we ordered.
    Unknown,
}

/// Something that we sent.
struct Known {
    /// The product order that it is for.
    due: Due,
    /// Where it was sent.
    target: String,
    external_id: String,
}

impl Heard {
    const fn as_str(self) -> &'static str {
        match self {
            Heard::Taken => "taken",
            Heard::Unknown => "unknown",
        }
    }
}

impl Fulfilment {
    /// Takes a callback of a system. `token` is what its sender showed.
    ///
    /// # Errors
    /// `NotFound` for a system that is not configured, `Unauthenticated` for a wrong token,
    /// `InvalidBody` for what is not about a service order, `Unavailable` when the system has to be
    /// asked and does not answer: then it is to call again.
    pub async fn hear(
        self: &Arc<Self>,
        tenant: i64,
        target: &str,
        token: Option<&str>,
        body: &Value,
    ) -> Outcome<Heard> {
        let trusted = self.check_sender(target, token)?;
        let report = Report::from_event(body).ok_or_else(|| {
            Problem::at(
                Code::InvalidBody,
                "/event",
                "says nothing of a service order",
            )
        })?;
        let heard = self.take_report(tenant, target, trusted, report).await?;
        metrics::counter!("tollgate_callbacks_total", "outcome" => heard.as_str()).increment(1);
        Ok(heard)
    }

    /// The system that work for a target goes to.
    fn system(&self, target: &str) -> Option<&TargetSettings> {
        let named = |name: &str| {
            let mut targets = self.settings.targets.iter();
            targets.find(|known| known.name == name)
        };
        named(target).or_else(|| named(DEFAULT_TARGET))
    }

    /// Whether the sender proved who it is.
    fn check_sender(&self, target: &str, token: Option<&str>) -> Outcome<bool> {
        let Some(settings) = self.system(target) else {
            return Err(Problem::new(
                Code::NotFound,
                format!("There is no system '{target}'."),
            ));
        };
        match (&settings.callback_token, token) {
            (None, _) => Ok(false),
            (Some(secret), Some(shown)) if secret.matches(shown) => Ok(true),
            (Some(_), _) => Err(Problem::new(
                Code::Unauthenticated,
                "The callback lacks the token that this system was given.",
            )),
        }
    }

    async fn take_report(
        self: &Arc<Self>,
        tenant: i64,
        target: &str,
        trusted: bool,
        report: Report,
    ) -> Outcome<Heard> {
        let known = match &report.external_id {
            Some(external_id) => self.order_of(tenant, external_id).await?,
            None => None,
        };
        let Some(known) = known else {
            let (external_id, remote_id) = (report.external_id, report.remote_id);
            return match (external_id, remote_id) {
                // All that came is the system's own id.
                (None, Some(remote_id)) => self.ask_by_remote_id(tenant, target, &remote_id).await,
                // What we never sent need not be asked for.
                _ => Ok(Heard::Unknown),
            };
        };
        if trusted && self.is_same(target, &known.target) && carry::can_be_believed(&report) {
            let said = carry::report(&known.target, &known.external_id, report);
            return self.told(known.due, said).await;
        }
        let found = self.southbound.find(&known.target, &known.external_id);
        match found.await.map_err(|fault| unreachable_now(&fault))? {
            Some(found) => {
                let said = carry::report(&known.target, &known.external_id, found);
                self.told(known.due, said).await
            }
            None => Ok(Heard::Unknown),
        }
    }

    /// Whether work for two targets goes to one system: one does not speak for another.
    fn is_same(&self, target: &str, other: &str) -> bool {
        let name = |target| self.system(target).map(|system| &system.name);
        name(target) == name(other)
    }

    /// Asks the system how an order of its own id stands.
    async fn ask_by_remote_id(
        self: &Arc<Self>,
        tenant: i64,
        target: &str,
        remote_id: &str,
    ) -> Outcome<Heard> {
        let found = self.southbound.fetch(target, remote_id).await;
        let Some(found) = found.map_err(|fault| unreachable_now(&fault))? else {
            return Ok(Heard::Unknown);
        };
        let Some(external_id) = found.external_id.clone() else {
            return Ok(Heard::Unknown);
        };
        let known = self.order_of(tenant, &external_id).await?;
        let Some(known) = known.filter(|known| self.is_same(target, &known.target)) else {
            return Ok(Heard::Unknown);
        };
        let said = carry::report(&known.target, &known.external_id, found);
        self.told(known.due, said).await
    }

    async fn told(self: &Arc<Self>, due: Due, input: Input) -> Outcome<Heard> {
        self.tell(due, input).await.map(|_| Heard::Taken)
    }

    /// What an external id is of: what we sent was written down before.
    async fn order_of(&self, tenant: i64, external_id: &str) -> Outcome<Option<Known>> {
        let key = IdKey::new(tenant, service::ORDER, &service::id_of_order(external_id));
        let rows = self
            .store
            .point(move |session| session.versions(&key))
            .await?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            return Ok(None);
        };
        let record = document(&row)?;
        let known = service::product_order(&record).zip(service::target_of(&record));
        Ok(known.map(|(order, target)| Known {
            due: Due {
                tenant,
                order: order.to_owned(),
            },
            target: target.to_owned(),
            external_id: external_id.to_owned(),
        }))
    }

    /// Registers our callback at every system, again and again until each has taken it.
    pub async fn subscribe(self: Arc<Self>) {
        let mut left: Vec<String> = self
            .settings
            .targets
            .iter()
            .map(|target| target.name.clone())
            .collect();
        while !left.is_empty() {
            let mut failed = Vec::new();
            for target in left {
                let url = self.callback_url(&target);
                match self.southbound.subscribe(&target, &url).await {
                    Ok(_) => tracing::info!(target, "callbacks are registered"),
                    Err(fault) => {
                        tracing::warn!(
                            target,
                            kind = fault.kind.as_str(),
                            "callbacks are not registered yet"
                        );
                        failed.push(target);
                    }
                }
            }
            left = failed;
            if !left.is_empty() {
                tokio::time::sleep(self.settings.retry.max.min(SUBSCRIBE_AGAIN)).await;
            }
        }
    }

    /// Where a system tells us of its orders.
    pub fn callback_url(&self, target: &str) -> String {
        let base = match &self.settings.callback_url {
            Some(url) => url.as_str(),
            None => self.core.links.base_url(),
        };
        format!("{base}/tollgate/v1/oss/{target}/listener")
    }
}

/// How long to wait before a system is asked again to take our callback.
const SUBSCRIBE_AGAIN: std::time::Duration = std::time::Duration::from_secs(15);

fn unreachable_now(fault: &Fault) -> Problem {
    let problem = Problem::busy(5);
    Problem {
        internal: Some(format!(
            "a system that called back could not be asked: {}",
            fault.kind.as_str()
        )),
        ..problem
    }
}
