//! A small TMF server in memory, right unless told to be wrong.

mod query;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::Duration;

use conformance::http::{Call, Client};
use conformance::{Options, Report, profile};
use reqwest::Method;
use serde_json::{Map, Value, json};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, Respond, ResponseTemplate};

pub use query::Query;

const BASE: &str = "/tmf-api/thingManagement/v5/";
/// Where another API of the same server keeps who owns the things.
const OWNERS: &str = "/tmf-api/ownerManagement/v5/owner";
const OWNER: &str = "the owner";
const PATH: [&str; 3] = ["draft", "active", "closed"];

/// The one thing that the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    None,
    NoLocation,
    NoErrorBody,
    ErrorWithoutType,
    WrongTotal,
    NoResultCount,
    IgnoresLimit,
    IgnoresFields,
    IgnoresSort,
    IgnoresFilter,
    ComparesAsText,
    NoNextLink,
    AcceptsMissingName,
    AcceptsAnyMedia,
    KeepsNulls,
    AppendsArrays,
    PatchIsPartial,
    ForgetsExtensions,
    NotAtomic,
    IgnoresIfMatch,
    AnyMove,
    NoAllow,
    DeleteKeeps,
    NoEvents,
    EventsTwice,
    IgnoresHubQuery,
    NeverUnsubscribes,
    HubAnswers200,
    UnknownPathIs200,
}

struct Hub {
    id: String,
    callback: String,
    query: Query,
}

#[derive(Default)]
struct State {
    things: Vec<Value>,
    hubs: Vec<Hub>,
    counter: u64,
}

struct Server {
    base: String,
    fault: Fault,
    state: Mutex<State>,
    events: UnboundedSender<(String, Value)>,
}

/// Runs the checks against a server with one fault.
pub async fn report(fault: Fault) -> Report {
    let (events, mut queue) = unbounded_channel();
    let client = Client::new(&[], Duration::from_secs(5)).unwrap();
    let sending = tokio::spawn(async move {
        while let Some((url, event)) = queue.recv().await {
            client.send(Call::json(Method::POST, url, &event)).await;
        }
    });
    let mock = MockServer::start().await;
    let server = Server {
        base: mock.uri(),
        fault,
        state: Mutex::default(),
        events,
    };
    Mock::given(any()).respond_with(server).mount(&mock).await;
    let mut options = Options::new(mock.uri());
    options.profiles = vec![profile::parse(include_str!("thing.yaml")).unwrap()];
    options.event_timeout = if fault == Fault::NoEvents {
        Duration::from_millis(200)
    } else {
        Duration::from_secs(10)
    };
    let report = conformance::run(&options).await.unwrap();
    sending.abort();
    report
}

impl Respond for Server {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.answer(request)
    }
}

/// The other API: one owner that can be made and deleted.
fn owner(method: &str, rest: &str) -> ResponseTemplate {
    match (method, rest) {
        ("POST", "") => json_body(201, &json!({ "id": OWNER })),
        ("DELETE", "/the%20owner") => ResponseTemplate::new(204),
        _ => ResponseTemplate::new(404),
    }
}

/// What is answered, or the status of the error.
type Answer = Result<ResponseTemplate, u16>;

impl Server {
    fn answer(&self, request: &Request) -> ResponseTemplate {
        let path = request.url.path().to_owned();
        if let Some(rest) = path.strip_prefix(OWNERS) {
            return owner(request.method.as_str(), rest);
        }
        let parts: Vec<&str> = path
            .strip_prefix(BASE)
            .unwrap_or("?")
            .split('/')
            .filter(|part| !part.is_empty())
            .collect();
        let answer = match (request.method.as_str(), parts.as_slice()) {
            ("GET", ["thing"]) => self.list(request),
            ("POST", ["thing"]) => self.create(request),
            ("GET", ["thing", id]) => self.read(request, id),
            ("PATCH", ["thing", id]) => self.patch(request, id),
            ("DELETE", ["thing", id]) => self.delete(id),
            ("POST", ["hub"]) => self.subscribe(request),
            ("DELETE", ["hub", id]) => self.unsubscribe(id),
            (_, ["thing"]) => Ok(self.not_allowed("GET, POST")),
            (_, ["thing", _]) => Ok(self.not_allowed("GET, PATCH, DELETE")),
            _ if self.fault == Fault::UnknownPathIs200 => Ok(json_body(200, &json!([]))),
            _ => Err(404),
        };
        answer.unwrap_or_else(|status| self.error(status))
    }

