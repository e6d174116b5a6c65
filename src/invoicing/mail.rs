//! The job that sends bills when their mailing date has come.

use std::sync::Arc;

use super::parts::in_parts;
use super::settings::Invoicing;
use crate::behaviour::billing::receivable::mailing;
use crate::behaviour::billing::{MAIL_TASK, mail};
use crate::job::{Handler, JobOutcome, Running};
use crate::store::Tx;

/// Bills that are sent in one transaction.
const TOGETHER: usize = 64;

/// Sends bills.
pub struct Mail(pub Arc<Invoicing>);

impl Handler for Mail {
    fn task(&self) -> &'static str {
        MAIL_TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        let caller = crate::behaviour::caller(job.row());
        let done = in_parts(job, TOGETHER, |job, bills| {
            let (core, caller, now) = (Arc::clone(&self.0.core), caller.clone(), job.clock().now());
            let bills = bills.to_vec();
            Ok(move |tx: &mut Tx<'_>| {
                let later = mailing::send(&core, tx, caller.tenant, &bills, now)?;
                let later = later.iter().map(|(id, at)| (id.as_str(), *at));
                mail(tx, &caller, later, now);
                Ok(())
            })
        });
        (self.0.wake)();
        done
    }
}
