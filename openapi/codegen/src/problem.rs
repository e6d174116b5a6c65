//! What is wrong with the model, and where.

use std::fmt;

/// One mistake in a model file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// File name within the model folder.
    pub file: String,
    /// Place in the file, for example `entities.Category.attributes.parent`.
    pub key: String,
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.file, self.key, self.message)
    }
}

/// All mistakes found in one run, so that an author mends them together.
#[derive(Debug, Default)]
pub struct Problems(pub Vec<Problem>);

impl Problems {
    /// Notes a mistake.
    pub fn add(&mut self, file: &str, key: impl Into<String>, message: impl Into<String>) {
        let problem = Problem {
            file: file.to_owned(),
            key: key.into(),
            message: message.into(),
        };
        // Several APIs read the same shared file: its mistakes are told once.
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// The value, or the mistakes if there were any.
    pub fn or<T>(self, value: T) -> Result<T, Problems> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.0 {
            writeln!(f, "{problem}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}