    fn not_allowed(&self, methods: &str) -> ResponseTemplate {
        if self.fault == Fault::NoAllow {
            return self.error(405);
        }
        self.error(405).insert_header("Allow", methods)
    }

    fn error(&self, status: u16) -> ResponseTemplate {
        let mut body =
            json!({"@type": "Error", "code": "1", "reason": "no", "status": status.to_string()});
        if self.fault == Fault::NoErrorBody {
            return ResponseTemplate::new(status);
        }
        if self.fault == Fault::ErrorWithoutType {
            body.as_object_mut().unwrap().remove("@type");
        }
        json_body(status, &body)
    }

    fn body(&self, request: &Request, allowed: &[&str]) -> Result<Value, u16> {
        let media = media(request);
        if !allowed.contains(&media.as_str()) && self.fault != Fault::AcceptsAnyMedia {
            return Err(415);
        }
        serde_json::from_slice(&request.body).map_err(|_| 400_u16)
    }

    fn valid(&self, body: &Value) -> Result<(), u16> {
        let named = body.get("name").is_some_and(Value::is_string)
            || (self.fault == Fault::AcceptsMissingName && body.get("name").is_none());
        let typed = body.get("@type").is_some_and(Value::is_string);
        let sized = body.pointer("/size/amount").is_none_or(Value::is_number);
        let owned = body
            .pointer("/owner/id")
            .is_none_or(|id| id.as_str() == Some(OWNER));
        if named && typed && sized && owned && body.is_object() {
            Ok(())
        } else {
            Err(400)
        }
    }

    fn create(&self, request: &Request) -> Answer {
        let mut body = self.body(request, &["application/json"])?;
        self.valid(&body)?;
        let mut state = self.state.lock().unwrap();
        state.counter += 1;
        let id = format!("t{}", state.counter);
        let href = format!("{}{BASE}thing/{id}", self.base);
        let map = body.as_object_mut().unwrap();
        map.insert("id".into(), json!(id));
        map.insert("href".into(), json!(href));
        if self.fault == Fault::ForgetsExtensions {
            map.retain(|name, _| !name.starts_with("conformance"));
        }
        state.things.push(body.clone());
        self.raise(&mut state, "ThingCreateEvent", &body);
        let mut answer = json_body(201, &self.shaped(&Query::of(request), &body));
        if self.fault != Fault::NoLocation {
            answer = answer.insert_header("Location", href);
        }
        Ok(answer)
    }

    fn shaped(&self, query: &Query, body: &Value) -> Value {
        if self.fault == Fault::IgnoresFields {
            body.clone()
        } else {
            query.shape(body)
        }
    }

    fn find(&self, state: &State, id: &str) -> Result<usize, u16> {
        let found = state.things.iter().position(|thing| thing["id"] == id);
        found.ok_or(404_u16)
    }

    fn read(&self, request: &Request, id: &str) -> Answer {
        let state = self.state.lock().unwrap();
        let thing = &state.things[self.find(&state, id)?];
        let tag = etag(thing);
        if header(request, "if-none-match") == tag {
            return Ok(ResponseTemplate::new(304));
        }
        Ok(json_body(200, &self.shaped(&Query::of(request), thing)).insert_header("ETag", tag))
    }

    fn list(&self, request: &Request) -> Answer {
        let query = Query::of(request);
        if !query.valid() {
            return Err(400);
        }
        let state = self.state.lock().unwrap();
        let as_text = self.fault == Fault::ComparesAsText;
        let matching =
            |thing: &&Value| self.fault == Fault::IgnoresFilter || query.matches(thing, as_text);
        let mut found: Vec<Value> = state.things.iter().filter(matching).cloned().collect();
        if self.fault != Fault::IgnoresSort {
            query.sort(&mut found);
        }
        let total = found.len();
        let (offset, limit) = (query.offset(), query.limit().unwrap_or(total.max(1)));
        let limit = if self.fault == Fault::IgnoresLimit {
            total.max(1)
        } else {
            limit
        };
        let page: Vec<Value> = found
            .iter()
            .skip(offset)
            .take(limit)
            .map(|thing| self.shaped(&query, thing))
            .collect();
        let told = if self.fault == Fault::WrongTotal {
            page.len()
        } else {
            total
        };
        let mut answer = json_body(if page.len() < total { 206 } else { 200 }, &json!(page))
            .insert_header("X-Total-Count", told.to_string());
        if self.fault != Fault::NoResultCount {
            answer = answer.insert_header("X-Result-Count", page.len().to_string());
        }
        let links = query.links(&format!("{}{BASE}thing", self.base), offset, limit, total);
        let kept = links
            .iter()
            .filter(|(rel, _)| self.fault != Fault::NoNextLink || *rel != "next");
        let text: Vec<String> = kept
            .map(|(rel, url)| format!("<{url}>; rel=\"{rel}\""))
            .collect();
        Ok(answer.insert_header("Link", text.join(", ")))
    }

