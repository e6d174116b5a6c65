//! The OSS by itself: its decisions, what it refuses, what only a raw client sees.

mod decisions;
mod http;
mod stepped;
