//! Tests of rating as a whole: the golden suite in files, and the laws that must always hold.

mod arithmetic;
mod golden;
mod international;
mod laws;
mod life;
mod lint;
mod period;
mod shown;
mod world;