    fn patch(&self, request: &Request, id: &str) -> Answer {
        const MEDIA: [&str; 4] = [
            "application/json",
            "application/merge-patch+json",
            "application/json-patch+json",
            "application/json-patch-query+json",
        ];
        let patch = self.body(request, &MEDIA)?;
        let mut state = self.state.lock().unwrap();
        let index = self.find(&state, id)?;
        let before = state.things[index].clone();
        let tag = header(request, "if-match");
        if !tag.is_empty() && tag != etag(&before) && self.fault != Fault::IgnoresIfMatch {
            return Err(412);
        }
        let mut after = before.clone();
        let applied = if media(request).contains("json-patch") {
            self.operations(&mut after, &patch)
        } else {
            self.merge(&mut after, &patch)
        };
        if let Err(refusal) = applied {
            if self.fault == Fault::NotAtomic {
                state.things[index] = after;
            }
            return Err(refusal);
        }
        self.valid(&after)?;
        self.legal(&before, &after)?;
        state.things[index] = after.clone();
        let moved = before["state"] != after["state"];
        let kind = if moved {
            "ThingStateChangeEvent"
        } else {
            "ThingAttributeValueChangeEvent"
        };
        self.raise(&mut state, kind, &after);
        if self.fault == Fault::PatchIsPartial {
            return Ok(json_body(200, &patch));
        }
        Ok(json_body(200, &self.shaped(&Query::of(request), &after)))
    }

    fn legal(&self, before: &Value, after: &Value) -> Result<(), u16> {
        let place = |value: &Value| PATH.iter().position(|state| value["state"] == *state);
        match (place(before), place(after)) {
            (Some(from), Some(to)) if to > from + 1 && self.fault != Fault::AnyMove => Err(409),
            _ => Ok(()),
        }
    }

    fn merge(&self, target: &mut Value, patch: &Value) -> Result<(), u16> {
        let patch = patch.as_object().ok_or(400_u16)?;
        if patch.contains_key("id") || patch.contains_key("href") {
            return Err(400);
        }
        let target = target.as_object_mut().unwrap();
        for (name, value) in patch {
            match (value, target.get_mut(name)) {
                (Value::Null, _) if self.fault == Fault::KeepsNulls => {}
                (Value::Null, _) => {
                    target.remove(name);
                }
                (Value::Array(new), Some(Value::Array(old)))
                    if self.fault == Fault::AppendsArrays =>
                {
                    old.extend(new.clone());
                }
                _ => {
                    target.insert(name.clone(), value.clone());
                }
            }
        }
        Ok(())
    }

    /// Operations on first-level attributes, `/-`, and one query to select an element.
    fn operations(&self, target: &mut Value, patch: &Value) -> Result<(), u16> {
        for operation in patch.as_array().ok_or(400_u16)? {
            let path = operation["path"].as_str().ok_or(400_u16)?;
            let (path, selection) = path
                .split_once('?')
                .map_or((path, None), |(path, query)| (path, Some(query)));
            let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
            let value = operation["value"].clone();
            let map = target.as_object_mut().unwrap();
            match (operation["op"].as_str(), parts.as_slice(), selection) {
                (Some("test"), [name], _) if map.get(*name) != Some(&value) => {
                    return Err(409);
                }
                (Some("test"), ..) => {}
                (Some("remove"), [name], _) => {
                    map.remove(*name).ok_or(400_u16)?;
                }
                (Some(_), [name], _) => {
                    map.insert((*name).to_owned(), value);
                }
                (Some("add"), [name, "-"], _) => map[*name].as_array_mut().unwrap().push(value),
                (Some(_), [name, attribute], Some(selection)) => {
                    let (key, wanted) = selection.split_once('=').unwrap();
                    for element in map[*name].as_array_mut().unwrap() {
                        if element[key] == wanted {
                            element[*attribute] = value.clone();
                        }
                    }
                }
                _ => return Err(400),
            }
        }
        Ok(())
    }

