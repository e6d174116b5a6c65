//! Laws of rating, with arbitrary input.
