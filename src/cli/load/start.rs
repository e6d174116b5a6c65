//! Starting the server: time until it is ready, memory then.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::Failure;
use super::args::Start;
use super::client::wait;
use super::connection::Connection;
use super::histogram::Histogram;
use super::process::memory_kib;
use super::report::millis;
use crate::cli::config::Config;
use crate::store::{Store, Target as Database};

/// A server that is not ready by then will not be.
const LONGEST: Duration = Duration::from_secs(30);

/// `load start`
///
/// # Errors
/// When the server does not become ready.
pub fn run(config: &Config, args: &Start) -> Result<(), Failure> {
    // The figure is for a migrated database.
    Store::migrate(&Database::parse(&config.database).map_err(Failure::new)?)?;
    let (mut times, mut memory) = (Histogram::default(), 0);
    for _ in 0..args.rounds {
        let (took, kib) = once(config)?;
        times.record(took);
        memory = memory.max(kib.unwrap_or_default());
    }
    let binary = std::fs::metadata(std::env::current_exe()?)?.len();
    if args.json {
        println!(
            "{}",
            json!({
                "scenario": "start",
                "rounds": args.rounds,
                "readyMicros": {"p50": times.quantile(500), "max": times.max()},
                "memoryKiB": memory,
                "binaryBytes": binary
            })
        );
    } else {
        println!(
            "ready in {} ms (middle), {} ms (longest of {}); {} MiB resident; binary {} MiB",
            millis(times.quantile(500)),
            millis(times.max()),
            args.rounds,
            memory / 1024,
            binary / (1024 * 1024),
        );
    }
    Ok(())
}

/// A child that ends with its owner, whatever happens in between.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn once(config: &Config) -> Result<(Duration, Option<u64>), Failure> {
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .args(["serve", "--listen", &address.to_string(), "--log-level", "error"])
        // By the environment: arguments are visible to everybody on the machine.
        .env("TOLLGATE_DATABASE", &config.database)
        .stdin(Stdio::null());
    let began = Instant::now();
    let served = Served(command.spawn()?);
    until_ready(address, began)?;
    Ok((began.elapsed(), memory_kib(served.0.id())))
}

fn until_ready(address: SocketAddr, began: Instant) -> Result<(), Failure> {
    // A refused connection on loopback costs microseconds, so this tells the moment well.
    while TcpStream::connect(address).is_err() {
        if began.elapsed() > LONGEST {
            return Err(Failure::new("the server did not start"));
        }
        std::thread::yield_now();
    }
    wait(async {
        let request = format!("GET /health/ready HTTP/1.1\r\nHost: {address}\r\n\r\n");
        let mut connection = Connection::new(address);
        let answer = connection.call(request.as_bytes()).await?;
        if answer.status == 200 {
            return Ok(());
        }
        Err(Failure::new(format!(
            "the server is not ready: {}",
            answer.status
        )))
    })
}
