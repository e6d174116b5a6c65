//! The numbers of indexed attributes: the database keeps `(kind, path)` as a short number, given
//! at the first start that knows the attribute.

use std::collections::HashMap;

/// An attribute to be indexed, as the API model declares it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexedAttribute {
    pub kind: &'static str,
    pub path: &'static str,
    /// Counted for each value.
    pub tallied: bool,
}

/// Numbers by kind and path. Immutable once the store is open.
#[derive(Debug, Default)]
pub struct Attributes {
    /// Of each kind the paths with their numbers: a few, so that each is compared.
    numbers: HashMap<&'static str, Vec<(&'static str, i64)>>,
    tallied: Vec<i64>,
}

impl Attributes {
    pub(super) fn new(declared: &[IndexedAttribute], numbers: &[(i64, String, String)]) -> Self {
        let mut attributes = Attributes::default();
        for attribute in declared {
            let number = numbers
                .iter()
                .find(|(_, kind, path)| kind == attribute.kind && path == attribute.path)
                .map(|(number, _, _)| *number);
            let Some(number) = number else { continue };
            attributes
                .numbers
                .entry(attribute.kind)
                .or_default()
                .push((attribute.path, number));
            if attribute.tallied {
                attributes.tallied.push(number);
            }
        }
        attributes.tallied.sort_unstable();
        attributes
    }

    /// The number of an indexed attribute.
    pub fn number(&self, kind: &str, path: &str) -> Option<i64> {
        number_of(self.of_kind(kind), path)
    }

    /// The indexed attributes of a kind: paths and numbers.
    pub fn of_kind(&self, kind: &str) -> &[(&'static str, i64)] {
        self.numbers.get(kind).map_or(&[], Vec::as_slice)
    }

    /// The numbers of one path in several kinds.
    pub fn numbers<'k>(&self, kinds: impl IntoIterator<Item = &'k str>, path: &str) -> Vec<i64> {
        let kinds = kinds.into_iter();
        kinds.filter_map(|kind| self.number(kind, path)).collect()
    }

    /// True when values of the attribute are counted.
    pub fn is_tallied(&self, number: i64) -> bool {
        self.tallied.binary_search(&number).is_ok()
    }
}

/// The number of a path among those of a kind.
pub fn number_of(known: &[(&'static str, i64)], path: &str) -> Option<i64> {
    let (_, number) = known.iter().find(|(known, _)| *known == path)?;
    Some(*number)
}
