//! `tollgate doctor --references`: lists what points at nothing.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api::generated::APIS;
use crate::behaviour::audit::{Audit, Count, Dangling};
use crate::cli::Failure;
use crate::cli::config::{Config, machines};
use crate::cli::serve::until_told;
use crate::domain::state_machine::Machines;
use crate::engine::{Caller, Registry};
use crate::store::{Session, Store, Target};

/// Between two words on progress.
const PROGRESS: Duration = Duration::from_secs(2);

/// Reads the whole database and prints what dangles; fails when anything does, or when it was told to
/// stop before the end.
///
/// # Errors
/// When the database is not there, is not of this program's schema, or fails.
pub async fn run(config: &Config, json: bool) -> Result<ExitCode, Failure> {
    let target = Target::parse(&config.database).map_err(Failure::new)?;
    let machines = machines(config).map_err(|mistakes| {
        let keys: Vec<&str> = mistakes.iter().map(|own| own.key.as_str()).collect();
        Failure::new(format!(
            "mistakes in {}; run `tollgate doctor`",
            keys.join(", ")
        ))
    })?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let waiting = tokio::spawn(async move {
        if until_told().await.is_ok() {
            told.store(true, Ordering::Relaxed);
        }
    });
    let clean = tokio::task::spawn_blocking(move || {
        let mut session = open(&target)?;
        let output = BufWriter::new(io::stdout().lock());
        let mut report = Report {
            output,
            json,
            listed: false,
        };
        examine(session.as_mut(), machines, &stop, &mut report)
    })
    .await?;
    waiting.abort();
    Ok(match clean? {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn open(target: &Target) -> Result<Box<dyn Session>, Failure> {
    let Some(seen) = Store::inspect(target)? else {
        return Err(Failure::new(format!("{target} does not exist")));
    };
    if !seen.missing.is_empty() || !seen.foreign.is_empty() {
        return Err(Failure::new(format!(
            "{target} does not have this program's schema; run `tollgate doctor`"
        )));
    }
    Ok(Store::look(target)?)
}

/// True when the database was read to its end and nothing is wrong.
fn examine<W: Write>(
    session: &mut dyn Session,
    machines: Machines,
    stop: &AtomicBool,
    report: &mut Report<W>,
) -> Result<bool, Failure> {
    let mut audit = Audit::new(&Registry::new(APIS), machines);
    let mut spoke = Instant::now();
    report.begin()?;
    let complete = loop {
        if stop.load(Ordering::Relaxed) {
            break false;
        }
        let Some(dangling) = audit.step(session)? else {
            break true;
        };
        for found in &dangling {
            report.line(found)?;
        }
        if spoke.elapsed() >= PROGRESS {
            let Count {
                resources,
                dangling,
                ..
            } = audit.total();
            eprintln!("{resources} resources read, {dangling} dangling references so far");
            spoke = Instant::now();
        }
    };
    report.end(&audit, complete)?;
    Ok(complete && is_clean(&audit.total()))
}

fn is_clean(total: &Count) -> bool {
    total.dangling == 0 && total.unreadable == 0
}

/// What is printed, as it is found: the list may be long.
struct Report<W> {
    output: W,
    json: bool,
    /// An entry of the JSON list was written.
    listed: bool,
}

impl<W: Write> Report<W> {
    fn begin(&mut self) -> io::Result<()> {
        match self.json {
            true => self.output.write_all(b"{\"dangling\":["),
            false => Ok(()),
        }
    }

    fn line(&mut self, found: &Dangling) -> io::Result<()> {
        if !self.json {
            return writeln!(self.output, "{}", text(found));
        }
        let comma = if self.listed { "," } else { "" };
        self.listed = true;
        write!(self.output, "{comma}\n{}", entry(found))
    }

    fn end(&mut self, audit: &Audit, complete: bool) -> io::Result<()> {
        let total = audit.total();
        if self.json {
            let kinds: Value = audit
                .counts()
                .iter()
                .map(|(kind, count)| (kind.clone(), numbers(count)))
                .collect();
            let result = match complete && is_clean(&total) {
                true => "ok",
                false => "fail",
            };
            write!(
                self.output,
                "],\n\"kinds\":{kinds},\n\"total\":{},\n",
                numbers(&total)
            )?;
            writeln!(
                self.output,
                "\"complete\":{complete},\"result\":\"{result}\"}}"
            )?;
            return self.output.flush();
        }
        if total.dangling > 0 {
            writeln!(self.output)?;
        }
        for (kind, count) in audit.counts() {
            writeln!(self.output, "{kind:<28} {}", sentence(count))?;
        }
        writeln!(self.output, "{:<28} {}", "total", sentence(&total))?;
        if !complete {
            writeln!(self.output, "stopped before the end")?;
        }
        self.output.flush()
    }
}

/// `customer c1 /account/0 -> billingAccount b1`.
fn text(found: &Dangling) -> String {
    let tenant = match found.tenant {
        tenant if tenant == Caller::local().tenant => String::new(),
        tenant => format!("tenant {tenant}: "),
    };
    let Dangling {
        from, pointer, to, ..
    } = found;
    let from = shown(&from.kind, &from.id, &from.version);
    let to = shown(&to.kinds.join("|"), &to.id, &to.version);
    format!("{tenant}{from} {pointer} -> {to}")
}

fn shown(kind: &str, id: &str, version: &str) -> String {
    match version {
        "" => format!("{kind} {id}"),
        version => format!("{kind} {id} version {version}"),
    }
}

fn entry(found: &Dangling) -> Value {
    let Dangling { from, to, .. } = found;
    json!({
        "tenant": found.tenant,
        "from": {"kind": from.kind, "id": from.id, "version": from.version},
        "pointer": found.pointer,
        "to": {"kinds": to.kinds, "id": to.id, "version": to.version},
    })
}

fn numbers(count: &Count) -> Value {
    json!({
        "resources": count.resources,
        "references": count.references,
        "dangling": count.dangling,
        "past": count.past,
        "unreadable": count.unreadable,
    })
}

fn sentence(count: &Count) -> String {
    let unreadable = match count.unreadable {
        0 => String::new(),
        unreadable => format!(", {unreadable} documents unreadable"),
    };
    let past = match count.past {
        0 => String::new(),
        past => format!(", {past} of what has ended name what is gone"),
    };
    format!(
        "{:>9} resources, {:>9} references, {:>6} dangling{past}{unreadable}",
        count.resources, count.references, count.dangling
    )
}
