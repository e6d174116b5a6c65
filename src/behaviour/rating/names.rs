//! Names that usage specifications declare: conditions of prices on them are about the usage. They change
//! seldom and are asked for often, so they are kept for a moment.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::behaviour::stored::document;
use crate::domain::problem::{Outcome, Problem};
use crate::store::{Plan, Session};

/// Kind of usage specifications in the store.
const KIND: &str = "usageSpecification";
/// How long names may be used without looking: a specification counts from then on at the latest.
const FRESH: Duration = Duration::from_secs(1);

/// Names of characteristics.
pub type Names = Arc<HashSet<Box<str>>>;

/// The names of each tenant, as far as they were asked for.
#[derive(Default)]
pub struct UsageNames {
    kept: Mutex<HashMap<i64, (Instant, Names)>>,
}

impl UsageNames {
    /// The names that all usage specifications of a tenant declare, whatever their version and life cycle.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn of(&self, session: &mut dyn Session, tenant: i64) -> Outcome<Names> {
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some((read_at, names)) = kept.get(&tenant)
                && read_at.elapsed() < FRESH
            {
                return Ok(Arc::clone(names));
            }
        }
        let names: Names = Arc::new(read(session, tenant)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(tenant, (Instant::now(), Arc::clone(&names)));
        Ok(names)
    }
}

fn read(session: &mut dyn Session, tenant: i64) -> Outcome<HashSet<Box<str>>> {
    let plan = Plan {
        current_only: false,
        ..Plan::all(tenant, KIND)
    };
    let mut names = HashSet::new();
    for row in session.list(&plan).map_err(Problem::from)? {
        let specification = document(&row)?;
        let declared = specification
            .get("specCharacteristic")
            .and_then(Value::as_array);
        let declared = declared.into_iter().flatten();
        let declared = declared.filter_map(|one| one.get("name")?.as_str());
        names.extend(declared.map(Box::from));
    }
    Ok(names)
}
