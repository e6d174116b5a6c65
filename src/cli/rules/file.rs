//! Rules in a file: an array, or one in each line.

use std::path::Path;

use serde_json::{Deserializer, Value};

use super::super::Failure;
use super::super::order::read_text;

/// The documents of a file.
///
/// # Errors
/// When it cannot be read, or something in it is no JSON object.
pub fn read(file: &Path) -> Result<Vec<Value>, Failure> {
    parse(&read_text(file)?).map_err(|why| Failure::new(format!("{}: {why}", file.display())))
}

fn parse(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for value in Deserializer::from_str(text).into_iter() {
        match value.map_err(|error| error.to_string())? {
            Value::Array(rules) => found.extend(rules),
            rule => found.push(rule),
        }
    }
    match found.iter().position(|rule| !rule.is_object()) {
        None => Ok(found),
        Some(at) => Err(format!("rule {} is no JSON object", at + 1)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::parse;

    #[test]
    fn arrays_and_lines() {
        let expected = vec![json!({"id": "a"}), json!({"id": "b"})];
        assert_eq!(
            parse("{\"id\":\"a\"}\n\n{\"id\":\"b\"}\n"),
            Ok(expected.clone())
        );
        assert_eq!(parse("[{\"id\":\"a\"}, {\"id\":\"b\"}]"), Ok(expected));
        assert_eq!(parse(""), Ok(Vec::new()));
        assert!(parse("{\"id\"").is_err());
        assert_eq!(parse("{}\n7"), Err("rule 2 is no JSON object".to_owned()));
    }
}
