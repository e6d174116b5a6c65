//! What a unit stages about orders under way.

use super::Tx;
use crate::domain::problem::Outcome;
use crate::store::rows::{OrderInputRow, OrderLogRow, RunRow};
use crate::store::session::RunMove;

impl Tx<'_> {
    /// Stages the beginning of an order's run.
    pub fn begin_run(&mut self, run: RunRow) {
        self.unit.runs.push(run);
    }

    /// The run of an order as it is in the database.
    pub fn order_run(&mut self, tenant: i64, order: &str) -> Outcome<Option<RunRow>> {
        self.run(|session| session.run(tenant, order))
    }

    /// What an order has yet to be told.
    pub fn order_inputs(&mut self, tenant: i64, order: &str) -> Outcome<Vec<OrderInputRow>> {
        self.run(|session| session.order_inputs(tenant, order))
    }

    /// Stages the next state of a run; the transaction is tried again when it has moved on.
    /// What is to be done is written only where it has changed.
    pub fn move_run(&mut self, mut row: RunRow, with_work: bool) {
        row.revision = row.revision.saturating_add(1);
        self.unit.moved_runs.push(RunMove { row, with_work });
    }

    /// Stages something that an order is to be told.
    pub fn tell_order(&mut self, input: OrderInputRow) {
        self.unit.inputs.push(input);
    }

    /// Stages that an order has been told.
    pub fn took_in(&mut self, inputs: Vec<OrderInputRow>) {
        self.unit.inputs_taken.extend(inputs);
    }

    /// Stages an entry of an order's log.
    pub fn log_order(&mut self, entry: OrderLogRow) {
        self.unit.order_log.push(entry);
    }
}
