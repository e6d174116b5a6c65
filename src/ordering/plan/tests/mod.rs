pub mod fixture;
mod golden;
mod units;
