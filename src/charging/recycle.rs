//! Rejected usage, sent through rating again: all that was rejected for a reason, from a source, in a
//! time.

use serde_json::Value;

use crate::domain::clock::Micros;
use crate::domain::packed::Packed;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::{REASONS, UsageFacts, reason_number, source_of};
use crate::domain::usage_status::{PRODUCT_USAGE_STATUS, USAGE_STATUS, UsageStatus};
use crate::engine::Engine;
use crate::store::usage::{KIND, UsageRow, UsageWrite, pack_usage};
use crate::store::{NewRows, TallyRow};

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
}

/// Sets rejected usage to `recycled`, part by part, and answers how much it was.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn recycle(engine: &Engine, tenant: i64, asked: Asked) -> Outcome<u64> {
    let (mut done, mut after) = (0, i64::MIN);
    while done < asked.limit {
        let reason = asked.reason;
        let found = engine.store.scan(move |session| {
            let rows = session.rejected_usage(tenant, reason, after, PART)?;
            let documents = session.usage_documents(rows.clone())?;
            Ok((rows, documents))
        });
        let (rows, documents) = found.await?;
        let Some(last) = rows.last() else { break };
        after = last.seq;
        let now = engine.core.clock.now();
        let mut write = UsageWrite::default();
        let mut packed = Packed::default();
        for (row, document) in rows.into_iter().zip(documents) {
            let doc: Value = serde_json::from_str(&document.doc)
                .map_err(|error| Problem::internal(format!("a stored usage: {error}")))?;
            let wanted = (asked.from..asked.to).contains(&row.start_at)
                && asked
                    .source
                    .as_deref()
                    .is_none_or(|own| own == source_of(&doc));
            let room = asked.limit.saturating_sub(done) > count(&write);
            if wanted && room {
                recycled(row, doc, now, &mut packed, &mut write);
            }
        }
        done += count(&write);
        if write.updates.is_empty() {
            continue;
        }
        let written = engine.store.write(move |tx| {
            let tallies = tallies(tx.attributes(), tenant, &write);
            tx.direct(|session| {
                session.write_usage(&write)?;
                session.insert(&NewRows {
                    tallies: tallies.clone(),
                    ..NewRows::default()
                })
            })
        });
        written.await?;
    }
    Ok(done)
}

fn count(write: &UsageWrite) -> u64 {
    u64::try_from(write.updates.len()).unwrap_or(u64::MAX)
}

fn recycled(
    row: UsageRow,
    mut doc: Value,
    now: Micros,
    packed: &mut Packed,
    write: &mut UsageWrite,
) {
    if let Some(doc) = doc.as_object_mut() {
        UsageStatus::Recycled.write(doc);
        doc.shift_remove("statusReason");
        doc.insert("lastUpdate".to_owned(), Value::from(now.to_rfc3339()));
    }
    let shape = pack_usage(&doc, packed);
    write.shapes.push((shape.number, shape.text.to_string()));
    write.updates.push(UsageRow {
        revision: row.revision + 1,
        state: UsageStatus::Recycled.number(),
        reason: 0,
        updated_at: now.0,
        shape: shape.number,
        leaves: packed.leaves.clone(),
        // Who pays is asked again.
        product: UsageFacts::of(&doc).product,
        ..row
    });
}

fn tallies(
    attributes: &crate::store::Attributes,
    tenant: i64,
    write: &UsageWrite,
) -> Vec<TallyRow> {
    let n = i64::try_from(write.updates.len()).unwrap_or(0);
    let (from, to) = (UsageStatus::Rejected, UsageStatus::Recycled);
    let words = [
        (USAGE_STATUS, from.as_str(), to.as_str()),
        (PRODUCT_USAGE_STATUS, from.in_v5(), to.in_v5()),
    ];
    let mut rows = Vec::new();
    for (path, from, to) in words {
        let Some(attribute) = attributes.number(KIND, path) else {
            continue;
        };
        for (value, n) in [(from, -n), (to, n)] {
            rows.push(TallyRow {
                tenant,
                kind: KIND.to_owned(),
                attribute,
                value: value.to_owned(),
                n,
            });
        }
    }
    rows
}
