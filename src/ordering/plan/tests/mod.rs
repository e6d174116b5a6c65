pub mod fixture;
mod golden;
mod speed;
mod units;
