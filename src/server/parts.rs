//! Engine and workers, built from the configuration.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::settings;
use crate::api::generated::APIS;
use crate::api::{Gateway, Settings};
use crate::behaviour::order::{self, Fulfilment, RuleBook};
use crate::behaviour::rating::{Book, DocumentKind, Shelf};
use crate::behaviour::{self, Marks, transfer};
use crate::charging::{self, CatchUp, Pool};
use crate::cli::config::Config;
use crate::domain::adapt::href::Links;
use crate::domain::clock::Clock;
use crate::domain::problem::Outcome;
use crate::domain::state_machine::Machines;
use crate::engine::{Caller, Core, Engine, Registry};
use crate::event::{self, Dispatcher, Hub, Maintenance, Render};
use crate::invoicing::{self, Invoicing};
use crate::job::{self, Worker};
use crate::ordering::southbound::HttpSouthbound;
use crate::outbound::{Outbound, Timeouts};
use crate::store::{self, Removed, Store, Target};

/// Why a server did not start.
#[derive(Debug)]
pub struct StartError(String);

impl StartError {
    pub fn new(text: impl Into<String>) -> Self {
        StartError(text.into())
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl From<std::io::Error> for StartError {
    fn from(error: std::io::Error) -> Self {
        StartError(error.to_string())
    }
}

impl From<store::DbError> for StartError {
    fn from(error: store::DbError) -> Self {
        StartError(error.to_string())
    }
}

/// Work in the background, which any process on the database may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Work {
    /// Delivering events to subscribers.
    pub events: bool,
    /// Imports, exports, and what follows from changes.
    pub jobs: bool,
    /// Fulfilling orders.
    pub orders: bool,
    /// Rating usage that waits.
    pub rating: bool,
}

impl Work {
    /// What a process does unless somebody says otherwise.
    pub fn configured(config: &Config) -> Self {
        Work {
            events: config.events.enabled,
            jobs: true,
            orders: config.ordering.enabled,
            rating: config.rating.enabled,
        }
    }
}

/// Everything behind the HTTP server: engine and workers.
pub struct Parts {
    pub engine: Engine,
    pub dispatcher: Arc<Dispatcher>,
    pub worker: Arc<Worker>,
    pub fulfilment: Arc<Fulfilment>,
    /// What prices are compiled with, for all who rate.
    pub book: Arc<Book>,
    pub pool: Arc<Pool>,
    pub invoicing: Arc<Invoicing>,
    machines: Arc<Machines>,
    maintenance: Maintenance,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Parts {
    /// Opens the database (migrating it where configured) and builds the engine. Nothing works
    /// in the background until [`Parts::start_workers`].
    ///
    /// # Errors
    /// Says what is in the way.
    pub fn build(config: &Config, base_url: &str, clock: Clock) -> Result<Self, StartError> {
        let target = Target::parse(&config.database).map_err(StartError::new)?;
        if config.migrate {
            for name in Store::migrate(&target)? {
                tracing::info!(%name, "migrated");
            }
        }
        let registry = Registry::new(APIS);
        let store = Store::open(&target, &settings::store(config), &registry.indexed())?;
        let policy = settings::outbound(config);
        let outbound =
            Outbound::new(policy.clone(), Timeouts::default()).map_err(StartError::new)?;
        let transfer = settings::transfer(config);
        let machines = settings::machines(config)?;
        let marks = Marks::default();
        let rating = settings::rating(config)?;
        let book = Book::open(&store).map_err(|problem| StartError::new(problem.to_string()))?;
        let behaviours = settings::behaviours(
            config, &machines, &registry, &transfer, &policy, &marks, &book,
        )?;
        let core = Arc::new(Core::new(
            registry,
            settings::validators(config)?,
            Links::new(base_url, APIS),
            clock.clone(),
            settings::limits(&config.limits),
            behaviours,
        ));
        let dispatcher = Dispatcher::new(event::Parts {
            store: store.clone(),
            clock: clock.clone(),
            apis: APIS,
            render: Arc::clone(&core) as Arc<dyn Render>,
            outbound: outbound.clone(),
            settings: settings::events(config),
        });
        let hub = Hub {
            store: store.clone(),
            clock: clock.clone(),
            policy: Arc::new(policy),
            waker: dispatcher.waker(),
            max_subscriptions: config.events.max_subscriptions,
        };
        let (events, jobs) = (dispatcher.waker(), job::Waker::default());
        let jobs_waker = jobs.clone();
        let told = Arc::new(move || {
            events.wake();
            jobs.wake();
        });
        let ordering = settings::ordering(config);
        let southbound =
            HttpSouthbound::new(ordering.targets.clone(), &clock).map_err(StartError::new)?;
        let fulfilment = Fulfilment::new(order::Parts {
            core: Arc::clone(&core),
            store: store.clone(),
            settings: ordering,
            southbound: Arc::new(southbound),
            wake: told.clone(),
            rules: RuleBook::new(marks.orders.clone()),
            book: Arc::clone(&book),
        });
        let pool = Pool::new(charging::Parts {
            core: Arc::clone(&core),
            store: store.clone(),
            book: Arc::clone(&book),
            settings: rating,
            wake: told.clone(),
        });
        let mut handlers = transfer::handlers(&core, &outbound, &transfer);
        handlers.extend(behaviour::handlers(&core, &machines));
        handlers.push(Arc::new(CatchUp {
            pool: Arc::clone(&pool),
        }));
        let invoicing = Arc::new(Invoicing {
            core: Arc::clone(&core),
            store: store.clone(),
            book: Arc::clone(&book),
            machines: Arc::clone(&machines),
            settings: settings::invoicing(config)?,
            catalog: invoicing::Catalog::default(),
            offerings: invoicing::Offerings::default(),
            printer: invoicing::Printer::default(),
            wake: told.clone(),
        });
        handlers.extend(invoicing::handlers(&invoicing));
        let worker = Worker::told_by(
            jobs_waker,
            store.clone(),
            clock.clone(),
            settings::jobs(config),
            handlers,
        );
        let (orders_worker, rating_pool) = (Arc::clone(&fulfilment), Arc::clone(&pool));
        let wake = Arc::new(move || {
            told();
            if marks.orders.is_hot() {
                orders_worker.wake();
            }
            if marks.usage.is_hot() {
                rating_pool.wake();
            }
        });
        let maintenance = Maintenance {
            store: store.clone(),
            clock,
            retention: settings::retention(config),
        };
        Ok(Parts {
            engine: Engine::new(core, store, hub, wake),
            fulfilment,
            book,
            machines,
            dispatcher,
            worker,
            maintenance,
            pool,
            invoicing,
            stop: watch::Sender::new(false),
            tasks: JoinSet::new(),
        })
    }

    /// Starts the work that is named, and what every process with workers does: learning of new tariffs, and
    /// removing what is old.
    pub fn start_workers(&mut self, work: Work) {
        let told = |stop: &watch::Sender<bool>| {
            let mut stop = stop.subscribe();
            async move {
                // An error means that the sender is gone: time to stop as well.
                let _ = stop.wait_for(|stop| *stop).await;
            }
        };
        if work.events {
            self.tasks
                .spawn(Arc::clone(&self.dispatcher).run(told(&self.stop)));
        }
        if work.jobs {
            self.tasks
                .spawn(Arc::clone(&self.worker).run(told(&self.stop)));
        }
        if work.orders {
            self.tasks
                .spawn(Arc::clone(&self.fulfilment).run(told(&self.stop)));
        }
        self.tasks
            .spawn(Arc::clone(&self.book).run(told(&self.stop)));
        if work.rating {
            self.tasks
                .spawn(Arc::clone(&self.pool).run(told(&self.stop)));
        }
        self.tasks
            .spawn(self.maintenance.clone().run(told(&self.stop)));
    }

    /// The tariff tables, for a caller of this process.
    pub fn tariff_tables(&self, caller: Caller) -> Shelf {
        Shelf {
            engine: self.engine.clone(),
            book: Arc::clone(&self.book),
            machines: Arc::clone(&self.machines),
            kind: DocumentKind::Table,
            caller,
        }
    }

    /// Removes what is old, as a server does from time to time.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tidy(&self) -> Outcome<Removed> {
        self.maintenance.once().await
    }

