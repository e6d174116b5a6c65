//! The text of `errorLog`: bounded, one line for each record, the rest counted.

use serde::{Deserialize, Serialize};

use super::input::record::Refused;

/// Lines so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorLog {
    text: String,
    /// Lines that found no room.
    left_out: u64,
}

/// Room for the lines that say how many there are.
const RESERVE: usize = 512;
/// A message may quote what a client sent.
const LINE_MAX: usize = 1000;

impl ErrorLog {
    /// Adds a record that was refused.
    pub fn refuse(&mut self, refused: &Refused, max: usize) {
        let Refused {
            line,
            number,
            what,
            problem,
        } = refused;
        let what = if what.is_empty() {
            String::new()
        } else {
            format!(", {what}")
        };
        // What only an operator may see is not part of the message.
        self.add(
            &format!("line {line}, record {number}{what}: {}", problem.message),
            max,
        );
    }

    /// Adds a line. A text of several lines becomes one.
    pub fn add(&mut self, line: &str, max: usize) {
        let line = line
            .get(..line.floor_char_boundary(LINE_MAX))
            .unwrap_or_default();
        if self.left_out > 0 || self.text.len() + line.len() + RESERVE > max {
            self.left_out += 1;
            return;
        }
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.text
            .extend(line.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }

    /// The whole text below a heading; `None` when there is nothing to say.
    pub fn finish(&self, heading: Option<&str>) -> Option<String> {
        let mut parts: Vec<String> = heading.map(str::to_owned).into_iter().collect();
        if !self.text.is_empty() {
            parts.push(self.text.clone());
        }
        if self.left_out > 0 {
            parts.push(format!("and {} more", self.left_out));
        }
        (!parts.is_empty()).then(|| parts.join("\n"))
    }
}
