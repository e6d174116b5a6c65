//! What became of records, by source and hour of arrival: in = rated + rejected + duplicate + waiting, at
//! all times.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::batch::outcome;
use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::usage_facts::source_of;
use crate::domain::usage_status::UsageStatus;
use crate::store::Store;

const HOUR: i64 = 3_600_000_000;
const HOURS_MAX: i64 = 24 * 366;
/// Rows that are read at once to count what waits.
const PART: i64 = 2_048;

/// Which hours of which source.
pub struct Asked {
    from: i64,
    to: i64,
    source: Option<String>,
}

impl Asked {
    /// Reads the question.
    ///
    /// # Errors
    /// `InvalidQuery` for what is no instant, and for more than a year.
    pub fn read(
        from: Option<String>,
        to: Option<String>,
        source: Option<String>,
        now: Micros,
    ) -> Outcome<Self> {
        let instant = |name: &str, text: Option<String>| {
            let read = text.map(|text| {
                Micros::parse(&text).ok_or_else(|| {
                    Problem::at(
                        Code::InvalidQuery,
                        name,
                        "must be a date and time with its offset",
                    )
                })
            });
            read.transpose()
        };
        let to = instant("to", to)?.map_or(now.0.div_euclid(HOUR) + 1, |at| {
            (at.0 + HOUR - 1).div_euclid(HOUR)
        });
        let from = instant("from", from)?.map_or(to - 24, |at| at.0.div_euclid(HOUR));
        if to.saturating_sub(from) > HOURS_MAX {
            return Err(Problem::at(
                Code::InvalidQuery,
                "from",
                "is more than a year before the end",
            ));
        }
        Ok(Asked { from, to, source })
    }
}

type Counts = BTreeMap<(i64, String), BTreeMap<String, i64>>;

/// The report.
///
/// # Errors
/// When the database cannot be read.
pub async fn report(store: &Store, tenant: i64, asked: Asked) -> Outcome<Value> {
    let counts = store.scan(move |session| {
        session.begin_read()?;
        let mut counts: Counts = BTreeMap::new();
        let rows = session.usage_counts(tenant, asked.source.as_deref(), asked.from, asked.to)?;
        for row in rows {
            let own = counts.entry((row.hour, row.source)).or_default();
            *own.entry(row.outcome).or_default() += row.n;
        }
        let mut after = i64::MIN;
        loop {
            let rows = session.waiting_usage(after, PART)?;
            let Some(last) = rows.last() else { break };
            after = last.row.seq;
            for own in rows {
                let hour = own.row.created_at.div_euclid(HOUR);
                let doc: Value = serde_json::from_str(&own.resource.doc).unwrap_or_default();
                let source = source_of(&doc);
                let is_asked = own.row.tenant == tenant
                    && (asked.from..asked.to).contains(&hour)
                    && asked.source.as_deref().is_none_or(|asked| asked == source);
                // What was rejected before counts as that until it is rated.
                let is_recycled = own.row.state == UsageStatus::Recycled.number();
                if is_asked && !is_recycled {
                    let own = counts.entry((hour, source)).or_default();
                    *own.entry("waiting".to_owned()).or_default() += 1;
                    *own.entry(outcome::RECEIVED.to_owned()).or_default() += 1;
                }
            }
        }
        session.rollback()?;
        Ok(counts)
    });
    let counts = counts.await?;
    let mut balanced = true;
    let hours = counts.into_iter().map(|((hour, source), own)| {
        let n = |name: &str| own.get(name).copied().unwrap_or(0);
        let (received, waiting) = (n(outcome::RECEIVED), n("waiting"));
        let (rated, rejected) = (n(outcome::RATED), n(outcome::REJECTED));
        let duplicate = n(outcome::DUPLICATE);
        let is_balanced = received == rated + rejected + duplicate + waiting;
        balanced &= is_balanced;
        json!({
            "hour": Micros(hour * HOUR).to_rfc3339(),
            "source": source,
            "received": received,
            "rated": rated,
            "rejected": rejected,
            "duplicate": duplicate,
            "waiting": waiting,
            "isBalanced": is_balanced,
        })
    });
    let hours: Vec<Value> = hours.collect();
    Ok(json!({ "@type": "UsageAssurance", "isBalanced": balanced, "hour": hours }))
}
