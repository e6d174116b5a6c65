//! External ids: what a node is called in other systems. They follow from order, revision and
//! node, so that the same work is never sent under two names, and the name found again.

use super::work::Work;

/// What is done with a node under an external id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Do,
    Undo,
}

/// `{order}.{revision}.{key}`, with `.r2` for the second round after a definite end, and for what
/// takes back `.undo`, with `.2` likewise.
pub(super) fn external_id(work: &Work, job: usize, purpose: Purpose, rounds: (u32, u32)) -> String {
    let (revision, key) = work
        .jobs
        .get(job)
        .map_or((0, ""), |job| (job.revision, job.node.key.as_str()));
    let mut id = format!("{}.{revision}.{key}", work.order);
    let (round, undo_round) = rounds;
    if round > 0 {
        id.push_str(&format!(".r{}", round.saturating_add(1)));
    }
    if purpose == Purpose::Undo {
        id.push_str(".undo");
        if undo_round > 0 {
            id.push_str(&format!(".{}", undo_round.saturating_add(1)));
        }
    }
    id
}

/// What an external id names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) job: usize,
    pub(super) purpose: Purpose,
    pub(super) round: u32,
    pub(super) undo_round: u32,
}

/// The job that an external id names, if it is one of this run.
pub(super) fn named(work: &Work, external_id: &str) -> Option<Named> {
    let rest = external_id.strip_prefix(work.order.as_str())?;
    let (revision, rest) = rest.strip_prefix('.')?.split_once('.')?;
    let revision: u32 = revision.parse().ok()?;
    // A key may begin with another: the longest that leaves a known ending is meant.
    let jobs = work.jobs.iter().enumerate();
    let fitting = jobs.filter(|(_, job)| job.revision == revision);
    let mut found: Option<(usize, Named)> = None;
    for (place, job) in fitting {
        let key = job.node.key.as_str();
        let Some(named) = rest.strip_prefix(key).and_then(|end| ending(place, end)) else {
            continue;
        };
        if found.is_none_or(|(length, _)| key.len() >= length) {
            found = Some((key.len(), named));
        }
    }
    found.map(|(_, named)| named)
}

fn ending(job: usize, end: &str) -> Option<Named> {
    let mut named = Named {
        job,
        purpose: Purpose::Do,
        round: 0,
        undo_round: 0,
    };
    let mut end = end;
    if let Some(rest) = end.strip_prefix(".r") {
        let digits = rest.find('.').unwrap_or(rest.len());
        let (number, after) = rest.split_at_checked(digits)?;
        named.round = number.parse::<u32>().ok()?.checked_sub(1)?;
        end = after;
    }
    if let Some(rest) = end.strip_prefix(".undo") {
        named.purpose = Purpose::Undo;
        end = "";
        if !rest.is_empty() {
            let number: u32 = rest.strip_prefix('.')?.parse().ok()?;
            named.undo_round = number.checked_sub(1)?;
        }
    }
    end.is_empty().then_some(named)
}

/// A number that follows from a text and a number, spread evenly (FNV-1a).
pub(super) fn spread(text: &str, number: u32) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in text.bytes().chain(number.to_le_bytes()) {
        hash ^= u64::from(byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    hash ^ (hash >> 29)
}
