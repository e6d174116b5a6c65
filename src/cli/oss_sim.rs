//! `tollgate oss-sim`: the simulated OSS as a program of its own.

use std::ops::RangeInclusive;

use clap::Args;

use super::Failure;
use super::config::Loaded;
use super::serve::until_told;
use crate::oss_sim::{Duplicates, OssSim, Product, Rates, Settings};

/// Where it listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8641";

/// `tollgate oss-sim`
#[derive(Debug, Args)]
pub struct OssSimulator {
    /// The same number does the same to the same orders, whatever the timing
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Milliseconds before an order is begun, and again before it ends: one number, or from A to B
    #[arg(long, value_name = "A..B", default_value = "200..1000", value_parser = range)]
    pub delay_ms: RangeInclusive<u64>,
    /// End orders when they come, and call back nothing but the end (for benchmarks)
    #[arg(long, conflicts_with = "delay_ms")]
    pub answer_at_once: bool,
    /// Answer an order that is known already with 409, not with the order
    #[arg(long)]
    pub conflict: bool,
    /// A value that services get: every `#` becomes a digit; `*` stands for all specifications.
    /// Can be given several times
    #[arg(long = "result", value_name = "SPECIFICATION:NAME=PATTERN", value_parser = product)]
    pub results: Vec<Product>,
    /// What clients have to show as bearer token
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TOLLGATE_SIM_TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,
    /// What callbacks show as bearer token
    #[arg(
        long,
        value_name = "TOKEN",
        env = "TOLLGATE_SIM_CALLBACK_TOKEN",
        hide_env_values = true
    )]
    pub callback_token: Option<String>,
    #[command(flatten)]
    pub misdeeds: Misdeeds,
}

/// How often something goes wrong.
#[derive(Debug, Args)]
#[command(next_help_heading = "Misbehaviour: shares from 0 (never) to 1 (always)")]
pub struct Misdeeds {
    /// All of the following, unless they are given themselves
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share)]
    pub misbehave: f64,
    /// Orders that end as failed
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub failure: Option<f64>,
    /// Orders that are refused with 400
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub refusal: Option<f64>,
    /// Attempts that are answered with 503
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub unavailable: Option<f64>,
    /// Attempts whose connection is closed, and nothing is done
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub dropped: Option<f64>,
    /// Orders that are taken, and the connection is closed
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub lost: Option<f64>,
    /// Orders that are taken and never answered
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub no_answer: Option<f64>,
    /// Orders that are taken and answered with 500
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub error: Option<f64>,
    /// Orders whose callbacks come before the answer
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub early: Option<f64>,
    /// Orders without callbacks
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub silence: Option<f64>,
    /// Orders whose callbacks come two or three times
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub repetition: Option<f64>,
    /// Orders whose callbacks come in the wrong order
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub reordering: Option<f64>,
    /// Orders whose callbacks come long after what they tell of
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub late: Option<f64>,
    /// Orders with a callback of somebody who does not know the token
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub forgery: Option<f64>,
    /// Orders with a callback that is not true: completed although failed, failed although completed, or
    /// of no order at all
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub lie: Option<f64>,
    /// Orders that take long
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub slow: Option<f64>,
    /// Orders that are not cancelled when that is asked for
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub stubborn: Option<f64>,
    /// Questions, and requests to cancel, that are answered with 503 or not at all
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub deaf: Option<f64>,
}

impl Misdeeds {
    fn rates(&self) -> Rates {
        let or_all = |given: Option<f64>| given.unwrap_or(self.misbehave);
        Rates {
            unavailable: or_all(self.unavailable),
            refusal: or_all(self.refusal),
            dropped: or_all(self.dropped),
            lost: or_all(self.lost),
            no_answer: or_all(self.no_answer),
            error: or_all(self.error),
            early: or_all(self.early),
            failure: or_all(self.failure),
            silence: or_all(self.silence),
            repetition: or_all(self.repetition),
            reordering: or_all(self.reordering),
            late: or_all(self.late),
            forgery: or_all(self.forgery),
            lie: or_all(self.lie),
            slow: or_all(self.slow),
            stubborn: or_all(self.stubborn),
            deaf: or_all(self.deaf),
        }
    }
}

