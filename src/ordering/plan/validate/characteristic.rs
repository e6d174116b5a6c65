//! Characteristics: what the order gives, what the product keeps, and what the catalog has by
//! default, checked against the specification as the offering narrows it.
//!
//! - A value has the type and the pattern of the characteristic and is one that the specification
//!   lists and that the offering, and the bundle around it, sell. A characteristic without a list
//!   takes any value, one that is `extensible` further ones.
//! - What customers do not choose (`configurable` false) may be sent when it is what they get
//!   anyway. Where the catalog does not fix it, fulfilment finds it: a telephone number, a serial
//!   number.
//! - A new product gets defaults; a changed one keeps what is not mentioned and loses what is set to
//!   null. A product that migrates keeps what the new offering sells, and gets its defaults for the
//!   rest.

use std::slice;

use serde_json::Value;

use super::{Check, Placing, code};
use crate::domain::clock::Micros;
use crate::domain::value::typed::ValueType;
use crate::ordering::catalog::{self, Allowed, Offering, ProductSpecification, Use};
use crate::ordering::order::{Action, Characteristic};

const LIST: &str = "/product/productCharacteristic";

/// Something wrong: end of the pointer, code, message.
type Wrong = (String, &'static str, String);

/// Settles the characteristics of an item.
pub(super) fn check(check: &mut Check<'_>, index: usize) {
    let Some(placing) = check.placings.get(index) else {
        return;
    };
    let kept = placing
        .installed
        .map_or(&[][..], |installed| &installed.characteristics);
    // An item whose offering or product is not known has been refused already.
    let is_settled = placing.offering.is_some() || placing.specification.is_some();
    if placing.action == Action::Delete || placing.action == Action::NoChange || !is_settled {
        let kept = kept.to_vec();
        if let Some(placing) = check.placings.get_mut(index) {
            placing.characteristics = kept;
        }
        return;
    }
    let mut settling = Settling::new(check, placing, kept);
    let characteristics = settling.run();
    let wrong = settling.wrong;
    for (below, code, message) in wrong {
        check.refuse(index, &below, code, message);
    }
    if let Some(placing) = check.placings.get_mut(index) {
        placing.characteristics = characteristics;
    }
}

struct Settling<'a> {
    at: Micros,
    /// Definitions of the specification, and those of the offering itself.
    definitions: [&'a [catalog::Characteristic]; 2],
    /// Of the offering, and of the bundles around it.
    uses: Vec<&'a Use>,
    given: &'a [Characteristic],
    kept: &'a [Characteristic],
    /// A product that keeps its offering.
    stays: bool,
    wrong: Vec<Wrong>,
}

impl<'a> Settling<'a> {
    fn new(check: &Check<'a>, placing: &Placing<'a>, kept: &'a [Characteristic]) -> Self {
        let (offering, specification) = (placing.offering, placing.specification);
        let given = placing.item.and_then(|item| item.product.as_ref());
        Settling {
            at: check.at,
            definitions: [
                specification.map_or(&[][..], |own: &ProductSpecification| &own.characteristics),
                offering.map_or(&[][..], |own: &Offering| &own.characteristics),
            ],
            uses: uses(check, placing),
            given: given.map_or(&[][..], |product| &product.characteristics),
            kept,
            stays: placing.installed.is_some() && !placing.migrates,
            wrong: Vec::new(),
        }
    }

    fn run(&mut self) -> Vec<Characteristic> {
        self.unknown();
        let mut settled = Vec::new();
        for definition in self.definitions.into_iter().flatten() {
            if !definition.valid.contains(self.at) {
                continue;
            }
            let Some(value) = self.settle(definition) else {
                continue;
            };
            settled.push(Characteristic {
                name: definition.name.clone(),
                value,
            });
        }
        // What the catalog does not know any more stays with a product that has it.
        for kept in self.kept.iter().filter(|_| self.stays) {
            if self.definition(&kept.name).is_none() {
                settled.push(kept.clone());
            }
        }
        settled
    }

    fn definition(&self, name: &str) -> Option<&'a catalog::Characteristic> {
        let at = self.at;
        let mut all = self.definitions.into_iter().flatten();
        all.find(|own| own.name == name && own.valid.contains(at))
    }

    fn unknown(&mut self) {
        for (place, given) in self.given.iter().enumerate() {
            let kept = self.kept.iter().find(|kept| kept.name == given.name);
            let is_kept = kept.is_some_and(|kept| catalog::is_same(&kept.value, &given.value));
            if self.definition(&given.name).is_none() && !is_kept {
                let message = format!("there is no characteristic '{}'", given.name);
                let below = format!("{LIST}/{place}/name");
                self.wrong
                    .push((below, code::UNKNOWN_CHARACTERISTIC, message));
            }
        }
    }

    /// The value that the product shall have, a list where there are several.
    fn settle(&mut self, definition: &'a catalog::Characteristic) -> Option<Value> {
        let narrowed = Narrowed::new(definition, &self.uses, self.at);
        let given = self.given.iter().enumerate();
        let mut given = given.filter(|(_, given)| given.name == definition.name);
        let Some((place, first)) = given.next() else {
            return self.unmentioned(&narrowed);
        };
        let mut values: Vec<&Value> = parts(&first.value).iter().collect();
        for (_, next) in given {
            values.extend(parts(&next.value));
        }
        values.retain(|value| !value.is_null());
        self.judge(&narrowed, place, &first.value, &values);
        together(values.iter().map(|value| narrowed.canonical(value)))
    }

    /// Keeps, or takes the default.
    fn unmentioned(&mut self, narrowed: &Narrowed<'a>) -> Option<Value> {
        let name = &narrowed.definition.name;
        let kept = self.kept.iter().find(|kept| kept.name == *name);
        if let Some(kept) = kept {
            let is_sold = || parts(&kept.value).iter().all(|value| narrowed.lists(value));
            if self.stays || (is_sold() && narrowed.fixed().next().is_none()) {
                return Some(kept.value.clone());
            }
        }
        if self.stays {
            return None;
        }
        let settled = together(narrowed.defaults().cloned());
        let least = narrowed.least;
        if settled.is_none() && least > 0 && narrowed.definition.configurable {
            let message = format!("a value of '{name}' is needed");
            self.wrong.push((LIST.to_owned(), code::MANDATORY, message));
        }
        settled
    }

    fn judge(&mut self, narrowed: &Narrowed<'a>, place: usize, whole: &Value, values: &[&Value]) {
        let definition = narrowed.definition;
        let name = &definition.name;
        let below = format!("{LIST}/{place}/value");
        if !definition.configurable {
            if !self.is_theirs_anyway(narrowed, values) {
                let message = format!("'{name}' is not for the customer to choose");
                self.wrong.push((below, code::NOT_CONFIGURABLE, message));
            }
            return;
        }
        let number = u32::try_from(values.len()).unwrap_or(u32::MAX);
        if number == 0 && narrowed.least > 0 {
            let message = format!("a value of '{name}' is needed");
            return self.wrong.push((below, code::MANDATORY, message));
        }
        if (number > 0 && number < narrowed.least) || number > narrowed.most {
            let (least, most) = (narrowed.least, narrowed.most);
            let message = format!("'{name}' has from {least} to {most} values");
            return self.wrong.push((below, code::CARDINALITY, message));
        }
        // A list is an allowed combination, or each of its values is allowed.
        if whole.is_array() && narrowed.lists(whole) {
            return;
        }
        if let Some((code, message)) = values.iter().find_map(|value| narrowed.fault(value)) {
            self.wrong.push((below, code, message));
        }
    }

    /// True for what the catalog fixes or the product has.
    fn is_theirs_anyway(&self, narrowed: &Narrowed<'_>, values: &[&Value]) -> bool {
        let is_all = |known: &mut dyn Iterator<Item = &Value>| {
            let known: Vec<&Value> = known.collect();
            known.len() == values.len()
                && known
                    .iter()
                    .zip(values)
                    .all(|(one, other)| catalog::is_same(one, other))
        };
        let name = &narrowed.definition.name;
        let kept = self.kept.iter().find(|kept| kept.name == *name);
        is_all(&mut narrowed.defaults())
            || kept.is_some_and(|kept| is_all(&mut parts(&kept.value).iter()))
    }
}

