use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, ResponseTemplate};

use super::resolve::permitted;
use super::{Failure, Outbound, Policy, Reach, Timeouts, check_url, reach};
use crate::domain::problem::Code;

fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

/// An IPv4 address inside an IPv6 address is judged as what it is.
const ADDRESSES: &[(Reach, &str)] = &[
    (
        Reach::Public,
        "8.8.8.8 1.1.1.1 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 192.0.1.1 198.20.0.1 \
         223.255.255.254 2606:4700::1111 2001:4860:4860::8888 \
         ::ffff:8.8.8.8 64:ff9b::808:808 2002:808:808::1",
    ),
    (
        Reach::Private,
        "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 100.127.255.255 \
         192.0.0.8 192.0.2.1 198.18.0.1 198.51.100.7 203.0.113.9 \
         fc00::1 fdff::1 fe80::1 febf::1 fec0::1 2001:db8::1 2001::1 64:ff9b:1::1 100::1 3fff::1 \
         ::ffff:10.1.2.3 ::ffff:169.254.169.254 64:ff9b::a00:1 2002:c0a8:101::1",
    ),
    (
        Reach::Loopback,
        "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 ::127.0.0.1 64:ff9b::7f00:1 2002:7f00:1::",
    ),
    (
        Reach::Nobody,
        "0.0.0.0 0.1.2.3 224.0.0.1 239.1.1.1 240.0.0.1 255.255.255.255 :: ff02::1 4000::1 5f00::1 \
         ::ffff:0.0.0.0 ::ffff:224.0.0.1",
    ),
];

#[test]
fn every_address_family_is_sorted() {
    for (expected, addresses) in ADDRESSES {
        for address in addresses.split_whitespace() {
            assert_eq!(reach(ip(address)), *expected, "{address}");
        }
    }
}

#[test]
fn urls_are_checked_by_their_text() {
    let strict = Policy::default();
    for good in [
        "http://example.com/listener?key=1",
        "https://8.8.8.8:8443/x",
        "https://[2606:4700::1111]/",
    ] {
        assert!(check_url(&strict, good).is_ok(), "{good}");
    }
    let bad = [
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com",
        "example.com/x",
        "/x",
        "",
        "http://",
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://:secret@example.com/",
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://localhost/",
        "http://LOCALHOST:8080/",
        "http://a.localhost./",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest/",
        "http://0/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[::]/",
        "http://224.0.0.1/",
    ];
    for text in bad {
        let refused = check_url(&strict, text)
            .map(|url| url.to_string())
            .expect_err(text);
        assert_eq!(refused.code, Code::UrlRefused, "{text}");
    }
    let long = format!("http://example.com/{}", "a".repeat(3000));
    assert!(check_url(&strict, &long).is_err());
}

#[test]
fn the_operator_may_allow_more() {
    let loopback = Policy {
        allow_loopback: true,
        ..Policy::default()
    };
    assert!(check_url(&loopback, "http://127.0.0.1:9000/").is_ok());
    assert!(check_url(&loopback, "http://localhost:9000/").is_ok());
    assert!(check_url(&loopback, "http://10.0.0.1/").is_err());
    assert!(check_url(&loopback, "http://0.0.0.0/").is_err());
    let private = Policy {
        allow_private: true,
        ..Policy::default()
    };
    assert!(check_url(&private, "http://192.168.0.7/").is_ok());
    assert!(check_url(&private, "http://[fd00::7]/").is_ok());
    assert!(check_url(&private, "http://127.0.0.1/").is_err());
    let named = Policy {
        allow_hosts: vec!["10.0.0.7".into(), "::1".into(), "OSS.internal".into()],
        ..Policy::default()
    };
    assert!(check_url(&named, "http://10.0.0.7/").is_ok());
    assert!(check_url(&named, "http://[::1]:80/").is_ok());
    assert!(check_url(&named, "http://10.0.0.8/").is_err());
    assert!(named.names("oss.internal."));
}

