//! Sending a finished file to a URL.

use std::path::Path;
use std::time::Duration;

use futures_util::stream;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE};
use reqwest::{Body, Method};
use tokio::fs::File;
use tokio::io::AsyncReadExt;

use crate::outbound::{Outbound, Timeouts};

use super::super::halt::Halt;
use super::super::media::Media;

const CHUNK: usize = 1 << 16;
/// The receiver says nothing while it receives, so this bounds the whole of an upload.
const PATIENCE: Duration = Duration::from_secs(3600);
/// Nobody reads what the receiver answers.
const ANSWER_BYTES: u64 = 1 << 20;

/// Puts a file to a URL. Repeating it replaces what was put there before.
///
/// # Errors
/// `Later` for what may pass, `Fatal` for a refusal.
pub async fn put(outbound: &Outbound, url: &str, media: Media, path: &Path) -> Result<(), Halt> {
    let timeouts = Timeouts {
        read: PATIENCE,
        ..Timeouts::default()
    };
    let outbound =
        Outbound::new(outbound.policy().clone(), timeouts).map_err(|e| Halt::ours(&e))?;
    let file = File::open(path).await?;
    let length = file.metadata().await?.len();
    let request = outbound
        .request(Method::PUT, url)?
        .header(CONTENT_TYPE, media.content_type())
        // Receivers that keep objects refuse uploads of an unknown length.
        .header(CONTENT_LENGTH, length)
        .body(body_of(file));
    outbound.send(request, ANSWER_BYTES).await?;
    Ok(())
}

fn body_of(file: File) -> Body {
    Body::wrap_stream(stream::try_unfold(file, |mut file| async move {
        let mut chunk = Vec::with_capacity(CHUNK);
        let read = file.read_buf(&mut chunk).await?;
        Ok::<_, std::io::Error>((read > 0).then_some((chunk, file)))
    }))
}
