//! When an order should be done: the longest chain of what is still to do, by how long such work
//! usually takes.

use super::Run;
use super::state::{Goal, Phase};
use super::work::At;

impl Run {
    /// The end that is expected. It rests on what has happened, not on the present moment, so it
    /// changes only when something does.
    pub(super) fn expected_end(&self) -> Option<At> {
        let from = self.state.begun.or(self.state.released)?;
        let from = from.max(self.work.terms.requested_start.unwrap_or(from));
        let mut ends: Vec<Option<At>> = vec![None; self.state.nodes.len()];
        // Edges mostly lead back, but after an amendment not always: as many passes as it takes.
        for _ in 0..ends.len().saturating_add(1) {
            let mut changed = false;
            for place in self.all() {
                let end = self.end_of(place, from, &ends);
                if let Some(slot) = ends.get_mut(place)
                    && *slot != Some(end)
                {
                    *slot = Some(end);
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        Some(ends.into_iter().flatten().max().unwrap_or(from))
    }

    fn end_of(&self, place: usize, from: At, ends: &[Option<At>]) -> At {
        let node = self.node(place);
        if let Some(ended) = node.ended {
            return ended.max(from);
        }
        if node.goal != Goal::Do {
            return from;
        }
        let usual = self.work.policy.usual(self.job(place));
        if let Some(started) = node.started {
            let begun = match node.phase {
                // More time than usual was needed, and is.
                _ if node.late => node.due.unwrap_or(started),
                Phase::Ready => node.wake.unwrap_or(started),
                _ => started,
            };
            let end = begun.saturating_add(usual);
            return match node.jeopardy {
                Some(_) => end.max(node.due.unwrap_or(end)),
                None => end,
            };
        }
        let job = self.job(place);
        let before = job.node.after.iter().chain(job.supersedes.iter());
        let ready = before.filter_map(|b| ends.get(*b).copied().flatten()).max();
        ready.unwrap_or(from).max(from).saturating_add(usual)
    }
}
