//! The bare handler, and the server's ratio to it in the same run.

use serde_json::json;

use super::super::Failure;
use super::args::{Baseline, Compare, Effort};
use super::document::{MARK, Variant, offering};
use super::drive::Measured;
use super::report::{Report, heading, percent};
use super::scenario;
use super::target::Target;
use crate::domain::descriptor::ApiVersion;
use crate::server;

/// The load runs on threads of its own, so the runtime that serves stays free.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    tokio::task::spawn_blocking(work).await?
}

/// `load baseline`
///
/// # Errors
/// When no port can be had.
pub async fn run(args: &Baseline) -> Result<Measured, Failure> {
    let body = offering(
        ApiVersion::V5,
        &Variant {
            number: 0,
            references: None,
        },
    );
    let bare = server::start_bare(body, 0).await?;
    let target = Target {
        address: bare.address,
        host: bare.address.to_string(),
        version: ApiVersion::V5,
        base: "/bare".to_owned(),
    };
    let effort = args.effort.clone();
    let measured = aside(move || {
        let path = format!("{}/{MARK}", target.collection(scenario::OFFERINGS));
        scenario::same(&target, &effort, &path)
    })
    .await;
    bare.stop().await;
    measured
}

/// `load compare`: both in turns; the ratio of each round and of the middle one.
///
/// # Errors
/// As `baseline` and `get`.
pub async fn compare(args: &Compare) -> Result<u64, Failure> {
    let target = Target::of(&args.get.server)?;
    let effort = Effort {
        json: false,
        ..args.get.effort.clone()
    };
    let json = args.get.effort.json;
    if !json {
        println!("{}", heading());
    }
    let (mut rounds, mut errors) = (Vec::new(), 0);
    for _ in 0..args.rounds {
        let bare = run(&Baseline {
            effort: effort.clone(),
        })
        .await?;
        let (aim, effort, ids) = (target.clone(), effort.clone(), args.get.ids);
        let server = args.get.server.clone();
        let get = aside(move || {
            scenario::get(
                &aim,
                &super::args::Get {
                    server,
                    effort,
                    ids,
                },
            )
        })
        .await?;
        let connections = args.get.effort.connections;
        let report = |scenario, api: String, measured| Report {
            scenario,
            api,
            connections,
            measured,
        };
        let bare_report = report("baseline", "-".to_owned(), &bare);
        let get_report = report("get", target.version.to_string(), &get);
        errors += bare.error_count() + get.error_count();
        let (fast, own) = (bare_report.per_second(), get_report.per_second());
        if !json {
            println!("{}\n{}", bare_report.line(), get_report.line());
            println!("ratio {}", percent(own, fast));
        }
        rounds.push((
            own,
            fast,
            json!({"baseline": bare_report.json(), "get": get_report.json()}),
        ));
    }
    // By the ratio itself, without a division: own / fast as a fraction of a common unit.
    rounds.sort_by_key(|(own, fast, _)| own.saturating_mul(1_000_000) / (*fast).max(1));
    if let Some((own, fast, _)) = rounds.get(rounds.len() / 2) {
        let ratio = percent(*own, *fast);
        if json {
            let all: Vec<_> = rounds.iter().map(|(.., round)| round).collect();
            println!(
                "{}",
                json!({"scenario": "compare", "ratio": ratio, "rounds": all})
            );
        } else {
            println!("middle ratio of {} rounds: {ratio}", rounds.len());
        }
    }
    Ok(errors)
}
