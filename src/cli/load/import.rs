//! An import job over a generated file: records per second and the server's largest memory.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::Failure;
use super::args::Import;
use super::client::{Client, wait};
use super::prepare::{Stock, references};
use super::process::peak_memory_kib;
use super::report::per_second;
use super::scenario::OFFERINGS;
use super::target::Target;
use crate::domain::descriptor::ApiVersion;

/// How often the job is asked for its status: short against what is measured.
const ASK: Duration = Duration::from_millis(50);

/// `load import`
///
/// # Errors
/// When the file cannot be written or the job does not succeed.
pub fn run(target: &Target, args: &Import, files_dir: &Path) -> Result<(), Failure> {
    wait(async {
        let references = references(target, 20).await?;
        let mut stock = Stock::new(target.version, &references);
        let name = format!("load-import-{}.ndjson", args.offerings);
        let file = write(files_dir, &name, &mut stock, args.offerings)?;
        let result = import(target, args, &name).await;
        std::fs::remove_file(file)?;
        let took = result?;
        show(args, took);
        Ok(())
    })
}

fn write(dir: &Path, name: &str, stock: &mut Stock, offerings: u64) -> Result<PathBuf, Failure> {
    std::fs::create_dir_all(dir)?;
    let path = dir.join(name);
    let mut file = BufWriter::new(std::fs::File::create(&path)?);
    for number in 0..offerings {
        file.write_all(stock.offering(number))?;
        file.write_all(b"\n")?;
    }
    file.flush()?;
    Ok(path)
}

/// Posts the job and waits for its end; the time runs from the POST on.
async fn import(target: &Target, args: &Import, name: &str) -> Result<Duration, Failure> {
    let mut client = Client::new(target);
    let mut job = json!({
        "url": format!("file:{name}"),
        "path": OFFERINGS,
        "contentType": "application/x-ndjson"
    });
    if let (ApiVersion::V5, Some(job)) = (target.version, job.as_object_mut()) {
        job.insert("@type".to_owned(), Value::from("ImportJob"));
    }
    let before = client.list(OFFERINGS, "fields=none&limit=1").await?.total;
    let began = Instant::now();
    let id = client.post("importJob", &job.to_string()).await?;
    loop {
        let job = client.get("importJob", &id).await?;
        let text = |name: &str| job.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("status") {
            "Succeeded" => break,
            "Failed" => {
                return Err(Failure::new(format!(
                    "the import failed: {}",
                    text("errorLog")
                )));
            }
            _ if began.elapsed() > Duration::from_secs(args.seconds) => {
                return Err(Failure::new("the import took too long"));
            }
            _ => tokio::time::sleep(ASK).await,
        }
    }
    let took = began.elapsed();
    let added = client.list(OFFERINGS, "fields=none&limit=1").await?.total - before;
    if added != args.offerings {
        let wanted = args.offerings;
        return Err(Failure::new(format!(
            "the import added {added} offerings of {wanted}"
        )));
    }
    Ok(took)
}

fn show(args: &Import, took: Duration) {
    let rate = per_second(args.offerings, took.as_micros());
    let memory = args.pid.and_then(peak_memory_kib);
    if args.json {
        println!(
            "{}",
            json!({
                "scenario": "import",
                "offerings": args.offerings,
                "micros": u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
                "perSecond": rate,
                "peakMemoryKiB": memory
            })
        );
        return;
    }
    println!(
        "{} offerings in {:.1} s, {rate} per second",
        args.offerings,
        took.as_secs_f64()
    );
    if let Some(memory) = memory {
        println!("largest memory of the server: {} MiB", memory / 1024);
    }
}
