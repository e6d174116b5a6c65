//! From a list request to what the store answers by index and what is left to be evaluated.

use serde_json::Value;

use super::Core;
use super::cursor::Cursor;
use crate::domain::adapt;
use crate::domain::descriptor::{Attribute, Entity, Index, Kind, Resource, Scalar};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::{Filter, ListRequest, Op, SortKey, Test};
use crate::store::{Attributes, Condition, Match, Order, Plan, Position, RangeOp, is_apart};

/// Attribute that is a column, not part of the document.
const ID: &str = "id";

/// A list, planned.
pub(super) struct Planned {
    /// What the store answers: conditions and, when `indexed_order`, the order.
    pub plan: Plan,
    /// What remains to be evaluated on each document.
    pub residual: Option<Filter>,
    /// What is to be evaluated on each document as the version asked for shows it.
    pub shown: Option<(&'static Resource, Filter)>,
    pub sort: Vec<SortKey>,
    /// The store's order is the one asked for.
    pub indexed_order: bool,
    pub window: Window,
}

impl Planned {
    /// The index alone does not tell which documents fit.
    pub(super) fn needs_documents(&self) -> bool {
        self.residual.is_some() || self.shown.is_some()
    }

    fn filters(&self) -> impl Iterator<Item = &Filter> {
        let shown = self.shown.as_ref().map(|(_, filter)| filter);
        self.residual.iter().chain(shown)
    }

    /// Some condition is about an attribute.
    pub(super) fn mentions(&self, path: &str) -> bool {
        self.filters().any(|filter| filter.mentions(path))
    }

    /// Decides about a document in the stored form.
    pub(super) fn matches(&self, doc: &Value) -> bool {
        let fits = self
            .residual
            .as_ref()
            .is_none_or(|filter| filter.matches(doc));
        fits && self
            .shown
            .as_ref()
            .is_none_or(|(resource, filter)| filter.matches(&adapt::down(resource, doc.clone())))
    }
}

/// The part of the list that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub offset: u64,
    pub limit: u64,
    pub cursor: Option<Cursor>,
    /// The page ends before the cursor instead of starting after it.
    pub backwards: bool,
    /// The client asked for a part (so 206 fits, and links make sense).
    pub asked: bool,
}

/// Plans a request.
///
/// # Errors
/// `InvalidQuery` for a cursor that is not ours.
pub(super) fn plan(
    core: &Core,
    attributes: &Attributes,
    tenant: i64,
    resource: &'static Resource,
    request: ListRequest,
) -> Outcome<Planned> {
    let canonical = core.canonical(resource)?;
    let window = window(core, &request)?;
    let mut plan = Plan::all(tenant, canonical.kind);
    let mut filter = request.filter;
    if let Some(filter) = &mut filter {
        refuse_too_many(core, filter)?;
        plan.current_only = !(canonical.versioned && filter.mentions("version"));
        use_stored_values(core, resource, canonical, filter);
    }
    let mut shown = request.shown;
    if let Some(filter) = &mut shown {
        refuse_too_many(core, filter)?;
        plan.current_only &= !(canonical.versioned && filter.mentions("version"));
        use_marks(core, filter);
    }
    let residual = match filter {
        None => None,
        Some(filter) => {
            // What is not stored is in no index.
            let derived = core.behaviour(canonical.kind).derived().is_some();
            let (tests, residual) = filter.split(|test| {
                !derived && (is_id_test(test) || condition(attributes, canonical, test).is_some())
            });
            for test in tests {
                if is_id_test(&test) {
                    restrict_ids(&mut plan, &test);
                } else if let Some(condition) = condition(attributes, canonical, &test) {
                    plan.conditions.push(condition);
                }
            }
            residual
        }
    };
    if let Some(residual) = &residual {
        let decoration = core.decoration(canonical.kind);
        plan.contains = sieve(residual, decoration.map_or(&[], |d| d.attributes()));
    }
    let indexed_order = order(core, attributes, canonical, &request.sort, &mut plan);
    if indexed_order {
        plan.descending ^= window.backwards;
        plan.after = window.cursor.as_ref().map(|cursor| Position {
            value: cursor.keys.first().cloned().flatten(),
            seq: cursor.seq,
        });
    }
    Ok(Planned {
        plan,
        residual,
        shown: shown.map(|filter| (resource, filter)),
        sort: request.sort,
        indexed_order,
        window,
    })
}

fn window(core: &Core, request: &ListRequest) -> Outcome<Window> {
    let limit = request.limit.unwrap_or(match core.limits.page_default {
        0 => core.limits.page_max,
        default => default,
    });
    let cursor = |name: &str, text: &Option<String>| match text.as_deref() {
        // An empty `after` starts paging by cursors at the first item.
        None | Some("") => Ok(None),
        Some(text) => Cursor::decode(name, text, &request.sort).map(Some),
    };
    let after = cursor("after", &request.after)?;
    let before = cursor("before", &request.before)?;
    Ok(Window {
        offset: request.offset.unwrap_or(0),
        limit: limit.min(core.limits.page_max),
        backwards: request.before.is_some(),
        asked: request.limit.is_some()
            || request.offset.is_some()
            || request.after.is_some()
            || request.before.is_some(),
        cursor: after.or(before),
    })
}

fn refuse_too_many(core: &Core, filter: &Filter) -> Outcome<()> {
    let mut terms = 0;
    filter.paths(&mut |_| terms += 1);
    if terms <= core.limits.filter_terms {
        return Ok(());
    }
    let message = format!(
        "A filter may have at most {} conditions.",
        core.limits.filter_terms
    );
    Err(Problem::new(Code::InvalidQuery, message))
}

