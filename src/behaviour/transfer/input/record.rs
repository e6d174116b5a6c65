//! From the bytes of a record to a checked resource in the stored form.
//!
//! Which kind of resource a record is, its `@type` says (or its `@baseType`, for types that extend
//! one of ours); a record without one goes into the collection that the job names. Which API version
//! it is written in, the job's `path` may say. Otherwise a record is taken for v5 when it carries
//! types as v5 demands them: one of its own and, where it has parts, one in at least one of them.
//! Everything else is v4, where types are optional. A record that is v5 but for a forgotten type is
//! so refused at the place of the omission, and not read as v4, which would check less.

use std::ops::Range;

use serde_json::{Map, Value};

use crate::domain::descriptor::{ApiVersion, Kind, Resource};
use crate::domain::ids;
use crate::domain::json;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::{Core, NewResource};

use super::super::Settings;
use super::super::scope::{Scope, resources};
use crate::domain::json::frame::{Frame, Place};

pub type Object = Map<String, Value>;

/// A resource of a record.
#[derive(Clone)]
pub struct Part {
    /// Descriptor of the stored form.
    pub resource: &'static Resource,
    pub new: NewResource,
}

/// A record that can be written.
pub struct Accepted {
    /// What it makes, in that order; mostly one resource.
    pub parts: Vec<Part>,
    pub line: u64,
    pub number: u64,
    /// The place behind the record.
    pub end: Place,
    /// Where its text stands among that of the batch.
    pub text: Range<usize>,
    /// The documents were taken out of the parts.
    pub spent: bool,
}

impl Accepted {
    /// Takes the documents out of the parts, for who needs them once.
    pub fn spend(&mut self) -> Vec<Part> {
        self.spent = true;
        let parts = self.parts.iter_mut().map(|part| Part {
            resource: part.resource,
            new: NewResource {
                id: part.new.id.clone(),
                doc: part.new.doc.take(),
            },
        });
        parts.collect()
    }

    /// The record with its documents, read again if they were taken.
    ///
    /// # Errors
    /// A fault of ours: it was read before.
    pub fn whole(self, reader: &Reader<'_>, text: &[u8]) -> Outcome<Self> {
        if !self.spent {
            return Ok(self);
        }
        let frame = Frame {
            line: self.line,
            number: self.number,
            end: self.end,
            too_long: false,
        };
        let again = reader.read(&frame, text, self.text);
        again.map_err(|refused| Problem::internal(refused.problem.logged()))
    }
}

/// A record that cannot.
#[derive(Clone, Debug)]
pub struct Refused {
    pub line: u64,
    pub number: u64,
    /// What it is, as far as it tells: `productOffering 42`.
    pub what: String,
    pub problem: Problem,
}

/// From the object of a record to its resources, and what to call it in the error log.
pub trait Shape: Sync {
    /// Whether all kinds of resources are without versions, so that the database by itself refuses an
    /// id that is there already.
    fn is_alone(&self) -> bool {
        false
    }

    /// The record comes parsed and as it stands in the file.
    ///
    /// # Errors
    /// Why it cannot be used; pointers count from the record.
    fn parts(&self, object: Object, bytes: &[u8]) -> (String, Outcome<Vec<Part>>);
}

/// Reads records of one job.
pub struct Reader<'a> {
    settings: &'a Settings,
    shape: &'a dyn Shape,
}

impl<'a> Reader<'a> {
    pub fn new(settings: &'a Settings, shape: &'a dyn Shape) -> Self {
        Reader { settings, shape }
    }

    /// Checks a record, which stands at that place of a text.
    ///
    /// # Errors
    /// Why it cannot be written.
    pub fn read(
        &self,
        frame: &Frame,
        text: &[u8],
        place: Range<usize>,
    ) -> Result<Accepted, Box<Refused>> {
        let bytes = text.get(place.clone()).unwrap_or_default();
        let refused = |what: String, problem: Problem| {
            Box::new(Refused {
                line: frame.line,
                number: frame.number,
                what,
                problem,
            })
        };
        if frame.too_long {
            let message = format!("it is longer than {} bytes", self.settings.record_bytes);
            return Err(refused(
                String::new(),
                Problem::new(Code::LimitExceeded, message),
            ));
        }
        let value = json::parse(bytes, &self.settings.json)
            .map_err(|problem| refused(String::new(), problem))?;
        let Value::Object(object) = value else {
            let problem = Problem::new(Code::InvalidBody, "it is not a JSON object");
            return Err(refused(String::new(), problem));
        };
        let (what, parts) = self.shape.parts(object, bytes);
        match parts {
            Ok(parts) => Ok(Accepted {
                parts,
                line: frame.line,
                number: frame.number,
                end: frame.end,
                text: place,
                spent: false,
            }),
            Err(problem) => Err(refused(what, problem)),
        }
    }
}

/// Checks a resource of a record by the schema of its kind and version.
///
/// # Errors
/// `InvalidBody` with a violation for each attribute that does not fit.
pub fn accept(core: &Core, resource: &'static Resource, mut object: Object) -> Outcome<Part> {
    // Where the exporting server has it; here it will be at an address of ours.
    object.shift_remove("href");
    // A file says which resource a record is, also in a version whose clients may not.
    let id = take_id(&mut object)?;
    let mut new = core.accept(resource, Value::Object(object))?;
    new.id = id;
    Ok(Part {
        resource: core.canonical(resource)?,
        new,
    })
}

