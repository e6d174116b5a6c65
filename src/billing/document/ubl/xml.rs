//! Writes elements, with dates and amounts as UBL wants them.

use std::borrow::Cow;

use chrono::NaiveDate;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};
use rust_decimal::Decimal;

use crate::billing::document::fault::Fault;
use crate::billing::document::statement::Span;

const AGGREGATES: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASICS: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

pub struct Xml {
    writer: Writer<Vec<u8>>,
    currency: &'static str,
    digits: usize,
}

impl Xml {
    pub fn new(currency: &'static str, digits: u32) -> Xml {
        Xml {
            writer: Writer::new_with_indent(Vec::new(), b' ', 1),
            currency,
            digits: usize::try_from(digits).unwrap_or_default(),
        }
    }

    /// The outermost element, with its name spaces.
    pub fn root(
        &mut self,
        name: &str,
        space: &str,
        content: impl FnOnce(&mut Xml) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        let start = BytesStart::new(name).with_attributes([
            ("xmlns", space),
            ("xmlns:cac", AGGREGATES),
            ("xmlns:cbc", BASICS),
        ]);
        self.event(Event::Start(start))?;
        content(self)?;
        self.event(Event::End(BytesEnd::new(name)))
    }

    /// An element around others.
    pub fn within(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut Xml) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.event(Event::Start(BytesStart::new(name)))?;
        content(self)?;
        self.event(Event::End(BytesEnd::new(name)))
    }

    pub fn text(&mut self, name: &str, text: &str) -> Result<(), Fault> {
        self.leaf(BytesStart::new(name), name, text)
    }

    pub fn text_with(
        &mut self,
        name: &str,
        attribute: (&str, &str),
        text: &str,
    ) -> Result<(), Fault> {
        let start = BytesStart::new(name).with_attributes([attribute]);
        self.leaf(start, name, text)
    }

    /// Nothing at all when there is no text: EN 16931 has no empty elements.
    pub fn optional(&mut self, name: &str, text: Option<&str>) -> Result<(), Fault> {
        match text.filter(|text| !text.trim().is_empty()) {
            Some(text) => self.text(name, text),
            None => Ok(()),
        }
    }

    pub fn date(&mut self, name: &str, date: NaiveDate) -> Result<(), Fault> {
        self.text(name, &date.format("%Y-%m-%d").to_string())
    }

    pub fn optional_date(&mut self, name: &str, date: Option<NaiveDate>) -> Result<(), Fault> {
        date.map_or(Ok(()), |date| self.date(name, date))
    }

    pub fn period(&mut self, span: Span) -> Result<(), Fault> {
        self.within("cac:InvoicePeriod", |xml| {
            xml.date("cbc:StartDate", span.first)?;
            xml.date("cbc:EndDate", span.last)
        })
    }

    /// An amount of the document's currency, with the digits of it.
    pub fn amount(&mut self, name: &str, amount: Decimal) -> Result<(), Fault> {
        let text = padded(amount, self.digits);
        let currency = self.currency;
        self.text_with(name, ("currencyID", currency), &text)
    }

    pub fn finish(self) -> Result<String, Fault> {
        let mut bytes = self.writer.into_inner();
        bytes.push(b'\n');
        String::from_utf8(bytes).map_err(|e| Fault::Data(e.to_string()))
    }

    fn leaf(&mut self, start: BytesStart, name: &str, text: &str) -> Result<(), Fault> {
        self.event(Event::Start(start))?;
        self.event(Event::Text(BytesText::new(&allowed(text))))?;
        self.event(Event::End(BytesEnd::new(name)))
    }

    fn event(&mut self, event: Event) -> Result<(), Fault> {
        let written = self.writer.write_event(event);
        written.map_err(|e| Fault::Data(e.to_string()))
    }
}

/// The number with at least so many digits behind the point, and no needless ones.
pub fn padded(amount: Decimal, digits: usize) -> String {
    let mut text = amount.normalize().to_string();
    let has = text.split_once('.').map_or(0, |(_, part)| part.len());
    if has == 0 && digits > 0 {
        text.push('.');
    }
    text.extend(std::iter::repeat_n('0', digits.saturating_sub(has)));
    text
}

/// XML 1.0 has no way to write most control characters: they are left out.
fn allowed(text: &str) -> Cow<'_, str> {
    let bad = |c: char| {
        (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    match text.contains(bad) {
        true => Cow::Owned(text.replace(bad, "")),
        false => Cow::Borrowed(text),
    }
}
