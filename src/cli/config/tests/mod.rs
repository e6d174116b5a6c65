mod machines;
mod mistakes;
mod oss;
mod reference;

use std::path::PathBuf;

use toml::Value;

use super::{Config, DEFAULTS, Flag, Inputs, Loaded, Mode, Source, resolve};

fn from_file(text: &str) -> Inputs {
    Inputs {
        file: Some((PathBuf::from("own.toml"), text.to_owned())),
        ..Inputs::default()
    }
}

fn from_environment(variables: &[(&str, &str)]) -> Inputs {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Inputs {
        environment: variables.iter().map(owned).collect(),
        ..Inputs::default()
    }
}

fn from_flag(name: &'static str, key: &'static str, value: impl Into<Value>) -> Inputs {
    let value = value.into();
    Inputs {
        flags: vec![Flag { name, key, value }],
        ..Inputs::default()
    }
}

fn defaults() -> Loaded {
    resolve(Inputs::default()).expect("the defaults are usable")
}

#[test]
fn later_layers_win() {
    let mut inputs =
        from_file("listen = '127.0.0.1:1'\ndatabase = 'sqlite:a'\npublic_url = 'http://a'");
    inputs.environment = from_environment(&[
        ("TOLLGATE_DATABASE", "sqlite:b"),
        ("TOLLGATE_PUBLIC_URL", "http://b"),
    ])
    .environment;
    inputs.flags = from_flag("--database", "database", "sqlite:c").flags;
    let loaded = resolve(inputs).expect("usable");
    assert_eq!(loaded.config.listen, "127.0.0.1:1");
    assert_eq!(loaded.config.public_url, "http://b");
    assert_eq!(loaded.config.database, "sqlite:c");
    let path = PathBuf::from("own.toml");
    assert_eq!(loaded.source("listen"), Source::File { path, line: 1 });
    assert_eq!(
        loaded.source("public_url"),
        Source::Environment("TOLLGATE_PUBLIC_URL".to_owned())
    );
    assert_eq!(loaded.source("database"), Source::Flag("--database"));
    assert_eq!(loaded.source("migrate"), Source::Default);
}

#[test]
fn variables_reach_every_kind_of_value() {
    let loaded = resolve(from_environment(&[
        ("TOLLGATE_MIGRATE", "false"),
        ("TOLLGATE_LIMITS__BODY_BYTES", "4_096"),
        ("TOLLGATE_VALIDATION__REFERENCES", "strict"),
        ("TOLLGATE_EVENTS__RETRY_SCHEDULE_S", "1,2, 3"),
        (
            "TOLLGATE_OUTBOUND__ALLOW_HOSTS",
            "['oss.example.com', \"::1\"]",
        ),
        ("PATH", "/bin"),
    ]))
    .expect("usable");
    let config = loaded.config;
    assert!(!config.migrate);
    assert_eq!(config.limits.body_bytes, 4096);
    assert_eq!(config.validation.references, Mode::Strict);
    assert_eq!(config.events.retry_schedule_s, [1, 2, 3]);
    assert_eq!(config.outbound.allow_hosts, ["oss.example.com", "::1"]);
}

#[test]
fn variables_of_others_do_not_disturb() {
    let loaded = resolve(from_environment(&[
        ("TOLLGATE_CONFIG", "x.toml"),
        ("TOLLGATE_PORT", "tcp://10.0.0.1:80"),
        ("TOLLGATE_PORT_80_TCP_ADDR", "10.0.0.1"),
        ("TOLLGATE_SERVICE_HOST", "10.0.0.1"),
        ("TOLLGATE_SERVICE_PORT_HTTP", "80"),
    ]))
    .expect("usable");
    assert_eq!(loaded.config, defaults().config);
}

#[test]
fn an_open_listener_needs_a_word() {
    for (listen, insecure, accepted) in [
        ("127.0.0.1:8080", false, true),
        ("127.1.2.3:8080", false, true),
        ("[::1]:8080", false, true),
        ("[::ffff:127.0.0.1]:8080", false, true),
        ("localhost:8080", false, true),
        ("0.0.0.0:8080", false, false),
        ("[::]:8080", false, false),
        ("10.0.0.1:8080", false, false),
        ("0.0.0.0:8080", true, true),
    ] {
        let mut inputs = from_flag("--listen", "listen", listen);
        let key = "auth.insecure_allow_any_address";
        inputs
            .flags
            .extend(from_flag("--insecure", key, insecure).flags);
        let loaded = resolve(inputs).expect("usable");
        let guarded = loaded.ensure_guarded();
        assert_eq!(guarded.is_ok(), accepted, "{listen} {guarded:?}");
        if let Err(error) = guarded {
            assert!(
                error.to_string().starts_with("flag --listen: `listen`"),
                "{error}"
            );
        }
    }
    assert!(defaults().ensure_guarded().is_ok());
    assert!(defaults().doubts().is_empty(), "{:?}", defaults().doubts());
}

#[test]
fn loopback_callbacks_follow_the_listener() {
    let allowed = |text: &str| {
        let loaded = resolve(from_file(text)).expect("usable");
        loaded.config.loopback_callbacks_allowed()
    };
    assert!(allowed(""));
    assert!(!allowed("listen = '0.0.0.0:80'"));
    assert!(allowed(
        "listen = '0.0.0.0:80'\noutbound.allow_loopback = 'always'"
    ));
    assert!(!allowed("outbound.allow_loopback = 'never'"));
}

#[test]
fn base_urls() {
    let base = |text: &str, bound: &str| {
        let config = resolve(from_file(text)).expect("usable").config;
        config.base_url(bound.parse().expect("an address"))
    };
    assert_eq!(base("", "127.0.0.1:4711"), "http://127.0.0.1:4711");
    assert_eq!(base("", "[::1]:80"), "http://[::1]:80");
    assert_eq!(base("", "0.0.0.0:8080"), "http://localhost:8080");
    let public = "public_url = 'https://bss.example.com/base/'";
    assert_eq!(base(public, "0.0.0.0:8080"), "https://bss.example.com/base");
}

#[test]
fn what_was_given_is_shown_without_passwords() {
    let inputs = from_environment(&[("TOLLGATE_DATABASE", "postgres://u:secret@h/d")]);
    let loaded = resolve(inputs).expect("usable");
    let given: Vec<_> = loaded.given().map(|(key, value, _)| (key, value)).collect();
    assert_eq!(given, [("database", "postgres://u:***@h/d".to_owned())]);
    assert_eq!(loaded.config.database_shown(), "postgres://u:***@h/d");
}

#[test]
fn the_defaults_load_without_any_input() {
    let config: Config = toml::from_str(DEFAULTS).expect("complete");
    assert_eq!(config, defaults().config);
}