/// References to our own resources are stored without host and version, a v4 name of the
/// resource's type under its v5 name, and a value that v5 spells differently in that spelling.
fn use_stored_values(core: &Core, resource: &Resource, canonical: &Resource, filter: &mut Filter) {
    filter.operands_mut(&mut |path, operand| {
        if path == "@type" && operand.text() == resource.entity.name {
            operand.set_text(canonical.entity.name.to_owned());
        }
        if let Some(other) = spelling(resource.entity, path, operand.text()) {
            operand.set_text(other.to_owned());
        }
        if path.rsplit('.').next() == Some("href")
            && let Some(mark) = core.links.mark_of(operand.text())
        {
            operand.set_text(mark);
        }
    });
}

/// The stored spelling of a value of a first-level attribute.
fn spelling(entity: &Entity, path: &str, text: &str) -> Option<&'static str> {
    let stored = |a: &&Attribute| a.canonical.unwrap_or(a.name) == path;
    match entity.attributes.iter().find(stored)?.kind {
        Kind::Enum(values) => values.exchanged(text),
        _ => None,
    }
}

/// Documents shown keep their own names and values; only addresses are as they are stored.
fn use_marks(core: &Core, filter: &mut Filter) {
    filter.operands_mut(&mut |path, operand| {
        if path.rsplit('.').next() == Some("href")
            && let Some(mark) = core.links.mark_of(operand.text())
        {
            operand.set_text(mark);
        }
    });
}

fn is_id_test(test: &Test) -> bool {
    test.op == Op::Eq && test.path.dotted() == ID
}

/// Several conditions on the id leave what all of them allow.
fn restrict_ids(plan: &mut Plan, test: &Test) {
    // No id has NUL, and PostgreSQL would not even compare with it.
    let texts = test.values.iter().map(|value| value.text());
    let ids: Vec<String> = texts
        .filter(|text| !text.contains('\0'))
        .map(str::to_owned)
        .collect();
    plan.ids = Some(match plan.ids.take() {
        None => ids,
        Some(known) => known.into_iter().filter(|id| ids.contains(id)).collect(),
    });
}

/// The condition on the index that says the same as the test, when there is one.
fn condition(attributes: &Attributes, resource: &Resource, test: &Test) -> Option<Condition> {
    let index = index_of(resource, test.path.dotted())?;
    let attribute = attributes.number(resource.kind, index.path)?;
    let mut keys = test
        .values
        .iter()
        .map(|operand| operand.index_key(index.scalar))
        .collect::<Option<Vec<String>>>()?;
    let range = |op, keys: &mut Vec<String>| match (index.scalar, keys.pop()) {
        // Long texts are cut in the index, so only their equality is exact there.
        (Scalar::String | Scalar::Uri, _) | (_, None) => None,
        (_, Some(_)) if !keys.is_empty() => None,
        (_, Some(bound)) => Some(Match::Range { op, bound }),
    };
    let test = match test.op {
        Op::Eq if keys.len() == 1 => Match::Equals(keys.pop()?),
        Op::Eq => Match::AnyOf(keys),
        Op::Gt => range(RangeOp::Greater, &mut keys)?,
        Op::Gte => range(RangeOp::GreaterOrEqual, &mut keys)?,
        Op::Lt => range(RangeOp::Less, &mut keys)?,
        Op::Lte => range(RangeOp::LessOrEqual, &mut keys)?,
        _ => return None,
    };
    Some(Condition { attribute, test })
}

fn index_of(resource: &Resource, path: &str) -> Option<&'static Index> {
    resource.indexes.iter().find(|index| index.path == path)
}

/// Texts without which no document can pass: a string that must equal a value stands in the
/// stored text in the very form that we serialise it. `id` and `href` of the resource do not, nor do
/// the attributes `beyond` the stored document.
fn sieve(residual: &Filter, beyond: &[&str]) -> Vec<String> {
    let stored = |test: &Test| {
        let first = test.path.names().first();
        first.is_none_or(|name| !beyond.contains(&name.as_str()))
    };
    residual
        .conjuncts()
        .iter()
        .filter_map(|filter| match filter {
            Filter::Test(test)
                if test.op == Op::Eq
                    && stored(test)
                    && !matches!(test.path.dotted(), ID | "href")
                    && matches!(test.path.scalar, Some(Scalar::String)) =>
            {
                match test.values.as_slice() {
                    [only] => Some(Value::from(only.text()).to_string()),
                    _ => None,
                }
            }
            _ => None,
        })
        .collect()
}

/// Sets the store's order; false when the order must be made of the documents themselves.
fn order(
    core: &Core,
    attributes: &Attributes,
    resource: &'static Resource,
    sort: &[SortKey],
    plan: &mut Plan,
) -> bool {
    let [only] = sort else {
        return sort.is_empty();
    };
    let path = only.path.dotted();
    let number = index_of(resource, path)
        .filter(|index| core.registry.is_always_present(resource.kind, index.path))
        .and_then(|index| attributes.number(resource.kind, index.path));
    match number {
        // What has a table of its own is indexed by columns, along which it is not read.
        Some(number) if plan.current_only && plan.ids.is_none() && !is_apart(resource.kind) => {
            plan.order = Order::Attribute(number);
            plan.descending = only.descending;
            true
        }
        _ => false,
    }
}
