//! Tests of rating as a whole: the golden suite in files, and the laws that must always hold.

mod arithmetic;
mod golden;
mod laws;
mod shown;
mod world;
