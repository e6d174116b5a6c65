//! The job that makes the documents of bills and keeps them.

use std::sync::Arc;

use super::{Form, read};
use crate::behaviour::billing::KEEP_TASK;
use crate::domain::problem::{Code, Outcome};
use crate::invoicing::Invoicing;
use crate::invoicing::parts::in_parts;
use crate::job::{Handler, JobOutcome, Running};
use crate::store::Tx;
use crate::store::rates::BillDocument;

/// Bills whose documents are kept in one transaction.
const TOGETHER: usize = 16;

/// Makes documents of bills and keeps them.
pub struct Keep(pub Arc<Invoicing>);

impl Handler for Keep {
    fn task(&self) -> &'static str {
        KEEP_TASK
    }

    fn run(&self, job: &mut Running) -> JobOutcome {
        if self.0.settings.kept.is_empty() {
            return job.finish(|_| Ok(()));
        }
        let tenant = job.row().tenant;
        in_parts(job, TOGETHER, |job, bills| {
            let now = job.clock().now().0;
            let mut made = Vec::new();
            for bill in bills {
                made.extend(self.0.documents_of(tenant, bill, now)?);
            }
            Ok(move |tx: &mut Tx<'_>| tx.direct(|session| session.keep_bill_documents(&made)))
        })
    }
}

impl Invoicing {
    /// The documents of a bill that are kept. What a bill cannot have is left out, and said in the log.
    fn documents_of(&self, tenant: i64, bill: &str, now: i64) -> Outcome<Vec<BillDocument>> {
        let statement = self.read(|session| read::statement(session, tenant, bill, &self.settings));
        let statement = match statement {
            Err(problem) if problem.code == Code::NotFound => return Ok(Vec::new()),
            statement => statement?,
        };
        let mut made = Vec::with_capacity(self.settings.kept.len());
        for form in &self.settings.kept {
            match self.printed(&statement, *form) {
                Ok(body) => made.push(document(tenant, bill, *form, now, body)),
                Err(problem) if problem.code == Code::Conflict => {
                    let form = form.name();
                    tracing::warn!(bill, form, problem = %problem.logged(), "a bill has no document");
                }
                Err(problem) => return Err(problem),
            }
        }
        Ok(made)
    }
}

fn document(tenant: i64, bill: &str, form: Form, made_at: i64, body: Vec<u8>) -> BillDocument {
    BillDocument {
        tenant,
        bill: bill.to_owned(),
        form: form.name().to_owned(),
        made_at,
        body,
    }
}
