//! What the tests of this binary share: databases, servers, clients, subscribers.
//!
//! A test names what it needs and runs on SQLite and on PostgreSQL:
//!
//! ```ignore
//! each_api(async |api| {
//!     let offering = api.make("productOffering", json!({"name": "Fiber"})).await;
//!     api.get(&format!("productOffering/{}", id(&offering))).await.must_be(200);
//! });
//! ```

mod database;
mod http;
mod listener;
pub mod marked;
mod oss;
mod postgres;
mod process;
mod server;

pub use database::{Database, System, each_database, within};
pub use http::{Answer, Api, encode, id};
pub use listener::Listener;
pub use oss::{Operator, TOKEN, item_of, quick};
pub use process::Process;
pub use server::{Setup, TestServer, client, each_api, each_server, names};
