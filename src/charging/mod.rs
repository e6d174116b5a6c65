//! From usage to charges: the rating pool.
//!
//! - `take_in` is how usage gets in, in its order; `pool` has the threads and hands usage to them, `turn` is who may write what a thread keeps; `intake` checks what comes in;
//! - `guide` finds who pays, `payer` knows by which prices, which `tariffs` compiles;
//! - `worker` is a thread: it rates a batch (`charge`, on a `basis`), notes what that moves (`book`) and writes it (`batch`); `reply` tells who waits;
//! - `measure` is what operators see of it; `assurance` says what became of records, `trace` why one costs what it costs, `recycle` sends rejected
//!   ones through again, `rerate` those that have a price;
//! - `late` notes usage that came too late for what was rated before it, `catch_up` is the job that puts it
//!   in order; `left` is what usage has left behind, by its traces, `forward` what is put back of it;
//! - `spend` adds up what periods come to, `alert` is what customers are told of; `tally` adds up what waits
//!   to be billed;
//! - `owner` is what usage leaves behind with a product, an account or a group, `part` a session between
//!   its parts, `world` the owners of one thread;
//! - `balance` shows what is left with owners, and adds to it.
//!
//! What a usage costs is decided by [`crate::rating::rate`] alone.

mod alert;
pub mod assurance;
pub mod balance;
mod basis;
mod batch;
mod book;
mod catch_up;
mod charge;
mod forward;
mod guide;
mod intake;
mod late;
mod left;
mod measure;
mod owner;
mod part;
mod payer;
mod pen;
mod pool;
pub mod recycle;
mod reply;
pub mod rerate;
mod spend;
mod take_in;
pub mod tally;
mod tariffs;
pub mod trace;
mod turn;
pub mod waiting;
mod worker;
mod world;

pub use batch::{Counts, outcome};
pub use catch_up::CatchUp;
pub use charge::Reason;
pub use intake::Sent;
pub use owner::{Held, Owner};
pub use pool::{Parts, Pool, Settings};
pub use reply::Answer;
pub use take_in::{Order, Place};
