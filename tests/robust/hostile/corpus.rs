//! The bad requests.

use crate::support::encode;

pub const BASE: &str = "/tmf-api/productCatalogManagement/v5";

/// What must come of it.
pub enum Verdict {
    /// One of these, with an error body unless it is a success.
    Status(&'static [u16]),
    /// Refused with any body, or cut off, by what stands before the API: the HTTP library, the page.
    Outside,
}

pub struct Attempt {
    pub name: String,
    pub bytes: Vec<u8>,
    pub verdict: Verdict,
    /// No body may come back.
    pub is_head: bool,
}

const REFUSED: Verdict = Verdict::Status(&[400]);

pub fn all() -> Vec<Attempt> {
    [bodies(), sizes(), queries(), paths(), headers(), no_http()]
        .into_iter()
        .flatten()
        .collect()
}

fn attempt(name: impl Into<String>, bytes: Vec<u8>, verdict: Verdict) -> Attempt {
    Attempt {
        name: name.into(),
        bytes,
        verdict,
        is_head: false,
    }
}

fn post(path: &str, media: &str, body: &[u8]) -> Vec<u8> {
    with_body("POST", path, media, body)
}

fn with_body(method: &str, path: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes = format!(
        "{method} {BASE}{path} HTTP/1.1\r\nHost: x\r\nContent-Type: {media}\r\nContent-Length: {length}\r\n\r\n"
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn get(target: &str) -> Vec<u8> {
    format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n").into_bytes()
}

fn nested(open: &str, close: &str, depth: usize) -> String {
    format!(
        "{{\"@type\":\"Category\",\"name\":\"x\",\"x\":{}1{}}}",
        open.repeat(depth),
        close.repeat(depth)
    )
}

/// An object whose attribute `x` has that JSON text.
fn x(text: &str) -> String {
    format!("{{\"@type\":\"Category\",\"name\":\"x\",\"x\":{text}}}")
}

fn bodies() -> Vec<Attempt> {
    let texts = [
        ("nothing", String::new()),
        ("blanks", "  \n".into()),
        ("an open object", "{".into()),
        ("a missing value", r#"{"name":}"#.into()),
        ("a comma too many", r#"{"name":"x",}"#.into()),
        ("single quotes", "{'name':'x'}".into()),
        ("a comment", r#"{/*x*/"name":"x"}"#.into()),
        (
            "two documents",
            r#"{"@type":"Category","name":"x"}{}"#.into(),
        ),
        ("a text", "\"x\"".into()),
        ("a number", "1".into()),
        ("null", "null".into()),
        ("NaN", x("NaN")),
        ("an endless number", x("1e999999999")),
        ("a long number", x(&"9".repeat(100_000))),
        ("a number with a leading zero", x("01")),
        ("a lone surrogate", x(r#""\ud800""#)),
        ("a control character", x("\"\u{1}\"")),
        (
            "a duplicate key",
            r#"{"@type":"Category","name":"x","name":"y"}"#.into(),
        ),
        (
            "a duplicate key by escape",
            r#"{"@type":"Category","name":"x","n\u0061me":"y"}"#.into(),
        ),
        ("a duplicate key inside", x(r#"{"a":1,"a":2}"#)),
        ("arrays in arrays", nested("[", "]", 100_000)),
        ("objects in objects", nested("{\"a\":", "}", 50_000)),
        ("arrays just too deep", nested("[", "]", 64)),
        ("a long array", x(&format!("[{}1]", "1,".repeat(20_000)))),
        ("a long text", x(&format!("\"{}\"", "a".repeat(1_100_000)))),
        (
            "many members",
            format!(
                "{{{}}}",
                (0..2000)
                    .map(|n| format!("\"a{n}\":1"))
                    .collect::<Vec<_>>()
                    .join(",")
            ),
        ),
        (
            "a name that is a list",
            r#"{"@type":"Category","name":["x"]}"#.into(),
        ),
        (
            "a type that is none",
            r#"{"@type":"Category","name":"x","validFor":[]}"#.into(),
        ),
        ("a type of numbers", r#"{"@type":5,"name":"x"}"#.into()),
        (
            "an id with NUL",
            r#"{"@type":"Category","name":"x","id":"a\u0000b"}"#.into(),
        ),
        (
            "an id like a path",
            r#"{"@type":"Category","name":"x","id":"../../etc/passwd"}"#.into(),
        ),
        (
            "an id like SQL",
            r#"{"@type":"Category","name":"x","id":"'; DROP TABLE resource; --"}"#.into(),
        ),
        (
            "a long id",
            format!(
                r#"{{"@type":"Category","name":"x","id":"{}"}}"#,
                "a".repeat(129)
            ),
        ),
    ];
    let mut attempts: Vec<Attempt> = texts
        .into_iter()
        .map(|(name, text)| {
            attempt(
                name,
                post("/category", "application/json", text.as_bytes()),
                REFUSED,
            )
        })
        .collect();
    for (name, bytes) in [
        (
            "UTF-8 that is none",
            &b"{\"@type\":\"Category\",\"name\":\"\xff\xfe\"}"[..],
        ),
        (
            "UTF-8 cut short",
            b"{\"@type\":\"Category\",\"name\":\"\xe2\x82\"}",
        ),
        (
            "overlong UTF-8",
            b"{\"@type\":\"Category\",\"name\":\"\xc0\x80\"}",
        ),
        ("UTF-16", b"\xff\xfe{\x00}\x00"),
        ("a byte order mark", b"\xef\xbb\xbf{}"),
        ("zeros", b"\0\0\0\0"),
    ] {
        attempts.push(attempt(
            name,
            post("/category", "application/json", bytes),
            REFUSED,
        ));
    }
    attempts.extend(nul());
    attempts.extend(patches());
    attempts
}

/// NUL is a character of JSON texts, but not of PostgreSQL's: both databases refuse it alike.
fn nul() -> Vec<Attempt> {
    const NUL: &str = "\"a\\u0000b\"";
    let with = |name: &str, body: String| {
        let bytes = post("/category", "application/json", body.as_bytes());
        attempt(format!("NUL in {name}"), bytes, REFUSED)
    };
    let named = format!("{{\"@type\":\"Category\",\"name\":{NUL}}}");
    let mut attempts = vec![
        with("name", named),
        with("a member", x(&format!("{{{NUL}:1}}"))),
    ];
    for attribute in ["description", "version", "lifecycleStatus", "x"] {
        let body = format!("{{\"@type\":\"Category\",\"name\":\"x\",\"{attribute}\":{NUL}}}");
        attempts.push(with(attribute, body));
    }
    attempts
}

fn patches() -> Vec<Attempt> {
    const PATCH: &str = "application/json-patch+json";
    let bomb: Vec<String> = (0..900)
        .map(|_| r#"{"op":"copy","from":"/x","path":"/x/a"}"#.to_owned())
        .collect();
    let many: Vec<&str> = vec![r#"{"op":"test","path":"/name","value":"x"}"#; 20_000];
    [
        ("a patch of nothing", "null".to_owned()),
        ("operations without end", format!("[{}]", many.join(","))),
        ("a copy bomb", format!("[{}]", bomb.join(","))),
        (
            "a pointer that is none",
            r#"[{"op":"add","path":"name","value":1}]"#.to_owned(),
        ),
        (
            "a huge index",
            r#"[{"op":"add","path":"/a/99999999999999999999","value":1}]"#.to_owned(),
        ),
    ]
    .into_iter()
    .map(|(name, body)| {
        let bytes = with_body("PATCH", "/category/none", PATCH, body.as_bytes());
        attempt(name, bytes, Verdict::Status(&[400, 404]))
    })
    .collect()
}

fn sizes() -> Vec<Attempt> {
    let declared = |length: &str| {
        format!(
            "POST {BASE}/category HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{"
        )
        .into_bytes()
    };
    let large = format!(
        "{{\"@type\":\"Category\",\"name\":\"x\",{}\"y\":1}}",
        "\"x\":\"x\",".repeat(300_000)
    );
    vec![
        attempt(
            "100 MB declared",
            declared("104857600"),
            Verdict::Status(&[413]),
        ),
        attempt(
            "an exabyte declared",
            declared("1000000000000000000"),
            Verdict::Status(&[413]),
        ),
        attempt("a length that is none", declared("many"), Verdict::Outside),
        attempt("a negative length", declared("-1"), Verdict::Outside),
        attempt(
            "a length beyond all numbers",
            declared("99999999999999999999999"),
            Verdict::Outside,
        ),
        // An object may be smaller than an array; duplicate keys are found on the way.
        attempt(
            "3 MB in one object",
            post("/category", "application/json", large.as_bytes()),
            Verdict::Status(&[400, 413]),
        ),
        attempt(
            "a subscription of 40 MB",
            post("/hub", "application/json", " ".repeat(40 << 20).as_bytes()),
            Verdict::Status(&[413]),
        ),
    ]
}

fn queries() -> Vec<Attempt> {
    let many = |parameter: &str| vec![parameter; 10_000].join("&");
    let deep = format!("{}@.name=='x'{}", "(".repeat(2_000), ")".repeat(2_000));
    let queries = [
        ("10,000 unknown parameters", many("a=1"), &[400][..]),
        ("10,000 conditions", many("id=x"), &[400]),
        ("10,000 separators", many(""), &[200]),
        ("encoding that is none", "name=%zz".into(), &[400]),
        ("encoding cut short", "name=%4".into(), &[400]),
        ("bytes that are no UTF-8", "name=%ff%fe".into(), &[400]),
        (
            "SQL in a value",
            format!("name={}", encode("' OR 1=1; DROP TABLE resource; --")),
            &[200],
        ),
        (
            "SQL in a name",
            format!("{}=x", encode("name' OR '1'='1")),
            &[400],
        ),
        (
            "SQL in sort",
            format!("sort={}", encode("name; DROP TABLE resource")),
            &[400],
        ),
        (
            "SQL in fields",
            format!("fields={}", encode("name FROM resource; --")),
            &[200, 400],
        ),
        (
            "SQL in limit",
            format!("limit={}", encode("1; DROP TABLE resource")),
            &[400],
        ),
        (
            "SQL in a cursor",
            format!("after={}", encode("' OR 1=1 --")),
            &[400],
        ),
        ("NUL in a value", "name=a%00b".into(), &[200, 400]),
        (
            "NUL in an unindexed value",
            "description=a%00b".into(),
            &[200, 400],
        ),
        ("NUL in an id", "id=a%00b".into(), &[200, 400]),
        ("NUL in a version", "version=a%00b".into(), &[200, 400]),
        ("NUL in a name", "na%00me=x".into(), &[400]),
        ("NUL in a pattern", "name.regex=a%00b".into(), &[200, 400]),
        (
            "a long pattern",
            format!("name.regex={}", "a".repeat(20_000)),
            &[400, 414],
        ),
        (
            "an exploding pattern",
            format!("name.regex={}", encode("(((a{100}){100}){100})")),
            &[400],
        ),
        (
            "a slow pattern elsewhere",
            format!("name.regex={}", encode("(a+)+$")),
            &[200],
        ),
        (
            "a deep JSONPath",
            format!("filter={}", encode(&format!("$[?({deep})]"))),
            &[400, 414],
        ),
        (
            "a JSONPath that is none",
            format!("filter={}", encode("$[?(@.")),
            &[400],
        ),
        ("a negative limit", "limit=-1".into(), &[400]),
        (
            "a huge offset",
            "offset=9223372036854775807".into(),
            &[200, 206],
        ),
        (
            "a huge limit",
            "limit=9223372036854775807".into(),
            &[200, 206],
        ),
        (
            "an offset beyond numbers",
            "offset=99999999999999999999999".into(),
            &[400],
        ),
        (
            "a long sort",
            format!("sort={}", vec!["name"; 3_000].join(",")),
            &[200, 400],
        ),
        (
            "a deep name",
            format!("{}=x", vec!["a"; 3_000].join(".")),
            &[400],
        ),
        (
            "a forged cursor",
            format!("after={}", encode("eyJhIjoxfQ")),
            &[400],
        ),
        ("only signs", "&&==;;!!%3E%3C".into(), &[400]),
        (
            "a number that is none",
            "lastUpdate.gt=0000-99-99T99:99:99Z".into(),
            &[400],
        ),
    ];
    queries
        .into_iter()
        .map(|(name, query, statuses)| {
            attempt(
                name,
                get(&format!("{BASE}/category?{query}")),
                Verdict::Status(statuses),
            )
        })
        .collect()
}

fn paths() -> Vec<Attempt> {
    let paths = [
        ("NUL in an id", "/category/a%00b"),
        ("SQL in an id", "/category/'%20OR%20'1'%3D'1"),
        ("an id that is no UTF-8", "/category/%ff%fe"),
        ("encoding that is none", "/category/%zz"),
        ("a way up", "/../../../../etc/passwd"),
        (
            "an encoded way up",
            "/category/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        ),
        ("a way up after the id", "/category/../../v4/category/x"),
        ("two slashes", "//category"),
        ("an odd version", "/category/x:(version="),
        ("NUL in a version", "/category/x:(version=a%00b)"),
        ("NUL in a version asked for", "/category/x?version=a%00b"),
        ("NUL in a subscription", "/hub/a%00b"),
    ];
    let mut attempts: Vec<Attempt> = paths
        .into_iter()
        .map(|(name, path)| {
            attempt(
                format!("path: {name}"),
                get(&format!("{BASE}{path}")),
                Verdict::Status(&[400, 404]),
            )
        })
        .collect();
    for (name, target) in [
        (
            "a way up in the page",
            "/swagger-ui/..%2f..%2f..%2fetc%2fpasswd",
        ),
        (
            "a way up in documents",
            "/api-docs/..%2f..%2f/v5/openapi.json",
        ),
    ] {
        attempts.push(attempt(name, get(target), Verdict::Outside));
    }
    for (name, method, path) in [
        ("a patch of an id with NUL", "PATCH", "/category/a%00b"),
        ("a deletion of an id with NUL", "DELETE", "/category/a%00b"),
        ("the end of a subscription with NUL", "DELETE", "/hub/a%00b"),
    ] {
        let bytes = with_body(method, path, "application/json", br#"{"name":"x"}"#);
        attempts.push(attempt(name, bytes, Verdict::Status(&[400, 404])));
    }
    let head =
        format!("HEAD {BASE}/category/a%00b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let verdict = Verdict::Status(&[400, 404]);
    attempts.push(Attempt {
        is_head: true,
        ..attempt("HEAD of NUL", head.into_bytes(), verdict)
    });
    attempts
}

fn headers() -> Vec<Attempt> {
    let body = br#"{"@type":"Category","name":"x"}"#;
    let media = |name: &str, media: &str, statuses: &'static [u16]| {
        attempt(
            format!("media type {name}"),
            post("/category", media, body),
            Verdict::Status(statuses),
        )
    };
    let with = |name: &str, header: &[u8], statuses: &'static [u16]| {
        let mut bytes = format!(
            "POST {BASE}/category HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        )
        .into_bytes();
        bytes.extend_from_slice(header);
        bytes.extend_from_slice(format!("\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes());
        bytes.extend_from_slice(body);
        attempt(format!("header {name}"), bytes, Verdict::Status(statuses))
    };
    vec![
        media("XML", "application/xml", &[415]),
        media("nonsense", ";;;///", &[415]),
        media("long", &"a/".repeat(2_000), &[415]),
        media("of a form", "multipart/form-data; boundary=x", &[415]),
        with("key with bytes", b"Idempotency-Key: \xff\xfe", &[400]),
        with("empty key", b"Idempotency-Key: ", &[400]),
        with(
            "key like SQL",
            b"Idempotency-Key: '; DROP TABLE idempotency; --",
            &[201],
        ),
        with("whole perhaps", b"X-All-Or-Nothing: perhaps", &[201, 400]),
        with("accept nonsense", b"Accept: ,,;;q=x", &[201, 406]),
        with("packed body", b"Content-Encoding: gzip", &[415]),
        with("unknown packing", b"Content-Encoding: magic", &[415]),
        with("no packing", b"Content-Encoding: identity", &[201]),
    ]
}

fn no_http() -> Vec<Attempt> {
    let long = "a".repeat(200_000);
    let many: String = (0..500).map(|n| format!("X-{n}: {n}\r\n")).collect();
    [
        ("no request line", "hello\r\n\r\n".to_owned()),
        ("zeros", "\0\0\0\0\r\n\r\n".to_owned()),
        ("a TLS greeting", "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\r\n\r\n".to_owned()),
        ("a long line", format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n")),
        ("a long header", format!("GET / HTTP/1.1\r\nHost: x\r\nX-Long: {long}\r\n\r\n")),
        ("many headers", format!("GET / HTTP/1.1\r\nHost: x\r\n{many}\r\n")),
        ("a header without colon", "GET / HTTP/1.1\r\nHost x\r\n\r\n".to_owned()),
        ("two lengths", format!("POST {BASE}/category HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{{}}")),
        (
            "length and chunks",
            format!("POST {BASE}/category HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{{}}"),
        ),
        (
            "a chunk that is none",
            format!("POST {BASE}/category HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{{}}"),
        ),
        ("bytes in the path", "GET /\u{7f}\u{1} HTTP/1.1\r\nHost: x\r\n\r\n".to_owned()),
        ("HTTP of tomorrow", "GET / HTTP/9.9\r\nHost: x\r\n\r\n".to_owned()),
    ]
    .into_iter()
    .map(|(name, text)| attempt(format!("not HTTP: {name}"), text.into_bytes(), Verdict::Outside))
    .collect()
}
