//! Five resources that differ in known ways, for paging, filtering and sorting.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Run;
use super::session::Created;
use crate::check::{Verdict, mismatch};
use crate::http::{Exchange, encode};
use crate::json;
use crate::profile::FACET_VALUES;
use crate::template::{self, Values};

/// Five resources with ascending labels and facet values and one marker in common.
pub struct Batch {
    /// Query that finds exactly these five.
    pub scope: String,
    /// The label attribute.
    pub label: String,
    /// Labels in ascending order.
    pub labels: Vec<String>,
    /// Ids in the order of the labels.
    pub ids: Vec<String>,
}

/// Makes the five. They are not made in the order of their labels, so that a list in order of
/// creation is not sorted by chance.
pub async fn make(run: &Run<'_>, label: &str, marker: &str) -> Result<Batch, String> {
    let common = run.session.unique();
    let labels: Vec<String> = (0..FACET_VALUES)
        .map(|index| format!("{common}-{index}"))
        .collect();
    let mut made: Vec<(usize, Created)> = Vec::new();
    for index in [2, 0, 4, 1, 3] {
        let mut changes = json!({ label: labels.get(index), marker: common });
        for facet in &run.resource.facets {
            let values = facet
                .values
                .get(index)
                .map(|value| ("value".to_owned(), value.clone()));
            let values = Values::from_iter(values);
            deep_merge(&mut changes, &template::fill(&facet.fragment, &values));
        }
        made.push((index, run.session.make(run.resource, &changes).await?));
    }
    made.sort_by_key(|(index, _)| *index);
    Ok(Batch {
        scope: format!("{marker}={}", encode(&common)),
        label: label.to_owned(),
        labels,
        ids: made.into_iter().map(|(_, created)| created.id).collect(),
    })
}

/// Merges fragments that touch the same list into one element, so that several facets can live
/// in one array.
fn deep_merge(target: &mut Value, fragment: &Value) {
    match (target, fragment) {
        (Value::Object(target), Value::Object(fragment)) => {
            for (name, value) in fragment {
                match target.get_mut(name) {
                    Some(known) => deep_merge(known, value),
                    None => {
                        target.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(target), Value::Array(fragment)) if !target.is_empty() => {
            for (known, value) in target.iter_mut().zip(fragment) {
                deep_merge(known, value);
            }
        }
        (target, fragment) if target.is_array() || target.is_null() => *target = fragment.clone(),
        // Scalars set by an earlier facet stay: that facet depends on them.
        _ => {}
    }
}

impl Batch {
    /// Reads the list within the batch.
    pub async fn query(&self, run: &Run<'_>, condition: &str) -> Exchange {
        let url = format!(
            "{}?{}&{condition}",
            run.session.collection(run.resource),
            self.scope
        );
        run.session.get(url.trim_end_matches('&')).await
    }

    /// The list holds exactly the resources of these positions, in any order.
    pub fn exactly(&self, exchange: &Exchange, positions: &[usize]) -> Verdict {
        let found = listed(exchange)?;
        let expected: BTreeSet<&str> = positions
            .iter()
            .filter_map(|index| self.ids.get(*index))
            .map(String::as_str)
            .collect();
        let set: BTreeSet<&str> = found.iter().map(String::as_str).collect();
        if set == expected && found.len() == positions.len() {
            return Ok(());
        }
        mismatch(
            self.describe(&self.picked(positions)),
            self.describe(&found),
        )
    }

    /// The list holds exactly these resources in this order.
    pub fn in_order(&self, exchange: &Exchange, positions: &[usize]) -> Verdict {
        let found = listed(exchange)?;
        let expected = self.picked(positions);
        if found == expected {
            return Ok(());
        }
        mismatch(self.describe(&expected), self.describe(&found))
    }

    fn picked(&self, positions: &[usize]) -> Vec<String> {
        positions
            .iter()
            .filter_map(|index| self.ids.get(*index).cloned())
            .collect()
    }

    /// Ids as positions, because ids mean nothing to a reader.
    fn describe(&self, ids: &[String]) -> String {
        let names: Vec<String> = ids
            .iter()
            .take(10)
            .map(|id| match self.ids.iter().position(|known| known == id) {
                Some(position) => format!("#{}", position + 1),
                None => format!("foreign {id}"),
            })
            .collect();
        let more = if ids.len() > 10 {
            format!(" and {} more", ids.len() - 10)
        } else {
            String::new()
        };
        format!("{} resources [{}{more}]", ids.len(), names.join(", "))
    }
}

/// Ids of a list answer.
pub fn listed(exchange: &Exchange) -> Result<Vec<String>, crate::check::Mismatch> {
    let body = exchange.json();
    let items = body
        .as_ref()
        .and_then(Value::as_array)
        .filter(|_| exchange.is(&[200, 206]));
    let Some(items) = items else {
        return Err(crate::check::Mismatch {
            expected: "a JSON list with status 200 or 206".to_owned(),
            got: exchange.summary(),
        });
    };
    let ids = items
        .iter()
        .map(|item| item.get("id").map(json::plain).unwrap_or_default());
    Ok(ids.collect())
}
