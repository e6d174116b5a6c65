//! Tariff tables: numbers without a row, rows of one prefix that follow each other with a gap or an
//! overlap, rows that longer ones hide completely.

use std::collections::HashMap;

use super::{FINDINGS_MAX, Finding, Kind, find};
use crate::domain::clock::Micros;
use crate::domain::value::Period;
use crate::rating::table::{RowSource, TableSource};

/// Looks at a table as it is written. It need not compile.
pub fn table(source: &TableSource) -> Vec<Finding> {
    let mut lint = Lint {
        source,
        rows: HashMap::with_capacity(source.rows.len()),
        findings: Vec::new(),
    };
    for (number, row) in source.rows.iter().enumerate() {
        let key = row.prefixes.iter().map(|prefix| plain(prefix)).collect();
        lint.rows.entry(key).or_default().push(number);
    }
    lint.missing_digits();
    lint.successions();
    lint.hidden();
    lint.findings
}

/// The prefix as it is looked up.
fn plain(prefix: &str) -> &str {
    prefix.strip_prefix('+').unwrap_or(prefix)
}

struct Lint<'s> {
    source: &'s TableSource,
    /// Rows by their prefixes.
    rows: HashMap<Vec<&'s str>, Vec<usize>>,
    findings: Vec<Finding>,
}

impl<'s> Lint<'s> {
    /// First digits with which no prefix of the first key begins: all those numbers have no price.
    fn missing_digits(&mut self) {
        let firsts = || {
            let prefixes = self.source.rows.iter();
            prefixes.filter_map(|row| row.prefixes.first().map(|prefix| plain(prefix)))
        };
        if self.source.rows.is_empty() || firsts().any(str::is_empty) {
            return;
        }
        let missing: Vec<String> = ('1'..='9')
            .filter(|digit| !firsts().any(|prefix| prefix.starts_with(*digit)))
            .map(|digit| digit.to_string())
            .collect();
        if missing.is_empty() {
            return;
        }
        let message = format!(
            "numbers that begin with {} have no row, so they are rejected",
            missing.join(", ")
        );
        self.add("/row", Kind::Gap, message);
    }

    /// Rows of the same prefixes, one after the other.
    fn successions(&mut self) {
        let mut groups: Vec<&Vec<usize>> = self.rows.values().filter(|own| own.len() > 1).collect();
        groups.sort_unstable();
        let mut found = Vec::new();
        for group in groups {
            let mut rows: Vec<(usize, Period)> = group
                .iter()
                .filter_map(|number| Some((*number, self.source.rows.get(*number)?.valid)))
                .collect();
            rows.sort_by_key(|(_, valid)| valid.start);
            for pair in rows.windows(2) {
                if let [one, next] = pair {
                    found.extend(succession(*one, *next));
                }
            }
        }
        for (number, kind, message) in found {
            self.add(&format!("/row/{number}/validFor"), kind, message);
        }
    }

    /// Rows whose every continuation has a row of its own.
    fn hidden(&mut self) {
        let mut found = Vec::new();
        for (number, row) in self.source.rows.iter().enumerate() {
            let key: Vec<&str> = row.prefixes.iter().map(|prefix| plain(prefix)).collect();
            let is_hidden = (0..key.len()).any(|place| {
                let mut digits = '0'..='9';
                digits.all(|digit| self.covers(&key, place, &digit.to_string(), row))
            });
            if is_hidden {
                found.push(number);
            }
        }
        for number in found {
            let message = "longer prefixes take all numbers that begin with this one".to_owned();
            self.add(&format!("/row/{number}"), Kind::Shadowed, message);
        }
    }

    /// True where a prefix that goes on like this has a row for as long as another row is valid, or
    /// where all its own continuations have.
    fn covers(&self, key: &[&str], place: usize, more: &str, hidden: &RowSource) -> bool {
        let Some(prefix) = key.get(place).map(|own| format!("{own}{more}")) else {
            return false;
        };
        let mut longer: Vec<&str> = key.to_vec();
        if let Some(own) = longer.get_mut(place) {
            *own = prefix.as_str();
        }
        let rows = self.rows.get(&longer).into_iter().flatten();
        let mut rows = rows.filter_map(|number| self.source.rows.get(*number));
        if rows.any(|row| is_within(&hidden.valid, &row.valid)) {
            return true;
        }
        if !self.has_longer(&longer, place) {
            return false;
        }
        let mut digits = '0'..='9';
        digits.all(|digit| self.covers(key, place, &format!("{more}{digit}"), hidden))
    }

    /// True where a prefix with one more digit is in the table: without it there is no need to look.
    fn has_longer(&self, key: &[&str], place: usize) -> bool {
        let Some(prefix) = key.get(place) else {
            return false;
        };
        let first = format!("{prefix}0");
        let mut longer = key.to_vec();
        if let Some(own) = longer.get_mut(place) {
            *own = first.as_str();
        }
        // All ten are needed, so the first tells as much as any. Rows that skip a digit are not
        // looked for: what they hide is not reported, and nothing else is.
        self.rows.contains_key(&longer)
    }

    fn add(&mut self, pointer: &str, kind: Kind, message: String) {
        let same = self.findings.iter().filter(|own| own.kind == kind).count();
        if same < FINDINGS_MAX {
            let finding = find(&self.source.id, pointer, kind, message);
            self.findings.push(finding);
        }
    }
}

/// What is wrong with a row that follows another. A row without an end may be followed by another
/// without an end: that is how prices are revised.
fn succession(one: (usize, Period), next: (usize, Period)) -> Option<(usize, Kind, String)> {
    let (earlier, one) = one;
    let (number, next) = next;
    let (end, start) = (one.end, next.start?);
    if let Some(end) = end.filter(|end| *end < start) {
        let message = format!(
            "begins at {}, but row {earlier} for the same prefixes ends at {}",
            start.to_rfc3339(),
            end.to_rfc3339()
        );
        return Some((number, Kind::Gap, message));
    }
    let comes_back = next.end.is_some_and(|own| end.is_none_or(|end| own < end));
    let is_cut = end.is_some_and(|end| start < end);
    if comes_back {
        let message =
            format!("lies within the time of row {earlier}, which is used again afterwards");
        return Some((number, Kind::Overlap, message));
    }
    is_cut.then(|| {
        let message = format!("is used although row {earlier} has not ended yet");
        (number, Kind::Overlap, message)
    })
}

/// True where a period lies within another.
fn is_within(inner: &Period, outer: &Period) -> bool {
    let low = |start: Option<Micros>| start.map_or(i64::MIN, |own| own.0);
    let high = |end: Option<Micros>| end.map_or(i64::MAX, |own| own.0);
    low(outer.start) <= low(inner.start) && high(inner.end) <= high(outer.end)
}
