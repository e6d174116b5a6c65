//! Where a setting came from, and what is wrong with it.

use std::fmt;
use std::path::PathBuf;

/// The place that gave a setting its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `default.toml` inside the program.
    Default,
    /// A line of a file, counted from 1.
    File { path: PathBuf, line: usize },
    /// A variable of the environment, by name.
    Environment(String),
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::Default => f.write_str("built-in default"),
            Source::File { path, line } => write!(f, "{}, line {line}", path.display()),
            Source::Environment(name) => write!(f, "environment variable {name}"),
            Source::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub source: Source,
    /// The setting in dotted form, or what was taken for one; empty when none is concerned.
    pub key: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.key.is_empty() {
            return write!(f, "{}: {}", self.source, self.message);
        }
        write!(f, "{}: `{}` {}", self.source, self.key, self.message)
    }
}

/// Why the configuration cannot be used: everything that is wrong, at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub findings: Vec<Finding>,
}

impl ConfigError {
    pub(super) fn one(source: Source, key: impl Into<String>, message: impl Into<String>) -> Self {
        ConfigError {
            findings: vec![Finding {
                source,
                key: key.into(),
                message: message.into(),
            }],
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.findings.as_slice() {
            [only] => write!(f, "{only}"),
            several => {
                write!(f, "the configuration has {} mistakes", several.len())?;
                several
                    .iter()
                    .try_for_each(|finding| write!(f, "\n  {finding}"))
            }
        }
    }
}

impl std::error::Error for ConfigError {}
