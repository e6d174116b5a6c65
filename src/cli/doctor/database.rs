//! The database: reachable, of which version, with which schema, on which clock.

use super::finding::{Check, Finding};
use crate::cli::config::Config;
use crate::domain::clock::Micros;
use crate::store::{Inspection, Store, Target};

/// Clocks of two machines may differ by so much before anybody notices.
const TOLERANCE_S: i64 = 2;
/// From here on leases and due times of several processes go wrong.
const BAD_S: i64 = 30;
/// A clock before this has not been set: the program is younger.
const EARLIEST: &str = "2024-01-01T00:00:00Z";

const DATABASE: Check = Check("database");
const SCHEMA: Check = Check("migrations");
const CLOCK: Check = Check("clock");

/// Looks at the database and, by it, at the clock.
pub fn examine(config: &Config, now: Micros) -> Vec<Finding> {
    let mut findings = vec![year(now)];
    let target = match Target::parse(&config.database) {
        Ok(target) => target,
        Err(why) => {
            findings.push(DATABASE.fail(why, "correct the setting `database`"));
            return findings;
        }
    };
    match Store::inspect(&target) {
        Ok(None) => findings.push(absent(config, &target)),
        Ok(Some(seen)) => {
            findings.push(DATABASE.ok(format!("{target}, {} {}", target.system(), seen.version)));
            findings.extend(schema(config, &seen));
            findings.extend(clock(&seen, now));
        }
        Err(error) => {
            // libpq explains itself in several lines.
            let error = error.to_string();
            let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
            findings.push(DATABASE.fail(format!("{target}: {error}"), remedy(&target)));
        }
    }
    findings
}

fn remedy(target: &Target) -> &'static str {
    match target {
        Target::Sqlite(_) => {
            "the path must name a SQLite database in a folder that this user may write to"
        }
        Target::Postgres(_) => {
            "start the PostgreSQL server; check host, port, user, password and database of the URL"
        }
    }
}

fn absent(config: &Config, target: &Target) -> Finding {
    let message = format!("{target} does not exist yet");
    match target {
        Target::Sqlite(path) if !super::files::takes(path.as_ref()) => DATABASE.fail(
            format!("{message} and cannot be made there"),
            "make its folder, and give this user the right to write to it",
        ),
        _ if config.migrate => DATABASE.ok(format!("{message}; the server makes it at its start")),
        _ => DATABASE.fail(message, "run `tollgate migrate`"),
    }
}

fn schema(config: &Config, seen: &Inspection) -> Vec<Finding> {
    let mut findings = Vec::new();
    if !seen.foreign.is_empty() {
        let names = seen.foreign.join(", ");
        findings.push(SCHEMA.fail(
            format!("the database has migrations that this program does not know: {names}"),
            "use the newer version of Tollgate that migrated it, or restore a backup from before",
        ));
    }
    let missing = seen.missing.join(", ");
    findings.push(match (seen.missing.is_empty(), config.migrate) {
        (true, _) => SCHEMA.ok("all applied"),
        (false, true) => SCHEMA.warn(
            format!("missing: {missing}"),
            "the server applies them at its start",
        ),
        (false, false) => SCHEMA.fail(format!("missing: {missing}"), "run `tollgate migrate`"),
    });
    findings
}

fn year(now: Micros) -> Finding {
    let shown = now.to_rfc3339();
    match Micros::parse(EARLIEST) {
        Some(earliest) if now < earliest => CLOCK.fail(
            format!("it says {shown}"),
            "set the clock of this machine, best by NTP",
        ),
        _ => CLOCK.ok(format!("it says {shown}")),
    }
}

fn clock(seen: &Inspection, now: Micros) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Some(server) = seen.server_time {
        let apart = (server.0 - now.0).abs() / 1_000_000;
        let message = format!("{apart} s apart from the database server's");
        let mend = "set the clocks of both machines by NTP: due times and leases are compared";
        findings.push(if apart <= TOLERANCE_S {
            CLOCK.ok("the same as the database server's")
        } else if apart <= BAD_S {
            CLOCK.warn(message, mend)
        } else {
            CLOCK.fail(message, mend)
        });
    }
    if let Some(latest) = seen.latest_write
        && latest.0 - now.0 > TOLERANCE_S * 1_000_000
    {
        findings.push(CLOCK.fail(
            format!(
                "the database holds a write of {}, which is in the future",
                latest.to_rfc3339()
            ),
            "set the clock of this machine; if it is right, another one's was wrong when it wrote",
        ));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::finding::{Level, worst};
    use super::{clock, schema, year};
    use crate::cli::config::{Config, Inputs, resolve};
    use crate::domain::clock::Micros;
    use crate::store::Inspection;

    fn config(migrate: bool) -> Config {
        let mut config = resolve(Inputs::default()).expect("the defaults").config;
        config.migrate = migrate;
        config
    }

    #[test]
    fn clocks() {
        let now = Micros::parse("2026-11-21T12:00:00Z").expect("an instant");
        assert_eq!(year(now).level, Level::Ok);
        assert_eq!(year(Micros(0)).level, Level::Fail);
        let seen = |seconds: i64| Inspection {
            server_time: Some(now.plus_millis(seconds * 1000)),
            ..Inspection::default()
        };
        for (seconds, level) in [(0, Level::Ok), (-10, Level::Warn), (100, Level::Fail)] {
            assert_eq!(worst(&clock(&seen(seconds), now)), level, "{seconds}");
        }
        let written = |seconds: i64| Inspection {
            latest_write: Some(now.plus_millis(seconds * 1000)),
            ..Inspection::default()
        };
        assert_eq!(worst(&clock(&written(-5), now)), Level::Ok);
        assert_eq!(worst(&clock(&written(3600), now)), Level::Fail);
    }

    #[test]
    fn schemas() {
        let missing = Inspection {
            missing: vec!["x".to_owned()],
            ..Inspection::default()
        };
        assert_eq!(worst(&schema(&config(true), &missing)), Level::Warn);
        assert_eq!(worst(&schema(&config(false), &missing)), Level::Fail);
        let foreign = Inspection {
            foreign: vec!["y".to_owned()],
            ..Inspection::default()
        };
        assert_eq!(worst(&schema(&config(true), &foreign)), Level::Fail);
        assert_eq!(
            worst(&schema(&config(false), &Inspection::default())),
            Level::Ok
        );
    }
}
