//! The plan finds what the descriptors declare.

use serde_json::json;

use crate::api::generated::APIS;
use crate::behaviour::plan::Plan;
use crate::behaviour::survey::{Mention, Survey};
use crate::engine::Registry;

/// Every indexed reference of every kind is on the plan, with the kinds the index names: a document
/// with nothing but that path has exactly that reference. Of several kinds `@referredType` names one.
#[test]
fn every_indexed_reference_is_on_the_plan() {
    let registry = Registry::new(APIS);
    let plan = Plan::new(&registry);
    let mut seen = 0;
    for resource in APIS.iter().flat_map(|api| api.resources.iter()) {
        let root = plan.root(resource.kind).expect("a root");
        for index in resource.indexes {
            for &kind in index.targets {
                let class = registry.canonical(kind).expect("a kind").entity.name;
                let reference = match index.targets {
                    [_] => json!({ "id": "x" }),
                    _ => json!({ "id": "x", "@referredType": class }),
                };
                let path = index.path.split('.').rev().skip(1);
                let doc = path.fold(reference, |inner, name| json!({ name: [inner] }));
                let found = Survey::mentions(&plan, root, &doc);
                let same = |mention: &Mention<'_>| mention.is_same(kind, "x", None);
                assert!(found.iter().any(same), "{} {}", resource.kind, index.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 10, "only {seen} references in the tables");
}

#[test]
fn documents_without_references_are_not_searched_in_vain() {
    let plan = Plan::new(&Registry::new(APIS));
    let root = plan.root("productOffering").unwrap();
    for name in ["name", "description", "x-own", "externalIdentifier"] {
        assert!(plan.child(root, name).is_none(), "{name}");
    }
    for name in [
        "category",
        "validFor",
        "productOfferingPrice",
        "bundledGroupProductOffering",
    ] {
        assert!(plan.child(root, name).is_some(), "{name}");
    }
}

#[test]
fn class_names_of_all_versions_name_a_kind() {
    let plan = Plan::new(&Registry::new(APIS));
    let classes = plan.classes();
    let kind_of = |class| classes.kind_of(class);
    assert_eq!(kind_of("Catalog"), Some("productCatalog"));
    assert_eq!(kind_of("ProductCatalog"), Some("productCatalog"));
    assert_eq!(kind_of("Customer"), Some("customer"));
    assert_eq!(kind_of("Supplier"), Some("partyRole"));
    assert_eq!(kind_of("Party"), None);
    assert_eq!(kind_of("EntityRef"), None);
    let kinds = |class| classes.get(class).map(|class| class.kinds.as_slice());
    assert_eq!(kinds("Party"), Some(&["individual", "organization"][..]));
    assert_eq!(kinds("PartyRole"), Some(&["partyRole", "customer"][..]));
    assert_eq!(kinds("Account").map(<[_]>::len), Some(4));
    assert_eq!(kinds("Entity"), None);
}
