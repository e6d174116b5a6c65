//! Values of the right kind that are still wrong: out of range, or at odds with each other.

use std::ops::RangeInclusive;

use toml::Value;

use super::error::{Finding, Source};
use super::layers::Layers;
use super::types::{Config, parse_listen};

/// The whole numbers each setting may have. Every number has its limits, so that a slip of the
/// keyboard is told at start and not by a server without memory.
pub(super) const RANGES: &[(&str, RangeInclusive<i64>)] = &[
    ("http.workers", 0..=1024),
    ("http.request_timeout_ms", 100..=600_000),
    ("http.shutdown_grace_ms", 0..=600_000),
    ("http.max_connections", 1..=1_000_000),
    ("limits.body_bytes", 1024..=268_435_456),
    ("limits.bulk_body_bytes", 1024..=1_073_741_824),
    ("limits.table_bytes", 1024..=1_073_741_824),
    // serde_json itself stops at 128.
    ("limits.json_depth", 8..=120),
    ("limits.array_items", 1..=1_000_000),
    ("limits.string_bytes", 256..=268_435_456),
    ("limits.number_digits", 20..=1000),
    ("limits.page_default", 0..=100_000),
    ("limits.page_max", 1..=100_000),
    ("limits.bulk_items", 1..=100_000),
    ("limits.filter_terms", 1..=1000),
    ("limits.scan_rows", 1000..=1_000_000_000),
    ("store.postgres_pool", 1..=200),
    ("store.postgres_writers", 1..=64),
    ("store.write_queue", 1..=1_000_000),
    ("store.batch_max", 1..=10_000),
    ("store.statement_timeout_ms", 100..=600_000),
    ("store.read_permits", 1..=100_000),
    ("events.retention_days", 1..=3650),
    ("events.retry_schedule_s", 1..=604_800),
    ("events.timeout_ms", 100..=120_000),
    ("events.concurrency", 1..=1024),
    ("events.max_subscriptions", 1..=1_000_000),
    ("jobs.concurrency", 1..=64),
    ("jobs.batch", 1..=10_000),
    ("jobs.max_file_bytes", 1024..=1_099_511_627_776),
    ("jobs.error_log_bytes", 1024..=16_777_216),
    ("idempotency.retention_hours", 1..=8760),
    ("ordering.retry_attempts", 1..=1000),
    ("ordering.retry_first_ms", 10..=3_600_000),
    ("ordering.retry_max_ms", 10..=86_400_000),
    ("ordering.poll_ms", 10..=60_000),
    ("ordering.takeover_ms", 100..=3_600_000),
    ("ordering.concurrency", 1..=1024),
    ("rating.threads", 0..=256),
    ("rating.queue", 64..=1_000_000),
    ("rating.poll_ms", 5..=60_000),
    ("rating.late_records_wait_s", 0..=86_400),
    ("rating.oldest_days", 0..=36_500),
    ("billing.due_days", 0..=365),
    ("billing.back_days", 31..=3_660),
    ("billing.review_percent", 0..=100_000),
    ("billing.review_bills", 1..=6),
    ("billing.chunk", 1..=5_000),
];

/// Entries a list may have.
const LIST_MAX: usize = 50;

/// Reports every setting that is out of its range.
pub(super) fn ranges(layers: &mut Layers) {
    let mut bad = Vec::new();
    for (key, value) in &layers.values {
        if let Some(message) = out_of_range(key, value) {
            bad.push((key.clone(), message));
        }
    }
    for (key, message) in bad {
        layers.complain(layers.source(&key), key, message);
    }
}

fn out_of_range(key: &str, value: &Value) -> Option<String> {
    let range = RANGES
        .iter()
        .find(|(known, _)| *known == key)
        .map(|(_, range)| range);
    let outside = |number: i64| match range {
        Some(range) if !range.contains(&number) => Some(format!(
            "must be from {} to {}, not {number}",
            range.start(),
            range.end()
        )),
        _ => None,
    };
    match value {
        Value::Integer(number) => outside(*number),
        Value::Array(items) if items.len() > LIST_MAX => Some(format!(
            "has {} entries; {LIST_MAX} are the most",
            items.len()
        )),
        Value::Array(items) => items.iter().filter_map(Value::as_integer).find_map(outside),
        _ => None,
    }
}

/// What is wrong with a complete configuration, and which setting to blame.
pub(super) fn meaning(config: &Config, source: impl Fn(&str) -> Source) -> Vec<Finding> {
    let checks = [
        ("listen", listen(config)),
        ("database", database(config)),
        ("public_url", base_address(&config.public_url)),
        (
            "ordering.callback_url",
            base_address(&config.ordering.callback_url),
        ),
        ("accounts.currency", currency(config)),
        ("log.level", log_level(config)),
        ("outbound.allow_hosts", allow_hosts(config)),
        ("limits.page_default", page_default(config)),
        ("limits.body_bytes", body_bytes(config)),
    ];
    checks
        .into_iter()
        .filter_map(|(key, message)| {
            Some(Finding {
                source: source(key),
                key: key.to_owned(),
                message: message?,
            })
        })
        .collect()
}

