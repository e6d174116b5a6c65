//! The settings as the program uses them. What each one means stands beside its default in
//! `default.toml`; a test holds the two together.

use std::net::{IpAddr, SocketAddr};

use serde::{Deserialize, Serialize};

use crate::domain::mode::Mode;
use crate::domain::money::Currency;
use crate::domain::state_machine::Definitions;
use crate::ordering::southbound::TargetSettings;

/// All settings, complete and checked.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub listen: String,
    pub database: String,
    pub public_url: String,
    pub migrate: bool,
    pub http: Http,
    pub limits: Limits,
    pub store: Store,
    pub validation: Validation,
    pub events: Events,
    pub outbound: Outbound,
    pub jobs: Jobs,
    pub idempotency: Idempotency,
    pub accounts: Accounts,
    pub ordering: Ordering,
    pub rating: Rating,
    pub billing: Billing,
    pub issuer: Issuer,
    pub log: Log,
    pub auth: Auth,
    /// `[state_machine.KIND]`: states of an operator's own. They have no defaults among the
    /// settings, because any kind may have them.
    #[serde(skip)]
    pub state_machine: Definitions,
    /// `[oss.NAME]`: the systems that activate services, by name. They have no defaults among the
    /// settings, because their names are free.
    #[serde(skip)]
    pub oss: Vec<TargetSettings>,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    pub workers: usize,
    pub request_timeout_ms: u64,
    pub shutdown_grace_ms: u64,
    pub max_connections: usize,
    pub compress: bool,
}

/// `[limits]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    pub body_bytes: usize,
    pub bulk_body_bytes: usize,
    pub table_bytes: usize,
    pub json_depth: usize,
    pub array_items: usize,
    pub string_bytes: usize,
    pub number_digits: usize,
    pub page_default: usize,
    pub page_max: usize,
    pub bulk_items: usize,
    pub filter_terms: usize,
    pub scan_rows: u64,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    pub sqlite_synchronous: Synchronous,
    pub postgres_pool: u32,
    pub postgres_writers: u32,
    pub write_queue: usize,
    pub batch_max: usize,
    pub statement_timeout_ms: u64,
    pub read_permits: usize,
}

/// `[validation]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    pub references: Mode,
    pub schema_location: SchemaLocation,
    pub extensions_dir: String,
    pub lifecycle: Mode,
}

/// `[events]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Events {
    pub enabled: bool,
    pub retention_days: u32,
    pub retry_schedule_s: Vec<u32>,
    pub timeout_ms: u64,
    pub concurrency: usize,
    pub max_subscriptions: usize,
}

/// `[outbound]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Outbound {
    pub allow_private: bool,
    pub allow_hosts: Vec<String>,
    pub allow_loopback: Loopback,
}

/// `[jobs]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    pub files_dir: String,
    pub concurrency: usize,
    pub batch: usize,
    pub max_file_bytes: u64,
    pub error_log_bytes: usize,
}

/// `[idempotency]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Idempotency {
    pub retention_hours: u32,
}

/// `[accounts]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    pub currency: String,
}

/// `[ordering]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Ordering {
    pub enabled: bool,
    pub retry_attempts: u32,
    pub retry_first_ms: u64,
    pub retry_max_ms: u64,
    pub poll_ms: u64,
    pub takeover_ms: u64,
    pub concurrency: usize,
    pub callback_url: String,
    pub client_prices: Mode,
    pub second_order: SecondOrder,
}

/// `[rating]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Rating {
    pub enabled: bool,
    pub threads: usize,
    pub queue: usize,
    pub poll_ms: u64,
    pub time_zone: String,
    pub late_records: LateRecords,
    pub late_records_wait_s: u64,
    pub oldest_days: u32,
}

/// `[billing]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Billing {
    pub legal_entity: String,
    pub number_prefix: String,
    pub due_days: u32,
    pub back_days: u32,
    pub review_percent: u32,
    pub review_bills: usize,
    pub chunk: usize,
    pub documents: Vec<BillForm>,
}

/// A form of the document of a bill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BillForm {
    Pdf,
    Html,
    Xml,
}

/// `[issuer]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    pub name: String,
    pub street: String,
    pub post_code: String,
    pub city: String,
    pub country: String,
    pub vat_number: String,
    pub register_number: String,
    pub email: String,
    pub phone: String,
    pub web: String,
    pub bank_name: String,
    pub bank_account: String,
    pub bank_bic: String,
    pub brand: String,
    pub brand_colour: String,
    pub locale: String,
    pub prices: BillPrices,
}

/// Which amounts of lines bills show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BillPrices {
    Net,
    Gross,
}

