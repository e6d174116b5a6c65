//! What rating answers: lines, moves and reasons, or why there is no price.

use std::fmt;

use super::bucket::BucketMove;
use super::card::CardSet;
use super::exact::Ratio;
use super::rate::Work;
use super::session::Session;
use super::tax::TaxRate;
use super::trace::Step;
use crate::domain::money::{Amount, Currency};

/// A rated usage. Reused from one event to the next, it is filled without allocating.
#[derive(Clone, Debug, Default)]
pub struct Rated {
    /// The card that priced it.
    pub card: CardAt,
    /// Currency of all amounts; none only before the first use.
    pub currency: Option<&'static Currency>,
    pub lines: Vec<Line>,
    /// Sum of the lines.
    pub net: Amount,
    /// Sum of the lines.
    pub gross: Amount,
    /// No tax was due when the usage began.
    pub exempt: bool,
    /// What buckets are used by; at most one for each.
    pub buckets: Vec<BucketMove>,
    /// Base units by which the position in the tiers of the card's price moves. 0 where the price has
    /// no tiers that count beyond the event.
    pub tier: i64,
    /// The session with this part; none unless the event is a part.
    pub session: Option<Session>,
    /// Whether an ongoing session should end here.
    pub stop: Option<Stop>,
    /// The charge before rounding, in the price's tax mode. Of a session it is that of all parts.
    pub exact: Ratio,
    pub trace: Vec<Step>,
    pub(super) work: Work,
}

impl Rated {
    /// Empties it, but keeps its memory.
    pub fn clear(&mut self) {
        self.card = CardAt::default();
        self.currency = None;
        self.lines.clear();
        (self.net, self.gross) = (Amount::ZERO, Amount::ZERO);
        self.exempt = false;
        self.buckets.clear();
        self.tier = 0;
        self.session = None;
        self.stop = None;
        self.exact = Ratio::ZERO;
        self.trace.clear();
        self.work.clear();
    }
}

/// Where a card is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CardAt {
    /// Place in the [`CardSet`].
    Set(u32),
    /// Place among the overrides of the product.
    Override(u32),
}

impl Default for CardAt {
    fn default() -> Self {
        CardAt::Set(0)
    }
}

/// One component of the charge (TMF635 `RatedProductUsage`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub key: LineKey,
    /// Base units that it is about; 0 for fees. Negative where a session takes something back.
    pub quantity: i64,
    /// `taxExcludedRatingAmount`.
    pub net: Amount,
    /// `taxIncludedRatingAmount`.
    pub gross: Amount,
    pub tax: TaxRate,
    /// The customer pays no taxes.
    pub exempt: bool,
    /// `bucketValueConvertedInAmount`: an included part at list price, in the price's tax mode.
    pub list: Amount,
}

/// What tells lines of one charge apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LineKey {
    pub kind: LineKind,
    pub tag: UsageTag,
    /// Zone of the card's table.
    pub zone: Option<u32>,
    /// Band of the card's calendar.
    pub band: Option<u16>,
    /// Place of the bucket that includes it.
    pub bucket: Option<u32>,
}

/// Which part of the price a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LineKind {
    Usage,
    SetupFee,
    AttemptFee,
    /// What is missing to the least that an event costs.
    MinimumCharge,
}

impl LineKind {
    /// As written in traces and labels.
    pub const fn as_str(self) -> &'static str {
        match self {
            LineKind::Usage => "usage",
            LineKind::SetupFee => "setupFee",
            LineKind::AttemptFee => "attemptFee",
            LineKind::MinimumCharge => "minimumCharge",
        }
    }
}

/// `usageRatingTag`, in the words of TMF635.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UsageTag {
    /// No allowance covers it.
    Usage,
    Included,
    /// An allowance covers it and is used up.
    NonIncluded,
}

impl UsageTag {
    /// As written.
    pub const fn as_str(self) -> &'static str {
        match self {
            UsageTag::Usage => "usage",
            UsageTag::Included => "included usage",
            UsageTag::NonIncluded => "non included usage",
        }
    }
}

/// Why an ongoing session should end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The event has reached its cap, and the price says to stop there.
    Cap,
    /// An allowance that blocks is used up.
    Blocked,
}

/// Why there is no price. `detail` names the thing; [`Rejection::message`] says it in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    pub code: Code,
    pub detail: Detail,
}

