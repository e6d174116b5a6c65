//! Filling a server by array requests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use memchr::memmem;
use serde_json::json;
use tokio::task::JoinSet;

use super::super::Failure;
use super::args::Prepare;
use super::client::{Client, id_of, wait};
use super::connection::Connection;
use super::document::{FAMILIES, MARK, References, Variant, offering, referred};
use super::report::per_second;
use super::request::{self, JSON, Template};
use super::scenario::OFFERINGS;
use super::target::Target;
use crate::domain::clock::Clock;
use crate::domain::descriptor::ApiVersion;

/// Different offerings; a whole number of the hundred that the shares are stated for.
const VARIANTS: usize = 200;

/// What a batch is made of.
pub struct Stock {
    templates: Vec<Template>,
    run: u64,
}

impl Stock {
    /// Offerings that refer to what `references` names, in turns.
    pub fn new(version: ApiVersion, references: &[References]) -> Self {
        let templates = (0..VARIANTS)
            .map(|number| {
                // By a step that is prime to their number, so that families and references mix.
                let at = number.wrapping_mul(7) % references.len().max(1);
                let references = references.get(at).cloned();
                let body = offering(version, &Variant { number, references });
                Template::new(body.into_bytes(), MARK)
            })
            .collect();
        let run = u64::try_from(Clock::system().now().0 / 1000).unwrap_or_default();
        Stock { templates, run }
    }

    /// The text of the offering with that number.
    pub fn offering(&mut self, number: u64) -> &[u8] {
        let count = u64::try_from(self.templates.len()).unwrap_or(1).max(1);
        let at = usize::try_from(number % count).unwrap_or_default();
        let name = format!("{:06x}{number:010}", self.run & 0xFF_FFFF);
        self.templates
            .get_mut(at)
            .map_or(&[], |template| template.fill(name.as_bytes()))
    }

    /// A JSON array of the offerings with these numbers.
    fn batch(&mut self, numbers: std::ops::Range<u64>) -> Vec<u8> {
        let mut body = Vec::new();
        for number in numbers {
            body.push(if body.is_empty() { b'[' } else { b',' });
            body.extend_from_slice(self.offering(number));
        }
        body.push(b']');
        body
    }
}

/// Finds or makes categories, specifications and prices to refer to.
///
/// # Errors
/// When the server refuses one.
pub async fn references(target: &Target, count: usize) -> Result<Vec<References>, Failure> {
    let mut client = Client::new(target);
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let family = FAMILIES
            .get(number % FAMILIES.len())
            .copied()
            .unwrap_or_default();
        let name = format!("{family} (load {number:02})");
        let mut ids = Vec::with_capacity(3);
        for collection in ["category", "productSpecification", "productOfferingPrice"] {
            let query = format!("name={name}&fields=none&limit=1");
            let found = client.list(collection, &query).await?;
            let id = match found.items.first().and_then(id_of) {
                Some(id) => id,
                None => {
                    let body = referred(target.version, collection, &name, number);
                    client.post(collection, &body).await?
                }
            };
            ids.push(id);
        }
        if let [category, specification, price] = ids.as_slice() {
            all.push(References {
                category: category.clone(),
                specification: specification.clone(),
                price: price.clone(),
            });
        }
    }
    Ok(all)
}

/// `load prepare`
///
/// # Errors
/// For the first answer that is not the one expected.
pub fn run(target: &Target, args: &Prepare) -> Result<(), Failure> {
    let began = Instant::now();
    wait(fill(target, args))?;
    let took = began.elapsed();
    let rate = per_second(args.offerings, took.as_micros());
    if args.json {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        println!(
            "{}",
            json!({"scenario": "prepare", "offerings": args.offerings, "micros": micros, "perSecond": rate})
        );
    } else {
        println!(
            "{} offerings in {:.1} s, {rate} per second",
            args.offerings,
            took.as_secs_f64()
        );
    }
    Ok(())
}

async fn fill(target: &Target, args: &Prepare) -> Result<(), Failure> {
    let references = references(target, 20).await?;
    let (next, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let mut running = JoinSet::new();
    for _ in 0..args.connections {
        let filler = Filler {
            target: target.clone(),
            stock: Stock::new(target.version, &references),
            next: Arc::clone(&next),
            done: Arc::clone(&done),
            offerings: args.offerings,
            batch: args.batch,
        };
        running.spawn(filler.run());
    }
    let mut tick = tokio::time::interval(Duration::from_secs(5));
    tick.tick().await;
    loop {
        tokio::select! {
            ended = running.join_next() => match ended {
                None => return Ok(()),
                Some(result) => result??,
            },
            _ = tick.tick() => eprintln!("{} of {}", done.load(Ordering::Relaxed), args.offerings),
        }
    }
}

/// One connection that takes the next batch until there is none.
struct Filler {
    target: Target,
    stock: Stock,
    next: Arc<AtomicU64>,
    done: Arc<AtomicU64>,
    offerings: u64,
    batch: u64,
}

impl Filler {
    async fn run(mut self) -> Result<(), Failure> {
        let mut connection = Connection::new(self.target.address);
        // The answer would repeat each offering otherwise.
        let path = format!("{}?fields=none", self.target.collection(OFFERINGS));
        loop {
            let from = self.next.fetch_add(self.batch, Ordering::Relaxed);
            if from >= self.offerings {
                return Ok(());
            }
            let numbers = from..self.offerings.min(from.saturating_add(self.batch));
            let count = numbers.end - numbers.start;
            let body = self.stock.batch(numbers);
            let request = request::with_body(&self.target, "POST", &path, JSON, &body);
            let answer = connection.call(&request).await?;
            let refused = memmem::find(answer.body, b"\"error\"");
            if answer.status != 201 || refused.is_some() {
                let from = refused.unwrap_or_default();
                let shown = answer.body.get(from..).unwrap_or_default();
                let shown: String = String::from_utf8_lossy(shown).chars().take(400).collect();
                return Err(Failure::new(format!(
                    "POST {path}: {} {shown}",
                    answer.status
                )));
            }
            self.done.fetch_add(count, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::Stock;
    use crate::domain::descriptor::ApiVersion;

    #[test]
    fn a_batch_is_an_array_of_different_offerings() {
        let mut stock = Stock::new(ApiVersion::V5, &[]);
        let body = stock.batch(195..405);
        let items: Vec<Value> = serde_json::from_slice(&body).expect("a JSON array");
        assert_eq!(items.len(), 210);
        let mut names: Vec<&str> = items
            .iter()
            .filter_map(|item| item["name"].as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 210);
    }
}
