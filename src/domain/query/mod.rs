//! The query grammar of TMF630: attribute filters, JSONPath filters, `fields`, `sort`, paging.
//!
//! Works on the raw query string, because what is percent-encoded and what is not makes a
//! difference. Attribute names are looked up in the descriptor tables, typed by them and turned
//! into those of the stored form, so that one evaluator serves all API versions.
//!
//! # Attribute filters (TMF630 part 1, 4.4)
//! `name=value` with dots for nested attributes; an array on the way means any of its elements.
//! Different attributes are ANDed. A comma, a semicolon and repetition mean OR; under `.ne` and
//! `.nin` they mean none of. An encoded comma (`%2C`) and a comma inside quotes belong to the value.
//! One pair of quotes around a value is taken off.
//!
//! | suffix | sign | meaning |
//! |---|---|---|
//! | `.eq`, `.in` | `=`, `==` | equals one of the values |
//! | `.ne`, `.nin` | `!=` | equals none of them; also true without the attribute |
//! | `.gt` `.gte` `.lt` `.lte` | `>` `>=` `<` `<=` | by number, instant, or bytes of the text |
//! | `.regex` | `=~`, `*=` | the expression occurs in the value; commas are part of it |
//! | `.like` | | the whole value, `%` and `*` for any text, `_` for one character |
//! | `.contains` `.startswith` `.endswith` | | by text, letter case counts |
//! | `.isnull=true`, `.isnull=false` | `!name`, `name` | without, with a value other than null |
//!
//! A date alone is its midnight in UTC. Where the tables give an attribute no type, the value met
//! decides: a number compares with numbers, a text with texts.
//!
//! Signs may be percent-encoded. Where an attribute is named like an operator, the attribute wins,
//! and so does an attribute named like a reserved parameter once it has an operator: `limit.eq=5`.

mod condition;
mod event;
mod fields;
mod filter;
mod jsonpath;
mod links;
mod operand;
mod parameter;
mod path;
mod plain;
mod raw;
mod scope;
mod sort;
mod typed;

#[cfg(test)]
mod tests;

use condition::Conditions;
use parameter::{Parameter, Sign, parameters};
use scope::Scope;

use crate::domain::descriptor::Resource;
use crate::domain::problem::{Code, Outcome, Problem};

pub use event::{EventQuery, parse_event_query};
pub use fields::{Fields, Tree};
pub use filter::{Filter, Function, Measure, Op, Test};
pub use links::{Paging, page_links};
pub use operand::Operand;
pub use path::{Path, index_values};
pub use plain::parse_plain;
pub use sort::SortKey;
pub use typed::index_key;

/// The largest offset and limit: what both databases take.
const MAX_COUNT: u64 = i64::MAX as u64;

/// What a client asks of a list.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ListRequest {
    /// All conditions, attribute filters and JSONPath ANDed.
    pub filter: Option<Filter>,
    /// Conditions on what only documents of the resource's own version show (`isRef`, `mediumType`),
    /// in its names, ANDed with the others.
    pub shown: Option<Filter>,
    pub fields: Fields,
    /// Most significant key first; empty for the server's own order.
    pub sort: Vec<SortKey>,
    pub offset: Option<u64>,
    /// 0 asks for the count alone.
    pub limit: Option<u64>,
    /// Opaque cursors; at most one is set, and then `offset` is not.
    pub after: Option<String>,
    pub before: Option<String>,
}

/// What a client asks of one resource.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SingleRequest {
    pub fields: Fields,
    /// A version other than the current one (TMF630 part 4).
    pub version: Option<String>,
}

/// Reads the query string of a list.
///
/// # Errors
/// `InvalidQuery` naming the parameter: an unknown attribute, a value that is not of its type, a
/// bad operator, encoding, count, regular expression or JSONPath. `NotImplemented` for the parts of
/// JSONPath that are not there (TMF630 part 6 asks for 501) and for `depth` and `expand`.
pub fn parse_list(raw_query: &str, resource: &'static Resource) -> Outcome<ListRequest> {
    let scope = Scope::stored(resource.entity);
    let mut request = ListRequest::default();
    let mut conditions = Conditions::default();
    let mut shown = Conditions::default();
    for parameter in parameters(raw_query)? {
        let reserved = is_reserved(&parameter);
        if !reserved || parameter.name == "filter" {
            if asks_for_shown(&parameter, resource) {
                let scope = Scope::shown(resource.entity);
                condition(&parameter, reserved, &scope, &mut shown)?;
            } else {
                condition(&parameter, reserved, &scope, &mut conditions)?;
            }
            continue;
        }
        let value = parameter.value.as_str();
        match parameter.name.as_str() {
            "fields" => request.fields.add(&parameter)?,
            "sort" => sort::add_keys(&mut request.sort, &parameter, &scope)?,
            "offset" => once(&mut request.offset, count(&parameter)?, &parameter)?,
            "limit" => once(&mut request.limit, count(&parameter)?, &parameter)?,
            "after" => once(&mut request.after, value.to_owned(), &parameter)?,
            _ => once(&mut request.before, value.to_owned(), &parameter)?,
        }
    }
    request.filter = conditions.finish();
    request.shown = shown.finish();
    check_paging(&request)?;
    Ok(request)
}

