//! Planning in the small: a catalog of a few entries, rules written in place.

use std::sync::Arc;

use serde_json::{Value, json};

use super::fixture::now;
use crate::ordering::catalog::{Catalog, Offering, ProductSpecification, ServiceSpecification};
use crate::ordering::inventory::{Installed, Inventory, Realizing};
use crate::ordering::order::{Characteristic, Order};
use crate::ordering::plan::validate::Settings;
use crate::ordering::plan::{Compensation, NodeKind, Plan, Planned, Source, plan, render};
use crate::ordering::rule::{Rule, RuleSet};

/// Products `p` and `q` with a number `speed` and a text `kind`, made of `cfs-p` and `cfs-q`.
fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for id in ["p", "q"] {
        let specification = json!({
            "productSpecCharacteristic": [
                { "name": "speed", "valueType": "integer" },
                { "name": "kind", "valueType": "string" },
            ],
            "serviceSpecification": [{ "id": format!("cfs-{id}") }],
        });
        let specification = ProductSpecification::compile(id, &specification);
        catalog
            .specifications
            .insert(id.to_owned(), Arc::new(specification));
        let offering = json!({
            "name": id.to_uppercase(),
            "lifecycleStatus": "Active",
            "productSpecification": { "id": id },
            "productOfferingRelationship": [
                { "id": "p", "relationshipType": "migration" },
                { "id": "q", "relationshipType": "migration" },
            ],
        });
        let offering = Offering::compile(id, &offering);
        catalog.offerings.insert(id.to_owned(), Arc::new(offering));
    }
    for (id, service) in [
        (
            "cfs-p",
            json!({
                "@type": "CustomerFacingServiceSpecification",
                "specCharacteristic": [
                    { "name": "speed" },
                    { "name": "class", "characteristicValueSpecification": [{ "value": "b", "isDefault": true }] },
                ],
                "serviceSpecRelationship": [{ "id": "rfs", "relationshipType": "dependency" }],
                "resourceSpecification": [{ "id": "res-port" }],
            }),
        ),
        (
            "cfs-q",
            json!({ "serviceSpecRelationship": [{ "id": "rfs", "relationshipType": "contains" }] }),
        ),
        (
            "rfs",
            json!({ "@type": "ResourceFacingServiceSpecification" }),
        ),
    ] {
        let service = ServiceSpecification::compile(id, &service);
        catalog.services.insert(id.to_owned(), Arc::new(service));
    }
    catalog
}

fn rule(id: &str, when: Value, produce: Value) -> Value {
    json!({ "id": id, "name": id, "version": "1", "when": when, "produce": produce })
}

fn order(items: Value) -> Order {
    Order::read("o", &json!({ "productOrderItem": items }), now())
}

fn planned(order: &Order, inventory: &Inventory, rules: &[Value]) -> Planned {
    let compiled = rules.iter().map(|rule| {
        let id = rule["id"].as_str().unwrap();
        Rule::compile(id, rule).unwrap_or_else(|v| panic!("{v:?}"))
    });
    let rules = RuleSet::new(compiled.collect());
    plan(
        order,
        1,
        &catalog(),
        inventory,
        &rules,
        &Settings::default(),
        now(),
    )
}

fn made(order: &Order, inventory: &Inventory, rules: &[Value]) -> Plan {
    match planned(order, inventory, rules) {
        Planned::Plan(plan) => plan,
        other => panic!("{other:?}"),
    }
}

fn add(id: &str, offering: &str, characteristics: Value) -> Value {
    let each = characteristics.as_object().unwrap().iter();
    let each: Vec<Value> = each
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "id": id, "action": "add", "productOffering": { "id": offering },
        "product": { "productCharacteristic": each },
    })
}

fn modify(characteristics: Value, offering: Option<&str>) -> Value {
    let mut item = add("m", "p", characteristics);
    item["action"] = json!("modify");
    item["product"]["id"] = json!("pp");
    match offering {
        Some(offering) => item["productOffering"]["id"] = json!(offering),
        None => drop(item.as_object_mut().unwrap().remove("productOffering")),
    }
    item
}

fn characteristic(name: &str, value: Value) -> Characteristic {
    let name = name.to_owned();
    Characteristic { name, value }
}

