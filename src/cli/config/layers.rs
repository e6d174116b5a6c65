//! Lays one source of settings over the other and finds what does not belong.
//!
//! Settings are kept flat, by dotted key. The built-in defaults say which keys exist and of which
//! kind their values are, so a new setting is known here as soon as it stands in `default.toml`.

use std::collections::BTreeMap;
use std::path::Path;

use toml::Value;
use toml::de::{DeTable, DeValue};

use super::error::{ConfigError, Finding, Source};
use super::machines;
use super::nearest::nearest;
use super::oss;
use crate::domain::state_machine::Definitions;

/// What names of environment variables begin with.
pub(super) const PREFIX: &str = "TOLLGATE_";

/// A setting given on the command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Flag {
    /// The flag with its dashes, for messages.
    pub name: &'static str,
    /// The setting in dotted form.
    pub key: &'static str,
    pub value: Value,
}

/// All settings with the place each one comes from.
pub(super) struct Layers {
    defaults: BTreeMap<String, Value>,
    pub(super) values: BTreeMap<String, Value>,
    /// Absent for a default.
    pub(super) sources: BTreeMap<String, Source>,
    pub(super) findings: Vec<Finding>,
    /// The operator's state machines, which have free names.
    pub(super) machines: Definitions,
    /// `[oss.NAME]`, whose names are free too: what was given, by name and key.
    pub(super) oss: BTreeMap<String, toml::Table>,
    /// Values below free names, by dotted key, fit to be shown.
    pub(super) free_values: BTreeMap<String, (Source, Value)>,
    /// The places of their keys and sections.
    pub(super) free_sources: BTreeMap<String, Source>,
}

impl Layers {
    /// Starts with the defaults.
    pub(super) fn new(defaults: &toml::Table) -> Self {
        let mut flat = BTreeMap::new();
        flatten("", defaults, &mut flat);
        Layers {
            values: flat.clone(),
            defaults: flat,
            sources: BTreeMap::new(),
            findings: Vec::new(),
            machines: Definitions::new(),
            oss: BTreeMap::new(),
            free_values: BTreeMap::new(),
            free_sources: BTreeMap::new(),
        }
    }

