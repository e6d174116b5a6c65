//! Control totals: what a file holds, counted while it is read, and what it says that it holds.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::record::Record;
use super::value::{Cell, number};
use crate::domain::money::number_of;
use crate::rating::record::field;

/// Amounts by the code of the currency.
pub type Amounts = BTreeMap<&'static str, Decimal>;

/// What has been read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Rows besides header and trailer: usage, passed over and faulty.
    pub rows: u64,
    /// Rows that became usage.
    pub usage: u64,
    /// Rows that are no usage, as the filters say.
    pub passed_over: u64,
    /// Rows that cannot be read.
    pub faulty: u64,
    /// Sums over what became usage: of the characteristics `duration`, `octets` and `messages`.
    pub seconds: u64,
    pub octets: u64,
    pub messages: u64,
    /// Of the characteristic `amount`.
    pub amounts: Amounts,
}

/// What a trailer, or a file beside the file, says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// Rows besides header and trailer, whatever became of them.
    pub rows: Option<u64>,
    /// Usage.
    pub count: Option<u64>,
    pub seconds: Option<u64>,
    pub octets: Option<u64>,
    pub messages: Option<u64>,
    pub amount: Option<Decimal>,
}

/// A total that is not what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name in [`Control`].
    pub total: &'static str,
    pub declared: String,
    pub found: String,
}

impl Totals {
    /// Counts a row that became usage.
    pub(super) fn count(&mut self, record: &Record<'_>) {
        self.usage += 1;
        for (name, cell) in &record.characteristics {
            let sum = match *name {
                field::DURATION => &mut self.seconds,
                field::OCTETS => &mut self.octets,
                field::MESSAGES => &mut self.messages,
                field::AMOUNT => {
                    self.add_amount(cell);
                    continue;
                }
                _ => continue,
            };
            *sum = sum.saturating_add(cell.as_quantity().unwrap_or_default());
        }
    }

    fn add_amount(&mut self, cell: &Cell<'_>) {
        if let Cell::Money(amount, currency) = cell {
            let sum = self.amounts.entry(currency.code).or_default();
            *sum = sum.saturating_add(*amount);
        }
    }

    /// Everything that is declared and not so. An amount is compared where there is one currency at most.
    pub fn differences(&self, control: &Control) -> Vec<Difference> {
        let counts = [
            ("rows", control.rows, self.rows),
            ("count", control.count, self.usage),
            ("seconds", control.seconds, self.seconds),
            ("octets", control.octets, self.octets),
            ("messages", control.messages, self.messages),
        ];
        let different = counts.into_iter().filter_map(|(total, declared, found)| {
            let declared = declared.filter(|declared| *declared != found)?;
            Some(Difference {
                total,
                declared: declared.to_string(),
                found: found.to_string(),
            })
        });
        different.chain(self.different_amount(control)).collect()
    }

    fn different_amount(&self, control: &Control) -> Option<Difference> {
        let declared = control.amount?;
        let found = match self.amounts.len() {
            0 | 1 => self.amounts.values().copied().next().unwrap_or_default(),
            _ => {
                let codes: Vec<&str> = self.amounts.keys().copied().collect();
                return Some(Difference {
                    total: "amount",
                    declared: declared.to_string(),
                    found: format!("amounts in {}", codes.join(", ")),
                });
            }
        };
        (declared != found).then(|| Difference {
            total: "amount",
            declared: declared.to_string(),
            found: found.normalize().to_string(),
        })
    }

    /// As JSON, to be kept between two runs over a file.
    pub fn to_value(&self) -> Value {
        let amounts = self.amounts.iter();
        let amounts =
            amounts.map(|(code, sum)| ((*code).to_owned(), Value::Number(number_of(*sum))));
        let mut totals = Map::new();
        for (name, value) in self.numbers() {
            totals.insert(name.to_owned(), Value::from(value));
        }
        totals.insert("amounts".to_owned(), Value::Object(amounts.collect()));
        Value::Object(totals)
    }

