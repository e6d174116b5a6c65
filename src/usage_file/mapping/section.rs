//! Reading TOML with places: every mistake is told with its line and its key, and all of them at once.

use std::cell::RefCell;
use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::Mistake;

/// A text that is being read, and what is wrong with it.
pub struct Reading<'t> {
    text: &'t str,
    /// Texts that take the place of those in the file, by key; and whether they have been asked for.
    given: RefCell<BTreeMap<String, (String, bool)>>,
    mistakes: RefCell<Vec<Mistake>>,
    none: DeTable<'t>,
}

impl<'t> Reading<'t> {
    pub fn new(text: &'t str, given: &[(String, String)]) -> Self {
        let given = given
            .iter()
            .map(|(key, value)| (key.clone(), (value.clone(), false)));
        Reading {
            text,
            given: RefCell::new(given.collect()),
            mistakes: RefCell::default(),
            none: DeTable::new(),
        }
    }

    fn none(&self) -> &DeTable<'t> {
        &self.none
    }

    /// Notes a mistake at a byte of the text.
    pub fn mistake(&self, at: usize, key: impl Into<String>, message: impl Into<String>) {
        let line = self
            .text
            .bytes()
            .take(at)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1;
        self.mistakes.borrow_mut().push(Mistake {
            line,
            key: key.into(),
            message: message.into(),
        });
    }

    /// The text that was given for a key.
    fn given(&self, key: &str) -> Option<String> {
        let mut given = self.given.borrow_mut();
        let (value, asked) = given.get_mut(key)?;
        *asked = true;
        Some(value.clone())
    }

    /// All mistakes, sorted by line. What was given and never asked for is one.
    pub fn finish(self) -> Vec<Mistake> {
        for (key, (_, asked)) in self.given.take() {
            if !asked {
                self.mistake(0, key, "is no setting of this mapping that can be given");
            }
        }
        let mut mistakes = self.mistakes.into_inner();
        mistakes.sort_by_key(|mistake| mistake.line);
        mistakes
    }
}

/// A table in the text.
#[derive(Clone)]
pub struct Section<'r, 't> {
    reading: &'r Reading<'t>,
    table: &'r DeTable<'t>,
    /// Its dotted key; empty for the whole text.
    pub key: String,
    /// The byte at which it begins.
    pub at: usize,
}

impl<'r, 't> Section<'r, 't> {
    pub fn new(reading: &'r Reading<'t>, table: &'r DeTable<'t>, key: String, at: usize) -> Self {
        Section {
            reading,
            table,
            key,
            at,
        }
    }

    /// The dotted key of something in it.
    pub fn key_of(&self, name: &str) -> String {
        match self.key.as_str() {
            "" => name.to_owned(),
            key => format!("{key}.{name}"),
        }
    }

    pub fn value(&self, name: &str) -> Option<&'r Spanned<DeValue<'t>>> {
        self.table.get(name)
    }

    pub fn has(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// True when whoever uses the mapping gives a text for it.
    pub fn is_given(&self, name: &str) -> bool {
        self.reading.given.borrow().contains_key(&self.key_of(name))
    }

    /// Notes a mistake in something that is there, or in the section where it is not.
    pub fn mistake(&self, name: &str, message: impl Into<String>) {
        let at = self.value(name).map_or(self.at, |value| value.span().start);
        self.reading.mistake(at, self.key_of(name), message);
    }

    /// Refuses everything that has another name.
    pub fn only(&self, known: &[&str]) {
        for name in self.table.keys() {
            if !known.contains(&name.get_ref().as_ref()) {
                let key = self.key_of(name.get_ref());
                let message = format!("is unknown here; known are {}", known.join(", "));
                self.reading.mistake(name.span().start, key, message);
            }
        }
    }

    /// The names in it, with the bytes at which they stand.
    pub fn names(&self) -> impl Iterator<Item = &'r str> {
        self.table.keys().map(|name| name.get_ref().as_ref())
    }

    pub fn text(&self, name: &str) -> Option<String> {
        if let Some(given) = self.reading.given(&self.key_of(name)) {
            return Some(given);
        }
        let text = self.value(name)?.get_ref().as_str().map(str::to_owned);
        self.or_mistake(name, text, "must be a text")
    }

