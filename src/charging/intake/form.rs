//! Records that are alike: what validation, the adapter and the intake make of one, they make of all.
//!
//! A form is learned from a record that was read the long way: the same record with marks in place of what
//! differs goes the same way, and where the marks come out is where the values of the next records go.
//! What is learned is tried on the record itself before it is believed.

use std::sync::Arc;

use serde_json::Value;

use super::template::{Hole, Kind, Span, Template};
use super::walk::holes;
use crate::behaviour::arrival::arrive;
use crate::domain::clock::Micros;
use crate::domain::descriptor::Resource;
use crate::domain::identifier::{Identifier, Known, of_usage};
use crate::domain::packed::{Packing, leaves, replace_leaves};
use crate::domain::usage_facts::{
    NEVER, PART, RECORD, SOURCE, UsageFacts, identity_of, key_of, origin_of,
};
use crate::domain::usage_said::Said;
use crate::domain::usage_status::UsageStatus;
use crate::engine::Core;
use crate::rating::fault::Fault;
use crate::rating::record::{Record, kind_of};
use crate::store::usage::{UsageFrame, shape_of};

/// When records that are learned from come in; no record says that it began then.
const MARKED_NOW: &str = "1971-02-03T04:05:06.789012Z";
const MARKED_INSTANT: &str = "1972-03-04T05:06:07.891234Z";

/// What records that are alike have in common.
#[derive(Debug)]
pub struct Form {
    template: Template,
    kinds: Vec<Kind>,
    /// What is rated: [`kind_of`].
    kind: Box<str>,
    /// Id of the usage specification.
    specification: Box<str>,
    date: usize,
    product: Option<usize>,
    characteristics: Vec<(Box<str>, Place)>,
    known: Known,
    /// Places of characteristics.
    source: Option<usize>,
    record: Option<usize>,
    part: Option<usize>,
    /// A record in the stored form, with marks.
    stored: Value,
    /// The shape of a rated one, without its last brace: price and product follow.
    rated: Box<str>,
    /// What goes to the leaves of either.
    leaves: Vec<Leaf>,
}

/// Where the value of a characteristic stands.
#[derive(Clone, Copy, Debug)]
enum Place {
    Hole(usize),
    Truth(bool),
}

#[derive(Clone, Debug)]
enum Leaf {
    Hole(usize),
    Now,
    Text(Box<str>),
    Number(Box<str>),
}

/// A record of a known form.
#[derive(Clone, Debug)]
pub struct Formed {
    form: Arc<Form>,
    text: Box<str>,
    spans: Box<[Span]>,
    /// When it came in.
    now: Arc<str>,
}

