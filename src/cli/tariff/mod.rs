//! `tollgate tariff`: tariff tables and prices of a running server.

pub mod args;

use std::process::ExitCode;

use serde_json::Value;

use super::Failure;
use super::remote::{Remote, segment};
use args::{Lint, Tariff, What};

const OWN: &str = "/tollgate/v1";
const OFFERINGS: &str = "/tmf-api/productCatalogManagement/v5/productOffering";

/// Runs a command about tariffs.
///
/// # Errors
/// When the server does not answer, or refuses; its reasons are the sentence.
pub async fn run(tariff: &Tariff) -> Result<ExitCode, Failure> {
    let What::Lint(args) = &tariff.what;
    lint(args).await
}

async fn lint(args: &Lint) -> Result<ExitCode, Failure> {
    let remote = Remote::new(&args.server)?;
    let one = |kind: &str, id: &String| vec![format!("{OWN}/{kind}/{}/lint", segment(id))];
    let places = match (&args.table, &args.price, &args.offering) {
        (Some(id), _, _) => one("tariffTable", id),
        (_, Some(id), _) => one("productOfferingPrice", id),
        (_, _, Some(id)) => one("productOffering", id),
        _ => everything(&remote).await?,
    };
    let mut findings: Vec<Value> = Vec::new();
    for place in &places {
        let mut answer = remote.get(place).await?;
        let Some(Value::Array(found)) = answer.get_mut("finding").map(Value::take) else {
            return Err(Failure::new("the server's answer has no findings"));
        };
        // Offerings share prices.
        for finding in found {
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        for finding in &findings {
            println!("{}", line(finding));
        }
        println!("{} looked at, {} findings", places.len(), findings.len());
    }
    Ok(match findings.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// All tables, and all offerings with prices.
async fn everything(remote: &Remote) -> Result<Vec<String>, Failure> {
    let id = |document: &Value| document.get("id")?.as_str().map(segment);
    let tables = remote.get(&format!("{OWN}/tariffTable")).await?;
    let tables = tables.as_array().into_iter().flatten().filter_map(id);
    let mut places: Vec<String> = tables
        .map(|id| format!("{OWN}/tariffTable/{id}/lint"))
        .collect();
    let offerings = remote.all(OFFERINGS, "").await?;
    let priced = |offering: &&Value| {
        let prices = offering.get("productOfferingPrice");
        prices
            .and_then(Value::as_array)
            .is_some_and(|list| !list.is_empty())
    };
    let priced = offerings.iter().filter(priced).filter_map(id);
    places.extend(priced.map(|id| format!("{OWN}/productOffering/{id}/lint")));
    Ok(places)
}

fn line(finding: &Value) -> String {
    let part = |name: &str| {
        finding
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let place = format!("{} {}", part("id"), part("path"));
    let (place, kind, message) = (place.trim_end(), part("kind"), part("message"));
    format!("{kind}: {place}: {message}")
}

#[cfg(test)]
mod tests {
    use super::line;
    use serde_json::json;

    #[test]
    fn findings_are_lines() {
        let mut finding = json!({"id": "world", "path": "/row/3", "kind": "shadowed", "message": "never reached"});
        assert_eq!(line(&finding), "shadowed: world /row/3: never reached");
        finding["path"] = json!("");
        assert_eq!(line(&finding), "shadowed: world: never reached");
    }
}
