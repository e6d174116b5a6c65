//! The three forms of an entity: what is read, what is sent on create, what is sent on patch.

use crate::domain::descriptor::{Api, Attribute, Entity};

/// A form of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Read,
    Create,
    Patch,
}

impl Form {
    /// Whether the document has a schema of its own for this form of the entity.
    pub fn exists(self, entity: &Entity) -> bool {
        match self {
            Form::Read => true,
            Form::Create => entity.has_create_form,
            Form::Patch => entity.has_patch_form,
        }
    }

    /// Name of the schema for this form; that of the entity where the form is no other.
    pub fn schema_name(self, api: &Api, entity: &Entity) -> String {
        let suffix = match self {
            Form::Create if entity.has_create_form => api.version.create_suffix(),
            Form::Patch if entity.has_patch_form => api.version.patch_suffix(),
            _ => "",
        };
        format!("{}{suffix}", entity.name)
    }

    /// Whether the attribute stands in this form.
    pub fn has(self, attribute: &Attribute) -> bool {
        match self {
            Form::Read => true,
            Form::Create => attribute.settable,
            Form::Patch => attribute.patchable,
        }
    }

    /// Whether this form demands the attribute.
    pub fn demands(self, attribute: &Attribute) -> bool {
        match self {
            Form::Read => attribute.required,
            Form::Create => attribute.required_on_create,
            Form::Patch => attribute.required_on_patch,
        }
    }
}
