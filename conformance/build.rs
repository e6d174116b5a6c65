//! Lists the profiles, so that a new API version is one more file in `profiles/` and nothing else.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("profiles");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()?;
    paths.retain(|path| {
        path.extension()
            .is_some_and(|extension| extension == "yaml")
    });
    // Directory order differs between machines; the order of a report must not.
    paths.sort();
    let entries: Vec<String> = paths
        .iter()
        .map(|path| format!("    include_str!({:?}),\n", path.display().to_string()))
        .collect();
    let code = format!("&[\n{}]\n", entries.concat());
    fs::write(
        PathBuf::from(env::var("OUT_DIR")?).join("profiles.rs"),
        code,
    )?;
    Ok(())
}
