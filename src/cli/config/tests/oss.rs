//! `[oss.NAME]` in a file and in the environment.

use std::path::Path;
use std::time::Duration;

use super::super::oss::{KEYS, Takes};
use super::super::resolve;
use super::{defaults, from_environment, from_file};
use crate::ordering::southbound::{Credentials, Secret, TargetSettings, Version};

#[test]
fn without_a_word_there_is_none() {
    assert_eq!(defaults().config.oss, []);
}

#[test]
fn systems_of_a_file() {
    let text = "[oss.default]
url = 'http://10.0.0.7/tmf-api/serviceOrdering/v5/'
[oss.access-network]
url = 'https://oss.example.com/orders'
version = 'v5'
user = 'bss'
password = 's3cret'
headers = { X-Tenant = 't3nant' }
timeout_ms = 2500
concurrency = 4
circuit_failures = 3
circuit_pause_ms = 1000
circuit_pause_max_ms = 2000
callback_token = 'b4ck'
poll_ms = 5000
";
    let loaded = resolve(from_file(text)).expect("usable");
    let [access, default] = loaded.config.oss.as_slice() else {
        panic!("two systems: {:?}", loaded.config.oss);
    };
    // The version stands in the address.
    let url = "http://10.0.0.7/tmf-api/serviceOrdering/v5";
    assert_eq!(*default, TargetSettings::new("default", url, Version::V5));
    assert_eq!(access.version, Version::V5);
    let basic = Credentials::Basic {
        user: "bss".to_owned(),
        password: Secret::new("s3cret"),
    };
    assert_eq!(access.credentials, basic);
    assert_eq!(
        access.headers,
        [("X-Tenant".to_owned(), Secret::new("t3nant"))]
    );
    assert_eq!(access.timeout, Duration::from_millis(2500));
    assert_eq!((access.concurrency, access.circuit.failures), (4, 3));
    assert_eq!(access.circuit.pause, Duration::from_secs(1));
    assert_eq!(access.circuit.pause_max, Duration::from_secs(2));
    assert_eq!(access.callback_token, Some(Secret::new("b4ck")));
    assert_eq!(access.poll, Duration::from_secs(5));

    let given: Vec<_> = loaded
        .given()
        .map(|(key, value, _)| format!("{key}={value}"))
        .collect();
    assert!(given.contains(&"oss.access-network.timeout_ms=2500".to_owned()));
    let shown = format!("{given:?} {:?}", loaded.config);
    for secret in ["s3cret", "t3nant", "b4ck"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn the_environment_adds_and_replaces() {
    let mut inputs =
        from_file("[oss.access-network]\nurl = 'http://a/v4'\ntoken = 'old'\npoll_ms = 10");
    inputs.environment = from_environment(&[
        ("TOLLGATE_OSS__ACCESS_NETWORK__TOKEN", "new"),
        ("TOLLGATE_OSS__ACCESS_NETWORK__POLL_MS", "20"),
        ("TOLLGATE_OSS__DEFAULT__URL", "http://b/v5"),
    ])
    .environment;
    let oss = resolve(inputs).expect("usable").config.oss;
    assert_eq!(oss.len(), 2);
    assert_eq!(oss[0].name, "access-network");
    assert_eq!(oss[0].credentials, Credentials::Bearer(Secret::new("new")));
    assert_eq!(oss[0].poll, Duration::from_millis(20));
    assert_eq!(
        (oss[1].name.as_str(), oss[1].version),
        ("default", Version::V5)
    );
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, parts) in [
        ("oss = 1", &["line 1", "`oss` is a section"][..]),
        (
            "[oss]\ndefault = 1",
            &["line 2", "`oss.default` is a section"],
        ),
        ("[osss.default]\nurl = 'http://a'", &["did you mean `oss`"]),
        (
            "listen = '127.0.0.1:1'\n[oss.a]\nversion = 'v4'",
            &["line 2", "`oss.a.url` is missing"],
        ),
        (
            "[oss.a]\nurl = 'a.example.com'",
            &["line 2", "`oss.a.url`", "http or https"],
        ),
        (
            "[oss.a]\nurl = 'http://u:s3cret@a'",
            &["`oss.a.url`", "without user"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\nversion = 'v6'",
            &["line 3", "`oss.a.version`", "v4, v5"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\ntimeout_s = 1",
            &["line 3", "did you mean `timeout_ms`"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\nzzz = 1",
            &["there are url, version"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\ntimeout_ms = 1",
            &["line 3", "from 100 to 600000, not 1"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\ntoken = 1",
            &["`oss.a.token`", "a text, not a whole number"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\nheaders = ['a']",
            &["`oss.a.headers`", "names with texts"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\ntoken = 's3cret'\nuser = 'u'\npassword = 's3cret'",
            &["line 3", "`oss.a.token` and `user`"],
        ),
        (
            "[oss.a]\nurl = 'http://a'\nuser = 'u'",
            &["line 3", "`oss.a.user` and `password`"],
        ),
        (
            "[ordering]\ncallback_url = 'bss'",
            &["`ordering.callback_url`", "http or https"],
        ),
        (
            "[ordering]\nsecond_order = 'both'",
            &["`ordering.second_order`", "`reject`"],
        ),
    ] {
        let error = resolve(from_file(text)).expect_err(text).to_string();
        for part in parts {
            assert!(error.contains(part), "`{part}` is missing in `{error}`");
        }
        assert!(!error.contains("s3cret"), "{error}");
    }
    for (variable, text, part) in [
        ("TOLLGATE_OSS__URL", "http://a", "TOLLGATE_OSS__NAME__KEY"),
        ("TOLLGATE_OSS__A__URI", "http://a", "did you mean `url`"),
        ("TOLLGATE_OSS__A__POLL_MS", "often", "a whole number"),
    ] {
        let error = resolve(from_environment(&[(variable, text)])).expect_err(variable);
        assert!(
            error.to_string().contains(part),
            "`{part}` is missing in `{error}`"
        );
        assert!(error.to_string().contains(variable), "{error}");
    }
}

#[test]
fn every_key_is_documented_with_its_range() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let text = std::fs::read_to_string(path).expect("docs/configuration.md");
    let (_, section) = text
        .split_once("## Systems that activate services")
        .expect("the section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    for (key, takes) in KEYS {
        let line = section
            .lines()
            .find(|line| line.starts_with(&format!("| `{key}` |")))
            .unwrap_or_else(|| panic!("{key} is not documented"));
        if let Takes::Whole(range) = takes {
            let stated = format!("rom {} to {}", range.start(), range.end());
            assert!(
                line.contains(&stated),
                "{key}: the text must say `{stated}`"
            );
        }
    }
}
