//! What bills have charged, as it is stored beside the account: short, for there is one for each account
//! and every bill writes it anew.
//!
//! A list of `[product, price, terms]`; a term is `[from, to, clip, parts]`, where `clip` is none where
//! all of the term was reckoned; a part is `[from, to, millionths, gross, taxes]`, a tax
//! `[category, rate, exempt]`. Instants are microseconds.

use std::sync::Arc;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::mark::{ChargedTerm, Mark, Part};
use super::span::Span;
use super::tax::{Tax, Taxes};
use crate::domain::clock::Micros;
use crate::domain::money::Amount;
use crate::domain::tax::{TaxMode, TaxRate};

#[derive(Serialize, Deserialize)]
struct StoredMark(String, String, Vec<StoredTerm>);

#[derive(Serialize, Deserialize)]
struct StoredTerm(i64, i64, Option<(i64, i64)>, Vec<StoredPart>);

#[derive(Serialize, Deserialize)]
struct StoredPart(i64, i64, i64, bool, Vec<StoredTax>);

#[derive(Serialize, Deserialize)]
struct StoredTax(String, String, bool);

/// Why stored marks cannot be read.
#[derive(Debug)]
pub enum Unreadable {
    /// Not of this form.
    Form(serde_json::Error),
    /// A rate that is no rate, or a span that ends before it begins.
    Value,
}

impl std::fmt::Display for Unreadable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unreadable::Form(error) => write!(f, "what was charged cannot be read: {error}"),
            Unreadable::Value => f.write_str("what was charged cannot be read: a value is wrong"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// As they are stored.
pub fn bytes(marks: &[Mark]) -> Vec<u8> {
    let stored: Vec<StoredMark> = marks.iter().map(of_mark).collect();
    serde_json::to_vec(&stored).unwrap_or_default()
}

/// Reads what was stored; an account that was never billed has nothing.
///
/// # Errors
/// What is wrong with it.
pub fn read(bytes: &[u8]) -> Result<Vec<Mark>, Unreadable> {
    if bytes.is_empty() {
        return Ok(Vec::new());
    }
    let stored: Vec<StoredMark> = serde_json::from_slice(bytes).map_err(Unreadable::Form)?;
    let marks: Option<Vec<Mark>> = stored.into_iter().map(mark).collect();
    marks.ok_or(Unreadable::Value)
}

fn of_mark(own: &Mark) -> StoredMark {
    let terms = own.terms.iter().map(of_term).collect();
    StoredMark((*own.product).into(), (*own.price).into(), terms)
}

fn of_term(own: &ChargedTerm) -> StoredTerm {
    let clip = (own.clip != own.term).then_some((own.clip.from.0, own.clip.to.0));
    let parts = own.parts.iter().map(of_part).collect();
    StoredTerm(own.term.from.0, own.term.to.0, clip, parts)
}

fn of_part(own: &Part) -> StoredPart {
    let tax = |own: &Tax| {
        StoredTax(
            (*own.category).into(),
            own.rate.percent.to_string(),
            own.exempt,
        )
    };
    StoredPart(
        own.coverage.from.0,
        own.coverage.to.0,
        own.amount.millionths(),
        own.mode == TaxMode::Gross,
        own.taxes.0.iter().map(tax).collect(),
    )
}

fn mark(StoredMark(product, price, terms): StoredMark) -> Option<Mark> {
    let terms: Option<Vec<ChargedTerm>> = terms.into_iter().map(term).collect();
    Some(Mark {
        product: product.into(),
        price: price.into(),
        terms: terms?,
    })
}

fn term(StoredTerm(from, to, clip, parts): StoredTerm) -> Option<ChargedTerm> {
    let term = span(from, to)?;
    let parts: Option<Vec<Part>> = parts.into_iter().map(part).collect();
    Some(ChargedTerm {
        term,
        clip: match clip {
            Some((from, to)) => span(from, to)?,
            None => term,
        },
        parts: parts?,
    })
}

fn part(StoredPart(from, to, millionths, gross, taxes): StoredPart) -> Option<Part> {
    let taxes: Option<Arc<[Tax]>> = taxes.into_iter().map(tax).collect();
    Some(Part {
        coverage: span(from, to)?,
        amount: Amount::from_millionths(millionths),
        mode: match gross {
            true => TaxMode::Gross,
            false => TaxMode::Net,
        },
        taxes: Taxes(taxes?),
    })
}

fn tax(StoredTax(category, rate, exempt): StoredTax) -> Option<Tax> {
    Some(Tax {
        category: category.into(),
        rate: TaxRate::of(rate.parse::<Decimal>().ok()?)?,
        exempt,
    })
}

fn span(from: i64, to: i64) -> Option<Span> {
    Span::new(Micros(from), Micros(to))
}

#[cfg(test)]
mod tests {
    use super::{Unreadable, bytes, read};
    use crate::billing::tests::sample;

    #[test]
    fn what_is_stored_is_what_was_charged() {
        let marks = sample().marks;
        assert_eq!(marks.len(), 1);
        let stored = bytes(&marks);
        let shown = String::from_utf8(stored.clone()).unwrap();
        let expected = concat!(
            r#"[["p","fee",[[1767222000000000,1769900400000000,null,"#,
            r#"[[1767222000000000,1769900400000000,30000000,false,[["VAT","19",false]]]]]]]]"#
        );
        assert_eq!(shown, expected);
        assert_eq!(read(&stored).unwrap(), marks);
        assert_eq!(read(b"").unwrap(), Vec::new());
    }

    #[test]
    fn what_is_wrong_is_not_read() {
        assert!(matches!(read(b"[1]"), Err(Unreadable::Form(_))));
        for wrong in [
            r#"[["p","fee",[[2,1,null,[]]]]]"#,
            r#"[["p","fee",[[1,2,[3,2],[]]]]]"#,
            r#"[["p","fee",[[1,2,null,[[1,2,5,false,[["VAT","x",false]]]]]]]]"#,
            r#"[["p","fee",[[1,2,null,[[1,2,5,false,[["VAT","-1",false]]]]]]]]"#,
        ] {
            assert!(
                matches!(read(wrong.as_bytes()), Err(Unreadable::Value)),
                "{wrong}"
            );
        }
    }
}
