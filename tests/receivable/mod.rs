//! Payments, refunds, disputes, aging and journal, through HTTP.

mod disputes;
mod payments;
mod plan;
mod refunds;
mod reports;
