//! The journal of the whole time, summed while it is written.

use std::io::{self, Write};

use serde_json::Value;

use super::super::super::Failure;
use super::time::{at, first_day};
use super::world::World;
use crate::behaviour::billing::receivable::report::journal;
use crate::domain::money::{Amount, decimal_of};
use crate::engine::Caller;

/// What the journal says.
pub struct Sums {
    /// Debits equal credits, in all and in each entry.
    pub is_balanced: bool,
    /// What bills and credit notes book on what customers owe, in millionths.
    pub billed: i128,
    /// What payments do.
    pub paid: i128,
    /// The first entry that has other debits than credits.
    pub unbalanced: Option<String>,
}

#[derive(Default)]
struct Adding {
    line: Vec<u8>,
    billed: i128,
    paid: i128,
    unbalanced: Option<String>,
}

impl Write for Adding {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for byte in bytes {
            match byte {
                b'\n' => self.add()?,
                byte => self.line.push(*byte),
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Adding {
    fn add(&mut self) -> io::Result<()> {
        let entry: Value = serde_json::from_slice(&self.line)?;
        self.line.clear();
        let (mut sum, mut owed) = (0, 0);
        let postings = entry.get("posting").and_then(Value::as_array);
        for posting in postings.into_iter().flatten() {
            let amount = side(posting, "debit") - side(posting, "credit");
            sum += amount;
            if posting.get("account").and_then(Value::as_str) == Some("receivable") {
                owed += amount;
            }
        }
        if sum != 0 {
            self.unbalanced.get_or_insert_with(|| entry.to_string());
        }
        match entry.get("kind").and_then(Value::as_str) {
            Some("bill" | "creditNote") => self.billed += owed,
            _ => self.paid -= owed,
        }
        Ok(())
    }
}

fn side(posting: &Value, name: &str) -> i128 {
    let number = posting.get(name).and_then(Value::as_number);
    let amount = number
        .and_then(decimal_of)
        .and_then(|own| Amount::of(own).ok());
    amount.map_or(0, |own| i128::from(own.millionths()))
}

/// Sums all that was booked up to now.
///
/// # Errors
/// When it cannot be read.
pub async fn sums(world: &World) -> Result<Sums, Failure> {
    let store = &world.parts()?.engine.store;
    let from = at(first_day(), 0).to_rfc3339();
    // Bills are dated by the day of their cycle, which may have been yesterday here.
    let now = world.clock.now().plus_millis(86_400_000);
    let asked = journal::Asked::read(Some(from), Some(now.to_rfc3339()), None, now)?;
    let tenant = Caller::local().tenant;
    let format = journal::Format::Ndjson;
    let written = journal::write(store, tenant, asked, format, Adding::default(), None).await?;
    let written = written.ok_or_else(|| Failure::new("the journal was not written"))?;
    Ok(Sums {
        is_balanced: written.sums.is_balanced() && written.into.unbalanced.is_none(),
        billed: written.into.billed,
        paid: written.into.paid,
        unbalanced: written.into.unbalanced,
    })
}
