//! Looking up attribute names of a request in the descriptor tables.

use std::cell::Cell;
use std::rc::Rc;

use super::path::Path;
use super::raw::shown;
use crate::domain::adapt::{self, Place};
use crate::domain::descriptor::{Attribute, Entity, Kind, Scalar};

/// Typing information every object may carry, whether or not its entity lists it (TMF630 part 2).
const TYPING: [&str; 3] = ["@type", "@baseType", "@schemaLocation"];

/// The entities whose attributes a name may mean.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// Candidates, subtypes included: a name is good when any of them has it.
    places: Vec<Place>,
    /// Every name is good here (`Kind::Any` and its like).
    open: bool,
    /// Every name is good here and below, typed where it is known.
    lenient: bool,
    /// Names are turned into those of the stored form.
    stored: bool,
    /// The attribute of this name was passed, and what the stored form knows of it stands in the
    /// object around it there; with the entity of that object.
    lifted: Option<(&'static str, &'static Entity)>,
    /// Set when something was looked up that only documents of the resource's version show.
    met_shown: Rc<Cell<bool>>,
}

/// What a name or a path of names means.
pub(super) struct Found {
    pub path: Path,
    /// Where names below it are looked up.
    pub below: Scope,
    /// It is an object with attributes of its own and cannot be compared.
    pub object: bool,
}

impl Scope {
    /// The attributes of a resource, translated to the stored form.
    pub(super) fn stored(entity: &'static Entity) -> Self {
        let mut scope = Scope {
            stored: true,
            ..Scope::default()
        };
        scope.add(entity);
        scope
    }

    /// The attributes of a resource as its own version shows them.
    pub(super) fn shown(entity: &'static Entity) -> Self {
        let mut scope = Scope::default();
        scope.add(entity);
        scope
    }

    /// Whether the stored form could not answer for what was looked up so far.
    pub(super) fn met_shown(&self) -> bool {
        self.met_shown.get()
    }

