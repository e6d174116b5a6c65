//! Who may use whom, and the check of one file against it.

use super::tokens::{Token, tokens, without_tests};

/// A layer, the layers it may use besides itself, and the rule in words.
pub type Rule = (&'static str, &'static [&'static str], &'static str);

const ENGINES: &str = "rating and billing use domain, store, job, event and not each other";
const WORKERS: &str = "job and event use domain, store, outbound";
const EDGES: &str = "api and console use engine, domain, behaviour, charging, invoicing";

pub const RULES: &[Rule] = &[
    ("domain", &[], "domain uses nothing of ours"),
    ("store", &["domain"], "store uses domain"),
    ("outbound", &["domain"], "outbound uses domain"),
    ("job", &["domain", "store", "outbound"], WORKERS),
    ("event", &["domain", "store", "outbound"], WORKERS),
    (
        "ordering",
        &["domain", "store", "outbound", "job", "event"],
        "ordering uses domain, store, outbound, job, event",
    ),
    (
        "oss_sim",
        &["domain", "outbound"],
        "oss_sim uses domain and outbound; with ordering it shares the standard only",
    ),
    ("rating", &["domain"], "rating uses domain: it is pure"),
    (
        "usage_file",
        &["domain", "rating"],
        "usage_file uses domain, and the names that rating reads: it is pure",
    ),
    ("billing", &["domain", "store", "job", "event"], ENGINES),
    (
        "engine",
        &["domain", "store", "event"],
        "engine uses domain, store, event",
    ),
    (
        "behaviour",
        &[
            "domain", "store", "outbound", "engine", "event", "job", "ordering", "rating",
            "billing",
        ],
        "behaviour uses domain, store, outbound, the engine's trait, event, job and ordering, rating, billing",
    ),
    (
        "charging",
        &["domain", "store", "job", "engine", "behaviour", "rating"],
        "charging uses domain, store, job, engine, behaviour and rating",
    ),
    (
        "invoicing",
        &[
            "domain",
            "store",
            "job",
            "engine",
            "behaviour",
            "rating",
            "billing",
            "charging",
        ],
        "invoicing uses domain, store, job, engine, behaviour, rating, billing and charging",
    ),
    (
        "sample",
        &["domain", "engine", "store", "behaviour", "api"],
        "sample uses domain, engine, store, behaviour and the generated tables of api",
    ),
    ("auth", &["domain", "store"], "auth uses domain, store"),
    (
        "api",
        &["engine", "domain", "behaviour", "charging", "invoicing"],
        EDGES,
    ),
    (
        "console",
        &["engine", "domain", "behaviour", "charging", "invoicing"],
        EDGES,
    ),
];

/// These put the others together, so they may use them all.
pub const COMPOSERS: &[&str] = &["server", "cli"];

/// Crates that only some places may mention: a layer or a file below `src/`.
const CRATES: &[(&[&str], &[&str], &str)] = &[
    (
        &["diesel", "diesel_migrations", "libsqlite3_sys", "pq_sys"],
        &["store"],
        "the database only under store",
    ),
    (
        &[
            "actix_web",
            "actix_http",
            "actix_rt",
            "utoipa",
            "utoipa_swagger_ui",
        ],
        &["api", "console", "server", "oss_sim"],
        "actix_web and utoipa only under api, console, server, oss_sim",
    ),
    (
        &["uuid"],
        &["domain/ids.rs"],
        "ids are made by domain::ids only",
    ),
];

/// Types whose `now` only the clock may call.
const CLOCKS: &[&str] = &["SystemTime", "Utc", "Local"];
const CLOCK: &str = "domain/clock.rs";

/// Everything in a file that breaks a rule, as `path:line: message`. `path` is below `src/`,
/// `layers` are the top-level modules.
pub fn violations(path: &str, source: &str, layers: &[String]) -> Vec<String> {
    if is_test_file(path) {
        return Vec::new();
    }
    let file = File::new(path, without_tests(&tokens(source)), layers);
    let mut found = file.uses();
    found.extend(file.crates());
    found.extend(file.clocks());
    found.sort();
    found
        .into_iter()
        .map(|(line, message)| format!("src/{path}:{line}: {message}"))
        .collect()
}

/// `#[cfg(test)] mod tests;` puts test code into files of that name.
fn is_test_file(path: &str) -> bool {
    path.split('/')
        .any(|part| part == "tests" || part == "tests.rs")
}

struct File<'a> {
    path: &'a str,
    /// The modules around its content: `["api", "routes"]` for `api/routes.rs`.
    modules: Vec<&'a str>,
    tokens: Vec<Token>,
    layers: &'a [String],
}

impl<'a> File<'a> {
    fn new(path: &'a str, tokens: Vec<Token>, layers: &'a [String]) -> Self {
        let modules = path
            .trim_end_matches(".rs")
            .split('/')
            .filter(|part| !matches!(*part, "mod" | "lib" | "main"))
            .collect();
        File {
            path,
            modules,
            tokens,
            layers,
        }
    }

    /// Empty for `lib.rs` and `main.rs`.
    fn layer(&self) -> &str {
        self.modules.first().copied().unwrap_or("")
    }

    fn text(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", |token| token.text.as_str())
    }

    fn line(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(0, |token| token.line)
    }

