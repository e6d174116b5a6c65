//! The job that looks again which version of an id is current, at the instant at which a `validFor`
//! begins or ends.

use std::sync::Arc;

use crate::engine::{Core, VERSION_SWITCH, settle_in};
use crate::job::{Handler, JobOutcome, Running, Stop};

use crate::behaviour::durable::caller;

/// Runs version switches.
pub struct VersionSwitch {
    pub core: Arc<Core>,
}

impl Handler for VersionSwitch {
    fn task(&self) -> &'static str {
        VERSION_SWITCH
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let core = Arc::clone(&self.core);
        let row = job.row().clone();
        let resource = core
            .registry
            .canonical(&row.subject_kind)
            .ok_or_else(|| Stop::Failed(format!("no stored form of {}", row.subject_kind)))?;
        job.finish(move |tx| {
            settle_in(
                &core,
                tx,
                &caller(&row),
                resource,
                &row.subject_id,
                core.clock.now(),
            )
        })
    }
}
