//! What a transaction of ours that failed takes with it.

use super::World;
use crate::ordering::run::{Internal, InternalOp};

impl World {
    pub(super) fn take_back(&mut self, internal: &Internal) {
        let product = internal.product.clone().unwrap_or_default();
        match internal.op {
            InternalOp::ReleaseNumber => {
                self.tables.numbers.insert(internal.node.clone());
            }
            InternalOp::StopBilling => {
                let was_charged = self.charged_before.remove(&internal.external_id);
                self.tables
                    .charged
                    .extend(was_charged.filter(|was| *was).map(|_| product));
            }
            InternalOp::ReserveNumber => {
                self.tables.numbers.remove(&internal.node);
            }
            InternalOp::WriteProduct | InternalOp::ChangeProduct | InternalOp::TerminateProduct => {
                match self.past.remove(&internal.external_id).flatten() {
                    Some(past) => self.tables.products.insert(product, past),
                    None => self.tables.products.remove(&product),
                };
            }
            InternalOp::StartBilling | InternalOp::ChangeBilling
                if self.charged_before.remove(&internal.external_id) == Some(false) =>
            {
                self.tables.charged.remove(&product);
            }
            _ => {}
        }
    }
}