    /// Mentions of layers that this one must not use.
    fn uses(&self) -> Vec<(usize, String)> {
        let layer = self.layer();
        if layer.is_empty() || COMPOSERS.contains(&layer) {
            return Vec::new();
        }
        let Some((_, may, rule)) = RULES.iter().find(|(name, ..)| *name == layer) else {
            let message =
                format!("`{layer}` is a new layer: give it a rule in tests/layers/rules.rs");
            return vec![(1, message)];
        };
        self.mentioned()
            .into_iter()
            .filter(|(_, used)| used != layer && !may.contains(&used.as_str()))
            .map(|(line, used)| (line, format!("`{layer}` must not use `{used}`: {rule}")))
            .collect()
    }

    /// The layers that paths from the crate's root name, with their lines.
    fn mentioned(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        let mut inline = InlineModules::default();
        for at in 0..self.tokens.len() {
            inline.step(self, at);
            let behind = match self.text(at) {
                "crate" if self.at_root(at) => at + 1,
                "super" if self.text(at.wrapping_sub(1)) != "::" => {
                    let depth = self.modules.len() + inline.open.len();
                    match self.behind_supers(at, depth) {
                        Some(behind) => behind,
                        None => continue,
                    }
                }
                _ => continue,
            };
            self.names_behind(behind, &mut found);
        }
        found
    }

    /// `crate` as the beginning of a path, not in `pub(crate)` or `pub(in crate::x)`.
    fn at_root(&self, at: usize) -> bool {
        self.text(at.wrapping_sub(1)) != "in" && matches!(self.text(at + 1), "::" | "as")
    }

    /// For `super::super::..` that climbs to the root: the place behind the last `super`.
    fn behind_supers(&self, at: usize, depth: usize) -> Option<usize> {
        let mut supers = 1;
        while self.text(at + 2 * supers - 1) == "::" && self.text(at + 2 * supers) == "super" {
            supers += 1;
        }
        (supers >= depth).then_some(at + 2 * supers - 1)
    }

    /// What is named behind the root: `::name`, `::{a::x, b}`, `::*`, or `as other`.
    fn names_behind(&self, at: usize, found: &mut Vec<(usize, String)>) {
        if self.text(at) == "as" || self.text(at + 1) == "*" {
            found.push((
                self.line(at),
                "everything, by an alias or a glob of the root".to_owned(),
            ));
            return;
        }
        if self.text(at) != "::" {
            return;
        }
        if self.text(at + 1) != "{" {
            return self.push_layer(at + 1, found);
        }
        let mut depth = 0;
        for at in at + 1..self.tokens.len() {
            match self.text(at) {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ if depth == 1 && matches!(self.text(at - 1), "{" | ",") => {
                    self.push_layer(at, found);
                }
                _ => {}
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn push_layer(&self, at: usize, found: &mut Vec<(usize, String)>) {
        let name = self.text(at);
        if self.layers.iter().any(|layer| layer == name) {
            found.push((self.line(at), name.to_owned()));
        }
    }

    /// Mentions of crates that belong to other places.
    fn crates(&self) -> Vec<(usize, String)> {
        let mut found = Vec::new();
        for (names, places, rule) in CRATES {
            if places
                .iter()
                .any(|place| *place == self.layer() || *place == self.path)
            {
                continue;
            }
            for at in 0..self.tokens.len() {
                if names.contains(&self.text(at)) && self.is_crate_path(at) {
                    found.push((
                        self.line(at),
                        format!("`{}` is mentioned: {rule}", self.text(at)),
                    ));
                }
            }
        }
        found
    }

    /// The first word of a path: `diesel::x`, `::diesel::x`, `use diesel;`.
    fn is_crate_path(&self, at: usize) -> bool {
        let before = self.text(at.wrapping_sub(1));
        if before == "::" {
            let word = self.text(at.wrapping_sub(2));
            let inside_a_path =
                word.ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '>');
            return !inside_a_path || word == "use";
        }
        self.text(at + 1) == "::" || matches!(before, "use" | "crate")
    }

    /// Readings of the system's clock.
    fn clocks(&self) -> Vec<(usize, String)> {
        if self.path == CLOCK {
            return Vec::new();
        }
        (0..self.tokens.len())
            .filter(|at| CLOCKS.contains(&self.text(*at)))
            .filter(|at| self.text(at + 1) == "::" && self.text(at + 2) == "now")
            .map(|at| {
                let name = self.text(at);
                (
                    self.line(at),
                    format!("`{name}::now`: time comes from domain::clock only"),
                )
            })
            .collect()
    }
}

/// Follows `mod name { ... }` inside a file, in which `super` means one level less.
#[derive(Default)]
struct InlineModules {
    braces: usize,
    /// The number of open braces around each open module.
    open: Vec<usize>,
}

impl InlineModules {
    fn step(&mut self, file: &File<'_>, at: usize) {
        match file.text(at) {
            "{" => {
                if file.text(at.wrapping_sub(2)) == "mod" {
                    self.open.push(self.braces);
                }
                self.braces += 1;
            }
            "}" => {
                self.braces = self.braces.saturating_sub(1);
                if self.open.last() == Some(&self.braces) {
                    self.open.pop();
                }
            }
            _ => {}
        }
    }
}
