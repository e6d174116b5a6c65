use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use toml::Value;

use super::layers::variable_name;
use super::{Config, DEFAULTS, Flag, Inputs, Loaded, Source, Strictness, check, resolve};

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

/// One setting of `default.toml` as it stands there.
struct Entry {
    section: String,
    name: String,
    default: String,
    comment: String,
}

impl Entry {
    fn key(&self) -> String {
        match self.section.as_str() {
            "" => self.name.clone(),
            section => format!("{section}.{}", self.name),
        }
    }
}

/// The settings and the sections, each with the comment right above it.
fn entries() -> (Vec<Entry>, Vec<(String, String)>) {
    let (mut entries, mut sections) = (Vec::new(), Vec::new());
    let mut section = String::new();
    let mut comment: Vec<&str> = Vec::new();
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix('#') {
            comment.push(text.trim());
        } else if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
            sections.push((section.clone(), comment.join(" ")));
            comment.clear();
        } else if let Some((name, default)) = line.split_once(" = ") {
            entries.push(Entry {
                section: section.clone(),
                name: name.to_owned(),
                default: default.to_owned(),
                comment: comment.join(" "),
            });
            comment.clear();
        } else {
            assert!(line.is_empty(), "neither comment nor setting: {line}");
            comment.clear();
        }
    }
    (entries, sections)
}

fn keys_of(table: &toml::Table) -> BTreeSet<String> {
    let mut keys = BTreeSet::new();
    for (name, value) in table {
        match value.as_table() {
            Some(inner) => keys.extend(inner.keys().map(|key| format!("{name}.{key}"))),
            None => {
                keys.insert(name.clone());
            }
        }
    }
    keys
}

#[test]
fn every_setting_stands_in_the_defaults_with_a_comment_and_the_reverse() {
    let (entries, sections) = entries();
    let written: BTreeSet<String> = entries.iter().map(Entry::key).collect();
    let used = toml::Table::try_from(defaults().config).expect("the settings are a table");
    assert_eq!(keys_of(&used), written);
    for entry in &entries {
        assert!(entry.comment.len() > 20, "{} needs a comment", entry.key());
    }
    for (name, comment) in sections {
        assert!(!comment.is_empty(), "[{name}] needs a comment");
    }
}

