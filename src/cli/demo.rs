use super::Failure;
pub async fn run(_l: &super::config::Loaded, _a: &super::args::Demo) -> Result<(), Failure> { Ok(()) }
