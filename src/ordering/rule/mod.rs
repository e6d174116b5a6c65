//! Decomposition rules: how what is sold becomes work.
//!
//! A rule is a resource (`decompositionRule`), so an operator reads and writes it like a catalog. It
//! says when it applies, what must be known, and what is produced.
//!
//! **What a rule is about.** One that names `serviceSpecification` is asked for each service that a
//! product is made of, one that names `resourceSpecification` for each resource, any other for each
//! item whose product changes. All conditions of `when` must hold; each list holds when one of its
//! members does.
//!
//! **Which rules count.** Rules that are `Active` or `Launched`, in their `validFor`, and of several
//! versions of an id the newest such one. All that match are used, ordered by `priority` (small
//! numbers first, 100 unless stated) and then by id; of those that share an `exclusiveGroup` only the
//! first.
//!
//! **The catalog's own references.** Without a rule each service and resource specification that a
//! product specification refers to makes a node. With a rule they do not, unless the rule says
//! `replaces: false`: what is still wanted of them is named as an output of kind `service`.
//!
//! **Order.** `after` names outputs, specifications or whole services of the same item. A deletion
//! runs in the opposite order. Where an item relies on another one its nodes wait for that one's
//! product, except those with `early: true` (numbers, appointments and shipments unless stated).
//!
//! - `types` is the compiled rule, `compile` makes it of the document with `reader`, `output`;
//! - `expression` is the language of conditions and mappings;
//! - `condition` asks whether a rule applies; `set` finds the rules that may;
//! - `lint` finds what cannot work in a set of rules.

mod compile;
mod condition;
mod duration;
pub mod expression;
pub mod lint;
mod output;
mod reader;
mod set;
#[cfg(test)]
mod tests;
mod types;

pub(crate) use condition::all_hold;
pub use duration::seconds_of;
pub use set::RuleSet;
pub use types::{
    Check, From, Mapping, Output, OutputKind, Reaction, Requirement, Rule, Subject, Test, Tested,
    When,
};
