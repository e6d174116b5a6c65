//! Reading what operators write: names of a fixed set, whole numbers, amounts, with a pointer to what
//! is wrong. Nothing is guessed: an attribute that is not known is a fault.

use rust_decimal::Decimal;
use serde_json::Value;

use super::fault::Fault;
use crate::domain::clock::Micros;
use crate::domain::money::{Currency, Money, decimal_of};
use crate::domain::value::{Object, Period};

/// An object that is read, with where it stands and what was found wrong so far.
pub(super) struct Reader<'d, 'f> {
    object: &'d Object,
    pointer: String,
    pub faults: &'f mut Vec<Fault>,
}

impl<'d, 'f> Reader<'d, 'f> {
    /// Begins to read; a fault where the value is no object.
    pub fn new(value: &'d Value, pointer: String, faults: &'f mut Vec<Fault>) -> Option<Self> {
        match value.as_object() {
            Some(object) => Some(Reader {
                object,
                pointer,
                faults,
            }),
            None => {
                faults.push(Fault::new(pointer, "must be an object"));
                None
            }
        }
    }

    /// True where this reads an object of that value.
    pub fn is_of(&self, value: &Value) -> bool {
        value
            .as_object()
            .is_some_and(|object| std::ptr::eq(object, self.object))
    }

    /// A reader of another document, whose faults are reported at an attribute of this one.
    pub fn beside<'o>(&mut self, value: &'o Value, name: &str) -> Option<Reader<'o, '_>> {
        let pointer = match name {
            "" => self.pointer.clone(),
            _ => format!("{}/{name}", self.pointer),
        };
        Reader::new(value, pointer, self.faults)
    }

    /// Refuses attributes besides these and those that begin with `@`.
    pub fn only(&mut self, known: &[&str]) {
        for name in self.object.keys() {
            if !name.starts_with('@') && !known.contains(&name.as_str()) {
                self.fault(
                    name,
                    &format!("is not known; there are {}", known.join(", ")),
                );
            }
        }
    }

    /// Adds a fault at an attribute, at the object itself, or some steps below.
    pub fn fault(&mut self, steps: &str, message: &str) {
        let pointer = match steps {
            "" => self.pointer.clone(),
            _ => format!("{}/{steps}", self.pointer),
        };
        self.faults.push(Fault::new(pointer, message));
    }

    /// The pointer of an attribute.
    pub fn at(&self, name: &str) -> String {
        match name {
            "" => self.pointer.clone(),
            _ => format!(
                "{}/{}",
                self.pointer,
                name.replace('~', "~0").replace('/', "~1")
            ),
        }
    }

    /// A value that is there and not null.
    pub fn value(&self, name: &str) -> Option<&'d Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// True where there is a value.
    pub fn has(&self, name: &str) -> bool {
        self.value(name).is_some()
    }

    /// A text that is not empty.
    pub fn text(&mut self, name: &str) -> Option<&'d str> {
        match self.value(name)? {
            Value::String(text) if !text.is_empty() => Some(text),
            _ => self.wrong(name, "must be a text"),
        }
    }

    /// A text that must be there.
    pub fn required_text(&mut self, name: &str) -> Option<&'d str> {
        if !self.has(name) {
            return self.wrong(name, "is missing");
        }
        self.text(name)
    }

    /// One of some names.
    pub fn one_of<T: Copy>(&mut self, name: &str, known: &[(&str, T)]) -> Option<T> {
        let value = self.value(name)?;
        let text = value.as_str();
        let found = known.iter().find(|(own, _)| Some(*own) == text);
        if found.is_none() {
            let names: Vec<&str> = known.iter().map(|(own, _)| *own).collect();
            return self.wrong(name, &format!("must be one of {}", names.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    /// A truth value.
    pub fn truth(&mut self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(truth) => Some(*truth),
            _ => self.wrong(name, "must be true or false"),
        }
    }

    /// An exact number.
    pub fn decimal(&mut self, name: &str) -> Option<Decimal> {
        match self.value(name)? {
            Value::Number(number) => match decimal_of(number) {
                Some(value) => Some(value),
                None => self.wrong(name, "has more digits than can be calculated with exactly"),
            },
            _ => self.wrong(name, "must be a number"),
        }
    }

    /// A number of 0 or more.
    pub fn amount(&mut self, name: &str) -> Option<Decimal> {
        let value = self.decimal(name)?;
        if value.is_sign_negative() && !value.is_zero() {
            return self.wrong(name, "must be 0 or more");
        }
        Some(value)
    }

    /// A whole number of 0 or more, by value: 60.0 is one.
    pub fn whole(&mut self, name: &str) -> Option<u64> {
        let value = self.decimal(name)?;
        let whole = value.is_integer().then(|| u64::try_from(value).ok());
        match whole.flatten() {
            Some(whole) => Some(whole),
            None => self.wrong(name, "must be a whole number of 0 or more"),
        }
    }

    /// Money of a `Money` object.
    pub fn money(&mut self, name: &str) -> Option<Money> {
        match Money::read(self.value(name)?) {
            Ok(money) if money.value.is_sign_negative() && !money.value.is_zero() => {
                self.wrong(&format!("{name}/value"), "must be 0 or more")
            }
            Ok(money) => Some(money),
            Err(error) => {
                let pointer = format!("{}{}", self.at(name), error.attribute());
                self.faults.push(Fault::new(pointer, error.to_string()));
                None
            }
        }
    }

    /// A currency by its code.
    pub fn currency(&mut self, name: &str) -> Option<&'static Currency> {
        let code = self.text(name)?;
        match Currency::of(code) {
            Some(currency) => Some(currency),
            None => self.wrong(name, "is not an ISO 4217 currency code"),
        }
    }

    /// `validFor`; without it the period has no ends. Times that cannot be read are faults.
    pub fn valid_for(&mut self) -> Period {
        let Some(value) = self.value("validFor") else {
            return Period::ALWAYS;
        };
        let Some(mut period) = self.child("validFor", value) else {
            return Period::ALWAYS;
        };
        let start = period.instant("startDateTime");
        let end = period.instant("endDateTime");
        if start.zip(end).is_some_and(|(start, end)| start >= end) {
            period.fault("endDateTime", "must be after the start");
        }
        Period { start, end }
    }

    fn instant(&mut self, name: &str) -> Option<Micros> {
        let text = self.text(name)?;
        match Micros::parse(text) {
            Some(instant) => Some(instant),
            None => self.wrong(name, "must be a date and time"),
        }
    }

    /// Elements of a list, with their pointers.
    pub fn list(&mut self, name: &str) -> &'d [Value] {
        match self.value(name) {
            None => &[],
            Some(Value::Array(list)) => list,
            Some(_) => {
                self.fault(name, "must be a list");
                &[]
            }
        }
    }

    /// Texts of a list.
    pub fn texts(&mut self, name: &str) -> Box<[Box<str>]> {
        let list = self.list(name);
        let mut texts = Vec::with_capacity(list.len());
        for (place, value) in list.iter().enumerate() {
            match value.as_str().filter(|text| !text.is_empty()) {
                Some(text) => texts.push(Box::from(text)),
                None => self.fault(&format!("{name}/{place}"), "must be a text"),
            }
        }
        texts.into_boxed_slice()
    }

    /// A reader of an attribute's value.
    pub fn child(&mut self, name: &str, value: &'d Value) -> Option<Reader<'d, '_>> {
        self.beside(value, name)
    }

    fn wrong<T>(&mut self, name: &str, message: &str) -> Option<T> {
        self.fault(name, message);
        None
    }
}
