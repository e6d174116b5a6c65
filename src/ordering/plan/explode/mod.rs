//! From a state of a product to the work that it takes: offering, product specification, services,
//! resources, and the rules about each of them.
//!
//! What comes out is what would have to be there for a product in that state, each piece with the
//! same local key whenever it is asked for. What of it has to be done is decided by [`super::delta`].

mod item;
mod service;
mod settings;

use std::collections::HashSet;
use std::rc::Rc;

use serde_json::Value;

use super::validate::Refusal;
use super::{NodeKind, PlacedItem};
use crate::domain::clock::Micros;
use crate::ordering::catalog::Catalog;
use crate::ordering::order::{Action, Characteristic, Order, Place};
use crate::ordering::rule::expression::{Failure, Scope};
use crate::ordering::rule::{Output, Requirement, Rule, RuleSet};

/// Levels of services within services.
pub(super) const MAX_LEVELS: usize = 16;

/// What planning reads.
#[derive(Clone, Copy)]
pub(super) struct Surroundings<'a> {
    pub order: &'a Order,
    pub catalog: &'a Catalog,
    pub rules: &'a RuleSet,
    pub now: Micros,
}

/// A product as it shall be, or as it is.
#[derive(Clone, Copy)]
pub(super) struct State<'a> {
    pub item: &'a PlacedItem,
    pub action: Action,
    pub offering: Option<&'a str>,
    pub specification: Option<&'a str>,
    pub characteristics: &'a [Characteristic],
    /// Of the installed product.
    pub previous: &'a [Characteristic],
    pub places: &'a [Place],
}

/// Why work is wanted.
#[derive(Clone, Copy)]
pub(super) struct Origin<'a> {
    pub rule: &'a Rule,
    pub output: &'a Output,
}

/// A piece of work that a state takes.
#[derive(Clone)]
pub(super) struct Want<'a> {
    /// Unique among the wants of the item.
    pub key: String,
    /// None where the catalog's own references made it.
    pub origin: Option<Origin<'a>>,
    pub kind: NodeKind,
    pub specification: Option<&'a str>,
    pub specification_name: Option<&'a str>,
    /// By which others refer to it: output, specification, services around it.
    pub names: Vec<&'a str>,
    /// Names of what goes before it.
    pub after: Vec<&'a str>,
    pub settings: Vec<Wish<'a>>,
    pub path: Vec<String>,
}

/// A characteristic of a piece of work.
#[derive(Clone)]
pub(super) struct Wish<'a> {
    pub name: &'a str,
    pub value: WishValue<'a>,
}

/// Its value, or of which output it is the result.
#[derive(Clone)]
pub(super) enum WishValue<'a> {
    Known(Value),
    Result { node: &'a str, name: &'a str },
}

/// All that a state takes.
#[derive(Default)]
pub(super) struct Exploded<'a> {
    pub wants: Vec<Want<'a>>,
    /// What rules say about writing the product and about charging.
    pub inventory: Option<Origin<'a>>,
    pub billing: Option<Origin<'a>>,
    /// What rules want to know, with the rule.
    pub requirements: Vec<&'a Requirement>,
}

/// Codes of refusals that planning itself makes.
pub mod code {
    /// An expression of a rule has no value.
    pub const RULE_FAILED: &str = "ruleFailed";
    /// Services contain each other in a circle, or too deeply.
    pub const SERVICE_CIRCLE: &str = "serviceCircle";
    /// Work waits for itself.
    pub const PLAN_CIRCLE: &str = "planCircle";
    /// More work than one order can have.
    pub const PLAN_TOO_LARGE: &str = "planTooLarge";
}

/// One explosion.
pub(super) struct Explosion<'a> {
    surroundings: Surroundings<'a>,
    state: State<'a>,
    keys: HashSet<String>,
    /// Services that are done, and those around the current one.
    done: Vec<&'a str>,
    around: Vec<&'a str>,
    found: Exploded<'a>,
}

/// Where in the explosion work arises.
#[derive(Clone, Default)]
pub(super) struct Spot<'a> {
    /// Names of the services around.
    names: Vec<&'a str>,
    /// What all that is here waits for.
    after: Vec<&'a str>,
    path: Vec<String>,
    /// Characteristics that a rule hands down.
    given: Rc<Vec<Characteristic>>,
}

impl<'a> Explosion<'a> {
    /// Everything that the state takes.
    pub fn of(surroundings: Surroundings<'a>, state: State<'a>) -> Result<Exploded<'a>, Refusal> {
        let mut explosion = Explosion {
            surroundings,
            state,
            keys: HashSet::new(),
            done: Vec::new(),
            around: Vec::new(),
            found: Exploded::default(),
        };
        explosion.item()?;
        Ok(explosion.found)
    }

    fn scope<'s>(&self, service: Option<&'a str>, given: &'s [Characteristic]) -> Scope<'s>
    where
        'a: 's,
    {
        Scope {
            action: self.state.action,
            quantity: self.state.item.quantity,
            offering: self.state.offering,
            specification: self.state.specification,
            service,
            given,
            characteristics: self.state.characteristics,
            previous: self.state.previous,
            places: self.state.places,
            priority: self.surroundings.order.priority,
            category: self.surroundings.order.category.as_deref(),
        }
    }

    fn failed(&self, rule: &Rule, what: &str, failure: &Failure) -> Refusal {
        let message = format!("rule {}{what}: {failure}", rule.label);
        self.refusal(code::RULE_FAILED, message)
    }

    fn refusal(&self, code: &str, message: String) -> Refusal {
        Refusal {
            item: self.state.item.id.clone(),
            pointer: self.state.item.pointer.clone(),
            code: code.to_owned(),
            message,
        }
    }

    /// A key that is not taken.
    fn free_key(&mut self, wanted: String, rule: Option<&Rule>) -> String {
        if self.keys.insert(wanted.clone()) {
            return wanted;
        }
        let second = match rule {
            Some(rule) => format!("{}.{wanted}", rule.id),
            None => wanted.clone(),
        };
        let mut key = second.clone();
        let mut number = 2;
        while !self.keys.insert(key.clone()) {
            key = format!("{second}-{number}");
            number += 1;
        }
        key
    }
}
