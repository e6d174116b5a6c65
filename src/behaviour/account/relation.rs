//! What one account is to another (`accountRelationship`). The standard leaves `relationshipType`
//! open; these names have a meaning to rules and to billing, whatever their spelling, and all
//! others are kept without one.

use serde_json::Value;

use crate::behaviour::value::{Period, is_spelled};
use crate::domain::clock::Micros;

/// What a relationship type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The other account stands above this one: its bill consolidates this one's.
    Parent,
    /// The other account stands below this one.
    Child,
    /// The other account pays what is charged to this one, or a part of it.
    PaidBy,
    /// This account pays for the other one.
    PaysFor,
}

/// Names without separators and in small letters.
const NAMES: &[(&str, Relation)] = &[
    ("parent", Relation::Parent),
    ("parentaccount", Relation::Parent),
    ("consolidatedby", Relation::Parent),
    ("child", Relation::Child),
    ("childaccount", Relation::Child),
    ("consolidates", Relation::Child),
    ("paidby", Relation::PaidBy),
    ("payer", Relation::PaidBy),
    ("paysfor", Relation::PaysFor),
];

/// The two ways in which accounts hang together. They are independent: a child may pay for itself,
/// and who pays need not stand above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graph {
    Hierarchy,
    Payment,
}

impl Relation {
    /// Reads a type such as `parent`, `Child` or `paid by`.
    pub fn parse(name: &str) -> Option<Self> {
        NAMES
            .iter()
            .find(|(known, _)| is_spelled(name, known))
            .map(|(_, relation)| *relation)
    }

    /// What it is a part of.
    pub fn graph(self) -> Graph {
        match self {
            Relation::Parent | Relation::Child => Graph::Hierarchy,
            Relation::PaidBy | Relation::PaysFor => Graph::Payment,
        }
    }

    /// True when the other account stands above, as parent or payer.
    pub fn is_upward(self) -> bool {
        matches!(self, Relation::Parent | Relation::PaidBy)
    }
}

/// An account of one of our kinds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountId {
    pub kind: &'static str,
    pub id: String,
}

impl AccountId {
    /// Kind and id in one word, as the search for circles names accounts.
    pub fn word(&self) -> String {
        format!("{} {}", self.kind, self.id)
    }
}

/// A relationship with a meaning.
#[derive(Clone, Debug)]
pub struct Link {
    /// Place in the document's array.
    pub index: usize,
    pub relation: Relation,
    pub other: AccountId,
    pub period: Period,
}

impl Link {
    /// The relationships of a document that have a meaning. `kind_of` gives the kind of account
    /// that a class name stands for; a reference that names no class means the document's own kind.
    pub fn all(
        doc: &Value,
        own_kind: &'static str,
        kind_of: impl Fn(&str) -> Option<&'static str>,
    ) -> Vec<Link> {
        let listed = doc.get("accountRelationship").and_then(Value::as_array);
        let links = listed.into_iter().flatten().enumerate();
        links
            .filter_map(|(index, item)| {
                let relation = Relation::parse(item.get("relationshipType")?.as_str()?)?;
                let account = item.get("account")?;
                let id = account.get("id")?.as_str().filter(|id| !id.is_empty())?;
                let kind = match account.get("@referredType").and_then(Value::as_str) {
                    None | Some("" | "Account") => own_kind,
                    Some(class) => kind_of(class)?,
                };
                let period = item.get("validFor").and_then(Value::as_object);
                Some(Link {
                    index,
                    relation,
                    other: AccountId {
                        kind,
                        id: id.to_owned(),
                    },
                    period: period.map_or(Period::ALWAYS, Period::of),
                })
            })
            .collect()
    }

    /// True unless the relationship is over.
    pub fn is_live(&self, now: Micros) -> bool {
        self.period.end.is_none_or(|end| now < end)
    }

    /// True when both say the same of the same account.
    pub fn says_the_same(&self, other: &Link) -> bool {
        self.relation == other.relation && self.other == other.other
    }

    /// Pointer to the account's reference.
    pub fn pointer(&self) -> String {
        format!("/accountRelationship/{}/account", self.index)
    }
}
