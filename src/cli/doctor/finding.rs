//! What the doctor found, and how it is told.

use serde_json::{Value, json};

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Ok,
    /// Works, but is probably not meant so or will not last.
    Warn,
    /// Has to be mended.
    Fail,
}

impl Level {
    pub fn as_str(self) -> &'static str {
        match self {
            Level::Ok => "ok",
            Level::Warn => "warn",
            Level::Fail => "fail",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    pub check: &'static str,
    pub level: Level,
    pub message: String,
    /// What to do about it; empty when nothing is to be done.
    pub mend: String,
}

/// Shortens the making of findings of one check.
#[derive(Clone, Copy)]
pub struct Check(pub &'static str);

impl Check {
    pub fn ok(self, message: impl Into<String>) -> Finding {
        self.finding(Level::Ok, message.into(), String::new())
    }

    pub fn warn(self, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        self.finding(Level::Warn, message.into(), mend.into())
    }

    pub fn fail(self, message: impl Into<String>, mend: impl Into<String>) -> Finding {
        self.finding(Level::Fail, message.into(), mend.into())
    }

    fn finding(self, level: Level, message: String, mend: String) -> Finding {
        Finding {
            check: self.0,
            level,
            message,
            mend,
        }
    }
}

/// The worst of all.
pub fn worst(findings: &[Finding]) -> Level {
    findings
        .iter()
        .map(|finding| finding.level)
        .max()
        .unwrap_or(Level::Ok)
}

/// Lines for people.
pub fn text(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (level, check) = (finding.level.as_str(), finding.check);
        text.push_str(&format!("{level:<5} {check:<14} {}\n", finding.message));
        if !finding.mend.is_empty() {
            text.push_str(&format!("{:20} -> {}\n", "", finding.mend));
        }
    }
    let count = |level| {
        findings
            .iter()
            .filter(|finding| finding.level == level)
            .count()
    };
    let (fails, warns) = (count(Level::Fail), count(Level::Warn));
    text.push_str(&match (fails, warns) {
        (0, 0) => "\nEverything is as it should be.\n".to_owned(),
        (0, _) => format!("\nNothing has to be mended; {warns} to look at.\n"),
        _ => format!("\n{fails} to mend, {warns} to look at.\n"),
    });
    text
}

/// An object for programs.
pub fn json(findings: &[Finding]) -> Value {
    let list: Vec<Value> = findings
        .iter()
        .map(|finding| {
            let mut entry = json!({
                "check": finding.check,
                "level": finding.level.as_str(),
                "message": finding.message
            });
            if let (false, Some(entry)) = (finding.mend.is_empty(), entry.as_object_mut()) {
                entry.insert("mend".to_owned(), Value::from(finding.mend.clone()));
            }
            entry
        })
        .collect();
    json!({ "result": worst(findings).as_str(), "findings": list })
}

#[cfg(test)]
mod tests {
    use super::{Check, Level, json, text, worst};

    #[test]
    fn the_worst_decides() {
        let check = Check("clock");
        let mut findings = vec![check.ok("fine")];
        assert_eq!(worst(&findings), Level::Ok);
        assert!(text(&findings).contains("Everything"));
        findings.push(check.warn("odd", "look"));
        assert_eq!(worst(&findings), Level::Warn);
        findings.push(check.fail("bad", "mend it"));
        assert_eq!(worst(&findings), Level::Fail);
        let shown = text(&findings);
        assert!(
            shown.contains("fail  clock") && shown.contains("-> mend it"),
            "{shown}"
        );
        assert!(shown.contains("1 to mend, 1 to look at"), "{shown}");
        let json = json(&findings);
        assert_eq!(json["result"], "fail");
        assert_eq!(json["findings"][2]["mend"], "mend it");
        assert!(json["findings"][0].get("mend").is_none());
    }
}
