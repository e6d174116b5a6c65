//! The `Link` header of a list (RFC 8288; TMF630 part 1, 4.5).

use super::raw::{Text, segments};

/// Where the page that is sent stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paging<'a> {
    /// `total` is that of the filtered set; without it there is no `last`, and `more` says whether
    /// something follows.
    Offset {
        offset: u64,
        limit: u64,
        total: Option<u64>,
        more: bool,
    },
    /// Cursors of the neighbouring pages, where there are any.
    Cursor {
        limit: Option<u64>,
        next: Option<&'a str>,
        prev: Option<&'a str>,
    },
}

/// Builds the header value: self, first, next, prev, last, as far as they exist.
///
/// `url` is the list's without a query. Every parameter of the raw query but those of paging is
/// kept as it was sent; only bytes that a header or a link cannot hold are percent-encoded.
pub fn page_links(url: &str, raw_query: &str, paging: &Paging<'_>) -> String {
    let mut links = Links {
        url,
        kept: kept(raw_query),
        value: String::new(),
    };
    links.push_raw("self", &safe(raw_query));
    match *paging {
        Paging::Offset {
            offset,
            limit,
            total,
            more,
        } => links.offsets(offset, limit, total, more),
        Paging::Cursor { limit, next, prev } => links.cursors(limit, next, prev),
    }
    links.value
}

struct Links<'a> {
    url: &'a str,
    /// What all links share of the query.
    kept: String,
    value: String,
}

impl Links<'_> {
    fn push_raw(&mut self, rel: &str, query: &str) {
        if !self.value.is_empty() {
            self.value.push_str(", ");
        }
        let mark = if query.is_empty() { "" } else { "?" };
        let link = format!("<{}{mark}{query}>; rel=\"{rel}\"", self.url);
        self.value.push_str(&link);
    }

    fn push(&mut self, rel: &str, paging: &str) {
        let joint = if self.kept.is_empty() || paging.is_empty() {
            ""
        } else {
            "&"
        };
        let query = format!("{}{joint}{paging}", self.kept);
        self.push_raw(rel, &query);
    }

    fn offsets(&mut self, offset: u64, limit: u64, total: Option<u64>, more: bool) {
        if limit == 0 {
            return;
        }
        let at = |offset: u64| format!("offset={offset}&limit={limit}");
        self.push("first", &at(0));
        let next = offset.saturating_add(limit);
        if total.map_or(more, |total| next < total) {
            self.push("next", &at(next));
        }
        let last = total.map(|total| total.saturating_sub(1) / limit * limit);
        if offset > 0 {
            let beyond = total.is_some_and(|total| offset >= total);
            let prev = offset.saturating_sub(limit);
            self.push("prev", &at(last.filter(|_| beyond).unwrap_or(prev)));
        }
        if let Some(last) = last {
            self.push("last", &at(last));
        }
    }

    fn cursors(&mut self, limit: Option<u64>, next: Option<&str>, prev: Option<&str>) {
        let limit = limit.map_or(String::new(), |limit| format!("limit={limit}"));
        self.push("first", &limit);
        for (rel, name, cursor) in [("next", "after", next), ("prev", "before", prev)] {
            let Some(cursor) = cursor else { continue };
            let joint = if limit.is_empty() { "" } else { "&" };
            self.push(rel, &format!("{limit}{joint}{name}={}", encoded(cursor)));
        }
    }
}

/// The query without the parameters of paging.
fn kept(raw_query: &str) -> String {
    let mut kept = String::new();
    for segment in segments(raw_query) {
        if is_paging(segment.text) {
            continue;
        }
        if !kept.is_empty() {
            kept.push(segment.separator);
        }
        kept.push_str(segment.text);
    }
    safe(&kept)
}

fn is_paging(segment: &str) -> bool {
    let Some((name, _)) = segment.split_once('=') else {
        return false;
    };
    let name = Text::decode(name).unwrap_or_default();
    matches!(
        name.as_str().trim(),
        "offset" | "limit" | "after" | "before"
    )
}

/// Encodes what may not stand between `<` and `>` of a link or in a header at all.
fn safe(query: &str) -> String {
    percent(query, |byte| {
        byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"' | b'\\' | b'^' | b'`')
    })
}

/// A parameter's value with everything but unreserved characters encoded.
fn encoded(value: &str) -> String {
    percent(value, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~')
    })
}

fn percent(text: &str, plain: impl Fn(u8) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if plain(byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