    /// The attributes of any of the entities as they are named, and all others too.
    pub(super) fn lenient(entities: &[&'static Entity]) -> Self {
        let mut scope = Scope {
            lenient: true,
            ..Scope::default()
        };
        for entity in entities {
            scope.add(entity);
        }
        scope
    }

    fn add(&mut self, entity: &'static Entity) {
        self.add_place(Place::of(entity));
    }

    fn add_place(&mut self, place: Place) {
        let entity = place.entity;
        let same = |known: &Place| std::ptr::eq(known.entity, entity);
        if self.places.iter().any(same) {
            return;
        }
        self.places.push(place);
        for subtype in entity.subtypes {
            self.add(subtype);
        }
        if let Some(items) = entity.array_of {
            self.add(items);
        }
    }

    /// Looks up a path of names.
    ///
    /// # Errors
    /// A sentence for the client that says which name is unknown.
    pub(super) fn resolve<N: AsRef<str>>(&self, names: &[N]) -> Result<Found, String> {
        let mut found = Found {
            path: Path::default(),
            below: self.clone(),
            object: true,
        };
        let mut stored = Vec::new();
        let mut scalar = None;
        for name in names {
            let step = found.below.step(name.as_ref())?;
            stored.extend(step.names);
            scalar = step.scalar;
            found.below = step.below;
            found.object = step.object;
        }
        if let Some((part, _)) = found.below.lifted {
            // The whole of it is nowhere in the stored form.
            self.met_shown.set(true);
            stored.push(part.to_owned());
        }
        found.path = Path::new(stored, scalar);
        Ok(found)
    }

    /// True when the last name is an attribute that the tables list, not merely tolerated.
    pub(super) fn declares(&self, names: &[&str]) -> bool {
        let Some((last, before)) = names.split_last() else {
            return false;
        };
        let Ok(found) = self.resolve(before) else {
            return false;
        };
        found
            .below
            .places
            .iter()
            .any(|place| place.entity.attribute(last).is_some())
    }

    fn step(&self, name: &str) -> Result<Step, String> {
        if name.is_empty() {
            return Err("an attribute name is empty".to_owned());
        }
        let has = |place: &Place| Some((*place, place.entity.attribute(name)?));
        let known: Vec<_> = self.places.iter().filter_map(has).collect();
        if let Some((place, first)) = known.first() {
            let mut step = self.known(&known);
            step.names = self.names(*place, first);
            return Ok(step);
        }
        if self.open || self.lenient {
            return Ok(self.tolerated(name));
        }
        if TYPING.contains(&name) && !self.places.is_empty() {
            return Ok(Step {
                names: self.within(name),
                scalar: Some(Scalar::String),
                below: self.empty(),
                object: false,
            });
        }
        Err(match self.places.first() {
            Some(place) => format!("{} has no attribute '{}'", place.entity.name, shown(name)),
            None => format!(
                "there is no attribute '{}' below a simple value",
                shown(name)
            ),
        })
    }

    fn tolerated(&self, name: &str) -> Step {
        Step {
            names: self.within(name),
            scalar: None,
            below: Scope {
                open: true,
                ..self.empty()
            },
            object: false,
        }
    }

    /// Candidates may disagree on the type (`value` of the typed characteristics); then the value
    /// found decides how it compares.
    fn known(&self, attributes: &[(Place, &'static Attribute)]) -> Step {
        let mut below = self.empty();
        let mut scalars = Vec::new();
        let mut object = true;
        for (place, attribute) in attributes {
            if self.stored && adapt::is_only_shown(place.entity, attribute.name) {
                self.met_shown.set(true);
            }
            match attribute.kind {
                Kind::Entity(entity) => match place.below(attribute) {
                    Some(place) => below.add_place(place),
                    None => {
                        below.lifted = self.lift(place.entity, attribute);
                        // Kept as the client sent it, so nothing within has another name.
                        below.stored = false;
                        below.add(entity);
                    }
                },
                Kind::Any | Kind::Object | Kind::Map => {
                    below.open = true;
                    object = false;
                    scalars.push(None);
                }
                Kind::Enum(_) => scalars.push(Some(Scalar::String)),
                Kind::Scalar(scalar) => scalars.push(Some(scalar)),
            }
        }
        object &= scalars.is_empty();
        Step {
            names: Vec::new(),
            scalar: common(&scalars),
            below,
            object,
        }
    }

    /// Where an attribute stands, from the object that the scope is about.
    fn names(&self, place: Place, attribute: &Attribute) -> Vec<String> {
        match attribute.canonical {
            _ if !self.stored || !place.is_usual() => self.within(attribute.name),
            Some(_) if attribute.is_lifted() => Vec::new(),
            Some(path) => path.split('.').map(str::to_owned).collect(),
            None => self.within(attribute.name),
        }
    }

    /// What is said of the part itself, and what only a client knows, stays within the part.
    fn within(&self, name: &str) -> Vec<String> {
        let known = || {
            self.places
                .iter()
                .any(|p| p.entity.attribute(name).is_some())
        };
        match self.lifted {
            Some((part, around)) if !known() || !adapt::stands_around(around, name) => {
                vec![part.to_owned(), name.to_owned()]
            }
            _ => vec![name.to_owned()],
        }
    }

    fn lift(
        &self,
        around: &'static Entity,
        attribute: &'static Attribute,
    ) -> Option<(&'static str, &'static Entity)> {
        (self.stored && attribute.is_lifted()).then_some((attribute.name, around))
    }

    fn empty(&self) -> Scope {
        Scope {
            places: Vec::new(),
            open: false,
            lifted: None,
            met_shown: Rc::clone(&self.met_shown),
            ..*self
        }
    }
}

struct Step {
    names: Vec<String>,
    scalar: Option<Scalar>,
    below: Scope,
    object: bool,
}

fn common(scalars: &[Option<Scalar>]) -> Option<Scalar> {
    let first = scalars.first().copied().flatten()?;
    let family = super::typed::family(first);
    scalars
        .iter()
        .all(|s| s.is_some_and(|s| super::typed::family(s) == family))
        .then_some(first)
}