/// Reads the query string of a request for one resource: `fields` and, for resources that live in
/// several versions, `version`.
///
/// # Errors
/// `InvalidQuery` naming any other parameter.
pub fn parse_single(raw_query: &str, resource: &'static Resource) -> Outcome<SingleRequest> {
    let mut request = SingleRequest::default();
    for parameter in parameters(raw_query)? {
        match (parameter.sign, parameter.name.as_str()) {
            (Sign::Assign, "fields") => request.fields.add(&parameter)?,
            (Sign::Assign, "version") if resource.versioned => {
                let version = raw::unquoted(parameter.value.as_str());
                if version.is_empty() {
                    return Err(parameter.refuse("it has no value"));
                }
                once(&mut request.version, version.to_owned(), &parameter)?;
            }
            _ => return Err(unsupported(&parameter, "it is not a parameter here")),
        }
    }
    Ok(request)
}

/// A name that the guidelines reserve, with a plain `=`.
fn is_reserved(parameter: &Parameter) -> bool {
    const RESERVED: [&str; 7] = [
        "fields", "sort", "filter", "offset", "limit", "after", "before",
    ];
    parameter.sign == Sign::Assign && RESERVED.contains(&parameter.name.as_str())
}

fn condition(
    parameter: &Parameter,
    jsonpath: bool,
    scope: &Scope,
    conditions: &mut Conditions,
) -> Outcome<()> {
    if jsonpath {
        return jsonpath::add(conditions, parameter, scope);
    }
    attribute(parameter, scope, conditions)
}

/// Whether a condition is about an attribute that the stored form does not have: the document as it
/// is shown must be asked then. What is wrong with the condition is found later.
fn asks_for_shown(parameter: &Parameter, resource: &'static Resource) -> bool {
    if resource.is_stored_form() {
        return false;
    }
    let scope = Scope::stored(resource.entity);
    let tried = &mut Conditions::default();
    let jsonpath = is_reserved(parameter);
    condition(parameter, jsonpath, &scope, tried).is_ok() && scope.met_shown()
}

fn attribute(parameter: &Parameter, scope: &Scope, conditions: &mut Conditions) -> Outcome<()> {
    conditions.add(parameter, scope).map_err(|problem| {
        let known = scope.declares(&[parameter.name.as_str()]);
        match problem.violations.first() {
            Some(first) if !known => unsupported(parameter, &first.message),
            _ => problem,
        }
    })
}

/// `depth` and `expand` (TMF630 part 2, 3) are optional features that are not there.
fn unsupported(parameter: &Parameter, otherwise: &str) -> Problem {
    if matches!(parameter.name.as_str(), "depth" | "expand") {
        let mut problem = parameter.refuse("the server does not support this directive");
        problem.code = Code::NotImplemented;
        return problem;
    }
    parameter.refuse(otherwise)
}

fn count(parameter: &Parameter) -> Outcome<u64> {
    let text = raw::unquoted(parameter.value.as_str().trim());
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(count) if digits && count <= MAX_COUNT => Ok(count),
        _ => Err(parameter.refuse(format!(
            "'{}' is not a whole number from 0 to {MAX_COUNT}",
            raw::shown(text)
        ))),
    }
}

fn once<T>(slot: &mut Option<T>, value: T, parameter: &Parameter) -> Outcome<()> {
    if slot.is_some() {
        return Err(parameter.refuse("it is given twice"));
    }
    *slot = Some(value);
    Ok(())
}

fn check_paging(request: &ListRequest) -> Outcome<()> {
    let refuse = |name: &str, message: &str| Err(Problem::at(Code::InvalidQuery, name, message));
    if request.after.is_some() && request.before.is_some() {
        return refuse("before", "it cannot stand beside 'after'");
    }
    if request.offset.is_some() && (request.after.is_some() || request.before.is_some()) {
        return refuse("offset", "it cannot stand beside a cursor");
    }
    // An empty `after` starts paging by cursors at the first item.
    if request.before.as_deref() == Some("") {
        return refuse("before", "the cursor is empty");
    }
    Ok(())
}
