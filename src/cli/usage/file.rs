//! Reading a file on a thread of its own: its records in parts, and how it ended.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::mpsc::Sender;

use crate::charging::Sent;
use crate::usage_file::{Control, Fault, FileFault, Mapping, Reader, RowFault, Totals};

/// Records that are handed over together.
const RECORDS: usize = 512;

/// Records with the lines that they begin in.
#[derive(Default)]
pub struct Part {
    pub lines: Vec<u64>,
    pub records: Vec<Sent>,
}

/// What comes out of a file while it is read.
pub enum Step {
    Part(Part),
    Unreadable(RowFault),
}

/// How a file ended.
pub struct End {
    pub totals: Totals,
    /// What the file, or one beside it, says that it holds.
    pub control: Option<Control>,
    pub lacks_trailer: bool,
    /// Why the rest cannot be read.
    pub fault: Option<FileFault>,
    /// The last line that a record begins in.
    pub line: u64,
    /// Somebody ended it before the end of the file.
    pub interrupted: bool,
}

/// The file with the control totals of another one.
pub fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".control.json");
    PathBuf::from(name)
}

/// Reads a file to its end, or until `stop`. Waits where nobody takes what it has read.
///
/// # Errors
/// When the file cannot be opened, does not fit the mapping, or the control totals beside it cannot be read.
pub fn read(
    mapping: Arc<Mapping>,
    path: &Path,
    stop: &AtomicBool,
    out: &Sender<Step>,
) -> Result<End, String> {
    let shown = path.display();
    let unusable = |error: &dyn std::fmt::Display| format!("{shown}: {error}");
    let control = control_beside(path)?;
    let input = open(path).map_err(|error| unusable(&error))?;
    let mut reader = Reader::open(mapping, input).map_err(|fault| unusable(&fault))?;
    let (mut part, mut line, mut fault) = (Part::default(), 0, None);
    let mut interrupted = false;
    loop {
        if stop.load(Ordering::Relaxed) {
            interrupted = true;
            break;
        }
        let step = match reader.record() {
            None => break,
            Some(Ok(record)) => {
                line = record.line;
                let mut text = Vec::with_capacity(512);
                record.write(&mut text);
                part.lines.push(line);
                part.records.push(Sent::Text(text));
                if part.records.len() < RECORDS {
                    continue;
                }
                Step::Part(std::mem::take(&mut part))
            }
            Some(Err(Fault::Row(fault))) => Step::Unreadable(fault),
            Some(Err(Fault::File(last))) => {
                fault = Some(last);
                break;
            }
        };
        if out.blocking_send(step).is_err() {
            // Who took them has failed, and says why.
            interrupted = true;
            break;
        }
    }
    if !part.records.is_empty() {
        // As above.
        let _ = out.blocking_send(Step::Part(part));
    }
    Ok(End {
        totals: reader.totals().clone(),
        control: reader.control().cloned().or(control),
        lacks_trailer: reader.lacks_trailer(),
        fault,
        line,
        interrupted,
    })
}

fn open(path: &Path) -> std::io::Result<Box<dyn Read + Send>> {
    if path.as_os_str() == "-" {
        return Ok(Box::new(std::io::stdin()));
    }
    Ok(Box::new(File::open(path)?))
}

fn control_beside(path: &Path) -> Result<Option<Control>, String> {
    let path = beside(path);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    };
    let control = Control::read(&text);
    control
        .map(Some)
        .map_err(|error| format!("{}: {error}", path.display()))
}