    fn delete(&self, id: &str) -> Answer {
        let mut state = self.state.lock().unwrap();
        let index = self.find(&state, id)?;
        let thing = state.things[index].clone();
        if self.fault != Fault::DeleteKeeps {
            state.things.remove(index);
        }
        self.raise(&mut state, "ThingDeleteEvent", &thing);
        Ok(ResponseTemplate::new(204))
    }

    fn subscribe(&self, request: &Request) -> Answer {
        let mut body = self.body(request, &["application/json"])?;
        let callback = body["callback"].as_str().unwrap_or_default().to_owned();
        if !callback.starts_with("http://") {
            return Err(400);
        }
        let query = if self.fault == Fault::IgnoresHubQuery {
            ""
        } else {
            body["query"].as_str().unwrap_or_default()
        };
        let mut state = self.state.lock().unwrap();
        state.counter += 1;
        let id = format!("h{}", state.counter);
        state.hubs.push(Hub {
            id: id.clone(),
            callback,
            query: Query::parse(query),
        });
        body.as_object_mut().unwrap().insert("id".into(), json!(id));
        let status = if self.fault == Fault::HubAnswers200 {
            200
        } else {
            201
        };
        Ok(json_body(status, &body)
            .insert_header("Location", format!("{}{BASE}hub/{id}", self.base)))
    }

    fn unsubscribe(&self, id: &str) -> Answer {
        let mut state = self.state.lock().unwrap();
        let index = state
            .hubs
            .iter()
            .position(|hub| hub.id == id)
            .ok_or(404_u16)?;
        if self.fault == Fault::NeverUnsubscribes {
            // Gone for its owner, but still served.
            state.hubs[index].id = String::new();
        } else {
            state.hubs.remove(index);
        }
        Ok(ResponseTemplate::new(204))
    }

    fn raise(&self, state: &mut State, kind: &str, thing: &Value) {
        if self.fault == Fault::NoEvents {
            return;
        }
        state.counter += 1;
        let event = json!({
            "@type": kind, "eventType": kind, "eventId": format!("e{}", state.counter),
            "eventTime": "2026-01-01T00:00:00Z", "title": "a title", "event": {"thing": thing},
        });
        let copies = if self.fault == Fault::EventsTwice {
            2
        } else {
            1
        };
        for hub in state
            .hubs
            .iter()
            .filter(|hub| hub.query.matches(&event, false))
        {
            for _ in 0..copies {
                let _ = self
                    .events
                    .send((hub.callback.clone(), hub.query.shape(&event)));
            }
        }
    }
}

fn json_body(status: u16, body: &Value) -> ResponseTemplate {
    ResponseTemplate::new(status).set_body_raw(body.to_string(), "application/json;charset=utf-8")
}

fn header(request: &Request, name: &str) -> String {
    request
        .headers
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
        .to_owned()
}

fn media(request: &Request) -> String {
    header(request, "content-type")
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn etag(thing: &Value) -> String {
    let sum: u64 = thing.to_string().bytes().fold(7, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    });
    format!("\"{sum:x}\"")
}

/// Keeps only the selected paths of an object.
pub fn select(value: &Value, paths: &[Vec<String>]) -> Value {
    let Some(map) = value.as_object() else {
        return value.clone();
    };
    let mut kept = Map::new();
    let mut nested: BTreeMap<&String, Vec<Vec<String>>> = BTreeMap::new();
    for path in paths {
        let Some(first) = path.first() else { continue };
        if path.len() == 1 {
            if let Some(found) = map.get(first) {
                kept.insert(first.clone(), found.clone());
            }
        } else {
            nested.entry(first).or_default().push(path[1..].to_vec());
        }
    }
    for (name, paths) in nested {
        if let Some(found) = map.get(name) {
            kept.insert(name.clone(), select(found, &paths));
        }
    }
    Value::Object(kept)
}
