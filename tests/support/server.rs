//! A server in this process.

use std::time::Duration;

use serde_json::Value;
use tollgate::behaviour::{Posting, post};
use tollgate::cli::config::{Config, Inputs, Synchronous, machines, resolve};
use tollgate::domain::clock::{Clock, Micros};
use tollgate::domain::descriptor::ApiVersion;
use tollgate::domain::money::Money;
use tollgate::server::{Control, Parts, Running, start_with};

use tollgate::store::IdKey;

use super::database::{Circumstances, Database, System, within};
use super::http::{Answer, Api};

/// When the clocks of tests stand at first.
const MORNING: &str = "2030-01-01T08:00:00Z";

/// What a test may decide of its server.
pub struct Setup {
    pub config: Config,
    pub control: Control,
}

impl Setup {
    /// A free port, one thread for HTTP, and nothing in the background: tests drain.
    pub fn new(database: &Database) -> Self {
        let mut config = resolve(Inputs::default()).expect("the defaults").config;
        config.listen = "127.0.0.1:0".to_owned();
        config.database.clone_from(&database.url);
        config.http.workers = 1;
        config.http.shutdown_grace_ms = 0;
        config.store.postgres_pool = 4;
        // Tests are about what a kill may lose, not a loss of power.
        config.store.sqlite_synchronous = Synchronous::Normal;
        // Usage of tests has dates, and tests are run for years.
        config.rating.oldest_days = 0;
        config.rating.late_records_wait_s = 0;
        // Printing takes its time, and few tests read what is printed.
        config.billing.documents = Vec::new();
        config.jobs.files_dir = database.folder.path().join("files").display().to_string();
        let control = Control {
            clock: Clock::system(),
            background: false,
        };
        Setup { config, control }
    }

    /// A clock that stands still until the test moves it.
    pub fn standing_clock(&mut self) -> Clock {
        let clock = Clock::fixed_at(Micros::parse(MORNING).expect("an instant"));
        self.control.clock = clock.clone();
        clock
    }
}

/// A server and a client for it.
pub struct TestServer {
    running: Running,
    http: reqwest::Client,
}

impl TestServer {
    pub async fn start(database: &Database) -> Self {
        TestServer::with(Setup::new(database)).await
    }

    pub async fn with(setup: Setup) -> Self {
        let running = start_with(&setup.config, setup.control)
            .await
            .expect("the server starts");
        TestServer {
            running,
            http: client(),
        }
    }

    pub fn url(&self) -> String {
        self.running.url()
    }

    pub fn v4(&self) -> Api<'_> {
        self.api(ApiVersion::V4)
    }

    pub fn v5(&self) -> Api<'_> {
        self.api(ApiVersion::V5)
    }

    pub fn api(&self, version: ApiVersion) -> Api<'_> {
        Api {
            server: self,
            version,
        }
    }

    /// Both versions of the API, over the same data.
    pub fn both(&self) -> [Api<'_>; 2] {
        [self.v4(), self.v5()]
    }

    pub(super) fn http(&self) -> &reqwest::Client {
        &self.http
    }

    /// GET of a path of the server.
    pub async fn get(&self, path: &str) -> Answer {
        Answer::of(self.http.get(format!("{}{path}", self.url()))).await
    }

    /// A JSON body to a path of the server, of any API.
    pub async fn send(&self, method: reqwest::Method, path: &str, body: &Value) -> Answer {
        let request = self.http.request(method, format!("{}{path}", self.url()));
        Answer::of(
            request
                .header("Content-Type", "application/json")
                .body(body.to_string()),
        )
        .await
    }

    /// POST of a text that should be JSON, with a token.
    pub async fn bearing(&self, path: &str, token: Option<&str>, body: String) -> Answer {
        let mut request = self.http.post(format!("{}{path}", self.url()));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        Answer::of(
            request
                .header("Content-Type", "application/json")
                .body(body),
        )
        .await
    }

    /// Runs the jobs that are due and delivers the events that are due.
    pub async fn drain(&self) {
        self.running.parts.worker.drain().await.expect("jobs run");
        self.running
            .parts
            .dispatcher
            .drain()
            .await
            .expect("events are delivered");
    }

    /// What stands behind the HTTP side.
    pub fn parts(&self) -> &Parts {
        &self.running.parts
    }

    /// Books an amount on a balance of an account, as billing and payments do.
    pub async fn book(&self, kind: &str, id: &str, balance_type: &str, money: Value) {
        let machines = resolve(Inputs::default()).map(|loaded| machines(&loaded.config));
        let machines = machines.expect("the defaults").expect("machines");
        let posting = Posting {
            account: IdKey::new(1, kind, id),
            balance_type: balance_type.to_owned(),
            money: Money::read(&money).expect("money"),
            valid_from: None,
            valid_to: None,
        };
        let engine = &self.running.parts.engine;
        let now = engine.core.clock.now();
        let booked = engine
            .store
            .write(move |tx| post(&machines, tx, &posting, now));
        booked.await.expect("a booking");
    }

    pub async fn stop(self) {
        let TestServer { running, http } = self;
        // Connections that are kept for a next request would be waited for.
        drop(http);
        running
            .parts
            .dispatcher
            .release()
            .await
            .expect("leases are given up");
        running.stop().await;
    }
}

/// A client that follows nothing and keeps no connection longer than a request needs.
pub fn client() -> reqwest::Client {
    // Fails only where another part of the process was first, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .pool_max_idle_per_host(0)
        .timeout(Duration::from_secs(30))
        .build()
        .expect("an HTTP client")
}

/// Runs a test on each database with a server of its own.
pub fn each_server(test: impl AsyncFn(&TestServer)) {
    super::database::each_database(async |database| {
        let server = TestServer::start(database).await;
        test(&server).await;
        server.stop().await;
    });
}

/// Runs a test on each database and through each version of the API, each time with a new server.
pub fn each_api(test: impl AsyncFn(Api<'_>)) {
    for system in System::ALL {
        for version in [ApiVersion::V4, ApiVersion::V5] {
            let _named = Circumstances(format!("{system}, {version}"));
            let Some(database) = Database::fresh(system) else {
                continue;
            };
            within(async {
                let server = TestServer::start(&database).await;
                test(server.api(version)).await;
                server.stop().await;
            });
        }
    }
}

/// The names of the resources of a list, as listed.
pub fn names(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap_or_else(|| panic!("no list: {list}"));
    items
        .iter()
        .map(|item| item["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}
