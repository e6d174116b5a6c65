//! Telling subscribers. A call that fails is not repeated: losing some is what the receiver has to live
//! with.

use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};

use super::book::Call;
use super::settings::Settings;
use crate::outbound::{Outbound, Policy, Timeouts};

/// How long a subscriber may take.
const WITHIN: Duration = Duration::from_secs(10);

/// Makes callbacks.
pub(super) struct Caller {
    outbound: Outbound,
    headers: HeaderMap,
}

impl Caller {
    /// # Errors
    /// When the token is no header or the client cannot be made.
    pub fn new(settings: &Settings) -> Result<Self, String> {
        let policy = Policy {
            allow_private: true,
            allow_loopback: true,
            ..Policy::default()
        };
        let mut headers = HeaderMap::new();
        if let Some(token) = &settings.callback_token {
            let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "the callback token has letters that no header may have")?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        let timeouts = Timeouts::default();
        let outbound = Outbound::with_connections(policy, timeouts, settings.connections)?;
        Ok(Caller { outbound, headers })
    }

    /// Makes the calls one after the other, all of them so many times.
    pub async fn make(&self, calls: &[Call], copies: u32) {
        for _ in 0..copies {
            for call in calls {
                let body = call.body.clone();
                let headers = match call.forged {
                    true => HeaderMap::new(),
                    false => self.headers.clone(),
                };
                let made = self
                    .outbound
                    .post_json(&call.url, headers, body, WITHIN)
                    .await;
                if let Err(failure) = made {
                    tracing::debug!(%failure, "a callback failed");
                }
            }
        }
    }
}
