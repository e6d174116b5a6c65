//! Looking up attribute names of a request in the descriptor tables.

use super::path::Path;
use super::raw::shown;
use crate::domain::descriptor::{Attribute, Entity, Kind, Scalar};

/// Typing information every object may carry, whether or not its entity lists it (TMF630 part 2).
const TYPING: [&str; 3] = ["@type", "@baseType", "@schemaLocation"];

/// The entities whose attributes a name may mean.
#[derive(Clone, Default)]
pub(super) struct Scope {
    /// Candidates, subtypes included: a name is good when any of them has it.
    entities: Vec<&'static Entity>,
    /// Every name is good here (`Kind::Any` and its like).
    open: bool,
    /// Every name is good here and below, typed where it is known.
    lenient: bool,
    /// Names are turned into those of the stored form.
    stored: bool,
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
        if self
            .entities
            .iter()
            .any(|known| std::ptr::eq(*known, entity))
        {
            return;
        }
        self.entities.push(entity);
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
            .entities
            .iter()
            .any(|e| e.attribute(last).is_some())
    }

    fn step(&self, name: &str) -> Result<Step, String> {
        if name.is_empty() {
            return Err("an attribute name is empty".to_owned());
        }
        let mut known = self.entities.iter().filter_map(|e| e.attribute(name));
        if let Some(first) = known.next() {
            return Ok(self.known(first, known));
        }
        if self.open || self.lenient {
            return Ok(self.tolerated(name));
        }
        if TYPING.contains(&name) && !self.entities.is_empty() {
            return Ok(Step {
                names: vec![name.to_owned()],
                scalar: Some(Scalar::String),
                below: self.empty(),
                object: false,
            });
        }
        Err(match self.entities.first() {
            Some(entity) => format!("{} has no attribute '{}'", entity.name, shown(name)),
            None => format!(
                "there is no attribute '{}' below a simple value",
                shown(name)
            ),
        })
    }

    fn tolerated(&self, name: &str) -> Step {
        Step {
            names: vec![name.to_owned()],
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
    fn known(
        &self,
        first: &'static Attribute,
        others: impl Iterator<Item = &'static Attribute>,
    ) -> Step {
        let mut below = self.empty();
        let mut scalars = Vec::new();
        let mut object = true;
        for attribute in std::iter::once(first).chain(others) {
            match attribute.kind {
                Kind::Entity(entity) => below.add(entity),
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
            names: self.names(first),
            scalar: common(&scalars),
            below,
            object,
        }
    }

    fn names(&self, attribute: &Attribute) -> Vec<String> {
        match attribute.canonical {
            Some(path) if self.stored => path.split('.').map(str::to_owned).collect(),
            _ => vec![attribute.name.to_owned()],
        }
    }

    fn empty(&self) -> Scope {
        Scope {
            entities: Vec::new(),
            open: false,
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
