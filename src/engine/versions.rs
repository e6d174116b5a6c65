//! Several versions of one id (TMF630 part 4): which one a request means, and which one an id
//! without a version means.
//!
//! An id without a version means the latest version that is active and within its `validFor`; when
//! there is none, the latest active one; when there is none of those either, the latest. As
//! `validFor` begins and ends by itself, a job looks again at the next boundary.

use serde_json::Value;

use super::behaviour::{Behaviour, Caller, Change};
use super::{Core, row};
use crate::domain::clock::Micros;
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::version::compare;
use crate::store::{IdKey, JobRow, ResourceRow, Tx, Update};

/// Name of the job that looks again when a `validFor` begins or ends.
pub const VERSION_SWITCH: &str = "versionSwitch";

/// An id as it stands in a path: `42` or `42:(version=1.0)`, with the version of `?version=`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub id: String,
    pub version: Option<String>,
}

impl Address {
    /// Reads the path segment; a version named in the query must agree with one in the path.
    ///
    /// # Errors
    /// `InvalidQuery` when both are given and differ, or the segment is malformed.
    pub fn parse(segment: &str, query_version: Option<String>) -> Outcome<Self> {
        let Some((id, rest)) = segment.split_once(":(") else {
            return Ok(Address {
                id: segment.to_owned(),
                version: query_version,
            });
        };
        let version = rest
            .strip_suffix(')')
            .and_then(|inner| inner.strip_prefix("version="))
            .ok_or_else(|| {
                Problem::at(
                    Code::InvalidQuery,
                    "id",
                    "a version is written as id:(version=1.0)",
                )
            })?;
        if query_version
            .as_deref()
            .is_some_and(|other| other != version)
        {
            return Err(Problem::at(
                Code::InvalidQuery,
                "version",
                "path and query name different versions",
            ));
        }
        Ok(Address {
            id: id.to_owned(),
            version: Some(version.to_owned()),
        })
    }

    /// The row that is meant, of all versions of the id.
    pub fn pick(&self, rows: Vec<ResourceRow>) -> Option<ResourceRow> {
        match &self.version {
            Some(version) => rows.into_iter().find(|row| row.version == *version),
            None => rows.into_iter().find(|row| row.current),
        }
    }
}

/// Place of the version that an id alone means.
fn choose(rows: &[ResourceRow], behaviour: &dyn Behaviour, now: Micros) -> Option<usize> {
    rows.iter()
        .enumerate()
        .map(|(at, row)| {
            let active = behaviour.is_active(row.state.as_deref());
            let valid = row::parse(&row.doc).is_ok_and(|doc| Period::of(&doc).contains(now));
            (active && valid, active, at, row)
        })
        .max_by(|a, b| {
            (a.0, a.1)
                .cmp(&(b.0, b.1))
                .then_with(|| compare(&a.3.version, &b.3.version))
                .then_with(|| a.3.created_at.cmp(&b.3.created_at))
        })
        .map(|(_, _, at, _)| at)
}

/// Looks again which version of an id is current: the work of a [`VERSION_SWITCH`] job.
///
/// # Errors
/// A fault of ours.
pub fn settle_in(
    core: &Core,
    tx: &mut Tx<'_>,
    caller: &Caller,
    resource: &'static Resource,
    id: &str,
    now: Micros,
) -> Outcome<()> {
    settle(&mut Change {
        core,
        tx,
        caller,
        now,
        resource,
        id,
    })
}

/// Sets `current` on the right version of an id after one of them was written or deleted, and
/// plans the next look.
pub(super) fn settle(change: &mut Change<'_, '_>) -> Outcome<()> {
    let key = IdKey::new(change.caller.tenant, change.resource.kind, change.id);
    let rows = change.tx.versions(&key)?;
    let behaviour = change.core.behaviour(change.resource.kind);
    let Some(chosen) = choose(&rows, behaviour, change.now) else {
        return Ok(());
    };
    for (at, row) in rows.iter().enumerate() {
        let current = at == chosen;
        if row.current != current {
            set_current(change, row, current)?;
        }
    }
    plan_next_look(change, &rows)
}

fn set_current(change: &mut Change<'_, '_>, row: &ResourceRow, current: bool) -> Outcome<()> {
    let doc = row::parse(&row.doc)?;
    let keys = row::keys(change.resource, change.tx.attributes(), &doc);
    let new = ResourceRow {
        current,
        ..row.clone()
    };
    change.tx.update(Update {
        old: row.clone(),
        old_keys: keys.clone(),
        new,
        new_keys: keys,
    })?;
    Ok(())
}

fn plan_next_look(change: &mut Change<'_, '_>, rows: &[ResourceRow]) -> Outcome<()> {
    if rows.len() < 2 {
        return Ok(());
    }
    let mut next: Option<Micros> = None;
    for row in rows {
        for boundary in Period::of(&row::parse(&row.doc)?).boundaries() {
            if boundary > change.now && next.is_none_or(|known| boundary < known) {
                next = Some(boundary);
            }
        }
    }
    if let Some(run_at) = next {
        let subject = IdKey::new(change.caller.tenant, change.resource.kind, change.id);
        change.tx.enqueue(JobRow {
            run_at: run_at.0,
            ..JobRow::new(
                VERSION_SWITCH,
                subject,
                &change.caller.principal,
                change.now.0,
            )
        });
    }
    Ok(())
}

/// `validFor`, half-open.
struct Period {
    start: Option<Micros>,
    end: Option<Micros>,
}

impl Period {
    fn of(doc: &Value) -> Self {
        let instant = |name: &str| {
            doc.get("validFor")
                .and_then(|period| period.get(name))
                .and_then(Value::as_str)
                .and_then(Micros::parse)
        };
        Period {
            start: instant("startDateTime"),
            end: instant("endDateTime"),
        }
    }

    fn contains(&self, now: Micros) -> bool {
        self.start.is_none_or(|start| start <= now) && self.end.is_none_or(|end| now < end)
    }

    fn boundaries(&self) -> impl Iterator<Item = Micros> {
        self.start.into_iter().chain(self.end)
    }
}

#[cfg(test)]
mod tests {
    use super::Address;

    #[test]
    fn a_version_may_stand_in_the_path_or_in_the_query() {
        let version = |segment: &str, query: Option<&str>| {
            Address::parse(segment, query.map(str::to_owned)).map(|a| (a.id, a.version))
        };
        assert_eq!(version("42", None), Ok(("42".into(), None)));
        assert_eq!(
            version("42", Some("2")),
            Ok(("42".into(), Some("2".into())))
        );
        assert_eq!(
            version("42:(version=1.0)", None),
            Ok(("42".into(), Some("1.0".into())))
        );
        assert!(version("42:(version=1.0)", Some("2")).is_err());
        assert!(version("42:(v=1.0)", None).is_err());
    }
}
