//! Writes generated files, or says which ones on disk are not what would be written.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::emit::File;

/// Folders that hold nothing but generated files: what is there beyond them is left over.
const OWN_FOLDERS: [&str; 1] = ["src/api/generated"];

/// Formats the Rust files with the settings of the repository.
pub fn formatted(root: &Path, files: Vec<File>) -> Result<Vec<File>, String> {
    let format = |file: File| match file.path.ends_with(".rs") {
        true => Ok(File {
            text: rustfmt(root, &file.text).map_err(|e| format!("{}: {e}", file.path))?,
            path: file.path,
        }),
        false => Ok(file),
    };
    files.into_iter().map(format).collect()
}

fn rustfmt(root: &Path, text: &str) -> Result<String, String> {
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--emit", "stdout", "--quiet"])
        .current_dir(root) // where it finds its settings
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| format!("rustfmt cannot be started (rustup component add rustfmt): {e}"))?;
    let mut input = child.stdin.take().ok_or("rustfmt has no input")?;
    let sent = text.to_owned();
    // Fed from a thread: rustfmt may fill its output before it has read all of its input.
    let feeder = std::thread::spawn(move || input.write_all(sent.as_bytes()));
    let output = child.wait_with_output().map_err(|e| e.to_string())?;
    let fed = feeder
        .join()
        .map_err(|_| "feeding rustfmt failed".to_owned())?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    fed.map_err(|e| e.to_string())?;
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

/// Paths whose content on disk differs from the generated one, or that nothing generates any more.
pub fn stale(root: &Path, files: &[File]) -> Vec<String> {
    let differs = |file: &&File| {
        fs::read_to_string(root.join(&file.path)).ok().as_deref() != Some(&file.text)
    };
    let mut stale: Vec<String> = files
        .iter()
        .filter(differs)
        .map(|f| f.path.clone())
        .collect();
    stale.extend(left_over(root, files));
    stale
}

/// Writes the files that differ and removes what is left over. Returns the paths it touched.
pub fn write(root: &Path, files: &[File]) -> Result<Vec<String>, String> {
    let touched = stale(root, files);
    for file in files.iter().filter(|f| touched.contains(&f.path)) {
        let path = root.join(&file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        }
        fs::write(&path, &file.text).map_err(|e| format!("{}: {e}", file.path))?;
    }
    for path in left_over(root, files) {
        fs::remove_file(root.join(&path)).map_err(|e| format!("{path}: {e}"))?;
    }
    Ok(touched)
}

fn left_over(root: &Path, files: &[File]) -> Vec<String> {
    let mut found = Vec::new();
    for folder in OWN_FOLDERS {
        list(root, folder, &mut found);
    }
    found.retain(|path| !files.iter().any(|f| f.path == *path));
    found.sort();
    found
}

fn list(root: &Path, folder: &str, found: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        return;
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        let path = format!("{folder}/{name}");
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => list(root, &path, found),
            _ => found.push(path),
        }
    }
}