/// Product `pp` with services that nodes of another order made.
fn installed(services: &[(&str, &str, Value)]) -> Inventory {
    let realizing = |(id, spec, own): &(&str, &str, Value)| Realizing {
        id: (*id).to_owned(),
        specification: Some((*spec).to_owned()),
        node: Some(format!("old/item:{id}")),
        target: Some("legacy".to_owned()),
        characteristics: own
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, value)| characteristic(name, value.clone()))
            .collect(),
    };
    let product = Installed {
        id: "pp".to_owned(),
        status: "active".to_owned(),
        offering: Some("p".to_owned()),
        specification: Some("p".to_owned()),
        characteristics: vec![
            characteristic("speed", json!(10)),
            characteristic("kind", json!("a")),
        ],
        services: services.iter().map(realizing).collect(),
        ..Installed::default()
    };
    let mut inventory = Inventory::default();
    inventory.products.insert("pp".to_owned(), product);
    inventory
}

fn keys(plan: &Plan) -> Vec<String> {
    let shown = |node: &crate::ordering::plan::Node| format!("{} {}", node.action.name(), node.key);
    plan.nodes.iter().map(shown).collect()
}

fn after<'p>(plan: &'p Plan, key: &str) -> Vec<&'p str> {
    let node = plan.nodes.iter().find(|node| node.key == key).unwrap();
    node.after
        .iter()
        .map(|place| plan.nodes[*place].key.as_str())
        .collect()
}

#[test]
fn the_catalog_alone_makes_a_plan() {
    let plan = made(
        &order(json!([add("1", "p", json!({ "speed": 5 }))])),
        &Inventory::default(),
        &[],
    );
    assert_eq!(
        keys(&plan),
        [
            "add 1:rfs",
            "add 1:res-port",
            "add 1:cfs-p",
            "add 1:product",
            "add 1:billing"
        ]
    );
    assert_eq!(after(&plan, "1:cfs-p"), ["1:rfs", "1:res-port"]);
    let service = &plan.nodes[2];
    assert_eq!(
        (service.kind, service.target.as_deref()),
        (NodeKind::ServiceOrder, Some("default"))
    );
    let settings: Vec<_> = service
        .settings
        .iter()
        .map(|s| (s.name.as_str(), &s.source))
        .collect();
    let value = |value: Value| Source::Value(value);
    assert_eq!(
        settings,
        [("speed", &value(json!(5))), ("class", &value(json!("b")))]
    );
}

#[test]
fn rules_add_to_the_catalog_or_replace_it() {
    let task = json!([{ "name": "task", "kind": "manualTask", "after": ["cfs-p"] }]);
    let when = json!({ "productSpecification": ["p"], "characteristic": [{ "name": "speed", "atLeast": 5 }] });
    let mut beside = rule("beside", when.clone(), task.clone());
    beside["replaces"] = json!(false);
    let fast = order(json!([add("1", "p", json!({ "speed": 5 }))]));
    let slow = order(json!([add("1", "p", json!({ "speed": 4 }))]));
    let plan = made(&fast, &Inventory::default(), &[beside.clone()]);
    assert_eq!(after(&plan, "1:task"), ["1:cfs-p"]);
    assert_eq!(
        keys(&made(&slow, &Inventory::default(), &[beside])).len(),
        5
    );
    let plan = made(&fast, &Inventory::default(), &[rule("instead", when, task)]);
    assert_eq!(
        keys(&plan),
        ["add 1:task", "add 1:product", "add 1:billing"]
    );
    let because = &plan.nodes[0].because;
    assert_eq!(because.rule.as_deref(), Some("instead 1"));
    assert_eq!(
        because.path,
        ["offering p", "product specification p", "rule instead 1"]
    );
}

#[test]
fn circles_are_named() {
    let produce = json!([
        { "name": "a", "kind": "manualTask", "after": ["b"] },
        { "name": "b", "kind": "manualTask", "after": ["a"] },
    ]);
    let one = order(json!([add("1", "p", json!({}))]));
    let Planned::Rejected(refusals) = planned(
        &one,
        &Inventory::default(),
        &[rule("r", json!({}), produce)],
    ) else {
        panic!("a circle was planned");
    };
    assert_eq!(refusals[0].code, "planCircle");
    assert!(
        refusals[0].message.contains("1:a > 1:b > 1:a"),
        "{}",
        refusals[0].message
    );

    let mut items = [add("1", "p", json!({})), add("2", "q", json!({}))];
    items[0]["productOrderItemRelationship"] =
        json!([{ "id": "2", "relationshipType": "reliesOn" }]);
    items[1]["productOrderItemRelationship"] =
        json!([{ "id": "1", "relationshipType": "requires" }]);
    let planned_items = planned(&order(json!(items)), &Inventory::default(), &[]);
    let Planned::Rejected(refusals) = planned_items else {
        panic!("a circle was planned");
    };
    assert!(refusals[0].message.contains("1:product") && refusals[0].message.contains("2:product"));

    let within = |of: &str, part: &str| {
        rule(
            of,
            json!({ "serviceSpecification": [of] }),
            json!([{ "name": "x", "kind": "service", "specification": part }]),
        )
    };
    let rules = [within("cfs-p", "rfs"), within("rfs", "cfs-p")];
    let Planned::Rejected(refusals) = planned(&one, &Inventory::default(), &rules) else {
        panic!("a circle was planned");
    };
    assert_eq!(
        refusals[0].message,
        "services are made of themselves: cfs-p > rfs > cfs-p"
    );
}

