//! What rules are about: which products reach which services and resources.

use std::collections::{BTreeSet, HashMap};

use crate::ordering::catalog::{Catalog, Characteristic, ProductSpecification};
use crate::ordering::rule::{Output, OutputKind, Rule, Subject};

/// Ids of product specifications.
pub type Products<'a> = BTreeSet<&'a str>;

/// Rules and catalog, and what follows from them.
pub struct World<'a> {
    pub rules: &'a [&'a Rule],
    pub catalog: &'a Catalog,
    /// For each service and resource the products that reach it.
    reached: HashMap<&'a str, Products<'a>>,
    /// Characteristics that outputs supply or hand down.
    made: BTreeSet<&'a str>,
}

impl<'a> World<'a> {
    pub fn new(rules: &'a [&'a Rule], catalog: &'a Catalog) -> Self {
        let mut world = World {
            rules,
            catalog,
            reached: HashMap::new(),
            made: BTreeSet::new(),
        };
        for output in rules.iter().flat_map(|rule| &rule.produce) {
            world
                .made
                .extend(output.supplies.iter().map(String::as_str));
            if output.kind == OutputKind::Service {
                world
                    .made
                    .extend(output.mappings.iter().map(|m| m.name.as_str()));
            }
        }
        for product in catalog.specifications.values() {
            world.follow(product);
        }
        world
    }

    /// Notes everything that a product reaches.
    fn follow(&mut self, product: &'a ProductSpecification) {
        let mut next: Vec<&'a str> = Vec::new();
        next.extend(product.services.iter().map(|service| service.id.as_str()));
        next.extend(
            product
                .resources
                .iter()
                .map(|resource| resource.id.as_str()),
        );
        for rule in self.rules {
            let is_about = rule.when.subject() == Subject::Item
                && self.products_of_item(rule).contains(product.id.as_str());
            if is_about {
                next.extend(services(rule));
            }
        }
        while let Some(id) = next.pop() {
            if !self.reached.entry(id).or_default().insert(&product.id) {
                continue;
            }
            if let Some(service) = self.catalog.services.get(id) {
                next.extend(service.relations.iter().map(|r| r.to.id.as_str()));
                next.extend(service.resources.iter().map(|r| r.id.as_str()));
            }
            for rule in self.rules {
                if rule
                    .when
                    .services
                    .iter()
                    .chain(&rule.when.resources)
                    .any(|own| own == id)
                {
                    next.extend(services(rule));
                }
            }
        }
    }

    fn products_of_item(&self, rule: &'a Rule) -> Products<'a> {
        let when = &rule.when;
        let all = self.catalog.specifications.values();
        let fits = |product: &&'a std::sync::Arc<ProductSpecification>| {
            let sold = || {
                let offerings = self.catalog.offerings.values();
                offerings.filter(|offering| {
                    offering
                        .specification
                        .as_ref()
                        .is_some_and(|s| s.id == product.id)
                })
            };
            let in_category = |categories: &[crate::ordering::catalog::Reference]| {
                categories.iter().any(|c| when.categories.contains(&c.id))
            };
            (when.products.is_empty() || when.products.contains(&product.id))
                && (when.offerings.is_empty() || sold().any(|o| when.offerings.contains(&o.id)))
                && (when.categories.is_empty()
                    || in_category(&product.categories)
                    || sold().any(|o| in_category(&o.categories)))
        };
        all.filter(fits)
            .map(|product| product.id.as_str())
            .collect()
    }

    /// The products that a rule may be asked about.
    pub fn products(&self, rule: &'a Rule) -> Products<'a> {
        let when = &rule.when;
        if when.subject() == Subject::Item {
            return self.products_of_item(rule);
        }
        let about = when.services.iter().chain(&when.resources);
        let reached = about.filter_map(|id| self.reached.get(id.as_str()));
        let named =
            |id: &&'a str| when.products.is_empty() || when.products.iter().any(|p| p == id);
        reached.flatten().copied().filter(named).collect()
    }

    /// The products that reach a service or resource.
    pub fn reaching(&self, id: &str) -> Option<&Products<'a>> {
        self.reached.get(id)
    }

    /// The definitions of a characteristic in products; `None` for one that lacks it.
    pub fn definitions<'w>(
        &'w self,
        products: &'w Products<'a>,
        name: &'w str,
    ) -> impl Iterator<Item = Option<&'w Characteristic>> + 'w {
        let known = products
            .iter()
            .filter_map(|id| self.catalog.specifications.get(*id));
        known.map(move |product| product.characteristic(name))
    }

    /// Whether a product of these has a characteristic, or an output makes one of that name.
    pub fn has_source(&self, products: &Products<'a>, name: &str) -> bool {
        self.made.contains(name)
            || self
                .definitions(products, name)
                .any(|found| found.is_some())
            || self.offered(products, name)
    }

    /// Characteristics of offerings themselves.
    fn offered(&self, products: &Products<'a>, name: &str) -> bool {
        self.catalog.offerings.values().any(|offering| {
            let of = offering.specification.as_ref();
            of.is_some_and(|of| products.contains(of.id.as_str()))
                && offering.characteristics.iter().any(|c| c.name == name)
        })
    }

    /// Whether a name is that of an output, or of what an output is about, in any rule.
    pub fn is_name(&self, name: &str) -> bool {
        self.reached.contains_key(name) || self.outputs().any(|output| is_named(output, name))
    }

    fn outputs(&self) -> impl Iterator<Item = &'a Output> + '_ {
        self.rules.iter().flat_map(|rule| &rule.produce)
    }
}

/// Whether others may refer to an output by a name.
pub fn is_named(output: &Output, name: &str) -> bool {
    output.name == name || output.specification.as_deref() == Some(name)
}

/// The services that a rule decomposes further.
pub fn services(rule: &Rule) -> impl Iterator<Item = &str> {
    let outputs = rule.produce.iter();
    let services = outputs.filter(|output| output.kind == OutputKind::Service);
    services.filter_map(|output| output.specification.as_deref())
}
