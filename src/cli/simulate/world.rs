//! A server on a clock that the simulation moves, and the simulated OSS, each on a socket of its own.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use super::Scenario;
use crate::behaviour::order::{Fulfilment, KIND, Shape, Shown, Wanted};
use crate::cli::Failure;
use crate::cli::config::Config;
use crate::domain::clock::{Clock, Micros};
use crate::domain::problem::Outcome;
use crate::engine::Caller;
use crate::ordering::run::Act;
use crate::ordering::southbound::{CircuitSettings, Secret, TargetSettings, Version};
use crate::oss_sim::{Deed, Duplicates, OssSim, Product, Rates, Script, Settings};
use crate::sample;
use crate::server::{Control, Running, start_with};
use crate::store::IdKey;

/// When the clock stands at first; the whole catalog is sold then.
const BEGIN: &str = "2026-06-01T08:00:00Z";
const TOKEN: &str = "the-simulated-oss";
/// How long the OSS may take for an answer, by the clock on the wall, which decides nothing: it always
/// answers or hangs up.
const ANSWER: Duration = Duration::from_secs(60);
/// Milliseconds that the OSS takes at most for each part of its work; what is slow takes much longer.
const USUAL: u64 = 20_000;
const ORDERS: &str = "/tmf-api/productOrderingManagement/v5/productOrder";
const CANCELS: &str = "/tmf-api/productOrderingManagement/v5/cancelProductOrder";

/// Server and OSS.
pub struct World {
    config: Config,
    pub clock: Clock,
    running: Option<Running>,
    pub oss: OssSim,
    http: reqwest::Client,
    pub crashes: usize,
    /// Calls that were under way when the process died.
    pub cut_off: usize,
}

impl World {
    /// Starts both and loads the sample operator.
    ///
    /// # Errors
    /// What is in the way.
    pub async fn start(config: &Config, scenario: Scenario) -> Result<Self, Failure> {
        let begin = Micros::parse(BEGIN).unwrap_or_default();
        let clock = Clock::fixed_at(begin);
        let oss = OssSim::start_stepped(manners(scenario), clock.clone()).await?;
        let version = match scenario.seed % 2 {
            0 => (Version::V4, "v4"),
            _ => (Version::V5, "v5"),
        };
        let mut target = TargetSettings::new("default", oss.ordering(version.1), version.0);
        target.callback_token = Some(Secret::new(TOKEN));
        target.timeout = ANSWER;
        target.concurrency = 64;
        // A circuit opens and closes by the clock on the wall, which decides nothing here.
        target.circuit = CircuitSettings {
            failures: u32::MAX,
            ..CircuitSettings::default()
        };
        let mut config = config.clone();
        config.listen = "127.0.0.1:0".to_owned();
        config.http.workers = 1;
        config.http.shutdown_grace_ms = 0;
        config.migrate = true;
        // Events and past revisions would be most of a long run, and nobody asks for them.
        config.events.retention_days = 1;
        config.oss = vec![target];
        config.ordering.concurrency = scenario.at_once;
        let mut world = World {
            config,
            clock,
            running: None,
            oss,
            http: reqwest::Client::builder()
                .no_proxy()
                .pool_max_idle_per_host(0)
                .build()
                .map_err(|error| Failure::new(error.to_string()))?,
            crashes: 0,
            cut_off: 0,
        };
        world.open().await?;
        sample::load(&world.server()?.parts.tariff_tables(Caller::local())).await?;
        world.fulfilment()?.subscribe().await;
        Ok(world)
    }

    async fn open(&mut self) -> Result<(), Failure> {
        let control = Control {
            clock: self.clock.clone(),
            background: false,
        };
        let running = start_with(&self.config, control).await?;
        // As servers do when they start.
        running.parts.tidy().await?;
        // The next one listens where the OSS has learnt to call.
        self.config.listen = running.address.to_string();
        self.running = Some(running);
        Ok(())
    }

    fn server(&self) -> Result<&Running, Failure> {
        let gone = || Failure::new("there is no server");
        self.running.as_ref().ok_or_else(gone)
    }

