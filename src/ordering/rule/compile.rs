//! From the document of a rule to the compiled rule.

use std::collections::HashSet;

use rust_decimal::Decimal;
use serde_json::Value;

use super::expression::{Datum, Path};
use super::output::output;
use super::reader::{Part, Reader, below};
use super::types::{Check, Requirement, Rule, Subject, Test, Tested, When};
use crate::domain::clock::Micros;
use crate::domain::money::decimal_of;
use crate::domain::problem::Violation;
use crate::ordering::order::Action;
use crate::ordering::plan::validate::Need;

/// What comes first where a rule says nothing.
const PRIORITY: i64 = 100;
/// Characters that a pattern may have.
const MAX_PATTERN: usize = 1_000;

const MEMBERS: [&str; 18] = [
    "id",
    "href",
    "@type",
    "@baseType",
    "@schemaLocation",
    "name",
    "description",
    "version",
    "lifecycleStatus",
    "validFor",
    "lastUpdate",
    "priority",
    "exclusiveGroup",
    "when",
    "requires",
    "replaces",
    "produce",
    "creationDate",
];

impl Rule {
    /// Compiles a rule as it is stored or sent; `id` goes before the one inside.
    ///
    /// # Errors
    /// Everything that is wrong, by JSON pointer.
    pub fn compile(id: &str, document: &Value) -> Result<Rule, Vec<Violation>> {
        let mut reader = Reader::default();
        let rule = reader
            .part(document, "", &MEMBERS)
            .map(|part| rule(&mut reader, part, id));
        match rule {
            Some(rule) if reader.violations.is_empty() => Ok(rule),
            _ => Err(reader.violations),
        }
    }
}

fn rule(reader: &mut Reader, part: Part<'_>, id: &str) -> Rule {
    let version = reader.text(part, "version").unwrap_or_default();
    let status = reader.text(part, "lifecycleStatus");
    let (from, until) = validity(reader, part);
    let mut rule = Rule {
        name: reader.demanded(part, "name").unwrap_or_default(),
        is_active: matches!(status.as_deref(), None | Some("Active" | "Launched")),
        from,
        until,
        priority: priority(reader, part).unwrap_or(PRIORITY),
        exclusive_group: reader.text(part, "exclusiveGroup"),
        when: part
            .map
            .get("when")
            .map_or_else(When::default, |value| when(reader, value)),
        requires: requirements(reader, part),
        replaces: reader.truth(part, "replaces").unwrap_or(true),
        produce: Vec::new(),
        label: format!("{id} {version}").trim_end().to_owned(),
        id: id.to_owned(),
        version,
    };
    if !part.map.contains_key("when") {
        reader.note("/when".to_owned(), "is missing");
    }
    produce(reader, part, &mut rule);
    rule
}

fn priority(reader: &mut Reader, part: Part<'_>) -> Option<i64> {
    let value = part.map.get("priority")?;
    let number = value.as_i64();
    if number.is_none() {
        reader.note("/priority".to_owned(), "must be a whole number");
    }
    number
}

fn validity(reader: &mut Reader, part: Part<'_>) -> (Option<Micros>, Option<Micros>) {
    let Some(value) = part.map.get("validFor") else {
        return (None, None);
    };
    let Some(period) = reader.part(
        value,
        "/validFor",
        &["startDateTime", "endDateTime", "@type"],
    ) else {
        return (None, None);
    };
    let mut instant = |key: &str| {
        let text = reader.text(period, key)?;
        let instant = Micros::parse(&text);
        if instant.is_none() {
            reader.note(below(period.at, key), "must be a date and time");
        }
        instant
    };
    (instant("startDateTime"), instant("endDateTime"))
}

fn when(reader: &mut Reader, value: &Value) -> When {
    const KEYS: [&str; 9] = [
        "productSpecification",
        "serviceSpecification",
        "resourceSpecification",
        "productOffering",
        "category",
        "action",
        "characteristic",
        "place",
        "expression",
    ];
    let Some(part) = reader.part(value, "/when", &KEYS) else {
        return When::default();
    };
    let found = When {
        products: reader.texts(part, "productSpecification"),
        services: reader.texts(part, "serviceSpecification"),
        resources: reader.texts(part, "resourceSpecification"),
        offerings: reader.texts(part, "productOffering"),
        categories: reader.texts(part, "category"),
        actions: reader.actions(part, "action"),
        tests: tests(reader, part),
    };
    if !found.services.is_empty() && !found.resources.is_empty() {
        let message = "a rule is about services or about resources, not both";
        reader.note("/when/resourceSpecification".to_owned(), message);
    }
    found
}

/// `characteristic`, `place` and `expression` of a `when`.
pub(super) fn tests(reader: &mut Reader, part: Part<'_>) -> Vec<Test> {
    let mut found = Vec::new();
    for (key, own) in [("characteristic", "name"), ("place", "attribute")] {
        for (index, value) in reader.list(part, key).iter().enumerate() {
            let at = format!("{}/{key}/{index}", part.at);
            found.extend(test(reader, value, &at, own));
        }
    }
    if let Some(expression) = reader.expression(part, "expression") {
        found.push(Test {
            what: Tested::Expression(expression),
            checks: Vec::new(),
        });
    }
    found
}

