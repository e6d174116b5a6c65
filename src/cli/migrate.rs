//! `tollgate migrate`.

use super::Failure;
use super::config::Config;
use crate::store::{Store, Target};

/// Brings the schema up to date and says what it did.
///
/// # Errors
/// When the database cannot be reached or a migration fails.
pub fn run(config: &Config) -> Result<(), Failure> {
    let target = Target::parse(&config.database).map_err(Failure::new)?;
    let done = Store::migrate(&target)?;
    for name in &done {
        println!("applied {name}");
    }
    let known = Store::migrations(&target)?.len();
    println!("{target}: {} applied now, {known} in all", done.len());
    Ok(())
}
