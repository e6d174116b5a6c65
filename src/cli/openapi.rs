//! `tollgate openapi export`.

use std::fs;

use super::Failure;
use super::args::Export;
use crate::api::generated::APIS;
use crate::api::openapi::text;
use crate::domain::descriptor::ApiVersion;

/// Writes one document to standard output or all into a folder.
///
/// # Errors
/// For an unknown API and for what the file system refuses.
pub fn run(export: &Export) -> Result<(), Failure> {
    if let Some(dir) = &export.dir {
        fs::create_dir_all(dir)?;
        for api in APIS {
            let path = dir.join(format!("{}-{}.json", api.id, api.version));
            fs::write(&path, text(api)?)?;
            println!("{}", path.display());
        }
        return Ok(());
    }
    let (Some(id), Some(version)) = (&export.api, &export.version) else {
        return Err(Failure::new("give --dir, or --api and --version"));
    };
    let api = APIS
        .iter()
        .find(|api| {
            api.id.eq_ignore_ascii_case(id) && ApiVersion::parse(version) == Some(api.version)
        })
        .ok_or_else(|| Failure::new(format!("no API {id} {version}; there are {}", known())))?;
    print!("{}", text(api)?);
    Ok(())
}

fn known() -> String {
    let names: Vec<String> = APIS
        .iter()
        .map(|api| format!("{} {}", api.id, api.version))
        .collect();
    names.join(", ")
}
