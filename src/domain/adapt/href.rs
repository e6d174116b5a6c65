//! Addresses of resources: how stored documents become answers, and how addresses that clients
//! send become independent of host and version.
//!
//! A stored document has neither `id` nor `href` of its own. The `href` of a reference to one of our
//! resources is stored as a *mark*, `tollgate:productOffering/42`, with the id percent-encoded as in
//! a URL. Rendering puts `id` and `href` in front and turns marks into URLs of the version that the
//! reader asked for, so that a reference written through v4 leads to v5 for a v5 reader. A mark that
//! a client sends itself is taken as the address it stands for.
//!
//! Order: `adapt::up`, then [`Links::store_marks`]; `adapt::down`, then [`Links::render_value`].
//! Otherwise an attribute that is called `href` in v4 only would keep its mark.

use std::collections::HashMap;
use std::fmt::Write as _;

use memchr::memmem::Finder;
use serde_json::{Map, Value, json};

use crate::domain::descriptor::{Api, ApiVersion, Resource};

/// What every mark begins with.
const SCHEME: &str = "tollgate:";
/// Longer than any kind of resource.
const MAX_KIND: usize = 100;
/// How a mark looks in stored text, which is written without blanks. A quote inside a JSON string is
/// escaped, so this cannot occur within one.
const MARK_IN_TEXT: &str = "\"href\":\"tollgate:";
const HREF_IN_TEXT: &str = "\"href\":\"";