    /// The HTTP side.
    ///
    /// # Errors
    /// When the metrics recorder cannot be installed.
    pub fn gateway(&self, config: &Config) -> Result<Gateway, StartError> {
        Ok(Gateway::new(
            self.engine.clone(),
            Arc::clone(&self.fulfilment),
            Arc::clone(&self.book),
            Arc::clone(&self.pool),
            Arc::clone(&self.invoicing),
            Arc::clone(&self.machines),
            Settings {
                body: settings::body(&config.limits),
                request_timeout: Duration::from_millis(config.http.request_timeout_ms),
            },
            recorder()?,
        ))
    }

    /// Stops the workers at their next checkpoint and finishes the writes that wait.
    pub async fn close(mut self) {
        let _ = self.stop.send(true);
        while self.tasks.join_next().await.is_some() {}
        let pool = Arc::clone(&self.pool);
        let _ = tokio::task::spawn_blocking(move || pool.close()).await;
        let store = self.engine.store.clone();
        let _ = tokio::task::spawn_blocking(move || store.close()).await;
    }
}

/// One recorder for the process, however many servers tests start in it.
fn recorder() -> Result<PrometheusHandle, StartError> {
    static HANDLE: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            PrometheusBuilder::new()
                .install_recorder()
                .map_err(|error| format!("no metrics: {error}"))
        })
        .clone()
        .map_err(StartError::new)
}
