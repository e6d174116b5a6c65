//! Reading the rules by which values are made: how a text is changed, and what it is read as.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono_tz::Tz;
use regex::Regex;
use rust_decimal::Decimal;
use toml::de::DeValue;

use super::section::Section;
use crate::domain::money::Currency;
use crate::usage_file::value::{
    Bare, Fold, Format, Instant, Kind, Lookup, Numbers, Round, Span, Step, Take, Truth, Whole,
    number,
};

/// What may be said of a value besides where it is taken from.
pub const KEYS: [&str; 19] = [
    "type",
    "percent_decode",
    "capture",
    "strip_prefix",
    "lookup",
    "otherwise",
    "number",
    "multiply",
    "round",
    "unit",
    "format",
    "time_zone",
    "fold",
    "true",
    "false",
    "currency",
    "or",
    "default",
    "required",
];
const KINDS: &str = "must be one of text, integer, decimal, hex, boolean, instant, duration, money";
const FORMATS: &str = "must be rfc3339, epoch, epochMillis, epochMicros, ts32298 or a pattern such as %Y-%m-%d %H:%M:%S";

/// What rules refer to.
pub struct Defaults {
    zone: Tz,
    numbers: Arc<Numbers>,
    lookups: BTreeMap<String, HashMap<String, String>>,
}

impl Defaults {
    /// What the top of a mapping says.
    pub fn read(top: &Section<'_, '_>) -> Self {
        let lookups = top.section("lookup");
        let lookups = lookups.iter().flat_map(|section| {
            let tables = section
                .names()
                .filter_map(|name| Some((name, section.section(name)?)));
            tables.map(|(name, section)| (name.to_owned(), table(&section)))
        });
        Defaults {
            zone: zone(top).unwrap_or(Tz::UTC),
            numbers: Arc::new(numbers(top)),
            lookups: lookups.collect(),
        }
    }

    /// In the order in which they are done.
    pub fn steps(&self, section: &Section<'_, '_>) -> Vec<Step> {
        let mut steps = Vec::new();
        if section.flag("percent_decode") {
            steps.push(Step::PercentDecode);
        }
        steps.extend(pattern(section, "capture").map(Step::Capture));
        steps.extend(section.texts("strip_prefix").map(Step::StripPrefix));
        steps.extend(
            self.lookup(section)
                .map(|lookup| Step::Lookup(Arc::new(lookup))),
        );
        if section.flag("number") {
            steps.push(Step::Number(Arc::clone(&self.numbers)));
        }
        steps
    }

    fn lookup(&self, section: &Section<'_, '_>) -> Option<Lookup> {
        let otherwise = section.text("otherwise");
        let Some(value) = section.value("lookup") else {
            if otherwise.is_some() {
                section.mistake("otherwise", "is about a lookup, and there is none");
            }
            return None;
        };
        let table = match value.get_ref().as_str() {
            Some(name) => match self.lookups.get(name) {
                Some(table) => table.clone(),
                None => {
                    section.mistake("lookup", format!("there is no table [lookup.{name}]"));
                    return None;
                }
            },
            None => table(&section.section("lookup")?),
        };
        Some(Lookup { table, otherwise })
    }

    /// What the text is read as; `fixed` where that is not to be chosen.
    pub fn kind(&self, section: &Section<'_, '_>, fixed: Option<&str>) -> Option<Kind> {
        let named = section.text("type");
        if let (Some(named), Some(fixed)) = (&named, fixed)
            && named != fixed
        {
            section.mistake("type", format!("must be {fixed}"));
            return None;
        }
        let round = section.choice("round", &Round::NAMES);
        let multiply = multiply(section).unwrap_or(Decimal::ONE);
        let kind = match named.as_deref().or(fixed).unwrap_or("text") {
            "text" => Kind::Text,
            "integer" => Kind::Whole(Whole { multiply, round }),
            "decimal" => Kind::Decimal { multiply },
            "hex" => Kind::Hex,
            "boolean" => Kind::Truth(truth(section)),
            "instant" => Kind::Instant(self.instant(section)?),
            "duration" => Kind::Duration {
                span: section.choice("unit", &Span::NAMES).unwrap_or_default(),
                round,
            },
            "money" => Kind::Money(currency(section)?),
            _ => {
                section.mistake("type", KINDS);
                return None;
            }
        };
        Some(kind)
    }

    /// How instants are written.
    pub fn instant(&self, section: &Section<'_, '_>) -> Option<Instant> {
        let format = section.required_text("format")?;
        let Some(format) = Format::of(&format) else {
            section.mistake("format", FORMATS);
            return None;
        };
        Some(Instant {
            format,
            zone: zone(section).unwrap_or(self.zone),
            fold: section.choice("fold", &Fold::NAMES).unwrap_or_default(),
        })
    }
}