    /// Lays a file over what is there.
    ///
    /// # Errors
    /// When the text is not TOML; then nothing in it can be judged.
    pub(super) fn file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let unreadable = |error: &toml::de::Error| {
            let at = error.span().map_or(0, |span| span.start);
            let source = file_source(path, text, at);
            ConfigError::one(source, "", format!("not TOML: {}", error.message()))
        };
        let mut table: toml::Table = toml::from_str(text).map_err(|e| unreadable(&e))?;
        let spans = DeTable::parse(text).map_err(|e| unreadable(&e))?;
        let mut offsets = BTreeMap::new();
        key_offsets("", spans.get_ref(), &mut offsets);
        let source = |key: &str| file_source(path, text, offsets.get(key).copied().unwrap_or(0));
        if let Some(section) = table.remove(machines::SECTION) {
            machines::read(self, section, &source);
        }
        if let Some(section) = table.remove(oss::SECTION) {
            oss::read(self, section, &source);
        }
        self.table("", table, &source);
        Ok(())
    }

    fn table(&mut self, prefix: &str, table: toml::Table, source: &impl Fn(&str) -> Source) {
        for (name, value) in table {
            let key = join(prefix, &name);
            match value {
                Value::Table(inner) if self.is_section(&key) => self.table(&key, inner, source),
                value => self.set(&key, value, source(&key)),
            }
        }
    }

    /// Lays variables of the environment over what is there; others than ours are passed over.
    pub(super) fn environment(&mut self, variables: impl Iterator<Item = (String, String)>) {
        for (name, text) in variables {
            let Some(rest) = name.strip_prefix(PREFIX) else {
                continue;
            };
            if is_foreign(rest) {
                continue;
            }
            let source = Source::Environment(name.clone());
            if let Some(rest) = rest.strip_prefix(oss::VARIABLES) {
                oss::variable(self, rest, &text, &source);
                continue;
            }
            let Some(key) = self.key_of_variable(&name) else {
                self.unknown_variable(&name, source);
                continue;
            };
            match self.defaults.get(&key).map(|like| read(&text, like)) {
                Some(Ok(value)) => self.set(&key, value, source),
                Some(Err(message)) => self.complain(source, key, message),
                None => {}
            }
        }
    }

    /// Lays flags of the command line over what is there.
    pub(super) fn flags(&mut self, flags: Vec<Flag>) {
        for flag in flags {
            self.set(flag.key, flag.value, Source::Flag(flag.name));
        }
    }

    /// The settings as a TOML document with sections.
    pub(super) fn document(&self) -> toml::Table {
        nest(&self.values)
    }

    /// The defaults with one setting replaced: what fails to load then fails because of that one.
    pub(super) fn defaults_with(&self, key: &str, value: &Value) -> toml::Table {
        let mut values = self.defaults.clone();
        values.insert(key.to_owned(), value.clone());
        nest(&values)
    }

    pub(super) fn complain(&mut self, source: Source, key: String, message: String) {
        self.findings.push(Finding {
            source,
            key,
            message,
        });
    }

    /// Notes a value below a free name and where it stands.
    pub(super) fn note_free(
        &mut self,
        key: String,
        value: Value,
        source: &impl Fn(&str) -> Source,
    ) {
        let source = source(&key);
        self.free_sources.insert(key.clone(), source.clone());
        self.free_values.insert(key, (source, value));
    }

    /// The place of a key below a free name, or of what it is missing in.
    pub(super) fn free_source(&self, key: &str) -> Source {
        let mut key = key;
        loop {
            if let Some(source) = self.free_sources.get(key) {
                return source.clone();
            }
            match key.rsplit_once('.') {
                Some((above, _)) => key = above,
                None => return Source::Default,
            }
        }
    }

    /// Where a setting has its value from.
    pub(super) fn source(&self, key: &str) -> Source {
        self.sources.get(key).cloned().unwrap_or(Source::Default)
    }

    fn set(&mut self, key: &str, value: Value, source: Source) {
        let Some(like) = self.defaults.get(key) else {
            let message = self.unknown_message(key);
            return self.complain(source, key.to_owned(), message);
        };
        if !value.same_type(like) {
            let message = format!("must be {}, not {}", kind(like), kind(&value));
            return self.complain(source, key.to_owned(), message);
        }
        self.values.insert(key.to_owned(), value);
        self.sources.insert(key.to_owned(), source);
    }

    fn is_section(&self, key: &str) -> bool {
        self.sections().any(|section| section == key)
    }

    fn sections(&self) -> impl Iterator<Item = &str> {
        self.defaults
            .keys()
            .filter_map(|key| key.split_once('.').map(|(section, _)| section))
    }

    fn unknown_message(&self, key: &str) -> String {
        if self.is_section(key) {
            return format!("is a section: its settings go below `[{key}]`");
        }
        match self.meant(key) {
            Some(near) => format!("is not a setting; did you mean `{near}`?"),
            None => "is not a setting; docs/configuration.md lists them all".to_owned(),
        }
    }

    /// The setting somebody meant: the right name in the wrong section, or one with a slip.
    fn meant(&self, key: &str) -> Option<&str> {
        let last = key.rsplit('.').next().unwrap_or(key);
        let mut same_name = self
            .defaults
            .keys()
            .map(String::as_str)
            .filter(|known| known.rsplit('.').next() == Some(last));
        if let (Some(only), None) = (same_name.next(), same_name.next()) {
            return Some(only);
        }
        let known = self.defaults.keys().map(String::as_str);
        let free = [machines::SECTION, oss::SECTION];
        nearest(key, known.chain(self.sections()).chain(free))
    }

    fn key_of_variable(&self, name: &str) -> Option<String> {
        self.defaults
            .keys()
            .find(|key| variable_name(key) == name)
            .cloned()
    }

    fn unknown_variable(&mut self, name: &str, source: Source) {
        let known: Vec<String> = self.defaults.keys().map(|key| variable_name(key)).collect();
        let message = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("names no setting; did you mean {near}?"),
            None => "names no setting; docs/configuration.md lists them all".to_owned(),
        };
        self.complain(source, String::new(), message);
    }
}

