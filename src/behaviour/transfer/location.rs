//! Where the file of a job is: on another machine, or in the folder for files.

use std::path::{Component, Path, PathBuf};

use crate::domain::adapt::href::decode;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::outbound::{Policy, check_url};

use super::Settings;

/// The place that the `url` of a job names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// Path below the folder for files, made of plain names.
    File(PathBuf),
    /// An `http` or `https` URL that the policy allows as far as its text tells.
    Web(String),
}

impl Location {
    /// Reads the `url` of a job. Does no I/O: links in the folder and the addresses of a host are
    /// looked at when the file is opened.
    ///
    /// # Errors
    /// `UrlRefused` at `/url` with the reason.
    pub fn parse(settings: &Settings, policy: &Policy, url: &str) -> Outcome<Self> {
        match url.get(..5) {
            Some(scheme) if scheme.eq_ignore_ascii_case("file:") => {
                let path = url.get(5..).unwrap_or_default();
                file(&settings.files_dir, path)
                    .map(Location::File)
                    .map_err(|why| refuse(&why))
            }
            _ => check_url(policy, url)
                .map(|url| Location::Web(url.into()))
                .map_err(|problem| refuse(&problem.message)),
        }
    }

    /// The part of the name after the last dot, and the one before it when the last is `gz`.
    pub fn suffixes(&self) -> (Option<String>, bool) {
        let path = match self {
            Location::File(path) => path.to_string_lossy().into_owned(),
            Location::Web(url) => url.split(['?', '#']).next().unwrap_or_default().to_owned(),
        };
        let name = path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_ascii_lowercase();
        let (name, zipped) = match name.strip_suffix(".gz") {
            Some(inner) => (inner.to_owned(), true),
            None => (name, false),
        };
        (
            name.rsplit_once('.').map(|(_, suffix)| suffix.to_owned()),
            zipped,
        )
    }
}

fn refuse(why: &str) -> Problem {
    Problem::at(Code::UrlRefused, "/url", why)
}

/// `name.json` and `folder/name.json` are below the folder; an absolute path must lead there.
/// RFC 8089 writes the latter with an empty or local host: `file:///srv/files/name.json`.
fn file(folder: &Path, path: &str) -> Result<PathBuf, String> {
    let path = match path.strip_prefix("//") {
        None => path,
        Some(rest) => {
            let rest = rest.strip_prefix("localhost").unwrap_or(rest);
            if !rest.starts_with('/') {
                return Err("a file URL must not name another machine".to_owned());
            }
            rest
        }
    };
    let path = decode(path).ok_or("the percent encoding is broken")?;
    let relative = match path.strip_prefix('/') {
        None => PathBuf::from(&path),
        Some(_) => std::path::absolute(folder)
            .ok()
            .and_then(|folder| {
                Path::new(&path)
                    .strip_prefix(folder)
                    .map(Path::to_owned)
                    .ok()
            })
            .ok_or("only files below the folder for files can be used")?,
    };
    let text = relative.to_string_lossy();
    if text.is_empty() || text.ends_with('/') {
        return Err("it does not name a file".to_owned());
    }
    if text.contains(['\0', '\\']) || text.len() > 1024 {
        return Err("the name of the file is not acceptable".to_owned());
    }
    // `components` would drop a single dot in the middle, which is harmless but no plain name.
    let plain = relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
        && text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if !plain {
        return Err("the path must be made of plain names, without . and ..".to_owned());
    }
    Ok(relative)
}