impl OssSimulator {
    fn settings(&self, listen: &str) -> Settings {
        Settings {
            listen: listen.to_owned(),
            seed: self.seed,
            delay_ms: match self.answer_at_once {
                true => 0..=0,
                false => self.delay_ms.clone(),
            },
            rates: self.misdeeds.rates(),
            at_once: self.answer_at_once,
            duplicates: match self.conflict {
                true => Duplicates::Conflict,
                false => Duplicates::Answer,
            },
            callback_token: self.callback_token.clone(),
            token: self.token.clone(),
            products: self.results.clone(),
            workers: 0,
            ..Settings::default()
        }
    }
}

/// Runs until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the address cannot be had, or others could reach it and nobody is asked for a token.
pub async fn run(
    loaded: &Loaded,
    simulator: &OssSimulator,
    listen: Option<&str>,
) -> Result<(), Failure> {
    if listen.is_some() && simulator.token.is_none() {
        loaded.ensure_guarded()?;
    }
    let listen = listen.unwrap_or(LISTEN);
    let sim = OssSim::start(simulator.settings(listen))
        .await
        .map_err(|error| Failure::new(format!("the OSS cannot listen on {listen}: {error}")))?;
    println!("simulated OSS, seed {}", simulator.seed);
    for version in ["v4", "v5"] {
        println!("  TMF641 {version}: {}", sim.ordering(version));
    }
    println!("  scripts: POST {}/sim/script", sim.url());
    until_told().await?;
    let orders = sim.orders();
    let open = orders.iter().filter(|o| !o.state.is_final()).count();
    println!("{} orders, {open} of them open", orders.len());
    sim.stop().await;
    Ok(())
}

fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("must be from 0 to 1, such as 0.05".to_owned()),
    }
}

fn range(text: &str) -> Result<RangeInclusive<u64>, String> {
    let (from, to) = text.split_once("..").unwrap_or((text, text));
    match (
        from.trim().parse(),
        to.trim_start_matches('=').trim().parse(),
    ) {
        (Ok(from), Ok(to)) if from <= to && to <= 3_600_000 => Ok(from..=to),
        _ => Err("must be milliseconds up to 3600000, such as 200 or 100..500".to_owned()),
    }
}

fn product(text: &str) -> Result<Product, String> {
    Product::parse(text).ok_or_else(|| "must be like `mobile-line:imsi=26201##########`".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::super::args::{Args, Command};
    use super::{Product, Rates, Settings};

    fn settings(line: &str) -> Result<Settings, clap::Error> {
        let args = Args::try_parse_from(line.split_whitespace())?;
        let Command::OssSim(simulator) = args.command else {
            panic!("another command");
        };
        Ok(simulator.settings("127.0.0.1:0"))
    }

    #[test]
    fn shares_and_ranges() {
        let line = "tollgate oss-sim --seed 7 --delay-ms 10..20 --misbehave 0.1 --failure 0.5 \
                    --lie 0 --result mobile-line:imsi=26201## --result *:site=A";
        let settings = settings(line).expect("a good line");
        assert_eq!((settings.seed, settings.delay_ms.clone()), (7, 10..=20));
        let expected = Rates {
            failure: 0.5,
            lie: 0.0,
            ..Rates::all(0.1)
        };
        assert_eq!(settings.rates, expected);
        assert_eq!(
            settings.products.first(),
            Some(&Product {
                specification: "mobile-line".to_owned(),
                name: "imsi".to_owned(),
                pattern: "26201##".to_owned(),
            })
        );
        assert_eq!(settings.products.len(), 2);
    }

    #[test]
    fn what_is_no_good_line() {
        for rest in [
            "--failure 1.5",
            "--failure -1",
            "--failure NaN",
            "--delay-ms 20..10",
            "--delay-ms x",
            "--result imsi",
            "--answer-at-once --delay-ms 5",
        ] {
            assert!(
                settings(&format!("tollgate oss-sim {rest}")).is_err(),
                "{rest}"
            );
        }
        let at_once = settings("tollgate oss-sim --answer-at-once --listen 127.0.0.1:1");
        assert!(at_once.expect("a good line").at_once);
        let fixed = settings("tollgate oss-sim --delay-ms 5").expect("a good line");
        assert_eq!(fixed.delay_ms, 5..=5);
    }
}
