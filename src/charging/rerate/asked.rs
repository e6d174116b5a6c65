//! Which usage is to be rated again.

use serde_json::Value;

use crate::domain::clock::Micros;
use crate::domain::problem::{Code, Outcome, Problem};

const KNOWN: [&str; 10] = [
    "product",
    "billingAccount",
    "productOffering",
    "productOfferingPrice",
    "tariffTable",
    "zone",
    "cardHash",
    "from",
    "to",
    "dryRun",
];

/// Which usage.
#[derive(Clone, Debug)]
pub struct Asked {
    /// None for that of all products.
    pub(super) whose: Option<Whose>,
    pub(super) by: By,
    pub(super) from: Micros,
    pub(super) to: Option<Micros>,
    pub(super) dry_run: bool,
}

/// Whose usage.
#[derive(Clone, Debug)]
pub(super) enum Whose {
    Product(String),
    Account(String),
    Offering(String),
}

/// By what it was rated; all that is named holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct By {
    pub price: Option<Versioned>,
    pub table: Option<Versioned>,
    pub zone: Option<String>,
    pub card: Option<String>,
}

/// A document, in one version or any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Versioned {
    pub id: String,
    pub version: Option<String>,
}

impl Asked {
    /// Reads the question.
    ///
    /// # Errors
    /// `InvalidBody` naming what is missing or cannot be read.
    pub fn read(body: &Value) -> Outcome<Self> {
        for (name, _) in body.as_object().into_iter().flatten() {
            if !KNOWN.contains(&name.as_str()) {
                return Err(bad(name, "is not known here"));
            }
        }
        let from = instant(body, "from")?;
        let from = from.ok_or_else(|| bad("from", "is needed: a date and time with its offset"))?;
        let dry_run = match body.get("dryRun") {
            None => false,
            Some(Value::Bool(dry)) => *dry,
            Some(_) => return Err(bad("dryRun", "must be true or false")),
        };
        let asked = Asked {
            whose: whose(body)?,
            by: By {
                price: versioned(body, "productOfferingPrice")?,
                table: versioned(body, "tariffTable")?,
                zone: text(body, "zone")?,
                card: text(body, "cardHash")?,
            },
            from,
            to: instant(body, "to")?,
            dry_run,
        };
        if asked.whose.is_none() && asked.by == By::default() {
            let message = "is needed, or billingAccount, productOffering, productOfferingPrice, tariffTable, zone or cardHash";
            return Err(bad("product", message));
        }
        Ok(asked)
    }
}

fn whose(body: &Value) -> Outcome<Option<Whose>> {
    let said = [
        id(body, "product")?.map(Whose::Product),
        id(body, "billingAccount")?.map(Whose::Account),
        id(body, "productOffering")?.map(Whose::Offering),
    ];
    let mut said = said.into_iter().flatten();
    match (said.next(), said.next()) {
        (_, Some(_)) => {
            let message = "only one of product, billingAccount and productOffering can be said";
            Err(bad("product", message))
        }
        (one, None) => Ok(one),
    }
}

fn bad(name: &str, message: &str) -> Problem {
    Problem::at(Code::InvalidBody, format!("/{name}"), message)
}

fn id(body: &Value, name: &str) -> Outcome<Option<String>> {
    let Some(reference) = body.get(name) else {
        return Ok(None);
    };
    let id = reference.get("id").and_then(Value::as_str);
    let id = id.ok_or_else(|| bad(&format!("{name}/id"), "is needed"))?;
    Ok(Some(id.to_owned()))
}

fn versioned(body: &Value, name: &str) -> Outcome<Option<Versioned>> {
    let Some(id) = id(body, name)? else {
        return Ok(None);
    };
    let version = match body.get(name).and_then(|own| own.get("version")) {
        None => None,
        Some(Value::String(version)) => Some(version.clone()),
        Some(_) => return Err(bad(&format!("{name}/version"), "must be a text")),
    };
    Ok(Some(Versioned { id, version }))
}

fn text(body: &Value, name: &str) -> Outcome<Option<String>> {
    match body.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(bad(name, "must be a text")),
    }
}

fn instant(body: &Value, name: &str) -> Outcome<Option<Micros>> {
    let Some(value) = body.get(name) else {
        return Ok(None);
    };
    let at = value.as_str().and_then(Micros::parse);
    let message = "must be a date and time with its offset";
    at.map(Some).ok_or_else(|| bad(name, message))
}
