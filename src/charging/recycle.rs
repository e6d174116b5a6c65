//! Rejected usage, sent through rating again: all that was rejected for a reason, from a source, in a
//! time.

use std::collections::HashSet;
use std::sync::Arc;

use serde_json::Value;

use super::batch::Batch;
use super::charge::Task;
use super::pool::Pool;
use super::world::Writes;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::{REASONS, reason_number, source_of};
use crate::store::usage::UsageRow;

/// Rows of one transaction.
const PART: i64 = 1_024;

/// Which usage.
#[derive(Clone, Debug)]
pub struct Asked {
    reason: i64,
    source: Option<String>,
    from: i64,
    to: i64,
    limit: u64,
}

impl Asked {
    /// Reads the question.
    ///
    /// # Errors
    /// `InvalidBody` naming what cannot be read.
    pub fn read(body: &Value) -> Outcome<Self> {
        let bad =
            |name: &str, message: &str| Problem::at(Code::InvalidBody, format!("/{name}"), message);
        const KNOWN: [&str; 5] = ["reason", "source", "from", "to", "limit"];
        let members = body.as_object().into_iter().flatten();
        for (name, _) in members {
            if !KNOWN.contains(&name.as_str()) {
                return Err(bad(name, "is not known here"));
            }
        }
        let text = |name: &str| match body.get(name) {
            None => Ok::<_, Problem>(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(bad(name, "must be a text")),
        };
        let instant = |name: &str| match text(name)?.map(|text| Micros::parse(&text)) {
            None => Ok(None),
            Some(Some(at)) => Ok(Some(at.0)),
            Some(None) => Err(bad(name, "must be a date and time with its offset")),
        };
        let reason = match text("reason")? {
            None => 0,
            Some(code) => match reason_number(&code) {
                0 => {
                    let known = REASONS.join(", ");
                    return Err(bad("reason", &format!("must be one of {known}")));
                }
                number => number,
            },
        };
        let limit = match body.get("limit") {
            None => u64::MAX,
            Some(limit) => match limit.as_u64() {
                Some(limit) => limit,
                None => return Err(bad("limit", "must be a number of records")),
            },
        };
        Ok(Asked {
            reason,
            source: text("source")?,
            from: instant("from")?.unwrap_or(i64::MIN),
            to: instant("to")?.unwrap_or(i64::MAX),
            limit,
        })
    }

    fn is_about(&self, row: &UsageRow, doc: &Value) -> bool {
        let source = self.source.as_deref();
        (self.from..self.to).contains(&row.start_at)
            && source.is_none_or(|own| own == source_of(doc))
    }
}

impl Pool {
    /// Sets rejected usage to `recycled`, part by part, and answers how much it was.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn recycle(self: &Arc<Self>, tenant: i64, asked: Asked) -> Outcome<u64> {
        let own = Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || own.recycle_all(tenant, &asked)).await;
        self.wake();
        done.map_err(Problem::internal)?
    }

    fn recycle_all(&self, tenant: i64, asked: &Asked) -> Outcome<u64> {
        let mut rater = self.rater();
        let (mut done, mut after) = (0, i64::MIN);
        while done < asked.limit {
            let (rows, documents) = self.store.read_blocking(|session| {
                let rows = session.rejected_usage(tenant, asked.reason, after, PART)?;
                let documents = session.usage_documents(rows.clone())?;
                Ok((rows, documents))
            })?;
            let Some(last) = rows.last() else { break };
            after = last.seq;
            let now = self.core.clock.now();
            let (mut tasks, mut recycled) = (Vec::new(), Vec::new());
            for (row, document) in rows.into_iter().zip(documents) {
                let doc: Value = serde_json::from_str(&document.doc)
                    .map_err(|error| Problem::internal(format!("a stored usage: {error}")))?;
                if done < asked.limit && asked.is_about(&row, &doc) {
                    let mut task = Task::stored(row, doc);
                    // Who pays is asked again.
                    recycled.push(rater.recycle(&mut task, now));
                    tasks.push(task);
                    done += 1;
                }
            }
            if !tasks.is_empty() {
                let tasks: Vec<&Task> = tasks.iter().collect();
                let none = HashSet::new();
                let unit = Batch::new(&tasks, recycled, Writes::default(), &none, 0, now);
                unit.commit(&self.core, &self.store)?;
            }
        }
        Ok(done)
    }
}