/// A characteristic as an offering sells it.
struct Narrowed<'a> {
    definition: &'a catalog::Characteristic,
    uses: Vec<&'a Use>,
    least: u32,
    most: u32,
    at: Micros,
}

impl<'a> Narrowed<'a> {
    fn new(definition: &'a catalog::Characteristic, uses: &[&'a Use], at: Micros) -> Self {
        let uses: Vec<&Use> = uses
            .iter()
            .copied()
            .filter(|own| own.name == definition.name)
            .collect();
        let least = uses.iter().filter_map(|own| own.least).max();
        let most = uses.iter().filter_map(|own| own.most).min();
        Narrowed {
            least: least.unwrap_or(definition.least),
            most: most.unwrap_or(definition.most),
            definition,
            uses,
            at,
        }
    }

    /// Values of the offering that leave no choice.
    fn fixed(&self) -> impl Iterator<Item = &'a Value> {
        let at = self.at;
        let needed = !self.definition.configurable || self.least > 0;
        let only = self.uses.iter().find_map(move |own| match &own.values[..] {
            [_] => catalog::defaults(&own.values, at, needed).next(),
            _ => None,
        });
        only.into_iter()
    }

    /// The defaults that hold: those of the innermost use that has some, or those of the
    /// specification that are sold.
    fn defaults(&self) -> impl Iterator<Item = &'a Value> {
        let at = self.at;
        let needed = !self.definition.configurable || self.least > 0;
        let of_use = self.uses.iter().find(|own| {
            let mut defaults = catalog::defaults(&own.values, at, needed);
            defaults.next().is_some()
        });
        let values: &'a [Allowed] = match of_use {
            Some(own) => &own.values,
            None => &self.definition.values,
        };
        let is_of_use = of_use.is_some();
        catalog::defaults(values, at, needed).filter(move |value| is_of_use || self.is_sold(value))
    }

    /// True for a value that no use forbids.
    fn is_sold(&self, value: &Value) -> bool {
        self.uses
            .iter()
            .all(|own| own.values.is_empty() || self.has(&own.values, value))
    }

    fn is_specified(&self, value: &Value) -> bool {
        let definition = self.definition;
        definition.values.is_empty() || definition.extensible || self.has(&definition.values, value)
    }

    fn has(&self, values: &[Allowed], value: &Value) -> bool {
        values
            .iter()
            .any(|allowed| allowed.valid.contains(self.at) && allowed.admits(value))
    }

    fn lists(&self, value: &Value) -> bool {
        self.is_specified(value) && self.is_sold(value)
    }

    fn fault(&self, value: &Value) -> Option<(&'static str, String)> {
        let definition = self.definition;
        let name = &definition.name;
        if !definition.value_type.admits(value) {
            let shown = definition.value_type.shown();
            return Some((code::VALUE_TYPE, format!("'{name}' is {shown}")));
        }
        if let (Some(regex), Some(text)) = (&definition.regex, value.as_str())
            && !regex.is_match(text)
        {
            let message = format!("'{name}' matches the regular expression '{regex}'");
            return Some((code::VALUE_PATTERN, message));
        }
        if self.lists(value) {
            return None;
        }
        let narrowest = self.uses.iter().find(|own| !own.values.is_empty());
        let values = narrowest.map_or(&definition.values, |own| &own.values);
        let message = format!("'{name}' is one of: {}", listed(values));
        Some((code::VALUE_NOT_ALLOWED, message))
    }

    /// The value with its own JSON type: clients of v4 quote numbers.
    fn canonical(&self, value: &Value) -> Value {
        let Value::String(text) = value else {
            return value.clone();
        };
        let text = text.trim();
        match self.definition.value_type {
            ValueType::Integer | ValueType::Number => {
                let number = serde_json::from_str(text).ok();
                number.map_or_else(|| value.clone(), Value::Number)
            }
            ValueType::Boolean if text.eq_ignore_ascii_case("true") => Value::Bool(true),
            ValueType::Boolean if text.eq_ignore_ascii_case("false") => Value::Bool(false),
            _ => value.clone(),
        }
    }
}

