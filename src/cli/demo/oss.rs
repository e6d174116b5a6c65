//! The simulated OSS of the demo: on a socket of its own, as another system would be.

use super::super::Failure;
use crate::domain::ids;
use crate::ordering::southbound::{Secret, TargetSettings, Version};
use crate::oss_sim::{OssSim, Product, Settings};
use crate::sample;

/// Starts it; returns also how the server is to reach it. It serves every target that rules name.
///
/// # Errors
/// When no port can be had.
pub async fn start() -> Result<(OssSim, TargetSettings), Failure> {
    let token = ids::new_id();
    let found = sample::FOUND.into_iter();
    let products = found.map(|(specification, name, pattern)| Product {
        specification: specification.to_owned(),
        name: name.to_owned(),
        pattern: pattern.to_owned(),
    });
    let oss = OssSim::start(Settings {
        at_once: true,
        callback_token: Some(token.clone()),
        products: products.collect(),
        ..Settings::default()
    })
    .await?;
    let mut target = TargetSettings::new("default", oss.ordering("v4"), Version::V4);
    target.callback_token = Some(Secret::new(token));
    Ok((oss, target))
}
