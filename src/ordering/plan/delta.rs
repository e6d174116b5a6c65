//! What of the work that a state takes has to be done: all of it for a new product, the difference
//! for a change, the opposite for an end.
//!
//! A change is the difference between what the product as it is and as it shall be take, both by
//! the rules of today. What a service is really like, as the inventory recorded it, goes before
//! what rules say it should be like; where nothing is recorded, rules say what is there.

mod change;
mod draft;
mod end;

pub(super) use draft::{Draft, key_of};

use super::PlacedItem;
use super::explode::{Exploded, Explosion, Origin, State, Surroundings};
use super::validate::Refusal;
use crate::ordering::inventory::{Installed, Realizing};
use crate::ordering::order::{Action, Place};
use crate::ordering::rule::{Reaction, Requirement};

/// The work of one item.
pub(super) struct Work<'a> {
    pub drafts: Vec<Draft<'a>>,
    pub inventory: Option<Origin<'a>>,
    pub billing: Option<Origin<'a>>,
    pub requirements: Vec<&'a Requirement>,
}

/// An item and what there is of it.
#[derive(Clone, Copy)]
pub(super) struct Subject<'a> {
    /// Place in the items of the plan.
    pub index: usize,
    pub item: &'a PlacedItem,
    pub installed: Option<&'a Installed>,
    pub places: &'a [Place],
}

impl<'a> Subject<'a> {
    /// The product as it shall be.
    pub fn wanted(&self) -> State<'a> {
        State {
            item: self.item,
            action: self.item.action,
            offering: self.item.offering.as_deref(),
            specification: self.item.specification.as_deref(),
            characteristics: &self.item.characteristics,
            previous: self.installed.map_or(&[], |i| &i.characteristics),
            places: self.places,
        }
    }

    /// The product as it is.
    fn present(&self) -> State<'a> {
        let wanted = self.wanted();
        let Some(installed) = self.installed else {
            return wanted;
        };
        State {
            offering: installed.offering.as_deref().or(wanted.offering),
            specification: installed.specification.as_deref().or(wanted.specification),
            characteristics: &installed.characteristics,
            places: match installed.places.is_empty() {
                true => wanted.places,
                false => &installed.places,
            },
            ..wanted
        }
    }

    fn services(&self) -> &'a [Realizing] {
        self.installed.map_or(&[], |installed| &installed.services)
    }

    /// A value of the installed product.
    fn present_value(&self, name: &str) -> Option<&'a serde_json::Value> {
        let installed = self.installed?.characteristics.iter();
        let mut there = installed.filter(|c| c.name == name && !c.value.is_null());
        there.next().map(|c| &c.value)
    }

    /// A value of the product, as it shall be or as it is.
    fn value(&self, name: &str) -> Option<&'a serde_json::Value> {
        let wanted = self.item.characteristics.iter();
        let present = self.installed.map_or(&[][..], |i| &i.characteristics);
        let mut all = wanted.chain(present);
        all.find(|c| c.name == name && !c.value.is_null())
            .map(|c| &c.value)
    }
}

/// The work of an item whose product changes.
pub(super) fn work<'a>(
    surroundings: Surroundings<'a>,
    subject: Subject<'a>,
) -> Result<Work<'a>, Refusal> {
    match subject.item.action {
        Action::Add => {
            let wanted = Explosion::of(surroundings, subject.wanted())?;
            Ok(begin(subject, wanted))
        }
        Action::Modify => {
            let present = Explosion::of(surroundings, subject.present())?;
            let wanted = Explosion::of(surroundings, subject.wanted())?;
            Ok(change::change(subject, present, wanted))
        }
        Action::Delete => {
            let present = Explosion::of(surroundings, subject.present())?;
            Ok(end::end(subject, present))
        }
        Action::NoChange => Ok(Work {
            drafts: Vec::new(),
            inventory: None,
            billing: None,
            requirements: Vec::new(),
        }),
    }
}

fn begin<'a>(subject: Subject<'a>, wanted: Exploded<'a>) -> Work<'a> {
    let wants = wanted.wants.into_iter();
    let done = wants.filter(|want| {
        let reaction = want.origin.map(|origin| origin.output.on_add);
        reaction != Some(Reaction::Ignore)
    });
    let mut drafts: Vec<Draft<'a>> = done.map(|want| Draft::added(subject, want)).collect();
    draft::link(subject, &mut drafts);
    Work {
        drafts,
        inventory: wanted.inventory,
        billing: wanted.billing,
        requirements: wanted.requirements,
    }
}

/// The recorded service that a piece of work made: by the key of its node, which an earlier order
/// gave it under another item, or else by its specification.
fn recorded<'a>(
    services: &'a [Realizing],
    key: &str,
    specification: Option<&str>,
    taken: &mut Vec<&'a str>,
) -> Option<&'a Realizing> {
    let is_free = |service: &&Realizing| !taken.contains(&service.id.as_str());
    let made = |service: &&Realizing| {
        let node = service
            .node
            .as_deref()
            .and_then(|node| node.strip_suffix(key));
        node.is_some_and(|before| before.ends_with(':'))
    };
    let mut free = services.iter().filter(is_free);
    let found = free.clone().find(made).or_else(|| {
        specification?;
        free.find(|s| s.node.is_none() && s.specification.as_deref() == specification)
    });
    taken.extend(found.map(|service| service.id.as_str()));
    found
}
