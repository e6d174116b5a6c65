//! `tollgate order`: what operators see of orders and do to them, through a running server.
//!
//! - `show` prints; `args` is what can be typed.

pub mod args;
mod show;

use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use serde_json::{Value, json};

use super::Failure;
use super::remote::{Remote, segment};
use args::{FalloutList, Order, Pair, Plan, Retry, Show, TaskList, What, Why};

const ORDERS: &str = "/tmf-api/productOrderingManagement/v5/productOrder";
const OWN: &str = "/tollgate/v1/productOrder";
const FALLOUT: &str = "/tollgate/v1/fallout";
const TASK: &str = "/tollgate/v1/task";

/// Runs a command about orders.
///
/// # Errors
/// When the server does not answer, or refuses; its reasons are the sentence.
pub async fn run(order: &Order) -> Result<ExitCode, Failure> {
    match &order.what {
        What::Show(args) => show_order(args).await?,
        What::Plan(args) => return plan(args).await,
        What::Log(args) => log(args).await?,
        What::Fallout(args) => fallouts(args).await?,
        What::Tasks(args) => tasks(args).await?,
        What::Retry(args) => return retry(args).await,
        What::Skip(args) => {
            let wanted = json!({ "action": "skip", "node": args.node.node, "force": args.force });
            act(&args.node.id, wanted, &args.node.why).await?;
        }
        What::Complete(args) => {
            let result = Pair::list(&args.results);
            let wanted = json!({ "action": "complete", "node": args.node.node, "result": result });
            act(&args.node.id, wanted, &args.node.why).await?;
        }
        What::GiveUp(args) => {
            let wanted = json!({ "action": "giveUp", "node": args.node.node, "keep": args.keep });
            act(&args.node.id, wanted, &args.node.why).await?;
        }
        What::Cancel(args) => {
            let wanted = json!({
                "action": "cancel",
                "item": args.item,
                "force": args.force,
                "dependants": args.dependants,
            });
            act(&args.id, wanted, &args.why).await?;
        }
        What::Decide(args) => {
            let wanted = json!({ "action": "decide", "task": args.task, "consent": args.consent });
            act(&args.id, wanted, &args.why).await?;
        }
        What::Suspend(args) => act(&args.id, json!({ "action": "suspend" }), &args.why).await?,
        What::Resume(args) => act(&args.id, json!({ "action": "resume" }), &args.why).await?,
        What::Simulate(_) => return Err(Failure::new("a simulation needs no server")),
        What::Abort(args) => act(&args.id, json!({ "action": "abort" }), &args.why).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_order(args: &Show) -> Result<(), Failure> {
    let (remote, id) = (Remote::new(&args.server)?, segment(&args.id));
    let order = remote.get(&format!("{ORDERS}/{id}")).await?;
    // An order that is a draft, rejected or lacks information has none.
    let plan = remote.find(&format!("{OWN}/{id}/plan")).await?;
    let open = format!("productOrder.id={id}&state=open");
    let fallout = remote.all(FALLOUT, &open).await?;
    if args.json {
        return print_json(&json!({ "order": order, "plan": plan, "fallout": fallout }));
    }
    print!("{}", show::order(&order, plan.as_ref(), &fallout));
    Ok(())
}

async fn plan(args: &Plan) -> Result<ExitCode, Failure> {
    let remote = Remote::new(&args.server)?;
    let shape = args.shape();
    let text = match (&args.id, &args.file) {
        (Some(id), _) => {
            let path = format!("{OWN}/{}/plan?format={shape}", segment(id));
            remote.text(&path).await?
        }
        (None, Some(file)) => {
            let order = read_json(file)?;
            let version = if args.v4 { "v4" } else { "v5" };
            let path = format!("{OWN}/plan?version={version}&format={shape}");
            remote.post(&path, &order).await?.text
        }
        (None, None) => return Err(Failure::new("give the id of an order, or --file")),
    };
    // An order that gets no plan is answered with JSON, whatever the shape.
    let document: Value = serde_json::from_str(&text).unwrap_or_default();
    let outcome = document.get("outcome").and_then(Value::as_str);
    let has_plan = outcome.is_none_or(|outcome| outcome == "planned");
    match (shape, has_plan) {
        ("json", _) => print_json(&document)?,
        (_, true) => print!("{text}"),
        (_, false) => print!("{}", show::no_plan(&document)),
    }
    Ok(match has_plan {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

async fn log(args: &Show) -> Result<(), Failure> {
    let remote = Remote::new(&args.server)?;
    let path = format!("{OWN}/{}/log", segment(&args.id));
    let entries = remote.get(&path).await?;
    if args.json {
        return print_json(&entries);
    }
    print!("{}", show::log(&entries));
    Ok(())
}

async fn fallouts(args: &FalloutList) -> Result<(), Failure> {
    let remote = Remote::new(&args.server)?;
    let found = open_fallouts(&remote, args.cause.as_deref(), args.order.as_deref()).await?;
    if args.json {
        return print_json(&Value::Array(found));
    }
    print!("{}", show::fallouts(&found));
    Ok(())
}

async fn tasks(args: &TaskList) -> Result<(), Failure> {
    let remote = Remote::new(&args.server)?;
    let mut query = "state=open".to_owned();
    if let Some(order) = &args.order {
        query.push_str(&format!("&productOrder.id={}", segment(order)));
    }
    let found = remote.all(TASK, &query).await?;
    if args.json {
        return print_json(&Value::Array(found));
    }
    print!("{}", show::tasks(&found));
    Ok(())
}

async fn open_fallouts(
    remote: &Remote,
    cause: Option<&str>,
    order: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let mut query = "state=open".to_owned();
    for (name, value) in [("cause", cause), ("productOrder.id", order)] {
        if let Some(value) = value {
            query.push_str(&format!("&{name}={}", segment(value)));
        }
    }
    remote.all(FALLOUT, &query).await
}

async fn retry(args: &Retry) -> Result<ExitCode, Failure> {
    if let Some(cause) = &args.cause {
        return retry_all(cause, &args.why).await;
    }
    let Some(id) = &args.id else {
        return Err(Failure::new("give an order, or --cause"));
    };
    let mut wanted = json!({ "action": "retry", "node": args.node });
    if let (false, Some(wanted)) = (args.settings.is_empty(), wanted.as_object_mut()) {
        wanted.insert("setting".to_owned(), Pair::list(&args.settings));
    }
    act(id, wanted, &args.why).await?;
    Ok(ExitCode::SUCCESS)
}

/// Retries one after the other; what is refused is told, and the others are tried all the same.
async fn retry_all(cause: &str, why: &Why) -> Result<ExitCode, Failure> {
    let remote = Remote::new(&why.server)?;
    let open = open_fallouts(&remote, Some(cause), None).await?;
    let (mut tried, mut refused) = (0_usize, 0_usize);
    for fallout in &open {
        let text = |pointer: &str| fallout.pointer(pointer).and_then(Value::as_str);
        let Some(order) = text("/productOrder/id") else {
            continue;
        };
        let node = text("/node");
        let wanted = json!({ "action": "retry", "node": node, "fallout": text("/id") });
        match ask(&remote, order, wanted, why.note.as_deref()).await {
            Ok(_) => tried += 1,
            Err(error) => {
                refused += 1;
                eprintln!("{order} {}: {error}", node.unwrap_or("step"));
            }
        }
    }
    println!("{tried} tried again, {refused} refused");
    Ok(match refused {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Does something to an order and says how it stands then.
async fn act(id: &str, wanted: Value, why: &Why) -> Result<(), Failure> {
    let remote = Remote::new(&why.server)?;
    let plan = ask(&remote, id, wanted, why.note.as_deref()).await?;
    println!("{}", show::standing(id, &plan));
    Ok(())
}

async fn ask(
    remote: &Remote,
    id: &str,
    mut wanted: Value,
    note: Option<&str>,
) -> Result<Value, Failure> {
    if let (Some(note), Some(wanted)) = (note, wanted.as_object_mut()) {
        wanted.insert("note".to_owned(), json!(note));
    }
    let path = format!("{OWN}/{}/action", segment(id));
    remote.post(&path, &wanted).await?.json()
}

/// A document from a file, or from standard input for `-`.
pub(super) fn read_json(file: &Path) -> Result<Value, Failure> {
    let text = read_text(file)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::new(format!("{} is no JSON: {error}", file.display())))
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read_text(file: &Path) -> Result<String, Failure> {
    if file == Path::new("-") {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file)
        .map_err(|error| Failure::new(format!("{} cannot be read: {error}", file.display())))
}

fn print_json(value: &Value) -> Result<(), Failure> {
    println!("{}", serde_json::to_string_pretty(value)?);
    Ok(())
}
