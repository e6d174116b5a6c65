//! JSON pointers (RFC 6901): `/note/0/text`, with `~0` for `~` and `~1` for `/` inside a name.

use std::borrow::Cow;

use serde_json::Value;

/// A name as it stands inside a pointer.
pub fn escape(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) {
        Cow::Owned(name.replace('~', "~0").replace('/', "~1"))
    } else {
        Cow::Borrowed(name)
    }
}

/// A name taken out of a pointer.
pub fn unescape(segment: &str) -> Cow<'_, str> {
    if segment.contains('~') {
        Cow::Owned(segment.replace("~1", "/").replace("~0", "~"))
    } else {
        Cow::Borrowed(segment)
    }
}

/// Appends a name or an index.
pub fn push(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&escape(name));
}

/// The pointer of a member or element of what `parent` points at.
pub fn child(parent: &str, name: &str) -> String {
    let mut pointer = String::with_capacity(parent.len() + name.len() + 1);
    pointer.push_str(parent);
    push(&mut pointer, name);
    pointer
}

/// The pointer of the container and the name or index in it; `None` for the root.
pub fn parent(pointer: &str) -> Option<(&str, Cow<'_, str>)> {
    let (parent, last) = pointer.rsplit_once('/')?;
    Some((parent, unescape(last)))
}

/// The names and indexes, unescaped; nothing for the root.
pub fn segments(pointer: &str) -> impl Iterator<Item = Cow<'_, str>> {
    pointer.split('/').skip(1).map(unescape)
}

/// True for the empty text or text starting with `/` in which `~` stands before 0 or 1 only.
pub fn is_valid(pointer: &str) -> bool {
    let starts = pointer.is_empty() || pointer.starts_with('/');
    starts
        && pointer
            .split('~')
            .skip(1)
            .all(|rest| rest.starts_with(['0', '1']))
}

/// An array index as RFC 6901 writes it: no sign, no leading zero.
pub fn index(segment: &str) -> Option<usize> {
    let canonical = segment == "0"
        || (!segment.starts_with('0') && segment.bytes().all(|b| b.is_ascii_digit()));
    if canonical {
        segment.parse().ok()
    } else {
        None
    }
}

/// What the pointer points at.
pub fn get<'v>(value: &'v Value, pointer: &str) -> Option<&'v Value> {
    value.pointer(pointer)
}

/// What the pointer points at, to be changed.
pub fn get_mut<'v>(value: &'v mut Value, pointer: &str) -> Option<&'v mut Value> {
    value.pointer_mut(pointer)
}
