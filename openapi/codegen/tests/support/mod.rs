//! What the tests share.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::path::{Path, PathBuf};

use codegen::model::Model;
use codegen::resolve;
use codegen::source::Sources;

/// The repository that this crate stands in.
pub fn repository() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .nth(2)
        .expect("openapi/codegen is two levels deep")
        .to_owned()
}

/// The model as it is in the repository.
pub fn model() -> Model {
    let sources = Sources::read(&repository().join("openapi/model"));
    resolve::resolve(&sources.expect("model files")).expect("a sound model")
}
