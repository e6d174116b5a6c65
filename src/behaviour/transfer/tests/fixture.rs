//! A server without HTTP: engine, worker, a folder for files.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::api::generated::APIS;
use crate::behaviour::Marks;
use crate::behaviour::billing::Numbering;
use crate::behaviour::rating::Book;
use crate::behaviour::transfer::{Settings, behaviours, handlers};
use crate::behaviour::{self, Mode};
use crate::domain::adapt::href::Links;
use crate::domain::clock::{Clock, Micros};
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::money::Currency;
use crate::domain::problem::Outcome;
use crate::domain::state_machine::{Definitions, Machines};
use crate::engine::validate::ExtensionSchemas;
use crate::engine::{Address, Caller, Core, Engine, Limits, Registry, Validators};
use crate::event::{Hub, Waker};
use crate::job::{self, Worker};
use crate::outbound::{Outbound, Policy, Timeouts};
use crate::store::{self, Store, Target};

/// A server without HTTP.
pub struct Fixture {
    pub folder: tempfile::TempDir,
    pub settings: Settings,
    pub clock: Clock,
    pub engine: Engine,
    pub outbound: Outbound,
}

/// What differs between tests.
#[derive(Clone)]
pub struct Options {
    pub batch: usize,
    pub references: Mode,
    pub policy: Policy,
    pub stop_on_error: bool,
    pub error_log_bytes: usize,
    pub max_file_bytes: u64,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            batch: 4,
            references: Mode::Warn,
            policy: Policy {
                allow_loopback: true,
                ..Policy::default()
            },
            stop_on_error: false,
            error_log_bytes: 64 << 10,
            max_file_bytes: 1 << 30,
        }
    }
}

impl Fixture {
    pub fn new() -> Self {
        Fixture::with(Options::default())
    }

    pub fn with(options: Options) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            files_dir: folder.path().join("files"),
            batch: options.batch,
            stop_on_error: options.stop_on_error,
            error_log_bytes: options.error_log_bytes,
            max_file_bytes: options.max_file_bytes,
            ..Settings::default()
        };
        std::fs::create_dir(&settings.files_dir).unwrap();
        let clock = Clock::fixed_at(Micros::parse("2026-11-21T12:00:00Z").unwrap());
        let path = folder.path().join("test.db");
        let target = Target::parse(&format!("sqlite:{}", path.display())).unwrap();
        Store::migrate(&target).unwrap();
        let registry = Registry::new(APIS);
        let store = Store::open(&target, &store::Settings::default(), &registry.indexed()).unwrap();
        let machines = Machines::build(&Definitions::new(), Mode::Strict).unwrap();
        let currency = Currency::of("EUR").unwrap();
        let mut rules = behaviour::all(
            options.references,
            &Arc::new(machines),
            &registry,
            currency,
            &Marks::default(),
            &Book::open(&store).unwrap(),
            &Numbering::default(),
        );
        rules.extend(behaviours(&settings, &options.policy));
        let core = Core::new(
            registry,
            Validators::new(ExtensionSchemas::load(None).unwrap(), false),
            Links::new("http://localhost:8080", APIS),
            clock.clone(),
            Limits {
                page_default: 100,
                page_max: 100_000,
                scan_rows: 1_000_000,
                filter_terms: 100,
            },
            rules,
        );
        let outbound = Outbound::new(options.policy.clone(), Timeouts::default()).unwrap();
        let hub = Hub {
            store: store.clone(),
            clock: clock.clone(),
            policy: Arc::new(options.policy),
            waker: Waker::default(),
            max_subscriptions: 10,
        };
        let engine = Engine::new(Arc::new(core), store, hub, Arc::new(|| {}));
        Fixture {
            folder,
            settings,
            clock,
            engine,
            outbound,
        }
    }

    /// A worker, as another process would be.
    pub fn worker(&self) -> Arc<Worker> {
        let settings = job::Settings {
            lease: Duration::from_secs(600),
            ..job::Settings::default()
        };
        let handlers = handlers(&self.engine.core, &self.outbound, &self.settings);
        Worker::new(
            self.engine.store.clone(),
            self.clock.clone(),
            settings,
            handlers,
        )
    }

    pub fn resource(&self, kind: &str, version: ApiVersion) -> &'static Resource {
        self.engine.core.registry.in_version(kind, version).unwrap()
    }

    /// Writes a file into the folder for files.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.settings.files_dir.join(name);
        std::fs::write(&path, content).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.settings.files_dir.join(name)).unwrap()
    }

    /// Names in the folder for files, sorted.
    pub fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(&self.settings.files_dir).unwrap();
        let mut names: Vec<String> = entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Creates a job through v5 and answers its id.
    pub async fn create(&self, kind: &str, mut body: Value) -> Outcome<String> {
        let name = if kind == "importJob" {
            "ImportJob"
        } else {
            "ExportJob"
        };
        body["@type"] = json!(name);
        let resource = self.resource(kind, ApiVersion::V5);
        let stored = self
            .engine
            .create(resource, body, Caller::local(), None)
            .await?;
        Ok(stored.row.id)
    }

    /// Creates a job, runs what is due and answers the job as v5 shows it.
    pub async fn run(&self, kind: &str, body: Value) -> Value {
        let id = self.create(kind, body).await.unwrap();
        self.worker().drain().await.unwrap();
        self.get(kind, &id).await.unwrap()
    }

    pub async fn import(&self, body: Value) -> Value {
        self.run("importJob", body).await
    }

    pub async fn export(&self, body: Value) -> Value {
        self.run("exportJob", body).await
    }

    /// A resource as v5 shows it.
    pub async fn get(&self, kind: &str, id: &str) -> Outcome<Value> {
        let resource = self.resource(kind, ApiVersion::V5);
        let address = Address {
            id: id.to_owned(),
            version: None,
        };
        let stored = self
            .engine
            .get(resource, &address, &Caller::local())
            .await?;
        self.engine.core.value(resource, &stored.row, stored.doc)
    }

    /// Id and revision of each resource of a kind, in order of creation.
    pub async fn all(&self, kind: &str) -> Vec<(String, i64)> {
        let resource = self.resource(kind, ApiVersion::V5);
        let page = self
            .engine
            .list(resource, "http://x", "limit=100000", &Caller::local())
            .await
            .unwrap();
        page.rows
            .into_iter()
            .map(|row| (row.id, row.revision))
            .collect()
    }

    pub async fn ids(&self, kind: &str) -> Vec<String> {
        self.all(kind).await.into_iter().map(|(id, _)| id).collect()
    }

    /// Changes that were announced, as `kind/id change`, in order.
    pub async fn announced(&self) -> Vec<String> {
        let events = self
            .engine
            .store
            .scan(|session| session.pending(100_000))
            .await
            .unwrap();
        events
            .into_iter()
            .map(|e| format!("{}/{} {}", e.kind, e.id, e.change))
            .collect()
    }
}

/// A specification that needs nothing else.
pub fn specification(number: usize) -> Value {
    json!({
        "@type": "ProductSpecification",
        "id": format!("spec-{number}"),
        "name": format!("Specification {number}"),
        "lifecycleStatus": "Active",
        "version": "1.0",
    })
}

/// Records as lines.
pub fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// The lines of a job's error log.
pub fn log(job: &Value) -> Vec<&str> {
    job["errorLog"]
        .as_str()
        .unwrap_or_default()
        .lines()
        .collect()
}
