//! What happens to products: other plans, suspensions, ends, new ones.

use chrono::{Datelike as _, NaiveDate};
use serde_json::{Value, json};

use super::super::super::Failure;
use super::super::super::simulate::Dice;
use super::Findings;
use super::kinds::{Entry, SETUP};
use super::life::{Account, Product, prices};
use super::operator::{self, amount, days, of};
use super::time::HOUR;
use super::world::World;
use crate::domain::clock::Micros;

/// Hours of a day at which something happens, by UTC: in some zones it is the day before or after.
pub const HOURS: [i64; 3] = [2, 12, 23];
/// What may happen to an account in a month.
const CHANCES: u64 = 2;
/// Products that an account has at most.
const PRODUCTS_MAX: usize = 9;

/// What is to be written.
#[derive(Default)]
struct Writes {
    patches: Vec<Value>,
    products: Vec<Value>,
}

/// Everything that happens in an hour of a day.
///
/// # Errors
/// When something is refused.
pub async fn happen(
    (world, dice): (&World, Dice),
    accounts: &mut [Account],
    (day, hour): (NaiveDate, i64),
    found: &mut Findings,
) -> Result<(), Failure> {
    let now = super::time::at(day, hour);
    world.move_to(now);
    let mut writes = Writes::default();
    for (number, account) in accounts.iter_mut().enumerate() {
        for chance in 0..CHANCES {
            let name = format!("{number} {}-{} {chance}", day.year(), day.month());
            let roll = dice.roll(&format!("{name} when"));
            let own = (
                1 + u32::try_from(roll % 28).unwrap_or(0),
                HOURS.get(of(roll >> 16, HOURS.len())),
            );
            if own == (day.day(), Some(&hour)) {
                let one = One {
                    dice,
                    name: &name,
                    now,
                    number,
                };
                if let Some(deed) = one.happen(account, &mut writes) {
                    found.count(deed, 1);
                }
            }
        }
    }
    world.make("product", writes.products).await?;
    world.change("product", writes.patches).await
}

/// Something that happens to an account.
struct One<'n> {
    dice: Dice,
    name: &'n str,
    now: Micros,
    /// Of the account.
    number: usize,
}

impl One<'_> {
    fn happen(&self, account: &mut Account, writes: &mut Writes) -> Option<&'static str> {
        let roll = self.dice.roll(&format!("{} what", self.name)) % 100;
        if roll < 10 && account.products.len() < PRODUCTS_MAX {
            let place = account.products.len();
            let back = self.dice.roll(&format!("{} back", self.name)) % (6 * 24);
            let back = i64::try_from(back).unwrap_or(0).saturating_mul(HOUR);
            let start = Micros(self.now.0.saturating_sub(back));
            let product = operator::product(self.dice, self.name, (self.number, place), start);
            writes.products.push(product.json(&account.id));
            account.products.push(product);
            return Some("new products");
        }
        let count = account.products.len();
        let place = of(self.dice.roll(&format!("{} which", self.name)), count);
        let product = account.products.get_mut(place)?;
        // One thing at a time.
        if !product.goes_on() || product.changed_last() >= self.now {
            return None;
        }
        let (deed, patch) = match (roll, product.is_suspended()) {
            (10..35, _) => self.change_plan(product),
            (35..55, false) => self.suspend(product, true),
            (35..75, true) => self.suspend(product, false),
            (75..80, _) => self.end(product, 0),
            (80..83, false) => self.end(product, 9),
            (83..86, false) => self.end(product, -3),
            _ => return None,
        };
        writes.patches.push(patch);
        Some(deed)
    }

    fn change_plan(&self, product: &mut Product) -> (&'static str, Value) {
        let mut entries = product.entries().to_vec();
        let name = format!("{} plan", self.name);
        match self.dice.roll(&name) % 4 {
            0 => entries = operator::entries(self.dice, &name),
            1 if !entries.iter().any(|own| own.kind == SETUP.id) => entries.push(Entry {
                kind: SETUP.id,
                cents: amount(self.dice, &name),
                discount: None,
            }),
            2 => {
                // As it was once.
                if let Some((_, first)) = product.prices.first() {
                    entries.clone_from(first);
                }
            }
            _ => {
                if let Some(first) = entries.first_mut() {
                    first.cents = amount(self.dice, &name);
                }
            }
        }
        let patch = json!({ "id": product.id, "productPrice": prices(&entries) });
        product.prices.push((self.now, entries));
        ("plan changes", patch)
    }

    fn suspend(&self, product: &mut Product, suspended: bool) -> (&'static str, Value) {
        product.states.push((self.now, suspended));
        let (deed, status) = match suspended {
            true => ("suspensions", "suspended"),
            false => ("resumptions", "active"),
        };
        (deed, json!({ "id": product.id, "status": status }))
    }

    /// Ends now, in some days, or some days ago: then that is said later.
    fn end(&self, product: &mut Product, later: i64) -> (&'static str, Value) {
        let end = days(self.now, later).max(product.start);
        product.end = Some(end);
        let mut patch = json!({ "id": product.id, "terminationDate": end.to_rfc3339() });
        if later > 0 {
            return ("ends to come", patch);
        }
        if let Some(members) = patch.as_object_mut() {
            members.insert("status".to_owned(), json!("terminated"));
        }
        let deed = match later {
            0 => "ends",
            _ => "ends of the past",
        };
        (deed, patch)
    }
}