fn listen(config: &Config) -> Option<String> {
    if parse_listen(&config.listen).is_some() {
        return None;
    }
    Some(format!(
        "must be an IP address and a port such as `127.0.0.1:8080` or `[::1]:8080`, not `{}`",
        config.listen
    ))
}

fn database(config: &Config) -> Option<String> {
    let database = config.database.as_str();
    let known = |scheme: &str| {
        database
            .strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    };
    if known("sqlite:") {
        return None;
    }
    let postgres = known("postgres://") || known("postgresql://");
    if postgres && url::Url::parse(database).is_ok() {
        return None;
    }
    // The text is not repeated: it may hold a password.
    Some("must be `sqlite:PATH` or `postgres://USER:PASSWORD@HOST:PORT/DATABASE`".to_owned())
}

/// An address that others are built from; none is one too.
fn base_address(shown: &str) -> Option<String> {
    if shown.is_empty() {
        return None;
    }
    let fits = url::Url::parse(shown).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none()
    });
    (!fits).then(|| {
        format!("must be an http or https address without query, such as `https://bss.example.com`, not `{shown}`")
    })
}

/// The filter of tracing-subscriber would take any word for the name of a target and then log
/// nothing, so a misspelt level has to be caught here.
fn log_level(config: &Config) -> Option<String> {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    let is_level = |text: &str| LEVELS.contains(&text);
    let is_target = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
    };
    let fits = |part: &str| match part.split_once('=') {
        Some((target, level)) => is_target(target) && is_level(level),
        None => is_level(part),
    };
    if config.log.level.split(',').all(fits) {
        return None;
    }
    Some(format!(
        "must be {} or such levels for targets as in `info,tollgate::store=debug`, not `{}`",
        LEVELS.join(", "),
        config.log.level
    ))
}

fn currency(config: &Config) -> Option<String> {
    config.currency().is_none().then(|| {
        format!(
            "must be a currency of ISO 4217 such as `EUR`, not `{}`",
            config.accounts.currency
        )
    })
}

fn allow_hosts(config: &Config) -> Option<String> {
    let is_host = |text: &str| match url::Host::parse(text) {
        Ok(url::Host::Domain(name)) => !name.is_empty(),
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) => true,
        Err(_) => text.parse::<std::net::Ipv6Addr>().is_ok(),
    };
    let bad = config
        .outbound
        .allow_hosts
        .iter()
        .find(|host| !is_host(host))?;
    Some(format!(
        "must list host names or addresses without scheme and port, not `{bad}`"
    ))
}

fn page_default(config: &Config) -> Option<String> {
    let limits = &config.limits;
    (limits.page_default > limits.page_max).then(|| {
        format!(
            "is {}, more than `limits.page_max` allows ({})",
            limits.page_default, limits.page_max
        )
    })
}

fn body_bytes(config: &Config) -> Option<String> {
    let limits = &config.limits;
    (limits.body_bytes > limits.bulk_body_bytes).then(|| {
        format!(
            "is {}, more than `limits.bulk_body_bytes` allows ({})",
            limits.body_bytes, limits.bulk_body_bytes
        )
    })
}

/// Why the server must not start on its address, if so (`[auth]`).
pub(super) fn open_listener(config: &Config) -> Option<String> {
    if config.listens_on_loopback() || config.auth.insecure_allow_any_address {
        return None;
    }
    Some(format!(
        "is {}, which other machines can reach, and no authentication is configured. Listen on \
         127.0.0.1, or, where something in front decides who gets here, say so with --insecure \
         (`auth.insecure_allow_any_address = true`)",
        config.listen
    ))
}

/// What works but is probably not meant.
pub(super) fn doubts(config: &Config) -> Vec<String> {
    let mut doubts = Vec::new();
    let unspecified = config
        .listen_address()
        .is_some_and(|a| a.ip().is_unspecified());
    if unspecified && config.public_url.is_empty() {
        doubts.push(
            "`public_url` is empty and `listen` names no single address: the `href` of every \
             resource will begin with http://localhost, which other machines cannot follow"
                .to_owned(),
        );
    }
    if !config.listens_on_loopback() && config.auth.insecure_allow_any_address {
        doubts.push(format!(
            "requests from other machines are accepted on {} without authentication",
            config.listen
        ));
    }
    if config.http.request_timeout_ms <= config.store.statement_timeout_ms {
        doubts.push(
            "`http.request_timeout_ms` is not longer than `store.statement_timeout_ms`: a slow \
             statement outlives the request that waits for it"
                .to_owned(),
        );
    }
    doubts
}
