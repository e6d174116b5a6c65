//! Tests of bills: worked examples and laws.

mod golden;
mod laws;
mod world;
