//! From the configuration to the settings of each part.

use std::sync::Arc;
use std::time::Duration;

use crate::api::body::BodyLimits;
use crate::behaviour::billing::Numbering;
use crate::behaviour::rating::Book;
use crate::behaviour::{self, Marks, transfer};
use crate::billing;
use crate::billing::document::{Address, Bank, Colour, Issuer, Logo, Party, Prices};
use crate::charging;
use crate::cli::config::{self, Config};
use crate::domain::json::Limits as JsonLimits;
use crate::domain::state_machine::{Machines, Mistake};
use crate::engine::validate::ExtensionSchemas;
use crate::engine::{Behaviour, Limits, Registry, Validators};
use crate::event::{self, Retention};
use crate::invoicing::{self, Form, House};
use crate::job;
use crate::ordering::settings as ordering;
use crate::outbound::Policy;
use crate::store::{Settings as StoreSettings, Synchronous};

use super::StartError;

pub(super) fn store(config: &Config) -> StoreSettings {
    let settings = &config.store;
    StoreSettings {
        synchronous: match settings.sqlite_synchronous {
            config::Synchronous::Full => Synchronous::Full,
            config::Synchronous::Normal => Synchronous::Normal,
        },
        pool: settings.postgres_pool,
        read_permits: settings.read_permits,
        postgres_writers: usize::try_from(settings.postgres_writers).unwrap_or(1),
        write_queue: settings.write_queue,
        batch_max: settings.batch_max,
        statement_timeout_ms: settings.statement_timeout_ms,
    }
}

pub(super) fn limits(limits: &config::Limits) -> Limits {
    let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    Limits {
        page_default: count(limits.page_default),
        page_max: count(limits.page_max),
        filter_terms: limits.filter_terms,
        scan_rows: limits.scan_rows,
    }
}

pub(super) fn body(limits: &config::Limits) -> BodyLimits {
    BodyLimits {
        body_bytes: limits.body_bytes,
        bulk_body_bytes: limits.bulk_body_bytes,
        table_bytes: limits.table_bytes,
        bulk_items: limits.bulk_items,
        json: JsonLimits {
            depth: limits.json_depth,
            array_items: limits.array_items,
            string_bytes: limits.string_bytes,
            number_bytes: limits.number_digits,
            ..JsonLimits::default()
        },
    }
}

pub(super) fn outbound(config: &Config) -> Policy {
    Policy {
        allow_private: config.outbound.allow_private,
        allow_loopback: config.loopback_callbacks_allowed(),
        allow_hosts: config.outbound.allow_hosts.clone(),
    }
}

pub(super) fn validators(config: &Config) -> Result<Validators, StartError> {
    let folder = &config.validation.extensions_dir;
    let folder = (!folder.is_empty()).then(|| std::path::Path::new(folder));
    let extensions =
        ExtensionSchemas::load(folder).map_err(|error| StartError::new(error.to_string()))?;
    let strict = config.validation.schema_location == config::SchemaLocation::Strict;
    Ok(Validators::new(extensions, strict))
}

pub(super) fn events(config: &Config) -> event::Settings {
    event::Settings {
        retry_schedule_s: config.events.retry_schedule_s.clone(),
        timeout: Duration::from_millis(config.events.timeout_ms),
        concurrency: config.events.concurrency,
        ..event::Settings::default()
    }
}

pub(super) fn retention(config: &Config) -> Retention {
    Retention {
        events: Duration::from_secs(u64::from(config.events.retention_days) * 86_400),
        answers: Duration::from_secs(u64::from(config.idempotency.retention_hours) * 3_600),
        ..Retention::default()
    }
}

pub(super) fn jobs(config: &Config) -> job::Settings {
    job::Settings {
        concurrency: config.jobs.concurrency,
        ..job::Settings::default()
    }
}

/// Settings of imports and exports.
pub fn transfer(config: &Config) -> transfer::Settings {
    transfer::Settings {
        files_dir: config.jobs.files_dir.clone().into(),
        batch: config.jobs.batch,
        max_file_bytes: config.jobs.max_file_bytes,
        error_log_bytes: config.jobs.error_log_bytes,
        record_bytes: config.limits.body_bytes,
        json: body(&config.limits).json,
        ..transfer::Settings::default()
    }
}

/// How orders are worked on, and by which systems.
pub fn ordering(config: &Config) -> ordering::Settings {
    let own = &config.ordering;
    ordering::Settings {
        retry: ordering::Retry {
            attempts: own.retry_attempts,
            first: Duration::from_millis(own.retry_first_ms),
            max: Duration::from_millis(own.retry_max_ms),
        },
        poll: Duration::from_millis(own.poll_ms),
        takeover: Duration::from_millis(own.takeover_ms),
        concurrency: own.concurrency,
        callback_url: match own.callback_url.trim_end_matches('/') {
            "" => None,
            url => Some(url.to_owned()),
        },
        client_prices: own.client_prices,
        second_order: match own.second_order {
            config::SecondOrder::Wait => ordering::SecondOrder::Wait,
            config::SecondOrder::Reject => ordering::SecondOrder::Reject,
        },
        targets: config.oss.clone(),
    }
}

