//! A trace as JSON: the answer to "why this price", for people and for tests.
//!
//! `rule` names what a step did, in the order in which it was done. Exact values are texts, a decimal
//! with all its digits or a fraction (`10/3`), because JSON numbers say neither; amounts that were
//! rounded are `Money`. Both are in the tax mode of the price, except under `tax`. Rows, tiers and
//! steps are counted from 0, as in the documents that they stand in.

use serde_json::Value;

use super::Step;
use crate::domain::document::{Object, ValueObject};
use crate::domain::money::Amount;
use crate::rating::Request;
use crate::rating::bucket::Bucket;
use crate::rating::card::{Card, Level};
use crate::rating::exact::{Mode, Ratio};
use crate::rating::rated::{CardAt, Rated};
use crate::rating::tax::TaxRate;

/// The trace of an answer to this request; null where the answer is not one to it.
pub fn render(request: &Request<'_>, rated: &Rated) -> Value {
    match Trace::new(request, rated) {
        Some(trace) => ValueObject::of(|object| trace.write(object)),
        None => Value::Null,
    }
}

/// An answer and what it was asked for.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'r, 'a> {
    request: &'a Request<'r>,
    rated: &'a Rated,
    card: &'r Card,
}

impl<'r, 'a> Trace<'r, 'a> {
    /// The trace of an answer; none where it is not one to this request.
    pub fn new(request: &'a Request<'r>, rated: &'a Rated) -> Option<Self> {
        let card = request.card(rated.card)?;
        Some(Trace {
            request,
            rated,
            card,
        })
    }

    /// Writes the members of the trace.
    pub fn write(&self, into: &mut impl Object) {
        let card = self.card;
        reference("price", &card.price, card.version.as_deref(), into);
        into.text("cardHash", &card.hash.to_string());
        if matches!(self.rated.card, CardAt::Override(_)) {
            into.flag("isAgreed", true);
        }
        into.text("usageDate", &self.start());
        into.text("unit", card.unit.name());
        into.text("currency", card.currency.code);
        into.text("taxMode", card.tax.mode.name());
        into.objects("step", &self.rated.trace, |into, step| {
            self.step(step, into)
        });
        into.object("tax", |into| self.tax(into));
    }

    /// The instant whose prices hold: that of the first part of a session.
    fn start(&self) -> String {
        let session = self.rated.session.as_ref();
        let start = session.map_or(self.request.event.start, |session| session.start);
        start.to_rfc3339()
    }

    fn step(&self, step: &Step, into: &mut impl Object) {
        match *step {
            Step::Row { row, zone } => self.row(row, zone, into),
            Step::Cell { row } => {
                into.text("rule", "matrix");
                into.whole("row", row);
            }
            Step::Stepped { measured, charged } => {
                into.text("rule", "increment");
                into.whole("measured", measured);
                into.whole("charged", charged);
            }
            Step::Band { band, from, to } => {
                into.text("rule", "band");
                text_or_null("band", self.card.band(band), into);
                into.whole("from", from);
                into.whole("to", to);
            }
            Step::Bucket {
                bucket,
                covered,
                taken,
            } => {
                self.bucket("allowance", bucket, into);
                into.whole("covered", covered);
                into.whole("taken", taken);
            }
            Step::Uncharged { bucket, quantity } => {
                self.bucket("uncharged", bucket, into);
                into.whole("quantity", quantity);
            }
            Step::Tier {
                tier,
                position,
                quantity,
                charge,
            } => {
                into.text("rule", "tier");
                into.whole("tier", tier);
                into.whole("position", position);
                into.whole("quantity", quantity);
                into.text("charge", &charge.exact_text());
            }
            Step::Charge { quantity, charge } => {
                into.text("rule", "charge");
                into.whole("quantity", quantity);
                into.text("charge", &charge.exact_text());
            }
            Step::TierFlat { tier, charge } => {
                into.text("rule", "tierFlat");
                into.whole("tier", tier);
                into.text("charge", &charge.exact_text());
            }
            Step::SetupFee { charge } => fee("setupFee", charge, into),
            Step::AttemptFee { charge } => fee("attemptFee", charge, into),
            Step::Minimum { from, to } => changed("minimum", from, to, into),
            Step::Cap { from, to } => changed("cap", from, to, into),
            Step::Discount { discount, from, to } => self.discount(discount, from, to, into),
            Step::Rounded { exact, to } => self.rounded(exact, to, into),
            Step::Before { net, gross } => {
                into.text("rule", "chargedBefore");
                self.money("net", net, into);
                self.money("gross", gross, into);
            }
        }
    }

