//! `[oss.NAME]`: the systems that activate services. Their names are free, so they have no defaults
//! among the settings; `default` serves the targets that have no section of their own.
//!
//! In the environment they are `TOLLGATE_OSS__NAME__KEY`, which suits tokens and passwords.

use std::ops::RangeInclusive;
use std::time::Duration;

use toml::Value;

use super::error::{Finding, Source};
use super::layers::{Layers, join, kind};
use super::nearest::nearest;
use crate::ordering::southbound::{
    CircuitSettings, Credentials, OwnRetry, Secret, TargetSettings, Version,
};

/// The section of the file.
pub(super) const SECTION: &str = "oss";
/// What names of its variables begin with, behind the prefix of all.
pub(super) const VARIABLES: &str = "OSS__";

/// What a key takes.
#[derive(Clone, Debug)]
pub(super) enum Takes {
    Text,
    /// A text that is not shown.
    Secret,
    Word(&'static [&'static str]),
    Whole(RangeInclusive<i64>),
    /// Names with secret texts.
    Secrets,
}

/// The keys of a section.
pub(super) const KEYS: &[(&str, Takes)] = &[
    ("url", Takes::Text),
    ("version", Takes::Word(&["v4", "v5"])),
    ("token", Takes::Secret),
    ("user", Takes::Text),
    ("password", Takes::Secret),
    ("headers", Takes::Secrets),
    ("timeout_ms", Takes::Whole(100..=600_000)),
    ("concurrency", Takes::Whole(1..=1024)),
    ("circuit_failures", Takes::Whole(1..=1000)),
    ("circuit_pause_ms", Takes::Whole(10..=3_600_000)),
    ("circuit_pause_max_ms", Takes::Whole(10..=86_400_000)),
    ("retry_attempts", Takes::Whole(1..=1000)),
    ("retry_first_ms", Takes::Whole(10..=3_600_000)),
    ("retry_max_ms", Takes::Whole(10..=86_400_000)),
    ("callback_token", Takes::Secret),
    ("poll_ms", Takes::Whole(10..=86_400_000)),
];

/// Reads the section of a file into the layers.
pub(super) fn read(layers: &mut Layers, section: Value, source: &impl Fn(&str) -> Source) {
    let Value::Table(systems) = section else {
        let message = format!("is a section: systems go below `[{SECTION}.NAME]`");
        return layers.complain(source(SECTION), SECTION.to_owned(), message);
    };
    for (name, value) in systems {
        let section = join(SECTION, &name);
        layers
            .free_sources
            .insert(section.clone(), source(&section));
        let Value::Table(table) = value else {
            let message = format!("is a section: its settings go below `[{section}]`");
            layers.complain(source(&section), section, message);
            continue;
        };
        layers.oss.entry(name.clone()).or_default();
        for (key, value) in table {
            set(layers, &name, &key, value, source);
        }
    }
}

/// Reads a variable; `rest` is its name behind the prefixes. A system of the file is meant whatever
/// the letter case of its name is, and with any sign in the place of an underscore.
pub(super) fn variable(layers: &mut Layers, rest: &str, text: &str, source: &Source) {
    let Some((name, key)) = rest.rsplit_once("__") else {
        let message = "names no setting; those of a system are TOLLGATE_OSS__NAME__KEY";
        return layers.complain(source.clone(), String::new(), message.to_owned());
    };
    let key = key.to_ascii_lowercase();
    let known = layers.oss.keys().find(|known| in_capitals(known) == name);
    let name = known.cloned().unwrap_or_else(|| name.to_ascii_lowercase());
    let takes = KEYS.iter().find(|(known, _)| *known == key);
    let value = match takes {
        Some((_, Takes::Whole(_))) => match text.trim().parse() {
            Ok(number) => Value::Integer(number),
            Err(_) => Value::String(text.to_owned()),
        },
        _ => Value::String(text.to_owned()),
    };
    let section = join(SECTION, &name);
    layers
        .free_sources
        .entry(section)
        .or_insert_with(|| source.clone());
    set(layers, &name, &key, value, &|_| source.clone());
}

fn in_capitals(name: &str) -> String {
    name.chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_uppercase(),
            false => '_',
        })
        .collect()
}

/// Keeps one value, if it is one.
fn set(layers: &mut Layers, name: &str, key: &str, value: Value, source: &impl Fn(&str) -> Source) {
    let dotted = join(&join(SECTION, name), key);
    let place = source(&dotted);
    let Some((_, takes)) = KEYS.iter().find(|(known, _)| *known == key) else {
        return layers.complain(place, dotted, unknown(key));
    };
    if let Some(message) = misfit(takes, &value) {
        return layers.complain(place, dotted, message);
    }
    let shown = match takes {
        Takes::Secret | Takes::Secrets => Value::String("***".to_owned()),
        _ => value.clone(),
    };
    layers.note_free(dotted, shown, source);
    let system = layers.oss.entry(name.to_owned()).or_default();
    system.insert(key.to_owned(), value);
}

fn unknown(key: &str) -> String {
    let names = KEYS.iter().map(|(name, _)| *name);
    match nearest(key, names.clone()) {
        Some(near) => format!("is not a setting of a system; did you mean `{near}`?"),
        None => {
            let all: Vec<&str> = names.collect();
            format!("is not a setting of a system; there are {}", all.join(", "))
        }
    }
}

