//! One handler for each verb; which resource it serves is the descriptor's business.

use actix_web::http::header::{ALLOW, CONTENT_TYPE, ETAG, LINK, LOCATION};
use actix_web::http::{Method, StatusCode};
use actix_web::web::{Bytes, Data, Payload};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde_json::Value;

use super::body::{self, Body};
use super::routes::{Target, success_status};
use super::{Gateway, bulk, error, headers, hub};
use crate::behaviour::in_words_of;
use crate::domain::descriptor::{Resource, Verb};
use crate::domain::patch::PatchKind;
use crate::domain::problem::{Code, Outcome, Problem};
use crate::domain::query::{Fields, parse_single};
use crate::engine::{Address, Caller, Idempotency, Page, PatchRequest, Stored, fingerprint};

/// The media type of every answer.
pub(super) const JSON: &str = "application/json;charset=utf-8";

fn took_too_long(request: &HttpRequest) -> Problem {
    Problem {
        internal: Some(format!(
            "{} {} took too long",
            request.method(),
            request.path()
        )),
        message: "The request took too long. A list is quicker with a filter on an indexed \
                  attribute."
            .to_owned(),
        ..Problem::busy(1)
    }
}

/// Answers any request below the API paths.
pub async fn dispatch(
    request: HttpRequest,
    payload: Payload,
    gateway: Data<Gateway>,
) -> HttpResponse {
    let Some((target, id)) = gateway.routes.find(request.path()) else {
        return error::respond(&unknown_path(request.path()));
    };
    let Some(verb) = target.verb(request.method()) else {
        return not_here(&request, &target);
    };
    let call = Call {
        request: &request,
        gateway: &gateway,
        target,
        verb,
        id,
    };
    let response = in_time(&request, &gateway, call.answer(payload)).await;
    count(target.labels(), verb, response.status());
    response
}

/// Waits for an answer as long as a request may take.
pub(super) async fn in_time(
    request: &HttpRequest,
    gateway: &Gateway,
    answer: impl Future<Output = Outcome<HttpResponse>>,
) -> HttpResponse {
    match tokio::time::timeout(gateway.settings.request_timeout, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(problem)) => error::respond(&problem),
        Err(_) => error::respond(&took_too_long(request)),
    }
}

