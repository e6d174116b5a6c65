//! Whether a document fits its resource: JSON Schema 2020-12, one schema for each version and
//! resource, generated from the model, and the schemas of extensions that a document names.
//!
//! A good document costs one pass that allocates nothing; only a bad one is looked at again to name
//! every offending attribute. Schemas are compiled when they are first needed.

mod change;
mod extension;
mod message;
mod schemas;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

pub use extension::ExtensionSchemas;

use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::json::pointer;
use crate::domain::problem::{Code, Outcome, Problem, Violation};

/// Most violations that one answer names.
pub const MAX_VIOLATIONS: usize = 50;

/// API, version and entity.
type Key = (&'static str, ApiVersion, &'static str);

/// All checks, compiled when first needed. Shared by reference between threads.
pub struct Validators {
    extensions: ExtensionSchemas,
    /// An unregistered `@schemaLocation` is a violation.
    strict: bool,
    compiled: RwLock<HashMap<Key, Arc<Validator>>>,
}

impl Validators {
    /// Checks with the extensions given. When `strict`, an `@schemaLocation` that none of them
    /// answers to is refused; otherwise what it stands for is accepted unchecked.
    pub fn new(extensions: ExtensionSchemas, strict: bool) -> Self {
        Validators {
            extensions,
            strict,
            compiled: RwLock::new(HashMap::new()),
        }
    }

    /// Checks what a client sent to create a resource, in the form of the resource's version. What
    /// `leave` says of a violation's pointer is for others to judge is left to them.
    ///
    /// # Errors
    /// [`Code::InvalidBody`] with a violation for each offending attribute, at most
    /// [`MAX_VIOLATIONS`]; attributes that only the server sets are among them.
    pub fn check_new(
        &self,
        resource: &'static Resource,
        document: &Value,
        leave: impl Fn(&str) -> bool,
    ) -> Outcome<()> {
        let mut violations = forbidden(resource, document);
        self.collect(key(resource), document, &mut violations)?;
        violations.retain(|violation| !leave(&violation.path));
        refuse(violations)
    }

    /// Checks a resource after a patch, with regard to what it was before: what the patch did not
    /// touch is not held against it. Resources made through v4 may lack what v5 requires of
    /// clients, and a v5 client must be able to change their names all the same.
    ///
    /// # Errors
    /// As [`Validators::check_new`], for what differs (see [`change`]).
    pub fn check_change(
        &self,
        resource: &'static Resource,
        before: &Value,
        after: &Value,
    ) -> Outcome<()> {
        let mut violations = Vec::new();
        self.collect(key(resource), after, &mut violations)?;
        refuse(change::blamed(before, after, violations, || {
            let mut earlier = Vec::new();
            self.collect(key(resource), before, &mut earlier)?;
            Ok::<_, Problem>(earlier)
        })?)
    }

    fn collect(&self, key: Key, document: &Value, violations: &mut Vec<Violation>) -> Outcome<()> {
        let validator = self.validator(key)?;
        if !validator.is_valid(document) {
            message::explain(&validator, document, "", violations);
        }
        self.extensions.check(document, self.strict, violations);
        Ok(())
    }

    fn validator(&self, key: Key) -> Outcome<Arc<Validator>> {
        // A panic while the lock was held cannot have left the map half changed.
        let compiled = self.compiled.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = compiled.get(&key) {
            return Ok(Arc::clone(validator));
        }
        drop(compiled);
        // Two threads may compile the same schema once; neither waits for the other.
        let validator = Arc::new(compile(key)?);
        let mut compiled = self
            .compiled
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(compiled.entry(key).or_insert(validator)))
    }
}

fn key(resource: &'static Resource) -> Key {
    (resource.api, resource.version, resource.entity.name)
}

/// Compiles the schema of an entity out of the file of its API version.
fn compile((api, version, entity): Key) -> Outcome<Validator> {
    let fault = |why: &dyn std::fmt::Display| {
        Problem::internal(format!("schema of {entity} in {api} {version}: {why}"))
    };
    let text = schemas::text(api, version).ok_or_else(|| fault(&"there is no schema file"))?;
    let mut schema: Value = serde_json::from_str(text).map_err(|e| fault(&e))?;
    let known = schema.pointer(&format!("/$defs/{entity}")).is_some();
    if !known {
        return Err(fault(&"the file does not define it"));
    }
    if let Value::Object(root) = &mut schema {
        let entity = format!("#/$defs/{entity}");
        root.insert("$ref".to_owned(), Value::String(entity));
    }
    options().build(&schema).map_err(|e| fault(&e))
}

/// How all schemas are compiled: formats are asserted, patterns are matched in linear time.
fn options<'r>() -> jsonschema::ValidationOptions<'r> {
    jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .should_validate_formats(true)
        .with_pattern_options(PatternOptions::regex())
}

/// First-level attributes of a create request that only the server sets (TMF630 part 1, section 5;
/// `without` of the create forms).
fn forbidden(resource: &Resource, document: &Value) -> Vec<Violation> {
    let Value::Object(sent) = document else {
        return Vec::new();
    };
    let attributes = resource.entity.attributes.iter();
    attributes
        .filter(|a| !a.settable && sent.get(a.name).is_some_and(|value| !value.is_null()))
        .map(|a| Violation {
            path: pointer::child("", a.name),
            message: "cannot be sent, the server sets it".to_owned(),
        })
        .collect()
}

fn refuse(mut violations: Vec<Violation>) -> Outcome<()> {
    if violations.is_empty() {
        return Ok(());
    }
    violations.truncate(MAX_VIOLATIONS);
    Err(Problem::many(Code::InvalidBody, violations))
}
