//! Looking at rules with the catalog that they are about.

use std::process::ExitCode;
use std::sync::Arc;

use serde_json::{Value, json};

use super::super::Failure;
use super::super::config::Config;
use super::super::remote::Remote;
use super::args::Lint;
use super::file;
use super::{ALL_VERSIONS, RULES};
use crate::ordering::catalog::{Catalog, Offering, ProductSpecification, ServiceSpecification};
use crate::ordering::rule::Rule;
use crate::ordering::rule::lint::{Finding, Severity, lint};

const CATALOG: &str = "/tmf-api/productCatalogManagement/v5";
const SERVICES: &str = "/tmf-api/serviceCatalogManagement/v4/serviceSpecification";

/// Prints what is wrong with rules.
///
/// # Errors
/// When file or server cannot be read.
pub async fn run(config: &Config, args: &Lint) -> Result<ExitCode, Failure> {
    let documents = match &args.file {
        Some(file) => file::read(file)?,
        None => Remote::new(&args.server)?.all(RULES, ALL_VERSIONS).await?,
    };
    let (rules, mut findings) = compiled(&documents);
    if !args.offline {
        let catalog = catalog(&Remote::new(&args.server)?).await?;
        findings.extend(lint(&rules, &catalog, systems(config).as_deref()));
    }
    let errors = count(&findings, Severity::Error);
    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!(findings))?);
    } else {
        for finding in &findings {
            println!("{}", line(finding));
        }
        let warnings = count(&findings, Severity::Warning);
        println!(
            "{} rules, {errors} errors, {warnings} warnings",
            documents.len()
        );
    }
    Ok(match errors {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn count(findings: &[Finding], severity: Severity) -> usize {
    let of = findings
        .iter()
        .filter(|finding| finding.severity == severity);
    of.count()
}

fn line(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    };
    let rule = match finding.rule.as_str() {
        "" => "catalog",
        rule => rule,
    };
    let place = format!("{rule} {}", finding.pointer);
    let (place, message, code) = (place.trim_end(), &finding.message, finding.code);
    format!("{severity}: {place}: {message} [{code}]")
}

/// The rules that can be read, and what is wrong with the others.
fn compiled(documents: &[Value]) -> (Vec<Rule>, Vec<Finding>) {
    let (mut rules, mut findings) = (Vec::new(), Vec::new());
    for document in documents {
        let part = |name: &str| {
            document
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        match Rule::compile(part("id"), document) {
            Ok(rule) => rules.push(rule),
            Err(violations) => findings.extend(violations.into_iter().map(|violation| {
                Finding {
                    severity: Severity::Error,
                    code: "invalidRule",
                    rule: format!("{} {}", part("id"), part("version"))
                        .trim()
                        .to_owned(),
                    pointer: violation.path,
                    message: violation.message,
                }
            })),
        }
    }
    (rules, findings)
}

/// The systems of the configuration, when it has any. Where `default` serves all others, every name is
/// one of a system.
fn systems(config: &Config) -> Option<Vec<String>> {
    let names: Vec<String> = config
        .oss
        .iter()
        .map(|target| target.name.clone())
        .collect();
    let known = !names.is_empty() && !names.iter().any(|name| name == "default");
    known.then_some(names)
}

/// The catalog of a server, as far as rules are about it.
async fn catalog(remote: &Remote) -> Result<Catalog, Failure> {
    let mut catalog = Catalog::default();
    for (id, document) in entries(remote, &format!("{CATALOG}/productOffering")).await? {
        let offering = Arc::new(Offering::compile(&id, &document));
        catalog.offerings.insert(id, offering);
    }
    for (id, document) in entries(remote, &format!("{CATALOG}/productSpecification")).await? {
        let specification = Arc::new(ProductSpecification::compile(&id, &document));
        catalog.specifications.insert(id, specification);
    }
    for (id, document) in entries(remote, SERVICES).await? {
        let service = Arc::new(ServiceSpecification::compile(&id, &document));
        catalog.services.insert(id, service);
    }
    Ok(catalog)
}

async fn entries(remote: &Remote, collection: &str) -> Result<Vec<(String, Value)>, Failure> {
    let found = remote.all(collection, "").await?;
    let named = found.into_iter().filter_map(|document| {
        let id = document.get("id")?.as_str()?.to_owned();
        Some((id, document))
    });
    Ok(named.collect())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{compiled, line};

    #[test]
    fn rules_that_cannot_be_read_are_findings() {
        let good = json!({"id": "a", "name": "A", "when": {}});
        let bad = json!({"id": "b", "version": "2", "name": "B"});
        let (rules, findings) = compiled(&[good, bad]);
        assert_eq!(rules.len(), 1);
        let lines: Vec<String> = findings.iter().map(line).collect();
        assert_eq!(lines, ["error: b 2 /when: is missing [invalidRule]"]);
    }
}
