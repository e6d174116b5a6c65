//! From the files to the complete model. Everything that is wrong is collected, each mistake with
//! its file and key, instead of stopping at the first.

mod entities;
mod events;
mod flatten;
mod forms;
mod operations;
mod paths;
mod reach;
mod resources;
mod scope;

use std::collections::BTreeSet;

use crate::domain::descriptor::ApiVersion;
use crate::model::{Api, Model};
use crate::problem::Problems;
use crate::source::{ApiSource, CommonSource, Named, Sources};

use scope::Scope;

/// Resolves every API of the manifest.
pub fn resolve(sources: &Sources) -> Result<Model, Problems> {
    let mut problems = Problems::default();
    let mut order: Vec<usize> = (0..sources.apis.len()).collect();
    // The newest version first: older ones refer to it.
    order.sort_by(|a, b| version_text(sources, *b).cmp(version_text(sources, *a)));
    let mut done: Vec<(usize, Api)> = Vec::new();
    for index in order {
        let source = &sources.apis[index];
        let Some((version, common)) = conventions(sources, source, &mut problems) else {
            continue;
        };
        let newer = done
            .iter()
            .map(|(_, api)| api)
            .find(|api| api.id == source.content.api && api.version > version);
        let newest = newest_conventions(sources).filter(|(of, _)| *of > version);
        let scope = Scope::new(
            version,
            source,
            common,
            &sources.glossary,
            (newer, newest.map(|(_, common)| common)),
            &mut problems,
        );
        done.push((index, resolve_api(&scope, &mut problems)));
    }
    check_targets(sources, &done, &mut problems);
    done.sort_by_key(|(index, _)| *index);
    let apis = done.into_iter().map(|(_, api)| api).collect();
    problems.or(Model { apis })
}

/// References may lead from one API to another, so this needs all of them.
fn check_targets(sources: &Sources, done: &[(usize, Api)], problems: &mut Problems) {
    let resources = done.iter().flat_map(|(_, api)| &api.resources);
    let kinds: BTreeSet<&str> = resources.map(|r| r.kind.as_str()).collect();
    for (index, api) in done {
        resources::check_targets(&sources.apis[*index].file, api, &kinds, problems);
    }
}

/// What the newest version's APIs share.
fn newest_conventions(sources: &Sources) -> Option<(ApiVersion, &CommonSource)> {
    let known = sources.common.iter();
    let known = known.filter_map(|(name, file)| Some((ApiVersion::parse(name)?, &file.content)));
    known.max_by_key(|(version, _)| *version)
}

fn version_text(sources: &Sources, index: usize) -> &str {
    &sources.apis[index].content.version
}

fn conventions<'a>(
    sources: &'a Sources,
    source: &Named<ApiSource>,
    problems: &mut Problems,
) -> Option<(ApiVersion, &'a Named<CommonSource>)> {
    let text = &source.content.version;
    let version = ApiVersion::parse(text);
    let common = sources.common.iter().find(|(name, _)| name == text);
    match (version, common) {
        (Some(version), Some((_, common))) => Some((version, common)),
        _ => {
            let message =
                format!("`{text}` is not a version that the manifest lists under `common`");
            problems.add(&source.file, "version", message);
            None
        }
    }
}

fn resolve_api(scope: &Scope<'_>, problems: &mut Problems) -> Api {
    let source = &scope.api.content;
    if source.base_paths.is_empty() {
        problems.add(&scope.api.file, "base_paths", "at least one is needed");
    }
    for path in &source.base_paths {
        if !path.starts_with('/') || path.ends_with('/') {
            let message = format!("`{path}` must start with a slash and not end with one");
            problems.add(&scope.api.file, "base_paths", message);
        }
    }
    let mut entities = entities::resolve(scope, problems);
    let enums = entities::enums(scope, &entities, problems);
    let resources = resources::resolve(scope, &mut entities, problems);
    let hub = operations::hub(scope, &entities, problems);
    forms::decide(scope, &mut entities, &resources, &hub);
    Api {
        id: source.api.clone(),
        version: scope.version,
        edition: source.edition.clone(),
        title: source.title.clone(),
        about: source.about.clone(),
        base_paths: source.base_paths.clone(),
        listeners: resources::listeners(scope, &resources, problems),
        resources,
        entities,
        enums,
        hub,
    }
}
