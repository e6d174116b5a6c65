//! What must not bring the server down: many clients at once, bad input, a kill.

mod concurrency;
mod crash;
mod customer_import;
mod hostile;
mod orders;
