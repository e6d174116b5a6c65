//! The operations of a JSON Patch, RFC 6902.

use serde_json::{Map, Value};

use super::pointer::{self, Place};
use super::selection::{self, Pointer};
use super::{MAX_COPIED_VALUES, MAX_DEPTH, MAX_OPERATIONS, equality};
use crate::domain::problem::{Code, Outcome, Problem};

/// The member name by which `serde_json` hands over a number as text: an object with it would be a
/// number when the stored text is read again. The reader of documents refuses it too.
const NUMBER: &str = "$serde_json::private::Number";

/// One operation, read but not resolved.
struct Operation<'a> {
    action: Action<'a>,
    path: &'a str,
}

enum Action<'a> {
    Add(&'a Value),
    Remove,
    Replace(&'a Value),
    Move(&'a str),
    Copy(&'a str),
    Test(&'a Value),
}

/// A refusal: the member of the operation that is to blame, and why.
struct Refusal {
    code: Code,
    member: &'static str,
    message: String,
}

type Step<T> = Result<T, Refusal>;

fn refuse<T>(member: &'static str, message: impl Into<String>) -> Step<T> {
    Err(Refusal {
        code: Code::InvalidPatch,
        member,
        message: message.into(),
    })
}

/// Applies all operations in turn. With `queries`, paths may select array elements by conditions.
/// The document is left half changed on an error: the caller works on a copy.
pub(super) fn apply(document: &mut Value, patch: &Value, queries: bool) -> Outcome<()> {
    let Value::Array(operations) = patch else {
        return Err(Problem::at(
            Code::InvalidPatch,
            "",
            "a JSON Patch must be an array of operations",
        ));
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(Problem::at(
            Code::LimitExceeded,
            "",
            format!("a patch may have at most {MAX_OPERATIONS} operations"),
        ));
    }
    let mut run = Run {
        document,
        queries,
        copied: 0,
    };
    for (index, operation) in operations.iter().enumerate() {
        let result = read(operation).and_then(|operation| run.perform(&operation));
        result.map_err(|refusal| {
            let pointer = match refusal.member {
                "" => format!("/{index}"),
                member => format!("/{index}/{member}"),
            };
            Problem::at(refusal.code, pointer, refusal.message)
        })?;
    }
    Ok(())
}

fn read(operation: &Value) -> Step<Operation<'_>> {
    let Value::Object(members) = operation else {
        return refuse("", "an operation must be a JSON object");
    };
    let action = match text(members, "op")? {
        "add" => Action::Add(value(members)?),
        "remove" => Action::Remove,
        "replace" => Action::Replace(value(members)?),
        "move" => Action::Move(text(members, "from")?),
        "copy" => Action::Copy(text(members, "from")?),
        "test" => Action::Test(value(members)?),
        _ => {
            return refuse(
                "op",
                "must be one of: add, remove, replace, move, copy, test",
            );
        }
    };
    Ok(Operation {
        action,
        path: text(members, "path")?,
    })
}

fn text<'a>(members: &'a Map<String, Value>, name: &'static str) -> Step<&'a str> {
    match members.get(name) {
        Some(Value::String(text)) => Ok(text),
        Some(_) => refuse(name, "must be a string"),
        None => refuse(name, "is required"),
    }
}

fn value(members: &Map<String, Value>) -> Step<&Value> {
    match members.get("value") {
        Some(value) => Ok(value),
        None => refuse("value", "is required"),
    }
}

/// A patch under way.
struct Run<'a> {
    document: &'a mut Value,
    queries: bool,
    copied: usize,
}

impl Run<'_> {
    fn perform(&mut self, operation: &Operation<'_>) -> Step<()> {
        match operation.action {
            Action::Add(value) => {
                for target in self.targets("path", operation.path)? {
                    self.spend(&target, value)?;
                    self.add(&target, value.clone())?;
                }
            }
            Action::Remove => {
                // From the back, so that the indexes of earlier elements stay true.
                for target in self.targets("path", operation.path)?.iter().rev() {
                    self.remove("path", &target.tokens)?;
                }
            }
            Action::Replace(value) => {
                for target in self.targets("path", operation.path)? {
                    self.spend(&target, value)?;
                    *self.present("path", &target.tokens)? = value.clone();
                }
            }
            Action::Test(expected) => {
                for target in self.targets("path", operation.path)? {
                    self.test(&target.tokens, expected)?;
                }
            }
            Action::Move(from) => {
                self.relocate(from, operation.path)?;
            }
            Action::Copy(from) => {
                let source = self.one("from", from)?;
                let value = self.present("from", &source.tokens)?.clone();
                for target in self.targets("path", operation.path)? {
                    self.spend(&target, &value)?;
                    self.add(&target, value.clone())?;
                }
            }
        }
        Ok(())
    }

    /// The places that a path names; never empty.
    fn targets(&self, member: &'static str, path: &str) -> Step<Vec<Pointer>> {
        let found = if self.queries {
            selection::resolve(self.document, path)
        } else {
            pointer::tokens(path).map(|tokens| vec![Pointer::plain(tokens)])
        };
        match found {
            Ok(targets) => Ok(targets),
            Err(message) => refuse(member, message),
        }
    }

    fn one(&self, member: &'static str, path: &str) -> Step<Pointer> {
        let mut targets = self.targets(member, path)?;
        match (targets.pop(), targets.is_empty()) {
            (Some(only), true) => Ok(only),
            _ => refuse(member, "must select a single place"),
        }
    }

    fn present(&mut self, member: &'static str, tokens: &[String]) -> Step<&mut Value> {
        match pointer::find_mut(self.document, tokens) {
            Some(value) => Ok(value),
            None => refuse(member, "points at nothing in the resource"),
        }
    }

    fn add(&mut self, target: &Pointer, value: Value) -> Step<()> {
        if target.element {
            return refuse(
                "path",
                "selects whole array elements; add needs an attribute of them, or replace",
            );
        }
        let Some((last, parents)) = target.tokens.split_last() else {
            *self.document = value;
            return Ok(());
        };
        let Some(parent) = pointer::find_mut(self.document, parents) else {
            return refuse("path", "has a parent that does not exist in the resource");
        };
        match parent {
            Value::Object(_) if last == NUMBER => refuse("path", "has a name that is not allowed"),
            Value::Object(object) => {
                object.insert(last.clone(), value);
                Ok(())
            }
            Value::Array(array) => insert(array, last, value),
            _ => refuse("path", "has a parent that is neither object nor array"),
        }
    }

    fn remove(&mut self, member: &'static str, tokens: &[String]) -> Step<Value> {
        let Some((last, parents)) = tokens.split_last() else {
            return refuse(member, "cannot remove the whole resource");
        };
        let removed = match pointer::find_mut(self.document, parents) {
            Some(Value::Object(object)) => object.shift_remove(last),
            Some(Value::Array(array)) => match pointer::place(last) {
                Some(Place::At(index)) if index < array.len() => Some(array.remove(index)),
                _ => None,
            },
            _ => None,
        };
        match removed {
            Some(value) => Ok(value),
            None => refuse(member, "points at nothing in the resource"),
        }
    }

    fn relocate(&mut self, from: &str, path: &str) -> Step<()> {
        let source = self.one("from", from)?;
        let target = self.one("path", path)?;
        if source.tokens == target.tokens {
            return self.present("from", &source.tokens).map(|_| ());
        }
        if target.tokens.starts_with(&source.tokens) {
            return refuse("path", "lies inside the place that is to be moved");
        }
        let value = self.remove("from", &source.tokens)?;
        // A condition may now select another index of the array that has lost an element.
        let target = self.one("path", path)?;
        self.spend(&target, &value)?;
        self.add(&target, value)
    }

    fn test(&mut self, tokens: &[String], expected: &Value) -> Step<()> {
        let actual = self.present("path", tokens)?;
        if equality::same(actual, expected) {
            return Ok(());
        }
        Err(Refusal {
            code: Code::Conflict,
            member: "value",
            message: "is not what the resource has there".to_owned(),
        })
    }

    /// Accounts for a value that is written into the document, before it is.
    fn spend(&mut self, target: &Pointer, value: &Value) -> Step<()> {
        let (values, depth) = measure(value);
        self.copied = self.copied.saturating_add(values);
        let message = if self.copied > MAX_COPIED_VALUES {
            format!("the patch writes more than {MAX_COPIED_VALUES} values")
        } else if target.tokens.len() + depth > MAX_DEPTH {
            format!("the resource would be nested deeper than {MAX_DEPTH} levels")
        } else {
            return Ok(());
        };
        Err(Refusal {
            code: Code::LimitExceeded,
            member: "",
            message,
        })
    }
}

fn insert(array: &mut Vec<Value>, token: &str, value: Value) -> Step<()> {
    let index = match pointer::place(token) {
        Some(Place::End) => array.len(),
        Some(Place::At(index)) => index,
        None => return refuse("path", "needs an array index or '-' as its last part"),
    };
    if index > array.len() {
        return refuse("path", "has an index behind the end of the array");
    }
    array.insert(index, value);
    Ok(())
}

/// How many JSON values a value consists of, and how many levels of containers.
fn measure(value: &Value) -> (usize, usize) {
    let sum = |(values, depth), inner: &Value| {
        let (more, below) = measure(inner);
        (values + more, usize::max(depth, below))
    };
    let (values, depth) = match value {
        Value::Array(items) => items.iter().fold((0, 0), sum),
        Value::Object(members) => members.values().fold((0, 0), sum),
        _ => return (1, 0),
    };
    (values + 1, depth + 1)
}
