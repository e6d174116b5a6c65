//! Services: rules about them, the services and resources below, and the node that a service makes
//! where no rule says otherwise.

use super::{Explosion, MAX_LEVELS, Origin, Spot, Want, code};
use crate::domain::value::is_spelled;
use crate::ordering::catalog::{Relation, RelationKind, ServiceSpecification};
use crate::ordering::plan::NodeKind;
use crate::ordering::plan::validate::Refusal;
use crate::ordering::rule::expression::Scope;

/// Words by which a specification says that it is made of another one.
const CONTAINS: [&str; 8] = [
    "contains",
    "consistsof",
    "composedof",
    "aggregation",
    "bundles",
    "haspart",
    "realizedby",
    "isrealizedby",
];

impl<'a> Explosion<'a> {
    pub(super) fn service(
        &mut self,
        id: &'a str,
        name: Option<&'a str>,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        if self.around.contains(&id) || self.around.len() >= MAX_LEVELS {
            return Err(self.circle(id));
        }
        // Another service needs it too: once is enough, both wait for it by its name.
        if self.done.contains(&id) {
            return Ok(());
        }
        self.done.push(id);
        self.around.push(id);
        let found = self.service_once(id, name, spot);
        self.around.pop();
        found
    }

    fn circle(&self, id: &str) -> Refusal {
        let around = self.around.iter().copied();
        let way: Vec<&str> = match self.around.iter().position(|own| *own == id) {
            Some(start) => around.skip(start).chain([id]).collect(),
            None => around.chain([id]).collect(),
        };
        let message = format!("services are made of themselves: {}", way.join(" > "));
        self.refusal(code::SERVICE_CIRCLE, message)
    }

    fn service_once(
        &mut self,
        id: &'a str,
        name: Option<&'a str>,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        let candidates = self
            .surroundings
            .rules
            .for_service(id, self.surroundings.now);
        let scope = self.scope(Some(id), &spot.given);
        let rules = self.applying(candidates, &scope, &[])?;
        let replaced = rules.iter().any(|rule| rule.replaces);
        let mut below = spot.clone();
        below.path.push(format!("service specification {id}"));
        if !rules.is_empty() {
            let mut inside = below.clone();
            inside.names.push(id);
            for rule in rules {
                self.found.requirements.extend(&rule.requires);
                self.outputs(rule, &scope, Some(id), &inside)?;
            }
        }
        if replaced {
            return Ok(());
        }
        let Some(specification) = self.surroundings.catalog.services.get(id) else {
            self.plain(NodeKind::ServiceOrder, id, name, &[], below);
            return Ok(());
        };
        let mut before: Vec<&'a str> = Vec::new();
        for relation in &specification.relations {
            let other = relation.to.id.as_str();
            let is_part = self.is_part(specification, relation);
            if is_part {
                self.service(other, relation.to.name.as_deref(), &below)?;
            }
            if is_part || relation.kind == RelationKind::Requires {
                before.push(other);
            }
        }
        for resource in &specification.resources {
            self.resource(resource, &below)?;
            before.push(&resource.id);
        }
        let name = specification.name.as_deref().or(name);
        self.plain(NodeKind::ServiceOrder, id, name, &before, below);
        Ok(())
    }

    /// Whether a relation leads to a part. A service that customers see and that requires one of
    /// the network is made of it; between services of a kind to require is only to wait.
    fn is_part(&self, specification: &ServiceSpecification, relation: &Relation) -> bool {
        if CONTAINS.iter().any(|word| is_spelled(&relation.word, word)) {
            return true;
        }
        let other = self.surroundings.catalog.services.get(&relation.to.id);
        relation.kind == RelationKind::Requires
            && specification.customer_facing != Some(false)
            && other.is_some_and(|other| other.customer_facing == Some(false))
    }

    /// A service that a rule names, with the characteristics that the rule hands to it.
    pub(super) fn handed_down(
        &mut self,
        origin: Origin<'a>,
        scope: &Scope<'_>,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        let Some(id) = origin.output.specification.as_deref() else {
            return Ok(());
        };
        let given = self.given(origin, scope, &spot.given)?;
        let mut below = spot.clone();
        below.names.push(&origin.output.name);
        below
            .after
            .extend(origin.output.after.iter().map(String::as_str));
        below.given = given;
        self.service(id, None, &below)
    }

    /// The node of a service or resource without a rule: an order with everything that its
    /// specification and the product have in common.
    pub(super) fn plain(
        &mut self,
        kind: NodeKind,
        id: &'a str,
        name: Option<&'a str>,
        before: &[&'a str],
        spot: Spot<'a>,
    ) {
        let settings = self.matching(kind, Some(id), &spot.given);
        let key = self.free_key(id.to_owned(), None);
        let mut names = spot.names;
        names.push(id);
        let mut after = spot.after;
        after.extend_from_slice(before);
        self.found.wants.push(Want {
            key,
            origin: None,
            kind,
            specification: Some(id),
            specification_name: name,
            names,
            after,
            settings,
            path: spot.path,
        });
    }

    /// The node of an output.
    pub(super) fn work(
        &mut self,
        origin: Origin<'a>,
        kind: NodeKind,
        scope: &Scope<'_>,
        about: Option<&'a str>,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        let output = origin.output;
        let settings = self.settings(origin, kind, scope, spot)?;
        let key = match about {
            Some(about) => format!("{about}/{}", output.name),
            None => output.name.clone(),
        };
        let specification = output.specification.as_deref();
        let known = specification.and_then(|id| self.surroundings.catalog.services.get(id));
        let mut names = spot.names.clone();
        names.push(&output.name);
        names.extend(specification);
        names.extend(about);
        let mut after = spot.after.clone();
        after.extend(output.after.iter().map(String::as_str));
        let key = self.free_key(key, Some(origin.rule));
        self.found.wants.push(Want {
            key,
            origin: Some(origin),
            kind,
            specification,
            specification_name: known.and_then(|known| known.name.as_deref()),
            names,
            after,
            settings,
            path: spot.path.clone(),
        });
        Ok(())
    }
}
