//! The text of a JSON Patch Query path: slashes or dots, and brackets.

use std::iter::Peekable;
use std::str::CharIndices;

use super::condition;
use crate::domain::json::pointer as text;
use crate::domain::query::Filter;

/// One step of a path.
pub(super) enum Step {
    /// A name, or the index of an array element.
    Key(String),
    /// `[*]`
    All,
    /// `[?(...)]`
    Where(Filter),
}

/// Cuts a path at the question mark that starts its query; those in brackets belong to the path.
pub(super) fn split(path: &str) -> (&str, Option<&str>) {
    let mut depth = 0_usize;
    for (at, c) in path.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '?' if depth == 0 => {
                let (path, query) = path.split_at(at);
                return (path, query.get(1..));
            }
            _ => {}
        }
    }
    (path, None)
}

/// The steps of a path without its query; the error says what is wrong with it.
pub(super) fn steps(path: &str) -> Result<Vec<Step>, String> {
    if path.is_empty() || path == "$" {
        return Ok(Vec::new());
    }
    let (separator, body) = match path.strip_prefix('/') {
        Some(rest) => ('/', rest),
        None => {
            let rest = path.strip_prefix('$').unwrap_or(path);
            ('.', rest.strip_prefix('.').unwrap_or(rest))
        }
    };
    let mut steps = Vec::new();
    let mut name = String::new();
    // A separator is expected to be followed by a name; a bracket is not.
    let mut open = true;
    let mut chars = body.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if c == separator {
            finish(&mut name, open, separator, &mut steps)?;
            open = true;
        } else if c == '[' {
            if !name.is_empty() {
                finish(&mut name, open, separator, &mut steps)?;
            }
            open = false;
            let inner = bracket(body, at + 1, &mut chars)?;
            steps.push(bracket_step(inner)?);
        } else {
            name.push(c);
            open = true;
        }
    }
    finish(&mut name, open, separator, &mut steps)?;
    Ok(steps)
}

/// Ends a name. In a pointer an empty name is a name; in a dotted path it is a slip.
fn finish(
    name: &mut String,
    open: bool,
    separator: char,
    steps: &mut Vec<Step>,
) -> Result<(), String> {
    let name = std::mem::take(name);
    if !open && name.is_empty() {
        return Ok(());
    }
    if separator == '.' {
        if name.is_empty() {
            return Err("has an empty name in it".to_owned());
        }
        steps.push(Step::Key(name));
        return Ok(());
    }
    if !text::is_valid(&name) && name.contains('~') {
        return Err("has a '~' that is followed by neither 0 nor 1".to_owned());
    }
    steps.push(Step::Key(text::unescape(&name).into_owned()));
    Ok(())
}

/// What stands between a bracket that was just opened and the one that closes it.
fn bracket<'p>(
    body: &'p str,
    start: usize,
    chars: &mut Peekable<CharIndices<'p>>,
) -> Result<&'p str, String> {
    let mut depth = 1_usize;
    let mut quote = None;
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some(_), '\\') => {
                chars.next();
            }
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '[') => depth += 1,
            (None, ']') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(body.get(start..at).unwrap_or(""));
        }
    }
    Err("has a '[' without a ']'".to_owned())
}

fn bracket_step(inner: &str) -> Result<Step, String> {
    let inner = inner.trim();
    if let Some(filter) = inner.strip_prefix('?') {
        return condition::predicate(filter).map(Step::Where);
    }
    if inner == "*" {
        return Ok(Step::All);
    }
    if text::index(inner).is_some() {
        return Ok(Step::Key(inner.to_owned()));
    }
    let quoted = |q: char| inner.strip_prefix(q)?.strip_suffix(q);
    match quoted('\'').or_else(|| quoted('"')) {
        Some(name) => Ok(Step::Key(name.to_owned())),
        None => Err(format!(
            "has [{inner}]; an index, a quoted name, * or ?(...) can stand there"
        )),
    }
}
