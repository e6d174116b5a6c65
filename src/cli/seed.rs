use super::Failure;
pub async fn run(_l: &super::config::Config, _a: &super::args::Seed) -> Result<(), Failure> { Ok(()) }
