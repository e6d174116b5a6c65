//! The mappings that are part of the program: `sample/mapping/NAME.toml`.

use std::borrow::Cow;
use std::io;

macro_rules! mapping {
    ($name:literal) => {
        (
            $name,
            include_str!(concat!("../../../sample/mapping/", $name, ".toml")),
        )
    };
}

/// Names and texts.
pub const ALL: [(&str, &str); 9] = [
    mapping!("asterisk-csv"),
    mapping!("freeswitch-csv"),
    mapping!("freeswitch-json"),
    mapping!("kamailio-acc-cdrs"),
    mapping!("kamailio-cdrs"),
    mapping!("kamailio-missed"),
    mapping!("opensips-acc"),
    mapping!("opensips-missed"),
    mapping!("packet-gateway-csv"),
];

/// The text of the mapping with a name.
pub fn text(name: &str) -> Option<&'static str> {
    ALL.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, text)| *text)
}

/// The names of all of them.
pub fn names() -> impl Iterator<Item = &'static str> {
    ALL.iter().map(|(name, _)| *name)
}

/// The text of the mapping with a name, or in a file.
///
/// # Errors
/// When there is no mapping of that name, and the file cannot be read.
pub fn text_or_file(name_or_path: &str) -> io::Result<Cow<'static, str>> {
    match text(name_or_path) {
        Some(text) => Ok(Cow::Borrowed(text)),
        None => std::fs::read_to_string(name_or_path).map(Cow::Owned),
    }
}