/// Keys that mean nothing for this kind of value would be read by nobody.
pub fn consistent(section: &Section<'_, '_>, take: &Take, kind: &Kind) {
    let is_between = matches!(take, Take::Between { .. });
    let is_text = !is_between && !matches!(take, Take::Sum(_));
    let is_duration = matches!(kind, Kind::Duration { .. });
    let is_money = matches!(kind, Kind::Money(_));
    let is_number = matches!(kind, Kind::Whole(_) | Kind::Decimal { .. });
    if is_between && !is_duration {
        section.mistake("between", "is a duration");
    }
    if matches!(take, Take::Sum(_)) && !(is_number || is_duration || is_money) {
        section.mistake("sum", "is a number");
    }
    let is_instant = is_between || matches!(kind, Kind::Instant(_));
    let is_truth = matches!(kind, Kind::Truth(_));
    let is_whole = is_duration || matches!(kind, Kind::Whole(_));
    let meant: [(&[&str], bool, &str); 7] = [
        (&["multiply"], is_number, "integers and decimals"),
        (&["round"], is_whole, "integers and durations"),
        (
            &["unit"],
            is_duration && !is_between,
            "durations that are written as numbers",
        ),
        (&["format", "time_zone", "fold"], is_instant, "instants"),
        (&["true", "false"], is_truth, "booleans"),
        (&["currency"], is_money, "money"),
        (
            &[
                "percent_decode",
                "capture",
                "strip_prefix",
                "lookup",
                "number",
            ],
            is_text,
            "texts",
        ),
    ];
    for (names, is_meant, what) in meant {
        for name in names.iter().filter(|name| !is_meant && section.has(name)) {
            section.mistake(name, format!("is for {what} only"));
        }
    }
    if section.flag("required") && section.has("default") {
        section.mistake("required", "has no meaning beside a default");
    }
}

/// The name of a kind, for rules that must be of the same.
pub fn name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Text => "text",
        Kind::Whole(_) => "integer",
        Kind::Decimal { .. } => "decimal",
        Kind::Hex => "hex",
        Kind::Truth(_) => "boolean",
        Kind::Instant(_) => "instant",
        Kind::Duration { .. } => "duration",
        Kind::Money(_) => "money",
    }
}

/// A text, number or truth value as text.
pub fn scalar(section: &Section<'_, '_>, name: &str) -> Option<String> {
    match section.value(name)?.get_ref() {
        DeValue::Integer(_) | DeValue::Float(_) => section.number(name),
        DeValue::Boolean(truth) => Some(truth.to_string()),
        _ => section.text(name),
    }
}

/// A pattern.
pub fn pattern(section: &Section<'_, '_>, name: &str) -> Option<Regex> {
    let text = section.text(name)?;
    let pattern = Regex::new(&text);
    if pattern.is_err() {
        section.mistake(name, "is no regular expression");
    }
    pattern.ok()
}

fn zone(section: &Section<'_, '_>) -> Option<Tz> {
    let zone = section.text("time_zone")?.parse();
    if zone.is_err() {
        section.mistake("time_zone", "must be a time zone such as Europe/Berlin");
    }
    zone.ok()
}

/// What `[numbers]` says.
fn numbers(top: &Section<'_, '_>) -> Numbers {
    const NAME: &str = "numbers";
    let section = top.section_or_empty(NAME);
    section.only(&["country", "national", "international", "bare", "local"]);
    let digits = |name: &str| {
        let texts = section.texts(name).unwrap_or_default();
        let is_dialled =
            |text: &String| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !texts.iter().all(is_dialled) {
            section.mistake(name, "must be digits");
        }
        texts
    };
    Numbers {
        country: digits("country").into_iter().next(),
        national: digits("national"),
        international: digits("international"),
        bare: section.choice("bare", &Bare::NAMES).unwrap_or_default(),
        local: section.text("local"),
    }
}

fn table(section: &Section<'_, '_>) -> HashMap<String, String> {
    let texts = section.names().filter_map(|name| {
        let text = scalar(section, name)?;
        Some((name.to_owned(), text))
    });
    texts.collect()
}

fn multiply(section: &Section<'_, '_>) -> Option<Decimal> {
    let factor = number(&section.number("multiply")?).ok();
    if factor.is_none() {
        section.mistake("multiply", "has too many digits");
    }
    factor
}

fn truth(section: &Section<'_, '_>) -> Truth {
    let words = |name: &str, usual: &[&str]| {
        let usual = || usual.iter().map(|word| (*word).to_owned()).collect();
        section.texts(name).unwrap_or_else(usual)
    };
    Truth {
        yes: words("true", &["true", "t", "yes", "y", "1"]),
        no: words("false", &["false", "f", "no", "n", "0"]),
    }
}

fn currency(section: &Section<'_, '_>) -> Option<&'static Currency> {
    let code = section.required_text("currency")?;
    let currency = Currency::of(&code);
    if currency.is_none() {
        section.mistake("currency", "must be an ISO 4217 code");
    }
    currency
}
