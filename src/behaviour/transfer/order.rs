//! What a job was asked to do, read off its resource: by the rules when it is created, and by the
//! worker when it runs.

use serde_json::Value;

use crate::domain::descriptor::{ApiVersion, Resource};
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::{ListRequest, parse_list};
use crate::engine::Core;
use crate::job::Running;
use crate::outbound::Policy;
use crate::store::IdKey;

use super::halt::Halt;
use super::media::Media;
use super::scope::{Field, Scope};
use super::{Location, Settings};

/// What a job was asked to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    pub location: Location,
    pub media: Media,
    pub scope: Scope,
    /// The `query` of an export.
    pub query: Option<String>,
}

impl Order {
    /// Reads the document of a job, in the stored form. `field` is what jobs of its kind are about.
    ///
    /// # Errors
    /// `UrlRefused` or `InvalidBody` with the pointer.
    pub fn of(
        core: &Core,
        settings: &Settings,
        policy: &Policy,
        field: &Field,
        doc: &Value,
    ) -> Outcome<Self> {
        let text = |name: &str| doc.get(name).and_then(Value::as_str);
        let url =
            text("url").ok_or_else(|| Problem::at(Code::InvalidBody, "/url", "is required"))?;
        let location = Location::parse(settings, policy, url)?;
        let media = Media::of(text("contentType"), &location)?;
        let scope = Scope::parse(&core.registry, field, text("path"))?;
        let query = text("query").map(|q| q.strip_prefix('?').unwrap_or(q));
        let query = query.filter(|q| !q.is_empty()).map(str::to_owned);
        let order = Order {
            location,
            media,
            scope,
            query,
        };
        order.check_query(core)?;
        Ok(order)
    }

    /// The order of a job whose resource is in the store.
    ///
    /// # Errors
    /// `Gone` without the resource; `Fatal` when it asks for what is no longer allowed.
    pub fn load(
        core: &Core,
        settings: &Settings,
        policy: &Policy,
        job: &Running,
    ) -> Result<Self, Halt> {
        let row = job.row();
        let key = IdKey::new(row.tenant, &row.subject_kind, &row.subject_id);
        let rows = job
            .store()
            .read_blocking(|session| session.versions(&key))?;
        let row = rows.into_iter().find(|row| row.current).ok_or(Halt::Gone)?;
        let doc: Value = serde_json::from_str(&row.doc).map_err(Problem::internal)?;
        let field = super::field_of(&row.kind);
        Ok(Order::of(core, settings, policy, field, &doc)?)
    }

    /// The descriptor in which an export shows a kind.
    ///
    /// # Errors
    /// A fault of ours when the tables do not know it.
    pub fn shown(&self, core: &Core, kind: &str) -> Outcome<&'static Resource> {
        let version = self.scope.version.unwrap_or(ApiVersion::V5);
        core.registry
            .in_version(kind, version)
            .ok_or_else(|| Problem::internal(format!("{kind} is not part of {version}")))
    }

    /// The query as the collection of a kind reads it.
    ///
    /// # Errors
    /// `InvalidBody` at `/query` with what is wrong with it.
    pub fn request(&self, core: &Core, kind: &str) -> Outcome<ListRequest> {
        let refuse = |message: &str| Problem::at(Code::InvalidBody, "/query", message);
        let Some(query) = &self.query else {
            return Ok(ListRequest::default());
        };
        let request = parse_list(query, self.shown(core, kind)?)
            .map_err(|problem| refuse(&format!("{kind}: {}", problem.message)))?;
        let windowed = request.offset.is_some()
            || request.limit.is_some()
            || request.after.is_some()
            || request.before.is_some()
            || !request.sort.is_empty();
        if windowed {
            return Err(refuse("an export has neither pages nor an order"));
        }
        Ok(request)
    }

    fn check_query(&self, core: &Core) -> Outcome<()> {
        if self.query.is_none() {
            return Ok(());
        }
        for kind in self.scope.kinds() {
            self.request(core, kind)?;
        }
        Ok(())
    }
}
