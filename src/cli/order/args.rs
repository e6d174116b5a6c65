//! What can be asked of `tollgate order`.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};
use serde_json::{Value, json};

use super::super::remote::Server;

/// `tollgate order`
#[derive(Debug, Args)]
pub struct Order {
    #[command(subcommand)]
    pub what: What,
}

#[derive(Debug, Subcommand)]
pub enum What {
    /// State of an order, its items, what is being worked on, and what waits for a decision
    Show(Show),
    /// The plan of an order as a tree with the state of each node
    ///
    /// With --file the plan that an order would get; nothing is stored. Exits with 1 when the order
    /// would be rejected or lacks information.
    Plan(Plan),
    /// What happened to an order, step by step
    Log(Show),
    /// Failures that wait for a decision
    Fallout(FalloutList),
    /// Work for people that is not done yet
    Tasks(TaskList),
    /// Try a node again, or all nodes that failed for the same cause
    Retry(Retry),
    /// Go on without a node
    Skip(Skip),
    /// Say that a node was done by hand
    Complete(Complete),
    /// Let a node fail for good; its item fails, other items go on
    GiveUp(GiveUp),
    /// Cancel an order, or one of its items: what was done is undone
    Cancel(Cancel),
    /// Agree to a cancel that waits at a soft point of no return, or refuse it
    Decide(Decide),
    /// Begin nothing new until the order is resumed
    Suspend(Change),
    /// Go on with a suspended order
    Resume(Change),
    /// Stop an order at once, without undoing anything
    Abort(Change),
    /// Random orders against a misbehaving OSS, with crashes; then check what must hold
    ///
    /// Works on a database of its own unless --database names one, which must be empty. Exits with 1 when
    /// something does not hold; the same seed does the same again.
    Simulate(Simulate),
}

#[derive(Debug, Args)]
pub struct Show {
    /// Id of the order
    pub id: String,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").required(true).args(["id", "file"]))]
#[command(group = ArgGroup::new("shape").args(["dot", "mermaid", "json"]))]
pub struct Plan {
    /// Id of the order
    pub id: Option<String>,
    /// An order as a client would post it, `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub file: Option<PathBuf>,
    /// The file is an order of TMF622 v4
    #[arg(long, conflicts_with = "id")]
    pub v4: bool,
    /// Print it for Graphviz
    #[arg(long)]
    pub dot: bool,
    /// Print it for Mermaid
    #[arg(long)]
    pub mermaid: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

impl Plan {
    /// The shape by its name in the API.
    pub fn shape(&self) -> &'static str {
        match (self.dot, self.mermaid, self.json) {
            (true, ..) => "dot",
            (_, true, _) => "mermaid",
            (.., true) => "json",
            _ => "tree",
        }
    }
}

#[derive(Debug, Args)]
pub struct FalloutList {
    /// Only this cause: transientExhausted, business, partial, timeout, lying, compensationFailed,
    /// internal or aborted
    #[arg(long, value_name = "CAUSE")]
    pub cause: Option<String>,
    /// Only this order
    #[arg(long, value_name = "ID")]
    pub order: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
pub struct TaskList {
    /// Only this order
    #[arg(long, value_name = "ID")]
    pub order: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    #[command(flatten)]
    pub server: Server,
}

/// One node of an order.
#[derive(Debug, Args)]
pub struct Node {
    /// Id of the order
    pub id: String,
    /// Key of the node, as the plan shows it, such as 1:access
    pub node: String,
    #[command(flatten)]
    pub why: Why,
}

/// What goes into the log of the order beside who did it.
#[derive(Debug, Args)]
pub struct Why {
    /// Why, for the log of the order
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
pub struct Retry {
    /// Id of the order
    #[arg(required_unless_present = "cause")]
    pub id: Option<String>,
    /// Key of the node; without it the step of the order that failed as a whole
    pub node: Option<String>,
    /// Another value for a characteristic of the node; can be given several times
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair, requires = "node")]
    pub settings: Vec<Pair>,
    /// All open failures of this cause, of every order
    #[arg(long, value_name = "CAUSE", conflicts_with_all = ["id", "node", "settings"])]
    pub cause: Option<String>,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Skip {
    #[command(flatten)]
    pub node: Node,
    /// Also where something of it may have been done
    #[arg(long)]
    pub force: bool,
}

#[derive(Debug, Args)]
pub struct Complete {
    #[command(flatten)]
    pub node: Node,
    /// What came of it; can be given several times
    #[arg(long = "result", value_name = "NAME=VALUE", value_parser = pair)]
    pub results: Vec<Pair>,
}

#[derive(Debug, Args)]
pub struct GiveUp {
    #[command(flatten)]
    pub node: Node,
    /// What the item has done so far remains
    #[arg(long)]
    pub keep: bool,
}

#[derive(Debug, Args)]
pub struct Cancel {
    /// Id of the order
    pub id: String,
    /// Only this item
    #[arg(long, value_name = "ID")]
    pub item: Option<String>,
    /// Also beyond a soft point of no return
    #[arg(long)]
    pub force: bool,
    /// With --item: also the items that rely on it
    #[arg(long, requires = "item")]
    pub dependants: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("how").required(true).args(["consent", "refuse"]))]
pub struct Decide {
    /// Id of the order
    pub id: String,
    /// Id of the request to cancel
    pub task: String,
    /// The order is cancelled
    #[arg(long)]
    pub consent: bool,
    /// The order goes on
    #[arg(long)]
    pub refuse: bool,
    #[command(flatten)]
    pub why: Why,
}

#[derive(Debug, Args)]
pub struct Change {
    /// Id of the order
    pub id: String,
    #[command(flatten)]
    pub why: Why,
}

/// A name with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub name: String,
    pub value: Value,
}

