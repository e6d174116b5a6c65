//! Configuration: built-in defaults, then a file, then the environment, then flags.
//!
//! `default.toml` is the reference of every setting. Whatever is wrong is reported at once, each
//! finding with the place it came from (file and line, variable, flag).

mod check;
mod error;
mod layers;
mod machines;
mod nearest;
mod oss;
#[cfg(test)]
mod tests;
mod types;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use toml::Value;

pub use crate::domain::mode::Mode;
pub use error::{ConfigError, Finding, Source};
pub use layers::Flag;
pub use machines::machines;
pub use types::{
    Accounts, Auth, BillForm, BillPrices, Config, Events, Http, Idempotency, Issuer, Jobs,
    LateRecords, Limits, Log, LogFormat, Loopback, Ordering, Outbound, SchemaLocation, SecondOrder,
    Store, Synchronous, Validation,
};

use layers::{Layers, PREFIX};

/// The commented defaults.
pub const DEFAULTS: &str = include_str!("default.toml");

/// The file that is read from the working directory when none is named.
const USUAL_FILE: &str = "tollgate.toml";

/// The variable that names the file.
const FILE_VARIABLE: &str = "TOLLGATE_CONFIG";

/// Everything settings can come from besides the defaults.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Path and text of the file.
    pub file: Option<(PathBuf, String)>,
    pub environment: Vec<(String, String)>,
    pub flags: Vec<Flag>,
}

/// A usable configuration and where its settings come from.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// The file that was read, when there was one.
    pub file: Option<PathBuf>,
    sources: BTreeMap<String, (Source, Value)>,
}

impl Loaded {
    /// Where a setting has its value from; the key is dotted, as in `limits.body_bytes`.
    pub fn source(&self, key: &str) -> Source {
        self.sources
            .get(key)
            .map_or(Source::Default, |(source, _)| source.clone())
    }

    /// Every setting that was given, with a value fit to be shown (no passwords) and its source.
    pub fn given(&self) -> impl Iterator<Item = (&str, String, &Source)> {
        self.sources.iter().map(|(key, (source, value))| {
            let shown = match value {
                Value::String(text) if key == "database" => types::hide_password(text),
                value => value.to_string(),
            };
            (key.as_str(), shown, source)
        })
    }

    /// Refuses an address that other machines can reach while nobody is authenticated. Commands
    /// that open the listener call this first.
    ///
    /// # Errors
    /// Says what to change.
    pub fn ensure_guarded(&self) -> Result<(), ConfigError> {
        match check::open_listener(&self.config) {
            Some(message) => Err(ConfigError::one(self.source("listen"), "listen", message)),
            None => Ok(()),
        }
    }

    /// Sentences about what works but is probably not meant, for the log and for `doctor`.
    pub fn doubts(&self) -> Vec<String> {
        check::doubts(&self.config)
    }
}

/// Reads the settings of this process. `file` is the value of `--config`.
///
/// # Errors
/// Names every wrong key and value with its place.
pub fn load(file: Option<&Path>, flags: Vec<Flag>) -> Result<Loaded, ConfigError> {
    let environment = environment(std::env::vars_os())?;
    let file = read_file(file, &environment)?;
    resolve(Inputs {
        file,
        environment,
        flags,
    })
}

/// Lays the inputs over the defaults and checks the result. Reads nothing itself.
///
/// # Errors
/// Names every wrong key and value with its place.
pub fn resolve(inputs: Inputs) -> Result<Loaded, ConfigError> {
    let broken = |e: toml::de::Error| ConfigError::one(Source::Default, "", e.to_string());
    let defaults: toml::Table = toml::from_str(DEFAULTS).map_err(broken)?;
    let mut layers = Layers::new(&defaults);
    let mut path = None;
    if let Some((file, text)) = inputs.file {
        layers.file(&file, &text)?;
        path = Some(file);
    }
    layers.environment(inputs.environment.into_iter());
    layers.flags(inputs.flags);
    check::ranges(&mut layers);
    if layers.findings.is_empty() {
        find_misfits(&mut layers);
    }
    refuse_if_any(&mut layers)?;

    let mut config: Config = layers.document().try_into().map_err(broken)?;
    config.state_machine = std::mem::take(&mut layers.machines);
    let (targets, findings) = oss::targets(&layers);
    config.oss = targets;
    layers.findings = check::meaning(&config, |key| layers.source(key));
    layers.findings.extend(findings);
    layers.findings.extend(machines::findings(&config, &layers));
    refuse_if_any(&mut layers)?;
    Ok(Loaded {
        config,
        file: path,
        sources: with_values(layers),
    })
}

/// Tries each given setting alone on the defaults, so that a value the types refuse (a word that
/// is none of the choices) is blamed on the place that gave it.
fn find_misfits(layers: &mut Layers) {
    let mut bad = Vec::new();
    for (key, source) in &layers.sources {
        let Some(value) = layers.values.get(key) else {
            continue;
        };
        if let Err(error) = layers.defaults_with(key, value).try_into::<Config>() {
            bad.push((source.clone(), key.clone(), error.message().to_owned()));
        }
    }
    for (source, key, message) in bad {
        layers.complain(source, key, format!("has {message}"));
    }
}

fn refuse_if_any(layers: &mut Layers) -> Result<(), ConfigError> {
    if layers.findings.is_empty() {
        return Ok(());
    }
    Err(ConfigError {
        findings: std::mem::take(&mut layers.findings),
    })
}

fn with_values(layers: Layers) -> BTreeMap<String, (Source, Value)> {
    let Layers {
        sources,
        mut values,
        free_values,
        ..
    } = layers;
    sources
        .into_iter()
        .filter_map(|(key, source)| {
            let value = values.remove(&key)?;
            Some((key, (source, value)))
        })
        .chain(free_values)
        .collect()
}

/// Our variables as text. Others may hold any bytes.
fn environment(
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>, ConfigError> {
    let mut ours = Vec::new();
    for (name, value) in variables {
        let Ok(name) = name.into_string() else {
            continue;
        };
        if !name.starts_with(PREFIX) {
            continue;
        }
        let Ok(value) = value.into_string() else {
            let source = Source::Environment(name);
            return Err(ConfigError::one(source, "", "is not UTF-8"));
        };
        ours.push((name, value));
    }
    ours.sort();
    Ok(ours)
}

/// The file that `--config` or the variable names, else the usual one if it is there.
fn read_file(
    flag: Option<&Path>,
    environment: &[(String, String)],
) -> Result<Option<(PathBuf, String)>, ConfigError> {
    let variable = environment
        .iter()
        .find(|(name, value)| name == FILE_VARIABLE && !value.is_empty())
        .map(|(_, value)| Path::new(value));
    let (path, named_by) = match (flag, variable) {
        (Some(path), _) => (path, Source::Flag("--config")),
        (None, Some(path)) => (path, Source::Environment(FILE_VARIABLE.to_owned())),
        (None, None) => {
            let path = Path::new(USUAL_FILE);
            if !path.exists() {
                return Ok(None);
            }
            (path, Source::Default)
        }
    };
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) => {
            let message = format!("cannot read {}: {error}", path.display());
            Err(ConfigError::one(named_by, "", message))
        }
    }
}
