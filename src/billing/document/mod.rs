//! Documents of a bill, as pure functions of a [`Statement`]: HTML for the screen, PDF for paper
//! and archive, and an electronic invoice by EN 16931 in UBL 2.1.
//!
//! - `statement` what a bill says, as the caller fills it in;
//! - `unit` what quantities are counted in;
//! - `check` the sums must agree before anything is made of them;
//! - `locale` labels, numbers and dates by language and region, from data files;
//! - `view` the statement in words: all text of HTML and PDF, which then only place it;
//! - `scale` the scale of a chart; `colour` what is legible of the operator's colour;
//! - `html`, `pdf`, `ubl` the three forms.
//!
//! Amounts are decimals, shown with all of their digits. The same statement gives the same bytes.
//! Text runs from left to right: scripts that run the other way, and those that need shaping,
//! are not supported in PDF ([`Press::covers`] tells).

mod check;
mod colour;
mod fault;
mod html;
mod locale;
mod pdf;
mod scale;
mod statement;
mod ubl;
mod unit;
mod view;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use html::html;
pub use pdf::{Press, pdf};
pub use statement::*;
pub use ubl::ubl;
pub use unit::Unit;
