//! What an order costs.

use crate::ordering::catalog::Catalog;
use crate::ordering::order::Order;
use crate::ordering::plan::validate::{Settings, Verdict};

pub fn compare(_: &Order, _: &Catalog, _: &Settings, _: &mut Verdict) {}
