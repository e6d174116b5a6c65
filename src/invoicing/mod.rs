//! From charges to bills: bill runs, bills on demand, and what they leave behind.
//!
//! - `run` is the job of a bill run, which finds the accounts and hands them out in chunks; `chunk` bills
//!   some of them; `demand` makes one bill that somebody asked for;
//! - `gather` reads all that a bill of an account is made of: `product` reads products, `catalog` what the
//!   catalog says of their prices, `bound` what it says of whole offerings, `account` whose bill it is, `usage` what usage waits;
//! - `state` is what billing keeps of an account between its bills;
//! - `behind` finds the usage that a line is the sum of;
//! - `mail` sends bills when that is due; `parts` is how a job goes through a list of bills;
//! - `paper` makes the documents of bills, and keeps them;
//! - `make` makes bills, `document` writes them and their lines as resources, `write` puts them into the database.
//!
//! What is on a bill is decided by [`crate::billing::bill`] alone.

mod account;
mod behind;
mod bound;
mod catalog;
mod chunk;
mod demand;
mod document;
mod gather;
mod mail;
mod make;
mod paper;
mod parts;
mod product;
mod run;
mod settings;
mod state;
mod usage;
mod write;

use std::sync::Arc;

use crate::job::Handler;
use crate::store::JobRow;

pub use bound::Offerings;
pub use catalog::Catalog;
pub use paper::{Form, House, Printer};

pub use settings::{Invoicing, Settings};

/// The jobs of billing.
pub fn handlers(invoicing: &Arc<Invoicing>) -> Vec<Arc<dyn Handler>> {
    vec![
        Arc::new(run::Run(Arc::clone(invoicing))),
        Arc::new(chunk::Chunk(Arc::clone(invoicing))),
        Arc::new(demand::OnDemand(Arc::clone(invoicing))),
        Arc::new(paper::Keep(Arc::clone(invoicing))),
        Arc::new(mail::Mail(Arc::clone(invoicing))),
    ]
}

/// What a client is told of a job that was given up. What went wrong may hold what only operators should see,
/// and is in the log.
fn broken(job: &JobRow) -> String {
    format!("billing failed; the log says why of job {}", job.id)
}
