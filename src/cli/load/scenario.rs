//! What connections send in the scenarios of the closed loop.

use std::sync::Arc;

use super::super::Failure;
use super::args::{Effort, Get, List, Post};
use super::client::{Client, wait};
use super::document::{MARK, Variant, offering};
use super::drive::{Make, Measured, Work, drive};
use super::prepare::references;
use super::random::Random;
use super::request::{self, JSON, MERGE_PATCH, Template};
use super::target::Target;
use crate::domain::clock::Clock;
use crate::domain::descriptor::ApiVersion;

/// The collection that is measured.
pub const OFFERINGS: &str = "productOffering";

/// Bytes of a number in the templates; as long as [`MARK`].
fn unique(high: u64, low: u64) -> String {
    format!("{:08x}{:08x}", high & 0xFFFF_FFFF, low & 0xFFFF_FFFF)
}

/// GET by id.
struct Reads {
    /// What stands before and behind the id.
    parts: (Vec<u8>, Vec<u8>),
    ids: Arc<Vec<String>>,
    random: Random,
}

impl Work for Reads {
    fn next(&mut self, out: &mut Vec<u8>) {
        let at = self.random.below(self.ids.len());
        out.extend_from_slice(&self.parts.0);
        out.extend_from_slice(self.ids.get(at).map_or(b"", |id| id.as_bytes()));
        out.extend_from_slice(&self.parts.1);
    }
}

/// PATCH of a description, each time with another text.
struct Patches {
    target: Target,
    ids: Arc<Vec<String>>,
    random: Random,
    number: u64,
}

impl Work for Patches {
    fn next(&mut self, out: &mut Vec<u8>) {
        let at = self.random.below(self.ids.len());
        let id = self.ids.get(at).map_or("", String::as_str);
        self.number += 1;
        let text = unique(u64::try_from(at).unwrap_or_default(), self.number);
        let class = match self.target.version {
            ApiVersion::V4 => "",
            ApiVersion::V5 => "\"@type\":\"ProductOffering\",",
        };
        let body = format!("{{{class}\"description\":\"Changed under load, {text}\"}}");
        let path = format!("{}/{id}", self.target.collection(OFFERINGS));
        let request =
            request::with_body(&self.target, "PATCH", &path, MERGE_PATCH, body.as_bytes());
        out.extend_from_slice(&request);
    }
}

/// POST with names that are unique in the run and between runs.
struct Posts {
    templates: Vec<Template>,
    run: u64,
    connection: u64,
    number: u64,
}

impl Work for Posts {
    fn next(&mut self, out: &mut Vec<u8>) {
        self.number += 1;
        // A million requests of each connection, 4096 connections.
        let name = unique(self.run, (self.connection << 20) | (self.number & 0xF_FFFF));
        let count = u64::try_from(self.templates.len()).unwrap_or(1).max(1);
        let at = usize::try_from(self.number % count).unwrap_or_default();
        if let Some(template) = self.templates.get_mut(at) {
            out.extend_from_slice(template.fill(name.as_bytes()));
        }
    }

    fn is_good(&self, status: u16) -> bool {
        status == 201
    }
}

/// The same request again and again.
struct Same(Arc<Vec<u8>>);