/// What is wrong with a value. Texts are not repeated: they may be secrets in the wrong place.
fn misfit(takes: &Takes, value: &Value) -> Option<String> {
    let wanted = |what: &str| Some(format!("must be {what}, not {}", kind(value)));
    match (takes, value) {
        (Takes::Text | Takes::Secret, Value::String(_)) => None,
        (Takes::Text | Takes::Secret, _) => wanted("a text"),
        (Takes::Word(words), Value::String(word)) if words.contains(&word.as_str()) => None,
        (Takes::Word(words), _) => Some(format!("must be one of {}", words.join(", "))),
        (Takes::Whole(range), Value::Integer(number)) if range.contains(number) => None,
        (Takes::Whole(range), Value::Integer(number)) => Some(format!(
            "must be from {} to {}, not {number}",
            range.start(),
            range.end()
        )),
        (Takes::Whole(_), _) => wanted("a whole number"),
        (Takes::Secrets, Value::Table(texts)) if texts.values().all(Value::is_str) => None,
        (Takes::Secrets, _) => Some("must be names with texts, `{ name = \"text\" }`".to_owned()),
    }
}

/// The systems of a configuration, and what is wrong with them.
pub(super) fn targets(layers: &Layers) -> (Vec<TargetSettings>, Vec<Finding>) {
    let (mut targets, mut findings) = (Vec::new(), Vec::new());
    for (name, table) in &layers.oss {
        let system = System { table };
        for (key, message) in system.mistakes() {
            let key = join(&join(SECTION, name), key);
            findings.push(Finding {
                source: layers.free_source(&key),
                key,
                message: message.to_owned(),
            });
        }
        targets.push(system.target(name));
    }
    (targets, findings)
}

/// The values of one section, each of its kind.
struct System<'a> {
    table: &'a toml::Table,
}

impl System<'_> {
    fn mistakes(&self) -> Vec<(&'static str, &'static str)> {
        let mut mistakes = Vec::new();
        match self.text("url") {
            None => mistakes.push(("url", "is missing")),
            Some(url) if !is_base(url) => mistakes.push((
                "url",
                "must be an http or https address without user and query, such as \
                 `https://oss.example.com/tmf-api/serviceOrdering/v4`",
            )),
            Some(_) => {}
        }
        if self.text("token").is_some() && self.text("user").is_some() {
            mistakes.push((
                "token",
                "and `user` are two ways to say who we are; one is needed",
            ));
        }
        if self.text("user").is_some() != self.text("password").is_some() {
            mistakes.push(("user", "and `password` go together"));
        }
        mistakes
    }

    fn target(&self, name: &str) -> TargetSettings {
        let url = self.text("url").unwrap_or_default().trim_end_matches('/');
        // The address usually ends in the version.
        let version = match self.text("version").or_else(|| url.rsplit('/').next()) {
            Some("v5") => Version::V5,
            _ => Version::V4,
        };
        let defaults = TargetSettings::new(name, url, version);
        let circuit = CircuitSettings {
            failures: self.whole("circuit_failures", defaults.circuit.failures),
            pause: self.millis("circuit_pause_ms", defaults.circuit.pause),
            pause_max: self.millis("circuit_pause_max_ms", defaults.circuit.pause_max),
        };
        TargetSettings {
            credentials: self.credentials(),
            headers: self.headers(),
            timeout: self.millis("timeout_ms", defaults.timeout),
            concurrency: self.whole("concurrency", defaults.concurrency),
            circuit,
            retry: OwnRetry {
                attempts: self.number("retry_attempts"),
                first: self.number("retry_first_ms").map(Duration::from_millis),
                max: self.number("retry_max_ms").map(Duration::from_millis),
            },
            callback_token: self.text("callback_token").map(Secret::new),
            poll: self.millis("poll_ms", defaults.poll),
            ..defaults
        }
    }

    fn credentials(&self) -> Credentials {
        if let Some(token) = self.text("token") {
            return Credentials::Bearer(Secret::new(token));
        }
        match (self.text("user"), self.text("password")) {
            (Some(user), Some(password)) => Credentials::Basic {
                user: user.to_owned(),
                password: Secret::new(password),
            },
            _ => Credentials::None,
        }
    }

    fn headers(&self) -> Vec<(String, Secret)> {
        let headers = self.table.get("headers").and_then(Value::as_table);
        headers
            .into_iter()
            .flatten()
            .filter_map(|(name, text)| Some((name.clone(), Secret::new(text.as_str()?))))
            .collect()
    }

    /// An empty text is none, so that a variable can take one away.
    fn text(&self, key: &str) -> Option<&str> {
        let text = self.table.get(key)?.as_str()?;
        (!text.is_empty()).then_some(text)
    }

    fn number<T: TryFrom<i64>>(&self, key: &str) -> Option<T> {
        let given = self.table.get(key).and_then(Value::as_integer);
        given.and_then(|n| n.try_into().ok())
    }

    fn whole<T: TryFrom<i64>>(&self, key: &str, default: T) -> T {
        self.number(key).unwrap_or(default)
    }

    fn millis(&self, key: &str, default: Duration) -> Duration {
        self.number(key).map_or(default, Duration::from_millis)
    }
}

fn is_base(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    })
}
