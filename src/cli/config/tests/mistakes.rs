//! What is wrong is named with its place, and says what would be right.

use super::super::{Inputs, resolve};
use super::{from_environment, from_file, from_flag};

/// Inputs that must be refused, and what the message has to say.
type Mistake = (Inputs, &'static [&'static str]);

fn wrong_files() -> Vec<Mistake> {
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
    ]
}

fn wrong_variables() -> Vec<Mistake> {
    vec![
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
    ]
}

fn wrong_meanings() -> Vec<Mistake> {
    vec![
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
    let mistakes = [wrong_files(), wrong_variables(), wrong_meanings()];
    for (inputs, parts) in mistakes.into_iter().flatten() {
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