impl Work for Same {
    fn next(&mut self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

/// `load get`
///
/// # Errors
/// When there is nothing to read.
pub fn get(target: &Target, args: &Get) -> Result<Measured, Failure> {
    let ids = wait(async { Client::new(target).ids(OFFERINGS, args.ids).await })?;
    let ids = Arc::new(ids);
    let request = request::get(target, &format!("{}/{MARK}", target.collection(OFFERINGS)));
    let parts = split(&request)?;
    let make: Make = Arc::new(move |number| {
        Box::new(Reads {
            parts: parts.clone(),
            ids: Arc::clone(&ids),
            random: Random::new(u64::from(number)),
        })
    });
    drive(target, &args.effort, &make)
}

/// A request around the place of its id.
fn split(request: &[u8]) -> Result<(Vec<u8>, Vec<u8>), Failure> {
    let at = memchr::memmem::find(request, MARK.as_bytes());
    let parts = at.and_then(|at| Some((request.get(..at)?, request.get(at + MARK.len()..)?)));
    let (before, behind) = parts.ok_or_else(|| Failure::new("the request has no id"))?;
    Ok((before.to_vec(), behind.to_vec()))
}

/// `load patch`
///
/// # Errors
/// When there is nothing to change.
pub fn patch(target: &Target, args: &Get) -> Result<Measured, Failure> {
    let ids = wait(async { Client::new(target).ids(OFFERINGS, args.ids).await })?;
    let (ids, shared) = (Arc::new(ids), target.clone());
    let make: Make = Arc::new(move |number| {
        Box::new(Patches {
            target: shared.clone(),
            ids: Arc::clone(&ids),
            random: Random::new(u64::from(number)),
            number: 0,
        })
    });
    drive(target, &args.effort, &make)
}

/// `load post`
///
/// # Errors
/// When what is referred to cannot be made.
pub fn post(target: &Target, args: &Post) -> Result<Measured, Failure> {
    let references = match args.references {
        true => wait(references(target, 10))?
            .into_iter()
            .map(Some)
            .collect(),
        false => vec![None],
    };
    let path = target.collection(OFFERINGS);
    let templates: Vec<Template> = (0..20)
        .zip(references.into_iter().cycle())
        .map(|(number, references)| {
            let body = offering(target.version, &Variant { number, references });
            let request = request::with_body(target, "POST", &path, JSON, body.as_bytes());
            Template::new(request, MARK)
        })
        .collect();
    post_all(target, &args.effort, templates)
}

/// POST of documents in turns, each time with another name.
///
/// # Errors
/// As [`drive`].
pub fn post_all(
    target: &Target,
    effort: &Effort,
    templates: Vec<Template>,
) -> Result<Measured, Failure> {
    let run = u64::try_from(Clock::system().now().0 / 1000).unwrap_or_default();
    let make: Make = Arc::new(move |number| {
        Box::new(Posts {
            templates: templates.clone(),
            run,
            connection: u64::from(number),
            number: 0,
        })
    });
    drive(target, effort, &make)
}

/// `load list`
///
/// # Errors
/// When the request is refused at its first use.
pub fn list(target: &Target, args: &List) -> Result<Measured, Failure> {
    // A refusal would be a quick answer: it must not count as a good figure.
    wait(async { Client::new(target).list(OFFERINGS, &args.query).await })?;
    let path = format!(
        "{}?{}",
        target.collection(OFFERINGS),
        request::query(&args.query)
    );
    same(target, &args.effort, &path)
}

/// One GET request on all connections.
///
/// # Errors
/// As [`drive`].
pub fn same(target: &Target, effort: &Effort, path: &str) -> Result<Measured, Failure> {
    let request = Arc::new(request::get(target, path));
    let make: Make = Arc::new(move |_| Box::new(Same(Arc::clone(&request))));
    drive(target, effort, &make)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::super::document::MARK;
    use super::super::drive::Work;
    use super::super::request::Template;
    use super::{Posts, split, unique};

    #[test]
    fn names_are_unique_and_fit_their_place() {
        assert_eq!(unique(u64::MAX, u64::MAX).len(), MARK.len());
        let mut seen = HashSet::new();
        for connection in 0..3 {
            let templates = vec![Template::new(MARK.as_bytes().to_vec(), MARK)];
            let mut posts = Posts {
                templates,
                run: 7,
                connection,
                number: 0,
            };
            for _ in 0..1_000 {
                let mut out = Vec::new();
                posts.next(&mut out);
                assert_eq!(out.len(), MARK.len());
                assert!(seen.insert(out));
            }
        }
    }

    #[test]
    fn requests_are_split_at_the_id() {
        let request = format!("GET /x/{MARK} HTTP/1.1");
        let (before, behind) = split(request.as_bytes()).expect("it has one");
        assert_eq!(
            (before.as_slice(), behind.as_slice()),
            (&b"GET /x/"[..], &b" HTTP/1.1"[..])
        );
        assert!(split(b"GET /x").is_err());
    }
}
