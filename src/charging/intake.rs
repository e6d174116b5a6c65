//! A record that comes in: checked and brought to the stored form, as a single one would be.

use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use serde_json::Value;

use crate::behaviour::arrival::arrive;
use crate::behaviour::usage::KIND;
use crate::domain::clock::Micros;
use crate::domain::descriptor::ApiVersion;
use crate::domain::json::{self, Limits};
use crate::domain::packed::{Frame, Packed, pack};
use crate::domain::problem::{Outcome, Problem};
use crate::engine::{Core, NewResource};

/// Forms that are remembered.
const FORMS_MAX: usize = 10_000;
/// Bytes of one that is remembered: clients choose what stands in it.
const FORM_MAX: usize = 8_192;

/// A record as it was sent.
#[derive(Clone, Debug)]
pub enum Sent {
    Value(Value),
    /// JSON text that was not read yet.
    Text(Vec<u8>),
}

/// Checks a record of one version of TMF635.
///
/// # Errors
/// `InvalidBody` with a violation for each attribute that does not fit.
pub fn accept(
    core: &Core,
    forms: &Forms,
    limits: &Limits,
    version: ApiVersion,
    record: Sent,
) -> Outcome<NewResource> {
    let record = match record {
        Sent::Value(value) => value,
        Sent::Text(text) => json::parse(&text, limits)?,
    };
    let resource = core
        .registry
        .in_version(KIND, version)
        .ok_or_else(|| Problem::internal("there is no usage"))?;
    let mut new = match forms.know(version, &record) {
        Knowledge::Good => core.accept_checked(resource, record)?,
        Knowledge::New(form) => {
            let new = core.accept(resource, record)?;
            forms.learn(form);
            new
        }
        Knowledge::Never => core.accept(resource, record)?,
    };
    arrive(&mut new.doc, core.clock.now())?;
    Ok(new)
}

/// Forms of records that validation found good. Records of one source are all alike: of one that has the
/// members and types of another, with other values where any value is good, validation would say the
/// same.
#[derive(Default)]
pub struct Forms {
    good: RwLock<HashSet<(ApiVersion, String)>>,
}

/// What is known of a record's form.
enum Knowledge {
    Good,
    New((ApiVersion, String)),
    /// It has values of which validation may say one thing or another.
    Never,
}

impl Forms {
    fn know(&self, version: ApiVersion, record: &Value) -> Knowledge {
        if !is_plain(record) {
            return Knowledge::Never;
        }
        let mut packed = Packed::default();
        pack(record, &Form, &mut packed);
        let form = (version, packed.shape);
        let good = self.good.read().unwrap_or_else(PoisonError::into_inner);
        match good.contains(&form) {
            true => Knowledge::Good,
            false => Knowledge::New(form),
        }
    }

    fn learn(&self, form: (ApiVersion, String)) {
        let mut good = self.good.write().unwrap_or_else(PoisonError::into_inner);
        if good.len() < FORMS_MAX && form.1.len() <= FORM_MAX {
            good.insert(form);
        }
    }
}

/// All texts belong to the form but those of which any is good.
struct Form;

impl Frame for Form {
    fn holds(&self, under: &str, key: &str, _text: &str) -> bool {
        !matches!(
            (under, key),
            ("", "usageDate" | "description") | ("usageCharacteristic", "value")
        )
    }
}

/// Members whose values do not matter, or belong to the form; and a date that is one.
fn is_plain(record: &Value) -> bool {
    const PLAIN: [&str; 7] = [
        "@type",
        "description",
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
        && members
            .get("usageCharacteristic")
            .and_then(Value::as_array)
            .is_some_and(|list| list.iter().all(has_plain_value))
}

/// A text or a number: what the types of values say of others is left to validation.
fn has_plain_value(characteristic: &Value) -> bool {
    let value = characteristic.get("value");
    value.is_some_and(|value| value.is_string() || value.is_number() || value.is_boolean())
}
