//! A rated usage in the form of TMF635 v4: `ratedProductUsage`. Usage is stored in the form of v5, which
//! the adapter makes of it.
//!
//! One entry is the whole usage, with `ratingAmountType` `Total`. Where it has several parts they
//! follow, each a `Component`; a price for the event, a fee, or what a bucket includes. So either the
//! total or the components are to be summed, never both.

use super::Request;
use super::card::Card;
use super::rated::{Line, Rated, UsageTag};
use crate::domain::document::Object;
use crate::domain::money::{Amount, Currency};
use crate::rating::tax::TaxRate;

/// `ratingAmountType` of the whole usage.
pub const TOTAL: &str = "Total";
/// `ratingAmountType` of a part.
pub const COMPONENT: &str = "Component";

/// In which form entries are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `RatedProductUsage` of v4, in the list `ratedProductUsage`.
    V4,
    /// `ProductPrice` of v5, in the list `usageProductPrice`: what the adapter makes of the other.
    Stored,
}

/// What comes of a usage, in its entries.
#[derive(Clone, Copy, Debug)]
pub struct Entries<'r, 'a> {
    request: &'a Request<'r>,
    rated: &'a Rated,
    card: &'r Card,
    currency: &'static Currency,
    form: Form,
    /// When the usage was rated, whatever the date of the usage.
    date: &'a str,
}

/// One entry: the whole usage, or a part of it.
#[derive(Clone, Copy)]
enum Entry<'a> {
    Only(&'a Line),
    Total,
    Part(&'a Line),
}

impl<'r, 'a> Entries<'r, 'a> {
    /// The entries of an answer to this request; nothing is billed yet. None where the answer is not one
    /// to it.
    pub fn new(
        request: &'a Request<'r>,
        rated: &'a Rated,
        form: Form,
        date: &'a str,
    ) -> Option<Self> {
        let card = request.card(rated.card)?;
        Some(Entries {
            request,
            rated,
            card,
            currency: card.currency,
            form,
            date,
        })
    }

    /// Writes the list of them as a member of an object.
    pub fn write(&self, into: &mut impl Object) {
        let name = match self.form {
            Form::V4 => "ratedProductUsage",
            Form::Stored => "usageProductPrice",
        };
        let lines = self.rated.lines.as_slice();
        let only = match lines {
            [only] => Some(Entry::Only(only)),
            _ => None,
        };
        let total = only.is_none().then_some(Entry::Total);
        let parts = lines.iter().filter(|_| only.is_none()).map(Entry::Part);
        let all = only.into_iter().chain(total).chain(parts);
        into.objects(name, all, |entry, which| match which {
            Entry::Only(line) => self.line(entry, line, TOTAL),
            Entry::Total => self.total(entry),
            Entry::Part(line) => self.line(entry, line, COMPONENT),
        });
    }

    fn line(&self, entry: &mut impl Object, line: &Line, amount_type: &str) {
        self.head(entry, amount_type);
        entry.text("usageRatingTag", line.key.tag.as_str());
        entry.flag("isTaxExempt", line.exempt);
        let label = self.card.line_label(&line.key);
        self.label(entry, label.as_deref());
        self.amounts(entry, Some(line.tax), line.list, line.net, line.gross);
    }

    /// Sums; what differs from line to line is left to the lines.
    fn total(&self, entry: &mut impl Object) {
        self.head(entry, TOTAL);
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
            entry.text("usageRatingTag", tag.as_str());
        }
        entry.flag("isTaxExempt", self.rated.exempt);
        let same_label = |a: &Line, b: &Line| {
            (a.key.kind, a.key.zone, a.key.band) == (b.key.kind, b.key.zone, b.key.band)
        };
        let label = shared(same_label).and_then(|line| self.card.tariff_type(&line.key));
        self.label(entry, label.as_deref());
        let tax = shared(|a, b| a.tax == b.tax).map(|line| line.tax);
        let list = lines.iter().fold(0_i64, |sum, line| {
            // Parts of one usage are far below 64 bits; what is only shown is no reason to stop.
            sum.saturating_add(line.list.millionths())
        });
        let list = Amount::from_millionths(list);
        self.amounts(entry, tax, list, self.rated.net, self.rated.gross);
    }

    /// What all entries say.
    fn head(&self, entry: &mut impl Object, amount_type: &str) {
        entry.text(
            "@type",
            match self.form {
                Form::V4 => "RatedProductUsage",
                Form::Stored => "ProductPrice",
            },
        );
        entry.text("ratingDate", self.date);
        entry.text("ratingAmountType", amount_type);
        entry.flag("isBilled", false);
        let product = &self.request.product;
        entry.object("productRef", |own| product.write_reference(own));
    }

    fn label(&self, entry: &mut impl Object, label: Option<&str>) {
        if let Some(label) = label {
            let name = match self.form {
                Form::V4 => "offerTariffType",
                Form::Stored => "name",
            };
            entry.text(name, label);
        }
    }

    fn amounts(
        &self,
        entry: &mut impl Object,
        tax: Option<TaxRate>,
        list: Amount,
        net: Amount,
        gross: Amount,
    ) {
        let currency = self.currency;
        list.write("bucketValueConvertedInAmount", currency, entry);
        let rate = tax.map(|tax| tax.percent.to_string());
        match self.form {
            Form::V4 => {
                if let Some(rate) = &rate {
                    entry.number("taxRate", rate);
                }
                net.write("taxExcludedRatingAmount", currency, entry);
                gross.write("taxIncludedRatingAmount", currency, entry);
            }
            Form::Stored => entry.object("price", |price| {
                price.text("@type", "Price");
                if let Some(rate) = &rate {
                    price.number("taxRate", rate);
                }
                net.write("dutyFreeAmount", currency, price);
                gross.write("taxIncludedAmount", currency, price);
            }),
        }
    }
}
