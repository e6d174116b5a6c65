//! What becomes of an order: by a script, or by seed, external id and attempt.

use std::ops::RangeInclusive;

use super::script::{Deed, Script};
use super::settings::{Rates, Settings};

/// What is slow or late takes up to so many times as long as the longest of the others.
const LONG: u64 = 200;

/// What happens when an order is placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    Unavailable,
    Refused {
        status: u16,
        message: String,
    },
    /// The connection is closed.
    Shut,
}

/// How an order that was taken is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    Normal,
    /// After its callbacks.
    Late,
    /// The connection is closed.
    Lost,
    /// With 500.
    Error,
    /// Never.
    None,
}

/// How an order ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum End {
    Completed,
    Failed(String),
    Rejected(String),
}

/// What an order waits for before its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    None,
    /// A release.
    Held,
    /// A release, after it asked for information.
    Asking,
}

/// A callback that is not true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// "Completed", of an order that failed.
    State,
    /// "Failed", of an order that was completed.
    Failure,
    /// Of an order that does not exist.
    Order,
}

/// What becomes of one order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub door: Door,
    pub reply: Reply,
    pub end: End,
    pub pause: Pause,
    /// Callbacks are made at all.
    pub calls: bool,
    /// How often each callback comes.
    pub copies: u32,
    pub reordered: bool,
    /// Milliseconds that callbacks are behind what they tell of.
    pub behind: u64,
    /// Somebody else says that it is done.
    pub forged: bool,
    pub lie: Option<Lie>,
    /// Milestone and jeopardy events on the way.
    pub alarm: bool,
    pub refuses_cancel: bool,
    /// Milliseconds before the beginning, and before the end.
    pub delays: [u64; 2],
}

impl Fate {
    /// All goes well.
    fn good(delays: [u64; 2]) -> Self {
        Fate {
            door: Door::Open,
            reply: Reply::Normal,
            end: End::Completed,
            pause: Pause::None,
            calls: true,
            copies: 1,
            reordered: false,
            behind: 0,
            forged: false,
            lie: None,
            alarm: false,
            refuses_cancel: false,
            delays,
        }
    }

    /// By chance: `attempt` counts from 0, and decides only what happens at the door.
    pub fn drawn(settings: &Settings, external_id: &str, attempt: u32) -> Self {
        let dice = Dice {
            seed: settings.seed,
            external_id,
        };
        let rates = &settings.rates;
        let mut fate = Fate::good([
            dice.within("begin", &settings.delay_ms),
            dice.within("end", &settings.delay_ms),
        ]);
        fate.door = door(&dice, rates, attempt);
        fate.reply = reply(&dice, rates);
        if dice.hits("failure", 0, rates.failure) {
            fate.end = End::Failed("the network element did not answer".to_owned());
        }
        fate.calls = !dice.hits("silence", 0, rates.silence);
        if dice.hits("repetition", 0, rates.repetition) {
            fate.copies = 2 + u32::from(dice.hits("thrice", 0, 0.5));
        }
        fate.reordered = dice.hits("reordering", 0, rates.reordering);
        if dice.hits("late", 0, rates.late) {
            fate.behind = dice.long("late", settings);
        }
        fate.forged = dice.hits("forgery", 0, rates.forgery);
        if dice.hits("lie", 0, rates.lie) {
            fate.tell_lie(match dice.roll("which lie", 0) % 3 {
                0 => Lie::State,
                1 => Lie::Failure,
                _ => Lie::Order,
            });
        }
        if dice.hits("slow", 0, rates.slow) {
            fate.delays = [fate.delays[0], dice.long("slow", settings)];
        }
        fate.refuses_cancel = dice.hits("stubborn", 0, rates.stubborn);
        fate
    }

