//! Which resource a path means. The table is made of the descriptors, so that an API in the model
//! is an API that is served; a lookup costs one hash whatever the number of APIs.

use std::collections::HashMap;

use actix_web::http::Method;

use crate::domain::adapt::href::decode;
use crate::domain::descriptor::{Answer, Api, PATCH_MEDIA, Resource, Verb};

/// What stands behind a path.
#[derive(Clone, Copy)]
pub enum Target {
    Collection(&'static Resource),
    Item(&'static Resource),
    Hub(&'static Api),
    Subscription(&'static Api),
}

/// Paths of all served APIs.
pub struct Routes {
    collections: HashMap<String, Target>,
}

impl Routes {
    pub fn new(apis: &[&'static Api]) -> Self {
        let mut collections = HashMap::new();
        for api in apis.iter().copied() {
            for base in api.base_paths {
                for resource in api.resources.iter().copied() {
                    let path = format!("{base}/{}", resource.path);
                    collections.insert(path, Target::Collection(resource));
                }
                collections.insert(format!("{base}/hub"), Target::Hub(api));
            }
        }
        Routes { collections }
    }

    /// The target of a path and the decoded id where it has one.
    pub fn find(&self, path: &str) -> Option<(Target, String)> {
        let path = path.strip_suffix('/').unwrap_or(path);
        if let Some(target) = self.collections.get(path) {
            return Some((*target, String::new()));
        }
        let (collection, id) = path.rsplit_once('/')?;
        // No id has NUL, and PostgreSQL would not even compare with it.
        let id = decode(id).filter(|id| !id.is_empty() && !id.contains('\0'))?;
        let target = match self.collections.get(collection)? {
            Target::Collection(resource) => Target::Item(resource),
            Target::Hub(api) => Target::Subscription(api),
            other => *other,
        };
        Some((target, id))
    }
}

impl Target {
    /// What a method asks for here, when the target has it.
    pub fn verb(&self, method: &Method) -> Option<Verb> {
        let verb = match (self, method) {
            (Target::Collection(_), &Method::GET | &Method::HEAD) => Verb::List,
            (Target::Collection(_) | Target::Hub(_), &Method::POST) => Verb::Create,
            // An array of patches: ours, for resources that can be patched one by one.
            (Target::Collection(_) | Target::Item(_), &Method::PATCH) => Verb::Patch,
            (Target::Item(_) | Target::Subscription(_), &Method::GET | &Method::HEAD) => {
                Verb::Retrieve
            }
            (Target::Item(_) | Target::Subscription(_), &Method::DELETE) => Verb::Delete,
            _ => return None,
        };
        self.has(verb).then_some(verb)
    }

    fn has(&self, verb: Verb) -> bool {
        match self {
            Target::Collection(resource) | Target::Item(resource) => {
                resource.operation(verb).is_some()
            }
            Target::Hub(api) | Target::Subscription(api) => {
                // Reading a subscription back is harmless and useful where the standard lacks it.
                verb == Verb::Retrieve || api.hub.operations.iter().any(|o| o.verb == verb)
            }
        }
    }

    /// Value of the `Allow` header.
    pub fn allowed(&self) -> String {
        [
            Method::GET,
            Method::HEAD,
            Method::POST,
            Method::PATCH,
            Method::DELETE,
        ]
        .iter()
        .filter(|method| self.verb(method).is_some())
        .map(Method::as_str)
        .chain(["OPTIONS"])
        .collect::<Vec<_>>()
        .join(", ")
    }

    /// Media types that a body may have here.
    pub fn media(&self, verb: Verb) -> &'static [&'static str] {
        if verb == Verb::Patch {
            // v4 declares plain JSON only, but merge patch is what it means by that, and the other
            // forms mean the same in both versions (TMF630 part 1, 5 and part 5).
            return &PATCH_MEDIA;
        }
        let operations = match self {
            Target::Collection(resource) | Target::Item(resource) => resource.operations,
            Target::Hub(api) | Target::Subscription(api) => api.hub.operations,
        };
        operations
            .iter()
            .find(|o| o.verb == verb)
            .map_or(&[], |o| o.media)
    }

    /// Name for metrics: API, version and resource.
    pub fn labels(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Target::Collection(resource) | Target::Item(resource) => {
                (resource.api, resource.version.as_str(), resource.path)
            }
            Target::Hub(api) | Target::Subscription(api) => (api.id, api.version.as_str(), "hub"),
        }
    }
}

/// The status for a success with a body of that kind, as the descriptor declares it.
pub fn success_status(resource: &Resource, verb: Verb, otherwise: u16) -> u16 {
    resource
        .operation(verb)
        .and_then(|operation| {
            operation
                .ok
                .iter()
                .find(|ok| ok.body != Answer::Empty || verb == Verb::Delete)
        })
        .map_or(otherwise, |ok| ok.status)
}