    fn row(&self, row: u32, zone: Option<u32>, into: &mut impl Object) {
        into.text("rule", "table");
        if let Some(used) = &self.card.base.table {
            let table = &used.table;
            reference("tariffTable", &table.id, table.version.as_deref(), into);
        }
        into.whole("row", row);
        if let Some(zone) = zone.and_then(|zone| self.card.zone(zone)) {
            into.text("zone", zone);
        }
    }

    fn bucket(&self, rule: &str, bucket: u32, into: &mut impl Object) {
        into.text("rule", rule);
        if let Some(Bucket { id, allowance, .. }) = self.request.buckets.get(bucket) {
            into.text("bucket", id);
            reference(
                "price",
                &allowance.price,
                allowance.version.as_deref(),
                into,
            );
        }
    }

    fn discount(&self, place: u32, from: Ratio, to: Ratio, into: &mut impl Object) {
        changed("discount", from, to, into);
        let place = usize::try_from(place).unwrap_or(usize::MAX);
        if let Some(discount) = self.request.cards.discounts.get(place) {
            reference("price", &discount.price, discount.version.as_deref(), into);
        }
    }

    fn rounded(&self, exact: Ratio, to: Amount, into: &mut impl Object) {
        let rounding = self.card.rounding;
        into.text("rule", "rounding");
        into.text("level", named(Level::NAMES, rounding.level));
        into.text("mode", named(Mode::NAMES, rounding.to.mode));
        into.whole("scale", rounding.to.scale);
        into.text("exact", &exact.exact_text());
        self.money("amount", to, into);
    }

    /// All lines of one card have the same rate.
    fn tax(&self, into: &mut impl Object) {
        let rate = self.rated.lines.first().map(|line| line.tax);
        let of_price = rate.unwrap_or(TaxRate::NONE);
        let unrounded = of_price.without(self.rated.exact, self.card.tax.mode);
        text_or_null("category", self.card.tax.category.as_deref(), into);
        match rate {
            Some(rate) => into.number("rate", &rate.percent.to_string()),
            None => into.null("rate"),
        }
        into.flag("isExempt", self.rated.exempt);
        text_or_null(
            "unroundedNet",
            unrounded.map(Ratio::exact_text).as_deref(),
            into,
        );
        self.money("net", self.rated.net, into);
        self.money("gross", self.rated.gross, into);
    }

    fn money(&self, name: &'static str, amount: Amount, into: &mut impl Object) {
        amount.write(name, self.card.currency, into);
    }
}

fn fee(rule: &str, charge: Ratio, into: &mut impl Object) {
    into.text("rule", rule);
    into.text("charge", &charge.exact_text());
}

fn changed(rule: &str, from: Ratio, to: Ratio, into: &mut impl Object) {
    into.text("rule", rule);
    into.text("from", &from.exact_text());
    into.text("to", &to.exact_text());
}

/// Id and version.
fn reference(name: &'static str, id: &str, version: Option<&str>, into: &mut impl Object) {
    into.object(name, |own| {
        own.text("id", id);
        if let Some(version) = version {
            own.text("version", version);
        }
    });
}

fn text_or_null(name: &'static str, text: Option<&str>, into: &mut impl Object) {
    match text {
        Some(text) => into.text(name, text),
        None => into.null(name),
    }
}

/// The name that prices use for one of a set.
fn named<T: Copy + PartialEq>(names: &[(&'static str, T)], value: T) -> &'static str {
    let mut names = names.iter();
    let found = names.find(|(_, own)| *own == value);
    found.map_or("", |(name, _)| *name)
}
