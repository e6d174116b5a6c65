//! A record that comes in: checked and brought to the stored form, as a single one would be.
//!
//! - `template` records that differ in some values only; `walk` finds those values in a first one;
//! - `form` what is known of all records of a template; `forms` which ones are known;
//! - `content` a record that was read, the long way or by its form.

mod content;
mod form;
mod forms;
mod template;
mod walk;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::Value;

use crate::behaviour::arrival::arrive;
use crate::behaviour::usage::KIND;
use crate::domain::clock::Micros;
use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::json::{self, Limits};
use crate::domain::problem::{Outcome, Problem};
use crate::domain::usage_facts::{UsageFacts, source_of};
use crate::engine::{Core, NewResource};

pub use content::Content;
use form::Form;
pub use form::Formed;
pub use forms::Forms;
use forms::Knowledge;
use template::Span;

/// A record as it was sent.
#[derive(Clone, Debug)]
pub enum Sent {
    Value(Value),
    /// JSON text that was not read yet.
    Text(Vec<u8>),
}

/// A record that was accepted.
#[derive(Debug)]
pub struct Accepted {
    pub content: Content,
    pub facts: UsageFacts,
    pub source: Arc<str>,
    /// An id that the client chose.
    pub id: Option<String>,
}

/// Accepts records of one version of TMF635, one after the other.
pub struct Intake<'c> {
    core: &'c Core,
    forms: &'c Forms,
    limits: &'c Limits,
    version: ApiVersion,
    resource: &'static Resource,
    now: Micros,
    now_text: Arc<str>,
    spans: Vec<Span>,
    /// The source of the record before, as part of an origin: the next one is mostly from there.
    before: Option<(Arc<Form>, Arc<str>, i64)>,
}

impl<'c> Intake<'c> {
    /// For records that come in now.
    ///
    /// # Errors
    /// None that a client could do anything about.
    pub fn new(
        core: &'c Core,
        forms: &'c Forms,
        limits: &'c Limits,
        version: ApiVersion,
    ) -> Outcome<Self> {
        let resource = core.registry.in_version(KIND, version);
        let now = core.clock.now();
        Ok(Intake {
            core,
            forms,
            limits,
            version,
            resource: resource.ok_or_else(|| Problem::internal("there is no usage"))?,
            now,
            now_text: now.to_rfc3339().into(),
            spans: Vec::new(),
            before: None,
        })
    }

    /// Checks a record.
    ///
    /// # Errors
    /// `MalformedBody` for what is no JSON; `InvalidBody` with a violation for each attribute that does
    /// not fit.
    pub fn accept(&mut self, record: Sent) -> Outcome<Accepted> {
        let text = match record {
            Sent::Value(record) => return Ok(read(self.check(record)?.0)),
            Sent::Text(text) => text,
        };
        let text_max = self.limits.string_bytes;
        let read_by_form = self.forms.read(
            self.version,
            text,
            text_max,
            &self.now_text,
            &mut self.spans,
        );
        let text = match read_by_form {
            Ok(formed) => {
                let source = self.source(&formed);
                return Ok(Accepted {
                    facts: formed.facts(source.1),
                    content: Content::Formed(formed),
                    source: source.0,
                    id: None,
                });
            }
            Err(text) => text,
        };
        let (new, is_known) = self.check(json::parse(&text, self.limits)?)?;
        if is_known && new.id.is_none() {
            self.learn(&text, &new.doc);
        }
        Ok(read(new))
    }

    /// The second of its kind is learned from: what comes once needs no form.
    fn learn(&self, text: &[u8], stored: &Value) {
        let Some(form) = Form::learn(self.core, self.resource, text) else {
            return;
        };
        let form = Arc::new(form);
        if form.is_true_of(text, stored) {
            self.forms.learn(self.version, form);
        }
    }

    /// A record in the stored form, and whether one like it came before.
    fn check(&self, record: Value) -> Outcome<(NewResource, bool)> {
        let (core, resource) = (self.core, self.resource);
        let (mut new, is_known) = match self.forms.know(self.version, &record) {
            Knowledge::Good => (core.accept_checked(resource, record)?, true),
            Knowledge::New(shape) => {
                let new = core.accept(resource, record)?;
                self.forms.remember(shape);
                (new, false)
            }
            Knowledge::Never => (core.accept(resource, record)?, false),
        };
        arrive(&mut new.doc, self.now)?;
        Ok((new, is_known))
    }

    /// The source of a record, and the number of it with the specification.
    fn source(&mut self, formed: &Formed) -> (Arc<str>, i64) {
        if let Some((form, source, origin)) = &self.before
            && Arc::ptr_eq(form, formed.form())
            && **source == *formed.source()
        {
            return (Arc::clone(source), *origin);
        }
        let source: Arc<str> = formed.source().into();
        let origin = formed.origin();
        self.before = Some((Arc::clone(formed.form()), Arc::clone(&source), origin));
        (source, origin)
    }
}

fn read(new: NewResource) -> Accepted {
    Accepted {
        facts: UsageFacts::of(&new.doc),
        source: source_of(&new.doc).into(),
        content: Content::Whole(new.doc),
        id: new.id,
    }
}