    /// A text that must be there.
    pub fn required_text(&self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_none() && !self.has(name) {
            self.mistake(name, "is needed");
        }
        text
    }

    pub fn flag(&self, name: &str) -> bool {
        let value = self.value(name).map(|value| value.get_ref().as_bool());
        value.is_some_and(|flag| {
            let flag = self.or_mistake(name, flag, "must be true or false");
            flag.unwrap_or_default()
        })
    }

    /// A number of 0 or more.
    pub fn whole(&self, name: &str) -> Option<usize> {
        let whole = whole(self.value(name)?.get_ref());
        self.or_mistake(name, whole, "must be a whole number")
    }

    /// A number, with its digits as written; whole or not.
    pub fn number(&self, name: &str) -> Option<String> {
        let number = match self.value(name)?.get_ref() {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str().to_owned()),
            DeValue::Float(number) => Some(number.as_str().to_owned()),
            _ => None,
        };
        self.or_mistake(name, number, "must be a number")
    }

    /// One text, or a list of texts.
    pub fn texts(&self, name: &str) -> Option<Vec<String>> {
        let key = self.key_of(name);
        if let Some(given) = self.reading.given(&key) {
            return Some(given.split(',').map(str::to_owned).collect());
        }
        let texts = match self.value(name)?.get_ref() {
            DeValue::String(text) => Some(vec![text.clone().into_owned()]),
            DeValue::Array(list) => {
                let texts = list
                    .iter()
                    .map(|text| text.get_ref().as_str().map(str::to_owned));
                texts.collect()
            }
            _ => None,
        };
        self.or_mistake(name, texts, "must be a text or a list of texts")
    }

    /// The value with one of these names.
    pub fn choice<T: Copy>(&self, name: &str, choices: &[(&'static str, T)]) -> Option<T> {
        let text = self.text(name)?;
        let chosen = choices.iter().find(|(known, _)| *known == text);
        let names: Vec<&str> = choices.iter().map(|(known, _)| *known).collect();
        let message = format!("must be one of {}", names.join(", "));
        self.or_mistake(name, chosen.map(|(_, choice)| *choice), &message)
    }

    /// A table in it.
    pub fn section(&self, name: &str) -> Option<Section<'r, 't>> {
        let value = self.value(name)?;
        let section = value
            .get_ref()
            .as_table()
            .map(|table| Section::new(self.reading, table, self.key_of(name), value.span().start));
        self.or_mistake(name, section, "must be a table")
    }

    /// A table in it; an empty one where there is none, so that what is given for it is found.
    pub fn section_or_empty(&self, name: &str) -> Section<'r, 't> {
        let none = || {
            Section::new(
                self.reading,
                self.reading.none(),
                self.key_of(name),
                self.at,
            )
        };
        self.section(name).unwrap_or_else(none)
    }

    /// The tables of a list.
    pub fn sections(&self, name: &str) -> Vec<Section<'r, 't>> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let list = value.get_ref().as_array();
        let tables: Option<Vec<_>> = list.and_then(|list| {
            let numbered = list.iter().enumerate();
            numbered
                .map(|(place, element)| self.element(name, place, element))
                .collect()
        });
        let message = format!("must be a list of tables: [[{}]]", self.key_of(name));
        self.or_mistake(name, tables, &message).unwrap_or_default()
    }

    fn element(
        &self,
        name: &str,
        place: usize,
        element: &'r Spanned<DeValue<'t>>,
    ) -> Option<Section<'r, 't>> {
        let table = element.get_ref().as_table()?;
        let key = format!("{}.{place}", self.key_of(name));
        Some(Section::new(self.reading, table, key, element.span().start))
    }

    fn or_mistake<T>(&self, name: &str, value: Option<T>, message: &str) -> Option<T> {
        if value.is_none() {
            self.mistake(name, message);
        }
        value
    }
}

/// A number of 0 or more.
pub fn whole(value: &DeValue<'_>) -> Option<usize> {
    let number = value.as_integer()?;
    usize::from_str_radix(number.as_str(), number.radix()).ok()
}
