//! HTTP: the TM Forum APIs and what belongs to a server.
//!
//! - `generated/` descriptor tables of every API version, `routes` the paths made of them;
//! - `handlers` one for each verb, `bulk` for arrays, `hub` for subscriptions;
//! - `own` what is served below `/tollgate/v1`, beside the standard;
//! - `body`, `headers` what a request may carry, `error` what is answered when it is refused;
//! - `openapi/` the documents, `docs` serves them; `health` for operators.

pub mod body;
mod bulk;
mod docs;
pub mod error;
pub mod generated;
mod handlers;
mod headers;
mod health;
mod hub;
pub mod openapi;
mod own;
mod routes;
mod stream;
mod usage;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::web::{self, ServiceConfig};
use metrics_exporter_prometheus::PrometheusHandle;

use crate::behaviour::order::Fulfilment;
use crate::behaviour::rating::Book;
use crate::charging::Pool;
use crate::domain::state_machine::Machines;
use crate::engine::Engine;
use crate::invoicing::Invoicing;

pub use routes::{Routes, Target};

/// What requests are held to.
#[derive(Clone, Debug)]
pub struct Settings {
    pub body: body::BodyLimits,
    /// A request that takes longer is answered with 503.
    pub request_timeout: Duration,
}

/// What all requests share.
pub struct Gateway {
    pub engine: Engine,
    pub fulfilment: Arc<Fulfilment>,
    pub book: Arc<Book>,
    pub pool: Arc<Pool>,
    pub invoicing: Arc<Invoicing>,
    pub machines: Arc<Machines>,
    pub routes: Routes,
    pub settings: Settings,
    pub metrics: PrometheusHandle,
    ready: AtomicBool,
}

impl Gateway {
    #[allow(
        clippy::too_many_arguments,
        reason = "one for each part that requests reach"
    )]
    pub fn new(
        engine: Engine,
        fulfilment: Arc<Fulfilment>,
        book: Arc<Book>,
        pool: Arc<Pool>,
        invoicing: Arc<Invoicing>,
        machines: Arc<Machines>,
        settings: Settings,
        metrics: PrometheusHandle,
    ) -> Self {
        let routes = Routes::new(engine.core.registry.apis());
        Gateway {
            engine,
            fulfilment,
            book,
            pool,
            invoicing,
            machines,
            routes,
            settings,
            metrics,
            ready: AtomicBool::new(true),
        }
    }

    /// From now on `/health/ready` says no, so that load balancers turn away.
    pub fn drain(&self) {
        self.ready.store(false, Ordering::SeqCst);
    }

    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }
}

/// Adds everything that is served. The gateway itself is application data.
pub fn configure(config: &mut ServiceConfig) {
    health::configure(config);
    docs::configure(config);
    own::configure(config);
    config.default_service(web::to(handlers::dispatch));
}
