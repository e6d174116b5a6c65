//! The server put together: configuration in, a running gateway out.
//!
//! `parts` builds engine and workers from the configuration; `run` binds, serves and drains. The
//! command line, the demo and the tests all start servers this way. `bare` answers without any of
//! this, for comparison.

mod bare;
mod parts;
mod run;
mod settings;

pub use bare::{Bare, start_bare};
pub use parts::{Parts, StartError, Work};
pub use run::{Control, Running, start, start_with, within_runtime};
pub use settings::{ordering as ordering_settings, transfer as transfer_settings};