    /// The fulfilment of the server that runs now.
    ///
    /// # Errors
    /// When there is none.
    pub fn fulfilment(&self) -> Result<Arc<Fulfilment>, Failure> {
        Ok(Arc::clone(&self.server()?.parts.fulfilment))
    }

    /// The process dies while it works, with some of its calls under way, and starts anew on the same
    /// database. What it was doing follows from the number.
    ///
    /// # Errors
    /// When the store fails or the new server does not start.
    pub async fn crash(&mut self, seed: u64) -> Result<(), Failure> {
        self.crashes = self.crashes.saturating_add(1);
        let fulfilment = self.fulfilment()?;
        self.oss.set_trap(seed);
        for _ in 0..seed % 7 {
            if self.work_until_stuck(&fulfilment).await? || !self.oss.step().await {
                break;
            }
        }
        self.work_until_stuck(&fulfilment).await?;
        self.cut_off = self.cut_off.saturating_add(self.oss.trapped());
        fulfilment.abandon();
        self.oss.open_trap();
        if let Some(running) = self.running.take() {
            running.stop().await;
        }
        self.open().await
    }

    /// Works until nothing moves; true when that is because calls are stuck.
    async fn work_until_stuck(&self, fulfilment: &Arc<Fulfilment>) -> Result<bool, Failure> {
        let stuck = async {
            loop {
                let trapped = self.oss.trapped();
                if trapped > 0 && fulfilment.is_stuck(trapped) {
                    return;
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            () = stuck => Ok(true),
            done = fulfilment.drain() => Ok(done.map(|()| false)?),
        }
    }

    /// Lets everything happen that happens without time passing.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn settle(&self) -> Result<(), Failure> {
        let fulfilment = self.fulfilment()?;
        loop {
            fulfilment.drain().await?;
            if !self.oss.step().await {
                return Ok(());
            }
        }
    }

    pub fn wait(&self, seconds: u64) {
        let millis = i64::try_from(seconds.saturating_mul(1000)).unwrap_or(i64::MAX);
        self.clock.advance_millis(millis);
    }

    /// From now on the OSS does what it should.
    pub fn calm(&self) {
        self.oss.script(Script::new("", Deed::Work));
    }

    /// Places an order. Status and body of the answer.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn place(&self, order: &Value) -> Result<(u16, Value), Failure> {
        self.send(reqwest::Method::POST, ORDERS, order).await
    }

