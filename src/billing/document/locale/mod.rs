//! The words of a bill and how numbers and dates are written, by language and region.
//!
//! `data/*.toml` holds a file for each: `en` has every key, `de` those of German, `de-CH` what
//! Switzerland writes otherwise. They are laid over each other and read once.

mod format;
mod words;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::{Table, Value};

pub use format::fill;
pub use words::{Labels, Units};

use super::fault::Fault;

/// One language, with its region if that has ways of its own.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Locale {
    /// Its own tag: `de` for a statement in `de-LU`.
    #[serde(default)]
    pub tag: String,
    format: format::Format,
    symbol: BTreeMap<String, String>,
    unit: Units,
    pub label: Labels,
}

/// Tags and files; a region comes after its language.
const FILES: &[(&str, &str)] = &[
    ("en", include_str!("data/en.toml")),
    ("de", include_str!("data/de.toml")),
    ("fr", include_str!("data/fr.toml")),
    ("es", include_str!("data/es.toml")),
    ("en-AU", include_str!("data/en-AU.toml")),
    ("en-CA", include_str!("data/en-CA.toml")),
    ("en-CH", include_str!("data/en-CH.toml")),
    ("en-IN", include_str!("data/en-IN.toml")),
    ("en-US", include_str!("data/en-US.toml")),
    ("de-AT", include_str!("data/de-AT.toml")),
    ("de-CH", include_str!("data/de-CH.toml")),
    ("fr-CA", include_str!("data/fr-CA.toml")),
    ("fr-CH", include_str!("data/fr-CH.toml")),
    ("es-AR", include_str!("data/es-AR.toml")),
    ("es-CO", include_str!("data/es-CO.toml")),
    ("es-MX", include_str!("data/es-MX.toml")),
];

static LOCALES: LazyLock<Result<Vec<Locale>, String>> = LazyLock::new(read_all);

impl Locale {
    /// The locale of a BCP 47 tag: of language and region, else of the language, else English.
    ///
    /// # Errors
    /// [`Fault::Data`] when a file that is compiled in cannot be read; a test reads them all.
    pub fn of(tag: &str) -> Result<&'static Locale, Fault> {
        let locales = LOCALES.as_ref().map_err(|e| Fault::Data(e.clone()))?;
        let (language, region) = parts(tag);
        let regional = region.map(|region| format!("{language}-{region}"));
        let find = |tag: &str| locales.iter().find(|locale| locale.tag == tag);
        regional
            .and_then(|tag| find(&tag))
            .or_else(|| find(&language))
            .or_else(|| find("en"))
            .ok_or_else(|| Fault::Data("no locale is compiled in".to_owned()))
    }
}

/// Language and region of a tag such as `de-CH` or `zh-Hant-TW`, in their usual letters.
fn parts(tag: &str) -> (String, Option<String>) {
    let mut parts = tag.split(['-', '_']);
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    let region = parts
        .find(|part| part.len() == 2)
        .map(str::to_ascii_uppercase);
    (language, region)
}

fn read_all() -> Result<Vec<Locale>, String> {
    let mut tables: BTreeMap<&str, Table> = BTreeMap::new();
    let mut locales = Vec::with_capacity(FILES.len());
    for (tag, text) in FILES {
        let own: Table = toml::from_str(text).map_err(|e| format!("{tag}: {e}"))?;
        let language = tag.split('-').next().unwrap_or("en");
        let below = tables.get(language).or_else(|| tables.get("en"));
        let mut table = below.cloned().unwrap_or_default();
        lay_over(&mut table, own);
        let read = Locale::deserialize(Value::Table(table.clone()));
        let locale = read.map_err(|e| format!("{tag}: {e}"))?;
        locales.push(Locale {
            tag: (*tag).to_owned(),
            ..locale
        });
        tables.insert(tag, table);
    }
    Ok(locales)
}

/// Values of `above` replace those of `table`, tables are merged.
fn lay_over(table: &mut Table, above: Table) {
    for (key, value) in above {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(above)) => lay_over(inner, above),
            (_, value) => {
                table.insert(key, value);
            }
        }
    }
}

#[cfg(test)]
mod tests;