#[test]
fn every_number_has_a_range_that_its_comment_states() {
    let (entries, _) = entries();
    let mut ranged = BTreeSet::new();
    for entry in &entries {
        let key = entry.key();
        let number = entry
            .default
            .starts_with(|c: char| c.is_ascii_digit() || c == '[')
            && key != "outbound.allow_hosts";
        let range = check::RANGES.iter().find(|(known, _)| *known == key);
        assert_eq!(number, range.is_some(), "{key}");
        let Some((_, range)) = range else { continue };
        let stated = format!("rom {} to {}", range.start(), range.end());
        assert!(
            entry.comment.contains(&stated),
            "{key}: comment must say `{stated}`"
        );
        ranged.insert(key);
    }
    assert_eq!(
        ranged.len(),
        check::RANGES.len(),
        "a range without a setting"
    );
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
    assert_eq!(config.validation.references, Strictness::Strict);
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

/// Inputs that must be refused, each with what the message has to say.
fn mistakes() -> Vec<(Inputs, &'static [&'static str])> {
    vec![
        (
            from_file("# c\n[limits]\nbody_byte = 1"),
            &[
                "own.toml, line 3",
                "`limits.body_byte`",
                "did you mean `limits.body_bytes`",
            ],
        ),
        (
            from_file("[limit]\nbody_bytes = 5000"),
            &["own.toml, line 1", "`limit`", "did you mean `limits`"],
        ),
        (
            from_file("body_bytes = 5000"),
            &["own.toml, line 1", "did you mean `limits.body_bytes`"],
        ),
        (
            from_file("limits = 1"),
            &["own.toml, line 1", "is a section"],
        ),
        (from_file("zzz = 1"), &["`zzz` is not a setting"]),
        (
            from_file("\nlisten = 8080"),
            &["line 2", "`listen` must be a text, not a whole number"],
        ),
        (from_file("listen ="), &["own.toml, line 1", "not TOML"]),
        (
            from_file("migrate = true\nmigrate = true"),
            &["own.toml, line 2", "not TOML"],
        ),
        (
            from_file("[validation]\n\nreferences = 'loud'"),
            &[
                "own.toml, line 3",
                "`validation.references`",
                "`loud`",
                "`strict`",
                "`warn`",
                "`off`",
            ],
        ),
        (
            from_file("limits.page_max = 0"),
            &[
                "own.toml, line 1",
                "`limits.page_max` must be from 1 to 100000, not 0",
            ],
        ),
        (
            from_file("events = { retry_schedule_s = [5, 0] }"),
            &["`events.retry_schedule_s` must be from 1 to 604800, not 0"],
        ),
        (
            from_file("outbound.allow_hosts = [1]"),
            &["`outbound.allow_hosts`", "expected a string"],
        ),
        (
            from_environment(&[("TOLLGATE_LISTN", "x")]),
            &[
                "environment variable TOLLGATE_LISTN",
                "did you mean TOLLGATE_LISTEN?",
            ],
        ),
        (
            from_environment(&[("TOLLGATE_LIMITS_BODY_BYTES", "1")]),
            &["did you mean TOLLGATE_LIMITS__BODY_BYTES?"],
        ),
        (
            from_environment(&[("TOLLGATE_HTTP__WORKERS", "two")]),
            &[
                "environment variable TOLLGATE_HTTP__WORKERS",
                "a whole number, not `two`",
            ],
        ),
        (
            from_environment(&[("TOLLGATE_HTTP__WORKERS", "2\nlisten = 3")]),
            &[
                "environment variable TOLLGATE_HTTP__WORKERS",
                "a whole number",
            ],
        ),
        (
            from_environment(&[("TOLLGATE_MIGRATE", "")]),
            &["`migrate` must be true or false, not ``"],
        ),
        (
            from_environment(&[("TOLLGATE_DATABASE", "mysql://u:secret@h/d")]),
            &[
                "environment variable TOLLGATE_DATABASE",
                "must be `sqlite:PATH`",
            ],
        ),
        (
            from_flag("--listen", "listen", "somewhere"),
            &[
                "flag --listen",
                "must be an IP address and a port",
                "`somewhere`",
            ],
        ),
        (
            from_flag("--log-level", "log.level", "inof"),
            &["flag --log-level", "`inof`", "info"],
        ),
        (
            from_file("public_url = 'bss.example.com'"),
            &["own.toml, line 1", "must be an http or https address"],
        ),
        (
            from_file("outbound.allow_hosts = ['http://oss']"),
            &["`http://oss`", "without scheme"],
        ),
        (
            from_file("limits.page_default = 2000"),
            &["`limits.page_default` is 2000", "`limits.page_max`"],
        ),
    ]
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (inputs, parts) in mistakes() {
        let shown = format!("{inputs:?}");
        let error = resolve(inputs).expect_err(&shown).to_string();
        for part in parts {
            assert!(
                error.contains(part),
                "`{part}` is missing in `{error}` for {shown}"
            );
        }
        assert!(!error.contains("secret"), "{error}");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let mut inputs = from_file("colour = 1\n[http]\nworkers = -1");
    inputs.environment = from_environment(&[("TOLLGATE_MIGRATE", "maybe")]).environment;
    let error = resolve(inputs).expect_err("three mistakes");
    assert_eq!(error.findings.len(), 3, "{error}");
    assert!(
        error
            .to_string()
            .starts_with("the configuration has 3 mistakes")
    );
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

/// The part of `docs/configuration.md` below its marker: every setting in tables.
fn reference() -> String {
    let (entries, sections) = entries();
    let mut text = table(&entries, "");
    for (section, comment) in &sections {
        text += &format!(
            "\n### `[{section}]`\n\n{comment}\n\n{}",
            table(&entries, section)
        );
    }
    text
}

fn table(entries: &[Entry], section: &str) -> String {
    let mut text = "| Setting | Default | Variable | Meaning |\n|---|---|---|---|\n".to_owned();
    for entry in entries.iter().filter(|entry| entry.section == section) {
        text += &format!(
            "| `{}` | `{}` | `{}` | {} |\n",
            entry.name,
            entry.default,
            variable_name(&entry.key()),
            entry.comment.replace('|', "\\|"),
        );
    }
    text
}

#[test]
fn the_reference_in_docs_is_fresh() {
    const MARKER: &str = "<!-- generated from src/cli/config/default.toml -->\n\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/configuration.md");
    let text = std::fs::read_to_string(&path).expect("docs/configuration.md");
    let (head, written) = text
        .split_once(MARKER)
        .expect("the marker in docs/configuration.md");
    let fresh = reference();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{MARKER}{fresh}")).expect("writable docs");
        return;
    }
    assert!(
        written == fresh,
        "docs/configuration.md is stale: run UPDATE_DOCS=1 cargo test --lib the_reference_in_docs"
    );
}

#[test]
fn the_defaults_load_without_any_input() {
    let config: Config = toml::from_str(DEFAULTS).expect("complete");
    assert_eq!(config, defaults().config);
}
