//! Which v5 entity stands where a v4 entity stands.

use crate::domain::descriptor::{Attribute, Entity, Kind};

/// A v4 entity at one position.
#[derive(Clone, Copy)]
pub struct Place {
    pub entity: &'static Entity,
    /// What v5 calls the thing there, when it has it.
    pub canonical: Option<&'static Entity>,
}

impl Place {
    /// Where the entity's usual twin stands.
    pub fn of(entity: &'static Entity) -> Self {
        Place {
            entity,
            canonical: entity.canonical,
        }
    }

    /// False where v5 has another entity than the usual twin. The renames say where attributes
    /// stand in the twin, so they do not hold there; unless the other one is made the same way, as a
    /// `RelatedPartyOrPartyRole` is like a `RelatedPartyRefOrPartyRoleRef`.
    pub fn is_usual(self) -> bool {
        match (self.canonical, self.entity.canonical) {
            (Some(here), Some(usual)) => std::ptr::eq(here, usual) || self.is_made_like(here),
            _ => true,
        }
    }

    /// Whether all places that the renames name are in that entity too.
    fn is_made_like(self, here: &Entity) -> bool {
        let mut parts = self.entity.attributes.iter().filter_map(|attribute| {
            let (part, _) = attribute.canonical?.split_once('.')?;
            (!attribute.is_lifted()).then_some(part)
        });
        let first = parts.next();
        first.is_some()
            && first
                .into_iter()
                .chain(parts)
                .all(|part| here.attribute(part).is_some())
    }

    /// Where the value of an attribute stands. `None` for values that are not translated: an entity
    /// that v5 lacks is extension data there, kept as the client sent it, and so is what v5 does not
    /// know of a part whose attributes stand in the object around it there. What is in a resource that
    /// v5 has given up is stored as v4 has it.
    pub fn below(self, attribute: &Attribute) -> Option<Place> {
        if attribute.is_lifted() || self.canonical.is_none() {
            return None;
        }
        let Kind::Entity(entity) = attribute.kind else {
            return None;
        };
        let usual = entity.canonical?;
        let here = self.stored_entity(attribute);
        let canonical = here.filter(|here| !related(here, usual)).unwrap_or(usual);
        Some(Place {
            entity,
            canonical: Some(canonical),
        })
    }

    /// What v5 declares for the attribute, when it stands in the same object there. Of a union it is
    /// what the member that has it declares.
    fn stored_entity(self, attribute: &Attribute) -> Option<&'static Entity> {
        let name = match attribute.canonical {
            Some(path) if self.is_usual() => path,
            _ => attribute.name,
        };
        let canonical = self.canonical?;
        let members = canonical.subtypes.iter().filter(|_| canonical.union);
        let declared = std::iter::once(&canonical)
            .chain(members)
            .find_map(|class| class.attribute(name));
        match declared?.kind {
            Kind::Entity(entity) => Some(entity),
            _ => None,
        }
    }
}

/// The same, or one a class of the other.
fn related(a: &Entity, b: &Entity) -> bool {
    let class_of = |a: &Entity, b: &Entity| {
        a.subtypes.iter().any(|e| std::ptr::eq(*e, b)) || b.extends.contains(&a.name)
    };
    std::ptr::eq(a, b) || class_of(a, b) || class_of(b, a)
}