/// Records that are one resource of the catalog each.
pub struct OfCatalog<'a> {
    core: &'a Core,
    scope: Scope,
    /// All collections of all versions.
    known: Vec<&'static Resource>,
}

impl Shape for OfCatalog<'_> {
    fn parts(&self, object: Object, _bytes: &[u8]) -> (String, Outcome<Vec<Part>>) {
        let resource = match self.resource_of(&object) {
            Ok(resource) => resource,
            Err(problem) => return (String::new(), Err(problem)),
        };
        let what = name_of(resource, &object);
        (
            what,
            accept(self.core, resource, object).map(|part| vec![part]),
        )
    }
}

impl<'a> OfCatalog<'a> {
    pub fn new(core: &'a Core, scope: Scope) -> Self {
        OfCatalog {
            core,
            scope,
            known: resources(&core.registry).collect(),
        }
    }

    /// The collection that a record belongs to, in the version it is written in.
    fn resource_of(&self, object: &Object) -> Outcome<&'static Resource> {
        let text = |name: &str| object.get(name).and_then(Value::as_str);
        let named = |name: Option<&str>| {
            let name = name?;
            self.known
                .iter()
                .copied()
                .find(|resource| resource.entity.name == name)
        };
        let by_type = named(text("@type")).or_else(|| named(text("@baseType")));
        let kind = match (by_type, self.scope.kind) {
            (Some(resource), _) => resource.kind,
            (None, Some(kind)) => kind,
            (None, None) => return Err(unknown_type(text("@type"))),
        };
        let version = match (self.scope.version, by_type) {
            (Some(version), _) => version,
            // A name that only one version has.
            (None, Some(resource)) if self.is_only_name(resource) => resource.version,
            (None, _) if self.is_v5(kind, object) => ApiVersion::V5,
            (None, _) => ApiVersion::V4,
        };
        self.core
            .registry
            .in_version(kind, version)
            .ok_or_else(|| Problem::internal(format!("{kind} is not part of {version}")))
    }

    /// True when the entity is called otherwise in the other version: `Catalog`.
    fn is_only_name(&self, resource: &Resource) -> bool {
        resource.version == ApiVersion::V4
            && !self.known.iter().any(|other| {
                other.version != resource.version && other.entity.name == resource.entity.name
            })
    }

    fn is_v5(&self, kind: &str, object: &Object) -> bool {
        let Some(v5) = self.core.registry.in_version(kind, ApiVersion::V5) else {
            return false;
        };
        if !object.get("@type").is_some_and(Value::is_string) || self.only_v4(kind, object) {
            return false;
        }
        let (mut parts, mut typed) = (0_usize, 0_usize);
        for attribute in v5.entity.attributes {
            let (Kind::Entity(entity), Some(value)) = (attribute.kind, object.get(attribute.name))
            else {
                continue;
            };
            if !entity.typed && !entity.union {
                continue;
            }
            let objects = value
                .as_array()
                .map_or(std::slice::from_ref(value), Vec::as_slice);
            for part in objects.iter().filter_map(Value::as_object) {
                parts += 1;
                typed += usize::from(part.contains_key("@type"));
            }
        }
        parts == 0 || typed > 0
    }

    /// True when a record has an attribute that stands elsewhere in v5: `parentId`, `constraint`.
    fn only_v4(&self, kind: &str, object: &Object) -> bool {
        let (Some(v4), Some(v5)) = (
            self.core.registry.in_version(kind, ApiVersion::V4),
            self.core.registry.in_version(kind, ApiVersion::V5),
        ) else {
            return false;
        };
        v4.entity.attributes.iter().any(|attribute| {
            attribute.canonical.is_some()
                && object.contains_key(attribute.name)
                && v5.entity.attribute(attribute.name).is_none()
        })
    }
}

fn take_id(object: &mut Object) -> Outcome<Option<String>> {
    match object.shift_remove("id") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(id)) if ids::is_valid_id(&id) => Ok(Some(id)),
        Some(_) => {
            let message = "must be 1 to 128 letters, digits or -_.~@";
            Err(Problem::at(Code::InvalidBody, "/id", message))
        }
    }
}

fn unknown_type(named: Option<&str>) -> Problem {
    let message = match named {
        Some(name) => format!("'{}' is no type of the catalog", shortened(name)),
        None => "is missing, and the path of the job names no collection".to_owned(),
    };
    Problem::at(Code::InvalidBody, "/@type", message)
}

/// How the error log names a record.
pub fn name_of(resource: &Resource, object: &Object) -> String {
    match object.get("id").and_then(Value::as_str) {
        Some(id) => format!("{} {}", resource.path, shortened(id)),
        None => resource.path.to_owned(),
    }
}

/// Enough of a client's text to recognise it.
fn shortened(text: &str) -> &str {
    text.get(..text.floor_char_boundary(80)).unwrap_or_default()
}
