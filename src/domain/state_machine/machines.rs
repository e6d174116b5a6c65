//! All machines by kind: ours, with what an operator changed.

use std::sync::Arc;

use super::build::{Mistake, build};
use super::definition::{Definition, Definitions};
use super::{State, StateMachine};
use crate::domain::descriptor::{Kind, Resource, Scalar};
use crate::domain::mode::Mode;

/// The machines that the server comes with.
const EMBEDDED: &str = include_str!("machines.toml");

/// The machines of a server. Built once at start; a lookup is a search among some twenty names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Machines {
    /// Sorted by kind.
    machines: Vec<Arc<StateMachine>>,
}

/// A machine of ours.
struct Embedded {
    definition: Definition,
    server_owned: bool,
    /// The program relies on the states, so nobody changes them.
    fixed: bool,
}

impl Machines {
    /// Our machines with the operator's definitions laid over them. `lifecycle` is the mode of the
    /// catalog's (`validation.lifecycle`), where the operator does not give them one of their own.
    ///
    /// # Errors
    /// Everything that is wrong, with its key.
    pub fn build(own: &Definitions, lifecycle: Mode) -> Result<Self, Vec<Mistake>> {
        let mut embedded = embedded()?;
        let mut mistakes = Vec::new();
        for (kind, definition) in own {
            let known = embedded.iter_mut().find(|(known, _)| known == kind);
            match known {
                Some((_, base)) if base.server_owned => {
                    let message = "is moved by the server alone and cannot be changed";
                    mistakes.push(Mistake::at(kind, "", message));
                }
                Some((_, base)) if base.fixed => {
                    let message = "is relied on by the program and cannot be changed";
                    mistakes.push(Mistake::at(kind, "", message));
                }
                Some((_, base)) => base.definition = definition.over(&base.definition),
                None => embedded.push((kind.clone(), Embedded::new(definition))),
            }
        }
        let mut machines = Vec::with_capacity(embedded.len());
        for (kind, from) in &embedded {
            match build(kind, &from.definition, lifecycle) {
                Ok(machine) => machines.push(Arc::new(StateMachine {
                    server_owned: from.server_owned,
                    ..machine
                })),
                Err(found) => mistakes.extend(found),
            }
        }
        if !mistakes.is_empty() {
            return Err(mistakes);
        }
        machines.sort_by(|a, b| a.kind.cmp(&b.kind));
        Ok(Machines { machines })
    }

    /// Only the machines of kinds that are served, each held against the resource. `own` are the
    /// kinds that the operator named; those must be served. `resource` gives the stored form of a
    /// kind.
    ///
    /// # Errors
    /// Machines whose attribute the resource does not have or whose states it cannot hold; kinds
    /// that there are not.
    pub fn serving(
        self,
        own: &Definitions,
        resource: impl Fn(&str) -> Option<&'static Resource>,
    ) -> Result<Self, Vec<Mistake>> {
        let ours = embedded()?;
        let mut mistakes = Vec::new();
        let mut machines = Vec::with_capacity(self.machines.len());
        for machine in self.machines {
            let kind = machine.kind.as_str();
            if let Some(resource) = resource(kind) {
                mistakes.extend(misfits(&machine, resource));
                machines.push(machine);
            } else if own.contains_key(kind) && !ours.iter().any(|(known, _)| known == kind) {
                mistakes.push(Mistake::at(kind, "", "names no kind of resource"));
            }
        }
        if mistakes.is_empty() {
            Ok(Machines { machines })
        } else {
            Err(mistakes)
        }
    }

    /// The machine of a kind.
    pub fn of(&self, kind: &str) -> Option<&Arc<StateMachine>> {
        let at = self
            .machines
            .binary_search_by(|machine| machine.kind.as_str().cmp(kind));
        self.machines.get(at.ok()?)
    }

    /// All machines, sorted by kind.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<StateMachine>> {
        self.machines.iter()
    }
}

impl Embedded {
    /// A machine for a kind that has none from us: strict, unless it says otherwise.
    fn new(definition: &Definition) -> Self {
        let strict = Definition {
            mode: Some(Mode::Strict),
            ..Definition::default()
        };
        Embedded {
            definition: definition.over(&strict),
            server_owned: false,
            fixed: false,
        }
    }
}

/// Our machines by kind.
fn embedded() -> Result<Vec<(String, Embedded)>, Vec<Mistake>> {
    let broken = |error: toml::de::Error| vec![Mistake::at("", "", error.to_string())];
    let mut document: toml::Table = toml::from_str(EMBEDDED).map_err(broken)?;
    let mut found = Vec::new();
    let Some(toml::Value::Array(machines)) = document.remove("machine") else {
        return Ok(found);
    };
    for machine in machines {
        let mut table: toml::Table = machine.try_into().map_err(broken)?;
        let kinds: Vec<String> = match table.remove("kinds") {
            Some(kinds) => kinds.try_into().map_err(broken)?,
            None => Vec::new(),
        };
        let mut is = |key: &str| table.remove(key) == Some(toml::Value::Boolean(true));
        let (server_owned, fixed) = (is("server_owned"), is("fixed"));
        let definition: Definition = Definition::try_from_table(table).map_err(broken)?;
        found.extend(kinds.into_iter().map(|kind| {
            let definition = definition.clone();
            (
                kind,
                Embedded {
                    definition,
                    server_owned,
                    fixed,
                },
            )
        }));
    }
    Ok(found)
}

/// What keeps a resource from having the states.
fn misfits(machine: &StateMachine, resource: &Resource) -> Vec<Mistake> {
    let complain = |key: &str, message: String| vec![Mistake::at(&machine.kind, key, message)];
    let name = machine.attribute.as_str();
    if let Some(state) = resource.state
        && state != name
    {
        return complain(
            "attribute",
            format!("is `{name}`, but the state of this kind is in `{state}`"),
        );
    }
    match resource.entity.attribute(name) {
        Some(attribute) if !attribute.many => match attribute.kind {
            Kind::Scalar(Scalar::String) => Vec::new(),
            Kind::Enum(values) => {
                let foreign = |state: &&State| !values.values.contains(&state.name());
                match machine.states.iter().find(foreign) {
                    None => Vec::new(),
                    Some(state) => complain(
                        "states",
                        format!(
                            "has `{}`, but `{name}` can only be: {}",
                            state.name,
                            values.values.join(", ")
                        ),
                    ),
                }
            }
            _ => complain("attribute", format!("is `{name}`, which holds no text")),
        },
        _ => complain(
            "attribute",
            format!("is `{name}`, which this kind does not have as a single value"),
        ),
    }
}
