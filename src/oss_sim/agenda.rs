//! What is to happen on a clock that somebody else moves: one thing after the other, in an order that
//! follows from instants and names, never from what came first.

use std::collections::BTreeMap;

use super::book::Call;
use super::fate::text_hash;
use crate::domain::clock::Micros;

/// Something that happens.
#[derive(Debug)]
pub(super) enum Entry {
    /// The order of this id is put in progress.
    Begin(String),
    /// The order of this id ends.
    Finish(String),
    Call(Call),
}

/// What is to come.
#[derive(Default)]
pub(super) struct Agenda {
    /// By instant and name; the number parts those of one name.
    entries: BTreeMap<(Micros, u64, u32), Entry>,
}

impl Agenda {
    /// `name` decides between those of one instant.
    pub fn add(&mut self, at: Micros, name: &str, entry: Entry) {
        let name = text_hash(at.0.unsigned_abs(), name);
        let same = self.entries.range((at, name, 0)..=(at, name, u32::MAX));
        let number = same.last().map_or(0, |((_, _, last), _)| last + 1);
        self.entries.insert((at, name, number), entry);
    }

    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The first of what is due.
    pub fn take(&mut self, now: Micros) -> Option<Entry> {
        let first = self.entries.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }
}

#[cfg(test)]
mod tests {
    use super::{Agenda, Entry};
    use crate::domain::clock::Micros;

    fn taken(names: &[(i64, &str)], now: i64) -> Vec<String> {
        let mut agenda = Agenda::default();
        for (at, name) in names {
            agenda.add(Micros(*at), name, Entry::Begin((*name).to_owned()));
        }
        let next = || agenda.take(Micros(now));
        let all = std::iter::from_fn(next).map(|entry| match entry {
            Entry::Begin(id) => id,
            other => panic!("{other:?}"),
        });
        all.collect()
    }

    #[test]
    fn the_order_does_not_depend_on_who_came_first() {
        let names = [(5, "a"), (5, "b"), (5, "c"), (2, "d"), (9, "e"), (5, "a")];
        let mut turned = names;
        turned.reverse();
        let all = taken(&names, 5);
        assert_eq!(all, taken(&turned, 5));
        assert_eq!((all.len(), all[0].as_str()), (5, "d"));
        assert_eq!(taken(&names, 9).last().map(String::as_str), Some("e"));
    }
}
