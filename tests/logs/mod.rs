//! Nothing personal gets into the log: not when all goes well, not when a request is refused.

mod calls;
mod requests;
