//! Resources that are not stored but made when they are read: one by its id, or a list, which is
//! filtered, sorted and cut here.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use super::behaviour::{Caller, Derived, Source, Wanted};
use super::patch::not_found;
use super::plan::Planned;
use super::row::parse;
use super::scan::{Best, Found, Reader, identify, too_many};
use super::{Address, Engine};
use crate::domain::descriptor::Resource;
use crate::domain::problem::{Outcome, Problem};
use crate::domain::query::{Filter, Op};
use crate::store::ResourceRow;

impl Engine {
    /// The derived resource that an address means.
    ///
    /// # Errors
    /// `NotFound`.
    pub(super) async fn get_derived(
        &self,
        resource: &'static Resource,
        address: &Address,
        caller: &Caller,
    ) -> Outcome<ResourceRow> {
        let (core, store) = (Arc::clone(&self.core), self.store.clone());
        let (id, tenant) = (address.id.clone(), caller.tenant);
        let row = self
            .store
            .point(move |session| {
                let mut source = Source {
                    session,
                    attributes: store.attributes(),
                    tenant,
                    now: core.clock.now(),
                };
                let derived = core.behaviour(resource.kind).derived();
                Ok(derived.map_or(Ok(None), |derived| derived.one(&mut source, &id)))
            })
            .await??;
        row.filter(|_| address.version.is_none())
            .ok_or_else(|| not_found(resource, address))
    }
}

/// A page of derived resources.
///
/// # Errors
/// When the database cannot be read, or too much of it would have to be.
pub(super) fn list(
    source: &mut Source<'_>,
    reader: &Reader<'_>,
    derived: &dyn Derived,
    planned: &Planned,
) -> Outcome<Found> {
    let wanted = wanted(planned);
    let mut best = Best::new(planned);
    let (mut seen, most) = (0, reader.core.limits.scan_rows);
    derived.each(source, &wanted, &mut |row| {
        seen += 1;
        if seen > most {
            return Err(too_many(most));
        }
        if reader.abandoned.load(Relaxed) {
            return Err(Problem::internal("nobody waits for the list"));
        }
        let mut doc = parse(&row.doc)?;
        identify(reader.resource, &row, &mut doc);
        if planned.matches(&doc) {
            best.see(row.seq, &doc, || Some(row));
        }
        Ok(())
    })?;
    Ok(best.found())
}

/// Paths that must have one of some values.
fn wanted(planned: &Planned) -> Vec<Wanted> {
    let conjuncts = planned.residual.iter().flat_map(Filter::conjuncts);
    conjuncts
        .filter_map(|filter| match filter {
            Filter::Test(test) if test.op == Op::Eq => Some(Wanted {
                path: test.path.dotted().to_owned(),
                values: test
                    .values
                    .iter()
                    .map(|own| own.text().to_owned())
                    .collect(),
            }),
            _ => None,
        })
        .collect()
}