/// The uses that count for an item: of its offering first, then of what is around it.
fn uses<'a>(check: &Check<'a>, placing: &Placing<'a>) -> Vec<&'a Use> {
    let specification = placing.specification_id;
    let at = check.at;
    let own = placing.offering.map_or(&[][..], |own| &own.uses);
    let own = own.iter().filter(|own| own.is_of(specification));
    let mut uses: Vec<&Use> = own.collect();
    let mut next = check.parent_of(placing);
    while let Some(around) = next {
        let outer = around.offering.map_or(&[][..], |own: &Offering| &own.uses);
        let meant = |outer: &&Use| {
            outer.specification.is_some() && outer.specification.as_deref() == specification
        };
        // A bundle with a specification of its own speaks of that one.
        if around.specification_id != specification {
            uses.extend(outer.iter().filter(meant));
        }
        next = check.parent_of(around);
    }
    uses.retain(|own| own.valid.contains(at));
    uses
}

/// The values in a list, or the one value.
fn parts(value: &Value) -> &[Value] {
    match value {
        Value::Array(values) => values,
        single => slice::from_ref(single),
    }
}

/// One value, or a list of several.
fn together(values: impl Iterator<Item = Value>) -> Option<Value> {
    let mut values = values.peekable();
    let first = values.next()?;
    if values.peek().is_none() {
        return Some(first);
    }
    let mut all = vec![first];
    all.extend(values);
    Some(Value::Array(all))
}

fn listed(values: &[Allowed]) -> String {
    let shown: Vec<String> = values
        .iter()
        .take(20)
        .map(|allowed| match (&allowed.range, &allowed.value) {
            (Some(range), _) => range.to_string(),
            (None, Some(Value::String(text))) => text.clone(),
            (None, Some(value)) => value.to_string(),
            (None, None) => String::new(),
        })
        .collect();
    shown.join(", ")
}
