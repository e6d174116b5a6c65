//! Sending one event to one subscriber.

use reqwest::header::HeaderMap;

use super::dispatcher::Core;
use crate::outbound::Failure;
use crate::store::SubscriptionRow;

/// Posts to the callback exactly as it was registered. Any 2xx means received: the documents name
/// 201 for v4 and 204 for v5, and listeners answer either.
///
/// # Errors
/// Anything else.
pub(super) async fn post(
    core: &Core,
    subscription: &SubscriptionRow,
    body: String,
) -> Result<(), Failure> {
    let headers = headers(subscription, &body);
    core.outbound
        .post_json(&subscription.callback, headers, body, core.settings.timeout)
        .await
        .map(drop)
}

/// Headers beyond the media type. A signature of the body belongs here, with the subscription's
/// secret.
fn headers(_subscription: &SubscriptionRow, _body: &str) -> HeaderMap {
    HeaderMap::new()
}
