//! The conformance runner against a server on each database, and the published documents against
//! the facts of the standard.

use std::path::{Path, PathBuf};

use conformance::facts::{self, FactsOptions};
use conformance::{Level, Options};

use crate::doctor::nothing_dangles;
use crate::support::{Setup, TestServer, each_database};

/// The APIs served, each in v4 and v5.
const APIS: [&str; 13] = [
    "TMF620", "TMF621", "TMF622", "TMF629", "TMF632", "TMF635", "TMF637", "TMF638", "TMF641",
    "TMF666", "TMF669", "TMF677", "TMF678",
];

/// The APIs served in v4 only.
const OLD_APIS: [&str; 3] = ["TMF633", "TMF654", "TMF676"];

/// Every API with its versions.
fn editions() -> impl Iterator<Item = (&'static str, &'static str)> {
    let both = APIS.into_iter().flat_map(|api| [(api, "v4"), (api, "v5")]);
    both.chain(OLD_APIS.into_iter().map(|api| (api, "v4")))
}

/// No rule that a partner could complain about is broken, in any API and version.
#[test]
fn the_server_conforms() {
    each_database(async |database| {
        let mut setup = Setup::new(database);
        setup.control.background = true;
        let server = TestServer::with(setup).await;
        for (api, version) in editions() {
            let mut options = Options::new(server.url());
            options.api = Some(api.to_owned());
            options.version = Some(version.to_owned());
            let report = conformance::run(&options).await.expect("a run");
            let failures = [report.failures(Level::Must), report.failures(Level::Should)].concat();
            assert!(
                failures.is_empty(),
                "{api} {version}:\n{}",
                failures.join("\n")
            );
            // A check for which nothing could be made has checked nothing.
            assert!(
                !report.text().contains("could not be made"),
                "{api} {version}:\n{}",
                report.text()
            );
            assert!(
                report.conforms(false),
                "{api} {version}: nothing was checked\n{}",
                report.text()
            );
        }
        server.stop().await;
        // What the runner made and deleted has left nothing behind that leads nowhere.
        nothing_dangles(database);
    });
}

/// The facts are not part of the repository: `TOLLGATE_FACTS` names their folder.
fn facts_folder() -> Option<PathBuf> {
    let named = std::env::var_os("TOLLGATE_FACTS").map(PathBuf::from);
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tmf/facts");
    named.or(Some(beside)).filter(|folder| folder.is_dir())
}

/// `TMF620-...-v4.1.0.yaml`.
fn facts_file(folder: &Path, api: &str, version: &str) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .ok()?
        .flatten()
        .map(|entry| entry.path());
    entries.into_iter().find(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        name.starts_with(&format!("{api}-")) && name.contains(&format!("-{version}."))
    })
}

#[test]
fn published_documents_agree_with_the_standard() {
    let Some(folder) = facts_folder() else {
        eprintln!("\n*** SKIPPED: no facts of the standard, set TOLLGATE_FACTS ***\n");
        return;
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (api, version) in editions() {
        let name = format!("{api}-{version}");
        let file = facts_file(&folder, api, version).expect("facts of the API");
        let options = FactsOptions {
            openapi: root.join(format!("openapi/{name}.json")),
            facts: file,
            deviations: Some(root.join("conformance/deviations.yaml")),
        };
        let report = facts::check(&options).expect("a comparison");
        assert!(report.agrees(), "{name}:\n{}", report.table());
    }
}
