//! What other systems tell us unasked. A callback is written down before it is answered. One whose sender
//! did not prove who it is moves nothing: it makes us ask the system itself.

use std::sync::Arc;

use serde_json::Value;

use super::{Fulfilment, carry, service};
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::ordering::run::Input;
use crate::ordering::southbound::{Fault, Report};
use crate::store::{Due, IdKey};

/// What became of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The order knows.
    Taken,
    /// It is about nothing that we ordered.
    Unknown,
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

    /// Whether the sender proved who it is.
    fn check_sender(&self, target: &str, token: Option<&str>) -> Outcome<bool> {
        let named = |name: &str| {
            self.settings
                .targets
                .iter()
                .find(|known| known.name == name)
        };
        let Some(settings) = named(target).or_else(|| named("default")) else {
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
        let (due, external_id) = match (known, report.external_id.clone()) {
            (Some(due), Some(external_id)) if trusted && carry::tells_state(&report) => {
                return self
                    .told(due, carry::report(target, &external_id, report))
                    .await;
            }
            (Some(due), Some(external_id)) => (Some(due), external_id),
            (_, external_id) => (None, external_id.unwrap_or_default()),
        };
        self.ask(
            tenant,
            target,
            due,
            &external_id,
            report.remote_id.as_deref(),
        )
        .await
    }

    /// Asks the system how the order stands instead of believing what came.
    async fn ask(
        self: &Arc<Self>,
        tenant: i64,
        target: &str,
        due: Option<Due>,
        external_id: &str,
        remote_id: Option<&str>,
    ) -> Outcome<Heard> {
        let found = match (&due, remote_id) {
            // What we never sent need not be asked for, unless its own id is all that came.
            (None, Some(remote_id)) if external_id.is_empty() => {
                self.southbound.fetch(target, remote_id).await
            }
            (None, _) => return Ok(Heard::Unknown),
            (Some(_), _) => self.southbound.find(target, external_id).await,
        };
        let Some(found) = found.map_err(|fault| unreachable_now(&fault))? else {
            return Ok(Heard::Unknown);
        };
        let Some(external_id) = found.external_id.clone() else {
            return Ok(Heard::Unknown);
        };
        let due = match due {
            Some(due) => due,
            None => match self.order_of(tenant, &external_id).await? {
                Some(due) => due,
                None => return Ok(Heard::Unknown),
            },
        };
        self.told(due, carry::report(target, &external_id, found))
            .await
    }

    async fn told(self: &Arc<Self>, due: Due, input: Input) -> Outcome<Heard> {
        self.tell(due, input).await.map(|_| Heard::Taken)
    }

    /// The order that an external id is of: what we sent was written down before.
    async fn order_of(&self, tenant: i64, external_id: &str) -> Outcome<Option<Due>> {
        let key = IdKey::new(tenant, service::ORDER, &service::id_of_order(external_id));
        let rows = self
            .store
            .point(move |session| session.versions(&key))
            .await?;
        let Some(row) = rows.into_iter().find(|row| row.current) else {
            return Ok(None);
        };
        let record = document(&row)?;
        let order = service::product_order(&record);
        Ok(order.map(|order| Due {
            tenant,
            order: order.to_owned(),
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