/// Whose numbers bills have.
fn numbering(config: &Config) -> Numbering {
    Numbering {
        entity: config.billing.legal_entity.as_str().into(),
        prefix: config.billing.number_prefix.as_str().into(),
    }
}

/// How bills are made.
///
/// # Errors
/// As [`rating`].
pub(super) fn invoicing(config: &Config) -> Result<invoicing::Settings, StartError> {
    let own = &config.billing;
    Ok(invoicing::Settings {
        zone: rating(config)?.zone,
        numbering: numbering(config),
        due_days: own.due_days,
        rules: billing::account::Rules::default(),
        back_micros: i64::from(own.back_days) * 86_400_000_000,
        limits: billing::check::Limits {
            percent: own.review_percent,
            bills: own.review_bills,
            ..billing::check::Limits::default()
        },
        chunk: own.chunk,
        house: house(&config.issuer)?,
        kept: own.documents.iter().map(|form| form_of(*form)).collect(),
    })
}

fn form_of(own: config::BillForm) -> Form {
    match own {
        config::BillForm::Pdf => Form::Pdf,
        config::BillForm::Html => Form::Html,
        config::BillForm::Xml => Form::Xml,
    }
}

/// How the operator's bills look.
fn house(own: &config::Issuer) -> Result<House, StartError> {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let colour = colour(&own.brand_colour);
    let colour = colour
        .ok_or_else(|| StartError::new("`issuer.brand_colour` is no colour such as #17496b"))?;
    let party = Party {
        name: own.name.clone(),
        address: Address {
            lines: some(&own.street).into_iter().collect(),
            city: own.city.clone(),
            post_code: some(&own.post_code),
            country: own.country.clone(),
            ..Address::default()
        },
        vat_number: some(&own.vat_number),
        register_number: some(&own.register_number),
        email: some(&own.email),
        phone: some(&own.phone),
        web: some(&own.web),
        ..Party::default()
    };
    Ok(House {
        issuer: Issuer {
            party,
            bank: some(&own.bank_account).map(|account| Bank {
                name: some(&own.bank_name),
                holder: None,
                account,
                bic: some(&own.bank_bic),
            }),
            logo: Logo {
                text: some(&own.brand).unwrap_or_else(|| own.name.clone()),
                colour,
            },
        },
        locale: own.locale.clone(),
        prices: match own.prices {
            config::BillPrices::Net => Prices::Net,
            config::BillPrices::Gross => Prices::Gross,
        },
    })
}

fn colour(text: &str) -> Option<Colour> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let [_, red, green, blue] = u32::from_str_radix(digits, 16).ok()?.to_be_bytes();
    Some(Colour(red, green, blue))
}

/// How usage is rated.
///
/// # Errors
/// For a time zone that there is not.
pub(super) fn rating(config: &Config) -> Result<charging::Settings, StartError> {
    let own = &config.rating;
    let zone = own.time_zone.parse();
    let threads = match own.threads {
        0 => std::thread::available_parallelism().map_or(2, usize::from),
        threads => threads,
    };
    Ok(charging::Settings {
        enabled: own.enabled,
        threads,
        queue: own.queue,
        poll: Duration::from_millis(own.poll_ms),
        zone: zone.map_err(|_| StartError::new("`rating.time_zone` is not a time zone"))?,
        json: body(&config.limits).json,
        late: match own.late_records {
            config::LateRecords::Rerate => Some(Duration::from_secs(own.late_records_wait_s)),
            config::LateRecords::Leave => None,
        },
        oldest: match own.oldest_days {
            0 => None,
            days => Some(Duration::from_secs(u64::from(days) * 86_400)),
        },
    })
}

/// The state machines, ours with those of the operator.
pub(super) fn machines(config: &Config) -> Result<Arc<Machines>, StartError> {
    config::machines(config)
        .map(Arc::new)
        .map_err(|mistakes| StartError::new(listed(&mistakes)))
}

fn listed(mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes
        .iter()
        .map(|mistake| format!("`{}` {}", mistake.key, mistake.message))
        .collect();
    lines.join("; ")
}

/// Rules by kind.
type Rules = Vec<(&'static str, Box<dyn Behaviour>)>;

/// The rules of all kinds.
pub(super) fn behaviours(
    config: &Config,
    machines: &Arc<Machines>,
    registry: &Registry,
    transfer: &transfer::Settings,
    policy: &Policy,
    marks: &Marks,
    book: &Arc<Book>,
) -> Result<Rules, StartError> {
    let currency = config
        .currency()
        .ok_or_else(|| StartError::new("`accounts.currency` is not a currency"))?;
    let references = config.validation.references;
    let zone = rating(config)?.zone;
    let behaviours = behaviour::all(
        references,
        machines,
        registry,
        currency,
        marks,
        book,
        &numbering(config),
    );
    let mut behaviours = charging::balance::with_balances(behaviours, book, zone);
    behaviours.extend(transfer::behaviours(transfer, policy));
    Ok(behaviours)
}
