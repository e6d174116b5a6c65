//! Schemas of extended types (TMF630 part 2): what a document that names an `@schemaLocation` is
//! checked against, besides the schema of its resource.
//!
//! Schemas are those that come with the program and the `*.schema.json` files of a folder that the
//! operator chose. An `@schemaLocation` means a schema when it is the schema's `$id` or its bare
//! file name. Nothing is ever fetched: a client's document must not make the server open a
//! connection.

use std::collections::HashMap;
use std::fmt;
use std::path::Path;

use jsonschema::{Registry, Validator};
use serde_json::Value;

use super::{MAX_VIOLATIONS, message, options, schemas};
use crate::domain::json::pointer;
use crate::domain::problem::Violation;

const LOCATION: &str = "@schemaLocation";
/// What the names of schema files end with.
const SUFFIX: &str = ".schema.json";

/// Compiled schemas by `$id` and file name.
#[derive(Default)]
pub struct ExtensionSchemas {
    schemas: Vec<Validator>,
    names: HashMap<String, usize>,
}

/// Why schemas cannot be used; names the file.
#[derive(Debug, PartialEq, Eq)]
pub struct ExtensionError(String);

impl fmt::Display for ExtensionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ExtensionError {}

/// A schema file, read.
struct File {
    name: String,
    id: Option<String>,
    schema: Value,
}

impl ExtensionSchemas {
    /// The schemas that come with the program, and those of a folder. A file of the folder takes
    /// the place of one of ours with the same name.
    ///
    /// # Errors
    /// A folder or file that cannot be read, is no JSON Schema, refers to a schema that is not
    /// there, or has the `$id` of another.
    pub fn load(folder: Option<&Path>) -> Result<Self, ExtensionError> {
        let mut files = match folder {
            Some(folder) => read_folder(folder)?,
            None => Vec::new(),
        };
        for (name, text) in schemas::EXTENSIONS {
            if !files.iter().any(|file| file.name == *name) {
                files.push(read((*name).to_owned(), text)?);
            }
        }
        Self::compile(&files)
    }

    fn compile(files: &[File]) -> Result<Self, ExtensionError> {
        let registry = registry(files)?;
        let mut made = ExtensionSchemas::default();
        for file in files {
            let validator = options()
                .with_registry(&registry)
                .build(&file.schema)
                .map_err(|e| error(&file.name, &e))?;
            for name in std::iter::once(&file.name).chain(&file.id) {
                let index = made.schemas.len();
                if made.names.insert(name.clone(), index).is_some() {
                    return Err(error(
                        &file.name,
                        &format!("another schema is called {name}"),
                    ));
                }
            }
            made.schemas.push(validator);
        }
        Ok(made)
    }

    /// How many schemas there are.
    pub fn len(&self) -> usize {
        self.schemas.len()
    }

    /// True without any schema.
    pub fn is_empty(&self) -> bool {
        self.schemas.is_empty()
    }

    /// Checks every object of a document that names a schema.
    pub(super) fn check(&self, document: &Value, strict: bool, violations: &mut Vec<Violation>) {
        let mut walk = Walk {
            schemas: self,
            strict,
            place: String::new(),
            violations,
        };
        walk.visit(document);
    }

    fn find(&self, location: &str) -> Option<&Validator> {
        let index = self.names.get(location).or_else(|| {
            // An empty fragment changes nothing (RFC 3986, 4.4).
            self.names.get(location.strip_suffix('#')?)
        })?;
        self.schemas.get(*index)
    }
}

/// A walk through a document; the pointer is built only as far as the walk has come.
struct Walk<'a> {
    schemas: &'a ExtensionSchemas,
    strict: bool,
    place: String,
    violations: &'a mut Vec<Violation>,
}

impl Walk<'_> {
    fn visit(&mut self, value: &Value) {
        match value {
            Value::Object(attributes) => {
                if let Some(Value::String(location)) = attributes.get(LOCATION) {
                    self.located(value, location);
                }
                for (name, inner) in attributes {
                    if inner.is_object() || inner.is_array() {
                        self.below(name, inner);
                    }
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if item.is_object() || item.is_array() {
                        self.below(&index.to_string(), item);
                    }
                }
            }
            _ => {}
        }
    }

    fn below(&mut self, name: &str, value: &Value) {
        // A target schema describes other objects than the one it stands in.
        if name.starts_with("target") && name.ends_with("Schema") {
            return;
        }
        let length = self.place.len();
        pointer::push(&mut self.place, name);
        self.visit(value);
        self.place.truncate(length);
    }

    fn located(&mut self, value: &Value, location: &str) {
        if self.violations.len() >= MAX_VIOLATIONS {
            return;
        }
        match self.schemas.find(location) {
            Some(validator) if validator.is_valid(value) => {}
            Some(validator) => {
                message::explain(validator, value, &self.place, self.violations);
            }
            None if self.strict => self.violations.push(Violation {
                path: pointer::child(&self.place, LOCATION),
                message: "is not the location of a schema that is registered here".to_owned(),
            }),
            None => {}
        }
    }
}

fn error(file: &str, why: &dyn fmt::Display) -> ExtensionError {
    ExtensionError(format!("extension schema {file}: {why}"))
}

fn read_folder(folder: &Path) -> Result<Vec<File>, ExtensionError> {
    let fault = |e: std::io::Error| ExtensionError(format!("folder {}: {e}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(fault)? {
        paths.push(entry.map_err(fault)?.path());
    }
    // The order decides which of two files an error names.
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| name.ends_with(SUFFIX)) else {
            continue;
        };
        let text = std::fs::read_to_string(&path).map_err(|e| error(name, &e))?;
        files.push(read(name.to_owned(), &text)?);
    }
    Ok(files)
}

fn read(name: String, text: &str) -> Result<File, ExtensionError> {
    let schema: Value = serde_json::from_str(text).map_err(|e| error(&name, &e))?;
    let id = schema.get("$id").and_then(Value::as_str);
    let id = id.map(|id| id.strip_suffix('#').unwrap_or(id).to_owned());
    Ok(File { name, id, schema })
}

/// Everything that a schema may refer to: the other extensions, and the schemas of the APIs.
fn registry(files: &[File]) -> Result<Registry<'static>, ExtensionError> {
    let mut builder = Registry::new();
    let known = schemas::all().filter_map(|text| serde_json::from_str::<Value>(text).ok());
    let ids = known.filter_map(|schema| {
        let id = schema.get("$id")?.as_str()?.to_owned();
        Some((id, schema))
    });
    let own = files
        .iter()
        .filter_map(|file| Some((file.id.clone()?, file.schema.clone())));
    for (id, schema) in ids.chain(own) {
        builder = builder.add(&id, schema).map_err(|e| error(&id, &e))?;
    }
    builder
        .prepare()
        .map_err(|e| ExtensionError(format!("extension schemas: {e}")))
}