    /// By a script.
    pub fn scripted(settings: &Settings, external_id: &str, script: &Script) -> Self {
        let dice = Dice {
            seed: settings.seed,
            external_id,
        };
        let mut fate = Fate::good([
            dice.within("begin", &settings.delay_ms),
            dice.within("end", &settings.delay_ms),
        ]);
        let message = |default: &str| script.message.as_deref().unwrap_or(default).to_owned();
        match script.deed {
            Deed::Work => {}
            Deed::Reject => {
                fate.door = Door::Refused {
                    status: script.status.unwrap_or(400),
                    message: message("the order is refused"),
                }
            }
            Deed::Unavailable => fate.door = Door::Unavailable,
            Deed::Drop => fate.door = Door::Shut,
            Deed::Lose => fate.reply = Reply::Lost,
            Deed::NoAnswer => fate.reply = Reply::None,
            Deed::Early => fate.reply = Reply::Late,
            Deed::Fail => fate.end = End::Failed(message("the order failed")),
            Deed::RejectLater => fate.end = End::Rejected(message("the order is rejected")),
            Deed::Hold => fate.pause = Pause::Held,
            Deed::Ask => fate.pause = Pause::Asking,
            Deed::Silent => fate.calls = false,
            Deed::Repeat => fate.copies = 3,
            Deed::Reorder => fate.reordered = true,
            Deed::LieAboutState => fate.tell_lie(Lie::State),
            Deed::LieAboutFailure => fate.tell_lie(Lie::Failure),
            Deed::LieAboutOrder => fate.tell_lie(Lie::Order),
            Deed::Alarm => fate.alarm = true,
            Deed::RefuseCancel => {
                fate.pause = Pause::Held;
                fate.refuses_cancel = true;
            }
        }
        fate
    }

    /// Without a script and without chance.
    pub fn plain(settings: &Settings, external_id: &str) -> Self {
        Self::scripted(settings, external_id, &Script::new("", Deed::Work))
    }

    fn tell_lie(&mut self, lie: Lie) {
        self.lie = Some(lie);
        match lie {
            Lie::State => {
                self.end = End::Failed("the service could not be activated".to_owned());
            }
            Lie::Failure => self.end = End::Completed,
            Lie::Order => {}
        }
    }
}

/// Whether a question, or a request to cancel, is not answered as it should be. `asked` counts from 0.
pub(super) fn is_deaf(settings: &Settings, about: &str, asked: u32) -> bool {
    let dice = Dice {
        seed: settings.seed,
        external_id: about,
    };
    dice.hits("deaf", asked, settings.rates.deaf)
}

/// A refusal is for good, so it does not depend on the attempt; the others may pass the next time.
fn door(dice: &Dice<'_>, rates: &Rates, attempt: u32) -> Door {
    if dice.hits("refusal", 0, rates.refusal) {
        return Door::Refused {
            status: 400,
            message: "the service is not available at this place".to_owned(),
        };
    }
    if dice.hits("unavailable", attempt, rates.unavailable) {
        return Door::Unavailable;
    }
    match dice.hits("dropped", attempt, rates.dropped) {
        true => Door::Shut,
        false => Door::Open,
    }
}

fn reply(dice: &Dice<'_>, rates: &Rates) -> Reply {
    if dice.hits("lost", 0, rates.lost) {
        return Reply::Lost;
    }
    if dice.hits("no answer", 0, rates.no_answer) {
        return Reply::None;
    }
    if dice.hits("error", 0, rates.error) {
        return Reply::Error;
    }
    match dice.hits("early", 0, rates.early) {
        true => Reply::Late,
        false => Reply::Normal,
    }
}

/// Chance that repeats itself.
struct Dice<'a> {
    seed: u64,
    external_id: &'a str,
}

impl Dice<'_> {
    fn roll(&self, what: &str, attempt: u32) -> u64 {
        let mut hash = text_hash(self.seed, self.external_id);
        hash = text_hash(hash, what);
        mix(hash ^ u64::from(attempt))
    }

    fn hits(&self, what: &str, attempt: u32, rate: f64) -> bool {
        // 2^32 equal steps; what is lost by that matters to nobody.
        let step = u32::try_from(self.roll(what, attempt) >> 32).unwrap_or(u32::MAX);
        f64::from(step) < rate * 4_294_967_296.0
    }

    fn within(&self, what: &str, range: &RangeInclusive<u64>) -> u64 {
        let width = range.end().saturating_sub(*range.start()).saturating_add(1);
        let offset = self.roll(what, 0).checked_rem(width).unwrap_or_default();
        range.start().saturating_add(offset)
    }

    /// Up to `LONG` times as many milliseconds as anything else takes at most.
    fn long(&self, what: &str, settings: &Settings) -> u64 {
        let usual = *settings.delay_ms.end();
        self.within(what, &(usual..=usual.saturating_mul(LONG)))
    }
}

/// A number that follows from a text and a seed (FNV-1a, then mixed).
pub(super) fn text_hash(seed: u64, text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325 ^ mix(seed);
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    mix(hash)
}

/// Spreads every bit over all others (the finaliser of splitmix64).
pub(super) fn mix(mut n: u64) -> u64 {
    n = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}
