//! `tollgate demo`: a server with the sample catalog in a database of its own, a partner that calls
//! it over HTTP, and every step on the terminal.
//!
//! - `tour` the steps about the catalog, `orders` those about orders, `usage` those about usage, `bills` those
//!   about bills; `partner`
//!   makes the calls and insists on their statuses;
//! - `oss` the simulated OSS; `operator` watches plans and does what people have to do;
//! - `listener` receives notifications; `show` prints.

mod bills;
mod listener;
mod operator;
mod orders;
mod oss;
mod partner;
mod show;
mod tour;
mod usage;

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Failure;
use super::args::Demo;
use super::config::{Config, Issuer, Loaded, Loopback, Mode, Source};
use super::serve::until_told;
use crate::domain::ids;
use crate::engine::Caller;
use crate::oss_sim::OssSim;
use crate::sample;
use crate::server::{self, Running};
use bills::Bills;
use listener::Listener;
use operator::Operator;
use orders::Orders;
use partner::Partner;
use tour::{Tour, V5};
use usage::Usages;

/// The folder of the demo; removed with everything in it when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn make() -> std::io::Result<Self> {
        let path = std::env::temp_dir().join(format!("tollgate-demo-{}", ids::new_id()));
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed now, the system removes with its temporary files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the tour, then stays up until Ctrl-C, or ends with `--exit`.
///
/// # Errors
/// When the server does not start or a step gives something else than it should.
pub async fn run(loaded: &Loaded, args: &Demo) -> Result<(), Failure> {
    let folder = Folder::make()?;
    let mut config = configuration(loaded, &folder.0)?;
    let (oss, target) = oss::start().await?;
    // Whatever is configured elsewhere gets no orders from here.
    config.oss = vec![target];
    config.ordering.callback_url = String::new();
    let running = server::start(&config).await?;
    let toured = tour(&running, &config, &oss).await;
    let told = match &toured {
        Ok(offering) if !args.exit => {
            invite(&running.url(), offering);
            until_told().await
        }
        _ => Ok(()),
    };
    running.stop().await;
    oss.stop().await;
    toured.and(told)
}

/// The given configuration with a database of the demo's own. One that is configured elsewhere is
/// not touched: only `--database` on the command line names another.
fn configuration(loaded: &Loaded, folder: &Path) -> Result<Config, Failure> {
    let mut config = loaded.config.clone();
    if !matches!(loaded.source("database"), Source::Flag(_)) {
        config.database = format!("sqlite:{}", folder.join("demo.db").display());
    }
    config.migrate = true;
    if !matches!(loaded.source("listen"), Source::Flag(_)) {
        config.listen = free_address(&config.listen);
    }
    if !config.listens_on_loopback() {
        return Err(Failure::new("the demo listens on loopback addresses only"));
    }
    // What clients read must be what the partner can call.
    config.public_url = String::new();
    config.events.enabled = true;
    config.outbound.allow_loopback = Loopback::Always;
    config.rating.enabled = true;
    issuer(&mut config.issuer);
    config.validation.references = Mode::Strict;
    config.validation.lifecycle = Mode::Strict;
    config.jobs.files_dir = folder.join("files").display().to_string();
    Ok(config)
}

/// Who issues bills in the demo, where nobody else is configured.
fn issuer(own: &mut Issuer) {
    if !own.vat_number.is_empty() || !own.register_number.is_empty() {
        return;
    }
    *own = Issuer {
        name: "Bluefern Telecom".to_owned(),
        street: "Fern Lane 1".to_owned(),
        post_code: "10000".to_owned(),
        city: "Example City".to_owned(),
        vat_number: "DE999999999".to_owned(),
        bank_account: "DE00 0000 0000 0000 0000 00".to_owned(),
        ..own.clone()
    };
}

/// The usual loopback address, or a free port when that is taken.
fn free_address(usual: &str) -> String {
    let usual: Option<std::net::SocketAddr> = usual.parse().ok();
    match usual {
        Some(address) if address.ip().is_loopback() && TcpListener::bind(address).is_ok() => {
            address.to_string()
        }
        _ => "127.0.0.1:0".to_owned(),
    }
}

/// Loads the sample and makes the tour; returns the path of the offering it made.
async fn tour(running: &Running, config: &Config, oss: &OssSim) -> Result<String, Failure> {
    let url = running.url();
    println!(
        "Tollgate answers at {url}, its data is in {}",
        config.database_shown()
    );
    show::step(
        1,
        "Load the sample catalog",
        "Bluefern, an operator that exists only here.",
    );
    let loaded = sample::load(&running.parts.tariff_tables(Caller::local())).await?;
    show::note(&format!(
        "{} resources created, {} brought back, {} already there",
        loaded.created, loaded.changed, loaded.unchanged
    ));
    let mut listener = Listener::start().await?;
    let partner = Partner::new(&url)?;
    let mut tour = Tour {
        partner: &partner,
        listener: &mut listener,
        files_dir: Path::new(&config.jobs.files_dir),
    };
    let offering = tour.run().await?;
    // Callbacks are asked for in the background; the tour goes on when they are.
    let fulfilment = Arc::clone(&running.parts.fulfilment);
    Arc::clone(&fulfilment).subscribe().await;
    let mut orders = Orders {
        partner: &partner,
        listener: &mut listener,
        operator: Operator {
            partner: &partner,
            fulfilment,
            oss,
        },
    };
    let customer = orders.run().await?;
    let usages = Usages {
        partner: &partner,
        pool: &running.parts.pool,
        folder: Path::new(&config.jobs.files_dir),
    };
    usages.run(&customer).await?;
    Bills { partner: &partner }.run(&customer).await?;
    println!("\n== Every step gave what it should.");
    Ok(offering)
}

/// What to try while the server stays up.
fn invite(url: &str, offering: &str) {
    println!("   Try it yourself:\n");
    println!("   {url}/swagger-ui/");
    println!("   curl '{url}{V5}/productOffering?lifecycleStatus=Launched&fields=name&limit=5'");
    println!("   curl '{url}{V5}/productCatalog/bluefern'");
    println!("   curl '{url}{offering}'");
    println!("   curl -X PATCH -H 'Content-Type: application/merge-patch+json' \\");
    println!("        -d '{{\"description\": \"Changed by me\"}}' '{url}{offering}'");
    println!("\n   Ctrl-C stops the server and removes its temporary files.");
}
