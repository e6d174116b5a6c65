//! Rating: what a usage costs. One pure function, [`rate`], prices everything: the worker, the quote,
//! the preview, the re-rating and a reservation. No store, no network, no clock.
//!
//! Prices of the catalog (TMF620 `ProductOfferingPrice`) are not interpreted while rating; they are
//! compiled to immutable [`card::Card`]s, which is where anything wrong with them is found.
//!
//! - `unit` and `increment` measure; `exact` (of the domain) holds amounts as fractions and divides once;
//! - `datum` and `condition` are characteristics and what prices demand of them;
//! - `record` reads a usage; `event` is one measured usage, `product` what is known of the product that pays;
//! - `table` finds zones and prices by prefix, `matrix` by exact values; `calendar` finds the band of
//!   an instant, `ladder` the tier of a quantity;
//! - `card` compiles prices, `discount` what reduces them, `allowance` what includes usage in a plan;
//!   `tariff` all prices of an offering, `option` those of options beside it; `library` is what they refer to;
//! - `bucket`, `tier` and `session` are what earlier usage has left behind;
//! - `rate` prices; `rated` is its answer, `trace` says why, `usage` shows it as TMF635 does, with the
//!   labels of `label`;
//! - `recurrence` finds periods; `threshold` when customers are told of what they have used;
//! - `period` closes a period: maximum spend, minimum commitment; `tax` adds taxes, from tables that
//!   `tax_read` reads;
//! - `lint` finds what compiles but is hardly meant.
//!
//! The order in which rules apply is fixed: card, measure and step, buckets, base price by zone and
//! band, tier, fees and bounds of the event, discounts, rounding, tax.

pub mod allowance;
pub mod bucket;
pub mod calendar;
pub mod card;
pub mod condition;
mod condition_read;
pub mod datum;
pub mod discount;
pub mod event;
pub mod fault;
pub mod increment;
pub mod label;
pub mod ladder;
pub mod library;
pub mod lint;
pub mod matrix;
pub mod option;
pub mod period;
pub mod policy;
pub mod product;
mod rate;
pub mod rated;
mod read;
pub mod record;
pub mod session;
pub mod table;
pub mod tariff;
pub mod tax_read;
#[cfg(test)]
mod tests;
pub mod threshold;
pub mod tier;
pub mod trace;
pub mod unit;
pub mod usage;

pub use crate::domain::{exact, recurrence, tax};
pub use rate::{Request, rate, rate_into};