/// `[log]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    pub format: LogFormat,
    pub level: String,
}

/// `[auth]`
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Auth {
    pub insecure_allow_any_address: bool,
}

/// What happens to an `@schemaLocation` that is not registered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SchemaLocation {
    Accept,
    Strict,
}

/// SQLite's `synchronous` setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Synchronous {
    Full,
    Normal,
}

/// Whether callbacks may go to this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Loopback {
    Auto,
    Always,
    Never,
}

/// What happens where records come too late for what was rated before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LateRecords {
    Rerate,
    Leave,
}

/// What happens to an order for a product that another order is at work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondOrder {
    Wait,
    Reject,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

impl Config {
    /// The address to bind; `None` only for a text that the checks at load refuse.
    pub fn listen_address(&self) -> Option<SocketAddr> {
        parse_listen(&self.listen)
    }

    /// True when other machines cannot reach the listener.
    pub fn listens_on_loopback(&self) -> bool {
        self.listen_address()
            .is_some_and(|address| is_loopback(address.ip()))
    }

    /// True when callbacks and job URLs may name addresses of this machine.
    pub fn loopback_callbacks_allowed(&self) -> bool {
        match self.outbound.allow_loopback {
            Loopback::Always => true,
            Loopback::Never => false,
            Loopback::Auto => self.listens_on_loopback(),
        }
    }

    /// What `href` and `Location` begin with, without a slash at its end. `bound` is the address
    /// the listener really got, which differs from `listen` when that asks for any free port.
    pub fn base_url(&self, bound: SocketAddr) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.trim_end_matches('/').to_owned();
        }
        if bound.ip().is_unspecified() {
            // `0.0.0.0` is no address a client can connect to; this one works at least from here.
            return format!("http://localhost:{}", bound.port());
        }
        format!("http://{bound}")
    }

    /// The currency of accounts that name none; `None` only for a text that the checks at load
    /// refuse.
    pub fn currency(&self) -> Option<&'static Currency> {
        Currency::of(&self.accounts.currency)
    }

    /// The database without its password, for messages and logs.
    pub fn database_shown(&self) -> String {
        hide_password(&self.database)
    }
}

/// Reads `ADDRESS:PORT`; `localhost` is the one name, everything else would need a resolver and
/// could be more than one address.
pub(super) fn parse_listen(text: &str) -> Option<SocketAddr> {
    if let Some(port) = text.strip_prefix("localhost:") {
        let port = port.parse().ok()?;
        return Some(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    text.parse().ok()
}

fn is_loopback(ip: IpAddr) -> bool {
    // Canonical, because ::ffff:127.0.0.1 is loopback too.
    ip.to_canonical().is_loopback()
}

/// Replaces the password of a database URL, in its authority or as a parameter.
pub(super) fn hide_password(database: &str) -> String {
    if database.starts_with("sqlite:") {
        return database.to_owned();
    }
    let Ok(mut url) = url::Url::parse(database) else {
        return "(not a URL)".to_owned();
    };
    if url.password().is_some() && url.set_password(Some("***")).is_err() {
        return "(not shown)".to_owned();
    }
    let Some(query) = url.query().map(str::to_owned) else {
        return url.into();
    };
    let hidden: Vec<&str> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some(("password" | "sslpassword", _)) => "password=***",
            _ => pair,
        })
        .collect();
    url.set_query(Some(&hidden.join("&")));
    url.into()
}

#[cfg(test)]
mod tests {
    use super::{hide_password, parse_listen};

    #[test]
    fn passwords_are_not_shown() {
        for (database, shown) in [
            ("sqlite:a:b@c.db", "sqlite:a:b@c.db"),
            ("postgres://u:secret@h:5432/d", "postgres://u:***@h:5432/d"),
            ("postgres://u@h/d", "postgres://u@h/d"),
            (
                "postgres:///d?host=/run&password=secret&user=u",
                "postgres:///d?host=/run&password=***&user=u",
            ),
            ("postgres//u:secret@h/d", "(not a URL)"),
        ] {
            assert_eq!(hide_password(database), shown);
        }
    }

    #[test]
    fn listen_takes_addresses_and_localhost() {
        assert!(parse_listen("127.0.0.1:8080").is_some());
        assert!(parse_listen("[::1]:0").is_some());
        assert!(parse_listen("localhost:80").is_some_and(|a| a.ip().is_loopback()));
        for bad in ["8080", "127.0.0.1", "example.com:80", "127.0.0.1:99999", ""] {
            assert!(parse_listen(bad).is_none(), "{bad}");
        }
    }
}
