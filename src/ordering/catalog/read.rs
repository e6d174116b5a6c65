//! Small readings that the catalog's documents have in common.

use serde_json::Value;

use crate::domain::billing_cycle::Cycle;
use crate::domain::value::{Object, Period, is_spelled, items, text};

/// A reference: id, and the name that it may carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub id: String,
    pub name: Option<String>,
}

impl Reference {
    /// Reads an object with `id` and `name`.
    pub fn of(value: &Value) -> Option<Self> {
        let object = value.as_object()?;
        Some(Reference {
            id: owned(object, "id")?,
            name: owned(object, "name"),
        })
    }

    /// True when a text is the id or the name.
    pub fn is(&self, text: &str) -> bool {
        self.id == text || self.name.as_deref() == Some(text)
    }

    /// The name, or the id where there is none.
    pub fn shown(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.id)
    }
}

/// What a relation between offerings or specifications means for an order. `relationshipType` is
/// free text in TMF620; the usual words are understood in any spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RelationKind {
    /// The other one must be there too.
    Requires,
    /// The two cannot be had together.
    Excludes,
    /// Products of this one may change to the other one.
    MigratesTo,
    /// Says nothing about what can be ordered.
    Other,
}

const WORDS: &[(&str, RelationKind)] = &[
    ("requires", RelationKind::Requires),
    ("require", RelationKind::Requires),
    ("dependency", RelationKind::Requires),
    ("dependson", RelationKind::Requires),
    ("relieson", RelationKind::Requires),
    ("prerequisite", RelationKind::Requires),
    ("excludes", RelationKind::Excludes),
    ("exclude", RelationKind::Excludes),
    ("exclusion", RelationKind::Excludes),
    ("exclusivity", RelationKind::Excludes),
    ("incompatible", RelationKind::Excludes),
    ("incompatibility", RelationKind::Excludes),
    ("migration", RelationKind::MigratesTo),
    ("migratesto", RelationKind::MigratesTo),
    ("substitution", RelationKind::MigratesTo),
    ("substitutedby", RelationKind::MigratesTo),
];

impl RelationKind {
    /// Reads a `relationshipType`.
    pub fn parse(word: &str) -> Self {
        WORDS
            .iter()
            .find(|(known, _)| is_spelled(word, known))
            .map_or(RelationKind::Other, |(_, kind)| *kind)
    }
}

/// A relation to another offering or specification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    pub kind: RelationKind,
    /// `relationshipType` as it is written.
    pub word: String,
    pub to: Reference,
    pub valid: Period,
}

/// The relations in a list of a document.
pub fn relations(object: &Object, list: &str) -> Vec<Relation> {
    let read = |value: &Value| {
        let object = value.as_object()?;
        let word = text(object, "relationshipType").unwrap_or_default();
        Some(Relation {
            kind: RelationKind::parse(word),
            word: word.to_owned(),
            to: Reference::of(value)?,
            valid: period(object),
        })
    };
    items(object, list).iter().filter_map(read).collect()
}

/// A commitment: `productOfferingTerm`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    pub name: Option<String>,
    /// Amount and unit, such as 24 and `month`.
    pub duration: Option<(u32, String)>,
    pub valid: Period,
}

impl Term {
    /// True for a term that lasts as long as a `Duration`; one without a duration lasts for ever.
    pub fn lasts(&self, other: &Value) -> bool {
        match (&self.duration, duration(other)) {
            (Some((amount, units)), Some((other, other_units))) => {
                let span = |amount: u32, units: &str| Cycle::parse(&format!("{amount} {units}"));
                let own = span(*amount, units);
                (*amount == other && *units == other_units)
                    || (own.is_some() && own == span(other, &other_units))
            }
            (None, None) => true,
            _ => false,
        }
    }
}

/// The terms of an offering or a price.
pub fn terms(object: &Object) -> Vec<Term> {
    let read = |value: &Value| {
        let object = value.as_object()?;
        Some(Term {
            name: owned(object, "name"),
            duration: object.get("duration").and_then(duration),
            valid: period(object),
        })
    };
    items(object, "productOfferingTerm")
        .iter()
        .filter_map(read)
        .collect()
}

/// A `Duration` of at least one unit.
pub fn duration(value: &Value) -> Option<(u32, String)> {
    let object = value.as_object()?;
    let amount = count(object, "amount").filter(|amount| *amount > 0)?;
    Some((amount, owned(object, "units")?))
}

/// The references in a list.
pub fn references(object: &Object, list: &str) -> Vec<Reference> {
    items(object, list)
        .iter()
        .filter_map(Reference::of)
        .collect()
}

/// `validFor`; without it the period has no ends.
pub fn period(object: &Object) -> Period {
    object
        .get("validFor")
        .and_then(Value::as_object)
        .map_or(Period::ALWAYS, Period::of)
}

/// A text of a document, owned.
pub fn owned(object: &Object, name: &str) -> Option<String> {
    text(object, name).map(str::to_owned)
}

/// A small number of things.
pub fn count(object: &Object, name: &str) -> Option<u32> {
    object.get(name)?.as_u64()?.try_into().ok()
}

/// The members of a document; nothing where it is no object.
pub fn members(doc: &Value) -> &Object {
    static NOTHING: std::sync::LazyLock<Object> = std::sync::LazyLock::new(Object::new);
    doc.as_object().unwrap_or(&NOTHING)
}

/// True for a life cycle status in which something can be ordered (TMF620: Active, Launched).
pub fn is_orderable(status: Option<&str>) -> bool {
    status.is_some_and(|status| is_spelled(status, "active") || is_spelled(status, "launched"))
}
