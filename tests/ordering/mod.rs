//! Product orders from POST to their end, against a simulated OSS on a real socket.

mod forward;
mod simulation;
