//! What is remembered of the forms of records.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::Value;

use super::form::{Form, Formed};
use super::template::Span;
use super::walk::differs;
use crate::domain::clock::Micros;
use crate::domain::descriptor::ApiVersion;
use crate::domain::packed::{Frame, Packed, pack};

/// Shapes that are remembered.
const SHAPES_MAX: usize = 10_000;
/// Bytes of one that is remembered: clients choose what stands in it.
const SHAPE_MAX: usize = 8_192;
/// Forms of a version. Each that does not fit costs a record a comparison; with more, it begins anew.
const FORMS_MAX: usize = 128;

/// Forms of records that validation found good. Records of one source are all alike: of one that has the
/// members and types of another, with other values where any value is good, validation would say the
/// same.
#[derive(Default)]
pub struct Forms {
    good: RwLock<HashSet<(ApiVersion, String)>>,
    v4: Learned,
    v5: Learned,
}

#[derive(Default)]
struct Learned {
    forms: RwLock<Vec<Arc<Form>>>,
    /// The place of the one that fitted last: the next record is mostly like it.
    last: AtomicUsize,
}

/// What is known of a record's shape.
pub enum Knowledge {
    Good,
    New((ApiVersion, String)),
    /// It has values of which validation may say one thing or another.
    Never,
}

impl Forms {
    const fn of(&self, version: ApiVersion) -> &Learned {
        match version {
            ApiVersion::V4 => &self.v4,
            ApiVersion::V5 => &self.v5,
        }
    }

    /// Reads a record of a form that was learned; gives it back where there is none that fits.
    pub fn read(
        &self,
        version: ApiVersion,
        text: Vec<u8>,
        text_max: usize,
        now: &Arc<str>,
        spans: &mut Vec<Span>,
    ) -> Result<Formed, Vec<u8>> {
        match self.of(version).find(&text, text_max, spans) {
            Some(form) => match Formed::new(&form, text, spans, Arc::clone(now)) {
                Some(formed) => Ok(formed),
                // The parts of the form and what stands between them are text, so the whole is.
                None => Err(Vec::new()),
            },
            None => Err(text),
        }
    }

    /// Remembers a form.
    pub fn learn(&self, version: ApiVersion, form: Arc<Form>) {
        let learned = self.of(version);
        let mut forms = learned
            .forms
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if forms.len() >= FORMS_MAX {
            forms.clear();
        }
        forms.push(form);
    }

    /// What is known of a record that was read.
    pub fn know(&self, version: ApiVersion, record: &Value) -> Knowledge {
        if !is_plain(record) {
            return Knowledge::Never;
        }
        let mut packed = Packed::default();
        pack(record, &Names, &mut packed);
        let shape = (version, packed.shape);
        let good = self.good.read().unwrap_or_else(PoisonError::into_inner);
        match good.contains(&shape) {
            true => Knowledge::Good,
            false => Knowledge::New(shape),
        }
    }

    /// Remembers a shape that validation found good.
    pub fn remember(&self, shape: (ApiVersion, String)) {
        let mut good = self.good.write().unwrap_or_else(PoisonError::into_inner);
        if good.len() < SHAPES_MAX && shape.1.len() <= SHAPE_MAX {
            good.insert(shape);
        }
    }
}

impl Learned {
    fn find(&self, text: &[u8], text_max: usize, spans: &mut Vec<Span>) -> Option<Arc<Form>> {
        let forms = self.forms.read().unwrap_or_else(PoisonError::into_inner);
        let last = self.last.load(Ordering::Relaxed);
        if let Some(form) = forms.get(last)
            && form.find(text, text_max, spans)
        {
            return Some(Arc::clone(form));
        }
        let (place, form) = forms
            .iter()
            .enumerate()
            .find(|(_, form)| form.find(text, text_max, spans))?;
        self.last.store(place, Ordering::Relaxed);
        Some(Arc::clone(form))
    }
}

/// All texts belong to the shape but those of which any is good.
struct Names;

impl Frame for Names {
    fn holds(&self, under: &str, key: &str, _text: &str) -> bool {
        !differs(under, key)
    }
}

/// Members whose values do not matter, or belong to the shape; and a date that is one.
fn is_plain(record: &Value) -> bool {
    const PLAIN: [&str; 8] = [
        "@type",
        "description",
        "product",
        "status",
        "usageCharacteristic",
        "usageDate",
        "usageSpecification",
        "usageType",
    ];
    let Some(members) = record.as_object() else {
        return false;
    };
    let date = members.get("usageDate").and_then(Value::as_str);
    members.keys().all(|name| PLAIN.contains(&name.as_str()))
        && date.is_some_and(|date| Micros::parse(date).is_some())
        && members.get("product").is_none_or(is_plain_reference)
        && members
            .get("usageCharacteristic")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().all(has_plain_value))
}

/// A reference without an address: what it says depends on its text.
fn is_plain_reference(reference: &Value) -> bool {
    const PLAIN: [&str; 4] = ["@type", "@referredType", "id", "name"];
    reference.as_object().is_some_and(|members| {
        let id = members.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !id.is_empty())
            && members.keys().all(|name| PLAIN.contains(&name.as_str()))
    })
}

/// A text or a number: what the types of values say of others is left to validation.
fn has_plain_value(characteristic: &Value) -> bool {
    let value = characteristic.get("value");
    value.is_some_and(|value| value.is_string() || value.is_number() || value.is_boolean())
}