#[test]
fn rules_that_fail_reject_the_order() {
    let produce = json!([{ "name": "a", "kind": "manualTask", "characteristic": [
        { "name": "x", "lookup": { "by": "characteristic.kind", "table": { "a": 1 } } },
    ] }]);
    let one = order(json!([add("1", "p", json!({ "kind": "z" }))]));
    let Planned::Rejected(refusals) = planned(
        &one,
        &Inventory::default(),
        &[rule("r", json!({}), produce)],
    ) else {
        panic!("it was planned");
    };
    assert_eq!(
        (refusals[0].item.as_str(), refusals[0].code.as_str()),
        ("1", "ruleFailed")
    );
    assert_eq!(
        refusals[0].message,
        "rule r 1, output a, characteristic x: the table has no entry for `z`"
    );
}

#[test]
fn several_pieces_are_several_products() {
    let mut three = add("1", "p", json!({}));
    three["quantity"] = json!(3);
    let mut other = add("2", "q", json!({}));
    other["productOrderItemRelationship"] = json!([{ "id": "1", "relationshipType": "reliesOn" }]);
    let plan = made(&order(json!([three, other])), &Inventory::default(), &[]);
    let items: Vec<&str> = plan.items.iter().map(|item| item.id.as_str()).collect();
    assert_eq!(items, ["1", "2", "1#1", "1#2", "1#3"]);
    assert!(plan.items[0].product.is_none());
    let products: std::collections::HashSet<_> = plan.items[2..]
        .iter()
        .map(|item| item.product.clone().unwrap())
        .collect();
    assert_eq!(products.len(), 3);
    assert!(plan.nodes.iter().all(|node| node.item != 0));
    assert_eq!(
        after(&plan, "2:rfs"),
        ["1#1:product", "1#2:product", "1#3:product"]
    );
}

#[test]
fn only_what_changed_gets_work() {
    let services = [
        ("cfs-p", "cfs-p", json!({ "speed": 10, "class": "b" })),
        ("rfs", "rfs", json!({})),
    ];
    let inventory = installed(&services);
    let plan = made(
        &order(json!([modify(json!({ "kind": "z" }), None)])),
        &inventory,
        &[],
    );
    // Nothing is known of what resources got, so they are compared by what the rules say.
    assert_eq!(keys(&plan), ["modify m:res-port", "modify m:product"]);
    let plan = made(
        &order(json!([modify(json!({ "speed": 20 }), None)])),
        &inventory,
        &[],
    );
    let service = plan
        .nodes
        .iter()
        .find(|node| node.key == "m:cfs-p")
        .unwrap();
    assert_eq!(service.service.as_deref(), Some("cfs-p"));
    assert_eq!(service.target.as_deref(), Some("legacy"));
    assert_eq!(service.settings.len(), 1);
    assert_eq!(service.previous, [characteristic("speed", json!(10))]);
    assert_eq!(service.compensation, Compensation::Reverse);
}

#[test]
fn a_migration_adds_and_deletes_services() {
    let services = [
        ("cfs-p", "cfs-p", json!({ "speed": 10 })),
        ("rfs", "rfs", json!({})),
    ];
    let inventory = installed(&services);
    let plan = made(
        &order(json!([modify(json!({}), Some("q"))])),
        &inventory,
        &[],
    );
    let found = keys(&plan);
    assert!(found.contains(&"add m:cfs-q".to_owned()), "{found:?}");
    assert!(found.contains(&"delete m:cfs-p".to_owned()), "{found:?}");
    assert!(found.contains(&"delete m:res-port".to_owned()), "{found:?}");
    assert!(found.contains(&"modify m:billing".to_owned()), "{found:?}");
    // The service of the network stays: both are made of it.
    assert!(!found.iter().any(|key| key.ends_with(":rfs")), "{found:?}");
}