/// The addresses of all resources served.
pub struct Links {
    /// `https://host` without a trailing slash.
    base_url: String,
    /// Per kind and version: everything before the id, `https://host/base/path/`.
    prefixes: HashMap<&'static str, Vec<(ApiVersion, String)>>,
    /// API, version and path segment to the prefix of the resource's own `href`.
    own: HashMap<(&'static str, ApiVersion, &'static str), String>,
    /// Path and trailing slash of every collection, longest first, with its kind.
    collections: Vec<(String, &'static str)>,
    mark: Finder<'static>,
}

impl Links {
    /// Collects the addresses. The base URL is what clients reach the server by, for example
    /// `https://bss.example.com`. When several APIs serve a kind, references lead to the first.
    pub fn new(base_url: &str, apis: &[&'static Api]) -> Self {
        let base_url = base_url.trim_end_matches('/').to_owned();
        let mut links = Links {
            base_url,
            prefixes: HashMap::new(),
            own: HashMap::new(),
            collections: Vec::new(),
            mark: Finder::new(MARK_IN_TEXT.as_bytes()),
        };
        for api in apis {
            for resource in api.resources {
                links.add(api, resource);
            }
        }
        links
            .collections
            .sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        links
    }

    fn add(&mut self, api: &'static Api, resource: &'static Resource) {
        let prefix = format!("{}{}/{}/", self.base_url, api.base_path(), resource.path);
        let versions = self.prefixes.entry(resource.kind).or_default();
        if !versions.iter().any(|(version, _)| *version == api.version) {
            versions.push((api.version, prefix.clone()));
        }
        self.own
            .insert((api.id, api.version, resource.path), prefix);
        for base in api.base_paths {
            let path = format!("{base}/{}/", resource.path);
            self.collections.push((path, resource.kind));
        }
    }

    /// What stands before the path of an address.
    pub fn base_url(&self) -> &str {
        &self.base_url
    }

    /// The address of a resource, as in `Location` and `href`.
    pub fn href_of(&self, resource: &Resource, id: &str) -> String {
        self.href_of_version(resource, id, None)
    }

    /// The address of one version of a resource, `.../42:(version=2.0)` (TMF630 part 4), or of the
    /// resource itself.
    pub fn href_of_version(&self, resource: &Resource, id: &str, version: Option<&str>) -> String {
        let key = (resource.api, resource.version, resource.path);
        let mut href = match self.own.get(&key) {
            Some(prefix) => prefix.clone(),
            None => format!("/{}/", resource.path),
        };
        encode(id, &mut href);
        if let Some(version) = version {
            href.push_str(":(version=");
            encode(version, &mut href);
            href.push(')');
        }
        href
    }

    fn prefix(&self, kind: &str, version: ApiVersion) -> Option<&str> {
        let versions = self.prefixes.get(kind)?;
        let of = |wanted| versions.iter().find(move |(v, _)| *v == wanted);
        of(version)
            .or_else(|| of(ApiVersion::V5))
            .or_else(|| versions.first())
            .map(|(_, prefix)| prefix.as_str())
    }

    /// A stored text as the answer: `id` and `href` in front, marks turned into addresses. Copies
    /// bytes and parses nothing. `version` is the resource's own version, when the address is to
    /// name it.
    pub fn render_text(
        &self,
        resource: &Resource,
        id: &str,
        version: Option<&str>,
        text: &str,
    ) -> String {
        let Some(rest) = text.strip_prefix('{') else {
            return text.to_owned();
        };
        let href = self.href_of_version(resource, id, version);
        let mut out = String::with_capacity(text.len() + href.len() + id.len() + 256);
        out.push_str("{\"id\":");
        push_json_string(id, &mut out);
        out.push_str(",\"href\":");
        push_json_string(&href, &mut out);
        if rest != "}" {
            out.push(',');
        }
        self.copy_rendered(resource.version, rest, &mut out);
        out
    }

    fn copy_rendered(&self, version: ApiVersion, text: &str, out: &mut String) {
        let mut copied = 0;
        for at in self.mark.find_iter(text.as_bytes()) {
            let start = at + MARK_IN_TEXT.len();
            // All positions are next to ASCII bytes that were just matched.
            let (Some(before), Some(mark)) = (text.get(copied..at), text.get(start..)) else {
                continue;
            };
            let Some((kind, _)) = split_kind(mark) else {
                continue;
            };
            let Some(prefix) = self.prefix(kind, version) else {
                continue;
            };
            out.push_str(before);
            out.push_str(HREF_IN_TEXT);
            // Prefixes come from configuration and may in theory need escaping.
            push_escaped(prefix, out);
            copied = start + kind.len() + 1;
        }
        out.push_str(text.get(copied..).unwrap_or(""));
    }

    /// The same for a document that is at hand as a value.
    pub fn render_value(
        &self,
        resource: &Resource,
        id: &str,
        version: Option<&str>,
        document: Value,
    ) -> Value {
        let Value::Object(attributes) = document else {
            return document;
        };
        let href = self.href_of_version(resource, id, version);
        let mut out = Map::new();
        out.insert("id".to_owned(), Value::String(id.to_owned()));
        out.insert("href".to_owned(), Value::String(href));
        for (name, mut value) in attributes {
            if name == "href" || name == "id" {
                continue;
            }
            self.render_marks(resource.version, &mut value);
            out.insert(name, value);
        }
        Value::Object(out)
    }

    /// Turns every mark in a value into an address of the version.
    pub fn render_marks(&self, version: ApiVersion, value: &mut Value) {
        each_href(value, &|href| {
            let (kind, id) = split_kind(href.strip_prefix(SCHEME)?)?;
            let prefix = self.prefix(kind, version)?;
            Some(format!("{prefix}{id}"))
        });
    }

    /// Turns every address of one of our resources into a mark; other addresses stay.
    pub fn store_marks(&self, value: &mut Value) {
        each_href(value, &|href| self.mark_of(href));
    }

    /// The mark for an address of one of our resources: absolute with our base URL, path-absolute,
    /// or a mark itself.
    pub fn mark_of(&self, href: &str) -> Option<String> {
        let (kind, tail) = self.split(href)?;
        let mut mark = format!("{SCHEME}{kind}/");
        match tail.split_once(":(version=") {
            Some((id, version)) => {
                encode(&decode(id)?, &mut mark);
                mark.push_str(":(version=");
                encode(&decode(version.strip_suffix(')')?)?, &mut mark);
                mark.push(')');
            }
            None => encode(&decode(tail)?, &mut mark),
        }
        Some(mark)
    }

    /// The kind, and what stands in the place of the id.
    fn split<'h>(&self, href: &'h str) -> Option<(&'static str, &'h str)> {
        let (kind, tail) = match href.strip_prefix(SCHEME) {
            Some(mark) => {
                let (kind, tail) = split_kind(mark)?;
                let (kind, _) = self.prefixes.get_key_value(kind)?;
                (*kind, tail)
            }
            None => {
                let path = href.strip_prefix(self.base_url.as_str()).unwrap_or(href);
                let of = |(prefix, kind): &(String, &'static str)| {
                    path.strip_prefix(prefix.as_str()).map(|tail| (*kind, tail))
                };
                self.collections.iter().find_map(of)?
            }
        };
        // A query, a fragment or a sub-resource is not the address of the resource.
        let plain = !tail.is_empty() && !tail.contains(['/', '?', '#']);
        plain.then_some((kind, tail))
    }
}

/// The kind and id of a mark as it stands in a stored document.
pub fn read_mark(href: &str) -> Option<(&str, String)> {
    let (kind, tail) = split_kind(href.strip_prefix(SCHEME)?)?;
    let id = tail.split_once(":(").map_or(tail, |(id, _)| id);
    Some((kind, decode(id)?))
}

/// The mark that stands for a resource in stored documents.
pub fn mark(kind: &str, id: &str) -> String {
    let mut mark = format!("{SCHEME}{kind}/");
    encode(id, &mut mark);
    mark
}

/// A reference to a resource of a kind, as stored documents have it. `class` is that of the reference,
/// `referred` that of what it refers to.
pub fn reference(class: &str, kind: &str, referred: &str, id: &str) -> Value {
    json!({ "@type": class, "id": id, "href": mark(kind, id), "@referredType": referred })
}

/// Kind and rest of what follows `tollgate:`. Looks no further than a kind may be long: the rest of
/// a document may hold many marks and no slash.
fn split_kind(mark: &str) -> Option<(&str, &str)> {
    let slash = mark.bytes().take(MAX_KIND + 1).position(|b| b == b'/')?;
    Some((mark.get(..slash)?, mark.get(slash + 1..)?))
}

/// Replaces the text of every attribute called `href` for which there is something else.
fn each_href(value: &mut Value, replace: &dyn Fn(&str) -> Option<String>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| each_href(item, replace)),
        Value::Object(attributes) => {
            for (name, value) in attributes {
                match value {
                    Value::String(text) if name == "href" => {
                        if let Some(other) = replace(text) {
                            *text = other;
                        }
                    }
                    _ => each_href(value, replace),
                }
            }
        }
        _ => {}
    }
}

/// Appends an id as a path segment: unreserved characters stay (RFC 3986), all others are encoded.
fn encode(id: &str, out: &mut String) {
    for byte in id.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

/// Takes `%XX` out of a path segment; `None` when it is not well-formed or not UTF-8.
pub fn decode(segment: &str) -> Option<String> {
    if !segment.contains('%') {
        return Some(segment.to_owned());
    }
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let high = char::from(rest.next()?).to_digit(16)?;
        let low = char::from(rest.next()?).to_digit(16)?;
        bytes.push(u8::try_from(high * 16 + low).ok()?);
    }
    String::from_utf8(bytes).ok()
}

fn push_json_string(text: &str, out: &mut String) {
    out.push('"');
    push_escaped(text, out);
    out.push('"');
}

/// Appends text as it stands inside a JSON string.
fn push_escaped(text: &str, out: &mut String) {
    let plain = |b: u8| b >= 0x20 && b != b'"' && b != b'\\';
    if text.bytes().all(plain) {
        out.push_str(text);
        return;
    }
    let quoted = Value::String(text.to_owned()).to_string();
    out.push_str(quoted.get(1..quoted.len() - 1).unwrap_or(""));
}
