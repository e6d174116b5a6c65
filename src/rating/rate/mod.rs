//! Pricing one usage.
//!
//! What is asked with is not changed: the answer holds the moves of buckets and tiers, which the
//! caller books together with the lines. The same question always has the same answer.

mod charge;
mod cover;
mod quantity;
mod select;
mod session;
mod settle;

use super::bucket::Buckets;
use super::card::{Card, CardSet};
use super::event::Event;
use super::policy::Policy;
use super::product::Product;
use super::rated::{CardAt, Code, Detail, LineKey, Rated, Rejection};
use super::session::Session;
use super::table::Row;
use super::tier::Tiers;
use crate::domain::clock::Micros;

/// A usage and everything that its price can depend on.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    pub event: &'r Event<'r>,
    pub product: &'r Product,
    pub cards: &'r CardSet,
    /// All that the product may draw from. Grants that are due have been made.
    pub buckets: &'r Buckets,
    /// The positions of the product, its account and its group, as the cards count.
    pub tiers: &'r Tiers,
    /// What came before of the session that the event is a part of; none for a first part. Without
    /// [`Event::partial`] it does not matter.
    pub session: Option<&'r Session>,
    pub policy: &'r Policy,
}

/// What a usage costs and what it moves.
///
/// # Errors
/// Why it has no price; then nothing moves.
pub fn rate(request: &Request<'_>) -> Result<Rated, Rejection> {
    let mut rated = Rated::default();
    rate_into(request, &mut rated)?;
    Ok(rated)
}

/// As [`rate`], into an answer that is reused: without allocating once it has grown.
///
/// # Errors
/// As [`rate`]; what is in the answer then means nothing.
pub fn rate_into(request: &Request<'_>, rated: &mut Rated) -> Result<(), Rejection> {
    rated.clear();
    let before = session::before(request)?;
    let start = before.map_or(request.event.start, |session| session.start);
    admit(request, start)?;
    let (at, card) = select::select(request, start)?;
    rated.card = at;
    rated.currency = Some(card.currency);
    let mut run = Run {
        request,
        before,
        start,
        at,
        card,
        row: None,
        rated,
    };
    run.price()?;
    match request.event.partial {
        Some(partial) => session::continued(&mut run, partial),
        None => Ok(()),
    }
}

fn admit(request: &Request<'_>, start: Micros) -> Result<(), Rejection> {
    if request.policy.oldest.is_some_and(|oldest| start < oldest) {
        return Err(Rejection::new(Code::TooOld, Detail::TooOld));
    }
    if !request.policy.inactive && !request.product.active.contains(start) {
        return Err(Rejection::new(Code::ProductInactive, Detail::Inactive));
    }
    Ok(())
}

/// One usage on its way through the rules.
struct Run<'r, 'o> {
    request: &'r Request<'r>,
    /// Earlier parts of the session.
    before: Option<&'r Session>,
    start: Micros,
    at: CardAt,
    card: &'r Card,
    /// The row of the card's table.
    row: Option<&'r Row>,
    rated: &'o mut Rated,
}

impl Run<'_, '_> {
    fn price(&mut self) -> Result<(), Rejection> {
        let measured = self.measured()?;
        self.find_row()?;
        self.cut(measured)?;
        self.cover()?;
        self.charge()?;
        self.add_fees(measured)?;
        self.settle()
    }

    fn reject(&self, code: Code, detail: fn(CardAt) -> Detail) -> Rejection {
        Rejection::new(code, detail(self.at))
    }
}

/// What is only needed while rating; kept for its memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Work {
    segments: Vec<Segment>,
    uses: Vec<Use>,
    pieces: Vec<Piece>,
    numerators: Vec<i128>,
}

impl Work {
    pub(super) fn clear(&mut self) {
        self.segments.clear();
        self.uses.clear();
        self.pieces.clear();
        self.numerators.clear();
    }
}

impl Rated {
    /// Places of the buckets that could cover the usage, if they had something left.
    pub fn reached(&self) -> impl Iterator<Item = u32> {
        self.work.uses.iter().map(|own| own.bucket)
    }
}

/// Part of the quantity in one band.
#[derive(Clone, Copy, Debug)]
struct Segment {
    band: Option<u16>,
    from: u64,
    to: u64,
    /// Price of a base unit, in parts of the card's base and band.
    price: i128,
}

/// A bucket that may cover the event.
#[derive(Clone, Copy, Debug)]
struct Use {
    bucket: u32,
    /// Base units that it has left.
    left: u64,
    covered: u64,
}

/// What becomes a line.
#[derive(Clone, Copy, Debug)]
struct Piece {
    key: LineKey,
    quantity: u64,
    /// Price of a base unit, as in the segment.
    price: i128,
    /// In parts of the card's whole.
    charge: i128,
    /// The value of what a bucket covers, likewise.
    list: i128,
    /// It costs something.
    is_paid: bool,
}

/// The answer where a number does not fit.
trait Fits<T> {
    fn fits(self) -> Result<T, Rejection>;
}

impl<T> Fits<T> for Option<T> {
    fn fits(self) -> Result<T, Rejection> {
        self.ok_or(Rejection::OVERFLOW)
    }
}
