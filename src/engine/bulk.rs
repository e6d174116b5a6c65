//! Several resources in one request: POST and PATCH on a collection with an array body.
//!
//! Each element stands for itself unless the client asks for all or nothing; then one transaction
//! holds them all and the first refusal undoes the rest.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use serde_json::Value;

use super::behaviour::Caller;
use super::create::{NewResource, create_in};
use super::patch::{PatchRequest, patch_in};
use super::{Address, Engine, Stored};
use crate::domain::descriptor::Resource;
use crate::domain::patch::PatchKind;
use crate::domain::problem::{Code, Outcome, Problem};

/// Elements of one array that wait to be written at once.
const AT_ONCE: usize = 64;

/// One element of an array body.
#[derive(Clone, Debug)]
pub enum Element {
    Create(NewResource),
    Patch(PatchRequest),
}

/// What became of an element.
pub type ElementOutcome = Outcome<Stored>;

impl Engine {
    /// Creates each element.
    ///
    /// # Errors
    /// With `all_or_nothing`, the first refusal, its pointers below the element's index.
    pub async fn create_many(
        &self,
        resource: &'static Resource,
        bodies: Vec<Value>,
        caller: Caller,
        all_or_nothing: bool,
    ) -> Outcome<Vec<ElementOutcome>> {
        let elements = bodies
            .into_iter()
            .map(|body| self.core.accept(resource, body).map(Element::Create))
            .collect();
        self.many(resource, elements, caller, all_or_nothing).await
    }

    /// Patches each element by its `id`.
    ///
    /// # Errors
    /// As [`Engine::create_many`].
    pub async fn patch_many(
        &self,
        resource: &'static Resource,
        patches: Vec<Value>,
        caller: Caller,
        all_or_nothing: bool,
    ) -> Outcome<Vec<ElementOutcome>> {
        let elements = patches.into_iter().map(patch_element).collect();
        self.many(resource, elements, caller, all_or_nothing).await
    }

    async fn many(
        &self,
        resource: &'static Resource,
        elements: Vec<Outcome<Element>>,
        caller: Caller,
        all_or_nothing: bool,
    ) -> Outcome<Vec<ElementOutcome>> {
        let done = if all_or_nothing {
            let elements = elements
                .into_iter()
                .enumerate()
                .map(|(at, element)| element.map_err(|problem| problem.below(&format!("/{at}"))))
                .collect::<Outcome<Vec<Element>>>()?;
            self.together(resource, elements, caller).await?
        } else {
            // The writer puts what arrives together into one transaction anyway; the bound keeps
            // one array from filling the queue of writes.
            stream::iter(elements)
                .map(|element| self.alone(resource, element, caller.clone()))
                .buffered(AT_ONCE)
                .collect()
                .await
        };
        self.wake();
        self.all_shown(done).await
    }

    async fn alone(
        &self,
        resource: &'static Resource,
        element: Outcome<Element>,
        caller: Caller,
    ) -> ElementOutcome {
        let element = element?;
        let run = self.runner(resource, caller)?;
        self.store.write(move |tx| run(tx, &element)).await
    }

    async fn together(
        &self,
        resource: &'static Resource,
        elements: Vec<Element>,
        caller: Caller,
    ) -> Outcome<Vec<ElementOutcome>> {
        let run = self.runner(resource, caller)?;
        self.store
            .write(move |tx| {
                elements
                    .iter()
                    .enumerate()
                    .map(|(at, element)| {
                        run(tx, element)
                            .map(Ok)
                            .map_err(|problem| problem.below(&format!("/{at}")))
                    })
                    .collect()
            })
            .await
    }

    /// The write of one element, for a transaction.
    fn runner(
        &self,
        resource: &'static Resource,
        caller: Caller,
    ) -> Outcome<impl Fn(&mut crate::store::Tx<'_>, &Element) -> ElementOutcome + Send + 'static>
    {
        let core = Arc::clone(&self.core);
        let canonical = core.canonical(resource)?;
        let now = core.clock.now();
        Ok(
            move |tx: &mut crate::store::Tx<'_>, element: &Element| match element {
                Element::Create(new) => create_in(&core, tx, &caller, canonical, new, now),
                Element::Patch(request) => patch_in(&core, tx, &caller, resource, request, now),
            },
        )
    }
}

fn patch_element(patch: Value) -> Outcome<Element> {
    let id = patch.get("id").and_then(Value::as_str).map(str::to_owned);
    let Some(id) = id.filter(|id| !id.is_empty()) else {
        return Err(Problem::at(
            Code::InvalidPatch,
            "/id",
            "is required to find the resource",
        ));
    };
    let mut patch = patch;
    if let Some(object) = patch.as_object_mut() {
        object.shift_remove("id");
        object.shift_remove("href");
    }
    Ok(Element::Patch(PatchRequest {
        address: Address::parse(&id, None)?,
        kind: PatchKind::Merge,
        patch,
        if_match: Vec::new(),
    }))
}
