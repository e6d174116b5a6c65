//! What the simulated OSS is told at its start.

use std::ops::RangeInclusive;

/// How often something goes wrong: each a share from 0 (never) to 1 (always).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rates {
    /// Attempts answered with 503; nothing is done.
    pub unavailable: f64,
    /// Orders refused with 400; nothing is done.
    pub refusal: f64,
    /// Attempts whose connection is closed without an answer; nothing is done.
    pub dropped: f64,
    /// Orders that are taken, and the connection closed without an answer.
    pub lost: f64,
    /// Orders that are taken and not answered until the client gives up.
    pub no_answer: f64,
    /// Orders that are taken and answered with 500.
    pub error: f64,
    /// Orders whose callbacks come before the answer.
    pub early: f64,
    /// Orders that end as failed.
    pub failure: f64,
    /// Orders of which no callback is made.
    pub silence: f64,
    /// Orders whose callbacks come up to three times.
    pub repetition: f64,
    /// Orders whose callbacks come in the wrong order.
    pub reordering: f64,
    /// Orders whose callbacks come long after what they tell of.
    pub late: f64,
    /// Orders of which somebody who does not know the token says that they are done.
    pub forgery: f64,
    /// Orders of which a callback says what is not so.
    pub lie: f64,
    /// Orders that take long.
    pub slow: f64,
    /// Orders that are not cancelled when that is asked for.
    pub stubborn: f64,
    /// Questions, and requests to cancel, that are answered with 503 or not at all.
    pub deaf: f64,
}

impl Rates {
    /// The same share for everything.
    pub fn all(share: f64) -> Self {
        Rates {
            unavailable: share,
            refusal: share,
            dropped: share,
            lost: share,
            no_answer: share,
            error: share,
            early: share,
            failure: share,
            silence: share,
            repetition: share,
            reordering: share,
            late: share,
            forgery: share,
            lie: share,
            slow: share,
            stubborn: share,
            deaf: share,
        }
    }
}

/// Answer to an order whose external id is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Duplicates {
    /// The order that is there, with 200.
    #[default]
    Answer,
    /// 409, so that the client has to look.
    Conflict,
}

/// A characteristic that the OSS finds a value for, such as the number of a SIM card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    /// Id of the specification of the service, or `*` for all.
    pub specification: String,
    /// Name of the characteristic.
    pub name: String,
    /// Its value; every `#` becomes a digit that follows from seed and service.
    pub pattern: String,
}

impl Product {
    /// Reads `SPECIFICATION:NAME=PATTERN`.
    pub fn parse(text: &str) -> Option<Self> {
        let (specification, rest) = text.split_once(':')?;
        let (name, pattern) = rest.split_once('=')?;
        if specification.is_empty() || name.is_empty() {
            return None;
        }
        Some(Product {
            specification: specification.to_owned(),
            name: name.to_owned(),
            pattern: pattern.to_owned(),
        })
    }
}

/// Settings of the simulated OSS.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Address and port; port 0 takes any free one.
    pub listen: String,
    /// The same seed does the same to the same orders.
    pub seed: u64,
    /// Milliseconds before an order is begun, and again before it ends.
    pub delay_ms: RangeInclusive<u64>,
    pub rates: Rates,
    /// Orders end when they come: POST is answered and the end called back without any step between.
    pub at_once: bool,
    pub duplicates: Duplicates,
    /// Seconds that clients are asked to wait (`Retry-After`) when they are turned away.
    pub retry_after: u32,
    /// Shown in callbacks as `Authorization: Bearer`.
    pub callback_token: Option<String>,
    /// What clients have to show; without it nobody is asked.
    pub token: Option<String>,
    /// Values that services are given.
    pub products: Vec<Product>,
    /// Threads of the server; 0 is one for each core.
    pub workers: usize,
    /// Connections for callbacks that are kept open to each subscriber.
    pub connections: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            listen: "127.0.0.1:0".to_owned(),
            seed: 1,
            delay_ms: 0..=0,
            rates: Rates::default(),
            at_once: false,
            duplicates: Duplicates::default(),
            retry_after: 1,
            callback_token: None,
            token: None,
            products: Vec::new(),
            workers: 1,
            connections: 32,
        }
    }
}
