//! Pure rules and values: no I/O, no database, no HTTP. Everything here can be tested with a
//! function call.

pub mod adapt;
pub mod billing_cycle;
pub mod clock;
pub mod country;
pub mod descriptor;
pub mod document;
pub mod identifier;
pub mod ids;
pub mod json;
pub mod masked;
pub mod mode;
pub mod money;
pub mod packed;
pub mod patch;
pub mod personal;
pub mod problem;
pub mod query;
pub mod state_machine;
pub mod text;
pub mod usage_facts;
pub mod usage_name;
pub mod usage_said;
pub mod usage_status;
pub mod value;
pub mod version;