/// Counts a request by API, version and resource.
pub(super) fn count(
    (api, version, resource): (&'static str, &'static str, &'static str),
    verb: Verb,
    status: StatusCode,
) {
    let class = match status.as_u16() {
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        _ => "5xx",
    };
    let verb = match verb {
        Verb::List => "list",
        Verb::Retrieve => "retrieve",
        Verb::Create => "create",
        Verb::Patch => "patch",
        Verb::Delete => "delete",
    };
    metrics::counter!(
        "tollgate_requests_total",
        "api" => api, "version" => version, "resource" => resource, "verb" => verb, "status" => class
    )
    .increment(1);
}

/// The error for a path that nothing is served under.
pub(super) fn unknown_path(path: &str) -> Problem {
    Problem::new(
        Code::UnknownPath,
        format!("Nothing is served under {path}."),
    )
}

fn not_here(request: &HttpRequest, target: &Target) -> HttpResponse {
    method_not_here(request, target.allowed())
}

/// The answer to a method that a path does not have; to OPTIONS, those that it has.
pub(super) fn method_not_here(request: &HttpRequest, allowed: String) -> HttpResponse {
    if request.method() == Method::OPTIONS {
        return HttpResponse::NoContent()
            .insert_header((ALLOW, allowed))
            .finish();
    }
    let problem = Problem::new(
        Code::MethodNotAllowed,
        format!("{} is not one of {allowed}.", request.method()),
    );
    let mut response = error::respond(&problem);
    if let Ok(value) = allowed.parse() {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

/// A request with what is known of it.
pub(super) struct Call<'r> {
    pub request: &'r HttpRequest,
    pub gateway: &'r Gateway,
    pub target: Target,
    pub verb: Verb,
    pub id: String,
}

impl Call<'_> {
    async fn answer(&self, payload: Payload) -> Outcome<HttpResponse> {
        headers::accepts_json(self.request)?;
        match (self.target, self.verb) {
            (Target::Collection(resource), Verb::List) => self.list(resource).await,
            (Target::Collection(resource), Verb::Create) => self.create(resource, payload).await,
            (Target::Collection(resource), _) => bulk::patch(self, resource, payload).await,
            (Target::Item(resource), Verb::Patch) => self.patch(resource, payload).await,
            (Target::Item(resource), Verb::Delete) => self.delete(resource).await,
            (Target::Item(resource), _) => self.retrieve(resource).await,
            (Target::Hub(api), _) => hub::create(self, api, payload).await,
            (Target::Subscription(api), Verb::Delete) => hub::delete(self, api).await,
            (Target::Subscription(api), _) => hub::retrieve(self, api).await,
        }
    }

    /// Who asks. Identities are not there yet: everybody is the local principal.
    pub fn caller(&self) -> Caller {
        Caller::local()
    }

    /// Checks the media type and reads the body; the type is returned as well.
    pub async fn body(&self, payload: Payload, limit: usize) -> Outcome<(String, Bytes)> {
        let media = body::media_type(self.request, self.target.media(self.verb))?;
        let bytes = body::read(self.request, payload, limit).await?;
        Ok((media, bytes))
    }

    async fn list(&self, resource: &'static Resource) -> Outcome<HttpResponse> {
        let core = &self.gateway.engine.core;
        let url = format!("{}{}", core.links.base_url(), self.request.path());
        let page = self
            .gateway
            .engine
            .list(resource, &url, self.request.query_string(), &self.caller())
            .await?;
        let status = if page.partial {
            StatusCode::PARTIAL_CONTENT
        } else {
            StatusCode::OK
        };
        let mut response = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, JSON));
        response.insert_header(("X-Total-Count", page.total.to_string()));
        response.insert_header(("X-Result-Count", page.rows.len().to_string()));
        for (name, value) in [
            (LINK.as_str(), &page.link),
            ("X-Cursor-Before", &page.first),
            ("X-Cursor-After", &page.last),
        ] {
            if let Some(value) = value {
                response.insert_header((name, value.as_str()));
            }
        }
        Ok(response.body(self.items(resource, page)?))
    }

    fn items(&self, resource: &'static Resource, page: Page) -> Outcome<String> {
        let core = &self.gateway.engine.core;
        let size: usize = page.rows.iter().map(|row| row.doc.len() + 256).sum();
        let mut text = String::with_capacity(size + 2);
        text.push('[');
        for (at, row) in page.rows.into_iter().enumerate() {
            if at > 0 {
                text.push(',');
            }
            text.push_str(&core.text(resource, Stored::row(row), &page.fields)?);
        }
        text.push(']');
        Ok(text)
    }

    async fn retrieve(&self, resource: &'static Resource) -> Outcome<HttpResponse> {
        let (address, fields) = self.address(resource)?;
        let stored = self
            .gateway
            .engine
            .get(resource, &address, &self.caller())
            .await?;
        let etag = self.gateway.engine.core.etag(&stored.row);
        if headers::none_match(self.request, &etag) {
            return Ok(HttpResponse::NotModified()
                .insert_header((ETAG, etag))
                .finish());
        }
        self.one(StatusCode::OK, resource, stored, &fields, false)
    }

    async fn create(&self, resource: &'static Resource, payload: Payload) -> Outcome<HttpResponse> {
        let single = parse_single(self.request.query_string(), resource)?;
        let limits = &self.gateway.settings.body;
        let (_, bytes) = self
            .body(payload, limits.bulk_body_bytes.max(limits.body_bytes))
            .await?;
        let body = match body::parse(&bytes, limits)? {
            Body::Many(bodies) => {
                return bulk::create(self, resource, bodies, &single.fields).await;
            }
            Body::One(body) => body,
        };
        let once = headers::idempotency_key(self.request)?.map(|key| Idempotency {
            key,
            fingerprint: fingerprint(self.request.path(), &bytes),
        });
        let stored = self
            .gateway
            .engine
            .create(resource, body, self.caller(), once)
            .await
            .map_err(|problem| in_words_of(resource, problem))?;
        let status = match stored.repeated {
            true => StatusCode::OK,
            false => StatusCode::from_u16(success_status(resource, Verb::Create, 201))
                .unwrap_or(StatusCode::CREATED),
        };
        self.one(status, resource, stored, &single.fields, true)
    }

    async fn patch(&self, resource: &'static Resource, payload: Payload) -> Outcome<HttpResponse> {
        let (address, fields) = self.address(resource)?;
        let limits = &self.gateway.settings.body;
        let (media, bytes) = self.body(payload, limits.body_bytes).await?;
        let kind = PatchKind::from_media(&media)
            .ok_or_else(|| Problem::at(Code::UnsupportedMediaType, "Content-Type", media))?;
        let patch = match (body::parse(&bytes, limits)?, kind) {
            (Body::One(patch), PatchKind::Merge) => patch,
            (Body::Many(operations), PatchKind::Json | PatchKind::JsonQuery) => {
                Value::Array(operations)
            }
            (_, PatchKind::Merge) => {
                return Err(Problem::at(
                    Code::InvalidPatch,
                    "",
                    "a merge patch is a JSON object",
                ));
            }
            (_, _) => {
                return Err(Problem::at(
                    Code::InvalidPatch,
                    "",
                    "a JSON Patch is an array of operations",
                ));
            }
        };
        let if_match = headers::if_match(self.request);
        let request = PatchRequest {
            address,
            kind,
            patch,
            if_match,
        };
        let stored = self
            .gateway
            .engine
            .patch(resource, request, self.caller())
            .await
            .map_err(|problem| in_words_of(resource, problem))?;
        self.one(StatusCode::OK, resource, stored, &fields, false)
    }

    async fn delete(&self, resource: &'static Resource) -> Outcome<HttpResponse> {
        let (address, _) = self.address(resource)?;
        let if_match = headers::if_match(self.request);
        self.gateway
            .engine
            .delete(resource, address, if_match, self.caller())
            .await?;
        Ok(HttpResponse::NoContent().finish())
    }

    /// The resource that path and query mean, and the fields asked for.
    fn address(&self, resource: &'static Resource) -> Outcome<(Address, Fields)> {
        let single = parse_single(self.request.query_string(), resource)?;
        Ok((Address::parse(&self.id, single.version)?, single.fields))
    }

    fn one(
        &self,
        status: StatusCode,
        resource: &'static Resource,
        stored: Stored,
        fields: &Fields,
        located: bool,
    ) -> Outcome<HttpResponse> {
        let core = &self.gateway.engine.core;
        let mut response: HttpResponseBuilder = HttpResponse::build(status);
        response.insert_header((CONTENT_TYPE, JSON));
        response.insert_header((ETAG, core.etag(&stored.row)));
        if located {
            response.insert_header((LOCATION, core.href(resource, &stored.row)));
        }
        Ok(response.body(core.text(resource, stored, fields)?))
    }
}
