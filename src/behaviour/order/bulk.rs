//! Deciding on many fallouts at once: what failed for one cause is tried again when the cause is gone.

use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::Fulfilment;
use super::fallout::KIND;
use super::operate::Wanted;
use crate::behaviour::stored::document;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::engine::Caller;
use crate::ordering::run::Act;
use crate::store::ResourceRow;

/// Fallouts of one request.
const MOST: usize = 500;
/// Fallouts that are looked at in one go.
const CHUNK: i64 = 500;
/// State of a fallout that waits for a decision.
const OPEN: &str = "open";

/// Which fallouts to try again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bulk {
    /// All open ones of this cause; with `ids`, those of them that have it.
    pub cause: Option<String>,
    /// These; all open ones when there are none.
    pub ids: Vec<String>,
    pub note: Option<String>,
}

impl Bulk {
    /// Reads `{"cause": ..., "ids": [...], "note": ...}`.
    ///
    /// # Errors
    /// `InvalidBody` with a pointer; neither cause nor ids would mean everything.
    pub fn read(body: &Value) -> Outcome<Self> {
        let wrong = |name: &str, message: &str| {
            Problem::at(Code::InvalidBody, format!("/{name}"), message.to_owned())
        };
        let text = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong(name, "must be a text")),
        };
        let ids = match body.get("ids") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(ids)) => {
                let ids = ids.iter().map(|id| id.as_str().map(str::to_owned));
                let ids: Option<Vec<String>> = ids.collect();
                ids.ok_or_else(|| wrong("ids", "must be ids of fallouts"))?
            }
            Some(_) => return Err(wrong("ids", "must be ids of fallouts")),
        };
        if ids.len() > MOST {
            return Err(wrong("ids", &format!("has more than {MOST} ids")));
        }
        let bulk = Bulk {
            cause: text("cause")?,
            ids,
            note: text("note")?,
        };
        if bulk.cause.is_none() && bulk.ids.is_empty() {
            return Err(wrong("cause", "is required where no `ids` are given"));
        }
        Ok(bulk)
    }
}

/// A fallout that is to be tried again.
struct Chosen {
    id: String,
    order: String,
    /// None for a step that failed as a whole.
    node: Option<String>,
}

impl Fulfilment {
    /// Tries again what is in fallout, and says of each whether that was followed.
    ///
    /// # Errors
    /// A fault of the store.
    pub async fn retry_fallouts(self: &Arc<Self>, caller: &Caller, bulk: Bulk) -> Outcome<Value> {
        let note = bulk.note.clone();
        let (chosen, mut answers, more) = self.choose(caller, bulk).await?;
        let at_once = self.settings.concurrency.max(1);
        let tried = stream::iter(chosen).map(|one| self.retry_one(caller, one, note.clone()));
        answers.extend(tried.buffered(at_once).collect::<Vec<Value>>().await);
        Ok(json!({ "@type": "FalloutRetry", "fallout": answers, "more": more }))
    }

    async fn retry_one(
        self: &Arc<Self>,
        caller: &Caller,
        one: Chosen,
        note: Option<String>,
    ) -> Value {
        let wanted = match &one.node {
            Some(node) => Wanted::Act(Act::Retry {
                node: node.clone(),
                fallout: Some(one.id.clone()),
            }),
            None => Wanted::StepAgain,
        };
        let outcome = self.act(caller, &one.order, wanted, note).await;
        let mut answer = json!({
            "id": one.id,
            "productOrder": one.order,
            "node": one.node,
            "retried": outcome.is_ok(),
        });
        if let (Err(problem), Some(answer)) = (outcome, answer.as_object_mut()) {
            answer.insert("message".to_owned(), json!(problem.message));
        }
        answer
    }

    /// The open fallouts that are meant, answers for those that cannot be, and whether there are more.
    async fn choose(
        &self,
        caller: &Caller,
        bulk: Bulk,
    ) -> Outcome<(Vec<Chosen>, Vec<Value>, bool)> {
        let tenant = caller.tenant;
        let states = self.store.attributes().numbers([KIND], "state");
        self.store
            .scan(move |session| {
                let mut chosen = Vec::new();
                let mut answers = Vec::new();
                if !bulk.ids.is_empty() {
                    let rows = session.versions_of(tenant, KIND, &bulk.ids)?;
                    for id in &bulk.ids {
                        let row = rows.iter().find(|row| row.id == *id && row.current);
                        match row.and_then(|row| chosen_of(row, bulk.cause.as_deref())) {
                            Some(one) => chosen.push(one),
                            None => answers.push(json!({
                                "id": id,
                                "retried": false,
                                "message": "there is no such open fallout",
                            })),
                        }
                    }
                    return Ok((chosen, answers, false));
                }
                let mut from = i64::MIN;
                loop {
                    let heads = session.heads_by_index(tenant, &states, OPEN, from, CHUNK)?;
                    let Some(last) = heads.last() else {
                        return Ok((chosen, answers, false));
                    };
                    from = last.seq;
                    let ids: Vec<String> = heads.into_iter().map(|head| head.id).collect();
                    let rows = session.versions_of(tenant, KIND, &ids)?;
                    let open = rows.iter().filter(|row| row.current);
                    chosen.extend(open.filter_map(|row| chosen_of(row, bulk.cause.as_deref())));
                    if chosen.len() > MOST {
                        chosen.truncate(MOST);
                        return Ok((chosen, answers, true));
                    }
                }
            })
            .await
    }
}

/// What is to be tried again of an open fallout, if it has the cause.
fn chosen_of(row: &ResourceRow, cause: Option<&str>) -> Option<Chosen> {
    let doc = document(row).ok()?;
    let text = |name: &str| doc.get(name).and_then(Value::as_str);
    let meant = text("state") == Some(OPEN) && (cause.is_none() || text("cause") == cause);
    let order = doc.get("productOrder")?.get("id")?.as_str()?;
    let node = text("node").map(str::to_owned);
    meant.then(|| Chosen {
        id: row.id.clone(),
        order: order.to_owned(),
        node,
    })
}
