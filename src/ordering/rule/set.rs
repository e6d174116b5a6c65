//! The rules of an operator, ordered and indexed, so that an order asks only those that may apply.

use std::collections::HashMap;
use std::sync::Arc;

use super::types::{OutputKind, Rule, Subject};
use crate::domain::clock::Micros;
use crate::domain::version;
use crate::ordering::plan::NodeKind;

/// All rules. Made anew when a rule changes, shared by all orders that are planned meanwhile.
#[derive(Clone, Debug, Default)]
pub struct RuleSet {
    /// By priority, then id, then newest version first.
    rules: Vec<Arc<Rule>>,
    /// For each rule, the newer versions of the same id.
    newer: Vec<Vec<usize>>,
    by_product: HashMap<String, Vec<usize>>,
    by_offering: HashMap<String, Vec<usize>>,
    by_category: HashMap<String, Vec<usize>>,
    by_service: HashMap<String, Vec<usize>>,
    by_resource: HashMap<String, Vec<usize>>,
    /// Rules about items that name nothing of the catalog.
    general: Vec<usize>,
    named_services: Vec<String>,
}

impl RuleSet {
    /// Orders and indexes rules; those that are not active are left out.
    pub fn new(rules: Vec<Rule>) -> Self {
        let mut rules: Vec<Arc<Rule>> = rules
            .into_iter()
            .filter(|rule| rule.is_active)
            .map(Arc::new)
            .collect();
        rules.sort_by(|a, b| {
            let id = (a.priority, &a.id).cmp(&(b.priority, &b.id));
            id.then_with(|| version::compare(&b.version, &a.version))
        });
        let mut set = RuleSet {
            newer: newer_versions(&rules),
            ..RuleSet::default()
        };
        for (index, rule) in rules.iter().enumerate() {
            set.file(index, rule);
            set.note_services(rule);
        }
        set.rules = rules;
        set
    }

    fn note_services(&mut self, rule: &Rule) {
        for output in &rule.produce {
            let is_service = matches!(
                output.kind,
                OutputKind::Service | OutputKind::Node(NodeKind::ServiceOrder)
            );
            let named = output.specification.as_ref().filter(|_| is_service);
            if let Some(id) = named.filter(|id| !self.named_services.contains(id)) {
                self.named_services.push(id.clone());
            }
        }
    }

    /// Files a rule under what it names first in the order product, offering, category: one index
    /// suffices, the rule itself asks the rest.
    fn file(&mut self, index: usize, rule: &Rule) {
        let when = &rule.when;
        let (shelf, ids) = match when.subject() {
            Subject::Service => (&mut self.by_service, &when.services),
            Subject::Resource => (&mut self.by_resource, &when.resources),
            Subject::Item if !when.products.is_empty() => (&mut self.by_product, &when.products),
            Subject::Item if !when.offerings.is_empty() => (&mut self.by_offering, &when.offerings),
            Subject::Item if !when.categories.is_empty() => {
                (&mut self.by_category, &when.categories)
            }
            Subject::Item => {
                self.general.push(index);
                return;
            }
        };
        for id in ids {
            let filed = shelf.entry(id.clone()).or_default();
            if filed.last() != Some(&index) {
                filed.push(index);
            }
        }
    }

    /// Service specifications that outputs name, each once: planning needs them besides those that
    /// the catalog refers to.
    pub fn named_services(&self) -> impl Iterator<Item = &str> {
        self.named_services.iter().map(String::as_str)
    }

    /// All rules, ordered.
    pub fn rules(&self) -> &[Arc<Rule>] {
        &self.rules
    }

    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// Rules that may apply to an item, in the order in which they count.
    pub fn for_item(
        &self,
        specification: Option<&str>,
        offering: Option<&str>,
        categories: &[String],
        now: Micros,
    ) -> Vec<&Rule> {
        let on = |shelf: &'_ HashMap<String, Vec<usize>>, id: Option<&str>| {
            id.and_then(|id| shelf.get(id)).cloned().unwrap_or_default()
        };
        let mut found = on(&self.by_product, specification);
        found.extend(on(&self.by_offering, offering));
        if !self.by_category.is_empty() {
            for category in categories {
                found.extend(on(&self.by_category, Some(category)));
            }
        }
        found.extend_from_slice(&self.general);
        found.sort_unstable();
        found.dedup();
        self.valid(&found, now)
    }

    /// Rules that may apply to a service.
    pub fn for_service(&self, specification: &str, now: Micros) -> Vec<&Rule> {
        self.valid(
            self.by_service
                .get(specification)
                .map_or(&[], Vec::as_slice),
            now,
        )
    }

    /// Rules that may apply to a resource.
    pub fn for_resource(&self, specification: &str, now: Micros) -> Vec<&Rule> {
        self.valid(
            self.by_resource
                .get(specification)
                .map_or(&[], Vec::as_slice),
            now,
        )
    }

    fn valid(&self, indexes: &[usize], now: Micros) -> Vec<&Rule> {
        let is_valid = |index: usize| self.rules.get(index).is_some_and(|r| r.is_valid(now));
        let counts = |index: &&usize| {
            let newer = self.newer.get(**index).map_or(&[][..], Vec::as_slice);
            is_valid(**index) && !newer.iter().any(|newer| is_valid(*newer))
        };
        let counting = indexes.iter().filter(counts);
        counting
            .filter_map(|i| self.rules.get(*i))
            .map(Arc::as_ref)
            .collect()
    }
}

fn newer_versions(rules: &[Arc<Rule>]) -> Vec<Vec<usize>> {
    let mut by_id: HashMap<&str, Vec<usize>> = HashMap::new();
    for (index, rule) in rules.iter().enumerate() {
        by_id.entry(&rule.id).or_default().push(index);
    }
    let newer_than = |rule: &Rule| {
        let same = by_id.get(rule.id.as_str()).map_or(&[][..], Vec::as_slice);
        let newer = same.iter().copied().filter(|other| {
            rules
                .get(*other)
                .is_some_and(|other| version::compare(&other.version, &rule.version).is_gt())
        });
        newer.collect()
    };
    rules.iter().map(|rule| newer_than(rule)).collect()
}
