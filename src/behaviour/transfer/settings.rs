//! What an operator decides about imports and exports.

use std::path::PathBuf;

use crate::domain::json::Limits;

/// Settings of import and export jobs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Folder of `file:` URLs; nothing outside it is reachable.
    pub files_dir: PathBuf,
    /// Records of an import that share one commit.
    pub batch: usize,
    /// Bytes of a file at most, after decompression.
    pub max_file_bytes: u64,
    /// Bytes of one record at most.
    pub record_bytes: usize,
    /// Limits of the JSON of one record.
    pub json: Limits,
    /// Bytes of `errorLog` at most; further errors are only counted.
    pub error_log_bytes: usize,
    /// An import ends at the first bad record instead of passing over it. What came before stays.
    pub stop_on_error: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            files_dir: PathBuf::from("data/files"),
            batch: 500,
            max_file_bytes: 10 << 30,
            record_bytes: 1 << 20,
            json: Limits::default(),
            error_log_bytes: 64 << 10,
            stop_on_error: false,
        }
    }
}
