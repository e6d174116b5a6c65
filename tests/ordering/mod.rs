//! Product orders from POST to their end, against a simulated OSS on a real socket.

mod amend;
mod busy;
mod callbacks;
mod cancel;
mod change;
mod commands;
mod customers;
mod events;
mod fallout;
mod forward;
mod pending;
mod rejected;
mod retries;
mod simulation;
mod workers;