/// Reason codes of rejected usage; they never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    BadCharacteristic,
    NoProduct,
    NoPrice,
    Ambiguous,
    ProductInactive,
    Currency,
    TooOld,
    Overflow,
    Blocked,
}

impl Code {
    /// All codes.
    pub const ALL: &'static [Code] = &[
        Code::BadCharacteristic,
        Code::NoProduct,
        Code::NoPrice,
        Code::Ambiguous,
        Code::ProductInactive,
        Code::Currency,
        Code::TooOld,
        Code::Overflow,
        Code::Blocked,
    ];

    /// As stored and sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::BadCharacteristic => "BAD_CHARACTERISTIC",
            Code::NoProduct => "NO_PRODUCT",
            Code::NoPrice => "NO_PRICE",
            Code::Ambiguous => "AMBIGUOUS",
            Code::ProductInactive => "PRODUCT_INACTIVE",
            Code::Currency => "CURRENCY",
            Code::TooOld => "TOO_OLD",
            Code::Overflow => "OVERFLOW",
            Code::Blocked => "BLOCKED",
        }
    }

    /// Reads a code.
    pub fn parse(text: &str) -> Option<Self> {
        Code::ALL.iter().copied().find(|code| code.as_str() == text)
    }
}

/// What a rejection is about. Cheap to make: most are rated again and again while an operator edits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Detail {
    /// No card is for such an event at its time.
    NoCard,
    /// These places of the card set are for it, and equally so.
    Cards(u32, u32),
    /// The product did not exist, or was not active, when the usage began.
    Inactive,
    /// The table of the card at this place has no row for it.
    NoRow(CardAt),
    /// The matrix of the card at this place has no price for it.
    NoCell(CardAt),
    /// The quantity is beyond the last tier of the card at this place.
    BeyondTiers(CardAt),
    /// Nobody knows the rate of the tax of the card at this place.
    NoTax(CardAt),
    /// The event lacks a characteristic, or it is of the wrong type.
    Missing(&'static str),
    /// The card at this place, or the value of the event, is in another currency than the product.
    Currency(CardAt),
    /// What was agreed instead of the card at this place of the set cannot take its place.
    Agreed(u32),
    /// It began before the oldest instant that is still rated.
    TooOld,
    /// A number is beyond what is calculated with.
    Overflow,
    /// The allowance at this place of the buckets blocks and is used up.
    Blocked(u32),
    /// A part of a session came twice, out of its order, or after the last one.
    Sequence,
}

impl Rejection {
    /// A rejection.
    pub const fn new(code: Code, detail: Detail) -> Self {
        Rejection { code, detail }
    }

    /// Numbers beyond what is calculated with.
    pub const OVERFLOW: Rejection = Rejection::new(Code::Overflow, Detail::Overflow);

    /// In words, for `statusReason`.
    pub fn message(&self, cards: &CardSet) -> String {
        let price = |place: u32| cards.price_id(CardAt::Set(place)).unwrap_or("?").to_owned();
        let at = |at: CardAt| match cards.price_id(at) {
            Some(id) => format!("the price {id}"),
            None => "the agreed price".to_owned(),
        };
        match &self.detail {
            Detail::NoCard => "no price of the product is for this usage at its time".to_owned(),
            Detail::Cards(one, other) => {
                format!(
                    "the prices {} and {} are equally for it",
                    price(*one),
                    price(*other)
                )
            }
            Detail::Inactive => "the product was not active when the usage began".to_owned(),
            Detail::NoRow(card) => format!("the table of {} has no row for it", at(*card)),
            Detail::NoCell(card) => format!("the matrix of {} has no price for it", at(*card)),
            Detail::BeyondTiers(card) => format!("it is beyond the last tier of {}", at(*card)),
            Detail::NoTax(card) => format!("there is no rate for the tax of {}", at(*card)),
            Detail::Missing(what) => format!("the usage has no valid {what}"),
            Detail::Currency(card) => {
                format!("{} is not in the currency of the product", at(*card))
            }
            Detail::Agreed(card) => {
                let price = price(*card);
                format!("what was agreed instead of the price {price} cannot take its place")
            }
            Detail::TooOld => "the usage began before the oldest that is rated".to_owned(),
            Detail::Overflow => "a number is too large to calculate with".to_owned(),
            Detail::Blocked(_) => "its allowance is used up and blocks further usage".to_owned(),
            Detail::Sequence => {
                "the part of the session came twice, out of order or after the last".to_owned()
            }
        }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.as_str())
    }
}

impl std::error::Error for Rejection {}