fn test(reader: &mut Reader, value: &Value, at: &str, own: &str) -> Option<Test> {
    const CHECKS: [&str; 7] = [
        "equals", "in", "notIn", "atLeast", "atMost", "present", "matches",
    ];
    let mut allowed = vec![own];
    if own == "attribute" {
        allowed.push("role");
    }
    allowed.extend(CHECKS);
    let part = reader.part(value, at, &allowed)?;
    let name = reader.demanded(part, own)?;
    let what = match own {
        "name" => Tested::Characteristic(name),
        _ => Tested::Place {
            role: reader.text(part, "role"),
            attribute: name.split('.').map(str::to_owned).collect(),
        },
    };
    let checks = checks(reader, part);
    if checks.is_empty() {
        let message = format!("says nothing to test; there are {}", CHECKS.join(", "));
        reader.note(at.to_owned(), message);
    }
    Some(Test { what, checks })
}

fn checks(reader: &mut Reader, part: Part<'_>) -> Vec<Check> {
    let mut found = Vec::new();
    if let Some(value) = part.map.get("equals") {
        found.push(Check::In(vec![Datum::of(value).owned()]));
    }
    let data = |list: &[Value]| {
        list.iter()
            .map(|v| Datum::of(v).owned())
            .collect::<Vec<_>>()
    };
    for (key, check) in [("in", Check::In as fn(_) -> _), ("notIn", Check::NotIn)] {
        if part.map.contains_key(key) {
            let list = data(reader.list(part, key));
            if list.is_empty() {
                reader.note(below(part.at, key), "must list one value at least");
            }
            found.push(check(list));
        }
    }
    for (key, check) in [
        ("atLeast", Check::AtLeast as fn(_) -> _),
        ("atMost", Check::AtMost),
    ] {
        found.extend(number(reader, part, key).map(check));
    }
    found.extend(reader.truth(part, "present").map(Check::Present));
    found.extend(pattern(reader, part).map(Check::Matches));
    found
}

fn number(reader: &mut Reader, part: Part<'_>, key: &str) -> Option<Decimal> {
    let value = part.map.get(key)?;
    let number = match value {
        Value::Number(number) => decimal_of(number),
        _ => None,
    };
    if number.is_none() {
        reader.note(below(part.at, key), "must be a number of 28 digits at most");
    }
    number
}

fn pattern(reader: &mut Reader, part: Part<'_>) -> Option<regex::Regex> {
    let text = reader.text(part, "matches")?;
    let at = || below(part.at, "matches");
    if text.chars().count() > MAX_PATTERN {
        reader.note(at(), format!("has more than {MAX_PATTERN} characters"));
        return None;
    }
    match regex::Regex::new(&format!("^(?:{text})$")) {
        Ok(pattern) => Some(pattern),
        Err(_) => {
            reader.note(at(), "is not a regular expression");
            None
        }
    }
}

fn requirements(reader: &mut Reader, part: Part<'_>) -> Vec<Requirement> {
    let mut found = Vec::new();
    for (index, value) in reader.list(part, "requires").iter().enumerate() {
        found.extend(requirement(reader, value, &format!("/requires/{index}")));
    }
    found
}

fn requirement(reader: &mut Reader, value: &Value, at: &str) -> Option<Requirement> {
    const KINDS: [(&str, &str); 5] = [
        ("characteristic", "characteristic"),
        ("appointment", "appointment"),
        ("serialNumber", "serialNumber"),
        ("place", "place"),
        ("billingAccount", "billingAccount"),
    ];
    let part = reader.part(value, at, &["information", "name", "message", "action"])?;
    if !part.map.contains_key("information") {
        reader.note(below(at, "information"), "is missing");
    }
    let need = match reader.one_of(part, "information", &KINDS)? {
        "characteristic" => Need::Characteristic(reader.demanded(part, "name")?),
        "appointment" => Need::Appointment,
        "serialNumber" => Need::SerialNumber,
        "billingAccount" => Need::BillingAccount,
        _ => Need::Place(reader.text(part, "name")),
    };
    let mut actions = reader.actions(part, "action");
    if actions.is_empty() {
        actions.push(Action::Add);
    }
    Some(Requirement {
        need,
        message: reader.text(part, "message"),
        actions,
    })
}

fn produce(reader: &mut Reader, part: Part<'_>, rule: &mut Rule) {
    let list = reader.list(part, "produce");
    let mut names = HashSet::new();
    for (index, value) in list.iter().enumerate() {
        let at = format!("/produce/{index}");
        let Some(output) = output(reader, value, &at) else {
            continue;
        };
        if !names.insert(output.name.clone()) {
            reader.note(
                below(&at, "name"),
                "another output of the rule has the name",
            );
        }
        rule.produce.push(output);
    }
    let says_something = !list.is_empty() || !rule.requires.is_empty() || rule.replaces;
    if !says_something {
        reader.note(
            "/produce".to_owned(),
            "the rule neither produces nor requires anything",
        );
    }
    refuse_loose_ends(reader, rule);
}

/// `service` means nothing to a rule about items.
fn refuse_loose_ends(reader: &mut Reader, rule: &Rule) {
    if rule.when.subject() != Subject::Item {
        return;
    }
    let reads_service = |test: &Test| match &test.what {
        Tested::Expression(expression) => expression.paths().contains(&&Path::Service),
        _ => false,
    };
    if rule.when.tests.iter().any(reads_service) {
        let message = "`service` is known in rules about services and resources only";
        reader.note("/when/expression".to_owned(), message);
    }
}
