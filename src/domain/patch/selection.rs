//! Paths of JSON Patch Query: which places of a document a path with conditions names.
//!
//! Three forms are read (TMF630 parts 5 and 6):
//! - `/usageCharacteristic/value?name=x`: the condition is about the elements of the innermost
//!   array on the path;
//! - `/orderItem/quantity?orderItem.productOffering.id=1513`: a name that begins with the dotted
//!   path of an array on the way is about the elements of that array;
//! - `note[?(@.author=='John Doe')].text`, also with `$.` in front or written with slashes: the
//!   condition stands at its array.
//!
//! Behind the question mark stands the filter grammar of list requests, operators included.
//!
//! A condition that matches several elements selects them all, and the operation is applied to each.
//! One that matches none is an error, as is passing an array without index and condition: a patch
//! that silently does nothing, or does more than was written, would hide a mistake.

use std::collections::HashMap;

use serde_json::Value;

use super::condition::{self, Condition};
use super::path::{Step, split, steps};
use super::pointer::{self, Place};
use crate::domain::query::Filter;

/// A place that a path names.
#[derive(Clone, Debug)]
pub(super) struct Pointer {
    pub tokens: Vec<String>,
    /// A condition at the end of the path chose this array element as a whole.
    pub element: bool,
}

impl Pointer {
    pub(super) fn plain(tokens: Vec<String>) -> Self {
        Pointer {
            tokens,
            element: false,
        }
    }
}

/// All places that the path names in the document; the error says why there is none.
pub(super) fn resolve(document: &Value, path: &str) -> Result<Vec<Pointer>, String> {
    let (path, query) = split(path);
    let mut walk = Walk {
        conditions: query.map(condition::parse).transpose()?.unwrap_or_default(),
        filters: HashMap::new(),
        loose: None,
        found: Vec::new(),
    };
    walk.visit(Some(document), &steps(path)?, Trail::default());
    match walk.loose {
        Some(array) if walk.conditions.is_empty() => {
            return Err(format!(
                "passes the array '{array}' without an index or a condition"
            ));
        }
        _ => {}
    }
    if walk.found.is_empty() {
        return Err("selects nothing in the resource".to_owned());
    }
    Ok(walk.found)
}

/// The way walked so far.
#[derive(Clone, Default)]
struct Trail<'d> {
    tokens: Vec<String>,
    /// Attribute names on the way, joined by dots: the path without its indexes.
    names: String,
    /// The arrays on the way: their `names`, and the element that was entered.
    arrays: Vec<(String, &'d Value)>,
    element: bool,
}

impl<'d> Trail<'d> {
    fn into_attribute(mut self, name: &str) -> Self {
        if !self.names.is_empty() {
            self.names.push('.');
        }
        self.names.push_str(name);
        self.tokens.push(name.to_owned());
        self.element = false;
        self
    }

    fn into_element(mut self, index: usize, element: &'d Value, whole: bool) -> Self {
        self.tokens.push(index.to_string());
        self.arrays.push((self.names.clone(), element));
        self.element = whole;
        self
    }
}

struct Walk {
    conditions: Vec<Condition>,
    /// Filters read so far, by their text.
    filters: HashMap<String, Option<Filter>>,
    /// An array that was passed without index or condition of its own.
    loose: Option<String>,
    found: Vec<Pointer>,
}

impl Walk {
    fn visit<'d>(&mut self, value: Option<&'d Value>, steps: &[Step], trail: Trail<'d>) {
        let Some((step, rest)) = steps.split_first() else {
            return self.arrive(value, trail);
        };
        let Some(value) = value else { return };
        match (step, value) {
            (Step::Key(name), Value::Object(object)) => {
                self.visit(object.get(name), rest, trail.into_attribute(name));
            }
            (Step::Key(token), Value::Array(array)) => match pointer::place(token) {
                Some(Place::At(index)) => match array.get(index) {
                    Some(element) => {
                        self.visit(
                            Some(element),
                            rest,
                            trail.into_element(index, element, false),
                        );
                    }
                    None if rest.is_empty() => self.end(token, trail),
                    None => {}
                },
                Some(Place::End) if rest.is_empty() => self.end(token, trail),
                Some(Place::End) => {}
                None => {
                    self.loose.get_or_insert_with(|| trail.names.clone());
                    self.each(array, |_| true, steps, &trail, false);
                }
            },
            (Step::All, Value::Array(array)) => {
                self.each(array, |_| true, rest, &trail, rest.is_empty());
            }
            (Step::Where(filter), Value::Array(array)) => {
                self.each(array, |e| filter.matches(e), rest, &trail, rest.is_empty());
            }
            _ => {}
        }
    }

    fn each<'d>(
        &mut self,
        array: &'d [Value],
        wanted: impl Fn(&Value) -> bool,
        steps: &[Step],
        trail: &Trail<'d>,
        whole: bool,
    ) {
        for (index, element) in array.iter().enumerate().filter(|(_, e)| wanted(e)) {
            let trail = trail.clone().into_element(index, element, whole);
            self.visit(Some(element), steps, trail);
        }
    }

    /// The end of the path is an index behind the last element, or `-`.
    fn end(&mut self, token: &str, mut trail: Trail<'_>) {
        trail.tokens.push(token.to_owned());
        self.keep(trail);
    }

    fn arrive<'d>(&mut self, value: Option<&'d Value>, trail: Trail<'d>) {
        match value {
            // A condition that no array on the way answers to is about this one's elements.
            Some(Value::Array(array)) if self.conditions.iter().any(|c| free(c, &trail)) => {
                self.each(array, |_| true, &[], &trail, true);
            }
            _ => self.keep(trail),
        }
    }

    fn keep(&mut self, trail: Trail<'_>) {
        if self.holds(&trail) {
            self.found.push(Pointer {
                tokens: trail.tokens,
                element: trail.element,
            });
        }
    }

    /// Whether the elements that were entered on the way answer to all conditions. Those about the
    /// same element are read together, because repetition of a name means OR.
    fn holds(&mut self, trail: &Trail<'_>) -> bool {
        let mut asked: Vec<(&Value, String)> = Vec::new();
        for condition in &self.conditions {
            let Some((element, raw)) = level(condition, trail) else {
                return false;
            };
            match asked.iter_mut().find(|(e, _)| std::ptr::eq(*e, element)) {
                Some((_, all)) => {
                    all.push('&');
                    all.push_str(raw);
                }
                None => asked.push((element, raw.to_owned())),
            }
        }
        asked.into_iter().all(|(element, raw)| {
            if let Some(wanted) = raw.strip_prefix('=') {
                return condition::is_plain(element, wanted);
            }
            let read = self.filters.entry(raw);
            let filter = read.or_insert_with_key(|raw| condition::filter(raw).ok());
            filter.as_ref().is_some_and(|f| f.matches(element))
        })
    }
}

/// No array that was entered is named by the condition, and the path ends at another one.
fn free(condition: &Condition, trail: &Trail<'_>) -> bool {
    let entered_here = trail.arrays.iter().any(|(names, _)| *names == trail.names);
    let bound = trail
        .arrays
        .iter()
        .any(|(names, _)| condition.below(names).is_some());
    !entered_here && !bound
}

/// The array element that a condition is about, and what is asked of it.
fn level<'d, 'c>(condition: &'c Condition, trail: &Trail<'d>) -> Option<(&'d Value, &'c str)> {
    let named = trail
        .arrays
        .iter()
        .rev()
        .find_map(|(names, element)| Some((*element, condition.below(names)?)));
    named.or_else(|| {
        let (_, innermost) = trail.arrays.last()?;
        Some((*innermost, condition.raw()))
    })
}
