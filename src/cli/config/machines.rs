//! `[state_machine.KIND]`: the part of the file whose names are free. It has no defaults among the
//! settings; what it is laid over stands in the domain's own file of machines.

use toml::Value;

use super::error::{Finding, Source};
use super::layers::{Layers, join};
use super::nearest::nearest;
use super::types::Config;
use crate::api::generated::APIS;
use crate::domain::state_machine::{Definition, Machines, Mistake};
use crate::engine::Registry;

/// The section of the file.
pub(super) const SECTION: &str = "state_machine";

/// The state machines of a configuration: ours, with what the operator changed, as far as their
/// kinds are served.
///
/// # Errors
/// Everything that is wrong with them.
pub fn machines(config: &Config) -> Result<Machines, Vec<Mistake>> {
    let registry = Registry::new(APIS);
    let own = &config.state_machine;
    let all = Machines::build(own, config.validation.lifecycle)?;
    all.serving(own, |kind| registry.canonical(kind))
}

/// What is wrong with the machines of a configuration, and where it was said.
pub(super) fn findings(config: &Config, layers: &Layers) -> Vec<Finding> {
    let mistakes = machines(config).err().unwrap_or_default();
    let blamed = |mistake: Mistake| Finding {
        source: layers.free_source(&mistake.key),
        key: mistake.key,
        message: mistake.message,
    };
    mistakes.into_iter().map(blamed).collect()
}

/// Reads the section of a file into the layers.
pub(super) fn read(layers: &mut Layers, section: Value, source: &impl Fn(&str) -> Source) {
    let Value::Table(machines) = section else {
        let message = format!("is a section: machines go below `[{SECTION}.KIND]`");
        return layers.complain(source(SECTION), SECTION.to_owned(), message);
    };
    for (kind, value) in machines {
        let key = join(SECTION, &kind);
        layers.free_sources.insert(key.clone(), source(&key));
        let Value::Table(table) = value else {
            let message = format!("is a section: its settings go below `[{key}]`");
            layers.complain(source(&key), key, message);
            continue;
        };
        read_machine(layers, &key, &table, source);
        // What does not fit was named above, key by key.
        if let Ok(definition) = Definition::try_from_table(table) {
            layers.machines.insert(kind, definition);
        }
    }
}

/// Notes where each key of a machine stands and whether its value is of the right kind.
fn read_machine(
    layers: &mut Layers,
    machine: &str,
    table: &toml::Table,
    source: &impl Fn(&str) -> Source,
) {
    for (name, value) in table {
        let key = join(machine, name);
        if !Definition::KEYS.contains(&name.as_str()) {
            let message = match nearest(name, Definition::KEYS.into_iter()) {
                Some(near) => {
                    format!("is not a setting of a state machine; did you mean `{near}`?")
                }
                None => format!(
                    "is not a setting of a state machine; there are {}",
                    Definition::KEYS.join(", ")
                ),
            };
            layers.complain(source(&key), key, message);
            continue;
        }
        let alone = toml::Table::from_iter([(name.clone(), value.clone())]);
        if let Err(error) = Definition::try_from_table(alone) {
            layers.complain(source(&key), key, format!("has {}", error.message()));
            continue;
        }
        match value {
            Value::Table(moves) => {
                for (state, next) in moves {
                    layers.note_free(join(&key, state), next.clone(), source);
                }
            }
            value => layers.note_free(key, value.clone(), source),
        }
    }
}
