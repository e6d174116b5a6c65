//! The tree of categories.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::fixture::{Catalog, Policies, STRICT, conflict_at, invalid_at, problem};
use crate::domain::mode::Mode;
use crate::domain::problem::Code;

fn below(parent: &str) -> Value {
    json!({ "name": "n", "parentId": parent })
}

#[test]
fn a_category_does_not_stand_above_itself() {
    let catalog = Catalog::strict();
    catalog.bare("category", "a");
    catalog.create("category", "b", below("a")).unwrap();
    catalog.create("category", "c", below("b")).unwrap();
    let refusal = problem(catalog.patch("category", "a", json!({ "parentId": "c" })));
    assert_eq!(refusal.code, Code::Conflict);
    assert!(
        refusal.message.contains("b > c > a > b"),
        "{}",
        refusal.message
    );
    conflict_at(
        catalog.patch("category", "a", json!({ "parentId": "a" })),
        &["/parent"],
    );
    assert!(catalog.stored("category", "a").get("parent").is_none());
    catalog
        .patch("category", "c", json!({ "parentId": "a" }))
        .unwrap();
}

#[test]
fn lists_of_sub_categories_make_the_tree_too() {
    let catalog = Catalog::strict();
    for id in ["a", "b", "c"] {
        catalog.bare("category", id);
    }
    catalog
        .patch("category", "a", json!({ "subCategory": [{ "id": "b" }] }))
        .unwrap();
    catalog
        .patch("category", "b", json!({ "subCategory": [{ "id": "c" }] }))
        .unwrap();
    let closes = json!({ "subCategory": [{ "id": "a" }] });
    conflict_at(catalog.patch("category", "c", closes), &["/subCategory"]);
    conflict_at(
        catalog.patch("category", "a", json!({ "parentId": "c" })),
        &["/parent"],
    );
    // The same link told from both ends is one link.
    catalog
        .patch("category", "c", json!({ "parentId": "b" }))
        .unwrap();
    // With the link gone, the way is free.
    catalog
        .patch("category", "a", json!({ "subCategory": [] }))
        .unwrap();
    catalog
        .patch("category", "a", json!({ "parentId": "c" }))
        .unwrap();
}

#[test]
fn dangling_links_close_no_circle_when_their_end_appears() {
    let catalog = Catalog::with(Policies {
        references: Mode::Warn,
        ..STRICT
    });
    catalog.create("category", "a", below("later")).unwrap();
    conflict_at(
        catalog.create("category", "later", below("a")),
        &["/parent"],
    );
    let both = json!({ "name": "n", "parentId": "x", "subCategory": [{ "id": "x" }] });
    conflict_at(catalog.create("category", "b", both), &["/parent"]);
}

#[test]
fn history_does_not_count() {
    let catalog = Catalog::strict();
    catalog.bare("category", "a");
    let old = json!({ "name": "n", "version": "1", "parentId": "a", "lifecycleStatus": "Retired" });
    catalog.create("category", "b", old).unwrap();
    catalog
        .create("category", "b", json!({ "name": "n", "version": "2" }))
        .unwrap();
    catalog
        .patch("category", "a", json!({ "parentId": "b" }))
        .unwrap();
}

#[test]
fn what_has_a_parent_is_no_root() {
    let catalog = Catalog::strict();
    catalog.bare("category", "a");
    let both = json!({ "name": "n", "isRoot": true, "parentId": "a" });
    invalid_at(catalog.create("category", "b", both), &["/isRoot"]);
    catalog
        .create("category", "c", json!({ "name": "n", "isRoot": false }))
        .unwrap();
    catalog
        .create("category", "d", json!({ "name": "n", "isRoot": true }))
        .unwrap();
    invalid_at(
        catalog.patch("category", "d", json!({ "parentId": "a" })),
        &["/isRoot"],
    );
    let doc = catalog.create("category", "e", below("a")).unwrap();
    assert!(doc.get("isRoot").is_none());
}

const SIZE: usize = 5;

/// A category gets a new parent or a new list of sub-categories.
#[derive(Clone, Debug)]
enum Move {
    Parent(usize, Option<usize>),
    Lists(usize, Vec<usize>),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let parent = (0..SIZE, proptest::option::of(0..SIZE)).prop_map(|(c, p)| Move::Parent(c, p));
    let lists =
        (0..SIZE, proptest::collection::vec(0..SIZE, 0..3)).prop_map(|(c, s)| Move::Lists(c, s));
    proptest::collection::vec(prop_oneof![2 => parent, 1 => lists], 1..14)
}

/// What the tree should be, kept beside it.
#[derive(Clone, Default)]
struct Model {
    parent: [Option<usize>; SIZE],
    lists: [Vec<usize>; SIZE],
}

impl Model {
    fn apply(&mut self, change: &Move) {
        match change {
            Move::Parent(category, parent) => self.parent[*category] = *parent,
            Move::Lists(category, below) => self.lists[*category] = below.clone(),
        }
    }

    fn has_circle(&self) -> bool {
        let mut above = [[false; SIZE]; SIZE];
        for (one, parents) in above.iter_mut().enumerate() {
            if let Some(parent) = self.parent[one] {
                parents[parent] = true;
            }
            (0..SIZE).for_each(|lister| parents[lister] |= self.lists[lister].contains(&one));
        }
        for over in 0..SIZE {
            for from in 0..SIZE {
                for to in 0..SIZE {
                    above[from][to] |= above[from][over] && above[over][to];
                }
            }
        }
        (0..SIZE).any(|one| above[one][one])
    }
}

fn id(number: usize) -> String {
    format!("c{number}")
}

fn run(catalog: &Catalog, change: &Move) -> bool {
    let (category, patch) = match change {
        Move::Parent(category, parent) => (category, json!({ "parentId": parent.map(id) })),
        Move::Lists(category, below) => {
            let list: Vec<Value> = below.iter().map(|one| json!({ "id": id(*one) })).collect();
            (category, json!({ "subCategory": list }))
        }
    };
    match catalog.patch("category", &id(*category), patch) {
        Ok(_) => true,
        Err(problem) => {
            assert_eq!(problem.code, Code::Conflict, "{problem}");
            false
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Exactly those moves are refused that would close a circle.
    #[test]
    fn no_sequence_of_moves_makes_a_circle(moves in moves()) {
        let catalog = Catalog::strict();
        (0..SIZE).for_each(|number| { catalog.bare("category", &id(number)); });
        let mut model = Model::default();
        for change in &moves {
            let mut after = model.clone();
            after.apply(change);
            prop_assert_eq!(run(&catalog, change), !after.has_circle(), "{:?}", change);
            if !after.has_circle() {
                model = after;
            }
        }
    }
}
