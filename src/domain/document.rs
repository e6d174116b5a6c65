//! Documents that are written member by member: as JSON values, or packed without ever being values
//! ([`crate::domain::packed::PackedObject`]). What is written is said once, for both.

use serde_json::{Map, Number, Value};

/// An object that is being written. Names are written in the order of the calls, each once.
pub trait Object: Sized {
    fn text(&mut self, name: &'static str, text: &str);
    /// A number in the digits of JSON.
    fn number(&mut self, name: &'static str, digits: &str);
    fn flag(&mut self, name: &'static str, flag: bool);
    fn null(&mut self, name: &'static str);
    fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Self));
    /// A list of objects.
    fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        fill: impl FnMut(&mut Self, T),
    );

    /// A whole number.
    fn whole(&mut self, name: &'static str, number: impl itoa::Integer) {
        self.number(name, itoa::Buffer::new().format(number));
    }
}

/// An object that becomes a JSON value.
#[derive(Debug, Default)]
pub struct ValueObject(Map<String, Value>);

impl ValueObject {
    /// The value of what `fill` writes.
    pub fn of(fill: impl FnOnce(&mut Self)) -> Value {
        let mut object = ValueObject::default();
        fill(&mut object);
        Value::Object(object.0)
    }

    fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }
}

impl Object for ValueObject {
    fn text(&mut self, name: &'static str, text: &str) {
        self.put(name, Value::from(text));
    }

    fn number(&mut self, name: &'static str, digits: &str) {
        // Only what is no number would become null.
        let number = digits.parse::<Number>();
        self.put(name, number.map_or(Value::Null, Value::Number));
    }

    fn flag(&mut self, name: &'static str, flag: bool) {
        self.put(name, Value::Bool(flag));
    }

    fn null(&mut self, name: &'static str) {
        self.put(name, Value::Null);
    }

    fn object(&mut self, name: &'static str, fill: impl FnOnce(&mut Self)) {
        self.put(name, ValueObject::of(fill));
    }

    fn objects<T>(
        &mut self,
        name: &'static str,
        items: impl IntoIterator<Item = T>,
        mut fill: impl FnMut(&mut Self, T),
    ) {
        let items = items.into_iter();
        let values = items.map(|item| ValueObject::of(|object| fill(object, item)));
        let values = Value::Array(values.collect());
        self.put(name, values);
    }
}
