//! The folder for files: opening, writing and replacing files below it, and nowhere else.
//!
//! Links below the folder are followed as long as they stay inside it. What a file is named by is
//! resolved completely before it is opened, and the resolved path is opened.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::halt::Halt;

/// Opens a file for reading.
///
/// # Errors
/// `Fatal` when there is no such file, it is no regular file, or a link leads out of the folder.
pub fn open(folder: &Path, relative: &Path) -> Result<File, Halt> {
    let root = root(folder)?;
    let path = root
        .join(relative)
        .canonicalize()
        .map_err(|error| fatal(relative, &error))?;
    inside(&root, &path, relative)?;
    let file = File::open(&path).map_err(|error| fatal(relative, &error))?;
    let data = file.metadata().map_err(|error| fatal(relative, &error))?;
    if !data.is_file() {
        return Err(Halt::Fatal(format!("{} is no file", relative.display())));
    }
    Ok(file)
}

/// A file that is written under another name and takes its own when it is complete, so that
/// nobody reads half of it.
pub struct Draft {
    path: PathBuf,
    target: Option<PathBuf>,
}

impl Draft {
    /// A draft for a file below the folder; folders on the way are made.
    ///
    /// # Errors
    /// `Fatal` when a link leads out of the folder or a part of the way is no folder.
    pub fn of(folder: &Path, relative: &Path, job: &str) -> Result<Self, Halt> {
        let root = root(folder)?;
        let (Some(parent), Some(name)) = (relative.parent(), relative.file_name()) else {
            return Err(Halt::Fatal("the URL does not name a file".to_owned()));
        };
        let mut at = root.clone();
        for part in parent.components() {
            at.push(part);
            match fs::create_dir(&at) {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                    return Err(fatal(relative, &error));
                }
                _ => {}
            }
            // Each step, or a link could lead out before the next folder is made.
            at = at.canonicalize().map_err(|error| fatal(relative, &error))?;
            inside(&root, &at, relative)?;
        }
        let target = at.join(name);
        if target.is_dir() {
            return Err(Halt::Fatal(format!("{} is a folder", relative.display())));
        }
        Ok(Draft {
            path: at.join(draft_name(job)),
            target: Some(target),
        })
    }

    /// A draft that never becomes a file of the folder: what is sent elsewhere.
    ///
    /// # Errors
    /// As [`Draft::of`].
    pub fn passing(folder: &Path, job: &str) -> Result<Self, Halt> {
        Ok(Draft {
            path: root(folder)?.join(draft_name(job)),
            target: None,
        })
    }

    /// Opens the draft with its first `length` bytes, to append; `None` when it has not so many,
    /// because it was begun on another machine or removed.
    ///
    /// # Errors
    /// What the system says.
    pub fn append(&self, length: u64) -> Result<Option<File>, Halt> {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(&self.path)?;
        if file.metadata()?.len() < length {
            return Ok(None);
        }
        file.set_len(length)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Some(file))
    }

    /// Gives the draft its name. Repeating it after a crash does no harm.
    ///
    /// # Errors
    /// `Fatal` when the system refuses.
    pub fn publish(&self) -> Result<(), Halt> {
        let Some(target) = &self.target else {
            return Ok(());
        };
        match fs::rename(&self.path, target) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && target.exists() => {}
            other => other?,
        }
        if let Some(parent) = target.parent() {
            // The new name is durable once the folder is.
            File::open(parent)?.sync_all()?;
        }
        Ok(())
    }

    /// Removes the draft, when it is still there.
    pub fn discard(&self) {
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, "the draft of an export could not be removed");
            }
            _ => {}
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

fn draft_name(job: &str) -> String {
    format!(".export-{job}.part")
}

/// The folder itself, made when it is not there yet.
fn root(folder: &Path) -> Result<PathBuf, Halt> {
    let shown = |error: &std::io::Error| {
        tracing::error!(folder = %folder.display(), %error, "the folder for files cannot be used");
        Halt::Fatal("the folder for files cannot be used".to_owned())
    };
    fs::create_dir_all(folder).map_err(|error| shown(&error))?;
    folder.canonicalize().map_err(|error| shown(&error))
}

fn inside(root: &Path, path: &Path, shown: &Path) -> Result<(), Halt> {
    if path.starts_with(root) {
        return Ok(());
    }
    Err(Halt::Fatal(format!(
        "{} leads out of the folder for files",
        shown.display()
    )))
}

fn fatal(path: &Path, error: &std::io::Error) -> Halt {
    match error.kind() {
        std::io::ErrorKind::NotFound => Halt::Fatal(format!("there is no file {}", path.display())),
        _ => Halt::Fatal(format!("{}: {error}", path.display())),
    }
}

/// Reads and throws away, for streams that cannot jump.
///
/// # Errors
/// What the stream says; `Fatal` when it is shorter.
pub fn skip(reader: &mut dyn Read, bytes: u64) -> Result<(), Halt> {
    let skipped = std::io::copy(&mut reader.take(bytes), &mut std::io::sink())?;
    if skipped < bytes {
        return Err(Halt::Fatal(
            "the file has become shorter since the job began".to_owned(),
        ));
    }
    Ok(())
}

/// Makes what was written durable and says how long the file is.
///
/// # Errors
/// What the system says.
pub fn settle(file: &mut File) -> Result<u64, Halt> {
    file.flush()?;
    file.sync_data()?;
    Ok(file.stream_position()?)
}