    /// What [`Totals::to_value`] has written.
    pub fn from_value(value: &Value) -> Option<Self> {
        let whole = |name: &str| value.get(name)?.as_u64();
        let mut amounts = Amounts::new();
        for (code, sum) in value.get("amounts")?.as_object()? {
            let code = crate::domain::money::Currency::of(code)?.code;
            amounts.insert(code, crate::domain::money::decimal_of(sum.as_number()?)?);
        }
        Some(Totals {
            rows: whole("rows")?,
            usage: whole("usage")?,
            passed_over: whole("passedOver")?,
            faulty: whole("faulty")?,
            seconds: whole("seconds")?,
            octets: whole("octets")?,
            messages: whole("messages")?,
            amounts,
        })
    }

    fn numbers(&self) -> [(&'static str, u64); 7] {
        [
            ("rows", self.rows),
            ("usage", self.usage),
            ("passedOver", self.passed_over),
            ("faulty", self.faulty),
            ("seconds", self.seconds),
            ("octets", self.octets),
            ("messages", self.messages),
        ]
    }
}

impl Control {
    /// The totals that can be declared, by their names.
    pub const NAMES: [&'static str; 6] =
        ["rows", "count", "seconds", "octets", "messages", "amount"];

    /// Reads a control file: `{"count": 3, "seconds": 180}`, with the names of [`Control::NAMES`].
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let members = value.as_object().ok_or("must be an object")?;
        let mut control = Control::default();
        for (name, value) in members {
            let text = match value {
                Value::Number(number) => number.as_str(),
                Value::String(text) => text,
                _ => return Err(format!("`{name}` must be a number")),
            };
            control
                .set(name, text)
                .map_err(|message| format!("`{name}` {message}"))?;
        }
        match control == Control::default() {
            true => Err("declares no total".to_owned()),
            false => Ok(control),
        }
    }

    /// Sets a total by its name.
    ///
    /// # Errors
    /// What is wrong with the name or the number.
    pub(super) fn set(&mut self, name: &str, text: &str) -> Result<(), String> {
        let slot = match name {
            "rows" => &mut self.rows,
            "count" => &mut self.count,
            "seconds" => &mut self.seconds,
            "octets" => &mut self.octets,
            "messages" => &mut self.messages,
            "amount" => {
                self.amount = Some(number(text)?);
                return Ok(());
            }
            _ => return Err(format!("is none of {}", Self::NAMES.join(", "))),
        };
        let whole = text.parse().map_err(|_| "is not a whole number")?;
        *slot = Some(whole);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Control, Totals};

    #[test]
    fn what_differs_is_named() {
        let mut totals = Totals {
            rows: 5,
            usage: 3,
            seconds: 180,
            ..Totals::default()
        };
        totals.amounts.insert("EUR", "2.50".parse().unwrap());
        let same = Control::read(r#"{"rows": 5, "count": 3, "seconds": "180", "amount": 2.5}"#);
        assert!(totals.differences(&same.unwrap()).is_empty());
        let other = Control::read(r#"{"count": 4, "octets": 1, "amount": 2.51}"#).unwrap();
        let names: Vec<&str> = totals.differences(&other).iter().map(|d| d.total).collect();
        assert_eq!(names, ["count", "octets", "amount"]);
        totals.amounts.insert("USD", "1".parse().unwrap());
        let amounts = totals.differences(&Control::read(r#"{"amount": 3.5}"#).unwrap());
        assert_eq!(amounts[0].found, "amounts in EUR, USD");
        assert_eq!(Totals::from_value(&totals.to_value()), Some(totals));
    }

    #[test]
    fn what_is_no_control_file_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"counts": 1}"#,
            r#"{"count": -1}"#,
            r#"{"count": []}"#,
        ] {
            assert!(Control::read(text).is_err(), "{text}");
        }
    }
}
