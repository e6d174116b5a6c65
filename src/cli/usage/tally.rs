//! What became of the records of an import: counted, and those that were not rated told.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::file::End;
use crate::api::error;
use crate::charging::Answer;
use crate::domain::usage_status::UsageStatus;
use crate::usage_file::RowFault;

/// Records that are told on standard error.
const TOLD: u64 = 20;
/// Time between two lines about the progress.
const TOLD_EVERY: Duration = Duration::from_secs(2);

/// Counts over all files.
pub struct Tally {
    received: u64,
    rated: u64,
    rejected: u64,
    duplicate: u64,
    refused: u64,
    unreadable: u64,
    begun: Instant,
    last: Instant,
    report: Report,
}

/// Where records go that were not rated.
enum Report {
    File(BufWriter<File>),
    /// Standard error, for the first ones.
    Terminal {
        told: u64,
    },
}

impl Tally {
    /// Nothing has come yet.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn new(report: Option<&Path>) -> std::io::Result<Self> {
        let now = Instant::now();
        Ok(Tally {
            received: 0,
            rated: 0,
            rejected: 0,
            duplicate: 0,
            refused: 0,
            unreadable: 0,
            begun: now,
            last: now,
            report: match report {
                Some(path) => Report::File(BufWriter::new(File::create(path)?)),
                None => Report::Terminal { told: 0 },
            },
        })
    }

    /// Records that were answered.
    pub fn received(&self) -> u64 {
        self.received
    }

    /// True when a row was lost: it could not be read, or was not stored.
    pub fn has_lost(&self) -> bool {
        self.unreadable + self.refused > 0
    }

    /// Counts a row that cannot be read.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn unreadable(&mut self, file: &str, fault: &RowFault) -> std::io::Result<()> {
        self.unreadable += 1;
        let entry = json!({
            "file": file, "line": fault.line, "status": "unreadable",
            "column": fault.column, "message": fault.message,
        });
        self.report.write(&entry)
    }

    /// Counts answers about the records that begin in these lines.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn add(&mut self, file: &str, lines: &[u64], answers: Vec<Answer>) -> std::io::Result<()> {
        for (line, answer) in lines.iter().zip(answers) {
            self.received += 1;
            if let Some(entry) = self.count(file, *line, answer) {
                self.report.write(&entry)?;
            }
        }
        self.tell();
        Ok(())
    }

    fn count(&mut self, file: &str, line: u64, answer: Answer) -> Option<Value> {
        match answer {
            Answer::Stored {
                status: UsageStatus::Rated,
                ..
            } => {
                self.rated += 1;
                None
            }
            Answer::Stored { id, reason, .. } => {
                self.rejected += 1;
                let reason = reason.map(
                    |reason| json!({ "code": reason.code.as_str(), "detail": reason.message }),
                );
                Some(json!({
                    "file": file, "line": line, "status": "rejected", "id": id, "statusReason": reason,
                }))
            }
            Answer::Repeated { .. } => {
                self.duplicate += 1;
                None
            }
            Answer::Refused(problem) => {
                self.refused += 1;
                let error = error::body(&problem);
                Some(json!({ "file": file, "line": line, "status": "refused", "error": error }))
            }
            Answer::Gone => {
                self.refused += 1;
                let message = "not known what became of it: import it again";
                Some(json!({ "file": file, "line": line, "status": "refused", "message": message }))
            }
        }
    }

    /// The progress, from time to time.
    fn tell(&mut self) {
        if self.last.elapsed() < TOLD_EVERY {
            return;
        }
        self.last = Instant::now();
        eprintln!(
            "{} records, {} per second",
            self.received,
            self.per_second()
        );
    }

    fn per_second(&self) -> u128 {
        u128::from(self.received) * 1_000 / self.begun.elapsed().as_millis().max(1)
    }

    /// The counts in a line, and what is left out on the terminal.
    ///
    /// # Errors
    /// When the report cannot be written.
    pub fn finish(&mut self) -> std::io::Result<String> {
        match &mut self.report {
            Report::File(file) => file.flush()?,
            Report::Terminal { told } if *told > TOLD => {
                let left = *told - TOLD;
                eprintln!("{left} more are not shown; --report FILE takes all of them");
            }
            Report::Terminal { .. } => {}
        }
        Ok(format!(
            "{} received: {} rated, {} rejected, {} duplicate, {} refused; {} rows unreadable; {} per second",
            self.received,
            self.rated,
            self.rejected,
            self.duplicate,
            self.refused,
            self.unreadable,
            self.per_second()
        ))
    }
}

impl Report {
    fn write(&mut self, entry: &Value) -> std::io::Result<()> {
        match self {
            Report::File(file) => writeln!(file, "{entry}"),
            Report::Terminal { told } => {
                *told += 1;
                if *told <= TOLD {
                    eprintln!("{entry}");
                }
                Ok(())
            }
        }
    }
}

/// What a file held, and whether that is what it should hold.
pub fn reconcile(end: &End) -> (String, bool) {
    let totals = &end.totals;
    let held = format!(
        "{} rows, {} usage, {} no usage, {} unreadable",
        totals.rows, totals.usage, totals.passed_over, totals.faulty
    );
    if let Some(fault) = &end.fault {
        return (format!("{held}; the rest cannot be read: {fault}"), false);
    }
    if end.interrupted {
        return (
            format!("{held}; interrupted behind line {}", end.line),
            false,
        );
    }
    if end.lacks_trailer {
        let message = "the trailer is missing, so the file was probably cut off";
        return (format!("{held}; {message}"), false);
    }
    let Some(control) = &end.control else {
        return (format!("{held}; no control totals"), true);
    };
    let differences = totals.differences(control);
    if differences.is_empty() {
        return (format!("{held}; the control totals agree"), true);
    }
    let each = differences.iter().map(|own| {
        format!(
            "{} should be {} and is {}",
            own.total, own.declared, own.found
        )
    });
    let each: Vec<String> = each.collect();
    let message = format!("{held}; the control totals differ: {}", each.join(", "));
    (message, false)
}
