//! How orders may end.

use super::World;
use crate::ordering::run::{Goal, Phase, Status};

impl World {
    /// What must hold of an order at its end, with an OSS that does not lie.
    pub fn check_end(&mut self) {
        let view = self.run.view();
        if !view.state.is_final() {
            self.broken
                .push(format!("no end: {view:?} {:?}", self.run.nodes()));
            return;
        }
        if !view.fallouts.is_empty() {
            self.broken
                .push(format!("open fallouts at the end: {:?}", view.fallouts));
        }
        for node in self.run.nodes() {
            let fits = match (view.state, node.goal) {
                (Status::Completed, Goal::Do) => {
                    matches!(node.phase, Phase::Completed | Phase::Skipped)
                }
                (Status::Cancelled, _) => {
                    matches!(
                        node.phase,
                        Phase::Cancelled | Phase::Undone | Phase::Skipped
                    )
                }
                _ => true,
            };
            if !fits {
                let text = format!("{:?} with {} {:?}", view.state, node.key, node.phase);
                self.broken.push(text);
            }
        }
    }
}
