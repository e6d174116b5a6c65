//! Request bytes, made once; only the parts that differ are written for each request.

use memchr::memmem;

use super::target::Target;

/// Media type of bodies.
pub const JSON: &str = "application/json";
pub const MERGE_PATCH: &str = "application/merge-patch+json";

/// A request without a body.
pub fn get(target: &Target, path_and_query: &str) -> Vec<u8> {
    format!("GET {path_and_query} HTTP/1.1\r\n{}\r\n", common(target)).into_bytes()
}

/// A request with a body.
pub fn with_body(
    target: &Target,
    method: &str,
    path_and_query: &str,
    media: &str,
    body: &[u8],
) -> Vec<u8> {
    // Means something only to arrays: one transaction for all elements, which is also the quickest.
    let together = if body.first() == Some(&b'[') {
        "X-All-Or-Nothing: true\r\n"
    } else {
        ""
    };
    let head = format!(
        "{method} {path_and_query} HTTP/1.1\r\n{}{together}Content-Type: {media}\r\n\
         Content-Length: {}\r\n\r\n",
        common(target),
        body.len(),
    );
    let mut request = head.into_bytes();
    request.extend_from_slice(body);
    request
}

fn common(target: &Target) -> String {
    format!("Host: {}\r\nAccept: application/json\r\n", target.host)
}

/// Letters that a URL must not hold are percent-encoded; what is encoded already stays.
pub fn query(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>' | b'#') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Bytes with gaps of a fixed width that are filled for each request.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    gaps: Vec<usize>,
}

impl Template {
    /// Finds the gaps: each place where `mark` stands.
    pub fn new(bytes: Vec<u8>, mark: &str) -> Self {
        let gaps = memmem::find_iter(&bytes, mark).collect();
        Template { bytes, gaps }
    }

    /// The bytes with `text` in each gap; it must be as long as the mark was.
    pub fn fill(&mut self, text: &[u8]) -> &[u8] {
        for gap in &self.gaps {
            if let Some(place) = self.bytes.get_mut(*gap..*gap + text.len()) {
                place.copy_from_slice(text);
            }
        }
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::{Template, query};

    #[test]
    fn gaps_are_filled_again_and_again() {
        let mut template = Template::new(b"<##> and <##>".to_vec(), "##");
        assert_eq!(template.fill(b"ab"), b"<ab> and <ab>");
        assert_eq!(template.fill(b"cd"), b"<cd> and <cd>");
    }

    #[test]
    fn queries_cannot_break_the_request() {
        assert_eq!(query("name=a b&x=%20y"), "name=a%20b&x=%20y");
        assert_eq!(query("a=1\r\nHost: x"), "a=1%0D%0AHost:%20x");
        assert_eq!(query("name=é"), "name=%C3%A9");
        assert_eq!(query("filter=$[?(@.x=='y')]"), "filter=$[?(@.x=='y')]");
    }
}
