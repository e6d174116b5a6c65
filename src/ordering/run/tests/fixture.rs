//! Plans and a bench on which a run is moved by hand.

use serde_json::{Map, json};

use crate::domain::clock::Micros;
use crate::ordering::order::{Action, Characteristic};
use crate::ordering::plan::{
    Because, Compensation, Node, NodeKind, PlacedItem, Plan, PointOfNoReturn, Setting, Source,
    SpecificationRef,
};
use crate::ordering::run::{
    Act, By, Effect, Fault, Input, NodeView, Outcome, Phase, Policy, Report, RetryPolicy, Run,
    Status, Terms,
};

pub const SECOND: i64 = 1_000_000;

/// A characteristic with a text.
pub fn has(name: &str, value: &str) -> Characteristic {
    Characteristic {
        name: name.to_owned(),
        value: json!(value),
    }
}

pub fn item(id: &str, parent: Option<usize>) -> PlacedItem {
    PlacedItem {
        id: id.to_owned(),
        pointer: format!("/productOrderItem/{id}"),
        parent,
        ordered: true,
        action: Action::Add,
        quantity: 1,
        offering: None,
        specification: None,
        product: Some(format!("p-{id}")),
        characteristics: Vec::new(),
    }
}

/// A node of the first item; `after` by keys is resolved by [`plan`].
pub struct Made(pub Node, pub Vec<&'static str>);

pub fn service(key: &str) -> Made {
    let mut made = of(key, NodeKind::ServiceOrder);
    made.0.target = Some("oss".to_owned());
    made.0.specification = Some(SpecificationRef {
        id: format!("spec-{key}"),
        name: None,
        class: "ServiceSpecification".to_owned(),
    });
    made.setting("speed", "100")
}

pub fn of(key: &str, kind: NodeKind) -> Made {
    let node = Node {
        key: key.to_owned(),
        item: 0,
        kind,
        name: format!("Work {key}"),
        action: Action::Add,
        specification: None,
        service: None,
        settings: Vec::new(),
        previous: Vec::new(),
        target: None,
        after: Vec::new(),
        compensation: Compensation::Reverse,
        point_of_no_return: None,
        timeout: None,
        milestone: None,
        supplies: Vec::new(),
        parameters: Map::new(),
        because: Because {
            item: "1".to_owned(),
            path: vec!["offering mobile".to_owned()],
            rule: None,
        },
    };
    Made(node, Vec::new())
}

impl Made {
    pub fn after(mut self, keys: &[&'static str]) -> Self {
        self.1 = keys.to_vec();
        self
    }

    pub fn item(mut self, item: usize) -> Self {
        self.0.item = item;
        self
    }

    pub fn setting(mut self, name: &str, value: &str) -> Self {
        self.0.settings.retain(|setting| setting.name != name);
        self.0.settings.push(Setting {
            name: name.to_owned(),
            source: Source::Value(json!(value)),
        });
        self
    }

    pub fn takes(mut self, name: &str, node: &str) -> Self {
        self.0.settings.push(Setting {
            name: name.to_owned(),
            source: Source::Result {
                node: node.to_owned(),
                name: name.to_owned(),
            },
        });
        self
    }

    pub fn hard(mut self) -> Self {
        self.0.point_of_no_return = Some(PointOfNoReturn::Hard);
        self
    }

    pub fn soft(mut self) -> Self {
        self.0.point_of_no_return = Some(PointOfNoReturn::Soft);
        self
    }

    pub fn undo(mut self, compensation: Compensation) -> Self {
        self.0.compensation = compensation;
        self
    }

    pub fn action(mut self, action: Action, service: &str) -> Self {
        self.0.action = action;
        self.0.service = Some(service.to_owned());
        self.0.previous = vec![has("speed", "50")];
        self
    }

    pub fn timeout(mut self, seconds: u64) -> Self {
        self.0.timeout = Some(seconds);
        self
    }

    pub fn milestone(mut self, name: &str) -> Self {
        self.0.milestone = Some(name.to_owned());
        self
    }

    pub fn supplies(mut self, name: &str) -> Self {
        self.0.supplies.push(name.to_owned());
        self
    }
}

/// A plan of nodes of the given items.
pub fn plan(revision: u32, items: Vec<PlacedItem>, made: Vec<Made>) -> Plan {
    let keys: Vec<String> = made.iter().map(|made| made.0.key.clone()).collect();
    let place = |key: &&str| {
        let mut keys = keys.iter();
        keys.position(|k| k == key).expect("a key of the plan")
    };
    let nodes = made.into_iter().map(|Made(mut node, after)| {
        node.after = after.iter().map(place).collect();
        node
    });
    Plan {
        order: "o1".to_owned(),
        revision,
        nodes: nodes.collect(),
        items,
    }
}

/// Number, two services, product, charges: one after the other.
pub fn chain() -> Plan {
    plan(
        1,
        vec![item("1", None)],
        vec![
            of("number", NodeKind::ReserveNumber).supplies("number"),
            service("line").after(&["number"]).takes("number", "number"),
            service("data").after(&["line"]).milestone("connected"),
            of("product", NodeKind::Inventory).after(&["data"]),
            of("billing", NodeKind::Billing).after(&["product"]),
        ],
    )
}

/// Three items: the second relies on the first, the third on none.
pub fn three_items() -> Plan {
    plan(
        1,
        vec![item("1", None), item("2", None), item("3", None)],
        vec![
            service("a"),
            service("b").item(1).after(&["a"]),
            service("c").item(2),
            of("pa", NodeKind::Inventory).after(&["a"]),
            of("pb", NodeKind::Inventory).item(1).after(&["b"]),
            of("pc", NodeKind::Inventory).item(2).after(&["c"]),
        ],
    )
}

/// A bundle with a named part and one that the bundle brings; people and goods take part.
pub fn bundle() -> Plan {
    let mut brought = item("1/router", Some(0));
    brought.ordered = false;
    plan(
        1,
        vec![item("1", None), item("2", Some(0)), brought],
        vec![
            service("access").item(1),
            of("router", NodeKind::Shipment).item(2),
            of("visit", NodeKind::ManualTask)
                .item(1)
                .after(&["access", "router"])
                .undo(Compensation::Nothing),
            service("tv")
                .item(1)
                .after(&["visit"])
                .undo(Compensation::Manual("Take the box back".to_owned())),
            of("part", NodeKind::Inventory).item(1).after(&["tv"]),
            of("whole", NodeKind::Inventory).after(&["part", "router"]),
        ],
    )
}

/// Changes to what is installed.
pub fn changes() -> Plan {
    plan(
        1,
        vec![item("1", None), item("2", None)],
        vec![
            service("speed").action(Action::Modify, "s-1"),
            service("end").item(1).action(Action::Delete, "s-2"),
            of("change", NodeKind::Inventory)
                .action(Action::Modify, "")
                .after(&["speed"]),
            of("terminate", NodeKind::Inventory)
                .item(1)
                .action(Action::Delete, "")
                .after(&["end"]),
        ],
    )
}

pub fn policy() -> Policy {
    Policy {
        retry: RetryPolicy {
            attempts: 3,
            first: 1000,
            max: 8000,
        },
        poll_first: 60_000,
        poll_max: 600_000,
        timeout: 3_600_000,
        ..Policy::default()
    }
}

/// A run, its time, and what it wanted done so far. Our own work succeeds at once.
pub struct Bench {
    pub run: Run,
    pub now: Micros,
    pub effects: Vec<Effect>,
    pub last: Outcome,
}

impl Bench {
    pub fn new(plan: Plan) -> Self {
        Bench::with(plan, Terms::default())
    }

    pub fn with(plan: Plan, terms: Terms) -> Self {
        Bench {
            run: Run::new(plan, terms, policy()),
            now: Micros(1_800_000_000_000_000),
            effects: Vec::new(),
            last: Outcome::default(),
        }
    }

    pub fn started(plan: Plan) -> Self {
        let mut bench = Bench::new(plan);
        bench.apply(Input::Start);
        bench
    }

    pub fn apply(&mut self, input: Input) -> &Outcome {
        let mut last = self.run.apply(input, self.now);
        let mut open = last.effects.clone();
        while !open.is_empty() {
            let effect = open.remove(0);
            if let Effect::Internal(internal) = &effect {
                let done = Input::InternalDone {
                    external_id: internal.external_id.clone(),
                    results: if internal.node == "number" {
                        vec![has("number", "4711")]
                    } else {
                        Vec::new()
                    },
                };
                let more = self.run.apply(done, self.now);
                open.extend(more.effects);
                last.notes.extend(more.notes);
                last.fallouts.extend(more.fallouts);
            }
            self.effects.push(effect);
        }
        self.last = last;
        &self.last
    }

    pub fn act(&mut self, act: Act) -> &Outcome {
        let by = By {
            who: "ann".to_owned(),
            note: Some("because".to_owned()),
        };
        self.apply(Input::Act { act, by })
    }

    pub fn later(&mut self, seconds: i64) {
        self.now = Micros(self.now.0 + seconds * SECOND);
        self.apply(Input::Tick);
    }

    pub fn node(&self, key: &str) -> NodeView {
        let mut nodes = self.run.nodes().into_iter();
        nodes.rfind(|node| node.key == key).expect("a node")
    }

    pub fn phase(&self, key: &str) -> Phase {
        self.node(key).phase
    }

    pub fn report(&mut self, key: &str, state: Status) -> &Outcome {
        let external_id = self.node(key).external_id;
        self.apply(Input::Report(said(&external_id, state)))
    }

    pub fn done(&mut self, key: &str) -> &Outcome {
        self.report(key, Status::Completed)
    }

    pub fn all_done(&mut self, keys: &[&str]) {
        for key in keys {
            self.done(key);
        }
    }

    pub fn fails(&mut self, key: &str, fault: Fault) -> &Outcome {
        let node = self.node(key);
        self.apply(Input::SendFailed {
            external_id: node.external_id,
            attempt: node.attempts,
            fault,
            message: "no".to_owned(),
            wait: None,
        })
    }

    pub fn item(&self, id: &str) -> Status {
        let items = self.run.view().items;
        let found = items.iter().find(|(item, _)| item == id);
        found.expect("an item").1
    }

    /// What was sent so far: external ids in order.
    pub fn sent(&self) -> Vec<String> {
        let sent = self.effects.iter().filter_map(|effect| match effect {
            Effect::Send(sent) | Effect::SendUndo(sent) => Some(sent.external_id.clone()),
            _ => None,
        });
        sent.collect()
    }

    pub fn cancel(&mut self, item: Option<&str>) -> &Outcome {
        self.act(Act::Cancel {
            task: format!("cancel-{}", item.unwrap_or("all")),
            item: item.map(str::to_owned),
            force: false,
            dependants: false,
        })
    }

    pub fn retry(&mut self, node: &str) -> &Outcome {
        self.act(Act::Retry {
            node: node.to_owned(),
            fallout: None,
        })
    }
}

/// A report; what is completed has a service.
pub fn said(external_id: &str, state: Status) -> Report {
    Report {
        external_id: external_id.to_owned(),
        remote_id: Some(format!("r-{external_id}")),
        state,
        service: (state == Status::Completed).then(|| format!("s-{external_id}")),
        ..Report::default()
    }
}