#[test]
fn what_a_name_resolves_to_is_checked_too() {
    let strict = Policy::default();
    let at = |texts: &[&str]| -> Vec<SocketAddr> {
        texts.iter().map(|t| SocketAddr::new(ip(t), 0)).collect()
    };
    assert_eq!(
        permitted(&strict, "a.example", at(&["8.8.8.8"])),
        Ok(at(&["8.8.8.8"]))
    );
    // The name of an attacker that points inside, alone or beside a public address.
    assert!(permitted(&strict, "a.example", at(&["127.0.0.1"])).is_err());
    assert!(permitted(&strict, "a.example", at(&["::1", "10.0.0.1"])).is_err());
    assert_eq!(
        permitted(&strict, "a.example", at(&["169.254.169.254", "8.8.8.8"])),
        Ok(at(&["8.8.8.8"]))
    );
    let named = Policy {
        allow_hosts: vec!["a.example".into()],
        ..Policy::default()
    };
    assert_eq!(
        permitted(&named, "A.example", at(&["10.0.0.1"])),
        Ok(at(&["10.0.0.1"]))
    );
}

fn client(policy: Policy) -> Outbound {
    Outbound::new(policy, Timeouts::default()).expect("client")
}

fn local() -> Policy {
    Policy {
        allow_loopback: true,
        ..Policy::default()
    }
}

#[tokio::test]
async fn the_guard_stands_at_the_connection_as_well() {
    let server = MockServer::start().await;
    let port = server.address().port();
    // `localhost` is refused by its text already, so the resolver is asked directly.
    let guarded = client(Policy::default());
    let refused = guarded
        .http_for_tests()
        .get(format!("http://localhost:{port}/"))
        .send()
        .await;
    assert!(refused.is_err());
    assert!(
        server
            .received_requests()
            .await
            .unwrap_or_default()
            .is_empty()
    );
    let url = format!("http://127.0.0.1:{port}/");
    assert!(matches!(
        guarded.get(&url, 10).await,
        Err(Failure::Refused(_))
    ));
}

#[tokio::test]
async fn redirects_are_not_followed_and_sizes_are_limited() {
    let server = MockServer::start().await;
    let redirect = ResponseTemplate::new(302).insert_header("location", "/secret");
    Mock::given(path("/moved"))
        .respond_with(redirect)
        .mount(&server)
        .await;
    Mock::given(path("/large"))
        .respond_with(ResponseTemplate::new(200).set_body_string("x".repeat(100)))
        .mount(&server)
        .await;
    let client = client(local());
    let url = |path: &str| format!("{}{path}", server.uri());
    assert!(matches!(
        client.get(&url("/moved"), 10).await,
        Err(Failure::Status(302))
    ));
    assert!(matches!(
        client.get(&url("/large"), 99).await,
        Err(Failure::TooLarge { limit: 99 })
    ));
    let all = client
        .get(&url("/large"), 100)
        .await
        .expect("answer")
        .bytes()
        .await
        .expect("body");
    assert_eq!(all.len(), 100);
    assert!(matches!(
        client.get(&url("/none"), 100).await,
        Err(Failure::Status(404))
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blocking_reader_sees_the_same_bytes() {
    let server = MockServer::start().await;
    let text = "0123456789".repeat(1000);
    Mock::given(path("/file"))
        .respond_with(ResponseTemplate::new(200).set_body_string(text.clone()))
        .mount(&server)
        .await;
    let body = client(local())
        .get(&format!("{}/file", server.uri()), 1 << 20)
        .await
        .expect("answer");
    let runtime = tokio::runtime::Handle::current();
    let read =
        tokio::task::spawn_blocking(move || std::io::read_to_string(body.into_reader(runtime)));
    assert_eq!(read.await.expect("thread").expect("body"), text);
}

#[tokio::test]
async fn a_silent_server_costs_no_more_than_the_time_limit() {
    let server = MockServer::start().await;
    let slow = ResponseTemplate::new(200).set_delay(Duration::from_secs(60));
    Mock::given(method("POST"))
        .respond_with(slow)
        .mount(&server)
        .await;
    let answer = client(local())
        .post_json(
            &server.uri(),
            Default::default(),
            "{}".into(),
            Duration::from_millis(50),
        )
        .await;
    assert_eq!(
        answer,
        Err(Failure::Unreachable("no answer in time".into()))
    );
}