    /// Asks to cancel an order.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn cancel(&self, request: &Value) -> Result<(u16, Value), Failure> {
        self.send(reqwest::Method::POST, CANCELS, request).await
    }

    /// Changes an order.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn patch(&self, id: &str, change: &Value) -> Result<(u16, Value), Failure> {
        let path = format!("{ORDERS}/{id}");
        self.send(reqwest::Method::PATCH, &path, change).await
    }

    async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        body: &Value,
    ) -> Result<(u16, Value), Failure> {
        let lost = |error: reqwest::Error| Failure::new(format!("no answer: {error}"));
        let url = format!("{}{path}", self.server()?.url());
        let mut request = self.http.request(method, url);
        if !body.is_null() {
            let json = request.header("Content-Type", "application/json");
            request = json.body(body.to_string());
        }
        let answer = request.send().await.map_err(lost)?;
        let status = answer.status().as_u16();
        let text = answer.text().await.map_err(lost)?;
        Ok((status, serde_json::from_str(&text).unwrap_or_default()))
    }

    /// All fallouts that nobody has decided on.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn open_fallouts(&self) -> Result<Vec<Value>, Failure> {
        self.list("/tollgate/v1/fallout?state=open").await
    }

    /// The first thousand of a collection.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Failure> {
        let (status, body) = self
            .send(
                reqwest::Method::GET,
                &format!("{path}&limit=1000"),
                &Value::Null,
            )
            .await?;
        match body {
            Value::Array(all) if status < 300 => Ok(all),
            other => Err(Failure::new(format!(
                "{path} was answered {status}: {other}"
            ))),
        }
    }

    /// What an order left behind of what is kept only while it is worked on: what it has yet to be told,
    /// and the products that it claims.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn left_of(&self, order: &str) -> Result<usize, Failure> {
        let (tenant, order) = (Caller::local().tenant, order.to_owned());
        let store = &self.server()?.parts.engine.store;
        let left = store.point(move |session| {
            let inputs = session.order_inputs(tenant, &order)?.len();
            Ok(inputs + session.claims_of(tenant, &order)?.len())
        });
        Ok(left.await?)
    }

    /// A stored resource, as it is stored.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(&self, kind: &'static str, id: &str) -> Result<Option<Value>, Failure> {
        let key = IdKey::new(Caller::local().tenant, kind, id);
        let store = &self.server()?.parts.engine.store;
        let rows = store.point(move |session| session.versions(&key)).await?;
        let row = rows.into_iter().find(|row| row.current);
        Ok(row.and_then(|row| serde_json::from_str(&row.doc).ok()))
    }

    /// An order, as it is stored; null when there is none.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn order(&self, id: &str) -> Result<Value, Failure> {
        Ok(self.read(KIND, id).await?.unwrap_or_default())
    }

    /// The plan of an order with the states of its nodes; none without a plan.
    ///
    /// # Errors
    /// When the store is gone.
    pub async fn plan(&self, id: &str) -> Result<Option<Value>, Failure> {
        let fulfilment = self.fulfilment()?;
        let caller = Caller::local();
        let shown = fulfilment.show_plan(&caller, id, Shape::Json);
        Ok(match shown.await {
            Ok(Shown::Json(plan)) => Some(plan),
            _ => None,
        })
    }

    /// The plan that an order would get.
    ///
    /// # Errors
    /// When the order is no order.
    pub async fn would_plan(&self, order: &Value) -> Result<Value, Failure> {
        let fulfilment = self.fulfilment()?;
        let version = crate::domain::descriptor::ApiVersion::V5;
        let caller = Caller::local();
        let shown = fulfilment.dry_run(&caller, version, order.clone(), Shape::Json);
        match shown.await? {
            Shown::Json(plan) => Ok(plan),
            Shown::Text(_) => Ok(Value::Null),
        }
    }

    /// What an operator does; a refusal is no error.
    ///
    /// # Errors
    /// When there is no server.
    pub async fn act(&self, order: &str, act: Act) -> Result<Outcome<()>, Failure> {
        let fulfilment = self.fulfilment()?;
        let wanted = Wanted::Act(act);
        Ok(fulfilment.act(&Caller::local(), order, wanted, None).await)
    }

    /// All numbers with the orders that took them.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn numbers(&self) -> Result<Vec<(String, Option<String>)>, Failure> {
        let store = &self.server()?.parts.engine.store;
        let tenant = Caller::local().tenant;
        Ok(store
            .point(move |session| session.all_numbers(tenant))
            .await?)
    }

    /// Stops both.
    pub async fn stop(self) {
        if let Some(running) = self.running {
            running.stop().await;
        }
        self.oss.stop().await;
    }
}

/// What the OSS does wrong.
fn manners(scenario: Scenario) -> Settings {
    let rates = Rates {
        // It would be waited for by the clock on the wall. An answer that is lost is as good.
        no_answer: 0.0,
        // Each of these brings a decision to be made; too many of them and nothing gets done.
        stubborn: scenario.faults * 2.0,
        ..Rates::all(scenario.faults)
    };
    let found = sample::FOUND.into_iter();
    Settings {
        seed: scenario.seed,
        delay_ms: 0..=USUAL,
        rates,
        duplicates: match scenario.seed % 3 {
            0 => Duplicates::Conflict,
            _ => Duplicates::Answer,
        },
        callback_token: Some(TOKEN.to_owned()),
        products: found
            .map(|(specification, name, pattern)| Product {
                specification: specification.to_owned(),
                name: name.to_owned(),
                pattern: pattern.to_owned(),
            })
            .collect(),
        ..Settings::default()
    }
}