impl Form {
    /// Learns the form of a record that validation has found good. None where it has none.
    pub fn learn(core: &Core, resource: &'static Resource, text: &[u8]) -> Option<Self> {
        let holes = holes(text)?;
        let marked: Value = serde_json::from_slice(&marked(text, &holes)?).ok()?;
        let marks: Vec<Value> = holes
            .iter()
            .enumerate()
            .map(|(place, hole)| serde_json::from_slice(&mark(place, hole.kind)).ok())
            .collect::<Option<_>>()?;
        let mut stored = core.accept_checked(resource, marked).ok()?.doc;
        arrive(&mut stored, Micros::parse(MARKED_NOW)?).ok()?;
        let place_of = |value: &Value| marks.iter().position(|mark| mark == value);
        let mut characteristics = Vec::new();
        for one in stored.get("usageCharacteristic")?.as_array()? {
            let value = one.get("value")?;
            let place = match (place_of(value), value) {
                (Some(place), _) => Place::Hole(place),
                (None, Value::Bool(truth)) => Place::Truth(*truth),
                (None, _) => return None,
            };
            characteristics.push((Box::from(one.get("name")?.as_str()?), place));
        }
        let leaves = leaves(&stored, &UsageFrame);
        let leaves = leaves.into_iter().map(|leaf| match (place_of(leaf), leaf) {
            (Some(place), _) => Some(Leaf::Hole(place)),
            (None, Value::String(text)) if text == MARKED_NOW => Some(Leaf::Now),
            (None, Value::String(text)) => Some(Leaf::Text(text.as_str().into())),
            (None, Value::Number(number)) => Some(Leaf::Number(number.as_str().into())),
            (None, _) => None,
        });
        let leaves = leaves.collect::<Option<Vec<Leaf>>>()?;
        let names: Vec<&str> = characteristics.iter().map(|(name, _)| &**name).collect();
        let called = |name: &str| names.iter().position(|own| *own == name);
        let product = match stored.get("product") {
            Some(product) => Some(place_of(product.get("id")?)?),
            None => None,
        };
        let specification = stored.get("usageSpecification");
        let specification = specification.and_then(|own| own.get("id")?.as_str());
        let mut rated = stored.clone();
        UsageStatus::Rated.write(rated.as_object_mut()?);
        Some(Form {
            template: Template::of(text, &holes)?,
            kinds: holes.iter().map(|hole| hole.kind).collect(),
            kind: kind_of(&stored)?.into(),
            specification: specification.unwrap_or_default().into(),
            date: place_of(stored.get("usageDate")?)?,
            product,
            known: Known::by(&names),
            source: called(SOURCE),
            record: called(RECORD),
            part: called(PART),
            characteristics,
            rated: shape_of(&rated).strip_suffix('}')?.into(),
            leaves,
            stored,
        })
    }

    /// True where a record read by the form is the same as one that was read the long way.
    pub fn is_true_of(self: &Arc<Self>, text: &[u8], stored: &Value) -> bool {
        let mut spans = Vec::new();
        if !self.find(text, usize::MAX, &mut spans) {
            return false;
        }
        let now = stored.get("creationDate").and_then(Value::as_str);
        let formed = Formed::new(self, text.to_vec(), &spans, now.unwrap_or_default().into());
        formed.is_some_and(|formed| {
            formed.whole() == *stored
                && formed.facts(formed.origin()) == UsageFacts::of(stored)
                && formed.identifiers() == of_usage(stored)
        })
    }

    /// [`Template::find`].
    pub fn find(&self, text: &[u8], text_max: usize, found: &mut Vec<Span>) -> bool {
        self.template.find(text, text_max, found)
    }
}

/// The text of a record with marks in place of what differs.
fn marked(text: &[u8], holes: &[Hole]) -> Option<Vec<u8>> {
    let (mut marked, mut at) = (Vec::with_capacity(text.len() * 2), 0);
    for (place, hole) in holes.iter().enumerate() {
        marked.extend_from_slice(text.get(at..hole.span.from)?);
        let mark = mark(place, hole.kind);
        let is_text = matches!(hole.kind, Kind::Text | Kind::Instant);
        // The quotes stand around the hole.
        let quotes = usize::from(is_text);
        marked.extend_from_slice(mark.get(quotes..mark.len() - quotes)?);
        at = hole.span.to;
    }
    marked.extend_from_slice(text.get(at..)?);
    Some(marked)
}

/// A value, as JSON, that no record has.
fn mark(place: usize, kind: Kind) -> Vec<u8> {
    let text = match kind {
        Kind::Text => format!("\"<value {place} of a record>\""),
        Kind::Instant => format!("\"{MARKED_INSTANT}\""),
        Kind::Whole => format!("9077{place:08}"),
        Kind::Decimal => format!("9077.{place:08}1"),
    };
    text.into_bytes()
}

impl Formed {
    /// A record with the values that [`Form::find`] has found in it.
    pub fn new(form: &Arc<Form>, text: Vec<u8>, spans: &[Span], now: Arc<str>) -> Option<Self> {
        Some(Formed {
            form: Arc::clone(form),
            text: String::from_utf8(text).ok()?.into_boxed_str(),
            spans: spans.into(),
            now,
        })
    }

