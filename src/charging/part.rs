//! A session that is recorded in parts, as it is stored between them.

use std::str::FromStr;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::domain::clock::Micros;
use crate::domain::money::Amount;
use crate::rating::rated::{LineKey, LineKind, UsageTag};
use crate::rating::session::{Carried, Session, TakenSoFar};
use crate::rating::tax::TaxRate;

const KINDS: [LineKind; 4] = [
    LineKind::Usage,
    LineKind::SetupFee,
    LineKind::AttemptFee,
    LineKind::MinimumCharge,
];
const TAGS: [UsageTag; 3] = [UsageTag::Usage, UsageTag::Included, UsageTag::NonIncluded];

/// What has been rated of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSession {
    pub name: String,
    /// Id of the tariff that its first part was rated by: zones and bands are numbered in it.
    pub tariff: u64,
    pub start: i64,
    pub sequence: u32,
    pub closed: bool,
    pub measured: u64,
    pub tier: i64,
    charged: Vec<StoredLine>,
    taken: Vec<(Box<str>, i64, i64)>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct StoredLine {
    kind: u8,
    tag: u8,
    zone: Option<u32>,
    band: Option<u16>,
    bucket: Option<Box<str>>,
    quantity: i64,
    /// Millionths.
    net: i64,
    gross: i64,
    list: i64,
    /// Per cent.
    tax: String,
}

impl StoredSession {
    /// A session as it is stored.
    pub fn of(name: &str, tariff: u64, session: &Session) -> Self {
        let place = |place: Option<usize>| place.and_then(|at| u8::try_from(at).ok()).unwrap_or(0);
        let charged = session.charged.iter().map(|line| StoredLine {
            kind: place(KINDS.iter().position(|kind| *kind == line.key.kind)),
            tag: place(TAGS.iter().position(|tag| *tag == line.key.tag)),
            zone: line.key.zone,
            band: line.key.band,
            bucket: line.bucket.clone(),
            quantity: line.quantity,
            net: line.net.millionths(),
            gross: line.gross.millionths(),
            list: line.list.millionths(),
            tax: line.tax.percent.to_string(),
        });
        let taken = session.taken.iter();
        StoredSession {
            name: name.to_owned(),
            tariff,
            start: session.start.0,
            sequence: session.sequence,
            closed: session.closed,
            measured: session.measured,
            tier: session.tier,
            charged: charged.collect(),
            taken: taken
                .map(|(bucket, of)| (bucket.clone(), of.taken, of.covered))
                .collect(),
        }
    }

    /// The session, as rating goes on with it. None when what was stored is not one.
    pub fn session(&self) -> Option<Session> {
        let charged = self.charged.iter().map(|line| {
            Some(Carried {
                key: LineKey {
                    kind: *KINDS.get(usize::from(line.kind))?,
                    tag: *TAGS.get(usize::from(line.tag))?,
                    zone: line.zone,
                    band: line.band,
                    bucket: None,
                },
                bucket: line.bucket.clone(),
                quantity: line.quantity,
                net: Amount::from_millionths(line.net),
                gross: Amount::from_millionths(line.gross),
                list: Amount::from_millionths(line.list),
                tax: TaxRate::of(Decimal::from_str(&line.tax).ok()?)?,
            })
        });
        let taken = self.taken.iter().map(|(bucket, taken, covered)| {
            let so_far = TakenSoFar {
                taken: *taken,
                covered: *covered,
            };
            (bucket.clone(), so_far)
        });
        Some(Session {
            start: Micros(self.start),
            sequence: self.sequence,
            closed: self.closed,
            measured: self.measured,
            charged: charged.collect::<Option<_>>()?,
            taken: taken.collect(),
            tier: self.tier,
        })
    }
}
