//! The sample operator for planning: its catalog, rules and orders, and what completed orders leave
//! in the inventory.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::clock::Micros;
use crate::ordering::catalog::{
    Catalog, Offering, Price, ProductSpecification, ServiceSpecification,
};
use crate::ordering::inventory::{Installed, Inventory, Realizing};
use crate::ordering::order::{Action, Characteristic, Order};
use crate::ordering::plan::validate::Settings;
use crate::ordering::plan::{NodeKind, Plan, Planned, Source, plan};
use crate::ordering::rule::{Rule, RuleSet};

pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn records(file: &str) -> Vec<Value> {
    let path = Path::new("sample").join(file);
    let text = fs::read_to_string(root().join(path)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

/// When everything of the sample is sold.
pub fn now() -> Micros {
    Micros::parse("2026-06-01T12:00:00Z").unwrap()
}

pub struct Sample {
    pub catalog: Catalog,
    pub rules: RuleSet,
    pub orders: Vec<Order>,
}

impl Sample {
    pub fn load() -> Self {
        let mut catalog = Catalog::default();
        for file in ["catalog/offerings.json", "catalog/bundles.json"] {
            for record in records(file) {
                let offering = Offering::compile(&id(&record), &record);
                catalog.offerings.insert(id(&record), Arc::new(offering));
            }
        }
        for record in records("catalog/specifications.json") {
            let specification = ProductSpecification::compile(&id(&record), &record);
            catalog
                .specifications
                .insert(id(&record), Arc::new(specification));
        }
        for record in records("catalog/prices.json") {
            let price = Price::compile(&id(&record), &record);
            catalog.prices.insert(id(&record), Arc::new(price));
        }
        for record in records("ordering/service_specifications.json") {
            let service = ServiceSpecification::compile(&id(&record), &record);
            catalog.services.insert(id(&record), Arc::new(service));
        }
        let orders = records("ordering/orders.json");
        let orders = orders
            .iter()
            .map(|record| Order::read(&id(record), record, now()));
        Sample {
            catalog,
            rules: RuleSet::new(rules()),
            orders: orders.collect(),
        }
    }

    pub fn plan(&self, order: &Order, inventory: &Inventory) -> Planned {
        let settings = Settings::default();
        plan(
            order,
            1,
            &self.catalog,
            inventory,
            &self.rules,
            &settings,
            now(),
        )
    }

    /// The products that the orders of the sample change, as if those that made them were done.
    pub fn inventory_for(&self, order: &Order) -> Inventory {
        let named = order
            .items
            .iter()
            .filter_map(|item| item.product.as_ref()?.id.clone());
        let named: Vec<String> = named.collect();
        let mut inventory = Inventory::default();
        if named.is_empty() {
            return inventory;
        }
        for earlier in self.orders.iter().take_while(|other| other.id != order.id) {
            if let Planned::Plan(plan) = self.plan(earlier, &Inventory::default()) {
                let makes = |id: &String| plan.items.iter().any(|i| i.product.as_ref() == Some(id));
                if named.iter().any(makes) {
                    complete(earlier, &plan, &mut inventory);
                }
            }
        }
        inventory
    }
}

pub fn rules() -> Vec<Rule> {
    let compiled = records("ordering/rules.json").into_iter().map(|record| {
        Rule::compile(&id(&record), &record).unwrap_or_else(|v| panic!("{}: {v:?}", id(&record)))
    });
    compiled.collect()
}

/// Writes what a plan leaves behind when it is done.
pub fn complete(order: &Order, plan: &Plan, inventory: &mut Inventory) {
    for (index, item) in plan.items.iter().enumerate() {
        let Some(id) = item.product.clone().filter(|_| item.action == Action::Add) else {
            continue;
        };
        let mut product = Installed {
            id: id.clone(),
            status: "active".to_owned(),
            offering: item.offering.clone(),
            specification: item.specification.clone(),
            characteristics: item.characteristics.clone(),
            ..Installed::default()
        };
        let ordered = order
            .items
            .get(index)
            .and_then(|item| item.product.as_ref());
        product.places = ordered.map_or_else(Vec::new, |product| product.places.clone());
        for node in plan.nodes.iter().filter(|node| node.item == index) {
            for name in &node.supplies {
                product.characteristics.push(Characteristic {
                    name: name.clone(),
                    value: result(&node.key, name),
                });
            }
            if matches!(node.kind, NodeKind::ServiceOrder | NodeKind::ResourceOrder) {
                product.services.push(Realizing {
                    id: format!("service {}", node.key),
                    specification: node.specification.as_ref().map(|s| s.id.clone()),
                    node: Some(node.key.clone()),
                    target: node.target.clone(),
                    characteristics: node.settings.iter().map(known).collect(),
                });
            }
        }
        inventory.products.insert(id, product);
    }
    for item in &plan.items {
        let parent = item.parent.and_then(|parent| plan.items.get(parent));
        let whole = parent.and_then(|p| p.product.clone());
        if let (Some(whole), Some(part)) = (whole, &item.product) {
            let whole = inventory.products.get_mut(&whole).unwrap();
            whole
                .relationships
                .push(("bundles".to_owned(), part.clone()));
        }
    }
}

fn result(key: &str, name: &str) -> Value {
    json!(format!("{name} of {key}"))
}

fn known(setting: &crate::ordering::plan::Setting) -> Characteristic {
    Characteristic {
        name: setting.name.clone(),
        value: match &setting.source {
            Source::Value(value) => value.clone(),
            Source::Result { node, name } => result(node, name),
        },
    }
}
