//! The decomposition rules in force, compiled. They change seldom and every order needs them, so a
//! compiled set is kept for a moment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::mark::OrderMark;
use crate::behaviour::stored::document;
use crate::domain::problem::{Outcome, Problem};
use crate::ordering::rule::{Rule, RuleSet};
use crate::store::{Plan, Session};

/// Kind of decomposition rules in the store.
pub const KIND: &str = "decompositionRule";
/// How long a set may be used without looking: a rule that another process writes counts from then
/// on at the latest.
const FRESH: Duration = Duration::from_secs(1);

struct Kept {
    tenant: i64,
    rules: Arc<RuleSet>,
    read_at: Instant,
    /// Writes of this process that the set knows of.
    writes: u64,
}

/// The rules of the process.
pub struct RuleBook {
    kept: Mutex<Option<Kept>>,
    mark: OrderMark,
}

impl RuleBook {
    /// A book that hears by the mark of what this process writes.
    pub fn new(mark: OrderMark) -> Self {
        RuleBook {
            kept: Mutex::default(),
            mark,
        }
    }

    /// The rules of a tenant.
    ///
    /// # Errors
    /// A fault of the store.
    pub fn rules(&self, session: &mut dyn Session, tenant: i64) -> Outcome<Arc<RuleSet>> {
        let writes = self.mark.rules_written();
        {
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(kept) = kept.as_ref().filter(|kept| kept.tenant == tenant)
                && kept.writes == writes
                && kept.read_at.elapsed() < FRESH
            {
                return Ok(Arc::clone(&kept.rules));
            }
        }
        let rules = Arc::new(RuleSet::new(read(session, tenant)?));
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept {
            tenant,
            rules: Arc::clone(&rules),
            read_at: Instant::now(),
            writes,
        });
        Ok(rules)
    }
}

/// All rules, every version. One that does not compile was let in by an older release; it is left out
/// and logged.
///
/// # Errors
/// A fault of the store.
pub fn read(session: &mut dyn Session, tenant: i64) -> Outcome<Vec<Rule>> {
    let plan = Plan {
        current_only: false,
        ..Plan::all(tenant, KIND)
    };
    let rows = session.list(&plan).map_err(Problem::from)?;
    let mut rules = Vec::with_capacity(rows.len());
    for row in rows {
        match Rule::compile(&row.id, &document(&row)?) {
            Ok(rule) => rules.push(rule),
            Err(violations) => {
                tracing::warn!(
                    rule = row.id,
                    problems = violations.len(),
                    "a rule does not compile"
                );
            }
        }
    }
    Ok(rules)
}
