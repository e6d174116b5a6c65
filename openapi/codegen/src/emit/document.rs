//! The published OpenAPI documents, assembled by the code that the server runs.

use crate::api::openapi;
use crate::model::Api;

use super::{File, leak};

/// The document of an API version.
pub fn file(api: &Api) -> Result<File, String> {
    let path = format!("openapi/{}-{}.json", api.id, api.version);
    match openapi::text(leak::api(api)) {
        Ok(text) => Ok(File { path, text }),
        Err(error) => Err(format!("{path}: {error}")),
    }
}
