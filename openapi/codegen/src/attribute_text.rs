//! The one-line form of an attribute: `TYPE[] = DEFAULT | description`.

/// The parts of an attribute line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeText {
    /// A scalar, an entity, an enum of the model, or an inline `enum(a|b)`.
    pub type_name: String,
    pub many: bool,
    /// JSON text of the default.
    pub default: Option<String>,
    pub about: Option<String>,
}

/// Reads an attribute line; the message says what is wrong with it.
pub fn parse(text: &str) -> Result<AttributeText, String> {
    let (head, about) = match text.split_once(" | ") {
        Some((head, about)) => (head, Some(about.trim().to_owned())),
        None => (text, None),
    };
    let (type_text, default) = match head.split_once(" = ") {
        Some((type_text, default)) => (type_text, Some(default.trim().to_owned())),
        None => (head, None),
    };
    if let Some(json) = &default {
        serde_json::from_str::<serde_json::Value>(json)
            .map_err(|e| format!("the default `{json}` is not JSON: {e}"))?;
    }
    let type_text = type_text.trim();
    let (type_name, many) = match type_text.strip_suffix("[]") {
        Some(item) => (item, true),
        None => (type_text, false),
    };
    if type_name.is_empty() || type_name.contains(char::is_whitespace) && !is_enum(type_name) {
        return Err(format!("`{type_text}` is not a type"));
    }
    if about.as_deref() == Some("") {
        return Err("the description after `|` is empty".to_owned());
    }
    Ok(AttributeText {
        type_name: type_name.to_owned(),
        many,
        default,
        about,
    })
}

/// The values of an inline `enum(a|b)`; `None` when the type is something else.
pub fn inline_values(type_name: &str) -> Option<Vec<String>> {
    let inner = type_name.strip_prefix("enum(")?.strip_suffix(')')?;
    Some(inner.split('|').map(str::to_owned).collect())
}

fn is_enum(type_name: &str) -> bool {
    inline_values(type_name).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_read() {
        let all = parse("float[] = 1 | How much | or little.").unwrap();
        assert_eq!(all.type_name, "float");
        assert!(all.many);
        assert_eq!(all.default.as_deref(), Some("1"));
        assert_eq!(all.about.as_deref(), Some("How much | or little."));
        let bare = parse("string").unwrap();
        assert_eq!((bare.many, bare.default, bare.about), (false, None, None));
    }

    #[test]
    fn inline_enums_keep_blanks_within_values() {
        let text = parse("enum(may include|requires) | How.").unwrap();
        let values = inline_values(&text.type_name).unwrap();
        assert_eq!(values, ["may include", "requires"]);
        assert_eq!(inline_values("string"), None);
    }

    #[test]
    fn mistakes_are_told() {
        assert!(parse("two words").is_err());
        assert!(parse("float = one").unwrap_err().contains("not JSON"));
        assert!(parse("").is_err());
    }
}
