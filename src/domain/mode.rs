//! How strictly a rule is kept.

use serde::{Deserialize, Serialize};

/// What happens to something that breaks a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// What breaks it is refused.
    Strict,
    /// What breaks it is logged and kept.
    Warn,
    /// It is not looked at.
    Off,
}

impl Mode {
    /// The word of the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Mode::Strict => "strict",
            Mode::Warn => "warn",
            Mode::Off => "off",
        }
    }
}
