//! Small sources that keep or break the rules, so that the check itself cannot go blind.

use super::rules::{COMPOSERS, RULES, violations};

/// Path below `src/`, content, and a part of the one violation, if there is one.
type Sample = (&'static str, &'static str, Option<&'static str>);

const SAMPLES: &[Sample] = &[
    (
        "domain/a.rs",
        "\nuse crate::store::Store;",
        Some("src/domain/a.rs:2: `domain` must not use `store`"),
    ),
    (
        "domain/a.rs",
        "fn f() { crate::api::go() }",
        Some("`domain` must not use `api`"),
    ),
    (
        "api/a.rs",
        "use crate::{domain::x, store::{y, z}};",
        Some("`api` must not use `store`"),
    ),
    ("api/a.rs", "use crate::{domain::{store, x}, engine};", None),
    (
        "api/b/c.rs",
        "use super::super::super::event::E;",
        Some("`api` must not use `event`"),
    ),
    ("api/b/c.rs", "use super::super::event::E;", None),
    (
        "api/b/mod.rs",
        "use super::super::event::E;",
        Some("`api` must not use `event`"),
    ),
    ("api/b.rs", "mod x { use super::super::event::E; }", None),
    (
        "api/b.rs",
        "mod x { } use super::super::event::E;",
        Some("`api` must not use `event`"),
    ),
    (
        "rating/mod.rs",
        "use crate::billing;",
        Some("`rating` must not use `billing`"),
    ),
    (
        "engine/a.rs",
        "use crate as all;",
        Some("must not use `everything"),
    ),
    (
        "engine/a.rs",
        "use crate::*;",
        Some("must not use `everything"),
    ),
    (
        "store/a.rs",
        "pub(crate) fn f() {} pub(in crate::engine) fn g() {}",
        None,
    ),
    ("store/a.rs", "use diesel::prelude::*;", None),
    (
        "engine/a.rs",
        "use diesel::prelude::*;",
        Some("the database only under store"),
    ),
    (
        "engine/a.rs",
        "use ::diesel as d;",
        Some("the database only under store"),
    ),
    (
        "engine/a.rs",
        "use diesel;",
        Some("the database only under store"),
    ),
    (
        "engine/a.rs",
        "let diesel = 1; self.diesel.x(); crate::domain::diesel::x()",
        None,
    ),
    (
        "cli/a.rs",
        "#[actix_web::main] fn f() {}",
        Some("actix_web and utoipa only under"),
    ),
    ("cli/a.rs", "use crate::{store, api, engine};", None),
    (
        "main.rs",
        "fn main() { diesel::x() }",
        Some("src/main.rs:1: `diesel`"),
    ),
    ("domain/clock.rs", "SystemTime::now()", None),
    (
        "store/a.rs",
        "chrono::Utc::now()",
        Some("time comes from domain::clock only"),
    ),
    ("domain/ids.rs", "use uuid::Uuid;", None),
    (
        "domain/a.rs",
        "use uuid::Uuid;",
        Some("ids are made by domain::ids only"),
    ),
    ("novelty/a.rs", "", Some("`novelty` is a new layer")),
    (
        "domain/a.rs",
        "#[cfg(test)] mod tests { use crate::store::Store; }",
        None,
    ),
    ("domain/a/tests.rs", "use crate::store::Store;", None),
    (
        "domain/a.rs",
        "// crate::store\n/// [`crate::store`]\nfn f() { \"crate::store\"; }",
        None,
    ),
];

#[test]
fn the_rules_catch_what_they_forbid() {
    let layers: Vec<String> = RULES
        .iter()
        .map(|(name, ..)| *name)
        .chain(COMPOSERS.iter().copied())
        .map(str::to_owned)
        .collect();
    for (path, source, expected) in SAMPLES {
        let found = violations(path, source, &layers).join("\n");
        match expected {
            Some(part) => assert!(found.contains(part), "{path}: {source}: {found}"),
            None => assert_eq!(found, "", "{path}: {source}"),
        }
    }
}