impl Pair {
    /// As the API takes them.
    pub fn list(pairs: &[Pair]) -> Value {
        let each = pairs
            .iter()
            .map(|pair| json!({ "name": pair.name, "value": pair.value }));
        each.collect()
    }
}

/// A value that is JSON is taken so, everything else is a text.
fn pair(text: &str) -> Result<Pair, String> {
    let (name, value) = text
        .split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or("must be NAME=VALUE")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok(Pair {
        name: name.to_owned(),
        value,
    })
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Simulate {
    /// How many orders
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub orders: usize,
    /// What happens follows from it
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub seed: u64,
    /// Times that the process dies [default: one for each 50 orders]
    #[arg(long, value_name = "C")]
    pub crashes: Option<usize>,
    /// Share of each kind of misdeed of the OSS, from 0 to 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.05)]
    pub faults: f64,
    /// Orders that are worked on at the same time. With more than one, timing decides, too: the same seed
    /// may do something else
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub at_once: u16,
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use serde_json::json;

    use super::super::super::args::Args;
    use super::{Pair, pair};

    #[test]
    fn values() {
        for (text, value) in [
            ("speed=100", json!(100)),
            ("on=true", json!(true)),
            ("iccid=8999=1", json!("8999=1")),
            ("plan=\"100\"", json!("100")),
            ("empty=", json!("")),
        ] {
            let found = pair(text).expect("a pair");
            assert_eq!(found.value, value, "{text}");
        }
        assert!(pair("=x").is_err());
        assert!(pair("x").is_err());
        let list = Pair::list(&[pair("a=1").expect("a pair")]);
        assert_eq!(list, json!([{"name": "a", "value": 1}]));
    }

    #[test]
    fn lines() {
        for (line, good) in [
            ("show 7", true),
            ("show", false),
            ("plan 7 --dot", true),
            ("plan --file order.json --v4", true),
            ("plan 7 --v4", false),
            ("plan 7 --file order.json", false),
            ("plan", false),
            ("plan 7 --dot --mermaid", false),
            ("retry 7 1:access --set iccid=8 --note again", true),
            ("retry --cause business", true),
            ("retry 7", true),
            ("retry 7 --set iccid=8", false),
            ("retry 7 1:access --cause business", false),
            ("skip 7 1:access --force --server http://h:1", true),
            ("complete 7 1:card --result serialNumber=9", true),
            ("give-up 7 1:access --keep", true),
            ("cancel 7 --item 2 --dependants", true),
            ("cancel 7 --dependants", false),
            ("decide 7 c1 --consent", true),
            ("decide 7 c1", false),
            ("decide 7 c1 --consent --refuse", false),
            ("suspend 7", true),
            ("resume 7", true),
            ("abort 7 --note gone", true),
            ("tasks --order 7 --json", true),
            ("fallout --cause timeout --order 7", true),
            ("log 7 --json", true),
        ] {
            let line = format!("tollgate order {line}");
            let parsed = Args::try_parse_from(line.split_whitespace());
            assert_eq!(parsed.is_ok(), good, "{line}");
        }
    }
}
