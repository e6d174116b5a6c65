//! The item itself: rules about it, and the services and resources that its specification names.

use super::{Explosion, Origin, Spot};
use crate::ordering::catalog::{Offering, ProductSpecification, Reference};
use crate::ordering::plan::NodeKind;
use crate::ordering::plan::validate::Refusal;
use crate::ordering::rule::expression::Scope;
use crate::ordering::rule::{OutputKind, Rule, all_hold};

impl<'a> Explosion<'a> {
    pub(super) fn item(&mut self) -> Result<(), Refusal> {
        let catalog = self.surroundings.catalog;
        let offering = self.state.offering.and_then(|id| catalog.offerings.get(id));
        let specification = self.state.specification;
        let product = specification.and_then(|id| catalog.specifications.get(id));
        let categories = categories(offering.map(AsRef::as_ref), product.map(AsRef::as_ref));
        let mut spot = Spot::default();
        let named = |what: &str, id: &str| format!("{what} {id}");
        spot.path
            .extend(self.state.offering.map(|id| named("offering", id)));
        spot.path
            .extend(specification.map(|id| named("product specification", id)));

        let candidates = self.surroundings.rules.for_item(
            specification,
            self.state.offering,
            &categories,
            self.surroundings.now,
        );
        let scope = self.scope(None, &[]);
        let rules = self.applying(candidates, &scope, &categories)?;
        let replaced = rules.iter().any(|rule| rule.replaces);
        for rule in rules {
            self.found.requirements.extend(&rule.requires);
            self.outputs(rule, &scope, None, &spot)?;
        }
        if replaced {
            return Ok(());
        }
        let Some(product) = product else {
            return Ok(());
        };
        self.references(product, &spot)?;
        // The parts of a bundle of offerings are items of their own.
        if offering.is_some_and(|offering| offering.is_bundle()) {
            return Ok(());
        }
        for part in &product.bundled {
            if let Some(part) = catalog.specifications.get(&part.id) {
                let mut below = spot.clone();
                below.path.push(named("product specification", &part.id));
                self.references(part, &below)?;
            }
        }
        Ok(())
    }

    fn references(
        &mut self,
        product: &'a ProductSpecification,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        for service in &product.services {
            self.service(&service.id, service.name.as_deref(), spot)?;
        }
        for resource in &product.resources {
            self.resource(resource, spot)?;
        }
        Ok(())
    }

    /// The candidates that apply, the first of each exclusive group.
    pub(super) fn applying(
        &self,
        candidates: Vec<&'a Rule>,
        scope: &Scope<'_>,
        categories: &[String],
    ) -> Result<Vec<&'a Rule>, Refusal> {
        let mut groups: Vec<&str> = Vec::new();
        let mut found = Vec::new();
        for rule in candidates {
            let group = rule.exclusive_group.as_deref();
            if group.is_some_and(|group| groups.contains(&group)) {
                continue;
            }
            let holds = rule.when.holds(scope, categories);
            if holds.map_err(|failure| self.failed(rule, "", &failure))? {
                groups.extend(group);
                found.push(rule);
            }
        }
        Ok(found)
    }

    /// What a rule produces, for the item or for the service or resource `about`.
    pub(super) fn outputs(
        &mut self,
        rule: &'a Rule,
        scope: &Scope<'_>,
        about: Option<&'a str>,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        let mut spot = spot.clone();
        spot.path.push(format!("rule {}", rule.label));
        for output in &rule.produce {
            let holds = all_hold(&output.tests, scope);
            let what = || format!(", output {}", output.name);
            if !holds.map_err(|failure| self.failed(rule, &what(), &failure))? {
                continue;
            }
            let origin = Origin { rule, output };
            match output.kind {
                OutputKind::Service => self.handed_down(origin, scope, &spot)?,
                OutputKind::Node(NodeKind::Inventory) => {
                    self.found.inventory.get_or_insert(origin);
                }
                OutputKind::Node(NodeKind::Billing) => {
                    self.found.billing.get_or_insert(origin);
                }
                OutputKind::Node(kind) => self.work(origin, kind, scope, about, &spot)?,
            }
        }
        Ok(())
    }

    pub(super) fn resource(
        &mut self,
        resource: &'a Reference,
        spot: &Spot<'a>,
    ) -> Result<(), Refusal> {
        let id = resource.id.as_str();
        if self.done.contains(&id) {
            return Ok(());
        }
        self.done.push(id);
        let candidates = self
            .surroundings
            .rules
            .for_resource(id, self.surroundings.now);
        let scope = self.scope(Some(id), &spot.given);
        let rules = self.applying(candidates, &scope, &[])?;
        let mut below = spot.clone();
        below.path.push(format!("resource specification {id}"));
        let replaced = rules.iter().any(|rule| rule.replaces);
        for rule in rules {
            self.found.requirements.extend(&rule.requires);
            self.outputs(rule, &scope, Some(id), &below)?;
        }
        if !replaced {
            self.plain(
                NodeKind::ResourceOrder,
                id,
                resource.name.as_deref(),
                &[],
                below,
            );
        }
        Ok(())
    }
}

fn categories(offering: Option<&Offering>, product: Option<&ProductSpecification>) -> Vec<String> {
    let offered = offering.map_or(&[][..], |o| &o.categories);
    let specified = product.map_or(&[][..], |p| &p.categories);
    offered
        .iter()
        .chain(specified)
        .map(|c| c.id.clone())
        .collect()
}
