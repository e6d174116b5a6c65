//! `tollgate usage import`: files in, charges out, in this process.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesOrdered;
use tokio::sync::mpsc;

use super::super::Failure;
use super::super::serve::until_told;
use super::args::Import;
use super::file::{self, End, Part, Step};
use super::tally::{Tally, reconcile};
use crate::charging::{Answer, Order, Pool};
use crate::domain::descriptor::ApiVersion;
use crate::domain::problem::{Outcome, Problem};
use crate::engine::Caller;
use crate::usage_file::{Mapping, mapping::builtin};

/// Parts that are under way.
const UNDER_WAY: usize = 8;
/// Parts that were read and wait.
const READ_AHEAD: usize = 2;

const AGAIN: &str = "Import it again to go on: records that are there already are known by their source and \
                     record id, and stay as they are.";

/// What came of an import.
pub struct Done {
    /// A line about each file, and one about all records.
    pub told: Vec<String>,
    /// Totals agree, and no row was lost.
    pub is_sound: bool,
    was_interrupted: bool,
}

/// Imports files, and prints what came of it.
///
/// # Errors
/// When a file, the mapping or the database cannot be used.
pub async fn run(pool: &Arc<Pool>, args: &Import) -> Result<ExitCode, Failure> {
    let done = import(pool, args).await?;
    for line in &done.told {
        println!("{line}");
    }
    if done.was_interrupted {
        println!("{AGAIN}");
    }
    Ok(match done.is_sound {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Imports files, one after the other, until somebody ends it.
///
/// # Errors
/// When a file, the mapping or the database cannot be used.
pub async fn import(pool: &Arc<Pool>, args: &Import) -> Result<Done, Failure> {
    let mapping = Arc::new(mapping(args)?);
    let mut tally = Tally::new(args.report.as_deref())?;
    let stop = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&stop);
    let listening = tokio::spawn(async move {
        if until_told().await.is_ok() {
            told.store(true, Ordering::SeqCst);
        }
    });
    let mut done = Done {
        told: Vec::new(),
        is_sound: true,
        was_interrupted: false,
    };
    for path in &args.files {
        let end = file(pool, &mapping, path, &stop, &mut tally).await?;
        let (message, is_same) = reconcile(&end);
        done.told.push(format!("{}: {message}", path.display()));
        done.is_sound &= is_same;
        done.was_interrupted |= end.interrupted;
        if end.interrupted {
            break;
        }
    }
    listening.abort();
    done.told.push(tally.finish()?);
    done.is_sound &= !tally.has_lost();
    Ok(done)
}

fn mapping(args: &Import) -> Result<Mapping, Failure> {
    let name = &args.mapping;
    let text = builtin::text_or_file(name).map_err(|error| {
        let known: Vec<&str> = builtin::names().collect();
        let known = known.join(", ");
        Failure::new(format!(
            "'{name}' is none of the mappings {known}, and no file that can be read: {error}"
        ))
    })?;
    let mapping = Mapping::read_with(&text, &args.given());
    mapping.map_err(|error| Failure::new(format!("the mapping {name} cannot be used:\n{error}")))
}

/// Reads a file and rates what is in it.
async fn file(
    pool: &Arc<Pool>,
    mapping: &Arc<Mapping>,
    path: &Path,
    stop: &Arc<AtomicBool>,
    tally: &mut Tally,
) -> Result<End, Failure> {
    let (sender, mut steps) = mpsc::channel(READ_AHEAD);
    let (mapping, own, stop) = (Arc::clone(mapping), path.to_owned(), Arc::clone(stop));
    let reading = tokio::task::spawn_blocking(move || file::read(mapping, &own, &stop, &sender));
    let name = path.display().to_string();
    let (mut under_way, mut order) = (FuturesOrdered::new(), Order::default());
    while let Some(step) = steps.recv().await {
        match step {
            Step::Unreadable(fault) => tally.unreadable(&name, &fault)?,
            Step::Part(part) => under_way.push_back(hand_over(pool, part, &mut order).await?),
        }
        while under_way.len() >= UNDER_WAY {
            settle(under_way.next().await, &name, tally)?;
        }
    }
    while !under_way.is_empty() {
        settle(under_way.next().await, &name, tally)?;
    }
    let end = reading.await?;
    end.map_err(Failure::new)
}

type Settled = (Vec<u64>, Outcome<Vec<Answer>>);

async fn hand_over(
    pool: &Arc<Pool>,
    part: Part,
    order: &mut Order,
) -> Outcome<impl Future<Output = Settled> + use<>> {
    let pool = Arc::clone(pool);
    let Part { lines, records } = part;
    let place = pool.place(records.len(), order).await?;
    // On a task of its own, so that it goes on while the file is read.
    let work = tokio::spawn(async move {
        let tenant = Caller::local().tenant;
        let version = ApiVersion::V4;
        pool.take_part(place, tenant, version, records).await
    });
    Ok(async move {
        let answers = work.await.map_err(Problem::internal);
        (lines, answers.and_then(|answers| answers))
    })
}

fn settle(settled: Option<Settled>, name: &str, tally: &mut Tally) -> Result<(), Failure> {
    let Some((lines, answers)) = settled else {
        return Ok(());
    };
    let answers = answers.map_err(|problem| {
        let received = tally.received();
        Failure::new(format!(
            "{problem}; {received} records were taken in. {AGAIN}"
        ))
    })?;
    tally.add(name, &lines, answers)?;
    Ok(())
}