/// The variable that gives a setting: `TOLLGATE_LIMITS__BODY_BYTES` for `limits.body_bytes`.
pub(super) fn variable_name(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// Variables with our prefix that are not settings: the one that names the file, the ones that
/// Kubernetes puts into each container when a service is called `tollgate`, and those of the
/// simulated OSS and the test suite. They must not stop the program.
fn is_foreign(rest: &str) -> bool {
    rest == "CONFIG"
        || rest == "PORT"
        || rest.starts_with("PORT_")
        || rest == "SERVICE_HOST"
        || rest.starts_with("SERVICE_PORT")
        || rest.starts_with("TEST_")
        || rest.starts_with("SIM_")
}

/// Reads the text of a variable as a value of the same kind as the default.
fn read(text: &str, like: &Value) -> Result<Value, String> {
    match like {
        Value::String(_) => Ok(Value::String(text.to_owned())),
        Value::Array(_) if !text.trim_start().starts_with('[') => Ok(list(text)),
        _ => parse(text)
            .filter(|value| value.same_type(like))
            .ok_or_else(|| {
                let shown: String = text.chars().take(80).collect();
                format!("must be {}, not `{shown}`", kind(like))
            }),
    }
}

/// Reads one TOML value.
fn parse(text: &str) -> Option<Value> {
    let mut table: toml::Table = toml::from_str(&format!("value = {}", text.trim())).ok()?;
    // More than one key means that the text was not one value but further lines.
    let value = table.remove("value")?;
    table.is_empty().then_some(value)
}

/// Reads `5,30,120` or `a.example.com,b.example.com`.
fn list(text: &str) -> Value {
    let items = text
        .split(',')
        .map(str::trim)
        .filter(|item| !item.is_empty());
    let value = |item: &str| match item.parse::<i64>() {
        Ok(number) => Value::Integer(number),
        Err(_) => Value::String(item.to_owned()),
    };
    Value::Array(items.map(value).collect())
}

/// A kind of value in the words of a message.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "a text",
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list",
        Value::Table(_) => "a section",
        Value::Float(_) => "a number with a fraction",
        Value::Datetime(_) => "a date",
    }
}

fn flatten(prefix: &str, table: &toml::Table, into: &mut BTreeMap<String, Value>) {
    for (name, value) in table {
        let key = join(prefix, name);
        match value {
            Value::Table(inner) => flatten(&key, inner, into),
            value => {
                into.insert(key, value.clone());
            }
        }
    }
}

fn nest(flat: &BTreeMap<String, Value>) -> toml::Table {
    let mut document = toml::Table::new();
    for (key, value) in flat {
        let Some((section, name)) = key.split_once('.') else {
            document.insert(key.clone(), value.clone());
            continue;
        };
        let section = document
            .entry(section)
            .or_insert_with(|| Value::Table(toml::Table::new()));
        if let Value::Table(section) = section {
            section.insert(name.to_owned(), value.clone());
        }
    }
    document
}

fn key_offsets(prefix: &str, table: &DeTable<'_>, into: &mut BTreeMap<String, usize>) {
    for (name, value) in table {
        let key = join(prefix, name.get_ref());
        if let DeValue::Table(inner) = value.get_ref() {
            key_offsets(&key, inner, into);
        }
        into.insert(key, name.span().start);
    }
}

fn file_source(path: &Path, text: &str, offset: usize) -> Source {
    let line = text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1;
    Source::File {
        path: path.to_owned(),
        line,
    }
}

pub(super) fn join(prefix: &str, name: &str) -> String {
    if prefix.is_empty() {
        name.to_owned()
    } else {
        format!("{prefix}.{name}")
    }
}
