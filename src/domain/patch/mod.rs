//! Changing a document: JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902) and TM Forum's JSON
//! Patch Query (TMF630 part 5), where a path may select array elements by a condition.
//!
//! A patch applies whole or not at all. Errors carry a pointer into the patch document, for example
//! `/3/path` for the path of the fourth operation; for a merge patch the pointer is that of the
//! attribute.

mod condition;
mod equality;
mod merge;
mod operations;
mod path;
mod pointer;
mod read_only;
mod selection;

pub use equality::same;
pub use read_only::{changed, check_read_only, without_owned};

use serde_json::Value;

use crate::domain::descriptor::PATCH_MEDIA;
use crate::domain::json::Limits;
use crate::domain::problem::{Code, Outcome, Problem};

/// Most operations that one JSON Patch may have; more is refused with [`Code::LimitExceeded`].
pub const MAX_OPERATIONS: usize = 1_000;

/// Most JSON values that `copy` and `add` of one patch may bring in together. A chain of copies
/// doubles the document at each step, so the number of operations alone bounds nothing.
pub const MAX_COPIED_VALUES: usize = 200_000;

/// How deep a patched document may be; the reader of documents stops there too.
pub(crate) const MAX_DEPTH: usize = Limits::MAX_DEPTH;

/// How the body of a PATCH is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PatchKind {
    /// RFC 7396; also what plain `application/json` means (TMF630 part 1, section 5).
    Merge,
    /// RFC 6902.
    Json,
    /// RFC 6902 with conditions in the paths (TMF630 part 5).
    JsonQuery,
}

impl PatchKind {
    /// The kind that a `Content-Type` announces; parameters such as `charset` do not matter.
    pub fn from_media(media_type: &str) -> Option<Self> {
        let essence = media_type.split(';').next().unwrap_or("").trim();
        let at = PATCH_MEDIA
            .iter()
            .position(|name| essence.eq_ignore_ascii_case(name))?;
        Some(match at {
            0 | 1 => PatchKind::Merge,
            2 => PatchKind::Json,
            _ => PatchKind::JsonQuery,
        })
    }
}

/// Applies a patch to a resource document. On an error the target is as it was.
///
/// Fails with [`Code::InvalidPatch`] for a patch that is not well-formed or does not fit the
/// document, [`Code::Conflict`] for a `test` that does not hold, [`Code::LimitExceeded`] for a
/// patch that is too large.
pub fn apply(kind: PatchKind, target: &mut Value, patch: &Value) -> Outcome<()> {
    match kind {
        PatchKind::Merge if patch.is_object() => {
            merge::merge(target, patch);
            Ok(())
        }
        PatchKind::Merge => Err(Problem::at(
            Code::InvalidPatch,
            "",
            "a merge patch must be a JSON object",
        )),
        PatchKind::Json | PatchKind::JsonQuery => {
            let mut changed = target.clone();
            operations::apply(&mut changed, patch, kind == PatchKind::JsonQuery)?;
            if !changed.is_object() {
                return Err(Problem::new(
                    Code::InvalidPatch,
                    "After the patch the resource would not be a JSON object.",
                ));
            }
            *target = changed;
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests;
