//! Import and export jobs (TMF620 `importJob` and `exportJob`, TMF635 `exportJob`; TMF630 part 4).
//!
//! A job is a resource and, behind it, durable work. `rules` checks a job when it is created, puts
//! the work into the queue and takes it out when the job is deleted; `import` and `export` do the
//! work; `state` keeps the resource's `status`. What a job asks for is read in one place, `order`:
//!
//! - `url` (`location`): `http` and `https` within the outbound policy, or `file:` below the folder
//!   for files (`folder`). An export is put to an `http` URL.
//! - `contentType` (`media`): `application/json`, `application/x-ndjson`, `application/gzip`.
//!   Imports look at the content as well: a JSON array, JSON values one after the other, or one
//!   record in each line; compressed or not.
//! - `path` (`scope`): the collection, and with it the API version, of the records.
//! - `query`, of exports: which resources, in the grammar of a list.
//!
//! `version_switch` is the handler of a job that the engine leaves behind.

mod export;
mod folder;
mod halt;
mod import;
mod input;
mod location;
mod log;
mod media;
mod order;
mod rules;
mod scope;
mod settings;
mod state;
#[cfg(test)]
mod tests;
mod version_switch;

use std::sync::Arc;

use crate::engine::{Behaviour, Core};
use crate::job::Handler;
use crate::outbound::{Outbound, Policy};

use export::Exporter;
use import::Importer;
use location::Location;
use rules::JobRules;
use scope::Field;
use version_switch::VersionSwitch;

pub use import::customers;
pub use settings::Settings;

/// The kinds of jobs.
pub const KINDS: [&str; 3] = ["importJob", "exportJob", "usageExportJob"];

/// What jobs of a kind are about.
fn field_of(kind: &str) -> &'static Field {
    match kind {
        "usageExportJob" => &scope::USAGE,
        _ => &scope::CATALOG,
    }
}

/// The rules of the kinds of jobs, for [`Core::new`].
pub fn behaviours(settings: &Settings, policy: &Policy) -> Vec<(&'static str, Box<dyn Behaviour>)> {
    let settings = Arc::new(settings.clone());
    KINDS
        .into_iter()
        .zip([import::TASK, export::TASK, export::TASK])
        .map(|(kind, task)| {
            let rules = JobRules {
                settings: Arc::clone(&settings),
                policy: policy.clone(),
                task,
            };
            (kind, Box::new(rules) as Box<dyn Behaviour>)
        })
        .collect()
}

/// The work of the jobs, for the worker.
pub fn handlers(
    core: &Arc<Core>,
    outbound: &Outbound,
    settings: &Settings,
) -> Vec<Arc<dyn Handler>> {
    let settings = Arc::new(settings.clone());
    vec![
        Arc::new(Importer {
            core: Arc::clone(core),
            settings: Arc::clone(&settings),
            outbound: outbound.clone(),
        }),
        Arc::new(Exporter {
            core: Arc::clone(core),
            settings,
            outbound: outbound.clone(),
        }),
        Arc::new(VersionSwitch {
            core: Arc::clone(core),
        }),
    ]
}