    fn hole(&self, place: usize) -> &str {
        let span = self.spans.get(place);
        let text = span.and_then(|span| self.text.get(span.from..span.to));
        text.unwrap_or_default()
    }

    fn is_number(&self, place: usize) -> bool {
        let kind = self.form.kinds.get(place);
        matches!(kind, Some(Kind::Whole | Kind::Decimal))
    }

    fn value(&self, place: Place) -> Said<'_> {
        match place {
            Place::Truth(truth) => Said::Truth(truth),
            Place::Hole(place) if self.is_number(place) => Said::Number(self.hole(place)),
            Place::Hole(place) => Said::Text(self.hole(place)),
        }
    }

    fn characteristic(&self, place: usize) -> Option<Said<'_>> {
        let (_, place) = self.form.characteristics.get(place)?;
        Some(self.value(*place))
    }

    fn scalar(&self, place: Option<usize>) -> Option<&str> {
        self.characteristic(place?)?.as_scalar()
    }

    /// The form that it has.
    pub fn form(&self) -> &Arc<Form> {
        &self.form
    }

    /// The id of the product that it names.
    pub fn product(&self) -> Option<&str> {
        self.form.product.map(|place| self.hole(place))
    }

    /// The source of the record, for what is counted by source.
    pub fn source(&self) -> &str {
        self.scalar(self.form.source).unwrap_or_default()
    }

    /// The number of its source, as one of usage of its specification.
    pub fn origin(&self) -> i64 {
        origin_of(&self.form.specification, self.source())
    }

    /// What it is found by; `origin` is [`Formed::origin`].
    pub fn facts(&self, origin: i64) -> UsageFacts {
        let form = &self.form;
        let record = self.scalar(form.record);
        let identity = record.map(|record| identity_of(origin, record, self.scalar(form.part)));
        UsageFacts {
            state: UsageStatus::Received.number(),
            reason: 0,
            start_at: Micros::parse(self.hole(form.date)).map_or(NEVER, |at| at.0),
            product: self.product().map_or(0, key_of),
            identity,
        }
    }

    /// What its product may be known by.
    pub fn identifiers(&self) -> Vec<Identifier> {
        self.form.known.read(|place| self.characteristic(place))
    }

    /// As rating reads it.
    ///
    /// # Errors
    /// What keeps it from being rated.
    pub fn record(&self) -> Result<Record<'_>, Vec<Fault>> {
        let form = &self.form;
        let all = form.characteristics.iter();
        let all = all.map(|(name, place)| (&**name, self.value(*place)));
        Record::of(&form.kind, self.hole(form.date), all)
    }

    /// The document in the stored form, as it came in.
    pub fn whole(&self) -> Value {
        let mut stored = self.form.stored.clone();
        let mut leaves = self.form.leaves.iter();
        replace_leaves(&mut stored, &UsageFrame, &mut || match leaves.next()? {
            Leaf::Hole(place) if self.is_number(*place) => {
                self.hole(*place).parse().ok().map(Value::Number)
            }
            Leaf::Hole(place) => Some(Value::from(self.hole(*place))),
            Leaf::Now => Some(Value::from(&*self.now)),
            Leaf::Text(_) | Leaf::Number(_) => None,
        });
        stored
    }

    /// Packs the rated document, without what rating adds and without the last brace.
    pub fn pack(&self, into: &mut Packing<'_>) {
        into.shape(&self.form.rated);
        for leaf in &self.form.leaves {
            match leaf {
                Leaf::Hole(place) if self.is_number(*place) => into.number_leaf(self.hole(*place)),
                Leaf::Hole(place) => into.text_leaf(self.hole(*place)),
                Leaf::Now => into.text_leaf(&self.now),
                Leaf::Text(text) => into.text_leaf(text),
                Leaf::Number(digits) => into.number_leaf(digits),
            }
        }
    }
}