#[test]
fn what_is_replaced_goes_last() {
    let produce = json!([
        { "name": "sim", "kind": "resourceOrder", "specification": "res-sim", "onModify": "replace", "supplies": ["iccid"],
          "characteristic": [{ "name": "kind", "copy": "characteristic.kind" }] },
        { "name": "core", "kind": "serviceOrder", "specification": "cfs-p",
          "characteristic": [{ "name": "iccid", "result": { "node": "sim", "name": "iccid" } }] },
    ]);
    let rules = [rule("r", json!({ "productSpecification": ["p"] }), produce)];
    let mut inventory = installed(&[("core", "cfs-p", json!({ "iccid": "1" }))]);
    let product = inventory.products.get_mut("pp").unwrap();
    product
        .characteristics
        .push(characteristic("iccid", json!("1")));
    let plan = made(
        &order(json!([modify(json!({ "kind": "z" }), None)])),
        &inventory,
        &rules,
    );
    assert_eq!(
        keys(&plan),
        [
            "add m:sim",
            "modify m:core",
            "delete m:sim.old",
            "modify m:product"
        ]
    );
    assert_eq!(after(&plan, "m:sim.old"), ["m:sim", "m:core"]);
    let result = Source::Result {
        node: "m:sim".to_owned(),
        name: "iccid".to_owned(),
    };
    assert_eq!(plan.nodes[1].settings[0].source, result);
    // What is given back is what the product had.
    assert_eq!(plan.nodes[2].settings[0].source, Source::Value(json!("1")));
    // Another change leaves SIM and core alone.
    let plan = made(
        &order(json!([modify(json!({ "speed": 99 }), None)])),
        &inventory,
        &rules,
    );
    assert_eq!(keys(&plan), ["modify m:product"]);
}

#[test]
fn an_end_takes_down_what_was_built_last_first() {
    let services = [
        ("cfs-p", "cfs-p", json!({})),
        ("rfs", "rfs", json!({})),
        ("forgotten", "cfs-old", json!({ "x": 1 })),
    ];
    let mut item = modify(json!({}), None);
    item["action"] = json!("delete");
    let plan = made(&order(json!([item])), &installed(&services), &[]);
    let found = keys(&plan);
    assert_eq!(after(&plan, "m:rfs"), ["m:cfs-p"]);
    assert!(
        found.contains(&"delete m:forgotten".to_owned()),
        "{found:?}"
    );
    assert_eq!(
        found[found.len() - 2..],
        ["delete m:product", "delete m:billing"]
    );
    let forgotten = plan
        .nodes
        .iter()
        .find(|node| node.key == "m:forgotten")
        .unwrap();
    assert_eq!(forgotten.previous, [characteristic("x", json!(1))]);
}

#[test]
fn rules_decide_about_charging() {
    let produce = json!([{ "name": "free", "kind": "billing", "onAdd": "ignore" }]);
    let mut free = rule("free", json!({ "productOffering": ["p"] }), produce);
    free["replaces"] = json!(false);
    let plan = made(
        &order(json!([add("1", "p", json!({}))])),
        &Inventory::default(),
        &[free],
    );
    assert!(!keys(&plan).contains(&"add 1:billing".to_owned()));
}

#[test]
fn missing_information_makes_the_order_wait() {
    let mut needy = rule("r", json!({}), json!([]));
    needy["requires"] = json!([
        { "information": "appointment", "message": "Call us." },
        { "information": "characteristic", "name": "kind" },
        { "information": "place", "name": "site", "action": ["delete"] },
    ]);
    let one = order(json!([add("1", "p", json!({}))]));
    let Planned::Pending(missing) = planned(&one, &Inventory::default(), &[needy.clone()]) else {
        panic!("it does not wait");
    };
    let told: Vec<(&str, &str)> = missing
        .iter()
        .map(|m| (m.pointer.as_str(), m.message.as_str()))
        .collect();
    assert_eq!(told[0], ("/productOrderItem/0/appointment", "Call us."));
    assert_eq!(
        told[1].0,
        "/productOrderItem/0/product/productCharacteristic"
    );
    assert_eq!(told.len(), 2);
    let mut complete = add("1", "p", json!({ "kind": "a" }));
    complete["appointment"] = json!({ "id": "a" });
    made(&order(json!([complete])), &Inventory::default(), &[needy]);
}

#[test]
fn pictures_of_a_plan() {
    let plan = made(
        &order(json!([add("1", "p", json!({}))])),
        &Inventory::default(),
        &[],
    );
    let states = |place: usize| (place == 0).then(|| "completed".to_owned());
    let tree = render::tree(&plan, &states);
    assert!(tree.contains("\"rfs\" [completed]"), "{tree}");
    let dot = render::dot(&plan, &states);
    assert!(
        dot.contains("n0 -> n2;") && dot.contains("\\ncompleted\""),
        "{dot}"
    );
    let mermaid = render::mermaid(&plan, &states);
    assert!(
        mermaid.contains("n0 --> n2") && mermaid.contains("<br/>completed\"]"),
        "{mermaid}"
    );
}
