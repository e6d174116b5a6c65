//! Reads of a unit, drafts included: versions of ids, asked for once or not at all, and what a draft
//! relied on when it is taken over.

use std::sync::Arc;

use super::{IdKey, Tx, Way, key_of};
use crate::domain::problem::{Outcome, Problem};
use crate::store::draft::Draft;
use crate::store::rows::{Head, ResourceRow};

impl Tx<'_> {
    /// All versions of an id, as this unit sees them.
    pub fn versions(&mut self, key: &IdKey) -> Outcome<Vec<ResourceRow>> {
        let rows = self.peek(key)?.iter();
        Ok(rows.map(|row| (**row).clone()).collect())
    }

    /// [`Tx::versions`] for who does not keep them.
    pub fn peek(&mut self, key: &IdKey) -> Outcome<&[Arc<ResourceRow>]> {
        let rows = if self.seen(key).is_some() {
            self.seen(key)
        } else {
            self.read(key)?;
            self.reads.ahead.get(key)
        };
        Ok(rows.map_or(&[], Vec::as_slice))
    }

    /// Reads the versions of an id that nothing was read of.
    fn read(&mut self, key: &IdKey) -> Outcome<()> {
        if !self.reads.ahead.contains_key(key) {
            let rows = self.run(|session| session.versions(key))?;
            let rows = rows.into_iter().map(Arc::new).collect();
            self.reads.ahead.insert(key.clone(), rows);
        }
        if self.way == Way::Draft && !self.reads.relied_on.contains_key(key) {
            let rows = self.reads.ahead.get(key).into_iter().flatten();
            let heads = rows.map(|row| Head::from(&**row)).collect();
            self.reads.relied_on.insert(key.clone(), heads);
        }
        Ok(())
    }

    /// Reads all versions of ids that the unit is about to ask for, one by one, in one query. Answers
    /// how many there are.
    pub fn read_ahead(&mut self, tenant: i64, kind: &str, ids: &[String]) -> Outcome<usize> {
        let rows = self.run(|session| session.versions_of(tenant, kind, ids))?;
        for id in ids {
            let key = IdKey::new(tenant, kind, id);
            self.reads.ahead.insert(key, Vec::new());
        }
        let found = rows.len();
        for row in rows {
            let known = self.reads.ahead.entry(key_of(&row)).or_default();
            known.push(Arc::new(row));
        }
        Ok(found)
    }

    /// Takes an id of a kind without versions for new and does not ask the database, in a draft. Should
    /// it be there after all, the database refuses what the draft makes.
    pub fn presume_new(&mut self, key: IdKey) {
        if self.way == Way::Draft {
            self.reads.ahead.entry(key).or_default();
        }
    }

    /// Takes over what a draft wants written.
    ///
    /// # Errors
    /// `Internal` when what the draft relied on has changed: then its units have to be run again.
    pub fn adopt(&mut self, draft: Draft) -> Outcome<()> {
        let mut relied_on: Vec<(IdKey, Vec<Head>)> = draft.relied_on.into_iter().collect();
        // All writers lock in the same order.
        relied_on.sort_by(|(a, _), (b, _)| a.cmp(b));
        let same_kind =
            |(a, _): &(IdKey, _), (b, _): &(IdKey, _)| (a.tenant, &a.kind) == (b.tenant, &b.kind);
        for of_kind in relied_on.chunk_by(same_kind) {
            let Some((IdKey { tenant, kind, .. }, _)) = of_kind.first() else {
                continue;
            };
            let ids: Vec<&str> = of_kind.iter().map(|(key, _)| key.id.as_str()).collect();
            let mut found = self.heads(*tenant, kind, &ids)?;
            let mut expected: Vec<&Head> = of_kind.iter().flat_map(|(_, heads)| heads).collect();
            found.sort_unstable_by_key(|head| head.seq);
            expected.sort_unstable_by_key(|head| head.seq);
            if !found.iter().eq(expected) {
                return Err(Problem::internal("what a draft relied on has changed"));
            }
        }
        self.unit.absorb(draft.staged);
        Ok(())
    }
}
