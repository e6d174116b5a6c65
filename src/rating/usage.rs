//! A rated usage in the form of TMF635 v4: `ratedProductUsage`. Usage is stored in the form of v5, which
//! the adapter makes of it.
//!
//! One entry is the whole usage, with `ratingAmountType` `Total`. Where it has several parts they
//! follow, each a `Component`; a price for the event, a fee, or what a bucket includes. So either the
//! total or the components are to be summed, never both.

use serde_json::{Map, Value};

use super::Request;
use super::card::Card;
use super::rated::{Line, LineKind, Rated, UsageTag};
use crate::domain::clock::Micros;
use crate::domain::money::{Amount, Currency, number_of};

/// `ratingAmountType` of the whole usage.
pub const TOTAL: &str = "Total";
/// `ratingAmountType` of a part.
pub const COMPONENT: &str = "Component";

/// The entries of `ratedProductUsage`. `at` is when the usage was rated, whatever the date of the
/// usage; nothing is billed yet.
///
/// Empty only where the answer is not one to this request.
pub fn rated_product_usage(request: &Request<'_>, rated: &Rated, at: Micros) -> Vec<Value> {
    let Some(card) = request.card(rated.card) else {
        return Vec::new();
    };
    let entries = Entries {
        request,
        rated,
        card,
        currency: card.currency,
        date: at.to_rfc3339(),
    };
    match rated.lines.as_slice() {
        [only] => vec![entries.line(only, TOTAL)],
        lines => {
            let parts = lines.iter().map(|line| entries.line(line, COMPONENT));
            std::iter::once(entries.total()).chain(parts).collect()
        }
    }
}

struct Entries<'r, 'a> {
    request: &'a Request<'r>,
    rated: &'a Rated,
    card: &'r Card,
    currency: &'static Currency,
    date: String,
}

impl Entries<'_, '_> {
    fn line(&self, line: &Line, amount_type: &str) -> Value {
        let mut entry = self.entry(amount_type);
        let tag = line.key.tag;
        entry.insert("usageRatingTag".to_owned(), Value::from(tag.as_str()));
        entry.insert("isTaxExempt".to_owned(), Value::from(line.exempt));
        let label = match line.key.kind {
            LineKind::Usage => self.card.tariff_type(&line.key),
            // A fee has no band; what it is for is said first.
            kind => Some(match line.key.zone.and_then(|zone| self.card.zone(zone)) {
                Some(zone) => format!("{}:{zone}", kind.as_str()),
                None => kind.as_str().to_owned(),
            }),
        };
        if let Some(label) = label {
            entry.insert("offerTariffType".to_owned(), Value::from(label));
        }
        let rate = Value::Number(number_of(line.tax.percent));
        entry.insert("taxRate".to_owned(), rate);
        self.amounts(&mut entry, line.list, line.net, line.gross);
        Value::Object(entry)
    }

    /// Sums; what differs from line to line is left to the lines.
    fn total(&self) -> Value {
        let mut entry = self.entry(TOTAL);
        let lines = &self.rated.lines;
        let first = lines.first();
        let shared = |same: fn(&Line, &Line) -> bool| {
            first.filter(|first| lines.iter().all(|line| same(first, line)))
        };
        let tag = match first {
            None => Some(UsageTag::Usage),
            Some(_) => shared(|a, b| a.key.tag == b.key.tag).map(|line| line.key.tag),
        };
        if let Some(tag) = tag {
            entry.insert("usageRatingTag".to_owned(), Value::from(tag.as_str()));
        }
        let exempt = self.request.product.exempt;
        entry.insert("isTaxExempt".to_owned(), Value::from(exempt));
        let same_label = |a: &Line, b: &Line| {
            (a.key.kind, a.key.zone, a.key.band) == (b.key.kind, b.key.zone, b.key.band)
        };
        let label = shared(same_label).and_then(|line| self.card.tariff_type(&line.key));
        if let Some(label) = label {
            entry.insert("offerTariffType".to_owned(), Value::from(label));
        }
        if let Some(line) = shared(|a, b| a.tax == b.tax) {
            let rate = Value::Number(number_of(line.tax.percent));
            entry.insert("taxRate".to_owned(), rate);
        }
        let list = lines.iter().fold(0_i64, |sum, line| {
            // Parts of one usage are far below 64 bits; what is only shown is no reason to stop.
            sum.saturating_add(line.list.millionths())
        });
        let list = Amount::from_millionths(list);
        self.amounts(&mut entry, list, self.rated.net, self.rated.gross);
        Value::Object(entry)
    }

    /// What all entries say.
    fn entry(&self, amount_type: &str) -> Map<String, Value> {
        let id = &self.request.product.id;
        let mut product = Map::new();
        product.insert("@type".to_owned(), Value::from("ProductRef"));
        product.insert("id".to_owned(), Value::from(&**id));
        product.insert(
            "href".to_owned(),
            Value::from(format!("tollgate:product/{id}")),
        );
        let mut entry = Map::new();
        entry.insert("@type".to_owned(), Value::from("RatedProductUsage"));
        entry.insert("ratingDate".to_owned(), Value::from(self.date.as_str()));
        entry.insert("ratingAmountType".to_owned(), Value::from(amount_type));
        entry.insert("isBilled".to_owned(), Value::Bool(false));
        entry.insert("productRef".to_owned(), Value::Object(product));
        entry
    }

    fn amounts(&self, entry: &mut Map<String, Value>, list: Amount, net: Amount, gross: Amount) {
        for (name, amount) in [
            ("bucketValueConvertedInAmount", list),
            ("taxExcludedRatingAmount", net),
            ("taxIncludedRatingAmount", gross),
        ] {
            let money = amount.in_currency(self.currency);
            entry.insert(name.to_owned(), money.to_json());
        }
    }
}
